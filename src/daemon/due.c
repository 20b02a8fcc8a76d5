/* What is due: customers' timers, and campaigns on a schedule, which go through all customers a page at a time. */
#include "daemon.h"
#include "nudge/crash.h"
#include "nudge/mem.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- schedules */

/* At the same moment by priority, then name: so each customer's campaigns come in that order. */
static bool schedule_before(const struct ruleset *rules, const struct schedule_due *a, const struct schedule_due *b)
{
    if (a->next != b->next) return a->next < b->next;
    if (a->begun != b->begun) return a->begun;
    const struct campaign *x = ruleset_campaign(rules, a->campaign), *y = ruleset_campaign(rules, b->campaign);
    if (x && y && x->priority != y->priority) return x->priority > y->priority;
    return str_cmp(a->campaign, b->campaign) < 0;
}

static struct schedule_due *schedule_first(const struct partition *p)
{
    struct schedule_due *first = NULL;
    for (size_t i = 0; i < p->n_schedules; i++)
        if (!first || schedule_before(p->daemon->rules, p->schedules[i], first)) first = p->schedules[i];
    return first && first->next < INT64_MAX ? first : NULL;
}

static int64_t schedules_next(const struct partition *p)
{
    const struct schedule_due *first = schedule_first(p);
    return first ? first->next : INT64_MAX;
}

int64_t due_next(const struct partition *p)
{
    int64_t schedule = schedules_next(p);
    return schedule < p->next_timer ? schedule : p->next_timer;
}

void due_timer_set(struct partition *p, int64_t due)
{
    if (due < p->next_timer) p->next_timer = due;
}

static void schedule_done(struct schedule_due *s, int64_t occurrence)
{
    s->done = occurrence;
    s->begun = s->told = false;
    s->cursor[0] = 0;
}

static void schedule_plan(struct partition *p, struct schedule_due *s)
{
    const struct campaign *k = ruleset_campaign(p->daemon->rules, s->campaign);
    bool own_zone = !str_eq(s->zone, STR("-"));
    bool there = k && k->trigger.kind == TRIGGER_SCHEDULE && k->trigger.schedule->customer_zone == own_zone && s->done != INT64_MIN;
    const struct zone *zone = there ? zones_get(p->daemon->zones, s->zone) : NULL;
    if (there && s->begun) return; /* the one under way is finished first */
    if (s->begun) schedule_done(s, s->next); /* what was begun and taken away is not taken up again */
    s->next = there ? schedule_next(k->trigger.schedule, zone ? zone : p->daemon->rules->zone, s->done) : INT64_MAX;
}

static struct schedule_due *schedule_get(struct partition *p, struct str campaign, struct str zone)
{
    for (size_t i = 0; i < p->n_schedules; i++)
        if (str_eq(p->schedules[i]->campaign, campaign) && str_eq(p->schedules[i]->zone, zone)) return p->schedules[i];
    struct schedule_due *s = arena_zalloc(&p->due_arena, sizeof *s);
    s->campaign = arena_str(&p->due_arena, campaign);
    s->zone = arena_str(&p->due_arena, zone);
    s->field = arena_printf(&p->due_arena, "%.*s|%.*s", STR_ARG(campaign), STR_ARG(zone));
    s->done = INT64_MIN, s->next = INT64_MAX;
    p->schedules = mem_grow(p->schedules, &p->cap_schedules, p->n_schedules + 1, sizeof *p->schedules);
    return p->schedules[p->n_schedules++] = s;
}

/* A schedule counts from when it is first seen: what lay before is not made up for. */
static void schedule_need(struct partition *p, const struct campaign *k, struct str zone, int64_t now)
{
    struct schedule_due *s = schedule_get(p, k->name, zone);
    if (s->done == INT64_MIN && now > 0) s->done = now, s->told = false;
    schedule_plan(p, s);
}

void due_schedules(struct partition *p, int64_t now)
{
    const struct ruleset *rules = p->daemon->rules;
    if (!p->schedules_known) return;
    for (size_t i = 0; i < p->n_schedules; i++) schedule_plan(p, p->schedules[i]); /* campaigns that are gone stop */
    for (size_t i = 0; i < rules->n_campaigns; i++) {
        const struct campaign *k = rules->campaigns[i];
        if (k->trigger.kind != TRIGGER_SCHEDULE) continue;
        if (!k->trigger.schedule->customer_zone) {
            schedule_need(p, k, STR("-"), now);
            continue;
        }
        schedule_need(p, k, zone_name(rules->zone), now);
        for (struct map_slot *z = NULL; (z = map_next(&p->zones, z));) schedule_need(p, k, z->key, now);
    }
}

static void zone_know(struct partition *p, struct str zone)
{
    if (map_get(&p->zones, zone)) return;
    struct str kept = arena_str(&p->due_arena, zone);
    map_put(&p->zones, kept, (void *)kept.p);
}

void due_begin(struct partition *p)
{
    if (p->schedules_begun) return;
    p->schedules_begun = true;
    due_schedules(p, p->now);
}

/* A customer in a zone that had none before: schedules in the customers' own zones have an occurrence more. */
void due_zone(struct partition *p, struct turn *t, const struct customer *c)
{
    const struct ruleset *rules = p->daemon->rules;
    if (!c->zone.n && !customer_attribute(c, STR("timezone"))) return;
    const struct zone *zone = ruleset_zone(rules, c);
    if (zone == rules->zone || map_get(&p->zones, zone_name(zone))) return;
    zone_know(p, zone_name(zone));
    commit_zone(&t->commit, zone_name(zone));
    due_schedules(p, partition_now(p));
}

/* ---- what Redis remembers: field "campaign|zone" -> "D<ms>" done through, or "P<ms>:<user>" in the middle of one */

static void schedule_read(struct partition *p, struct str field, struct str progress)
{
    struct str zone = field, campaign = str_cut(&zone, '|'), rest = progress;
    if (!campaign.n || progress.n < 2) return;
    struct schedule_due *s = schedule_get(p, campaign, zone);
    rest.p++, rest.n--;
    struct str at = str_cut(&rest, ':');
    int64_t ms = strtoll(at.p, NULL, 10);
    s->told = true;
    s->begun = progress.p[0] == 'P';
    if (s->begun)
        s->next = ms, s->done = ms - 1, snprintf(s->cursor, sizeof s->cursor, "%.*s", STR_ARG(rest));
    else
        s->done = ms;
}

static int64_t score_read(const struct reply *r)
{
    return (int64_t)strtod(r->text, NULL);
}

void due_loaded(struct partition *p, const struct reply *schedules, const struct reply *zones, const struct reply *first_timer)
{
    due_release(p);
    for (uint32_t i = 0; schedules->type == REPLY_ARRAY && i + 1 < schedules->n; i += 2)
        schedule_read(p, reply_str(&schedules->items[i]), reply_str(&schedules->items[i + 1]));
    for (uint32_t i = 0; zones->type == REPLY_ARRAY && i < zones->n; i++) zone_know(p, reply_str(&zones->items[i]));
    p->next_timer = first_timer->type == REPLY_ARRAY && first_timer->n == 2 ? score_read(&first_timer->items[1]) : INT64_MAX;
    p->schedules_known = true;
    due_schedules(p, partition_now(p));
}

void due_release(struct partition *p)
{
    free(p->schedules);
    p->schedules = NULL;
    p->n_schedules = p->cap_schedules = 0;
    map_release(&p->zones);
    arena_release(&p->due_arena);
    p->schedules_known = false;
}

/* ---- fetching */

static void on_timers(void *arg, const struct reply *r)
{
    struct partition *p = arg;
    if (!r) return;
    struct turn *t = p->fetched;
    p->fetched = NULL;
    p->fetching = false;
    if (r->type != REPLY_ARRAY || r->n == 0) { /* cleared meanwhile: ask for the first there is */
        turn_free(p, t);
        p->next_timer = INT64_MAX;
    } else {
        t->rows = *r;
        for (uint32_t i = 0; i + 1 < r->n; i += 2) {
            uint64_t id;
            struct str user;
            if (score_read(&r->items[i + 1]) > p->due_limit) break;
            if (timer_member_read(reply_str(&r->items[i]), &id, &user)) turn_need(p, t, user);
        }
        turn_ready(p, t);
    }
    partition_wake(p);
}

/* The first there are: the first of them that is not due yet tells when to look again. */
static void timers_fetch(struct partition *p)
{
    struct turn *t = turn_new(p, TURN_TIMERS);
    struct buf b = {0};
    command_words(&b, "ZRANGE", p->keys.timers.p, "0", "255", "WITHSCORES", NULL);
    p->fetched = t;
    p->fetching = redis_send(p->loader, buf_str(&b), 1, &t->arena, 0, on_timers, p);
    buf_release(&b);
    if (p->fetching) return;
    p->fetched = NULL;
    turn_free(p, t);
}

static void on_page(void *arg, const struct reply *r)
{
    struct partition *p = arg;
    if (!r) return;
    struct turn *t = p->fetched;
    p->fetched = NULL;
    p->fetching = false;
    t->rows = r->type == REPLY_ARRAY ? *r : (struct reply){.type = REPLY_ARRAY};
    for (uint32_t i = 0; i < t->rows.n; i++) turn_need(p, t, reply_str(&t->rows.items[i]));
    turn_ready(p, t);
    partition_wake(p);
}

static void page_fetch(struct partition *p, struct schedule_due *s)
{
    struct turn *t = turn_new(p, TURN_SCHEDULE);
    char from[EVENT_USER_MAX + 8];
    snprintf(from, sizeof from, s->cursor[0] ? "(%s" : "-", s->cursor);
    struct buf b = {0};
    command_words(&b, "ZRANGEBYLEX", p->keys.customers.p, from, "+", "LIMIT", "0", "256", NULL);
    t->schedule = s;
    t->occurrence = s->next;
    p->fetched = t;
    p->fetching = redis_send(p->loader, buf_str(&b), 1, &t->arena, 0, on_page, p);
    buf_release(&b);
    if (p->fetching) return;
    p->fetched = NULL;
    turn_free(p, t);
}

void due_fetch(struct partition *p, int64_t limit)
{
    struct schedule_due *first = schedule_first(p);
    p->due_limit = limit;
    if (first && first->next <= p->next_timer)
        page_fetch(p, first);
    else
        timers_fetch(p);
}

/* ---- deciding */

static void timers_run(struct partition *p, struct customer *c, void *now)
{
    engine_due(p->daemon->rules, c, *(int64_t *)now, &p->effects);
}

/* The card cannot be read, so nothing may be decided by it; it is asked again when somebody has had time to look. */
static void row_postpone(struct partition *p, struct turn *t, uint64_t id, struct str user, int64_t now)
{
    commit_timer(&t->commit, user, &(struct timer_change){id, now + HOUR, true});
    due_timer_set(p, now + HOUR);
}

/* A row whose timer the card does not have is left over; one at another time is put right. */
static void row_mend(struct partition *p, struct turn *t, struct str member, const struct timer *timer, struct str user)
{
    if (!timer) {
        commit_timer_done(&t->commit, member);
        return;
    }
    commit_timer(&t->commit, user, &(struct timer_change){timer->id, timer->due, true});
    due_timer_set(p, timer->due);
}

/* In order of time, as far as `limit`, and not past a timer that one of them has set, nor past a schedule. */
static void timers_decide(struct partition *p, struct turn *t)
{
    bool event_clock = p->daemon->options->event_clock;
    int64_t limit = p->due_limit, schedule = schedules_next(p);
    uint32_t i = 0;
    crash_point("timer_due");
    p->next_timer = INT64_MAX; /* what is set from here on */
    for (; i + 1 < t->rows.n; i += 2) {
        struct str member = reply_str(&t->rows.items[i]), user = STR_NONE;
        int64_t due = score_read(&t->rows.items[i + 1]), now = event_clock ? due : clock_wall();
        uint64_t id = 0;
        if (due > limit || (event_clock && (due > p->next_timer || due >= schedule))) break;
        struct cached *c = timer_member_read(member, &id, &user) ? cache_get(&p->cache, user) : NULL;
        const struct timer *timer = c ? customer_timer(c->customer, id) : NULL;
        if (c && c->damaged)
            row_postpone(p, t, id, user, now);
        else if (timer && timer->due <= now)
            turn_customer(p, t, c, timers_run, &now); /* and with it all others that this customer has due */
        else
            row_mend(p, t, member, timer, user);
        p->daemon->metrics.v[METRIC_TIMERS_FIRED]++;
    }
    bool all = i + 1 >= t->rows.n && t->rows.n < 512;
    if (!all) due_timer_set(p, i + 1 < t->rows.n ? score_read(&t->rows.items[i + 1]) : limit);
}

static void scheduled_decide(struct partition *p, struct customer *c, void *arg)
{
    const struct schedule_due *s = arg;
    const struct campaign *k = ruleset_campaign(p->daemon->rules, s->campaign);
    bool event_clock = p->daemon->options->event_clock;
    if (!k || k->trigger.kind != TRIGGER_SCHEDULE || customer_is_new(c)) return;
    if (k->trigger.schedule->customer_zone && !str_eq(zone_name(ruleset_zone(p->daemon->rules, c)), s->zone)) return;
    engine_scheduled(p->daemon->rules, c, k, s->next, event_clock ? s->next : clock_wall(), &p->effects);
}

static void page_decide(struct partition *p, struct turn *t)
{
    struct schedule_due *s = t->schedule;
    if (s->next != t->occurrence) return; /* the campaign was changed or taken away since the page was asked for */
    for (uint32_t i = 0; i < t->rows.n; i++) {
        struct cached *c = cache_get(&p->cache, reply_str(&t->rows.items[i]));
        if (c && !c->damaged) turn_customer(p, t, c, scheduled_decide, s);
    }
    crash_point("schedule_page");
    p->daemon->metrics.v[METRIC_TIMERS_FIRED]++;
    s->begun = t->rows.n == PAGE;
    if (s->begun) {
        struct str last = reply_str(&t->rows.items[t->rows.n - 1]);
        snprintf(s->cursor, sizeof s->cursor, "%.*s", STR_ARG(last));
        commit_schedule(&t->commit, s->field, arena_printf(&t->arena, "P%lld:%.*s", (long long)s->next, STR_ARG(last)));
        return;
    }
    schedule_done(s, s->next);
    schedule_plan(p, s);
}

void due_decide(struct partition *p, struct turn *t)
{
    if (t->kind == TURN_TIMERS)
        timers_decide(p, t);
    else
        page_decide(p, t);
}

void due_tell(struct partition *p, struct turn *t)
{
    for (size_t i = 0; i < p->n_schedules; i++) {
        struct schedule_due *s = p->schedules[i];
        if (s->told || s->done == INT64_MIN) continue;
        commit_schedule(&t->commit, s->field, arena_printf(&t->arena, "D%lld", (long long)s->done));
        s->told = true;
    }
}
