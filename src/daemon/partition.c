/* A partition's life: starting from what Redis holds, running, starting again after trouble, leaving. */
#include "daemon.h"
#include "nudge/crc16.h"
#include "nudge/mem.h"
#include <stdio.h>
#include <stdlib.h>

#define LEAVE_PATIENCE (20 * SECOND) /* below the unit's TimeoutStopSec */

int64_t partition_now(const struct partition *p)
{
    return p->daemon->options->event_clock ? p->now : clock_wall();
}

bool partition_leased(const struct partition *p)
{
    return clock_steady() < p->lease_until;
}

void partition_wake(struct partition *p)
{
    event_active(p->wake, EV_TIMEOUT, 0);
}

/* ---- starting: one look at all that there is */

enum { START_WATCH, START_OWNER, START_GROUP, START_TURN, START_SCHEDULES, START_ZONES, START_TIMER, START_REPLIES };

struct start {
    struct partition *partition;
    struct arena arena;
    struct reply replies[START_REPLIES];
    unsigned n;
};

/* The turn whose fate was open when the connection broke: its name in Redis says that it was applied. */
static void turn_judge(struct partition *p, const struct reply *name)
{
    struct turn *t = p->committing;
    if (!t) return;
    p->committing = NULL;
    if (str_eq(reply_str(name), str_of(t->name)))
        outbox_settled(p, t);
    else
        outbox_return(p, t);
    turn_free(p, t);
}

static void start_judge(struct partition *p, const struct start *s)
{
    struct str owner = reply_str(&s->replies[START_OWNER]);
    if (s->replies[START_OWNER].type == REPLY_ERROR) {
        partition_restart(p, s->replies[START_OWNER].text);
        return;
    }
    if (!str_eq(owner, p->daemon->options->instance)) {
        partition_lost(p, "another instance holds the lease, or it ran out");
        return;
    }
    p->guarded = true;
    turn_judge(p, &s->replies[START_TURN]);
    due_loaded(p, &s->replies[START_SCHEDULES], &s->replies[START_ZONES], &s->replies[START_TIMER]);
    p->state = p->state == PARTITION_LEAVING ? PARTITION_LEAVING : PARTITION_RUNNING;
    p->outbox_more = true;
    snprintf(p->outbox_cursor, sizeof p->outbox_cursor, "0");
    outbox_more(p);
    recover_begin(p);
    partition_wake(p);
    trouble_set(p->daemon, p->trouble, "");
}

static void start_free(struct start *s)
{
    arena_release(&s->arena);
    free(s);
}

static void on_start(void *arg, const struct reply *r)
{
    struct start *s = arg;
    if (!r) {
        start_free(s);
        return;
    }
    s->replies[s->n++] = *r;
    if (r->type == REPLY_ERROR && !reply_error(r, "BUSYGROUP")) {
        log_at(LOG_WARNING, "a partition cannot start", "partition=%u error=%s", s->partition->number, r->text);
        trouble_set(s->partition->daemon, s->partition->trouble, r->text);
    }
    if (s->n < START_REPLIES) return;
    start_judge(s->partition, s);
    start_free(s);
}

static void partition_look(struct partition *p)
{
    struct start *s = mem_alloc(sizeof *s);
    s->partition = p;
    struct buf b = {0};
    commit_guard(&b, &p->keys);
    command_words(&b, "XGROUP", "CREATE", p->keys.events.p, GROUP, "0", "MKSTREAM", NULL);
    command_words(&b, "GET", p->keys.turn.p, NULL);
    command_words(&b, "HGETALL", p->keys.schedules.p, NULL);
    command_words(&b, "SMEMBERS", p->keys.zones.p, NULL);
    command_words(&b, "ZRANGE", p->keys.timers.p, "0", "0", "WITHSCORES", NULL);
    if (!redis_send(p->writer, buf_str(&b), START_REPLIES, &s->arena, 0, on_start, s)) start_free(s);
    buf_release(&b);
}

static void on_up(void *arg)
{
    struct partition *p = arg;
    if (p->state == PARTITION_GONE || !redis_up(p->writer) || !redis_up(p->loader) || !redis_up(p->reader)) return;
    partition_look(p);
}

/* ---- trouble */

/* All that is not confirmed is forgotten; the outcomes of pushes are kept, for they did happen. */
static void partition_forget(struct partition *p)
{
    if (p->waiting) {
        outbox_return(p, p->waiting);
        turn_free(p, p->waiting);
        p->waiting = NULL;
    }
    if (p->fetched) turn_free(p, p->fetched);
    p->fetched = NULL;
    ingest_release(p);
    cache_clear(&p->cache);
    p->guarded = p->loading = p->fetching = p->reading = p->outbox_reading = false;
    outbox_forget(p);
}

void partition_restart(struct partition *p, const char *why)
{
    if (p->restarting || p->state == PARTITION_GONE) return;
    p->restarting = true;
    if (p->state != PARTITION_STARTING) log_at(LOG_WARNING, "a partition starts again", "partition=%u why=%s", p->number, why);
    trouble_set(p->daemon, p->trouble, why);
    if (p->state == PARTITION_RUNNING) p->state = PARTITION_STARTING;
    redis_reset(p->reader, why);
    redis_reset(p->loader, why);
    redis_reset(p->writer, why);
    partition_forget(p);
    p->daemon->metrics.v[METRIC_REDIS_RECONNECTS]++;
    p->restarting = false;
}

static void on_down(void *arg, const char *why)
{
    struct partition *p = arg;
    if (p->state == PARTITION_STARTING) trouble_set(p->daemon, p->trouble, why);
    partition_restart(p, why);
}

bool partition_message(void *arg, const struct message *m)
{
    const struct partition *p = arg;
    return partition_of(m->user, (unsigned)p->daemon->options->partitions) == p->number;
}

/* The lease is somebody else's: nothing of ours may reach Redis any more. What is freed is freed from the loop, not under a callback. */
void partition_lost(struct partition *p, const char *why)
{
    if (p->state == PARTITION_GONE) return;
    log_at(LOG_WARNING, "a partition is lost", "partition=%u why=%s", p->number, why);
    dispatch_drop(p->daemon->dispatch, partition_message, p);
    p->state = PARTITION_GONE;
    partition_wake(p);
}

void partition_leave(struct partition *p)
{
    if (p->state == PARTITION_LEAVING || p->state == PARTITION_GONE) return;
    bool started = p->state == PARTITION_RUNNING;
    p->state = PARTITION_LEAVING;
    p->leave_by = clock_steady() + LEAVE_PATIENCE;
    dispatch_withdraw(p->daemon->dispatch, partition_message, p);
    ingest_stop(p);
    if (!started && !p->guarded) partition_lost(p, "it was to be left before it had started");
    partition_wake(p);
}

/* ---- running */

static void partition_free_now(struct partition *p)
{
    struct daemon *d = p->daemon;
    unsigned number = p->number;
    dispatch_drop(d->dispatch, partition_message, p);
    partition_free(p);
    d->partitions[number] = NULL;
    trouble_tell(d);
    if (d->leases && !d->stopping) leases_look(d->leases);
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    struct partition *p = arg;
    (void)fd, (void)what;
    if (p->state == PARTITION_GONE)
        partition_free_now(p);
    else
        turn_run(p);
}

/* The heartbeat of an idle partition, and the clock of what is due. */
static void on_renew(evutil_socket_t fd, short what, void *arg)
{
    struct partition *p = arg;
    (void)fd, (void)what;
    p->renew_due = true;
    if (p->state == PARTITION_RUNNING) ingest_renew(p);
    partition_wake(p);
}

static struct redis *partition_connection(struct partition *p)
{
    static const struct redis_events events = {on_up, on_down};
    return redis_new(p->daemon->base, &p->daemon->redis, &events, p);
}

struct partition *partition_start(struct daemon *d, unsigned number)
{
    struct partition *p = mem_alloc(sizeof *p);
    p->daemon = d, p->number = number;
    p->cache.bound = (size_t)d->options->cache_bytes / (size_t)d->options->partitions;
    snprintf(p->trouble, sizeof p->trouble, "partition %u is starting", number);
    p->lease_until = clock_steady() + d->options->lease;
    p->settle_end = &p->settle;
    p->next_timer = INT64_MIN;
    keys_init(&p->keys, &p->arena, d->options->prefix, number);
    p->wake = event_new(d->base, -1, 0, on_wake, p);
    p->renew = event_new(d->base, -1, EV_PERSIST, on_renew, p);
    int64_t ms = d->options->lease / 4;
    struct timeval every = {ms / 1000, (ms % 1000) * 1000};
    event_add(p->renew, &every);
    p->writer = partition_connection(p);
    p->loader = partition_connection(p);
    p->reader = partition_connection(p);
    log_at(LOG_INFO, "partition taken", "partition=%u instance=%.*s", number, STR_ARG(d->options->instance));
    return p;
}

void partition_free(struct partition *p)
{
    redis_free(p->reader);
    redis_free(p->loader);
    redis_free(p->writer);
    partition_forget(p);
    if (p->committing) {
        outbox_return(p, p->committing);
        turn_free(p, p->committing);
    }
    event_free(p->wake);
    event_free(p->renew);
    outbox_release(p);
    due_release(p);
    turn_release(p);
    effects_release(&p->effects);
    buf_release(&p->log);
    arena_release(&p->arena);
    log_at(LOG_INFO, "partition left", "partition=%u", p->number);
    free(p);
}
