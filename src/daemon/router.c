/* The ingest router: for backends that do not compute a partition. What is published to prefix:ingest is moved, in one transaction
 * with its acknowledgement, to the partition that the customer lives in. An event without an idempotency key gets one made of its
 * entry's ID. */
#include "daemon.h"
#include "nudge/crc16.h"
#include "nudge/mem.h"
#include <stdio.h>
#include <stdlib.h>

#define BLOCK ((int64_t)1000)

struct router {
    struct daemon *daemon;
    struct redis *redis;
    struct arena keys_arena, arena; /* the router's life; one batch */
    struct str stream, owner;
    struct buf out;
    unsigned replies, reply;
    char cursor[ENTRY_ID_SIZE];
    int64_t trim_at;                /* steady ms: not before */
    bool history, leaving, gone;
    bool failed;                    /* Redis refused the last move */
    struct event *again;
};

static void router_read(struct router *);
static void pause_then_look(struct router *);

static void router_lost(struct router *r, const char *why)
{
    if (r->gone) return;
    log_at(LOG_INFO, "the ingest router is left", "why=%s", why);
    r->gone = true;
}

bool router_gone(const struct router *r)
{
    return r->gone;
}

/* ---- moving a batch */

static void guard_put(struct router *r)
{
    command_words(&r->out, "WATCH", r->owner.p, NULL);
    command_words(&r->out, "GET", r->owner.p, NULL);
}

static void router_failed(struct router *r, const struct reply *reply)
{
    char why[200];
    snprintf(why, sizeof why, "moving events to their partitions: %s", reply->text);
    trouble_set(r->daemon, r->daemon->router_trouble, why);
    r->failed = true; /* what was read is pending still: after a pause it is read again */
}

static void on_moved(void *arg, const struct reply *reply)
{
    struct router *r = arg;
    if (!reply || r->gone) return;
    unsigned i = ++r->reply;
    if (i == r->replies - 2) {
        if (reply->type == REPLY_NIL) router_lost(r, "a commit was refused: the lease is not ours any more");
        if (reply->type == REPLY_ERROR && !reply_error(reply, "BUSYGROUP")) router_failed(r, reply);
    }
    if (i < r->replies || r->gone) return;
    if (!str_eq(reply_str(reply), r->daemon->options->instance))
        router_lost(r, r->leaving ? "more than this instance's share" : "another instance holds the lease, or it ran out");
    else if (r->failed)
        pause_then_look(r);
    else {
        trouble_set(r->daemon, r->daemon->router_trouble, "");
        router_read(r);
    }
}

static void move_entry(struct router *r, const struct reply *entry, unsigned *commands)
{
    const struct reply *f = &entry->items[1];
    if (f->type != REPLY_ARRAY) return; /* trimmed */
    size_t n = f->n / 2;
    struct field_pair *pairs = arena_alloc(&r->arena, (n + 1) * sizeof *pairs);
    for (size_t i = 0; i < n; i++) pairs[i] = (struct field_pair){reply_str(&f->items[2 * i]), reply_str(&f->items[2 * i + 1])};
    struct event e;
    char why[256] = "";
    struct event_source source = {reply_str(&entry->items[0]), strtoll(entry->items[0].text, NULL, 10), clock_wall()};
    bool good = event_decode(&r->arena, &source, pairs, n, &e, why, sizeof why), routed = e.user.n && e.user.n <= EVENT_USER_MAX;
    struct options *o = r->daemon->options;
    unsigned p = routed ? partition_of(e.user, (unsigned)o->partitions) : 0;
    struct str to = arena_printf(&r->arena, "%.*s:{%u}:%s", STR_ARG(o->prefix), p, routed ? "events" : "dead");
    bool give_id = routed && !e.id.n, give_ts = good && e.ts == source.entry_ms;
    command(&r->out, (unsigned)(3 + 2 * n + 2 * give_id + 2 * give_ts + (routed ? 0 : 4)));
    command_str(&r->out, STR("XADD"));
    command_str(&r->out, to);
    command_str(&r->out, STR("*"));
    if (!routed) {
        command_str(&r->out, STR("reason"));
        command_str(&r->out, str_of(why));
        command_str(&r->out, STR("entry"));
        command_str(&r->out, source.entry);
    }
    for (size_t i = 0; i < n; i++) {
        command_str(&r->out, routed ? pairs[i].name : arena_printf(&r->arena, "event.%.*s", STR_ARG(pairs[i].name)));
        command_str(&r->out, pairs[i].value);
    }
    if (give_id) {
        command_str(&r->out, STR("id"));
        command_str(&r->out, arena_printf(&r->arena, "ingest-%.*s", STR_ARG(source.entry)));
    }
    if (give_ts) {
        command_str(&r->out, STR("ts"));
        command_int(&r->out, e.ts);
    }
    (*commands)++;
}

static void router_move(struct router *r, const struct reply *entries)
{
    unsigned commands = 1;
    buf_clear(&r->out);
    command_words(&r->out, "MULTI", NULL);
    command(&r->out, 3);
    command_str(&r->out, STR("PEXPIRE"));
    command_str(&r->out, r->owner);
    command_int(&r->out, r->daemon->options->lease);
    for (uint32_t i = 0; entries && i < entries->n; i++) move_entry(r, &entries->items[i], &commands);
    if (entries && entries->n) {
        command(&r->out, 3 + entries->n);
        command_str(&r->out, STR("XACK"));
        command_str(&r->out, r->stream);
        command_str(&r->out, STR(GROUP));
        for (uint32_t i = 0; i < entries->n; i++) command_str(&r->out, reply_str(&entries->items[i].items[0]));
        commands++;
    }
    if (r->leaving) command_words(&r->out, "DEL", r->owner.p, NULL), commands++;
    command_words(&r->out, "EXEC", NULL);
    guard_put(r);
    r->replies = 1 + commands + 1 + 2;
    r->reply = 0;
    redis_send(r->redis, buf_str(&r->out), r->replies, NULL, 0, on_moved, r);
}

/* ---- reading */

static void pause_then_look(struct router *r)
{
    struct timeval pause = {0, 250000};
    event_add(r->again, &pause);
}

static void on_read(void *arg, const struct reply *reply)
{
    struct router *r = arg;
    if (!reply || r->gone) return;
    if (reply->type == REPLY_ERROR) {
        pause_then_look(r);
        return;
    }
    bool some = reply->type == REPLY_ARRAY && reply->n == 1 && reply->items[0].n == 2;
    const struct reply *entries = some ? &reply->items[0].items[1] : NULL;
    if (r->history && entries && entries->n == 0) r->history = false;
    if (r->history && entries && entries->n) snprintf(r->cursor, sizeof r->cursor, "%s", entries->items[entries->n - 1].items[0].text);
    router_move(r, entries);
}

static void on_groups(void *arg, const struct reply *groups)
{
    struct router *r = arg;
    if (groups && groups->type == REPLY_ARRAY) stream_trim(r->redis, r->stream, groups);
}

/* Now and then, as the partitions do. */
static void router_trim(struct router *r)
{
    int64_t now = clock_steady();
    if (now < r->trim_at || !stream_trims(r->daemon)) return;
    r->trim_at = now + r->daemon->options->lease / 4;
    buf_clear(&r->out);
    command_words(&r->out, "XINFO", "GROUPS", r->stream.p, NULL);
    redis_send(r->redis, buf_str(&r->out), 1, NULL, 0, on_groups, r);
}

static void router_read(struct router *r)
{
    struct options *o = r->daemon->options;
    arena_reset(&r->arena);
    router_trim(r);
    buf_clear(&r->out);
    command(&r->out, r->history ? 9 : 11);
    command_str(&r->out, STR("XREADGROUP"));
    command_str(&r->out, STR("GROUP"));
    command_str(&r->out, STR(GROUP));
    command_str(&r->out, STR(GROUP));
    command_str(&r->out, STR("COUNT"));
    command_int(&r->out, o->batch);
    int64_t block = o->lease / 4 < BLOCK ? o->lease / 4 : BLOCK;
    if (!r->history) {
        command_str(&r->out, STR("BLOCK"));
        command_int(&r->out, block);
    }
    command_str(&r->out, STR("STREAMS"));
    command_str(&r->out, r->stream);
    command_str(&r->out, r->history ? str_of(r->cursor) : STR(">"));
    redis_send(r->redis, buf_str(&r->out), 1, &r->arena, block, on_read, r);
}

/* ---- life */

static void router_look(struct router *r)
{
    evtimer_del(r->again);
    r->failed = false;
    buf_clear(&r->out);
    command_words(&r->out, "XGROUP", "CREATE", r->stream.p, GROUP, "0", "MKSTREAM", NULL);
    guard_put(r);
    r->history = true;
    snprintf(r->cursor, sizeof r->cursor, "0");
    r->replies = 3, r->reply = 0; /* answered like a move: the last one says whose the lease is */
    redis_send(r->redis, buf_str(&r->out), 3, NULL, 0, on_moved, r);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
    struct router *r = arg;
    (void)fd, (void)what;
    if (!r->gone && redis_up(r->redis)) router_look(r);
}

static void on_up(void *arg)
{
    router_look(arg);
}

static void on_down(void *arg, const char *why)
{
    struct router *r = arg;
    log_at(LOG_WARNING, "the ingest router lost its connection", "why=%s", why);
    if (r->leaving) router_lost(r, why);
}

struct router *router_start(struct daemon *d)
{
    static const struct redis_events events = {on_up, on_down};
    struct router *r = mem_alloc(sizeof *r);
    r->daemon = d;
    r->stream = arena_printf(&r->keys_arena, "%.*s:ingest", STR_ARG(d->options->prefix));
    r->owner = arena_printf(&r->keys_arena, "%.*s:ingest:owner", STR_ARG(d->options->prefix));
    r->again = evtimer_new(d->base, on_again, r);
    r->redis = redis_new(d->base, &d->redis, &events, r);
    return r;
}

void router_leave(struct router *r)
{
    r->leaving = true;
    if (!redis_up(r->redis)) router_lost(r, "it has no connection"); /* the lease runs out by itself */
}

void router_free(struct router *r)
{
    if (!r) return;
    redis_free(r->redis);
    event_free(r->again);
    arena_release(&r->arena);
    arena_release(&r->keys_arena);
    buf_release(&r->out);
    free(r);
}
