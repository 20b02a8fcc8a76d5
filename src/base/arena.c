#include "nudge/arena.h"
#include "nudge/mem.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ARENA_FIRST ((size_t)64 << 10)
#define ARENA_LARGEST ((size_t)4 << 20) /* blocks double up to this; a single larger request gets its own */

struct arena_block {
    struct arena_block *next;
    size_t size;
    _Alignas(16) char data[];
};

void arena_init(struct arena *a)
{
    *a = (struct arena){0};
}

static void blocks_free(struct arena_block *b)
{
    while (b) {
        struct arena_block *next = b->next;
        free(b);
        b = next;
    }
}

void arena_release(struct arena *a)
{
    blocks_free(a->block);
    arena_init(a);
}

void arena_reset(struct arena *a)
{
    struct arena_block *b = a->block;
    if (!b) return;
    blocks_free(b->next);
    b->next = NULL;
    if (b->size > ARENA_LARGEST) { /* a giant batch must not hold its memory for ever */
        arena_release(a);
        return;
    }
    a->at = b->data, a->end = b->data + b->size;
}

void *arena_block_alloc(struct arena *a, size_t n)
{
    size_t size = a->block ? a->block->size * 2 : ARENA_FIRST;
    if (size > ARENA_LARGEST) size = ARENA_LARGEST;
    if (size < n) size = n;
    struct arena_block *b = malloc(sizeof *b + size);
    if (!b) mem_exhausted();
    b->next = a->block, b->size = size;
    a->block = b;
    a->at = b->data + n, a->end = b->data + size;
    return b->data;
}

void *arena_zalloc(struct arena *a, size_t n)
{
    return memset(arena_alloc(a, n), 0, n);
}

struct str arena_str(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);
    if (s.n) memcpy(p, s.p, s.n);
    p[s.n] = 0;
    return (struct str){p, s.n};
}

struct str arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *p = arena_alloc(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return (struct str){p, (size_t)n};
}

size_t arena_used(const struct arena *a)
{
    size_t n = 0;
    for (const struct arena_block *b = a->block; b; b = b->next) n += b->size;
    return n;
}
