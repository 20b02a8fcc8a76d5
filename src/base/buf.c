#include "nudge/buf.h"
#include "nudge/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void buf_release(struct buf *b)
{
    free(b->p);
    b->p = NULL;
    b->n = b->cap = 0, b->full = false;
}

static bool buf_fits(struct buf *b, size_t more)
{
    size_t max = b->max ? b->max : BUF_MAX;
    if (more <= max && b->n <= max - more) return true;
    b->full = true;
    return false;
}

/* Doubles, but never past the bound (one byte more for vsnprintf's NUL). */
void buf_reserve(struct buf *b, size_t more)
{
    if (b->cap - b->n >= more) return;
    size_t cap = b->cap ? b->cap : 256, max = b->max ? b->max : BUF_MAX;
    while (cap - b->n < more) cap *= 2;
    if (cap > max && max >= b->n + more) cap = max;
    b->p = mem_resize(b->p, cap);
    b->cap = cap < max ? cap : max; /* room for a NUL behind the bound is not told of */
}

void buf_put_slow(struct buf *b, const void *p, size_t n)
{
    if (n == 0 || !buf_fits(b, n)) return;
    buf_reserve(b, n);
    memcpy(b->p + b->n, p, n);
    b->n += n;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n > 0 && buf_fits(b, (size_t)n)) {
        buf_reserve(b, (size_t)n + 1);
        vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

void buf_varint(struct buf *b, uint64_t v)
{
    char out[10];
    size_t n = 0;
    if (v < 0x80) {
        buf_char(b, (char)v);
        return;
    }
    for (; v >= 0x80; v >>= 7) out[n++] = (char)(v | 0x80);
    out[n++] = (char)v;
    buf_put(b, out, n);
}

void buf_zigzag(struct buf *b, int64_t v)
{
    buf_varint(b, (uint64_t)v << 1 ^ (uint64_t)(v >> 63));
}

bool str_varint(struct str *s, uint64_t *v)
{
    uint64_t x = 0;
    for (size_t i = 0; i < s->n && i < 10; i++) {
        unsigned char c = (unsigned char)s->p[i];
        if (i == 9 && c > 1) break;
        x |= (uint64_t)(c & 0x7f) << (7 * i);
        if (c & 0x80) continue;
        s->p += i + 1, s->n -= i + 1;
        *v = x;
        return true;
    }
    s->n = 0;
    return false;
}

bool str_zigzag(struct str *s, int64_t *v)
{
    uint64_t u;
    if (!str_varint(s, &u)) return false;
    *v = (int64_t)(u >> 1) ^ -(int64_t)(u & 1);
    return true;
}

bool str_bytes(struct str *s, size_t n, struct str *out)
{
    if (n > s->n) {
        s->n = 0;
        return false;
    }
    *out = (struct str){s->p, n};
    if (n) s->p += n, s->n -= n;
    return true;
}

static const char hex[] = "0123456789abcdef";

static void json_escape(struct buf *b, unsigned char c)
{
    static const char named[32] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    char out[6] = {'\\', (char)c, '0', '0', hex[c >> 4], hex[c & 15]};
    if (c == '"' || c == '\\') {
        buf_put(b, out, 2);
    } else if (c < 32 && named[c]) {
        out[1] = named[c];
        buf_put(b, out, 2);
    } else {
        out[1] = 'u';
        buf_put(b, out, 6);
    }
}

/* How many bytes from p need no care: plain and well-formed. */
static size_t json_plain(struct str s)
{
    size_t i = 0;
    while (i < s.n && (unsigned char)s.p[i] >= 0x20 && (unsigned char)s.p[i] < 0x7f && s.p[i] != '"' && s.p[i] != '\\') i++;
    return i;
}

static size_t json_sequence(struct str s)
{
    for (size_t n = 2; n <= 4 && n <= s.n; n++)
        if (str_is_utf8((struct str){s.p, n})) return n;
    return 0;
}

void buf_json(struct buf *b, struct str s)
{
    buf_char(b, '"');
    while (s.n) {
        size_t n = json_plain(s);
        if (n) {
            buf_put(b, s.p, n);
        } else if ((unsigned char)s.p[0] < 0x80) {
            json_escape(b, (unsigned char)s.p[0]);
            n = 1;
        } else if ((n = json_sequence(s))) {
            buf_put(b, s.p, n);
        } else {
            buf_put(b, "\xef\xbf\xbd", 3);
            n = 1;
        }
        s.p += n, s.n -= n;
    }
    buf_char(b, '"');
}

#define READ_STEP ((size_t)16384)

static int read_all(struct buf *b, int fd, char *why, size_t why_size)
{
    size_t max = b->max ? b->max : BUF_MAX;
    for (;;) {
        buf_reserve(b, READ_STEP);
        ssize_t n = read(fd, b->p + b->n, READ_STEP); /* past the bound, if there is so much */
        if (n == 0) return 0;
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            snprintf(why, why_size, "cannot be read: %s", strerror(errno));
            return -1;
        }
        b->n += (size_t)n;
        if (b->n > max) {
            snprintf(why, why_size, "is larger than %zu bytes", max);
            b->n = max;
            return -1;
        }
    }
}

int buf_read_file(struct buf *b, const char *path, char *why, size_t why_size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); /* a FIFO must not block the open */
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) {
        snprintf(why, why_size, "cannot be opened: %s", strerror(errno));
        if (fd >= 0) close(fd);
        return -1;
    }
    int r = -1;
    if (!S_ISREG(st.st_mode))
        snprintf(why, why_size, "is not a regular file");
    else
        r = read_all(b, fd, why, why_size);
    close(fd);
    return r;
}
