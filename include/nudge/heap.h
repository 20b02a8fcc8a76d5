/* A binary heap of pointers, smallest first. The items are the caller's. `less` orders them; `moved` (may be
 * NULL) tells an item its index, so that heap_take can find it later. Set the two and leave the rest zero. */
#ifndef NUDGE_HEAP_H
#define NUDGE_HEAP_H

#include <stdbool.h>
#include <stddef.h>

struct heap {
    bool (*less)(const void *a, const void *b);
    void (*moved)(void *item, size_t at);
    void **items; /* items[0] is the smallest; any order-blind walk over items[0..n) is fine */
    size_t n, cap;
};

void heap_release(struct heap *);
void heap_put(struct heap *, void *item);
void *heap_take(struct heap *, size_t at); /* 0 = the smallest; at < n */
/* Takes out what gone() is true for; the item then belongs to gone(). gone() must not change the heap. */
void heap_filter(struct heap *, bool (*gone)(void *arg, void *item), void *arg);

static inline void *heap_min(const struct heap *h)
{
    return h->n ? h->items[0] : NULL;
}

#endif
