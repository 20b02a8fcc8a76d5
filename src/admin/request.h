/* The head of an HTTP/1.x request (RFC 9112), parsed without I/O. Private to src/admin. */
#ifndef ADMIN_REQUEST_H
#define ADMIN_REQUEST_H

#include "nudge/str.h"

struct request {
    struct str method, path; /* the path without its query */
    struct str host;         /* of the Host header; empty = none given */
};

/* 0: not all here yet. > 0: the length of the head, *out is filled. -400: not HTTP. Slices point into the bytes. */
int request_parse(struct str bytes, struct request *out);

/* True if `host` (with or without a port) is localhost, on loopback, or `own`: the address connected to, without its port. */
bool request_host_allowed(struct str host, struct str own);

#endif
