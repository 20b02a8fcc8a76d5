/* text ──parse──> │ text │ field + calls │ text │ … ──render──> each part's value through its calls
 *
 *     "Hi {{ first_name | default: 'you' | upcase }}!"
 *      ^^^ text          ^call            ^call    ^ text
 */
#include "nudge/template.h"
#include "template_parts.h"
#include "utf8.h"
#include <stdarg.h>
#include <stdio.h>

struct part {
    bool field;
    struct str text; /* a field's name, or what to write */
    const struct call *calls;
};

struct template {
    struct part *parts;
    size_t n;
    struct str *fields;
    size_t n_fields;
};

struct parser {
    struct str text;
    size_t at;
    struct arena *arena;
    struct template *template;
    size_t *offset;
    char *why;
    size_t why_size;
};

/* ---- parse */

static bool __attribute__((format(printf, 3, 4)))
parser_fail(struct parser *p, size_t at, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    *p->offset = at;
    vsnprintf(p->why, p->why_size, fmt, ap);
    va_end(ap);
    return false;
}

static struct str parser_rest(const struct parser *p)
{
    return (struct str){p->text.p + p->at, p->text.n - p->at};
}

/* The byte here; 0 at the end. */
static char parser_byte(const struct parser *p)
{
    return p->at < p->text.n ? p->text.p[p->at] : 0;
}

static bool parser_skip(struct parser *p, struct str token)
{
    if (!str_starts(parser_rest(p), token)) return false;
    p->at += token.n;
    return true;
}

static void parser_space(struct parser *p)
{
    struct str rest = parser_rest(p), trimmed = str_trim(rest);
    p->at += trimmed.n ? (size_t)(trimmed.p - rest.p) : rest.n;
}

static bool name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (c & 0x80);
}

/* Letters, digits and _, in between also . and -; empty when there is none. */
static struct str parser_name(struct parser *p)
{
    size_t from = p->at;
    while (name_byte(parser_byte(p)) || (p->at > from && (parser_byte(p) == '.' || parser_byte(p) == '-')))
        p->at++;
    while (p->at > from && !name_byte(p->text.p[p->at - 1])) p->at--;
    return (struct str){p->text.p + from, p->at - from};
}

/* Says what is wanted and what stands here instead. */
static bool parser_expected(struct parser *p, const char *wanted)
{
    struct str found = parser_rest(p);
    size_t n = 0;
    if (str_starts(found, STR("}}")))
        n = 2;
    else if (found.n)
        for (n = 1; n < found.n && (found.p[n] & 0xc0) == 0x80; n++) {
        }
    if (n == 0) return parser_fail(p, p->at, "%s expected, found the end", wanted);
    return parser_fail(p, p->at, "%s expected, found %.*s", wanted, (int)n, found.p);
}

static bool parser_quoted(struct parser *p, struct str *out)
{
    size_t from = p->at++;
    const char quote = p->text.p[from];
    struct str rest = parser_rest(p);
    *out = str_cut(&rest, quote);
    if (p->at + out->n == p->text.n)
        return parser_fail(p, from, "the quoted text is never closed: %c expected", quote);
    p->at += out->n + 1;
    return true;
}

/* [+-]digits[.digits] */
static struct str parser_number(struct parser *p)
{
    size_t from = p->at;
    if (parser_byte(p) == '-' || parser_byte(p) == '+') p->at++;
    while ((parser_byte(p) >= '0' && parser_byte(p) <= '9') || parser_byte(p) == '.') p->at++;
    struct str s = {p->text.p + from, p->at - from};
    num_t number;
    if (!num_parse(s, &number, NULL)) p->at = from, s.n = 0;
    return s;
}

static bool parser_argument(struct parser *p, struct call *call)
{
    parser_space(p);
    struct argument a = {.at = p->at};
    if (parser_byte(p) == '\'' || parser_byte(p) == '"') {
        a.quoted = true;
        if (!parser_quoted(p, &a.text)) return false;
    } else if ((a.text = parser_number(p)).n == 0) {
        char wanted[128];
        snprintf(wanted, sizeof wanted, "a quoted text or a number, as in %s,", filter_example(call->filter));
        return parser_expected(p, wanted);
    }
    if (call->n_args == FILTER_ARGS)
        return parser_fail(p, a.at, "no filter takes more than %d arguments", FILTER_ARGS);
    call->args[call->n_args++] = a;
    parser_space(p);
    return true;
}

static bool parser_call(struct parser *p, struct call *call)
{
    parser_space(p);
    size_t at = p->at;
    struct str name = parser_name(p);
    if (name.n == 0) return parser_expected(p, "the name of a filter");
    call->filter = filter_find(name);
    if (!call->filter) {
        *p->offset = at;
        filter_unknown(name, p->why, p->why_size);
        return false;
    }
    parser_space(p);
    if (parser_skip(p, STR(":"))) {
        do {
            if (!parser_argument(p, call)) return false;
        } while (parser_skip(p, STR(",")));
    }
    *p->offset = at;
    return filter_check(call, p->offset, p->why, p->why_size);
}

/* A field or a quoted text, at the start of an expression. */
static bool parser_head(struct parser *p, struct part *part)
{
    parser_space(p);
    if (parser_byte(p) == '\'' || parser_byte(p) == '"') return parser_quoted(p, &part->text);
    part->text = parser_name(p);
    if (part->text.n == 0) return parser_expected(p, "a field's name or a quoted text");
    part->field = true;
    p->template->fields[p->template->n_fields++] = part->text;
    return true;
}

/* From behind "{{" to behind "}}". */
static bool parser_expression(struct parser *p)
{
    size_t from = p->at - 2;
    if (str_find(parser_rest(p), STR("}}")) < 0)
        return parser_fail(p, from, "{{ is never closed: }} expected");
    struct part *part = &p->template->parts[p->template->n++];
    *part = (struct part){0};
    const struct call **last = &part->calls;
    if (!parser_head(p, part)) return false;
    parser_space(p);
    while (parser_skip(p, STR("|"))) {
        struct call *call = arena_zalloc(p->arena, sizeof *call);
        if (!parser_call(p, call)) return false;
        *last = call, last = &call->next;
        parser_space(p);
    }
    return parser_skip(p, STR("}}")) || parser_expected(p, "| or }}");
}

/* Up to the next "{{" or the end. */
static bool parser_literal(struct parser *p)
{
    struct str rest = parser_rest(p);
    ptrdiff_t open = str_find(rest, STR("{{"));
    struct str literal = {rest.p, open < 0 ? rest.n : (size_t)open};
    ptrdiff_t tag = str_find(literal, STR("{%"));
    if (tag >= 0) return parser_fail(p, p->at + (size_t)tag, "tags are not supported; only {{ }}");
    if (literal.n) p->template->parts[p->template->n++] = (struct part){.text = literal};
    p->at += literal.n;
    return true;
}

static size_t expressions_count(struct str text)
{
    size_t n = 0;
    for (ptrdiff_t i; (i = str_find(text, STR("{{"))) >= 0; n++) text.p += i + 2, text.n -= (size_t)i + 2;
    return n;
}

struct template *template_parse(struct arena *arena, struct str text, size_t *offset, char *why,
                                size_t why_size)
{
    struct template *t = arena_zalloc(arena, sizeof *t);
    struct parser p = {arena_str(arena, text), 0, arena, t, offset, why, why_size};
    size_t expressions = expressions_count(text);
    t->parts = arena_alloc(arena, (2 * expressions + 1) * sizeof *t->parts);
    t->fields = arena_alloc(arena, expressions * sizeof *t->fields);
    while (p.at < text.n) {
        if (!parser_literal(&p)) return NULL;
        if (parser_skip(&p, STR("{{")) && !parser_expression(&p)) return NULL;
    }
    return t;
}

bool template_field(const struct template *t, size_t i, struct str *name)
{
    if (i >= t->n_fields) return false;
    *name = t->fields[i];
    return true;
}

/* ---- render */

/* Two rooms: a step reads the one and writes the other. */
struct spare {
    struct buf *now, *other;
};

static void spare_swap(struct spare *s)
{
    struct buf *b = s->now;
    s->now = s->other, s->other = b;
    buf_clear(s->now);
}

static void value_to_text(struct value *v, struct spare *s)
{
    if (v->kind == VALUE_TEXT || v->kind == VALUE_NONE) return;
    value_text(v, s->now);
    *v = VALUE_TEXT_OF(buf_str(s->now));
    spare_swap(s);
}

static void value_call(struct value *v, const struct call *call, const struct fields *fields, struct spare *s)
{
    if (filter_reads_text(call->filter)) value_to_text(v, s);
    filter_apply(call, fields, v, s->now);
    if (s->now->n) spare_swap(s);
}

/* False: the bound is reached, and nothing may follow. */
static bool output_put(struct buf *out, struct str s, size_t *left)
{
    struct str fits = utf8_cut(s, *left);
    buf_str_put(out, fits);
    *left -= fits.n;
    return fits.n == s.n;
}

static bool part_render(const struct part *part, const struct fields *fields, struct buf *out, size_t *left)
{
    char bytes[2][TEMPLATE_OUTPUT_MAX];
    struct buf rooms[2];
    for (int i = 0; i < 2; i++) /* full before buf_put() would move it */
        rooms[i] = (struct buf){.p = bytes[i], .cap = sizeof bytes[i], .max = sizeof bytes[i]};
    struct spare spare = {&rooms[0], &rooms[1]};
    struct value v = {0};
    if (!part->field)
        v = VALUE_TEXT_OF(part->text);
    else if (!fields->get(fields->ctx, part->text, &v))
        v = (struct value){0};
    for (const struct call *c = part->calls; c; c = c->next) value_call(&v, c, fields, &spare);
    value_to_text(&v, &spare);
    return v.kind == VALUE_NONE || output_put(out, v.text, left);
}

void template_render(const struct template *t, const struct fields *fields, struct buf *out)
{
    size_t left = TEMPLATE_OUTPUT_MAX;
    for (size_t i = 0; i < t->n; i++) {
        const struct part *part = &t->parts[i];
        bool plain = !part->field && !part->calls;
        if (plain ? !output_put(out, part->text, &left) : !part_render(part, fields, out, &left)) return;
    }
}
