#include "nudge/redis.h"
#include <stdarg.h>
#include <stdio.h>

/* By hand: this is written for every argument of every command. */
void command_header(struct buf *b, char kind, uint64_t n)
{
    char text[24], *p = text + sizeof text;
    *--p = '\n', *--p = '\r';
    do *--p = (char)('0' + n % 10);
    while (n /= 10);
    *--p = kind;
    buf_put(b, p, (size_t)(text + sizeof text - p));
}

void command(struct buf *b, unsigned arguments)
{
    command_header(b, '*', arguments);
}

void command_str(struct buf *b, struct str s)
{
    command_header(b, '$', s.n);
    buf_str_put(b, s);
    buf_put(b, "\r\n", 2);
}

void command_joined(struct buf *b, struct str first, struct str second)
{
    command_header(b, '$', first.n + second.n);
    buf_str_put(b, first);
    buf_str_put(b, second);
    buf_put(b, "\r\n", 2);
}

void command_int(struct buf *b, int64_t v)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%lld", (long long)v);
    command_str(b, (struct str){text, (size_t)n});
}

void command_words(struct buf *b, ...)
{
    va_list ap;
    unsigned n = 0;
    va_start(ap, b);
    while (va_arg(ap, const char *)) n++;
    va_end(ap);
    command(b, n);
    va_start(ap, b);
    for (const char *word; (word = va_arg(ap, const char *));) command_str(b, str_of(word));
    va_end(ap);
}

bool reply_error(const struct reply *r, const char *word)
{
    return r->type == REPLY_ERROR && str_starts(reply_str(r), str_of(word));
}
