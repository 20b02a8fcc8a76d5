/* Going in and out of the places that campaigns watch. */
#include "parts.h"

static bool crossing_add(struct crossing *out, size_t *n, struct crossing x)
{
    if (*n == CROSSINGS_MAX) return false;
    out[(*n)++] = x;
    return true;
}

static void places_leave(const struct ruleset *rules, struct customer *c, const struct event *e, struct effects *fx,
                         struct crossing *out, size_t *n)
{
    for (size_t i = 0; i < c->n_inside; i++) {
        const struct inside in = c->inside[i];
        if (in.left) continue;
        const struct fence *f = fence_set_get(rules->places, in.key);
        bool left = !f || (fence_judges(rules, f, e->accuracy) && fence_left(f, e->position, e->accuracy));
        if (!left) continue;
        customer_leave(c, in.key, e->ts, fx->log);
        if (f) crossing_add(out, n, (struct crossing){f, TRIGGER_EXIT, 0});
    }
}

static void dwells_stop(struct customer *c, uint64_t place, struct effects *fx)
{
    for (size_t i = c->n_timers; i-- > 0;) {
        const struct timer *t = &c->timers[i];
        if (t->kind == TIMER_DWELL && t->payload.n >= 8 && memcmp(t->payload.p, &place, 8) == 0) effects_clear_timer(fx, c, t);
    }
}

static void places_enter(const struct ruleset *rules, struct customer *c, const struct event *e, struct effects *fx,
                         struct crossing *out, size_t *n)
{
    const struct fence *found[CROSSINGS_MAX];
    size_t held = fence_set_find(rules->places, e->position, found, CROSSINGS_MAX);
    for (size_t i = 0; i < held && i < CROSSINGS_MAX; i++) {
        if (!fence_judges(rules, found[i], e->accuracy)) continue;
        const struct inside *in = customer_inside(c, found[i]->key);
        if (in && !in->left) continue;
        int64_t left = in ? in->left : 0;
        customer_enter(c, found[i]->key, e->ts, fx->log);
        crossing_add(out, n, (struct crossing){found[i], TRIGGER_ENTER, left});
    }
}

size_t places_cross(const struct ruleset *rules, struct customer *c, const struct event *e, struct effects *fx, struct crossing *out)
{
    size_t n = 0;
    places_leave(rules, c, e, fx, out, &n);
    for (size_t i = 0; i < n; i++) dwells_stop(c, out[i].fence->key, fx);
    places_enter(rules, c, e, fx, out, &n);
    return n;
}
