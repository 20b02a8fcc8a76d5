#include "nudge/str.h"
#include <stdlib.h>

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

ptrdiff_t str_find(struct str s, struct str needle)
{
    if (needle.n == 0) return 0;
    if (s.n < needle.n) return -1;
    const char *p = memmem(s.p, s.n, needle.p, needle.n);
    return p ? p - s.p : -1;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
    while (s.n && is_space(s.p[0])) s.p++, s.n--;
    while (s.n && is_space(s.p[s.n - 1])) s.n--;
    return s;
}

struct str str_cut(struct str *rest, char sep)
{
    const char *p = rest->n ? memchr(rest->p, sep, rest->n) : NULL;
    struct str head = {rest->p, p ? (size_t)(p - rest->p) : rest->n};
    size_t used = head.n + (p ? 1 : 0);
    if (used) rest->p += used, rest->n -= used; /* NULL + 0 is undefined in C */
    return head;
}

/* Length of the well-formed sequence at p, or 0. */
static size_t utf8_step(const unsigned char *p, size_t n)
{
    if (p[0] < 0x80) return p[0] ? 1 : 0;
    size_t len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || n < len) return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    if (p[0] == 0xe0 && p[1] < 0xa0) return 0; /* overlong */
    if (p[0] == 0xed && p[1] > 0x9f) return 0; /* surrogate */
    if (p[0] == 0xf0 && p[1] < 0x90) return 0;
    if (p[0] == 0xf4 && p[1] > 0x8f) return 0; /* past U+10FFFF */
    return len;
}

/* Eight bytes of ASCII without NUL: no high bit, and no byte that borrows when 1 is taken from each. */
static bool ascii8(const unsigned char *p)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    uint64_t w;
    memcpy(&w, p, 8);
    return !((w | (w - ones)) & highs);
}

bool str_is_utf8(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    for (size_t i = 0, step; i < s.n; i += step) {
        step = 8;
        if (s.n - i >= 8 && ascii8(p + i)) continue;
        if (!(step = utf8_step(p + i, s.n - i))) return false;
    }
    return true;
}

uint64_t str_hash_seed(struct str s, uint64_t seed)
{
    uint64_t h = 0xcbf29ce484222325u ^ seed;
    for (size_t i = 0; i < s.n; i++) h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
    h ^= h >> 33, h *= 0xff51afd7ed558ccdu;
    h ^= h >> 33, h *= 0xc4ceb9fe1a85ec53u;
    return h ^ h >> 33;
}

uint64_t str_hash(struct str s)
{
    return str_hash_seed(s, 0);
}

#define NEAREST_MAX 64 /* longer words are nobody's typing error */

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Optimal string alignment: edits and swaps of neighbours. */
static size_t edit_distance(struct str a, struct str b)
{
    size_t row[3][NEAREST_MAX + 1];
    for (size_t j = 0; j <= b.n; j++) row[0][j] = j;
    size_t *before = row[2], *last = row[0], *now = row[1];
    for (size_t i = 1; i <= a.n; i++) {
        now[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            bool same = a.p[i - 1] == b.p[j - 1];
            now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + !same);
            bool swapped = i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1];
            if (swapped && before[j - 2] + 1 < now[j]) now[j] = before[j - 2] + 1;
        }
        size_t *t = before;
        before = last, last = now, now = t;
    }
    return last[b.n];
}

struct str str_nearest(struct str s, const struct str *words, size_t n)
{
    struct str best = STR_NONE;
    if (s.n > NEAREST_MAX || s.n == 0) return best;
    size_t limit = s.n <= 3 ? 1 : s.n <= 6 ? 2 : 3, best_distance = limit + 1;
    for (size_t i = 0; i < n; i++) {
        if (words[i].n > NEAREST_MAX) continue;
        size_t d = edit_distance(s, words[i]);
        if (d < best_distance && d < words[i].n) best_distance = d, best = words[i];
    }
    return best;
}
