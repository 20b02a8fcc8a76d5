#include "customer_bytes.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *text_json(struct str s)
{
    json_t *j = json_stringn(s.p ? s.p : "", s.n);
    return j ? j : json_string("\xef\xbf\xbd");
}

static json_t *value_json(const struct value *v)
{
    struct buf b = {0};
    json_t *j;
    if (v->kind == VALUE_BOOLEAN) return json_boolean(v->boolean);
    if (v->kind == VALUE_LIST) {
        struct str list = v->text, item;
        for (j = json_array(); list_next(&list, &item);) json_array_append_new(j, text_json(item));
        return j;
    }
    value_text(v, &b);
    j = text_json(buf_str(&b));
    buf_release(&b);
    return j;
}

static void set_text(json_t *o, const char *key, struct str s)
{
    if (s.n) json_object_set_new(o, key, text_json(s));
}

static void set_time(json_t *o, const char *key, int64_t at)
{
    json_object_set_new(o, key, json_integer(at));
}

static void set_named(json_t *o, struct str name, json_t *v)
{
    json_t *key = text_json(name);
    json_object_set_new(o, json_string_value(key), v);
    json_decref(key);
}

static json_t *stats_json(const struct customer *c)
{
    json_t *all = json_object();
    for (size_t i = 0; i < c->n_stats; i++) {
        const struct type_stats *s = &c->stats[i];
        json_t *o = json_pack("{s:I,s:I,s:I}", "count", (json_int_t)s->count, "first", (json_int_t)s->first, "last", (json_int_t)s->last);
        char amount[NUM_TEXT];
        if (s->summed && !s->mixed) {
            num_format(s->amount, 2, amount);
            json_object_set_new(o, "amount", json_string(amount));
            set_text(o, "currency", s->currency);
        }
        set_named(all, s->name, o);
    }
    return all;
}

static json_t *past_json(const struct customer *c, const struct past *p)
{
    json_t *o = json_object();
    struct record_event e;
    if (!record_event_read((struct str){p->record, p->size}, &e)) return o;
    set_time(o, "ts", e.ts);
    set_text(o, "type", c->stats[p->stats].name);
    if (e.positioned) {
        json_object_set_new(o, "lat", json_real(e.position.lat));
        json_object_set_new(o, "lon", json_real(e.position.lon));
    }
    if (e.accuracy > 0) json_object_set_new(o, "accuracy", json_real(e.accuracy));
    enum field f;
    struct str name;
    struct value v;
    for (size_t i = 0; i < e.n_props && record_prop_next(&e.props, &f, &name, &v); i++) set_named(o, name, value_json(&v));
    return o;
}

static json_t *profile_json(const struct customer *c)
{
    json_t *all = json_object();
    for (size_t i = 0; i < c->n_attributes; i++)
        if (c->attributes[i].value.kind) set_named(all, c->attributes[i].name, value_json(&c->attributes[i].value));
    return all;
}

static json_t *consents_json(const struct customer *c)
{
    static const char *const states[] = {"unknown", "granted", "denied", "revoked"};
    json_t *all = json_object();
    for (size_t i = 0; i < c->n_consents; i++) {
        const struct consent *s = &c->consents[i];
        json_t *o = json_pack("{s:s,s:I}", "state", states[s->state], "at", (json_int_t)s->at);
        set_text(o, "source", s->source);
        set_text(o, "text_version", s->text_version);
        set_named(all, s->purpose, o);
    }
    return all;
}

static json_t *devices_json(const struct customer *c)
{
    json_t *all = json_array();
    for (size_t i = 0; i < c->n_devices; i++) {
        const struct device *d = &c->devices[i];
        json_t *o = json_pack("{s:I}", "registered", (json_int_t)d->registered);
        set_text(o, "token", d->token);
        set_text(o, "platform", d->platform);
        set_text(o, "locale", d->locale);
        set_text(o, "app_version", d->app_version);
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *hex_json(uint64_t v)
{
    char text[17];
    snprintf(text, sizeof text, "%016llx", (unsigned long long)v);
    return json_string(text);
}

static json_t *decisions_json(const struct customer *c)
{
    json_t *all = json_array();
    for (size_t i = 0; i < c->n_decisions; i++) {
        const struct decision_entry *d = &c->decisions[i];
        json_t *o = json_object();
        set_text(o, "campaign", d->name);
        set_time(o, "at", d->at);
        set_time(o, "trigger", d->trigger);
        set_text(o, "reason", reason_name(d->reason));
        if (d->push) json_object_set_new(o, "push", hex_json(d->push));
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *timers_json(const struct customer *c)
{
    json_t *all = json_array();
    for (size_t i = 0; i < c->n_timers; i++) {
        json_t *o = json_pack("{s:I,s:s}", "due", (json_int_t)c->timers[i].due, "kind",
                              c->timers[i].kind == TIMER_DWELL ? "dwell" : "send");
        set_text(o, "campaign", c->timers[i].campaign);
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *places_json(const struct customer *c)
{
    json_t *all = json_array();
    for (size_t i = 0; i < c->n_inside; i++) {
        json_t *o = json_object();
        json_object_set_new(o, "place", hex_json(c->inside[i].key));
        set_time(o, "entered", c->inside[i].entered);
        if (c->inside[i].left) set_time(o, "left", c->inside[i].left);
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *position_json(const struct customer *c)
{
    if (!c->has_position) return json_null();
    return json_pack("{s:f,s:f,s:f,s:I}", "lat", c->position.lat, "lon", c->position.lon, "accuracy", c->accuracy, "at",
                     (json_int_t)c->position_at);
}

void customer_json(const struct customer *c, struct buf *out)
{
    json_t *o = json_object();
    set_text(o, "user", c->user);
    set_time(o, "known_since", c->known_since);
    json_object_set_new(o, "attributes", profile_json(c));
    json_object_set_new(o, "consents", consents_json(c));
    json_object_set_new(o, "devices", devices_json(c));
    json_object_set_new(o, "position", position_json(c));
    set_text(o, "zone", c->zone);
    json_object_set_new(o, "stats", stats_json(c));
    json_object_set_new(o, "places", places_json(c));
    json_object_set_new(o, "timers", timers_json(c));
    json_object_set_new(o, "decisions", decisions_json(c));
    json_t *history = json_array();
    for (size_t i = 0; i < c->n_history; i++) json_array_append_new(history, past_json(c, &c->history[i]));
    json_object_set_new(o, "history", history);
    if (c->trimmed_to) set_time(o, "history_trimmed_to", c->trimmed_to);
    char *text = json_dumps(o, JSON_INDENT(2) | JSON_REAL_PRECISION(10));
    if (text) buf_str_put(out, str_of(text));
    free(text);
    json_decref(o);
}
