/* Preloaded into a program: its FAIL_AT-th allocation fails (and, with FAIL_ON=1, all after it). Without
 * FAIL_AT, how many there were is written to the file FAIL_COUNT at the end. */
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long count, fail_at = -1;
static int fail_on;
static char early[65536]; /* for what dlsym itself wants */
static size_t early_used;

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void (*real_free)(void *);

static void find(void)
{
    static int finding;
    if (real_free || finding) return;
    finding = 1;
    *(void **)&real_malloc = dlsym(RTLD_NEXT, "malloc");
    *(void **)&real_calloc = dlsym(RTLD_NEXT, "calloc");
    *(void **)&real_realloc = dlsym(RTLD_NEXT, "realloc");
    *(void **)&real_free = dlsym(RTLD_NEXT, "free");
    finding = 0;
}

static int is_early(const void *p)
{
    return (const char *)p >= early && (const char *)p < early + sizeof early;
}

static void *early_alloc(size_t n)
{
    char *p = early + early_used;
    n = (n + 15) & ~(size_t)15;
    if (n > sizeof early - early_used) return NULL;
    early_used += n;
    return p;
}

/* Counted from main on: the loader's own are not the program's. */
static int fails(void)
{
    if (fail_at < 0) return 0;
    long n = ++count;
    if (!fail_at || !(n == fail_at || (fail_on && n > fail_at))) return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t n)
{
    find();
    if (!real_malloc) return early_alloc(n);
    return fails() ? NULL : real_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    find();
    if (!real_calloc) return early_alloc(n * size);
    return fails() ? NULL : real_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    find();
    if (fails()) return NULL;
    if (!is_early(p)) return real_realloc(p, n);
    void *copy = real_malloc(n);
    if (copy) memcpy(copy, p, n);
    return copy;
}

void free(void *p)
{
    find();
    if (p && !is_early(p)) real_free(p);
}

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("FAIL_AT");
    find();
    fail_on = getenv("FAIL_ON") != NULL;
    fail_at = at ? strtol(at, NULL, 10) : 0;
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("FAIL_COUNT");
    long n = count;
    fail_at = -1;
    FILE *f = path ? fopen(path, "w") : NULL;
    if (!f) return;
    fprintf(f, "%ld\n", n);
    fclose(f);
}
