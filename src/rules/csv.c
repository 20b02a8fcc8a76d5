/* Stores from CSV (RFC 4180): quoted cells with doubled quotes and line breaks in them; lines end with CR, LF
 * or both; a byte order mark is passed over; empty lines too. The first line names the columns. */
#include "stores.h"
#include <stdio.h>

#define COLUMNS_MAX 64

struct cell {
    struct str text;
    int line, column;
};

struct csv {
    const char *p, *end, *line_start;
    int line;
    struct stores_draft *draft;
};

static int csv_column(const struct csv *c)
{
    int column = 1;
    for (const char *p = c->line_start; p < c->p; p++) column += ((unsigned char)*p & 0xc0) != 0x80;
    return column;
}

static void csv_fail(const struct csv *c, const struct cell *at, const char *why)
{
    errors_add(c->draft->errors, c->draft->file->path, at->line, at->column, "%s", why);
}

/* Over one line's end; false when there is none here. */
static bool csv_newline(struct csv *c)
{
    if (c->p == c->end || (*c->p != '\r' && *c->p != '\n')) return false;
    c->p += *c->p == '\r' && c->p + 1 < c->end && c->p[1] == '\n' ? 2 : 1;
    c->line++;
    c->line_start = c->p;
    return true;
}

static bool cell_ends(const struct csv *c)
{
    return c->p == c->end || *c->p == ',' || *c->p == '\r' || *c->p == '\n';
}

static void quoted_read(struct csv *c, struct cell *cell)
{
    char *out = arena_alloc(build_arena(c->draft->build), (size_t)(c->end - c->p)), *to = out;
    c->p++;
    for (;;) {
        if (c->p == c->end) {
            csv_fail(c, cell, "the quoted cell is never closed: \" expected");
            break;
        }
        const char *from = c->p;
        if (*c->p == '"' && (++c->p == c->end || *c->p != '"')) break;
        if (!csv_newline(c)) c->p++;
        if (*from == '"') from++; /* of two quotes, one */
        memcpy(to, from, (size_t)(c->p - from));
        to += c->p - from;
    }
    cell->text = (struct str){out, (size_t)(to - out)};
    if (!cell_ends(c))
        csv_fail(c, &(struct cell){.line = c->line, .column = csv_column(c)},
                 "text behind a closing quote: a comma or the line's end expected");
    while (!cell_ends(c)) c->p++;
}

static void cell_read(struct csv *c, struct cell *cell)
{
    *cell = (struct cell){.line = c->line, .column = csv_column(c)};
    const char *from = c->p;
    if (c->p < c->end && *c->p == '"') {
        quoted_read(c, cell);
        return;
    }
    while (!cell_ends(c)) c->p++;
    cell->text = (struct str){from, (size_t)(c->p - from)};
}

/* One line's cells; n may pass COLUMNS_MAX, then the rest is not kept. False at the file's end. */
static bool record_read(struct csv *c, struct cell *cells, size_t *n)
{
    while (csv_newline(c)) {
    }
    if (c->p == c->end) return false;
    for (*n = 0;;) {
        struct cell cell;
        cell_read(c, &cell);
        if (*n < COLUMNS_MAX) cells[*n] = cell;
        (*n)++;
        if (c->p == c->end || *c->p != ',') break;
        c->p++;
    }
    csv_newline(c);
    return true;
}

/* ---- columns */

enum { ID, NAME, LAT, LON, ZONE, MEANINGS };
static const struct str meanings[MEANINGS] = {WORD("id"), WORD("name"), WORD("lat"), WORD("lon"),
                                              WORD("zone")};

struct header {
    struct str names[COLUMNS_MAX];
    size_t n;
    size_t column[MEANINGS]; /* COLUMNS_MAX: there is none */
};

static void column_missing(struct csv *c, const struct header *h, struct str name)
{
    char why[256];
    struct str near = str_nearest(name, h->names, h->n);
    const char *semicolons =
        h->n == 1 && str_find(h->names[0], STR(";")) >= 0 ? "; the columns must be separated by commas" : "";
    snprintf(why, sizeof why, "there is no column \"%.*s\": expected id, name, lat, lon%s%.*s%s%s",
             STR_ARG(name), near.p ? " (is it \"" : "", near.n < 64 ? (int)near.n : 64, near.p,
             near.p ? "\"?)" : "", semicolons);
    csv_fail(c, &(struct cell){.line = 1, .column = 1}, why);
}

static void header_read(struct csv *c, struct header *h)
{
    struct cell cells[COLUMNS_MAX];
    *h = (struct header){.n = 0};
    if (record_read(c, cells, &h->n) && h->n > COLUMNS_MAX) {
        csv_fail(c, &cells[0], "too many columns: expected at most 64");
        h->n = COLUMNS_MAX;
    }
    for (int m = 0; m < MEANINGS; m++) h->column[m] = COLUMNS_MAX;
    for (size_t i = 0; i < h->n; i++) {
        h->names[i] = arena_str(build_arena(c->draft->build), str_trim(cells[i].text));
        for (size_t k = 0; k < i; k++)
            if (str_eq(h->names[k], h->names[i]))
                csv_fail(c, &cells[i], "two columns have this name: expected each once");
        for (int m = 0; m < MEANINGS; m++)
            if (str_eq(h->names[i], meanings[m])) h->column[m] = i;
    }
    for (int m = 0; m < ZONE; m++)
        if (h->column[m] == COLUMNS_MAX) column_missing(c, h, meanings[m]);
}

static bool column_is_extra(const struct header *h, size_t i)
{
    for (int m = 0; m < MEANINGS; m++)
        if (h->column[m] == i) return false;
    return true;
}

/* ---- stores */

static bool degrees_read(struct csv *c, const struct cell *cell, double *out)
{
    char why[160];
    struct str text = str_trim(cell->text);
    if (degrees_parse(text, out)) return true;
    snprintf(why, sizeof why, "\"%.*s\" is not a number of degrees: expected one such as 39.1031",
             text.n < 40 ? (int)text.n : 40, text.p);
    csv_fail(c, cell, why);
    return false;
}

static void extras_take(struct csv *c, const struct header *h, const struct cell *cells, struct store *s)
{
    struct arena *a = build_arena(c->draft->build);
    s->props = arena_alloc(a, (h->n + 1) * sizeof *s->props);
    for (size_t i = 0; i < h->n; i++) {
        if (!column_is_extra(h, i) || cells[i].text.n == 0 || h->names[i].n == 0) continue;
        s->props[s->n_props++] =
            (struct prop){h->names[i], field_of(h->names[i]), VALUE_TEXT_OF(arena_str(a, cells[i].text))};
    }
}

static void record_take(struct csv *c, const struct header *h, const struct cell *cells)
{
    struct arena *a = build_arena(c->draft->build);
    struct store s = {0};
    char why[256];
    bool placed = degrees_read(c, &cells[h->column[LAT]], &s.at.lat);
    placed &= degrees_read(c, &cells[h->column[LON]], &s.at.lon);
    if (!placed) return;
    s.id = arena_str(a, str_trim(cells[h->column[ID]].text));
    s.name = arena_str(a, str_trim(cells[h->column[NAME]].text));
    if (h->column[ZONE] < COLUMNS_MAX) s.zone = arena_str(a, str_trim(cells[h->column[ZONE]].text));
    extras_take(c, h, cells, &s);
    if (!draft_add_store(c->draft, &s, why, sizeof why)) csv_fail(c, &cells[0], why);
}

static bool encoding_check(struct csv *c)
{
    struct str rest = {c->p, (size_t)(c->end - c->p)};
    if (str_is_utf8(rest)) return true;
    for (int line = 1;; line++)
        if (!str_is_utf8(str_cut(&rest, '\n'))) {
            csv_fail(c, &(struct cell){.line = line, .column = 1},
                     "this line is not UTF-8: save the file in that encoding");
            return false;
        }
}

void csv_stores_read(struct stores_draft *d)
{
    struct str text = d->file->text;
    if (str_starts(text, STR("\xef\xbb\xbf"))) text.p += 3, text.n -= 3;
    struct csv c = {text.p, text.p + text.n, text.p, 1, d};
    struct cell cells[COLUMNS_MAX];
    struct header h;
    size_t n;
    char why[80];
    if (!encoding_check(&c)) return;
    header_read(&c, &h);
    if (d->errors->count) return;
    while (record_read(&c, cells, &n)) {
        if (n == h.n) {
            record_take(&c, &h, cells);
            continue;
        }
        snprintf(why, sizeof why, "%zu cells, but the first line names %zu columns", n, h.n);
        csv_fail(&c, &cells[0], why);
    }
}
