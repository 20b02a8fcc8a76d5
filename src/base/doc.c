#include "nudge/doc.h"
#include "nudge/clock.h"
#include "nudge/mem.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct place {
    int line, column, key_line, key_column; /* key_line 0: stands under no key */
    uint32_t span;                          /* values in it, itself included: the next sibling is `span` further on */
    bool escaped;                           /* a text with \ in it: its bytes are not those of the file */
};

struct doc {
    char *path;
    json_t *root;
    struct place *places; /* one per value, in file order */
    size_t n, cap;
};

/* ---- the second pass: where each value stands. The text is valid JSON by now. */

struct scan {
    const char *p, *end, *counted; /* counted: `column` is that of this byte; a file may be one line of 40 MB */
    int line, column;
    struct doc *doc;
};

static void scan_space(struct scan *s)
{
    for (; s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'); s->p++)
        if (*s->p == '\n') s->line++, s->column = 1, s->counted = s->p + 1;
}

/* In characters, as editors count. */
static int scan_column(struct scan *s)
{
    for (; s->counted < s->p; s->counted++) s->column += ((unsigned char)*s->counted & 0xc0) != 0x80;
    return s->column;
}

/* True when there are escapes in it. */
static bool scan_string(struct scan *s)
{
    bool escaped = false;
    for (s->p++; *s->p != '"'; s->p++)
        if (*s->p == '\\') s->p++, escaped = true;
    s->p++;
    return escaped;
}

static void scan_value(struct scan *s, int key_line, int key_column);

static void scan_member(struct scan *s, bool keyed)
{
    int line = 0, column = 0;
    scan_space(s);
    if (keyed) {
        line = s->line, column = scan_column(s);
        scan_string(s);
        scan_space(s);
        s->p++; /* ':' */
        scan_space(s);
    }
    scan_value(s, line, column);
    scan_space(s);
}

static void scan_members(struct scan *s, bool keyed)
{
    char close = keyed ? '}' : ']';
    s->p++;
    scan_space(s);
    while (*s->p != close) {
        scan_member(s, keyed);
        if (*s->p == ',') s->p++;
    }
    s->p++;
}

static void scan_value(struct scan *s, int key_line, int key_column)
{
    struct doc *f = s->doc;
    size_t at = f->n;
    f->places = mem_grow(f->places, &f->cap, f->n + 1, sizeof *f->places);
    f->places[f->n++] = (struct place){s->line, scan_column(s), key_line, key_column, 1, false};
    if (*s->p == '{' || *s->p == '[')
        scan_members(s, *s->p == '{');
    else if (*s->p == '"')
        f->places[at].escaped = scan_string(s);
    else
        while (s->p < s->end && !strchr(",]} \t\r\n", *s->p)) s->p++;
    f->places[at].span = (uint32_t)(f->n - at);
}

/* ---- parsing */

static void syntax_error(const char *path, struct str text, const json_error_t *e, struct errors *errors)
{
    struct scan s = {text.p, text.p + text.n, text.p, 1, 1, NULL};
    size_t at = e->position > 0 ? (size_t)e->position : 0;
    if (at > text.n) at = text.n;
    if (at && strstr(e->text, "near")) at--; /* jansson points behind the last byte it read */
    for (; s.p < text.p + at; s.p++)
        if (*s.p == '\n') s.line++, s.column = 1, s.counted = s.p + 1;
    errors_add(errors, path, s.line, scan_column(&s), "not valid JSON: %s", e->text);
}

struct doc *doc_parse(const char *path, struct str text, struct errors *errors)
{
    if (str_starts(text, STR("\xef\xbb\xbf"))) text.p += 3, text.n -= 3; /* a byte order mark, as some editors leave */
    json_error_t e = {.text = "a NUL byte"}; /* after a number jansson would pass over it */
    const char *nul = text.n ? memchr(text.p, 0, text.n) : NULL;
    e.position = nul ? (int)(nul - text.p) : 0;
    json_t *root = nul ? NULL : json_loadb(text.n ? text.p : "", text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
    if (!root) {
        syntax_error(path, text, &e, errors);
        return NULL;
    }
    struct doc *f = mem_alloc(sizeof *f);
    f->root = root;
    f->path = strdup(path);
    if (!f->path) mem_exhausted();
    struct scan s = {text.p, text.p + text.n, text.p, 1, 1, f};
    scan_space(&s);
    scan_value(&s, 0, 0);
    return f;
}

void doc_free(struct doc *f)
{
    if (!f) return;
    json_decref(f->root);
    free(f->places);
    free(f->path);
    free(f);
}

/* ---- walking */

struct node doc_root(const struct doc *f)
{
    return (struct node){f, f->root, 0};
}

static struct node node_absent(struct node under)
{
    return (struct node){under.doc, NULL, under.place};
}

bool node_member(struct node object, size_t i, struct str *key, struct node *value)
{
    if (!node_is_object(object, NULL)) return false;
    size_t place = object.place + 1;
    void *it = json_object_iter(object.value);
    for (; it && i; i--, it = json_object_iter_next(object.value, it)) place += object.doc->places[place].span;
    if (!it) return false;
    *key = str_of(json_object_iter_key(it));
    *value = (struct node){object.doc, json_object_iter_value(it), place};
    return true;
}

struct node node_get(struct node object, const char *key)
{
    if (!json_object_get(object.value, key)) return node_absent(object);
    size_t place = object.place + 1;
    for (void *it = json_object_iter(object.value); it; it = json_object_iter_next(object.value, it)) {
        if (strcmp(json_object_iter_key(it), key) == 0) return (struct node){object.doc, json_object_iter_value(it), place};
        place += object.doc->places[place].span;
    }
    return node_absent(object);
}

struct node node_item(struct node array, size_t i)
{
    json_t *value = json_array_get(array.value, i);
    if (!value) return node_absent(array);
    size_t place = array.place + 1;
    while (i--) place += array.doc->places[place].span;
    return (struct node){array.doc, value, place};
}

bool node_each(struct node array, size_t i, struct node *item)
{
    json_t *value = json_array_get(array.value, i);
    if (!value) return false;
    size_t place = i ? item->place + item->doc->places[item->place].span : array.place + 1;
    *item = (struct node){array.doc, value, place};
    return true;
}

size_t node_size(struct node at)
{
    return node_is_array(at, NULL) ? json_array_size(at.value) : json_object_size(at.value);
}

/* ---- saying what is wrong */

static char *message(const char *fmt, va_list ap)
{
    char *text;
    if (vasprintf(&text, fmt, ap) < 0) mem_exhausted();
    return text;
}

void node_fail(struct node at, struct errors *errors, const char *fmt, ...)
{
    const struct place *p = &at.doc->places[at.place];
    va_list ap;
    va_start(ap, fmt);
    char *text = message(fmt, ap);
    va_end(ap);
    errors_add(errors, at.doc->path, p->line, p->column, "%s", text);
    free(text);
}

/* Characters from the value's place to the byte of a text; 0 where escapes hide it. */
static int text_column(struct node at, size_t offset)
{
    if (!json_is_string(at.value) || at.doc->places[at.place].escaped) return 0;
    const char *text = json_string_value(at.value);
    int column = 1; /* the quote */
    for (size_t i = 0; i < offset && text[i]; i++) column += ((unsigned char)text[i] & 0xc0) != 0x80;
    return column;
}

void node_fail_text(struct node at, size_t offset, struct errors *errors, const char *fmt, ...)
{
    const struct place *p = &at.doc->places[at.place];
    va_list ap;
    va_start(ap, fmt);
    char *text = message(fmt, ap);
    va_end(ap);
    errors_add(errors, at.doc->path, p->line, p->column + text_column(at, offset), "%s", text);
    free(text);
}

void node_fail_key(struct node at, struct errors *errors, const char *fmt, ...)
{
    const struct place *p = &at.doc->places[at.place];
    va_list ap;
    va_start(ap, fmt);
    char *text = message(fmt, ap);
    va_end(ap);
    bool keyed = p->key_line != 0;
    errors_add(errors, at.doc->path, keyed ? p->key_line : p->line, keyed ? p->key_column : p->column, "%s", text);
    free(text);
}

void node_warn(struct node at, struct errors *errors, const char *fmt, ...)
{
    const struct place *p = &at.doc->places[at.place];
    va_list ap;
    va_start(ap, fmt);
    char *text = message(fmt, ap);
    va_end(ap);
    errors_warn(errors, at.doc->path, p->line, p->column, "%s", text);
    free(text);
}

const char *json_type_name(const json_t *v)
{
    static const char *const names[] = {[JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",   [JSON_STRING] = "a text",
                                        [JSON_INTEGER] = "a number", [JSON_REAL] = "a number", [JSON_TRUE] = "true",
                                        [JSON_FALSE] = "false",      [JSON_NULL] = "null"};
    return v ? names[json_typeof(v)] : "nothing";
}

static bool expect(bool right, struct node at, struct errors *errors, const char *what)
{
    if (!right && errors) node_fail(at, errors, "expected %s, found %s", what, json_type_name(at.value));
    return right;
}

bool node_is_object(struct node at, struct errors *errors)
{
    return expect(at.value && json_typeof(at.value) == JSON_OBJECT, at, errors, "an object { … }");
}

bool node_is_array(struct node at, struct errors *errors)
{
    return expect(at.value && json_typeof(at.value) == JSON_ARRAY, at, errors, "a list [ … ]");
}

bool node_text(struct node at, struct str *out, struct errors *errors)
{
    if (!expect(json_is_string(at.value), at, errors, "a text")) return false;
    *out = (struct str){json_string_value(at.value), json_string_length(at.value)};
    return true;
}

bool node_boolean(struct node at, bool *out, struct errors *errors)
{
    if (!expect(json_is_boolean(at.value), at, errors, "true or false")) return false;
    *out = json_is_true(at.value);
    return true;
}

bool node_number(struct node at, num_t *out, struct errors *errors)
{
    bool right = false;
    if (json_is_integer(at.value)) {
        json_int_t i = json_integer_value(at.value);
        right = i <= NUM_MAX / NUM_ONE && i >= -NUM_MAX / NUM_ONE;
        if (right) *out = (num_t)i * NUM_ONE;
    } else if (json_is_real(at.value)) {
        right = num_of_double(json_real_value(at.value), out);
    } else if (json_is_string(at.value)) {
        right = num_parse((struct str){json_string_value(at.value), json_string_length(at.value)}, out, NULL);
    }
    return expect(right, at, errors, "a number of at most 12 digits before the point and 6 behind it");
}

bool node_integer(struct node at, int64_t min, int64_t max, int64_t *out, struct errors *errors)
{
    bool right = json_is_integer(at.value) && json_integer_value(at.value) >= min && json_integer_value(at.value) <= max;
    if (right) *out = json_integer_value(at.value);
    if (!right && errors && json_is_integer(at.value))
        node_fail(at, errors, "expected a whole number from %lld to %lld, found %lld", (long long)min, (long long)max,
                  (long long)json_integer_value(at.value));
    else
        expect(right, at, errors, "a whole number");
    return right;
}

static void unknown_word(struct node at, struct str word, bool key, const struct str *words, size_t n, struct errors *errors)
{
    struct str near = str_nearest(word, words, n);
    char list[512] = "";
    size_t used = 0;
    for (size_t i = 0; i < n && used < sizeof list - 40; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%.*s", i ? ", " : "", STR_ARG(words[i]));
    void (*fail)(struct node, struct errors *, const char *, ...) = key ? node_fail_key : node_fail;
    if (near.p)
        fail(at, errors, "\"%.*s\" is not known here; did you mean \"%.*s\"? Known: %s", STR_ARG(word), STR_ARG(near), list);
    else
        fail(at, errors, "\"%.*s\" is not known here; known: %s", STR_ARG(word), list);
}

static bool word_index(struct str word, const struct str *words, size_t n, size_t *out)
{
    for (size_t i = 0; i < n; i++) {
        if (!str_eq(word, words[i])) continue;
        *out = i;
        return true;
    }
    return false;
}

bool node_known_keys(struct node object, const struct str *words, size_t n, struct errors *errors)
{
    bool known = true;
    struct str key;
    struct node value;
    size_t found;
    for (size_t i = 0; node_member(object, i, &key, &value); i++) {
        if (word_index(key, words, n, &found)) continue;
        unknown_word(value, key, true, words, n, errors);
        known = false;
    }
    return known;
}

bool node_word(struct node at, const struct str *words, size_t n, size_t *out, struct errors *errors)
{
    struct str word;
    if (!node_text(at, &word, errors)) return false;
    if (word_index(word, words, n, out)) return true;
    if (errors) unknown_word(at, word, false, words, n, errors);
    return false;
}

bool duration_parse(struct str s, int64_t *ms)
{
    static const struct {
        struct str name;
        int64_t ms;
    } units[] = {{{"ms", 2}, 1},     {{"s", 1}, SECOND}, {{"m", 1}, MINUTE},  {{"min", 3}, MINUTE},
                 {{"h", 1}, HOUR}, {{"d", 1}, DAY},    {{"w", 1}, 7 * DAY}};
    int64_t n = 0;
    size_t i = 0;
    for (; i < s.n && i < 15 && s.p[i] >= '0' && s.p[i] <= '9'; i++) n = n * 10 + (s.p[i] - '0');
    if (i == 0) return false;
    struct str unit = str_trim((struct str){s.p + i, s.n - i});
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        if (!str_eq(unit, units[u].name)) continue;
        if (n == 0 || n > 3660 * DAY / units[u].ms) return false;
        *ms = n * units[u].ms;
        return true;
    }
    return false;
}

bool node_duration(struct node at, int64_t *ms, struct errors *errors)
{
    struct str text;
    if (node_text(at, &text, NULL) && duration_parse(text, ms)) return true;
    if (errors && json_is_string(at.value))
        node_fail(at, errors, "\"%.*s\" is not a time span: expected a number and a unit, such as \"90s\", \"30m\", \"4h\", \"7d\" or \"2w\"",
                  STR_ARG(text));
    else
        expect(false, at, errors, "a time span such as \"90s\", \"30m\", \"4h\", \"7d\" or \"2w\"");
    return false;
}
