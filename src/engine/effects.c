#include "nudge/mem.h"
#include "parts.h"
#include <stdlib.h>

void effects_reset(struct effects *fx)
{
    fx->n_pushes = fx->n_timers = fx->n_decisions = 0;
    fx->duplicate = fx->erase = false;
}

void effects_release(struct effects *fx)
{
    free(fx->pushes);
    free(fx->timers);
    free(fx->decisions);
    *fx = (struct effects){0};
}

static void effects_timer(struct effects *fx, uint64_t id, int64_t due, bool set)
{
    fx->timers = mem_grow(fx->timers, &fx->cap_timers, fx->n_timers + 1, sizeof *fx->timers);
    fx->timers[fx->n_timers++] = (struct timer_change){id, due, set};
}

void effects_set_timer(struct effects *fx, struct customer *c, const struct timer *t)
{
    customer_set_timer(c, t, fx->log);
    effects_timer(fx, t->id, t->due, true);
}

void effects_clear_timer(struct effects *fx, struct customer *c, const struct timer *t)
{
    uint64_t id = t->id;
    int64_t due = t->due;
    customer_clear_timer(c, id, fx->log);
    effects_timer(fx, id, due, false);
}

void effects_decide(struct effects *fx, struct str campaign, enum reason reason, int64_t later)
{
    fx->decisions = mem_grow(fx->decisions, &fx->cap_decisions, fx->n_decisions + 1, sizeof *fx->decisions);
    fx->decisions[fx->n_decisions++] = (struct decision){campaign, reason, later};
}

void *list_room(struct arena *a, void *list, size_t n, size_t *cap, size_t item_size)
{
    if (n < *cap) return list;
    size_t more = *cap ? *cap * 2 : 16;
    void *bigger = arena_alloc(a, more * item_size);
    if (n) memcpy(bigger, list, n * item_size);
    *cap = more;
    return bigger;
}
