/* A slice of bytes: borrowed, not NUL-terminated, may hold NUL. Passed by value. Whoever
 * makes a slice says how long the bytes live; a slice never owns them. */
#ifndef NUDGE_STR_H
#define NUDGE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *p;
    size_t n;
};

#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
#define STR_NONE ((struct str){NULL, 0})
/* printf("%.*s", STR_ARG(s)) */
#define STR_ARG(s) (int)(s).n, (s).p

static inline struct str str_of(const char *z)
{
    return (struct str){z, z ? strlen(z) : 0};
}

static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Bytewise order; a prefix comes first. <0, 0, >0. */
int str_cmp(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
/* Position of the needle, or -1. */
ptrdiff_t str_find(struct str s, struct str needle);
struct str str_trim(struct str s);
/* Cuts off what stands before the first `sep` and returns it; *rest is what follows. All of it when absent. */
struct str str_cut(struct str *rest, char sep);
/* Well-formed UTF-8 (RFC 3629: no overlong form, no surrogate) without NUL. */
bool str_is_utf8(struct str s);
/* 64-bit hash, the same in every process and build: ids are made of it. FNV-1a with a murmur3 finaliser. */
uint64_t str_hash(struct str s);
uint64_t str_hash_seed(struct str s, uint64_t seed);
/* The entry of words[0..n) nearest to s in edits (Damerau-Levenshtein), or STR_NONE if none is near enough to be meant. */
struct str str_nearest(struct str s, const struct str *words, size_t n);

#endif
