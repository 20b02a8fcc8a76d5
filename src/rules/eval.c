#include "condition.h"
#include "nudge/clock.h"

enum verdict condition_verdict(const struct condition *c, const struct subject *s)
{
    return c ? c->kind->verdict(c, s) : VERDICT_TRUE;
}

enum verdict all_verdict(const struct condition *c, const struct subject *s)
{
    enum verdict all = VERDICT_TRUE;
    for (size_t i = 0; i < c->list.n && all != VERDICT_FALSE; i++)
        all = verdict_and(all, condition_verdict(c->list.items[i], s));
    return all;
}

enum verdict any_verdict(const struct condition *c, const struct subject *s)
{
    enum verdict any = VERDICT_FALSE;
    for (size_t i = 0; i < c->list.n; i++) {
        enum verdict one = condition_verdict(c->list.items[i], s);
        if (one == VERDICT_TRUE) return one;
        if (one == VERDICT_UNKNOWN) any = one;
    }
    return any;
}

enum verdict not_verdict(const struct condition *c, const struct subject *s)
{
    enum verdict inner = condition_verdict(c->inner, s);
    if (inner == VERDICT_UNKNOWN) return inner;
    return inner == VERDICT_TRUE ? VERDICT_FALSE : VERDICT_TRUE;
}

enum verdict segment_verdict(const struct condition *c, const struct subject *s)
{
    return condition_verdict(c->segment->audience, s);
}

enum verdict attribute_verdict(const struct condition *c, const struct subject *s)
{
    return tests_verdict(&c->value.tests, customer_attribute(s->customer, c->value.property.name),
                         s->rules->zone);
}

/* ---- properties of the event */

bool property_value(const struct property *p, const struct event *e, struct value *out)
{
    if (p->field <= FIELD_ACCURACY)
        return event_value(e, p->name, out); /* the app's own, or not among the props */
    const struct value *v = event_prop(e, p->field);
    if (v) *out = *v;
    return v != NULL;
}

static enum verdict property_test_verdict(const struct property_test *t, const struct event *e,
                                          const struct zone *zone)
{
    struct value v;
    return tests_verdict(&t->tests, property_value(&t->property, e, &v) ? &v : NULL, zone);
}

enum verdict property_verdict(const struct condition *c, const struct subject *s)
{
    return s->event ? property_test_verdict(&c->value, s->event, s->rules->zone) : VERDICT_UNKNOWN;
}

enum verdict where_verdict(const struct where *w, const struct event *e, const struct zone *zone)
{
    enum verdict all = VERDICT_TRUE;
    for (size_t i = 0; i < w->n && all != VERDICT_FALSE; i++)
        all = verdict_and(all, property_test_verdict(&w->list[i], e, zone));
    return all;
}

enum verdict event_where_verdict(const struct condition *c, const struct subject *s)
{
    return s->event ? where_verdict(&c->where, s->event, s->rules->zone) : VERDICT_UNKNOWN;
}

bool where_holds(const struct where *w, const struct customer *c, const struct past *p,
                 const struct zone *zone)
{
    for (size_t i = 0; i < w->n; i++) {
        struct value v;
        const struct property_test *t = &w->list[i];
        bool there = past_value(c, p, t->property.name, &v);
        if (tests_verdict(&t->tests, there ? &v : NULL, zone) != VERDICT_TRUE) return false;
    }
    return true;
}

/* ---- when and where the customer is */

enum verdict local_time_verdict(const struct condition *c, const struct subject *s)
{
    const struct week_time *t = &c->local_time;
    int64_t local = s->at + zone_offset(ruleset_zone(s->rules, s->customer), s->at) * SECOND;
    int64_t days = local / DAY - (local % DAY < 0);
    int minute = (int)((local - days * DAY) / MINUTE), day = civil_weekday(days);
    bool spans_midnight = t->from > t->to, early = spans_midnight && minute < t->to;
    bool within = spans_midnight ? early || minute >= t->from : minute >= t->from && minute < t->to;
    if (early) day = (day + 6) % 7; /* it began the day before */
    return within && (t->days >> day & 1) ? VERDICT_TRUE : VERDICT_FALSE;
}

enum verdict near_verdict(const struct condition *c, const struct subject *s)
{
    const struct fence_set *places = c->near.places;
    const struct fence *found;
    struct fix fix;
    if (!subject_fix(s, &fix) || s->at - fix.at > c->near.fresh) return VERDICT_UNKNOWN;
    /* The places of a set are stores with one radius, or areas: what is good enough for one is so for all. */
    if (places->n && !fence_judges(s->rules, places->fences[0], fix.accuracy)) return VERDICT_UNKNOWN;
    return fence_set_find(places, fix.point, &found, 1) ? VERDICT_TRUE : VERDICT_FALSE;
}
