/* Texts with fields: "{{first_name | default: 'Hi'}}, pizza at {{store.name}}? {{amount | money}}". A small, safe part of Liquid
 * (https://shopify.github.io/liquid): output tags with filters, no loops, no conditions, no other way to reach anything but the
 * named fields. A field that is absent renders as nothing (give `default`). The result is plain text: escaping is done
 * by whoever puts it into JSON, HTML or a header.
 *
 * An expression is a field's name or a quoted text ({{ '{{' }} writes {{), then its filters. Tags ({% %}) are refused.
 *
 * Filters: default: 'x' (for absent or empty) · upcase · downcase · capitalize (the rest becomes lower case) · truncate: 20
 * (characters as readers count them, … included) · number · number: 1 (digits behind the point) · money (in the event's
 * currency) · money: 'EUR' · date (long date) · date: '%d %B %H:%M' (a strftime subset: d e m B b Y y H M A a j p I %; %e is
 * not padded) · url_encode (RFC 3986) · strip · replace: 'a', 'b' · join: ' & ' (lists).
 * Formats follow the language: decimal mark, grouping, currency placement, month and weekday names (en nl ru de fr es;
 * others as en). Amounts are rounded half away from zero. A date is a count of seconds or (past 1e11) milliseconds,
 * RFC 3339, or a date alone. What cannot be read as the number, date or list that a filter wants stays as it is. */
#ifndef NUDGE_TEMPLATE_H
#define NUDGE_TEMPLATE_H

#include "nudge/arena.h"
#include "nudge/value.h"
#include "nudge/zone.h"

struct template;

/* Where fields come from. `get` fills *out and answers true, or false: absent. */
struct fields {
    bool (*get)(void *ctx, struct str name, struct value *out);
    void *ctx;
    struct str language;     /* BCP 47, "nl-NL"; empty = en */
    struct str currency;     /* ISO 4217, of `money` without an argument; empty = none shown */
    const struct zone *zone; /* of `date`; NULL = UTC */
};

/* In the arena (the text is copied). NULL on a syntax error: *offset = its byte in the text, why = what and what was expected. */
struct template *template_parse(struct arena *, struct str text, size_t *offset, char *why, size_t why_size);
/* Appends. Output per template is bounded by TEMPLATE_OUTPUT_MAX; longer is cut at a character's edge. */
void template_render(const struct template *, const struct fields *, struct buf *out);
#define TEMPLATE_OUTPUT_MAX 16384
/* The field names used, one per use, for warnings about names that nothing has: true while there is an i-th. */
bool template_field(const struct template *, size_t i, struct str *name);

#endif
