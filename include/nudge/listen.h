/* An address and a port to listen on: "127.0.0.1:8787", "[::1]:8787". Port 0: any free one. Numbers only: no name is looked up. */
#ifndef NUDGE_LISTEN_H
#define NUDGE_LISTEN_H

#include "nudge/str.h"
#include <sys/socket.h>

bool listen_parse(struct str, struct sockaddr_storage *out, int *size);

#endif
