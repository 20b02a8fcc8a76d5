#include "index.h"
#include "condition.h"

#define FOUND_ON_STACK 64

/* ---- asking */

static const struct type_index *type_index_of(const struct rules_index *index, const struct event *e)
{
    if (e->type) return index->known[e->type];
    size_t low = 0, high = index->n_own;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = str_cmp(index->own[middle].name, e->type_name);
        if (c == 0) return index->own[middle].index;
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* What was found so far. Most events find one list or none, and then nothing is copied. */
struct joined {
    struct arena *arena;
    struct campaign_list list;
};

static void joined_add(struct joined *j, const struct campaign_list *more)
{
    j->list = campaigns_join(j->arena, j->list, *more);
}

struct value_slot *value_slot_find(const struct property_index *p, struct str value, uint64_t hash)
{
    for (size_t i = hash & p->mask;; i = (i + 1) & p->mask) {
        struct value_slot *s = &p->slots[i];
        if (!s->value.p || (s->hash == hash && str_eq(s->value, value))) return s;
    }
}

static void joined_add_value(struct joined *j, const struct property_index *p, struct str value)
{
    joined_add(j, &value_slot_find(p, value, str_hash(value))->campaigns);
}

static void joined_add_property(struct joined *j, const struct property_index *p, const struct event *e)
{
    struct value v;
    struct str item;
    char room[NUM_TEXT];
    if (!property_value(&p->property, e, &v)) return;
    switch (v.kind) {
    case VALUE_TEXT:
        joined_add_value(j, p, v.text);
        break;
    case VALUE_NUMBER:
        joined_add_value(j, p, (struct str){room, (size_t)num_format(v.number, v.scale, room)});
        break;
    case VALUE_BOOLEAN:
        joined_add_value(j, p, v.boolean ? STR("true") : STR("false"));
        break;
    case VALUE_LIST:
        while (list_next(&v.text, &item)) joined_add_value(j, p, item);
        break;
    default:
        break;
    }
}

static void joined_add_near(struct joined *j, const struct near_index *near, const struct subject *s)
{
    uint32_t few[FOUND_ON_STACK], *ids = few;
    struct fix fix;
    if (!near->fences || !subject_fix(s, &fix)) return; /* no position: `near` is unknown */
    size_t n = fence_index_find(near->fences, fix.point, ids, FOUND_ON_STACK);
    if (n > FOUND_ON_STACK) {
        ids = arena_alloc(j->arena, n * sizeof *ids);
        fence_index_find(near->fences, fix.point, ids, n);
    }
    for (size_t i = 0; i < n; i++) joined_add(j, &near->campaigns[ids[i]]);
}

size_t ruleset_candidates(const struct ruleset *rules, struct arena *arena, const struct subject *s,
                          const struct campaign *const **out)
{
    struct joined j = {.arena = arena};
    const struct type_index *type = s->event ? type_index_of(rules->index, s->event) : NULL;
    *out = NULL;
    if (!type) return 0;
    for (size_t i = 0; i < type->n_properties; i++) joined_add_property(&j, &type->properties[i], s->event);
    joined_add_near(&j, &type->near, s);
    joined_add(&j, &type->rest);
    *out = j.list.items;
    return j.list.n;
}
