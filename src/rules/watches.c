#include "index.h"
#include "nudge/mem.h"
#include "places.h"
#include <stdlib.h>

struct campaign_list campaigns_join(struct arena *arena, struct campaign_list a, struct campaign_list b)
{
    if (b.n == 0 || a.items == b.items) return a;
    if (a.n == 0) return b;
    const struct campaign **out = arena_alloc(arena, (a.n + b.n) * sizeof *out);
    size_t n = 0, i = 0, k = 0;
    while (i < a.n || k < b.n) {
        const struct campaign *next = i == a.n                                               ? b.items[k]
                                      : k == b.n || !campaign_before(b.items[k], a.items[i]) ? a.items[i]
                                                                                             : b.items[k];
        if (i < a.n && a.items[i] == next) i++;
        if (k < b.n && b.items[k] == next) k++;
        out[n++] = next;
    }
    return (struct campaign_list){out, n};
}

/* The campaigns of one set of fences; many share it. */
struct set_campaigns {
    const struct fence_set *set;
    const struct campaign **items;
    size_t n, cap;
};

struct watch_build {
    struct arena *arena;
    struct map sets; /* address of a set -> its place in list, from 1 */
    struct set_campaigns *list;
    size_t n_list, cap_list;
    struct map fences; /* address of a fence -> its place in watches, from 1 */
    struct watch *watches;
    size_t n, cap;
    struct map joins; /* two lists -> the list of both: fences in the same sets share it */
};

/* The number under a key, from 1; 0: a new key, which gets `next`. The key's bytes must stay. */
static size_t number_of(struct map *m, struct str key, size_t next)
{
    size_t known = (size_t)(uintptr_t)map_get(m, key);
    if (!known) map_put(m, key, (void *)(uintptr_t)next);
    return known;
}

/* The address itself as a key. */
static struct str address_key(struct arena *a, const void *p)
{
    const void **kept = arena_alloc(a, sizeof *kept);
    *kept = p;
    return (struct str){(const char *)kept, sizeof *kept};
}

static void set_add(struct watch_build *b, const struct fence_set *set, const struct campaign *c)
{
    size_t at = number_of(&b->sets, address_key(b->arena, set), b->n_list + 1);
    if (!at) {
        b->list = mem_grow(b->list, &b->cap_list, b->n_list + 1, sizeof *b->list);
        b->list[b->n_list++] = (struct set_campaigns){.set = set};
        at = b->n_list;
    }
    struct set_campaigns *s = &b->list[at - 1];
    s->items = mem_grow(s->items, &s->cap, s->n + 1, sizeof *s->items);
    s->items[s->n++] = c;
}

static struct campaign_list join_once(struct watch_build *b, struct campaign_list one,
                                      struct campaign_list two)
{
    const void *key[2] = {one.items, two.items};
    struct campaign_list *known = map_get(&b->joins, (struct str){(const char *)key, sizeof key});
    if (known) return *known;
    const void **kept = arena_alloc(b->arena, sizeof key);
    memcpy(kept, key, sizeof key);
    known = arena_alloc(b->arena, sizeof *known);
    *known = campaigns_join(b->arena, one, two);
    map_put(&b->joins, (struct str){(const char *)kept, sizeof key}, known);
    return *known;
}

static void fence_add(struct watch_build *b, const struct fence *f, struct campaign_list campaigns)
{
    size_t at = number_of(&b->fences, (struct str){(const char *)&f->key, sizeof f->key}, b->n + 1);
    if (at) {
        b->watches[at - 1].campaigns = join_once(b, b->watches[at - 1].campaigns, campaigns);
        return;
    }
    b->watches = mem_grow(b->watches, &b->cap, b->n + 1, sizeof *b->watches);
    b->watches[b->n++] = (struct watch){f, campaigns};
}

static struct watch *watches_take(struct watch_build *b, size_t *n)
{
    struct watch *out = arena_alloc(b->arena, (b->n + 1) * sizeof *out);
    if (b->n) memcpy(out, b->watches, b->n * sizeof *out);
    *n = b->n;
    free(b->watches);
    free(b->list);
    map_release(&b->sets);
    map_release(&b->fences);
    map_release(&b->joins);
    return out;
}

struct watch *watches_build(struct arena *arena, const struct campaign *const *ordered, size_t n,
                            const struct fence_set *(*set_of)(const struct campaign *), size_t *n_watches)
{
    struct watch_build b = {.arena = arena};
    for (size_t i = 0; i < n; i++) {
        const struct fence_set *set = set_of(ordered[i]);
        if (set) set_add(&b, set, ordered[i]);
    }
    for (size_t i = 0; i < b.n_list; i++) {
        struct set_campaigns *s = &b.list[i];
        const struct campaign **items = arena_alloc(arena, s->n * sizeof *items);
        memcpy(items, s->items, s->n * sizeof *items);
        for (size_t k = 0; k < s->set->n; k++)
            fence_add(&b, s->set->fences[k], (struct campaign_list){items, s->n});
        free(s->items);
    }
    return watches_take(&b, n_watches);
}

/* ---- triggers */

static const struct fence_set *entered(const struct campaign *c)
{
    return c->trigger.kind == TRIGGER_ENTER ? c->trigger.fences : NULL;
}

static const struct fence_set *left(const struct campaign *c)
{
    return c->trigger.kind == TRIGGER_EXIT ? c->trigger.fences : NULL;
}

static const struct fence_set *stayed(const struct campaign *c)
{
    return c->trigger.kind == TRIGGER_DWELL ? c->trigger.fences : NULL;
}

static const struct fence_set *watched(const struct campaign *c)
{
    return c->trigger.fences;
}

void watchers_build(struct ruleset *rules, const struct campaign *const *ordered, size_t n)
{
    static const struct fence_set *(*const set_of[TRIGGER_SCHEDULE])(const struct campaign *) = {
        [TRIGGER_ENTER] = entered, [TRIGGER_EXIT] = left, [TRIGGER_DWELL] = stayed};
    size_t n_watches;
    for (int kind = TRIGGER_ENTER; kind <= TRIGGER_DWELL; kind++) {
        struct watch *watches = watches_build(&rules->arena, ordered, n, set_of[kind], &n_watches);
        for (size_t i = 0; i < n_watches; i++)
            place_of(watches[i].fence)->watching[kind] = watches[i].campaigns;
    }
    struct watch *all = watches_build(&rules->arena, ordered, n, watched, &n_watches);
    const struct fence **fences = arena_alloc(&rules->arena, (n_watches + 1) * sizeof *fences);
    for (size_t i = 0; i < n_watches; i++) fences[i] = all[i].fence;
    rules->places = fence_set_new(&rules->arena, fences, n_watches);
}

size_t ruleset_fence_campaigns(const struct ruleset *rules, enum trigger_kind kind, const struct fence *f,
                               const struct campaign *const **out)
{
    (void)rules;
    bool of_places = kind == TRIGGER_ENTER || kind == TRIGGER_EXIT || kind == TRIGGER_DWELL;
    struct campaign_list list = of_places ? place_of(f)->watching[kind] : (struct campaign_list){0};
    *out = list.items;
    return list.n;
}
