#include "nudge/error.h"
#include "nudge/mem.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static char *text_printf(const char *fmt, va_list ap)
{
    char *text;
    if (vasprintf(&text, fmt, ap) < 0) mem_exhausted();
    return text;
}

static char *text_copy(const char *s)
{
    char *copy = strdup(s);
    if (!copy) mem_exhausted();
    return copy;
}

static void errors_append(struct errors *e, struct error one)
{
    if (!one.warning) e->count++;
    if (e->n >= ERRORS_MAX) {
        free(one.file);
        free(one.text);
        return;
    }
    e->list = mem_grow(e->list, &e->cap, e->n + 1, sizeof *e->list);
    e->list[e->n++] = one;
}

void errors_add(struct errors *e, const char *file, int line, int column, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    errors_append(e, (struct error){text_copy(file), line, column, false, text_printf(fmt, ap)});
    va_end(ap);
}

void errors_warn(struct errors *e, const char *file, int line, int column, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    errors_append(e, (struct error){text_copy(file), line, column, true, text_printf(fmt, ap)});
    va_end(ap);
}

void errors_move(struct errors *to, struct errors *from)
{
    size_t told = to->count + from->count;
    for (size_t i = 0; i < from->n; i++) errors_append(to, from->list[i]);
    to->count = told;
    free(from->list);
    *from = (struct errors){0};
}

static int error_compare(const void *a, const void *b)
{
    const struct error *x = a, *y = b;
    int c = strcmp(x->file, y->file);
    if (c) return c;
    if (x->line != y->line) return x->line < y->line ? -1 : 1;
    return (x->column > y->column) - (x->column < y->column);
}

void errors_sort(struct errors *e)
{
    if (e->n) qsort(e->list, e->n, sizeof *e->list, error_compare);
}

void errors_release(struct errors *e)
{
    for (size_t i = 0; i < e->n; i++) {
        free(e->list[i].file);
        free(e->list[i].text);
    }
    free(e->list);
    *e = (struct errors){0};
}

int error_format(const struct error *e, char *out, size_t size)
{
    const char *kind = e->warning ? "warning: " : "";
    if (e->line == 0) return snprintf(out, size, "%s: %s%s", e->file, kind, e->text);
    return snprintf(out, size, "%s:%d:%d: %s%s", e->file, e->line, e->column, kind, e->text);
}
