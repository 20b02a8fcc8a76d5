/* A provider by its name: the queue of its messages and the gates before it (concurrency, rate, breaker, a
 * hold it asked for). It outlives reloads, which only change its endpoint. */
#ifndef PUSH_PROVIDER_H
#define PUSH_PROVIDER_H

#include "breaker.h"
#include "endpoint.h"
#include "queue.h"
#include "rate.h"
#include <event2/event_struct.h>

struct dispatch;

struct provider {
    struct dispatch *dispatch;
    struct str name;           /* its own */
    struct endpoint *endpoint; /* NULL: it is in the configuration no more, and ends with its last answer */
    struct queue queue;
    struct job_list flying;
    size_t in_flight;
    struct breaker breaker;
    struct rate rate;
    int64_t hold_until; /* steady ms: it asked for no request before */
    int64_t sweep_at;   /* steady ms: when the queue is next searched for the expired */
    int64_t alarm_at;   /* steady ms: from when on an alarm is logged again */
    int64_t timer_at;   /* steady ms: when the timer goes off, if it is pending */
    struct event timer;
    bool stirred;                  /* something changed since the last pump */
    struct provider_status status; /* the counters and last_error of it */
};

struct provider *provider_new(struct dispatch *, struct str name);
void provider_free(struct provider *); /* with all its jobs, silently; the endpoint is not its own */
/* A new configuration: with it the breaker closes and a hold ends, since what was wrong may be what was
 * changed. */
void provider_set_endpoint(struct provider *, struct endpoint *);
/* It is gone from the configuration: what is queued ends as FAILED. */
void provider_retire(struct provider *);
/* Starts what may start, and sets the timer for what may start later. */
void provider_pump(struct provider *);
void provider_status_fill(const struct provider *, struct provider_status *);
/* The http_done of every endpoint; the owner is the job. */
void provider_answered(void *job, const struct http_answer *);

#endif
