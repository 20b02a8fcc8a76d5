/* Fences: each exists once in a ruleset, and so does each set of them. Private to src/rules. */
#ifndef RULES_PLACES_H
#define RULES_PLACES_H

#include "build.h"

/* A fence, and the campaigns that watch it: struct fence comes first, so that the one leads to the other. */
struct place {
    struct fence fence;
    struct campaign_list watching[TRIGGER_SCHEDULE]; /* by trigger kind: enter, exit, dwell */
};

static inline struct place *place_of(const struct fence *f)
{
    return (struct place *)(uintptr_t)f;
}

/* Sorted by key; takes the array. */
const struct fence_set *fence_set_new(struct arena *, const struct fence **fences, size_t n);

#endif
