/* One turn: input -> customers loaded -> decided -> committed. */
#include "daemon.h"
#include "nudge/crash.h"
#include "nudge/mem.h"
#include <stdio.h>
#include <stdlib.h>

#define COMMIT_FULL ((size_t)64 << 20) /* bytes: the rest of the batch goes with the next turn */
#define COMMIT_KEPT ((size_t)4 << 20)

struct turn *turn_new(struct partition *p, enum turn_kind kind)
{
    struct turn *t = p->spare_turn;
    p->spare_turn = NULL;
    if (!t) t = mem_alloc(sizeof *t);
    t->number = ++p->begun;
    t->kind = kind;
    snprintf(t->name, sizeof t->name, "%.80s:%lld:%llu", p->daemon->options->instance.p, (long long)p->daemon->metrics.started,
             (unsigned long long)++p->daemon->turns);
    return t;
}

static void turn_end(struct turn *t)
{
    commit_release(&t->commit);
    free(t->pushes);
    free(t->load);
    arena_release(&t->arena);
    free(t);
}

void turn_free(struct partition *p, struct turn *t)
{
    turn_release(p);
    if (t->commit.bytes.cap > COMMIT_KEPT) commit_release(&t->commit); /* one giant commit must not hold its memory for ever */
    struct turn empty = {.arena = t->arena, .commit = t->commit, .pushes = t->pushes, .cap_pushes = t->cap_pushes,
                         .load = t->load, .cap_load = t->cap_load};
    *t = empty;
    arena_reset(&t->arena);
    p->spare_turn = t;
}

void turn_release(struct partition *p)
{
    if (p->spare_turn) turn_end(p->spare_turn);
    p->spare_turn = NULL;
}

/* ---- deciding */

static void pushes_absorb(struct partition *p, struct turn *t, struct str user)
{
    struct effects *fx = &p->effects;
    for (size_t i = 0; i < fx->n_pushes; i++) {
        struct push *push = &fx->pushes[i];
        t->pushes = mem_grow(t->pushes, &t->cap_pushes, t->n_pushes + 1, sizeof *t->pushes);
        struct turn_push *tp = &t->pushes[t->n_pushes++];
        *tp = (struct turn_push){*push, arena_str(&t->arena, user), arena_str(&t->arena, push->campaign->name),
                                 commit_push(&t->commit, user, push)};
        tp->push.provider = arena_str(&t->arena, push->provider); /* the ruleset may be replaced before the commit is confirmed */
        tp->push.data = arena_str(&t->arena, push->data);
        tp->push.language = arena_str(&t->arena, push->language);
    }
    p->daemon->metrics.v[METRIC_PUSHES_DECIDED] += fx->n_pushes;
}

static void decisions_absorb(struct partition *p, struct turn *t)
{
    struct effects *fx = &p->effects;
    for (size_t i = 0; i < fx->n_decisions; i++) {
        const struct decision *d = &fx->decisions[i];
        if (d->reason == REASON_PENDING) continue; /* its outcome is counted */
        commit_stat(&t->commit, d->campaign, d->reason);
        tally_add(p->daemon, d->campaign, d->reason);
    }
}

static void timers_absorb(struct partition *p, struct turn *t, struct str user)
{
    struct effects *fx = &p->effects;
    for (size_t i = 0; i < fx->n_timers; i++) {
        commit_timer(&t->commit, user, &fx->timers[i]);
        if (fx->timers[i].set) due_timer_set(p, fx->timers[i].due);
    }
}

static void log_absorb(struct partition *p, struct turn *t, struct cached *c)
{
    struct customer *k = c->customer;
    if (!c->stored) commit_new_customer(&t->commit, k->user);
    if (customer_logged(k, p->log.n)) {
        buf_clear(&p->log);
        customer_snapshot(k, &p->log);
        commit_snapshot(&t->commit, k->user, buf_str(&p->log));
    } else {
        commit_append(&t->commit, k->user, !c->stored, buf_str(&p->log));
    }
    c->stored = true;
}

static void customer_erased(struct partition *p, struct turn *t, struct cached *c)
{
    struct customer *gone = c->customer;
    for (size_t i = 0; i < gone->n_timers; i++)
        commit_timer(&t->commit, gone->user, &(struct timer_change){gone->timers[i].id, 0, false});
    commit_erase(&t->commit, gone->user);
    c->customer = customer_new(gone->user, p->daemon->rules->history);
    cache_touch(&p->cache, c, t->number);
    customer_free(gone);
    c->stored = false;
}

/* What the core has changed about this customer goes into the commit. */
static void effects_absorb(struct partition *p, struct turn *t, struct cached *c)
{
    struct str user = c->customer->user;
    if (p->effects.erase) {
        customer_erased(p, t, c);
        return;
    }
    pushes_absorb(p, t, user);
    decisions_absorb(p, t);
    timers_absorb(p, t, user);
    if (!p->log.n) return;
    log_absorb(p, t, c);
    cache_touch(&p->cache, c, t->number);
}

static void effects_begin(struct partition *p, struct turn *t)
{
    effects_reset(&p->effects);
    buf_clear(&p->log);
    p->effects.arena = &t->arena;
    p->effects.log = &p->log;
}

static void event_decide(struct partition *p, struct turn *t, struct item *item, int64_t now)
{
    effects_begin(p, t);
    if (str_eq(item->event.type_name, STR("__crash"))) crash_point("poison");
    engine_event(p->daemon->rules, item->cached->customer, &item->event, now, &p->effects);
    if (p->effects.duplicate)
        p->daemon->metrics.v[METRIC_EVENTS_DUPLICATE]++;
    else
        p->daemon->metrics.v[METRIC_EVENTS]++;
    due_zone(p, t, item->cached->customer);
    effects_absorb(p, t, item->cached);
}

static void item_dead(struct partition *p, struct turn *t, struct batch *b, const struct item *item)
{
    const struct reply *f = item->fields;
    size_t n = f->type == REPLY_ARRAY ? f->n / 2 : 0;
    struct field_pair *pairs = arena_alloc(&b->arena, (n + 1) * sizeof *pairs);
    for (size_t i = 0; i < n; i++) pairs[i] = (struct field_pair){reply_str(&f->items[2 * i]), reply_str(&f->items[2 * i + 1])};
    if (f->type == REPLY_ARRAY) {
        commit_dead(&t->commit, item->entry, item->refused, pairs, n);
        p->daemon->metrics.v[METRIC_EVENTS_DEAD]++;
    } else {
        p->daemon->metrics.v[METRIC_ENTRIES_LOST]++;
    }
}

static void events_decide(struct partition *p, struct turn *t)
{
    struct batch *b = p->batches;
    bool event_clock = p->daemon->options->event_clock;
    int64_t wall = event_clock ? 0 : clock_wall();
    for (; b->at < t->events_end && t->commit.bytes.n < COMMIT_FULL; b->at++) {
        struct item *item = &b->items[b->at];
        if (!item->refused && item->cached->damaged) item->refused = "the customer's card in Redis cannot be read";
        if (item->refused) {
            item_dead(p, t, b, item);
        } else {
            if (event_clock) {
                if (item->event.ts > p->now) p->now = item->event.ts;
                due_begin(p);
                if (due_next(p) <= p->now) break; /* set by an event of this very batch: it goes first */
            }
            event_decide(p, t, item, event_clock ? p->now : wall);
        }
        commit_ack(&t->commit, item->entry);
    }
    if (b->at == b->n) ingest_done(p);
}

static void settles_decide(struct partition *p, struct turn *t)
{
    for (struct outstanding *o = t->settles; o; o = o->next) {
        struct cached *c = cache_get(&p->cache, o->user);
        commit_settled(&t->commit, str_of(o->row));
        commit_stat(&t->commit, o->campaign, o->outcome);
        if (!c || !c->stored || c->damaged) continue; /* erased meanwhile */
        effects_begin(p, t);
        engine_settled(c->customer, o->half, o->outcome, &p->effects);
        effects_absorb(p, t, c);
    }
    if (t->settles) crash_point("before_settle");
}

/* One customer at a time, for timers and schedules. */
void turn_customer(struct partition *p, struct turn *t, struct cached *c, void (*decide)(struct partition *, struct customer *, void *),
                   void *arg)
{
    effects_begin(p, t);
    decide(p, c->customer, arg);
    effects_absorb(p, t, c);
}

static void turn_decide(struct partition *p, struct turn *t)
{
    struct options *o = p->daemon->options;
    commit_begin(&t->commit, &p->keys, &t->arena, o->lease, partition_now(p), str_of(t->name));
    if (t->kind == TURN_EVENTS) events_decide(p, t);
    if (t->kind == TURN_TIMERS || t->kind == TURN_SCHEDULE) due_decide(p, t);
    settles_decide(p, t);
    due_tell(p, t);
    t->decided = true;
    crash_point("after_decide");
}

/* ---- loading customers */

static void load_take(struct partition *p, struct turn *t, const struct reply *values)
{
    char why[128];
    for (size_t i = 0; i < t->n_load; i++) {
        struct cached *c = cache_get(&p->cache, t->load[i]);
        const struct reply *v = values->type == REPLY_ARRAY && i < values->n ? &values->items[i] : NULL;
        if (!c || !v || v->type != REPLY_TEXT) continue;
        c->stored = true;
        if (!customer_load(c->customer, reply_str(v), why, sizeof why)) {
            c->damaged = true;
            log_at(LOG_ERROR, "a customer's card cannot be read", "customer=%016llx why=%s",
                   (unsigned long long)str_hash(c->customer->user), why);
        }
        cache_touch(&p->cache, c, t->number);
    }
}

static void on_load(void *arg, const struct reply *r)
{
    struct partition *p = arg;
    if (!r) return; /* the partition starts again */
    struct turn *t = p->waiting;
    p->loading = false;
    if (r->type == REPLY_ERROR) {
        partition_restart(p, r->text);
        return;
    }
    load_take(p, t, r);
    turn_decide(p, t);
    partition_wake(p);
}

struct cached *turn_need(struct partition *p, struct turn *t, struct str user)
{
    struct cached *c = cache_get(&p->cache, user);
    if (!c) {
        c = cache_add(&p->cache, customer_new(user, p->daemon->rules->history), false);
        t->load = mem_grow(t->load, &t->cap_load, t->n_load + 1, sizeof *t->load);
        t->load[t->n_load++] = c->customer->user;
    }
    if (c->touched < t->number) c->touched = t->number; /* stays until this turn is confirmed */
    return c;
}

static void load_send(struct partition *p, struct turn *t)
{
    struct buf b = {0};
    command(&b, (unsigned)t->n_load + 1);
    command_str(&b, STR("MGET"));
    for (size_t i = 0; i < t->n_load; i++) command_joined(&b, p->keys.customer, t->load[i]);
    p->loading = redis_send(p->loader, buf_str(&b), 1, &t->arena, 0, on_load, p);
    buf_release(&b);
    if (!p->loading) partition_restart(p, "the connection is gone");
}

void turn_ready(struct partition *p, struct turn *t)
{
    p->waiting = t;
    outbox_take(p, t);
    for (struct outstanding *o = t->settles; o; o = o->next) turn_need(p, t, o->user);
    if (t->n_load)
        load_send(p, t);
    else
        turn_decide(p, t);
}

/* ---- choosing the next */

static void events_begin(struct partition *p)
{
    struct batch *b = ingest_batch(p);
    struct turn *t = turn_new(p, TURN_EVENTS);
    int64_t due = p->daemon->options->event_clock ? due_next(p) : INT64_MAX;
    t->events_end = b->at;
    for (; t->events_end < b->n; t->events_end++) {
        struct item *item = &b->items[t->events_end];
        if (item->refused) continue;
        if (item->event.ts >= due) break;
        item->cached = turn_need(p, t, item->event.user);
    }
    turn_ready(p, t);
}

/* Something is due before the next event may be decided. */
static int64_t due_before(struct partition *p)
{
    if (!p->daemon->options->event_clock) return clock_wall();
    struct batch *b = ingest_batch(p);
    for (size_t i = b ? b->at : 0; b && i < b->n; i++) {
        if (b->items[i].refused) continue;
        return b->items[i].event.ts > p->now ? b->items[i].event.ts : p->now;
    }
    return p->now;
}

/* Leaving: what is on its way is waited for, while the lease is kept; then the lease is released. */
static bool leave_next(struct partition *p)
{
    if (p->committing || !p->guarded) return false;
    dispatch_withdraw(p->daemon->dispatch, partition_message, p); /* what failed meanwhile is the next owner's to try again */
    bool over = !dispatch_running(p->daemon->dispatch, partition_message, p) || clock_steady() >= p->leave_by;
    if (!over && !p->settle && !p->renew_due) return false;
    struct turn *t = turn_new(p, TURN_RENEW);
    t->releases = over && !p->settle;
    turn_ready(p, t);
    return p->waiting != NULL;
}

static bool turn_next(struct partition *p)
{
    if (p->waiting || p->loading || p->fetching || p->state == PARTITION_GONE) return false;
    if (p->state == PARTITION_LEAVING) return leave_next(p);
    int64_t limit = due_before(p);
    bool events_turn = !p->daemon->options->event_clock && p->due_last && ingest_batch(p);
    if (due_next(p) <= limit && !events_turn) {
        if (!p->committing) due_fetch(p, limit), p->due_last = true;
        return p->waiting != NULL;
    }
    p->due_last = false;
    if (ingest_batch(p))
        events_begin(p);
    else if (p->settle || p->renew_due)
        turn_ready(p, turn_new(p, TURN_RENEW));
    return p->waiting != NULL; /* it may have been thrown away at once */
}

static void wake_when_due(struct partition *p)
{
    int64_t next = due_next(p), wait = next - clock_wall();
    bool idle = !p->waiting && !p->committing && !p->fetching;
    if (p->daemon->options->event_clock || next == INT64_MAX || !idle) return;
    if (wait < 1) wait = 1;
    if (wait > HOUR) wait = HOUR; /* the clock may be set meanwhile */
    struct timeval t = {wait / 1000, (wait % 1000) * 1000};
    event_add(p->wake, &t);
}

void turn_run(struct partition *p)
{
    if (p->state != PARTITION_RUNNING && p->state != PARTITION_LEAVING) return;
    while (commit_next(p) || turn_next(p)) {
    }
    ingest_read(p);
    wake_when_due(p);
}
