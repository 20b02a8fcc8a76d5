#include "event_decode.h"
#include "nudge/zone.h"
#include <math.h>
#include <stdio.h>

bool decoder_refuse(struct decoder *d, struct str field, const char *expected, struct str found)
{
    size_t shown = found.n > 40 ? 40 : found.n;
    while (shown && shown < found.n && (found.p[shown] & 0xc0) == 0x80) shown--; /* at a character's edge */
    snprintf(d->why, d->why_size, "%.*s: expected %s, found \"%.*s%s\"", STR_ARG(field), expected, (int)shown, found.p,
             shown < found.n ? "…" : "");
    return false;
}

struct str decoder_shown(struct decoder *d, const struct value *v)
{
    struct buf b = {0};
    value_text(v, &b);
    struct str s = arena_str(d->arena, buf_str(&b));
    buf_release(&b);
    return s;
}

/* Plain decimal degrees or metres. Up to 15 digits are exact in a double, and dividing by a power of ten rounds once. */
static bool double_parse(struct str s, double *out)
{
    static const double power[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    bool negative = s.n && s.p[0] == '-';
    if (s.n && (s.p[0] == '-' || s.p[0] == '+')) s.p++, s.n--;
    int64_t digits = 0;
    int used = 0, behind = 0, seen = 0;
    bool point = false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '.' && !point) {
            point = true;
            continue;
        }
        if (s.p[i] < '0' || s.p[i] > '9') return false;
        seen++;
        if (used >= 15) {
            if (!point) return false; /* no place or accuracy has so many digits */
            continue;
        }
        digits = digits * 10 + (s.p[i] - '0');
        if (digits) used++;
        if (point && behind < 15) behind++;
        else if (point) return digits == 0;
    }
    *out = (double)digits / power[behind] * (negative ? -1 : 1);
    return seen > 0;
}

static bool value_double(const struct value *v, double *out)
{
    if (v->kind == VALUE_TEXT) return double_parse(v->text, out);
    if (v->kind != VALUE_NUMBER) return false;
    *out = (double)v->number / (double)NUM_ONE;
    return true;
}

static bool take_degrees(struct decoder *d, struct str name, const struct value *v, double limit, double *out)
{
    if (value_double(v, out) && fabs(*out) <= limit) {
        *out = round(*out * 1e7) / 1e7; /* as it is stored: about a centimetre */
        return true;
    }
    return decoder_refuse(d, name, limit > 90 ? "degrees from -180 to 180" : "degrees from -90 to 90", decoder_shown(d, v));
}

static bool take_accuracy(struct decoder *d, struct str name, const struct value *v)
{
    double metres;
    if (!value_double(v, &metres) || metres < 0 || metres > 1e9) return decoder_refuse(d, name, "metres, 0 or more", decoder_shown(d, v));
    d->event->accuracy = ceil(metres * 10) / 10;
    return true;
}

static bool take_ts(struct decoder *d, struct str name, const struct value *v)
{
    num_t n;
    int64_t at;
    bool right = value_number(v, &n) ? (at = n < 0 ? -1 : n / NUM_ONE, true) : v->kind == VALUE_TEXT && time_parse(v->text, NULL, &at);
    if (!right) return decoder_refuse(d, name, "ms since 1970 or a time like 2026-12-04T16:00:00Z", decoder_shown(d, v));
    if (at < 0) return decoder_refuse(d, name, "a time from 1970 on", decoder_shown(d, v));
    if (at > d->source->now + EVENT_FUTURE)
        return decoder_refuse(d, name, "a time no more than a day ahead of the clock", decoder_shown(d, v));
    d->event->ts = at;
    d->has_ts = true;
    return true;
}

static bool take_text(struct decoder *d, struct str name, const struct value *v, size_t max, struct str *out)
{
    if (v->kind != VALUE_TEXT && v->kind != VALUE_NUMBER) return decoder_refuse(d, name, "a text", decoder_shown(d, v));
    *out = v->kind == VALUE_TEXT ? v->text : decoder_shown(d, v);
    if (out->n >= 1 && out->n <= max) return true;
    snprintf(d->why, d->why_size, "%.*s: expected 1 to %zu bytes, found %zu", STR_ARG(name), max, out->n);
    return false;
}

static bool take_decimal(struct decoder *d, struct str name, struct value *v)
{
    int scale = 0;
    if (v->kind == VALUE_NUMBER) return true;
    if (v->kind != VALUE_TEXT || !num_parse(v->text, &v->number, &scale))
        return decoder_refuse(d, name, "a decimal number such as 12.50 (12 digits before the point, 6 behind it)", decoder_shown(d, v));
    v->kind = VALUE_NUMBER, v->scale = (uint8_t)scale;
    return true;
}

static bool take_currency(struct decoder *d, struct str name, const struct value *v)
{
    bool right = v->kind == VALUE_TEXT && v->text.n == 3;
    for (size_t i = 0; right && i < 3; i++) right = v->text.p[i] >= 'A' && v->text.p[i] <= 'Z';
    return right || decoder_refuse(d, name, "three capital letters (ISO 4217), such as EUR", decoder_shown(d, v));
}

static bool take_prop(struct decoder *d, struct str name, enum field f, const struct value *v)
{
    struct event *e = d->event;
    for (size_t i = 0; i < e->n_props; i++) {
        if (e->props[i].field != f || (!f && !str_eq(e->props[i].name, name))) continue;
        e->props[i].value = *v;
        return true;
    }
    if (e->n_props == EVENT_PROPS_MAX) {
        snprintf(d->why, d->why_size, "more than %d properties", EVENT_PROPS_MAX);
        return false;
    }
    if (e->n_props == d->cap) {
        size_t cap = d->cap ? d->cap * 2 : 8;
        struct prop *props = arena_alloc(d->arena, cap * sizeof *props);
        if (e->n_props) memcpy(props, e->props, e->n_props * sizeof *props);
        e->props = props, d->cap = cap;
    }
    e->props[e->n_props++] = (struct prop){name, f, *v};
    return true;
}

bool decoder_take(struct decoder *d, struct str name, enum field f, struct value *v)
{
    switch (f) {
    case FIELD_TYPE:
        return take_text(d, name, v, EVENT_NAME_MAX, &d->event->type_name);
    case FIELD_USER:
        return take_text(d, name, v, EVENT_USER_MAX, &d->event->user);
    case FIELD_ID:
        return take_text(d, name, v, EVENT_ID_MAX, &d->event->id);
    case FIELD_TS:
        return take_ts(d, name, v);
    case FIELD_LAT:
        return d->has_lat = take_degrees(d, name, v, 90, &d->lat);
    case FIELD_LON:
        return d->has_lon = take_degrees(d, name, v, 180, &d->lon);
    case FIELD_ACCURACY:
        return take_accuracy(d, name, v);
    case FIELD_AMOUNT:
    case FIELD_QUANTITY:
        return take_decimal(d, name, v) && take_prop(d, name, f, v);
    case FIELD_CURRENCY:
        return take_currency(d, name, v) && take_prop(d, name, f, v);
    default:
        return take_prop(d, name, f, v);
    }
}

/* ---- the flat form */

/* Text that is a number in its plainest writing is kept as one: it takes less room, and reads back the same. */
static struct value value_of_text(struct str s)
{
    struct value v = VALUE_TEXT_OF(s);
    int scale;
    if (s.n == 0 || s.n > 20) return v;
    size_t first = s.p[0] == '-';
    if (s.n <= first || s.p[first] < '0' || s.p[first] > '9') return v;
    if (s.p[first] == '0' && (first || (s.n > first + 1 && s.p[first + 1] != '.'))) return v; /* 007, -0.5 stays text */
    if (!num_parse(s, &v.number, &scale)) return v;
    v.kind = VALUE_NUMBER, v.scale = (uint8_t)scale;
    return v;
}

bool decoder_name_ok(struct decoder *d, struct str name)
{
    if (name.n && name.n <= EVENT_NAME_MAX && str_is_utf8(name)) return true;
    snprintf(d->why, d->why_size, "a field's name is empty, longer than %d bytes or not UTF-8", EVENT_NAME_MAX);
    return false;
}

bool decoder_text_ok(struct decoder *d, struct str name, struct str value)
{
    if (value.n > EVENT_VALUE_MAX) {
        snprintf(d->why, d->why_size, "%.*s: %zu bytes; a value has at most %d", STR_ARG(name), value.n, EVENT_VALUE_MAX);
        return false;
    }
    if (str_is_utf8(value)) return true;
    snprintf(d->why, d->why_size, "%.*s: not UTF-8, or holds a NUL byte", STR_ARG(name));
    return false;
}

static bool take_flat(struct decoder *d, struct str name, struct str text)
{
    enum field f = field_of(name);
    if (!f && !decoder_name_ok(d, name)) return false;
    if (!decoder_text_ok(d, name, text)) return false;
    bool plain = f == FIELD_TYPE || f == FIELD_USER || f == FIELD_ID || f == FIELD_LAT || f == FIELD_LON;
    struct value v = plain ? VALUE_TEXT_OF(text) : value_of_text(text);
    return decoder_take(d, name, f, &v);
}

/* ---- the whole */

/* A text that says something, or a number. */
static bool expect_prop(struct decoder *d, enum field f, const char *expected)
{
    const struct value *v = event_prop(d->event, f);
    if (v && (v->kind == VALUE_NUMBER || (v->kind == VALUE_TEXT && v->text.n))) return true;
    struct str found = v ? decoder_shown(d, v) : STR_NONE;
    return decoder_refuse(d, field_name(f), expected, found.n ? found : STR("nothing"));
}

static bool consent_checked(struct decoder *d)
{
    if (!expect_prop(d, FIELD_PURPOSE, "what the consent is for")) return false;
    const struct value *state = event_prop(d->event, FIELD_STATE);
    struct str s = state ? state->text : STR_NONE;
    return str_eq(s, STR("granted")) || str_eq(s, STR("denied")) || str_eq(s, STR("revoked")) ||
           decoder_refuse(d, STR("state"), "granted, denied or revoked", s);
}

static bool device_checked(struct decoder *d)
{
    if (!expect_prop(d, FIELD_TOKEN, "the device's push token")) return false;
    const struct value *action = event_prop(d->event, FIELD_ACTION);
    if (action && str_eq(action->text, STR("remove"))) return true;
    if (action && !str_eq(action->text, STR("add"))) return decoder_refuse(d, STR("action"), "add or remove", action->text);
    return expect_prop(d, FIELD_PLATFORM, "the device's platform (android, ios, web …)");
}

/* Entries may be given IDs of any time. */
static bool entry_ms_taken(struct decoder *d)
{
    int64_t at = d->source->entry_ms;
    if (at < 0 || at > d->source->now + EVENT_FUTURE)
        return decoder_refuse(d, STR("ts"), "an entry's ID no more than a day ahead of the clock, or ts", d->source->entry);
    d->event->ts = at;
    return true;
}

static bool event_checked(struct decoder *d)
{
    struct event *e = d->event;
    if (!e->type_name.n) return decoder_refuse(d, STR("type"), "what happened (purchase, location …)", STR("nothing"));
    if (!e->user.n) return decoder_refuse(d, STR("user"), "the customer's id", STR("nothing"));
    if (d->has_lat != d->has_lon) return decoder_refuse(d, d->has_lat ? STR("lon") : STR("lat"), "lat and lon together", STR("nothing"));
    e->type = event_type_of(e->type_name);
    e->has_position = d->has_lat;
    e->position = (struct point){d->lat, d->lon};
    if (!d->has_ts && !entry_ms_taken(d)) return false;
    if (e->type == EVENT_LOCATION && !e->has_position) return decoder_refuse(d, STR("lat"), "the position", STR("nothing"));
    if (e->type == EVENT_CONSENT) return consent_checked(d);
    return e->type != EVENT_DEVICE || device_checked(d);
}

static bool pairs_taken(struct decoder *d, const struct field_pair *pairs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool json = field_of(pairs[i].name) == FIELD_JSON;
        if (!(json ? decoder_take_json(d, pairs[i].value) : take_flat(d, pairs[i].name, pairs[i].value))) return false;
    }
    return true;
}

bool event_decode(struct arena *arena, const struct event_source *source, const struct field_pair *pairs, size_t n,
                  struct event *out, char *why, size_t why_size)
{
    *out = (struct event){.entry = source->entry};
    struct decoder d = {.arena = arena, .source = source, .event = out, .why = why, .why_size = why_size};
    if (pairs_taken(&d, pairs, n) && event_checked(&d)) return true;
    for (size_t end = strlen(why); end && !str_is_utf8((struct str){why, end});) why[--end] = 0; /* its room ended within a character */
    return false;
}
