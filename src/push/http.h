/* An HTTP client for one endpoint: POSTs through libcurl's multi interface on the caller's event loop. Each
 * client has its own connections, DNS cache and TLS settings, so that what one endpoint does stays with it.
 * Easy handles keep their settings and are reused; a request sets its body and headers, nothing else.
 *
 * https only unless allowed; no redirect followed, no proxy, no netrc, no cookie; the connected address is
 * checked (address.h); answers are bounded. One request's life:
 *
 *   http_request_take -> http_request_header, http_request_body: filled in -> http_request_send ->
 * done(owner, answer)
 */
#ifndef PUSH_HTTP_H
#define PUSH_HTTP_H

#include "nudge/buf.h"
#include <event2/event.h>

#define HTTP_BODY_MAX ((size_t)64 << 10)    /* of an answer's body: the rest is not read */
#define HTTP_HEADERS_MAX ((size_t)64 << 10) /* of an answer's headers: more is a failure */
#define HTTP_LINES_MAX 8                    /* headers of one request, besides the constant ones */

struct http;
struct http_request; /* belongs to its client; reused once done() has returned */

struct http_options {           /* strings are copied */
    const char *url;            /* valid: the caller has seen to it */
    const char *ca_file;        /* NULL: the system's */
    const char *const *headers; /* of every request, "Name: value"; ends with NULL */
    bool allow_http, allow_private;
    int connections; /* requests under way at once, at most */
    int64_t connect_timeout, timeout;
};

enum http_failure {
    HTTP_ANSWERED,
    HTTP_UNREACHABLE, /* DNS, connection, time-out, broken or oversized answer */
    HTTP_UNTRUSTED,   /* TLS: nothing was sent */
    HTTP_CLOSED_NET,  /* the address is not public: nothing was sent */
};

struct http_answer {
    enum http_failure failure;
    int status;             /* 0: none came */
    struct str body;        /* its first HTTP_BODY_MAX bytes */
    struct str retry_after; /* empty: none */
    const char *error;      /* the failure in words; holds host names at most */
};

typedef void http_done(void *owner, const struct http_answer *);

/* done() is called from the event loop only, never from inside a call below. It must not free the client. */
struct http *http_new(struct event_base *, const struct http_options *, http_done *done);
void http_free(struct http *); /* requests under way are cut off, without done() */

struct http_request *http_request_take(struct http *, void *owner);
struct buf *http_request_body(struct http_request *);
/* Starts the next header line with "name: "; the value is then added to the buffer. The value must be free of
 * control characters. */
struct buf *http_request_header(struct http_request *, const char *name);
/* False: libcurl would not take it; the request is back with the client and done() is not called. */
bool http_request_send(struct http_request *);

#endif
