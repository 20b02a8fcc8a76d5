/* A growing byte buffer. Zero-initialised is empty. `max` (0 = BUF_MAX) bounds it: what would pass the bound is
 * not added and `full` is set, so a caller checks once at the end. */
#ifndef NUDGE_BUF_H
#define NUDGE_BUF_H

#include "nudge/str.h"

#define BUF_MAX ((size_t)1 << 30) /* one commit, one file, one reply: more is a fault */

struct buf {
    char *p;
    size_t n, cap, max;
    bool full;
};
/* Invariant: cap <= max. */

void buf_release(struct buf *);
void buf_reserve(struct buf *, size_t more); /* room for `more` bytes at p + n */
void buf_put_slow(struct buf *, const void *p, size_t n);
void buf_printf(struct buf *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_json(struct buf *, struct str text); /* a JSON string, quoted; bad UTF-8 becomes U+FFFD */
int buf_read_file(struct buf *, const char *path, char *why, size_t why_size); /* a regular file of at most max bytes; 0 or -1 and why */

/* Room that is there lies within the bound, so the usual case is a copy and nothing else. */
static inline void buf_put(struct buf *b, const void *p, size_t n)
{
    if (b->cap - b->n < n || n == 0) {
        buf_put_slow(b, p, n);
        return;
    }
    memcpy(b->p + b->n, p, n);
    b->n += n;
}

static inline void buf_clear(struct buf *b)
{
    b->n = 0, b->full = false;
}
static inline struct str buf_str(const struct buf *b)
{
    return (struct str){b->p, b->n};
}
static inline void buf_str_put(struct buf *b, struct str s)
{
    buf_put(b, s.p, s.n);
}
static inline void buf_char(struct buf *b, char c)
{
    buf_put(b, &c, 1);
}

/* Unsigned integers in 7-bit groups, least first (LEB128, as Protocol Buffers' varint); signed ones zigzag. */
void buf_varint(struct buf *, uint64_t v);
void buf_zigzag(struct buf *, int64_t v);
/* Read back, moving s on. False = cut off or longer than 64 bits; *s is then empty. */
bool str_varint(struct str *s, uint64_t *v);
bool str_zigzag(struct str *s, int64_t *v);
bool str_bytes(struct str *s, size_t n, struct str *out);

#endif
