#include "customer_bytes.h"
#include "nudge/mem.h"
#include <stdio.h>
#include <stdlib.h>

struct chunk {
    struct chunk *next;
    size_t used, size;
    char data[];
};

#define CHUNK_FIRST 256
#define CHUNK_LARGEST 8192

struct str bytes_copy(struct customer *c, struct str s)
{
    struct customer_bytes *own = c->own;
    struct chunk *k = own->chunk;
    if (!k || k->size - k->used < s.n) {
        size_t size = k ? k->size * 2 : CHUNK_FIRST;
        if (size > CHUNK_LARGEST) size = CHUNK_LARGEST;
        if (size < s.n) size = s.n;
        k = mem_alloc(sizeof *k + size);
        k->next = own->chunk, k->size = size;
        own->chunk = k;
        own->memory += sizeof *k + size;
    }
    char *p = k->data + k->used;
    if (s.n) memcpy(p, s.p, s.n);
    k->used += s.n;
    return (struct str){p, s.n};
}

struct customer *customer_new(struct str user, struct history_limits limits)
{
    struct customer *c = mem_alloc(sizeof *c);
    c->own = mem_alloc(sizeof *c->own);
    c->own->limits = limits;
    char *name = mem_alloc(user.n + 1);
    if (user.n) memcpy(name, user.p, user.n);
    c->own->user = c->user = (struct str){name, user.n};
    c->own->memory = user.n + 1;
    return c;
}

static void customer_empty(struct customer *c)
{
    free(c->attributes);
    free(c->consents);
    free(c->devices);
    free(c->stats);
    free(c->own->past);
    free(c->inside);
    free(c->decisions);
    free(c->timers);
    for (struct chunk *k = c->own->chunk; k;) {
        struct chunk *next = k->next;
        free(k);
        k = next;
    }
    free((char *)(uintptr_t)c->own->user.p);
    free(c->own);
}

void customer_free(struct customer *c)
{
    if (!c) return;
    customer_empty(c);
    free(c);
}

size_t customer_memory(const struct customer *c)
{
    const struct customer_bytes *own = c->own;
    return sizeof *c + sizeof *own + own->memory + own->cap_past * sizeof *c->history + own->cap_stats * sizeof *c->stats +
           own->cap_attributes * sizeof *c->attributes + own->cap_consents * sizeof *c->consents +
           own->cap_devices * sizeof *c->devices + own->cap_inside * sizeof *c->inside +
           own->cap_decisions * sizeof *c->decisions + own->cap_timers * sizeof *c->timers;
}

bool customer_is_new(const struct customer *c)
{
    return !c->own->known;
}

const struct value *customer_attribute(const struct customer *c, struct str name)
{
    for (size_t i = 0; i < c->n_attributes; i++)
        if (str_eq(c->attributes[i].name, name)) return c->attributes[i].value.kind ? &c->attributes[i].value : NULL;
    return NULL;
}

enum consent_state customer_consent(const struct customer *c, struct str purpose)
{
    for (size_t i = 0; i < c->n_consents; i++)
        if (str_eq(c->consents[i].purpose, purpose)) return c->consents[i].state;
    return CONSENT_UNKNOWN;
}

const struct type_stats *customer_stats(const struct customer *c, struct str type)
{
    enum event_type t = event_type_of(type);
    for (size_t i = 0; i < c->n_stats; i++)
        if (t ? c->stats[i].type == t : str_eq(c->stats[i].name, type)) return &c->stats[i];
    return NULL;
}

size_t customer_history_after(const struct customer *c, int64_t t)
{
    size_t low = 0, high = c->n_history;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c->history[middle].ts > t)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

bool customer_has_key(const struct customer *c, uint64_t key)
{
    for (size_t i = 0; i < c->n_history; i++)
        if (c->history[i].key == key) return true;
    return false;
}

struct inside *customer_inside(const struct customer *c, uint64_t key)
{
    for (size_t i = 0; i < c->n_inside; i++)
        if (c->inside[i].key == key) return &c->inside[i];
    return NULL;
}

const struct timer *customer_timer(const struct customer *c, uint64_t id)
{
    for (size_t i = 0; i < c->n_timers; i++)
        if (c->timers[i].id == id) return &c->timers[i];
    return NULL;
}

bool past_position(const struct customer *c, const struct past *p, struct point *at, double *accuracy)
{
    (void)c;
    struct record_event e;
    if (!p->positioned || !record_event_read((struct str){p->record, p->size}, &e)) return false;
    *at = e.position, *accuracy = e.accuracy;
    return true;
}

static bool past_header(const struct record_event *e, enum field f, struct value *out)
{
    struct event header = {.type_name = e->type_name, .ts = e->ts, .has_position = e->positioned, .position = e->position,
                           .accuracy = e->accuracy};
    return f && f != FIELD_USER && event_value(&header, field_name(f), out);
}

bool past_value(const struct customer *c, const struct past *p, struct str name, struct value *out)
{
    struct record_event e;
    if (!record_event_read((struct str){p->record, p->size}, &e)) return false;
    enum field want = field_of(name), f;
    struct str prop;
    for (size_t i = 0; i < e.n_props; i++) {
        if (!record_prop_next(&e.props, &f, &prop, out)) return false;
        if (want ? f == want : f == FIELD_OWN && str_eq(prop, name)) return true;
    }
    if (want == FIELD_TYPE) {
        *out = VALUE_TEXT_OF(c->stats[p->stats].name);
        return true;
    }
    return past_header(&e, want, out);
}

/* ---- Redis' form */

static void customer_rebuild(struct customer *c, struct str snapshot)
{
    char why[128];
    struct customer *fresh = customer_new(c->user, c->own->limits);
    if (!customer_load(fresh, snapshot, why, sizeof why)) { /* cannot be: we have just written it */
        customer_free(fresh);
        return;
    }
    struct str user = c->own->user;
    c->own->user = fresh->own->user;
    fresh->own->user = fresh->user = user;
    customer_empty(c);
    *c = *fresh;
    free(fresh);
}

bool customer_load(struct customer *c, struct str s, char *why, size_t why_size)
{
    size_t size = s.n;
    if (s.n == 0 || s.p[0] != CUSTOMER_VERSION) {
        snprintf(why, why_size, "the card's version is not known to this program");
        return false;
    }
    s.p++, s.n--;
    while (s.n) {
        uint64_t kind, n;
        struct str payload;
        if (!str_varint(&s, &kind) || !str_varint(&s, &n) || !str_bytes(&s, n, &payload) || !record_apply(c, kind, payload)) {
            snprintf(why, why_size, "the record is cut off or damaged");
            return false;
        }
        if (kind == RECORD_SNAPSHOT_END) c->own->snapshot_size = size - s.n;
    }
    c->own->logged = size - c->own->snapshot_size;
    return true;
}

bool customer_logged(struct customer *c, size_t more)
{
    c->own->logged += more;
    return c->own->logged > c->own->snapshot_size + 2048;
}

void customer_snapshot(struct customer *c, struct buf *out)
{
    size_t from = out->n;
    buf_char(out, CUSTOMER_VERSION);
    customer_records(c, out);
    record_end(out, record_begin(out, RECORD_SNAPSHOT_END));
    customer_rebuild(c, (struct str){out->p + from, out->n - from});
}
