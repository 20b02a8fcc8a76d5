/* Memory with one end of life: a batch, a ruleset. Allocations are not freed one by one; arena_reset()
 * takes all of them back and keeps the largest block for the next round. */
#ifndef NUDGE_ARENA_H
#define NUDGE_ARENA_H

#include "nudge/str.h"

struct arena {
    struct arena_block *block; /* the newest; older ones behind it */
    char *at, *end;
};

void arena_init(struct arena *);
void arena_release(struct arena *);
void arena_reset(struct arena *);
void *arena_block_alloc(struct arena *, size_t n); /* the slow path of arena_alloc */
void *arena_zalloc(struct arena *, size_t n);      /* zeroed */
struct str arena_str(struct arena *, struct str);  /* a copy, with a NUL behind it for good measure */
struct str arena_printf(struct arena *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
size_t arena_used(const struct arena *);           /* bytes taken from the system */

/* Never NULL; 8-byte aligned; not zeroed. */
static inline void *arena_alloc(struct arena *a, size_t n)
{
    n = (n + 7 + !n) & ~(size_t)7; /* nothing is a piece too */
    if ((size_t)(a->end - a->at) < n) return arena_block_alloc(a, n);
    void *p = a->at;
    a->at += n;
    return p;
}

#endif
