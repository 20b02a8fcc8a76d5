#include "nudge/lease.h"
#include "nudge/log.h"
#include "nudge/mem.h"
#include <stdlib.h>

#define TICK_MOST ((int64_t)1000) /* ms between two looks: with the lease, the bound on how long a dead owner is missed */

struct leases {
    struct redis *redis;
    struct lease_options options;
    struct lease_events events;
    void *arg;
    struct event *tick;
    struct arena arena;
    struct str members;        /* key of the heartbeats */
    struct str *owner_keys;    /* [partitions + 1] */
    struct buf out;
    unsigned reply;            /* index of the next reply of the look under way */
    unsigned instances, place; /* how many live, and which we are by name */
    bool *free;                /* [partitions + 1]: nobody holds it */
    bool looking, stopped;
};

static unsigned all(const struct leases *l)
{
    return l->options.partitions + 1;
}

/* ---- taking and letting go */

struct taking {
    struct leases *leases;
    unsigned partition;
};

static void on_taken(void *arg, const struct reply *r)
{
    struct taking *t = arg;
    struct leases *l = t->leases;
    if (r && r->type == REPLY_STATUS) l->events.taken(l->arg, t->partition);
    free(t);
}

static void lease_take(struct leases *l, unsigned p)
{
    struct taking *t = mem_alloc(sizeof *t);
    *t = (struct taking){l, p};
    buf_clear(&l->out);
    command(&l->out, 6);
    command_str(&l->out, STR("SET"));
    command_str(&l->out, l->owner_keys[p]);
    command_str(&l->out, l->options.instance);
    command_str(&l->out, STR("NX"));
    command_str(&l->out, STR("PX"));
    command_int(&l->out, l->options.lease);
    if (!redis_send(l->redis, buf_str(&l->out), 1, NULL, 0, on_taken, t)) free(t);
}

static unsigned share(const struct leases *l)
{
    unsigned n = l->instances ? l->instances : 1;
    return l->options.partitions / n + (l->place < l->options.partitions % n);
}

static void lease_settle(struct leases *l, unsigned p, bool ours)
{
    bool held = l->events.held(l->arg, p);
    if (ours && !held && l->free[p]) lease_take(l, p);
    if (!ours && held) l->events.give_up(l->arg, p);
}

static void shares_settle(struct leases *l)
{
    unsigned held = 0, mine = share(l), partitions = l->options.partitions;
    for (unsigned p = 0; p < partitions; p++) held += l->events.held(l->arg, p);
    for (unsigned p = 0; p < partitions && held < mine; p++) {
        if (!l->free[p] || l->events.held(l->arg, p)) continue;
        lease_take(l, p);
        held++;
    }
    for (unsigned p = partitions; p-- > 0 && held > mine;) {
        if (!l->events.held(l->arg, p)) continue;
        l->events.give_up(l->arg, p);
        held--;
    }
    lease_settle(l, partitions, l->place + 1 >= l->instances); /* the router: the last one's, who never has more partitions than others */
}

/* ---- looking: TIME; then heartbeat, members, owners */

static void members_count(struct leases *l, const struct reply *r)
{
    l->instances = l->place = 0;
    for (uint32_t i = 0; r->type == REPLY_ARRAY && i < r->n; i++) {
        l->instances++;
        if (str_cmp(reply_str(&r->items[i]), l->options.instance) < 0) l->place++;
    }
}

static void on_look(void *arg, const struct reply *r)
{
    struct leases *l = arg;
    if (!r) {
        l->looking = false;
        return;
    }
    unsigned i = l->reply++;
    if (i == 2) members_count(l, r);
    if (i < 3) return;
    l->free[i - 3] = r->type == REPLY_NIL;
    if (i - 3 + 1 < all(l)) return;
    l->looking = false;
    if (!l->stopped) shares_settle(l);
}

static void look(struct leases *l, int64_t now)
{
    struct buf *b = &l->out;
    buf_clear(b);
    command(b, 4);
    command_str(b, STR("ZADD"));
    command_str(b, l->members);
    command_int(b, now);
    command_str(b, l->options.instance);
    command(b, 4);
    command_str(b, STR("ZREMRANGEBYSCORE"));
    command_str(b, l->members);
    command_str(b, STR("-inf"));
    command_int(b, now - l->options.lease);
    command(b, 4);
    command_str(b, STR("ZRANGE"));
    command_str(b, l->members);
    command_str(b, STR("0"));
    command_str(b, STR("-1"));
    for (unsigned p = 0; p < all(l); p++) {
        command(b, 2);
        command_str(b, STR("GET"));
        command_str(b, l->owner_keys[p]);
    }
    l->reply = 0;
    l->looking = redis_send(l->redis, buf_str(b), 3 + all(l), NULL, 0, on_look, l);
}

static void on_time(void *arg, const struct reply *r)
{
    struct leases *l = arg;
    l->looking = false;
    if (!r || r->type != REPLY_ARRAY || r->n != 2 || l->stopped) return;
    look(l, strtoll(r->items[0].text, NULL, 10) * 1000 + strtoll(r->items[1].text, NULL, 10) / 1000);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct leases *l = arg;
    (void)fd, (void)what;
    if (l->looking || l->stopped || !redis_up(l->redis)) return;
    buf_clear(&l->out);
    command_words(&l->out, "TIME", NULL);
    l->looking = redis_send(l->redis, buf_str(&l->out), 1, NULL, 0, on_time, l);
}

/* ---- life */

struct leases *leases_new(struct event_base *base, struct redis *redis, const struct lease_options *options,
                          const struct lease_events *events, void *arg)
{
    struct leases *l = mem_alloc(sizeof *l);
    l->redis = redis, l->options = *options, l->events = *events, l->arg = arg;
    l->members = arena_printf(&l->arena, "%.*s:instances", STR_ARG(options->prefix));
    l->owner_keys = arena_alloc(&l->arena, all(l) * sizeof *l->owner_keys);
    l->free = arena_zalloc(&l->arena, all(l) * sizeof *l->free);
    for (unsigned p = 0; p < options->partitions; p++)
        l->owner_keys[p] = arena_printf(&l->arena, "%.*s:{%u}:owner", STR_ARG(options->prefix), p);
    l->owner_keys[options->partitions] = arena_printf(&l->arena, "%.*s:ingest:owner", STR_ARG(options->prefix));
    int64_t ms = options->lease / 4 < TICK_MOST ? options->lease / 4 : TICK_MOST;
    struct timeval every = {ms / 1000, (ms % 1000) * 1000};
    l->tick = event_new(base, -1, EV_PERSIST, on_tick, l);
    event_add(l->tick, &every);
    event_active(l->tick, EV_TIMEOUT, 0);
    return l;
}

void leases_look(struct leases *l)
{
    event_active(l->tick, EV_TIMEOUT, 0);
}

void leases_stop(struct leases *l)
{
    if (l->stopped) return;
    l->stopped = true;
    event_del(l->tick);
    buf_clear(&l->out);
    command(&l->out, 3);
    command_str(&l->out, STR("ZREM"));
    command_str(&l->out, l->members);
    command_str(&l->out, l->options.instance);
    redis_send(l->redis, buf_str(&l->out), 1, NULL, 0, NULL, NULL);
}

void leases_free(struct leases *l)
{
    if (!l) return;
    event_free(l->tick);
    arena_release(&l->arena);
    buf_release(&l->out);
    free(l);
}
