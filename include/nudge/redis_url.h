/* Where Redis is, as one text: redis://host:port/db, rediss:// (TLS), unix:///path?db=0. Port 6379 and database 0 when left out. User and
 * password never stand in it: they come from files. */
#ifndef NUDGE_REDIS_URL_H
#define NUDGE_REDIS_URL_H

#include "nudge/str.h"

struct redis_url {
    bool tls, local;  /* local: a Unix socket at `path` */
    char host[256], path[108];
    int port, db;
};

/* False and why: what was wrong, what was expected. */
bool redis_url_parse(struct str, struct redis_url *out, char *why, size_t why_size);

#endif
