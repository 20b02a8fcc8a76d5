/* Going in and out of the places that campaigns watch. */
#include "parts.h"

#define PLACES_USUAL 32 /* about one point; where there are more, they are asked for again */

struct crossings {
    struct arena *arena;
    struct crossing *list;
    size_t n, cap;
};

static void crossing_add(struct crossings *x, const struct fence *f, enum trigger_kind kind, int64_t left)
{
    x->list = list_room(x->arena, x->list, x->n, &x->cap, sizeof *x->list);
    x->list[x->n++] = (struct crossing){f, kind, left};
}

static void places_leave(const struct ruleset *rules, struct customer *c, const struct event *e, struct effects *fx, struct crossings *x)
{
    for (size_t i = 0; i < c->n_inside; i++) {
        const struct inside in = c->inside[i];
        if (in.left) continue;
        const struct fence *f = fence_set_get(rules->places, in.key);
        bool left = !f || (fence_judges(rules, f, e->accuracy) && fence_left(f, e->position, e->accuracy));
        if (!left) continue;
        customer_leave(c, in.key, e->ts, fx->log);
        if (f) crossing_add(x, f, TRIGGER_EXIT, 0);
    }
}

static void dwells_stop(struct customer *c, uint64_t place, struct effects *fx)
{
    for (size_t i = c->n_timers; i-- > 0;) {
        const struct timer *t = &c->timers[i];
        if (t->kind == TIMER_DWELL && t->payload.n >= 8 && memcmp(t->payload.p, &place, 8) == 0) effects_clear_timer(fx, c, t);
    }
}

static size_t places_about(const struct ruleset *rules, struct arena *a, struct point at, const struct fence ***out)
{
    for (size_t cap = PLACES_USUAL;; cap *= 4) {
        *out = arena_alloc(a, cap * sizeof **out);
        size_t n = fence_set_find(rules->places, at, *out, cap);
        if (n < cap) return n;
    }
}

static void places_enter(const struct ruleset *rules, struct customer *c, const struct event *e, struct effects *fx, struct crossings *x)
{
    const struct fence **found;
    size_t held = places_about(rules, fx->arena, e->position, &found);
    for (size_t i = 0; i < held; i++) {
        if (!fence_judges(rules, found[i], e->accuracy)) continue;
        const struct inside *in = customer_inside(c, found[i]->key);
        if (in && !in->left) continue;
        int64_t left = in ? in->left : 0;
        customer_enter(c, found[i]->key, e->ts, fx->log);
        crossing_add(x, found[i], TRIGGER_ENTER, left);
    }
}

/* Entering again too soon after leaving does not. */
bool crossing_counts(const struct campaign *k, const struct crossing *x, int64_t ts)
{
    return x->kind == TRIGGER_EXIT || !x->left || ts - x->left >= k->trigger.cooldown;
}

size_t places_cross(const struct ruleset *rules, struct customer *c, const struct event *e, struct effects *fx, struct crossing **out)
{
    struct crossings x = {.arena = fx->arena};
    places_leave(rules, c, e, fx, &x);
    for (size_t i = 0; i < x.n; i++) dwells_stop(c, x.list[i].fence->key, fx);
    if (rules->places->n) places_enter(rules, c, e, fx, &x);
    *out = x.list;
    return x.n;
}
