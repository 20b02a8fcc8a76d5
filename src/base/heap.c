#include "nudge/heap.h"
#include "nudge/mem.h"
#include <stdlib.h>

void heap_release(struct heap *h)
{
    free(h->items);
    h->items = NULL;
    h->n = h->cap = 0;
}

static void item_place(struct heap *h, size_t at, void *item)
{
    h->items[at] = item;
    if (h->moved) h->moved(item, at);
}

/* The hole at `at` rises until `item` fits in it. */
static void item_rise(struct heap *h, size_t at, void *item)
{
    while (at > 0) {
        size_t parent = (at - 1) / 2;
        if (!h->less(item, h->items[parent])) break;
        item_place(h, at, h->items[parent]);
        at = parent;
    }
    item_place(h, at, item);
}

static void item_sink(struct heap *h, size_t at, void *item)
{
    for (size_t child; (child = 2 * at + 1) < h->n; at = child) {
        if (child + 1 < h->n && h->less(h->items[child + 1], h->items[child])) child++;
        if (!h->less(h->items[child], item)) break;
        item_place(h, at, h->items[child]);
    }
    item_place(h, at, item);
}

void heap_put(struct heap *h, void *item)
{
    if (h->n == h->cap) h->items = mem_grow(h->items, &h->cap, h->n + 1, sizeof *h->items);
    item_rise(h, h->n++, item);
}

void *heap_take(struct heap *h, size_t at)
{
    void *taken = h->items[at], *last = h->items[--h->n];
    if (at == h->n) return taken;
    if (at > 0 && h->less(last, h->items[(at - 1) / 2]))
        item_rise(h, at, last);
    else
        item_sink(h, at, last);
    return taken;
}

void heap_filter(struct heap *h, bool (*gone)(void *arg, void *item), void *arg)
{
    size_t n = h->n;
    h->n = 0; /* the heap grows anew behind the walk, never past it */
    for (size_t i = 0; i < n; i++)
        if (!gone(arg, h->items[i])) heap_put(h, h->items[i]);
}
