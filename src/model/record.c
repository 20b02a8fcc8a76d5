#include "record.h"
#include <math.h>
#include <stdlib.h>

enum { FLAG_KEY = 1, FLAG_POSITION = 2, FLAG_ACCURACY = 4 };

/* ---- writing */

void put_text(struct buf *b, struct str s)
{
    buf_varint(b, s.n);
    buf_str_put(b, s);
}

void put_8(struct buf *b, uint64_t v)
{
    char bytes[8];
    for (int i = 0; i < 8; i++) bytes[i] = (char)(v >> (8 * i));
    buf_put(b, bytes, 8);
}

void put_type(struct buf *b, enum event_type type, struct str name)
{
    buf_varint(b, type);
    if (!type) put_text(b, name);
}

void put_metres(struct buf *b, double metres)
{
    buf_varint(b, (uint64_t)llround(metres * 10));
}

void put_position(struct buf *b, struct point p)
{
    buf_zigzag(b, llround(p.lat * 1e7));
    buf_zigzag(b, llround(p.lon * 1e7));
}


void event_encode(const struct event *e, struct buf *b)
{
    unsigned flags = (e->id.n ? FLAG_KEY : 0) | (e->has_position ? FLAG_POSITION : 0) | (e->accuracy > 0 ? FLAG_ACCURACY : 0);
    put_type(b, e->type, e->type_name);
    buf_varint(b, flags);
    buf_zigzag(b, e->ts);
    if (flags & FLAG_KEY) put_8(b, str_hash(e->id));
    if (flags & FLAG_POSITION) put_position(b, e->position);
    if (flags & FLAG_ACCURACY) put_metres(b, e->accuracy);
    buf_varint(b, e->n_props);
    for (size_t i = 0; i < e->n_props; i++) {
        buf_varint(b, e->props[i].field);
        if (!e->props[i].field) put_text(b, e->props[i].name);
        value_encode(&e->props[i].value, b);
    }
}

size_t record_begin(struct buf *b, enum record kind)
{
    buf_varint(b, kind);
    buf_char(b, 0);
    return b->n;
}

struct str record_end(struct buf *b, size_t at)
{
    size_t n = b->n - at;
    if (n < 0x80) {
        b->p[at - 1] = (char)n;
        return (struct str){b->p + at, n};
    }
    struct buf length = {0};
    buf_varint(&length, n);
    buf_reserve(b, length.n);
    memmove(b->p + at - 1 + length.n, b->p + at, n);
    memcpy(b->p + at - 1, length.p, length.n);
    b->n += length.n - 1;
    at += length.n - 1;
    buf_release(&length);
    return (struct str){b->p + at, n};
}

/* ---- reading */

bool get_text(struct str *s, struct str *out)
{
    uint64_t n;
    return str_varint(s, &n) && str_bytes(s, n, out);
}

bool get_8(struct str *s, uint64_t *v)
{
    struct str b;
    if (!str_bytes(s, 8, &b)) return false;
    *v = 0;
    for (int i = 0; i < 8; i++) *v |= (uint64_t)(unsigned char)b.p[i] << (8 * i);
    return true;
}

bool get_time(struct str *s, int64_t *at)
{
    return str_zigzag(s, at) && *at <= NUM_MAX / NUM_ONE && *at >= -(NUM_MAX / NUM_ONE);
}

bool get_type(struct str *s, enum event_type *type, struct str *name)
{
    uint64_t t;
    if (!str_varint(s, &t) || t >= EVENT_TYPE_COUNT) return false;
    *type = (enum event_type)t;
    *name = event_type_name(*type);
    return t || get_text(s, name);
}

bool get_position(struct str *s, struct point *p)
{
    int64_t lat, lon;
    if (!str_zigzag(s, &lat) || !str_zigzag(s, &lon) || llabs(lat) > 900000000 || llabs(lon) > 1800000000) return false;
    *p = (struct point){(double)lat / 1e7, (double)lon / 1e7};
    return true;
}

bool get_metres(struct str *s, double *metres)
{
    uint64_t dm;
    if (!str_varint(s, &dm) || dm > 10000000000) return false;
    *metres = (double)dm / 10;
    return true;
}

bool record_event_read(struct str s, struct record_event *e)
{
    uint64_t flags, n;
    *e = (struct record_event){0};
    if (!get_type(&s, &e->type, &e->type_name) || !str_varint(&s, &flags) || !get_time(&s, &e->ts)) return false;
    if (flags & FLAG_KEY && !get_8(&s, &e->key)) return false;
    e->positioned = flags & FLAG_POSITION;
    if (e->positioned && !get_position(&s, &e->position)) return false;
    if (flags & FLAG_ACCURACY && !get_metres(&s, &e->accuracy)) return false;
    if (!str_varint(&s, &n) || n > EVENT_PROPS_MAX) return false;
    e->n_props = n;
    e->props = s;
    return true;
}

bool record_prop_next(struct str *s, enum field *f, struct str *name, struct value *v)
{
    uint64_t n;
    if (!str_varint(s, &n) || n >= FIELD_NUMBERS_END) return false;
    *f = (enum field)n;
    *name = field_name(*f);
    return (n || get_text(s, name)) && value_decode(s, v);
}


bool event_read(struct arena *arena, struct str payload, struct event *out)
{
    struct record_event r;
    if (!record_event_read(payload, &r)) return false;
    *out = (struct event){.type = r.type, .type_name = r.type_name, .ts = r.ts, .has_position = r.positioned,
                          .position = r.position, .accuracy = r.accuracy};
    out->props = arena_alloc(arena, r.n_props * sizeof *out->props);
    for (; out->n_props < r.n_props; out->n_props++) {
        struct prop *p = &out->props[out->n_props];
        if (!record_prop_next(&r.props, &p->field, &p->name, &p->value)) return false;
    }
    return true;
}
