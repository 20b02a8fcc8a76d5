#include "provider.h"
#include "dispatch.h"
#include "nudge/clock.h"
#include "nudge/log.h"
#include "nudge/mem.h"
#include "retry.h"
#include <stdio.h>
#include <stdlib.h>

#define SWEEP_EVERY                                                                                          \
    (1 * SECOND) /* how late the outcome of one that expired in the queue may be; sending it is never late   \
                  */
#define ALARM_EVERY (1 * MINUTE) /* one line a minute says enough of what every request meets */
#define PUMP_MAX 256             /* started at a time, so that a long queue leaves the loop to others */

/* -- the end of a message -- */

static void job_lapse(struct provider *p, struct job *job, enum push_outcome outcome)
{
    char text[224];
    if (outcome == PUSH_EXPIRED)
        snprintf(text, sizeof text, "expired%s%s", job->error ? ": " : "", job->error ? job->error : "");
    else
        snprintf(text, sizeof text, "gave up: %s", job->error ? job->error : "never sent");
    job_set_error(job, text);
    dispatch_finish(p, job, outcome);
}

/* Ends the job if its time has come, or will have come by `at` (wall ms). */
static bool job_lapse_by(struct provider *p, struct job *job, int64_t at)
{
    if (job_expired(job, at))
        job_lapse(p, job, PUSH_EXPIRED);
    else if (job_overdue(job, p->endpoint->options.give_up, at))
        job_lapse(p, job, PUSH_FAILED);
    else
        return false;
    return true;
}

static void job_retry(struct provider *p, struct job *job, const struct verdict *v)
{
    const struct provider_options *o = &p->endpoint->options;
    uint64_t random;
    evutil_secure_rng_get_bytes(&random, sizeof random);
    int64_t wait = v->wait >= 0 ? v->wait : retry_delay(job->attempts, o->retry_first, o->retry_max, random);
    if (job_lapse_by(p, job, clock_wall() + wait)) return;
    p->status.retries++;
    queue_wait(&p->queue, job, clock_steady() + wait);
}

static void job_settle(struct provider *p, struct job *job, const struct verdict *v)
{
    if (v->kind != VERDICT_SENT) job_set_error(job, v->detail);
    if (job->dropped) {
        job_free(job);
    } else if (v->kind != VERDICT_RETRY) {
        dispatch_finish(p, job, v->kind == VERDICT_SENT ? PUSH_SENT : PUSH_REFUSED);
    } else if (p->dispatch->draining) {
        dispatch_forget(p->dispatch, job);
    } else if (!p->endpoint) {
        job_lapse(p, job, PUSH_FAILED);
    } else {
        job_retry(p, job, v);
    }
}

/* -- what an answer says of the provider -- */

static void alarm_raise(struct provider *p, const char *text, int64_t now)
{
    if (now < p->alarm_at) return;
    p->alarm_at = now + ALARM_EVERY;
    log_at(LOG_ERROR, "provider needs attention", "provider=%.*s error=\"%s\"", STR_ARG(p->name), text);
}

static void breaker_tell(struct provider *p, const struct verdict *v, bool trial, int64_t now)
{
    if (v->alive) {
        if (breaker_succeed(&p->breaker))
            log_at(LOG_NOTICE, "provider works again", "provider=%.*s", STR_ARG(p->name));
    } else if (breaker_fail(&p->breaker, trial, now)) {
        log_at(LOG_WARNING, "provider paused", "provider=%.*s failures=%d pause_ms=%lld error=\"%s\"",
               STR_ARG(p->name), p->breaker.failures, (long long)p->breaker.pause, v->detail);
    }
}

static void provider_learn(struct provider *p, const struct job *job, const struct verdict *v)
{
    int64_t now = clock_steady();
    if (v->kind != VERDICT_SENT) snprintf(p->status.last_error, sizeof p->status.last_error, "%s", v->detail);
    if (v->alarm) alarm_raise(p, v->detail, now);
    if (job->endpoint != p->endpoint) return; /* it speaks of a configuration that is no more */
    breaker_tell(p, v, job->trial, now);
    if (v->hold && v->kind == VERDICT_RETRY && now + v->wait > p->hold_until) p->hold_until = now + v->wait;
}

static void job_judge(const struct job *job, const struct http_answer *a, struct verdict *v)
{
    const struct endpoint *e = job->endpoint;
    verdict_by_status(a, clock_wall(), e->options.retry_max, v);
    if (e->ops->judge) e->ops->judge(e->self, &job->message, a, v);
}

void provider_answered(void *arg, const struct http_answer *a)
{
    struct job *job = arg;
    struct provider *p = job->provider;
    struct verdict v;
    job->status = a->status;
    job_judge(job, a, &v);
    job->endpoint->in_flight--;
    p->in_flight--;
    TAILQ_REMOVE(&p->flying, job, link);
    provider_learn(p, job, &v);
    job_settle(p, job, &v);
    dispatch_stir(p);
}

/* -- sending -- */

static void job_deliver(struct provider *p, struct job *job, int64_t wall)
{
    struct verdict v;
    p->endpoint->ops->deliver(p->endpoint->self, &job->message, wall, &v);
    provider_learn(p, job, &v);
    job_settle(p, job, &v);
}

static void job_fly(struct provider *p, struct job *job, int64_t wall)
{
    struct endpoint *e = p->endpoint;
    struct http_request *r = http_request_take(e->http, job);
    job->provider = p;
    TAILQ_INSERT_TAIL(&p->flying, job, link);
    e->in_flight++;
    p->in_flight++;
    e->ops->build(e->self, &job->message, wall, r);
    if (!http_request_send(r))
        provider_answered(
            job, &(struct http_answer){.failure = HTTP_UNREACHABLE, .error = "libcurl refused the request"});
}

static void job_start(struct provider *p, struct job *job, int64_t now, int64_t wall)
{
    rate_take(&p->rate, now);
    job->trial = breaker_take(&p->breaker);
    job->endpoint = p->endpoint;
    job->attempts++;
    if (p->endpoint->http)
        job_fly(p, job, wall);
    else
        job_deliver(p, job, wall);
}

/* When the next request may start as far as the provider goes: steady ms; INT64_MAX = when an answer comes.
 */
static int64_t gate_opens_at(const struct provider *p)
{
    int64_t breaker = breaker_ready_at(&p->breaker), rate = rate_ready_at(&p->rate), at = p->hold_until;
    if (breaker < 0 || p->in_flight >= (size_t)p->endpoint->options.concurrency) return INT64_MAX;
    if (breaker > at) at = breaker;
    return rate > at ? rate : at;
}

struct sweep {
    struct provider *provider;
    int64_t wall;
};

static bool job_swept(void *arg, struct job *job)
{
    struct sweep *s = arg;
    return job_lapse_by(s->provider, job, s->wall);
}

static void timer_set(struct provider *p, int64_t now)
{
    if (!p->queue.n) return;
    int64_t ready = queue_ready_at(&p->queue), gate = gate_opens_at(p), at = ready > gate ? ready : gate;
    if (at > p->sweep_at) at = p->sweep_at;
    if (evtimer_pending(&p->timer, NULL) && p->timer_at <= at) return; /* too early does no harm */
    int64_t ms = at > now ? at - now : 0;
    p->timer_at = at;
    struct timeval wait = {.tv_sec = ms / SECOND, .tv_usec = ms % SECOND * 1000};
    evtimer_add(&p->timer, &wait);
}

void provider_pump(struct provider *p)
{
    struct dispatch *d = p->dispatch;
    int64_t now = clock_steady(), wall = clock_wall();
    p->stirred = false;
    if (!p->endpoint || d->draining) return;
    if (now >= p->sweep_at) {
        queue_filter(&p->queue, job_swept, &(struct sweep){p, wall});
        p->sweep_at = now + SWEEP_EVERY;
    }
    for (int i = 0; i < PUMP_MAX && gate_opens_at(p) <= now; i++) {
        struct job *job = queue_take(&p->queue, now);
        if (!job) break;
        if (d->allowed && !d->allowed(d->arg, &job->message))
            dispatch_forget(d, job);
        else if (!job_lapse_by(p, job, wall))
            job_start(p, job, now, wall);
    }
    timer_set(p, now);
}

static void timer_due(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    dispatch_stir(arg);
}

/* -- its life -- */

struct provider *provider_new(struct dispatch *d, struct str name)
{
    struct provider *p = mem_alloc(sizeof *p);
    p->dispatch = d;
    p->name = (struct str){memcpy(mem_alloc(name.n + 1), name.p, name.n), name.n};
    queue_init(&p->queue);
    TAILQ_INIT(&p->flying);
    evtimer_assign(&p->timer, d->base, timer_due, p);
    return p;
}

static bool job_discard(void *arg, struct job *job)
{
    (void)arg;
    job_free(job);
    return true;
}

void provider_free(struct provider *p)
{
    queue_filter(&p->queue, job_discard, NULL);
    queue_release(&p->queue);
    for (struct job *job; (job = TAILQ_FIRST(&p->flying));) {
        TAILQ_REMOVE(&p->flying, job, link);
        job_free(job);
    }
    evtimer_del(&p->timer);
    free((char *)p->name.p);
    free(p);
}

void provider_set_endpoint(struct provider *p, struct endpoint *e)
{
    const struct provider_options *o = &e->options;
    p->endpoint = e;
    p->breaker = (struct breaker){.limit = o->breaker_failures, .pause = o->breaker_pause};
    p->rate.per_second = o->rate;
    p->hold_until = p->alarm_at = 0;
    dispatch_stir(p);
}

static bool job_abandon(void *arg, struct job *job)
{
    struct provider *p = arg;
    job_set_error(job, "the provider was removed");
    dispatch_finish(p, job, PUSH_FAILED);
    return true;
}

void provider_retire(struct provider *p)
{
    p->endpoint = NULL;
    evtimer_del(&p->timer);
    queue_filter(&p->queue, job_abandon, p);
}

void provider_status_fill(const struct provider *p, struct provider_status *out)
{
    *out = p->status;
    out->name = p->name;
    out->queued = p->queue.n;
    out->in_flight = p->in_flight;
    out->breaker_open = p->breaker.open;
}
