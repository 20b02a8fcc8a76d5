#include "nudge/mem.h"
#include "parts.h"
#include <stdlib.h>

/* A campaign set off by an event, and by which place. */
struct triggered {
    const struct campaign *campaign;
    const struct fence *fence; /* NULL: by the event itself */
    double distance;           /* metres to the fence's store: of several places, the nearest counts */
};

/* Of one event; in the batch's arena. */
struct triggers {
    struct arena *arena;
    struct triggered *list;
    size_t n, cap;
};

/* ---- what an event sets off */

static void triggers_put(struct triggers *t, struct triggered one)
{
    t->list = list_room(t->arena, t->list, t->n, &t->cap, sizeof *t->list);
    t->list[t->n++] = one;
}

static void triggered_by_event(const struct subject *s, struct triggers *out)
{
    const struct campaign *const *found;
    size_t count = ruleset_candidates(s->rules, out->arena, s, &found);
    for (size_t i = 0; i < count; i++)
        if (trigger_verdict(&found[i]->trigger, s) == VERDICT_TRUE) triggers_put(out, (struct triggered){found[i], NULL, 0});
}

/* Nearer, or as near and before by its id. */
static bool place_before(const struct triggered *a, const struct triggered *b)
{
    if (a->distance != b->distance || !a->fence->store || !b->fence->store) return a->distance < b->distance;
    return str_cmp(a->fence->store->id, b->fence->store->id) < 0;
}

/* A campaign is set off once, by the nearest of its places. */
static void triggers_add(struct triggers *t, struct triggered one)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->list[i].campaign != one.campaign) continue;
        if (place_before(&one, &t->list[i])) t->list[i] = one;
        return;
    }
    triggers_put(t, one);
}

static void triggered_by_crossing(const struct subject *s, const struct crossing *x, struct triggers *out)
{
    const struct campaign *const *found;
    size_t count = ruleset_fence_campaigns(s->rules, x->kind, x->fence, &found);
    double distance = x->fence->store ? geo_distance(x->fence->store->at, s->event->position) : 0;
    for (size_t i = 0; i < count; i++)
        if (crossing_counts(found[i], x, s->at)) triggers_add(out, (struct triggered){found[i], x->fence, distance});
}

static int triggered_compare(const void *a, const void *b)
{
    const struct campaign *x = ((const struct triggered *)a)->campaign, *y = ((const struct triggered *)b)->campaign;
    if (x->priority != y->priority) return x->priority > y->priority ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* ---- one event */

static struct str event_cause(struct arena *a, const struct event *e, const struct fence *f)
{
    struct str id = e->id.n ? e->id : e->entry;
    const char *kind = e->id.n ? "id" : "entry";
    if (!f) return arena_printf(a, "%s:%.*s", kind, STR_ARG(id));
    return arena_printf(a, "%s:%.*s:%016llx", kind, STR_ARG(id), (unsigned long long)f->key);
}

static const struct store *event_store(const struct ruleset *rules, const struct event *e)
{
    const struct value *v = event_prop(e, FIELD_STORE);
    if (!v) return NULL;
    struct buf b = {0};
    value_text(v, &b);
    const struct store *s = ruleset_store(rules, buf_str(&b));
    buf_release(&b);
    return s;
}

static void triggered_decide(struct customer *c, const struct triggered *t, const struct subject *s, int64_t now, size_t before,
                             struct effects *fx)
{
    struct cause cause = {.campaign = t->campaign, .subject = *s, .trigger = s->at};
    cause.subject.campaign = t->campaign;
    cause.subject.store = t->fence ? t->fence->store : event_store(s->rules, s->event);
    cause.id = push_id_make(t->campaign->name, c->user, event_cause(fx->arena, s->event, t->fence), 0);
    cause_decide(c, &cause, now, before, fx);
}

/* The zone follows the store that the newest position is near. */
static void zone_follow(const struct ruleset *rules, struct customer *c, const struct event *e, struct effects *fx)
{
    struct str zone = ruleset_zone_at(rules, e->position);
    if (zone.n && !str_eq(zone, c->zone)) customer_set_zone(c, zone, fx->log);
}

/* What the event sets off, in the order of deciding; the places it enters and leaves are on the card afterwards. */
static struct triggers event_triggers(const struct subject *s, struct customer *c, bool newest, struct effects *fx)
{
    struct crossing *crossings;
    struct triggers t = {.arena = fx->arena};
    triggered_by_event(s, &t);
    size_t crossed = newest ? places_cross(s->rules, c, s->event, fx, &crossings) : 0;
    for (size_t i = 0; i < crossed; i++) {
        triggered_by_crossing(s, &crossings[i], &t);
        if (crossings[i].kind == TRIGGER_ENTER) dwell_start(&crossings[i], s, c, fx);
    }
    if (t.n > 1) qsort(t.list, t.n, sizeof *t.list, triggered_compare);
    return t;
}

void engine_event(const struct ruleset *rules, struct customer *c, const struct event *e, int64_t now, struct effects *fx)
{
    if (e->type == EVENT_ERASE) {
        fx->erase = true;
        return;
    }
    if (e->id.n && customer_has_key(c, str_hash(e->id))) {
        fx->duplicate = true;
        return;
    }
    bool newest = e->has_position && (!c->has_position || e->ts >= c->position_at);
    customer_event(c, e, fx->log);
    if (newest) zone_follow(rules, c, e, fx);
    struct subject s = {.rules = rules, .customer = c, .event = e, .at = e->ts};
    size_t before = fx->n_pushes;
    struct triggers t = event_triggers(&s, c, newest, fx);
    for (size_t i = 0; i < t.n; i++) triggered_decide(c, &t.list[i], &s, now, before, fx);
}

static void currency_default(const struct ruleset *rules, struct arena *a, struct event *e)
{
    struct prop *props = arena_alloc(a, (e->n_props + 1) * sizeof *props);
    memcpy(props, e->props, e->n_props * sizeof *props);
    /* A copy: the ruleset may be replaced before the event is decided. */
    props[e->n_props++] = (struct prop){field_name(FIELD_CURRENCY), FIELD_CURRENCY, VALUE_TEXT_OF(arena_str(a, rules->currency))};
    e->props = props;
}

/* What a value of the declared type is; NULL = this one is right. */
static const char *attribute_expects(const struct ruleset *rules, const struct attribute_rule *rule, const struct value *v)
{
    num_t n;
    int64_t at;
    bool text = v->kind == VALUE_TEXT;
    if (text && !v->text.n) return NULL; /* taken back */
    if (str_eq(rule->name, STR("timezone"))) return text && zones_get(rules->zones, v->text) ? NULL : "an IANA time zone, such as Europe/Amsterdam";
    switch (rule->type) {
    case ATTRIBUTE_NUMBER: return value_number(v, &n) ? NULL : "a number";
    case ATTRIBUTE_DATE: return text && time_parse(v->text, rules->zone, &at) ? NULL : "a date, such as 1980-05-12";
    case ATTRIBUTE_BOOLEAN:
        return v->kind == VALUE_BOOLEAN || (text && (str_eq(v->text, STR("true")) || str_eq(v->text, STR("false")))) ? NULL : "true or false";
    default: return NULL;
    }
}

bool engine_admit(const struct ruleset *rules, struct arena *a, struct event *e, struct str *why)
{
    if (event_prop(e, FIELD_AMOUNT) && !event_prop(e, FIELD_CURRENCY)) currency_default(rules, a, e);
    if (e->type != EVENT_PROFILE) return true;
    size_t kept = 0;
    for (size_t i = 0; i < e->n_props; i++) {
        const struct attribute_rule *rule = ruleset_attribute(rules, e->props[i].name);
        const char *expected = rule ? attribute_expects(rules, rule, &e->props[i].value) : NULL;
        if (expected) {
            *why = arena_printf(a, "%.*s: expected %s", STR_ARG(e->props[i].name), expected);
            return false;
        }
        if (rule) e->props[kept++] = e->props[i];
    }
    e->n_props = kept;
    return true;
}

/* ---- timers, schedules, outcomes */

/* Its file was taken away while the push waited. */
static void campaign_gone(struct customer *c, struct str name, int64_t now, struct effects *fx)
{
    struct decision_entry entry = {.name = name, .at = now, .trigger = now, .reason = REASON_NOT_ACTIVE};
    customer_decided(c, &entry, fx->log);
    effects_decide(fx, name, REASON_NOT_ACTIVE, 0);
}

static void send_due(const struct ruleset *rules, struct customer *c, const struct timer *t, int64_t now, struct effects *fx)
{
    struct cause cause;
    struct event event;
    bool readable = cause_read(c, rules, t, now, fx, &cause, &event);
    struct str campaign = arena_str(fx->arena, t->campaign);
    effects_clear_timer(fx, c, t);
    if (readable)
        cause_send(c, &cause, now, fx->n_pushes, fx);
    else
        campaign_gone(c, campaign, now, fx);
}

static void dwell_due(const struct ruleset *rules, struct customer *c, const struct timer *t, int64_t now, struct effects *fx)
{
    struct cause cause;
    bool still = dwell_read(c, rules, t, fx, &cause);
    effects_clear_timer(fx, c, t);
    if (still) cause_decide(c, &cause, now, fx->n_pushes, fx);
}

/* By time; at the same time by priority, then by the campaign's name, as one event's campaigns are; of one campaign as they were set. */
static bool timer_before(const struct ruleset *rules, const struct timer *a, const struct timer *b)
{
    if (a->due != b->due) return a->due < b->due;
    const struct campaign *x = ruleset_campaign(rules, a->campaign), *y = ruleset_campaign(rules, b->campaign);
    if (x && y && x->priority != y->priority) return x->priority > y->priority;
    return str_cmp(a->campaign, b->campaign) < 0;
}

static const struct timer *timer_due(const struct ruleset *rules, const struct customer *c, int64_t now)
{
    const struct timer *first = NULL;
    for (size_t i = 0; i < c->n_timers; i++) {
        const struct timer *t = &c->timers[i];
        if (t->due <= now && (!first || timer_before(rules, t, first))) first = t;
    }
    return first;
}

void engine_due(const struct ruleset *rules, struct customer *c, int64_t now, struct effects *fx)
{
    for (const struct timer *t; (t = timer_due(rules, c, now));) {
        if (t->kind == TIMER_SEND)
            send_due(rules, c, t, now, fx);
        else
            dwell_due(rules, c, t, now, fx);
    }
}

void engine_scheduled(const struct ruleset *rules, struct customer *c, const struct campaign *k, int64_t occurrence, int64_t now,
                      struct effects *fx)
{
    struct str cause = arena_printf(fx->arena, "schedule:%lld", (long long)occurrence);
    struct cause due = {.campaign = k,
                        .subject = {.rules = rules, .customer = c, .campaign = k, .at = occurrence},
                        .id = push_id_make(k->name, c->user, cause, 0),
                        .trigger = occurrence};
    cause_decide(c, &due, now, fx->n_pushes, fx);
}

void engine_settled(struct customer *c, uint64_t push, enum reason reason, struct effects *fx)
{
    customer_settled(c, push, reason, fx->log);
}
