#include "nudge/event.h"

/* ---- words */

enum field field_of(struct str name)
{
#define X(number, field, text)                                                                                         \
    if (name.n == sizeof(text) - 1 && memcmp(name.p, text, sizeof(text) - 1) == 0) return FIELD_##field;
    EVENT_FIELDS(X)
#undef X
    return FIELD_OWN;
}

enum event_type event_type_of(struct str name)
{
#define X(number, type, text)                                                                                          \
    if (name.n == sizeof(text) - 1 && memcmp(name.p, text, sizeof(text) - 1) == 0) return EVENT_##type;
    EVENT_TYPES(X)
#undef X
    return EVENT_OWN;
}

struct str field_name(enum field f)
{
#define X(number, field, text) [number] = {text, sizeof(text) - 1},
    static const struct str names[FIELD_COUNT] = {EVENT_FIELDS(X)};
#undef X
    return (unsigned)f < FIELD_COUNT ? names[f] : STR_NONE;
}

struct str event_type_name(enum event_type t)
{
#define X(number, type, text) [number] = {text, sizeof(text) - 1},
    static const struct str names[EVENT_TYPE_COUNT] = {EVENT_TYPES(X)};
#undef X
    return (unsigned)t < EVENT_TYPE_COUNT ? names[t] : STR_NONE;
}

/* ---- reading back */

const struct value *event_prop(const struct event *e, enum field f)
{
    for (size_t i = 0; i < e->n_props; i++)
        if (e->props[i].field == f) return &e->props[i].value;
    return NULL;
}

static struct value degrees_value(double d)
{
    struct value v = {.kind = VALUE_NUMBER, .scale = 6};
    num_of_double(d, &v.number);
    return v;
}

static bool event_header_value(const struct event *e, enum field f, struct value *out)
{
    switch (f) {
    case FIELD_TYPE:
        *out = VALUE_TEXT_OF(e->type_name);
        return true;
    case FIELD_USER:
        *out = VALUE_TEXT_OF(e->user);
        return true;
    case FIELD_TS:
        *out = (struct value){.kind = VALUE_NUMBER, .number = e->ts * NUM_ONE};
        return true;
    case FIELD_LAT:
        *out = degrees_value(e->position.lat);
        return e->has_position;
    case FIELD_LON:
        *out = degrees_value(e->position.lon);
        return e->has_position;
    case FIELD_ACCURACY:
        *out = degrees_value(e->accuracy);
        return e->accuracy > 0;
    default:
        return false;
    }
}

bool event_value(const struct event *e, struct str name, struct value *out)
{
    enum field f = field_of(name);
    for (size_t i = 0; i < e->n_props; i++) {
        if (f ? e->props[i].field != f : !str_eq(e->props[i].name, name)) continue;
        *out = e->props[i].value;
        return true;
    }
    return event_header_value(e, f, out);
}
