#include "nudge/mem.h"
#include <event2/event.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Noreturn void mem_exhausted(void)
{
    static const char line[] = "<2>out of memory: ending; nothing committed is lost\n";
    if (write(STDERR_FILENO, line, sizeof line - 1) < 0) _exit(71);
    _exit(70); /* EX_SOFTWARE: systemd restarts */
}

void *mem_alloc(size_t n)
{
    void *p = calloc(1, n ? n : 1);
    if (!p) mem_exhausted();
    return p;
}

void *mem_resize(void *p, size_t n)
{
    p = realloc(p, n ? n : 1);
    if (!p) mem_exhausted();
    return p;
}

static void *mem_room(size_t n)
{
    return mem_resize(NULL, n);
}

void mem_for_libraries(void)
{
    json_set_alloc_funcs(mem_room, free);
    event_set_mem_functions(mem_room, mem_resize, free);
}

void *mem_grow(void *p, size_t *cap, size_t need, size_t elem)
{
    if (need <= *cap) return p;
    size_t n = *cap ? *cap : 4;
    while (n < need) n *= 2;
    *cap = n;
    return mem_resize(p, n * elem);
}
