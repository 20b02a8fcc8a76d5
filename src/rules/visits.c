#include "condition.h"
#include "nudge/mem.h"
#include <stdlib.h>

#define FOUND_USUAL 32 /* places about one point */

/* Following the customer's positions through a set of places. */
struct walk {
    const struct subject *subject;
    const struct fence_set *places;
    const struct fence **inside, **found; /* their own allocations */
    size_t n_inside, cap_inside, cap_found;
};

static bool walk_is_inside(const struct walk *w, const struct fence *f)
{
    for (size_t i = 0; i < w->n_inside; i++)
        if (w->inside[i] == f) return true;
    return false;
}

static void walk_leave(struct walk *w, struct point at, double accuracy)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->n_inside; i++)
        if (!fence_left(w->inside[i], at, accuracy)) w->inside[kept++] = w->inside[i];
    w->n_inside = kept;
}

static size_t walk_find(struct walk *w, struct point at)
{
    for (size_t need = FOUND_USUAL;; need = w->cap_found + 1) {
        w->found = mem_grow(w->found, &w->cap_found, need, sizeof *w->found);
        size_t n = fence_set_find(w->places, at, w->found, w->cap_found);
        if (n < w->cap_found) return n; /* else there may be more */
    }
}

/* True: an arrival. */
static bool walk_step(struct walk *w, struct point at, double accuracy)
{
    bool arrived = false;
    if (w->places->n == 0 || !fence_judges(w->subject->rules, w->places->fences[0], accuracy)) return false;
    walk_leave(w, at, accuracy);
    size_t n = walk_find(w, at);
    for (size_t i = 0; i < n; i++) {
        if (walk_is_inside(w, w->found[i])) continue;
        arrived = true;
        w->inside = mem_grow(w->inside, &w->cap_inside, w->n_inside + 1, sizeof *w->inside);
        w->inside[w->n_inside++] = w->found[i];
    }
    return arrived;
}

static uint64_t arrivals_count(const struct visits *v, const struct subject *s)
{
    const struct customer *c = s->customer;
    struct walk w = {.subject = s, .places = v->places};
    uint64_t n = 0;
    for (size_t i = 0; i < c->n_history && c->history[i].ts <= s->at; i++) {
        struct point at;
        double accuracy;
        if (!c->history[i].positioned || !past_position(c, &c->history[i], &at, &accuracy)) continue;
        bool counts = !v->within || c->history[i].ts > s->at - v->within;
        if (walk_step(&w, at, accuracy) && counts) n++;
    }
    free(w.inside);
    free(w.found);
    return n;
}

enum verdict visits_verdict(const struct condition *c, const struct subject *s)
{
    const struct visits *v = &c->visits;
    int64_t trimmed = s->customer->trimmed_to;
    wide_t n = (wide_t)arrivals_count(v, s) * NUM_ONE;
    bool whole = !v->within || trimmed == 0 || trimmed <= s->at - v->within;
    struct range r = {n, whole ? n : WIDE_MAX};
    return range_verdict(&r, &v->times, 1);
}

/* ---- reading */

static void within_key(struct reader *r, struct node at, void *into)
{
    node_duration(at, &((struct visits *)into)->within, r->errors);
}

static void times_key(struct reader *r, struct node at, void *into)
{
    comparisons_read(r, at, STR_NONE, true, &((struct visits *)into)->times);
}

static void places_key(struct reader *r, struct node at, void *into)
{
    ((struct visits *)into)->places = places_read(r, at);
}

static const struct key visits_keys[] = {
    {WORD("visits"), places_key, NULL}, {WORD("within"), within_key, NULL}, {WORD("times"), times_key, NULL}};
const struct key_table visits_table = KEY_TABLE("visits", visits_keys);

void visits_read(struct reader *r, struct node object, struct node value, struct condition *c)
{
    (void)value;
    object_read(r, object, &visits_table, &c->visits);
    if (c->visits.times.n == 0) c->visits.times = tests_at_least(reader_arena(r), 1);
}
