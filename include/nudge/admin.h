/* The admin HTTP server: GET (and HEAD) of a status page, its figures as JSON, health, and metrics. It only shows; nothing can be changed
 * through it, and no customer appears in it.
 *
 *   /  /style.css  /api/v1/status  /healthz  /readyz  /metrics
 *
 * A server of its own over bufferevents, since evhttp has neither a bound on connections nor a deadline for a whole request: a client that
 * sends a byte now and then would hold its place for ever. Here every connection carries one request and ends by ADMIN_DEADLINE; when
 * ADMIN_CONNECTIONS are open, a new one takes the place of the oldest.
 * Against DNS rebinding the Host must be localhost, a loopback address, or the address that was connected to. */
#ifndef NUDGE_ADMIN_H
#define NUDGE_ADMIN_H

#include "nudge/error.h"
#include "nudge/metrics.h"
#include "nudge/push.h"
#include "nudge/rules.h"

#define ADMIN_CONNECTIONS 200    /* well above what one round of the loop accepts, so that each new one is read before its turn to go */
#define ADMIN_DEADLINE 10        /* seconds from accepting to the last byte */
#define ADMIN_REQUEST_MAX 8192   /* bytes of request line and headers */

struct admin_partition {
    unsigned number;
    bool owned;             /* by this instance */
    struct str owner;       /* empty = none */
    int64_t lag, pending, outbox, dead; /* -1 = not known */
};

/* What is shown: filled anew for each request; all borrowed until the answer is made, or in the arena. */
struct admin_view {
    struct str instance;
    int64_t now, started;            /* wall ms */
    bool ready;
    struct str unready;              /* why not, in words */
    const struct ruleset *rules;     /* NULL = none yet */
    const struct errors *errors;     /* of the last reload; may be NULL */
    int64_t reloaded;                /* wall ms; 0 = never */
    const struct metrics *metrics;
    const struct provider_status *providers;
    size_t n_providers;
    const struct admin_partition *partitions;
    size_t n_partitions;
    /* Pushes by campaign (as in rules->campaigns) and reason: counts[campaign * REASON_COUNT + reason]; NULL = not known. */
    const uint64_t *counts;
};

struct admin_source {
    void (*view)(void *arg, struct arena *, struct admin_view *); /* the view is zeroed before */
    void *arg;
};

struct admin;

/* Listens on "address:port" (port 0: any; logged as `admin http listening`). NULL and why if that cannot be. `source` is copied. */
struct admin *admin_new(struct event_base *, struct str listen, const struct admin_source *, char *why, size_t why_size);
int admin_port(const struct admin *);
void admin_free(struct admin *);

#endif
