/* make fuzz
 * The input is an event as a backend might send it: `j` and a json field's bytes, or anything else and flat
 * fields, one per line, name=value. It is refused with a reason, or it is an event within its bounds that can
 * be kept and read back. */
#include "nudge/event.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1764000000000)
#define FIELDS_MAX 300

static void expect(bool right)
{
    if (!right) abort();
}

static size_t fields_split(struct str text, struct field_pair *pairs)
{
    size_t n = 0;
    if (text.n && text.p[0] == 'j') {
        pairs[n++] = (struct field_pair){STR("json"), {text.p + 1, text.n - 1}};
        return n;
    }
    while (text.n && n < FIELDS_MAX) {
        struct str line = str_cut(&text, '\n');
        pairs[n].name = str_cut(&line, '=');
        pairs[n++].value = line;
    }
    return n;
}

static void event_within_bounds(const struct event *e)
{
    expect(e->user.n >= 1 && e->user.n <= EVENT_USER_MAX && str_is_utf8(e->user));
    expect(e->type_name.n >= 1 && e->type_name.n <= EVENT_NAME_MAX && str_is_utf8(e->type_name));
    expect(e->id.n <= EVENT_ID_MAX && str_is_utf8(e->id));
    expect(e->ts >= 0 && e->ts <= NOW + EVENT_FUTURE);
    expect(e->n_props <= EVENT_PROPS_MAX);
    expect(e->accuracy >= 0 && e->accuracy <= 1e9 + 1);
    if (e->has_position)
        expect(e->position.lat >= -90 && e->position.lat <= 90 && e->position.lon >= -180 &&
               e->position.lon <= 180);
    for (size_t i = 0; i < e->n_props; i++) {
        const struct prop *p = &e->props[i];
        expect(p->name.n >= 1 && p->name.n <= EVENT_NAME_MAX && p->field == field_of(p->name));
        expect(p->value.kind != VALUE_NONE && p->value.text.n <= EVENT_VALUE_MAX);
        if (p->value.kind == VALUE_TEXT) expect(str_is_utf8(p->value.text));
    }
}

static void event_read_back(struct arena *arena, const struct event *e)
{
    struct buf bytes = {0}, again = {0};
    struct event back;
    struct value v;
    event_encode(e, &bytes);
    expect(event_read(arena, buf_str(&bytes), &back));
    expect(back.ts == e->ts && back.type == e->type && str_eq(back.type_name, e->type_name) &&
           back.n_props == e->n_props);
    back.id = e->id;
    event_encode(&back, &again);
    expect(str_eq(buf_str(&bytes), buf_str(&again)));
    for (size_t i = 0; i < e->n_props; i++)
        expect(event_value(&back, e->props[i].name, &v) && v.kind == e->props[i].value.kind);
    buf_release(&bytes);
    buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct field_pair pairs[FIELDS_MAX];
    const struct event_source source = {STR("1763999999000-0"), NOW - 1000, NOW};
    struct arena arena;
    struct event e;
    char why[256] = "";
    size_t n = fields_split((struct str){(const char *)data, size}, pairs);
    arena_init(&arena);
    if (event_decode(&arena, &source, pairs, n, &e, why, sizeof why)) {
        event_within_bounds(&e);
        event_read_back(&arena, &e);
    } else {
        expect(why[0] && str_is_utf8(str_of(why)));
    }
    arena_release(&arena);
    return 0;
}
