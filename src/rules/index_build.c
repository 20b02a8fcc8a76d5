#include "index.h"
#include "nudge/mem.h"
#include <stdlib.h>

#define PROPERTIES_MAX                                                                                       \
    16 /* looked up for each event of a type; campaigns that ask for other ones stand elsewhere */
#define SHARED_MAX 8 /* a value that more campaigns share is left for `near`, if the campaign has one */

struct list_draft {
    const struct campaign **items;
    size_t n, cap;
};

/* Campaigns that ask for one value of a property. */
struct value_draft {
    struct str value;
    size_t sharing; /* campaigns that could stand here */
    struct list_draft campaigns;
};

struct property_draft {
    struct property property;
    struct map values; /* value -> struct value_draft */
    size_t used;       /* values that campaigns do stand under */
};

struct type_draft {
    struct str name;
    struct list_draft campaigns, near, rest; /* near and rest: once each has its place */
    struct property_draft properties[PROPERTIES_MAX];
    size_t n_properties;
};

static void draft_add(struct list_draft *d, const struct campaign *c)
{
    if (d->n && d->items[d->n - 1] == c) return; /* `in` with one item twice */
    d->items = mem_grow(d->items, &d->cap, d->n + 1, sizeof *d->items);
    d->items[d->n++] = c;
}

static struct campaign_list draft_take(struct arena *a, struct list_draft *d)
{
    const struct campaign **items = arena_alloc(a, (d->n + 1) * sizeof *items);
    struct campaign_list list = {items, d->n};
    if (d->n) memcpy(items, d->items, d->n * sizeof *items);
    free(d->items);
    *d = (struct list_draft){0};
    return list;
}

/* ---- what a campaign asks for */

static const struct near *campaign_near(const struct campaign *c)
{
    const struct condition *a = c->audience;
    if (!a) return NULL;
    const struct near *near = condition_near(a);
    for (size_t i = 0; !near && condition_is_all(a) && i < a->list.n; i++)
        near = condition_near(a->list.items[i]);
    return near;
}

static const struct fence_set *near_set(const struct campaign *c)
{
    return campaign_near(c)->places;
}

static struct property_draft *draft_property(struct type_draft *t, const struct property *p)
{
    for (size_t i = 0; i < t->n_properties; i++)
        if (str_eq(t->properties[i].property.name, p->name)) return &t->properties[i];
    if (t->n_properties == PROPERTIES_MAX) return NULL;
    struct property_draft *d = &t->properties[t->n_properties++];
    d->property = *p;
    return d;
}

static struct value_draft *draft_value(struct property_draft *p, struct str value)
{
    struct value_draft *v = map_get(&p->values, value);
    if (v) return v;
    v = mem_alloc(sizeof *v);
    v->value = value;
    map_put(&p->values, value, v);
    return v;
}

static void values_count(struct type_draft *t, const struct property_test *asked)
{
    struct str value;
    for (size_t k = 0; k < asked->tests.n; k++) {
        for (size_t i = 0; test_text(&asked->tests.list[k], i, &value); i++) {
            struct property_draft *p = draft_property(t, &asked->property);
            if (p) draft_value(p, value)->sharing++;
        }
    }
}

/* The test whose values the fewest campaigns share. */
struct choice {
    struct property_draft *property;
    const struct test *test;
    size_t sharing;
};

static void test_weigh(struct choice *best, struct property_draft *p, const struct test *t)
{
    struct str value;
    size_t sharing = 0;
    for (size_t i = 0; test_text(t, i, &value); i++) {
        size_t here = draft_value(p, value)->sharing;
        if (here > sharing) sharing = here;
    }
    if (sharing && (!best->test || sharing < best->sharing)) *best = (struct choice){p, t, sharing};
}

static struct choice campaign_choose(struct type_draft *t, const struct where *w)
{
    struct choice best = {0};
    for (size_t i = 0; i < w->n; i++) {
        for (size_t k = 0; k < w->list[i].tests.n; k++) {
            struct str value;
            const struct test *test = &w->list[i].tests.list[k];
            struct property_draft *p =
                test_text(test, 0, &value) ? draft_property(t, &w->list[i].property) : NULL;
            if (p) test_weigh(&best, p, test);
        }
    }
    return best;
}

static void campaign_place(struct type_draft *t, const struct campaign *c)
{
    const struct condition *where = c->trigger.where;
    struct choice best = where ? campaign_choose(t, condition_where(where)) : (struct choice){0};
    struct str value;
    if (campaign_near(c) && (!best.test || best.sharing > SHARED_MAX)) {
        draft_add(&t->near, c);
        return;
    }
    if (!best.test) draft_add(&t->rest, c);
    for (size_t i = 0; best.test && test_text(best.test, i, &value); i++) {
        struct value_draft *v = draft_value(best.property, value);
        best.property->used += v->campaigns.n == 0;
        draft_add(&v->campaigns, c);
    }
}

/* ---- the finished index of a type */

static struct property_index property_finish(struct arena *a, struct property_draft *d)
{
    struct property_index p = {.property = d->property};
    size_t size = 4;
    while (size < 2 * d->used) size *= 2;
    p.slots = arena_zalloc(a, size * sizeof *p.slots);
    p.mask = size - 1;
    for (struct map_slot *s = NULL; (s = map_next(&d->values, s));) {
        struct value_draft *v = s->value;
        if (v->campaigns.n) {
            uint64_t hash = str_hash(v->value);
            *value_slot_find(&p, v->value, hash) =
                (struct value_slot){v->value, hash, draft_take(a, &v->campaigns)};
        }
        free(v);
    }
    map_release(&d->values);
    return p;
}

static struct near_index near_finish(struct arena *a, struct list_draft *d)
{
    size_t n;
    struct campaign_list list = draft_take(a, d);
    struct watch *watches = watches_build(a, list.items, list.n, near_set, &n);
    if (n == 0) return (struct near_index){0};
    struct campaign_list *campaigns = arena_alloc(a, n * sizeof *campaigns);
    struct fence_index *fences = fence_index_new(a);
    for (size_t i = 0; i < n; i++) {
        const struct fence *f = watches[i].fence;
        campaigns[i] = watches[i].campaigns;
        if (f->store)
            fence_index_add_circle(fences, f->store->at, f->radius, (uint32_t)i);
        else
            fence_index_add_polygon(fences, f->area->polygon, (uint32_t)i);
    }
    fence_index_build(fences);
    return (struct near_index){fences, campaigns};
}

static const struct type_index *type_finish(struct arena *a, struct type_draft *t)
{
    struct type_index *index = arena_zalloc(a, sizeof *index);
    for (size_t i = 0; i < t->campaigns.n; i++) {
        const struct condition *where = t->campaigns.items[i]->trigger.where;
        for (size_t k = 0; where && k < condition_where(where)->n; k++)
            values_count(t, &condition_where(where)->list[k]);
    }
    for (size_t i = 0; i < t->campaigns.n; i++) campaign_place(t, t->campaigns.items[i]);
    index->properties = arena_zalloc(a, (t->n_properties + 1) * sizeof *index->properties);
    for (size_t i = 0; i < t->n_properties; i++) {
        bool used = t->properties[i].used > 0;
        struct property_index p = property_finish(a, &t->properties[i]);
        if (used) index->properties[index->n_properties++] = p;
    }
    index->near = near_finish(a, &t->near);
    index->rest = draft_take(a, &t->rest);
    free(t->campaigns.items);
    return index;
}

/* ---- all types */

static int order_compare(const void *a, const void *b)
{
    const struct campaign *x = *(const struct campaign *const *)a, *y = *(const struct campaign *const *)b;
    return campaign_before(x, y) ? -1 : 1;
}

static const struct campaign **campaigns_in_order(struct ruleset *rules)
{
    const struct campaign **ordered = arena_alloc(&rules->arena, (rules->n_campaigns + 1) * sizeof *ordered);
    if (rules->n_campaigns) memcpy(ordered, rules->campaigns, rules->n_campaigns * sizeof *ordered);
    if (rules->n_campaigns) qsort(ordered, rules->n_campaigns, sizeof *ordered, order_compare);
    return ordered;
}

static void type_add(struct map *types, const struct campaign *c)
{
    struct type_draft *t = map_get(types, c->trigger.event);
    if (!t) {
        t = mem_alloc(sizeof *t);
        t->name = c->trigger.event;
        map_put(types, t->name, t);
    }
    draft_add(&t->campaigns, c);
}

static int own_compare(const void *a, const void *b)
{
    return str_cmp(((const struct own_type *)a)->name, ((const struct own_type *)b)->name);
}

void index_build(struct ruleset *rules)
{
    struct map types = {0};
    struct rules_index *index = arena_zalloc(&rules->arena, sizeof *index);
    const struct campaign **ordered = campaigns_in_order(rules);
    for (size_t i = 0; i < rules->n_campaigns; i++)
        if (ordered[i]->trigger.kind == TRIGGER_EVENT) type_add(&types, ordered[i]);
    struct own_type *own = arena_alloc(&rules->arena, (types.count + 1) * sizeof *own);
    for (struct map_slot *s = NULL; (s = map_next(&types, s));) {
        struct type_draft *t = s->value;
        const struct type_index *finished = type_finish(&rules->arena, t);
        enum event_type known = event_type_of(t->name);
        if (known)
            index->known[known] = finished;
        else
            own[index->n_own++] = (struct own_type){t->name, finished};
        free(t);
    }
    map_release(&types);
    if (index->n_own) qsort(own, index->n_own, sizeof *own, own_compare);
    index->own = own;
    rules->index = index;
    watchers_build(rules, ordered, rules->n_campaigns);
}
