/* Allocation that does not fail: when memory is out, mem_exhausted() says so in one line and ends the process.
 * This is the one place below main that does. Nudge is safe against being killed at any instant (the commit
 * is one Redis transaction), so ending at once is the clean way out; limping on is not. */
#ifndef NUDGE_MEM_H
#define NUDGE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t n);                  /* zeroed; owner frees with free() */
void *mem_resize(void *p, size_t n);        /* like realloc */
void *mem_grow(void *p, size_t *cap, size_t need, size_t elem); /* array doubling: room for `need` elements */
_Noreturn void mem_exhausted(void);
/* jansson and libevent allocate likewise from here on: a good file must not be called bad, nor an event be taken for a broken one, for want
 * of memory. First of all in main. */
void mem_for_libraries(void);

#endif
