/* From an event to the campaigns it may set off, without looking at the others.
 *
 *   type ──┬─ property = value: a hash table per property that campaigns ask `eq` or `in` of a text of
 *          ├─ near: one index of all fences that audiences ask `near` of
 *          └─ rest: always
 *
 * Each campaign stands in one of the three: under the value that the fewest share, or near if that is rarer.
 * Private to src/rules. */
#ifndef RULES_INDEX_H
#define RULES_INDEX_H

#include "condition.h"

struct value_slot {
    struct str value; /* .p NULL: empty */
    uint64_t hash;
    struct campaign_list campaigns;
};

struct property_index {
    struct property property;
    struct value_slot *slots;
    size_t mask;
};

struct near_index {
    const struct fence_index *fences; /* ids index into campaigns; NULL: none */
    const struct campaign_list *campaigns;
};

struct type_index {
    struct property_index *properties;
    size_t n_properties;
    struct near_index near;
    struct campaign_list rest;
};

struct own_type { /* the app's own */
    struct str name;
    const struct type_index *index;
};

struct rules_index {
    const struct type_index *known[EVENT_TYPE_COUNT];
    const struct own_type *own; /* by name */
    size_t n_own;
};

/* Campaigns are by name and numbered. */
void index_build(struct ruleset *);
struct value_slot *value_slot_find(const struct property_index *, struct str value, uint64_t hash);

/* By priority (highest first), then name. */
static inline bool campaign_before(const struct campaign *a, const struct campaign *b)
{
    return a->priority != b->priority ? a->priority > b->priority : a->index < b->index;
}
/* Both lists, each campaign once. One of the two itself when the other has nothing to add. */
struct campaign_list campaigns_join(struct arena *, struct campaign_list, struct campaign_list);

/* ---- which campaigns are at a fence: watches.c */

struct watch {
    const struct fence *fence;
    struct campaign_list campaigns;
};
/* For campaigns in order, each with a set of fences (NULL: none). Fences with the same campaigns share one
 * list. */
struct watch *watches_build(struct arena *, const struct campaign *const *, size_t n,
                            const struct fence_set *(*set_of)(const struct campaign *), size_t *n_watches);
/* Of enter, exit and dwell triggers, into the places; and ruleset->places. */
void watchers_build(struct ruleset *, const struct campaign *const *ordered, size_t n);

#endif
