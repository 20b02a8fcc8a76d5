#include "locale.h"
#include "template_parts.h"
#include "utf8.h"
#include <stdio.h>

#define COUNT_MAX 10000 /* more than any push shows */

enum kind { NOTHING, TEXT, SEARCHED, COUNT, DIGITS, CURRENCY, PATTERN };

struct filter {
    struct str name;
    const char *example;
    enum kind args[FILTER_ARGS];
    size_t least;     /* arguments that it cannot do without */
    bool reads_text;  /* a value of another kind comes as its text */
    bool sees_absent; /* all others leave what is absent absent */
    void (*apply)(const struct call *, const struct fields *, struct value *, struct buf *to);
};

/* ---- what filters do */

static void result_set(struct value *v, const struct buf *to)
{
    *v = VALUE_TEXT_OF(buf_str(to));
}

static void default_apply(const struct call *c, const struct fields *f, struct value *v, struct buf *to)
{
    (void)f, (void)to;
    bool has_text = v->kind == VALUE_TEXT || v->kind == VALUE_LIST;
    if (v->kind == VALUE_NONE || (has_text && v->text.n == 0)) *v = VALUE_TEXT_OF(c->args[0].text);
}

static void upcase_apply(const struct call *c, const struct fields *f, struct value *v, struct buf *to)
{
    (void)c, (void)f;
    utf8_upper(v->text, to);
    result_set(v, to);
}

static void downcase_apply(const struct call *c, const struct fields *f, struct value *v, struct buf *to)
{
    (void)c, (void)f;
    utf8_lower(v->text, to);
    result_set(v, to);
}

static void capitalize_apply(const struct call *c, const struct fields *f, struct value *v, struct buf *to)
{
    (void)c;
    struct str s = v->text;
    bool dutch = locale_of(f->language) == locale_of(STR("nl"));
    if (dutch && s.n >= 2 && (s.p[0] | 0x20) == 'i' && (s.p[1] | 0x20) == 'j') { /* one letter: IJssalon */
        buf_str_put(to, STR("IJ"));
        utf8_lower((struct str){s.p + 2, s.n - 2}, to);
    } else {
        utf8_title(s, to);
    }
    result_set(v, to);
}

#define ELLIPSIS STR("\u2026")

static void truncate_apply(const struct call *c, const struct fields *f, struct value *v, struct buf *to)
{
    (void)f;
    struct str rest = v->text, kept = rest;
    for (int n = 0; n < c->count; n++) {
        if (n == c->count - 1) kept.n -= rest.n;
        size_t step = utf8_character(rest);
        rest.p += step, rest.n -= step;
        if (rest.n == 0) return;
    }
    buf_str_put(to, utf8_cut(kept, TEMPLATE_OUTPUT_MAX - ELLIPSIS.n));
    buf_str_put(to, ELLIPSIS);
    result_set(v, to);
}

/* Digits behind the point as written. */
static bool number_read(const struct value *v, num_t *number, int *digits)
{
    if (v->kind == VALUE_TEXT) return num_parse(v->text, number, digits);
    if (!value_number(v, number)) return false;
    char room[NUM_TEXT];
    struct str s = {room, (size_t)num_format(*number, v->scale, room)};
    str_cut(&s, '.');
    *digits = (int)s.n;
    return true;
}

static void number_apply(const struct call *c, const struct fields *f, struct value *v, struct buf *to)
{
    num_t number;
    int digits;
    if (!number_read(v, &number, &digits)) return;
    locale_number(locale_of(f->language), number, c->n_args ? c->count : digits, to);
    result_set(v, to);
}

static void money_apply(const struct call *c, const struct fields *f, struct value *v, struct buf *to)
{
    num_t number;
    if (!value_number(v, &number)) return;
    locale_money(locale_of(f->language), number, c->n_args ? c->args[0].text : f->currency, to);
    result_set(v, to);
}

#define MS_FROM INT64_C(100000000000)     /* larger ones count ms: as seconds, they are past 5138 */
#define DATE_MIN INT64_C(-62135596800000) /* 0001-01-01T00:00Z */
#define DATE_MAX INT64_C(253402300799999) /* the last of 9999 */
#define DAY_MS INT64_C(86400000)

static bool seconds_or_ms(int64_t n, int64_t *at)
{
    *at = n > MS_FROM || n < -MS_FROM ? n : n * 1000;
    return true;
}

/* A count of seconds or ms as text: what is behind its point doesn't matter. A num_t holds no count of ms,
 * hence this. */
static bool instant_read_count(struct str s, int64_t *at)
{
    bool negative = s.n && s.p[0] == '-';
    if (negative) s.p++, s.n--;
    struct str whole = str_cut(&s, '.');
    int64_t n = 0;
    if (whole.n == 0 || whole.n > 15) return false;
    for (size_t i = 0; i < whole.n; i++) {
        if (whole.p[i] < '0' || whole.p[i] > '9') return false;
        n = n * 10 + (whole.p[i] - '0');
    }
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9') return false;
    return seconds_or_ms(negative ? -n : n, at);
}

/* Without a zone, a time that names none is UTC. */
static bool instant_read_text(struct str s, const struct zone *zone, int64_t *at)
{
    char room[48];
    if (time_parse(s, zone, at)) return true;
    if (zone || s.n > 32) return false;
    int n = snprintf(room, sizeof room, "%.*s%s", STR_ARG(s), s.n == 10 ? "T00:00Z" : "Z");
    return time_parse((struct str){room, (size_t)n}, NULL, at);
}

static bool instant_read(const struct value *v, const struct zone *zone, int64_t *at)
{
    if (v->kind == VALUE_NUMBER) return seconds_or_ms(v->number / NUM_ONE, at);
    if (v->kind != VALUE_TEXT || v->text.n == 0) return false;
    return instant_read_count(v->text, at) || instant_read_text(v->text, zone, at);
}

static struct civil utc_local(int64_t at)
{
    int64_t days = at / DAY_MS - (at % DAY_MS < 0), ms = at - days * DAY_MS;
    struct civil c = {
        .hour = (int)(ms / 3600000), .minute = (int)(ms / 60000 % 60), .weekday = civil_weekday(days)};
    civil_from_days(days, &c.year, &c.month, &c.day);
    return c;
}

static void date_apply(const struct call *c, const struct fields *f, struct value *v, struct buf *to)
{
    int64_t at;
    if (!instant_read(v, f->zone, &at) || at < DATE_MIN || at > DATE_MAX) return;
    struct civil local = f->zone ? zone_local(f->zone, at) : utc_local(at);
    locale_date(locale_of(f->language), &local, c->n_args ? c->args[0].text : STR_NONE, to);
    result_set(v, to);
}

static void url_encode_apply(const struct call *c, const struct fields *f, struct value *v, struct buf *to)
{
    (void)c, (void)f;
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~",
                      hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < v->text.n && !to->full; i++) {
        unsigned char b = (unsigned char)v->text.p[i];
        char escaped[3] = {'%', hex[b >> 4], hex[b & 15]};
        if (memchr(plain, b, sizeof plain - 1))
            buf_char(to, (char)b);
        else
            buf_put(to, escaped, 3);
    }
    result_set(v, to);
}

static void strip_apply(const struct call *c, const struct fields *f, struct value *v, struct buf *to)
{
    (void)c, (void)f, (void)to;
    v->text = str_trim(v->text);
}

static void replace_apply(const struct call *c, const struct fields *f, struct value *v, struct buf *to)
{
    (void)f;
    struct str rest = v->text, searched = c->args[0].text;
    for (ptrdiff_t i; !to->full && (i = str_find(rest, searched)) >= 0;) {
        buf_put(to, rest.p, (size_t)i);
        buf_str_put(to, c->args[1].text);
        rest.p += (size_t)i + searched.n, rest.n -= (size_t)i + searched.n;
    }
    if (!to->full) buf_str_put(to, utf8_cut(rest, TEMPLATE_OUTPUT_MAX - to->n));
    result_set(v, to);
}

static void join_apply(const struct call *c, const struct fields *f, struct value *v, struct buf *to)
{
    (void)f;
    if (v->kind != VALUE_LIST) return;
    struct str rest = v->text, item;
    for (bool first = true; !to->full && list_next(&rest, &item); first = false) {
        if (!first) buf_str_put(to, c->args[0].text);
        if (!to->full) buf_str_put(to, item);
    }
    result_set(v, to);
}

/* ---- the table */

/* clang-format off */
#define FILTER(word, ...) {.name = {#word, sizeof #word - 1}, .apply = word##_apply, __VA_ARGS__}
/* clang-format on */

static const struct filter filters[] = {
    FILTER(default, .example = "default: 'Hi'", .args = {TEXT}, .least = 1, .sees_absent = true),
    FILTER(upcase, .example = "upcase", .reads_text = true),
    FILTER(downcase, .example = "downcase", .reads_text = true),
    FILTER(capitalize, .example = "capitalize", .reads_text = true),
    FILTER(truncate, .example = "truncate: 20", .args = {COUNT}, .least = 1, .reads_text = true),
    FILTER(number, .example = "number: 1", .args = {DIGITS}),
    FILTER(money, .example = "money: 'EUR'", .args = {CURRENCY}),
    FILTER(date, .example = "date: '%d %B %H:%M'", .args = {PATTERN}),
    FILTER(url_encode, .example = "url_encode", .reads_text = true),
    FILTER(strip, .example = "strip", .reads_text = true),
    FILTER(replace, .example = "replace: 'a', 'b'", .args = {SEARCHED, TEXT}, .least = 2, .reads_text = true),
    FILTER(join, .example = "join: ' & '", .args = {TEXT}, .least = 1),
};

#define FILTERS (sizeof filters / sizeof *filters)

const struct filter *filter_find(struct str name)
{
    for (size_t i = 0; i < FILTERS; i++)
        if (str_eq(filters[i].name, name)) return &filters[i];
    return NULL;
}

const char *filter_example(const struct filter *f)
{
    return f->example;
}

bool filter_reads_text(const struct filter *f)
{
    return f->reads_text;
}

void filter_apply(const struct call *c, const struct fields *f, struct value *v, struct buf *to)
{
    if (v->kind != VALUE_NONE || c->filter->sees_absent) c->filter->apply(c, f, v, to);
}

void filter_unknown(struct str name, char *why, size_t why_size)
{
    struct str names[FILTERS];
    char list[256];
    size_t n = 0;
    for (size_t i = 0; i < FILTERS; i++) {
        names[i] = filters[i].name;
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%.*s", i ? ", " : "", STR_ARG(names[i]));
    }
    struct str nearest = str_nearest(name, names, FILTERS);
    const char *open = nearest.n ? "; did you mean " : "", *close = nearest.n ? "?" : "";
    snprintf(why, why_size, "unknown filter %.*s%s%.*s%s (filters: %s)", name.n < 64 ? (int)name.n : 64,
             name.p, open, STR_ARG(nearest), close, list);
}

/* ---- arguments */

static bool text_accepts(const struct argument *a)
{
    (void)a;
    return true;
}

static bool searched_accepts(const struct argument *a)
{
    return a->text.n > 0;
}

/* A whole number without sign and of few digits, or -1. */
static int argument_count(const struct argument *a)
{
    int n = 0;
    if (a->quoted || a->text.n > 6) return -1;
    for (size_t i = 0; i < a->text.n; i++) {
        if (a->text.p[i] < '0' || a->text.p[i] > '9') return -1;
        n = n * 10 + (a->text.p[i] - '0');
    }
    return n;
}

static bool count_accepts(const struct argument *a)
{
    int n = argument_count(a);
    return n >= 1 && n <= COUNT_MAX;
}

static bool digits_accepts(const struct argument *a)
{
    int n = argument_count(a);
    return n >= 0 && n <= LOCALE_DIGITS_MAX;
}

static bool currency_accepts(const struct argument *a)
{
    for (size_t i = 0; i < a->text.n; i++)
        if (a->text.p[i] < 'A' || a->text.p[i] > 'Z') return false;
    return a->text.n == 3;
}

static bool pattern_accepts(const struct argument *a)
{
    size_t bad;
    return a->quoted && a->text.n && locale_pattern_check(a->text, &bad);
}

static const struct {
    const char *what;
    bool (*accepts)(const struct argument *);
} kinds[] = {
    [TEXT] = {"a quoted text", text_accepts},
    [SEARCHED] = {"a text that is not empty", searched_accepts},
    [COUNT] = {"a whole number from 1 to 10000", count_accepts},
    [DIGITS] = {"a whole number from 0 to 6", digits_accepts},
    [CURRENCY] = {"a currency's code of three capitals", currency_accepts},
    [PATTERN] = {"a quoted text with %d %e %m %B %b %Y %y %H %I %M %p %A %a %j or %%", pattern_accepts},
};

bool filter_check(struct call *c, size_t *offset, char *why, size_t why_size)
{
    const struct filter *f = c->filter;
    for (size_t i = 0; i < c->n_args; i++) {
        if (f->args[i] == NOTHING) {
            *offset = c->args[i].at;
            snprintf(why, why_size, "an argument too many: %s expected", f->example);
            return false;
        }
        if (kinds[f->args[i]].accepts(&c->args[i])) continue;
        *offset = c->args[i].at;
        snprintf(why, why_size, "%s expected, as in %s", kinds[f->args[i]].what, f->example);
        return false;
    }
    if (c->n_args < f->least) {
        const char *what = kinds[f->args[c->n_args]].what;
        snprintf(why, why_size, "an argument is missing: %s expected, as in %s", what, f->example);
        return false;
    }
    if (f->args[0] == COUNT || f->args[0] == DIGITS) c->count = c->n_args ? argument_count(&c->args[0]) : 0;
    return true;
}
