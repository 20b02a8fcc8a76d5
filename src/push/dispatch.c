#include "dispatch.h"
#include "nudge/clock.h"
#include "nudge/log.h"
#include "nudge/mem.h"
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

static void turn_ask(struct dispatch *d)
{
    event_active(d->turn, EV_TIMEOUT, 0); /* asked more than once, it still runs once */
}

void dispatch_stir(struct provider *p)
{
    p->stirred = true;
    turn_ask(p->dispatch);
}

/* -- outcomes -- */

static void outcome_count(struct provider_status *s, enum push_outcome outcome)
{
    switch (outcome) {
    case PUSH_SENT:
        s->sent++;
        break;
    case PUSH_REFUSED:
        s->refused++;
        break;
    case PUSH_FAILED:
        s->failed++;
        break;
    case PUSH_EXPIRED:
        s->expired++;
        break;
    }
}

void dispatch_finish(struct provider *p, struct job *job, enum push_outcome outcome)
{
    struct dispatch *d = p->dispatch;
    outcome_count(&p->status, outcome);
    job->outcome = outcome;
    TAILQ_INSERT_TAIL(&d->finished, job, link);
    d->n_finished++;
    turn_ask(d);
}

void dispatch_forget(struct dispatch *d, struct job *job)
{
    d->pending--;
    job_free(job);
}

static void outcomes_tell(struct dispatch *d)
{
    for (struct job *job; (job = TAILQ_FIRST(&d->finished));) {
        TAILQ_REMOVE(&d->finished, job, link);
        d->n_finished--;
        d->pending--;
        struct push_result result = {.outcome = job->outcome,
                                     .status = job->status,
                                     .attempts = job->attempts,
                                     .detail = job->outcome == PUSH_SENT ? "accepted" : job->error};
        d->done(d->arg, &job->message, &result);
        job_free(job);
    }
}

/* -- the turn -- */

static void retired_sweep(struct dispatch *d)
{
    for (size_t i = 0; i < d->n_retired;) {
        struct provider *p = d->retired_providers[i];
        if (p->in_flight) {
            i++;
            continue;
        }
        provider_free(p);
        d->retired_providers[i] = d->retired_providers[--d->n_retired];
    }
    for (struct endpoint **at = &d->retired_endpoints, *e; (e = *at);) {
        if (e->in_flight) {
            at = &e->next;
            continue;
        }
        *at = e->next;
        endpoint_free(e);
    }
}

static void turn_run(evutil_socket_t fd, short what, void *arg)
{
    struct dispatch *d = arg;
    (void)fd, (void)what;
    for (size_t i = 0; i < d->n; i++)
        if (d->providers[i]->stirred) provider_pump(d->providers[i]);
    outcomes_tell(d);
    retired_sweep(d);
}

/* -- configuration -- */

static struct provider *provider_find(const struct dispatch *d, struct str name)
{
    return map_get(&d->by_name, name);
}

static bool name_repeated(const struct provider_options *o, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (str_eq(o[i].name, o[at].name)) return true;
    return false;
}

/* All or none. */
static bool endpoints_new(struct dispatch *d, struct endpoint **list, const struct provider_options *o,
                          size_t n, char *why, size_t why_size)
{
    for (size_t i = 0; i < n; i++) {
        if (name_repeated(o, i))
            snprintf(why, why_size, "provider %.*s: the name stands there twice", STR_ARG(o[i].name));
        else if ((list[i] = endpoint_new(d->base, &o[i], provider_answered, why, why_size)))
            continue;
        while (i > 0) endpoint_free(list[--i]);
        return false;
    }
    return true;
}

static void endpoint_retire(struct dispatch *d, struct endpoint *e)
{
    e->next = d->retired_endpoints;
    d->retired_endpoints = e;
}

static void provider_remove(struct dispatch *d, struct provider *p)
{
    endpoint_retire(d, p->endpoint);
    provider_retire(p);
    d->retired_providers =
        mem_grow(d->retired_providers, &d->retired_cap, d->n_retired + 1, sizeof(struct provider *));
    d->retired_providers[d->n_retired++] = p;
}

bool dispatch_configure(struct dispatch *d, const struct provider_options *o, size_t n, char *why,
                        size_t why_size)
{
    struct endpoint **endpoints = mem_alloc((n + 1) * sizeof(struct endpoint *));
    if (!endpoints_new(d, endpoints, o, n, why, why_size)) {
        free(endpoints);
        return false;
    }
    struct provider **providers = mem_alloc((n + 1) * sizeof(struct provider *));
    for (size_t i = 0; i < n; i++) {
        struct provider *p = map_del(&d->by_name, o[i].name);
        if (p)
            endpoint_retire(d, p->endpoint);
        else
            p = provider_new(d, o[i].name);
        providers[i] = p;
        provider_set_endpoint(p, endpoints[i]);
    }
    for (struct map_slot *s = NULL; (s = map_next(&d->by_name, s));) provider_remove(d, s->value);
    map_release(&d->by_name);
    for (size_t i = 0; i < n; i++) map_put(&d->by_name, providers[i]->name, providers[i]);
    free(d->providers);
    free(endpoints);
    d->providers = providers;
    d->n = n;
    turn_ask(d);
    return true;
}

/* -- messages -- */

bool dispatch_send(struct dispatch *d, const struct message *m)
{
    struct provider *p = provider_find(d, m->provider);
    if (!p) return false;
    if (d->draining) return true; /* as if it had been queued before */
    queue_put(&p->queue, job_new(m, clock_wall()));
    d->pending++;
    dispatch_stir(p);
    return true;
}

size_t dispatch_pending(const struct dispatch *d)
{
    return d->pending;
}

size_t dispatch_in_flight(const struct dispatch *d)
{
    size_t n = d->n_finished;
    for (size_t i = 0; i < d->n; i++) n += d->providers[i]->in_flight;
    for (size_t i = 0; i < d->n_retired; i++) n += d->retired_providers[i]->in_flight;
    return n;
}

struct drop {
    struct dispatch *dispatch;
    bool (*match)(void *arg, const struct message *);
    void *arg;
};

static bool job_dropped(void *arg, struct job *job)
{
    struct drop *drop = arg;
    if (!drop->match(drop->arg, &job->message)) return false;
    dispatch_forget(drop->dispatch, job);
    return true;
}

static void flying_drop(struct provider *p, struct drop *drop)
{
    struct job *job;
    TAILQ_FOREACH(job, &p->flying, link)
    {
        if (job->dropped || !drop->match(drop->arg, &job->message)) continue;
        job->dropped = true; /* freed when its answer comes */
        drop->dispatch->pending--;
    }
}

static void finished_drop(struct dispatch *d, struct drop *drop)
{
    struct job_list all = TAILQ_HEAD_INITIALIZER(all);
    TAILQ_CONCAT(&all, &d->finished, link);
    d->n_finished = 0;
    for (struct job *job; (job = TAILQ_FIRST(&all));) {
        TAILQ_REMOVE(&all, job, link);
        if (job_dropped(drop, job)) continue;
        TAILQ_INSERT_TAIL(&d->finished, job, link);
        d->n_finished++;
    }
}

void dispatch_drop(struct dispatch *d, bool (*match)(void *arg, const struct message *), void *arg)
{
    struct drop drop = {d, match, arg};
    finished_drop(d, &drop);
    for (size_t i = 0; i < d->n; i++) {
        queue_filter(&d->providers[i]->queue, job_dropped, &drop);
        flying_drop(d->providers[i], &drop);
    }
    for (size_t i = 0; i < d->n_retired; i++) flying_drop(d->retired_providers[i], &drop);
}

static bool job_left(void *arg, struct job *job)
{
    dispatch_forget(arg, job);
    return true;
}

void dispatch_drain(struct dispatch *d)
{
    d->draining = true;
    for (size_t i = 0; i < d->n; i++) queue_filter(&d->providers[i]->queue, job_left, d);
}

/* -- its life -- */

struct dispatch *dispatch_new(struct event_base *base, push_done *done, void *arg)
{
    struct dispatch *d = mem_alloc(sizeof *d);
    d->base = base;
    d->done = done;
    d->arg = arg;
    d->turn = event_new(base, -1, 0, turn_run, d);
    if (!d->turn || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) mem_exhausted();
    TAILQ_INIT(&d->finished);
    if (!(curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_ASYNCHDNS))
        log_at(LOG_WARNING, "this libcurl resolves names in the loop", "version=%s", curl_version());
    return d;
}

void dispatch_guard(struct dispatch *d, bool (*allowed)(void *arg, const struct message *))
{
    d->allowed = allowed;
}

void dispatch_free(struct dispatch *d)
{
    if (!d) return;
    for (struct job *job; (job = TAILQ_FIRST(&d->finished));) {
        TAILQ_REMOVE(&d->finished, job, link);
        job_free(job);
    }
    for (size_t i = 0; i < d->n; i++) {
        endpoint_retire(d, d->providers[i]->endpoint);
        provider_free(d->providers[i]);
    }
    for (size_t i = 0; i < d->n_retired; i++) provider_free(d->retired_providers[i]);
    for (struct endpoint *e; (e = d->retired_endpoints);) {
        d->retired_endpoints = e->next;
        endpoint_free(e);
    }
    map_release(&d->by_name);
    event_free(d->turn);
    free(d->providers);
    free(d->retired_providers);
    free(d);
    curl_global_cleanup();
}

bool dispatch_status(const struct dispatch *d, size_t i, struct provider_status *out)
{
    if (i >= d->n) return false;
    provider_status_fill(d->providers[i], out);
    return true;
}
