#include "event_decode.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static bool take_json(struct decoder *d, struct str name, json_t *v, int depth);

static bool take_members(struct decoder *d, struct str prefix, json_t *object, int depth)
{
    const char *key;
    json_t *v;
    json_object_foreach(object, key, v) {
        struct str name = prefix.n ? arena_printf(d->arena, "%.*s.%s", STR_ARG(prefix), key) : arena_str(d->arena, str_of(key));
        if (!take_json(d, name, v, depth)) return false;
    }
    return true;
}

static bool json_scalar(struct decoder *d, struct str name, json_t *j, struct value *v)
{
    if (json_is_string(j)) {
        *v = VALUE_TEXT_OF(arena_str(d->arena, (struct str){json_string_value(j), json_string_length(j)}));
        return decoder_text_ok(d, name, v->text);
    }
    if (json_is_boolean(j)) {
        *v = (struct value){.kind = VALUE_BOOLEAN, .boolean = json_is_true(j)};
        return true;
    }
    char text[64];
    if (json_is_integer(j))
        snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(j));
    else
        snprintf(text, sizeof text, "%.15g", json_real_value(j));
    int scale = 0;
    *v = (struct value){.kind = VALUE_NUMBER};
    if (num_parse(str_of(text), &v->number, &scale) || (json_is_real(j) && num_of_double(json_real_value(j), &v->number))) {
        v->scale = (uint8_t)scale;
        return true;
    }
    return decoder_refuse(d, name, "a number of at most 12 digits before the point", str_of(text));
}

static bool take_list(struct decoder *d, struct str name, json_t *list, int depth)
{
    struct buf items = {.max = EVENT_VALUE_MAX};
    struct value v;
    size_t i;
    json_t *item;
    bool right = true;
    json_array_foreach(list, i, item) {
        if (json_is_object(item) || json_is_array(item))
            right = take_json(d, arena_printf(d->arena, "%.*s.%zu", STR_ARG(name), i), item, depth);
        else if (!json_is_null(item) && (right = json_scalar(d, name, item, &v)))
            list_put(&items, v.kind == VALUE_TEXT ? v.text : decoder_shown(d, &v));
        if (!right) break;
    }
    if (right && items.full) right = decoder_refuse(d, name, "a list of less than 4 KB", STR("a longer one"));
    if (right && (items.n || json_array_size(list) == 0)) {
        v = (struct value){.kind = VALUE_LIST, .text = arena_str(d->arena, buf_str(&items))};
        right = decoder_take(d, name, field_of(name), &v);
    }
    buf_release(&items);
    return right;
}

/* Up to 15 digits a double gives back as they were written; with more it has been rounded, and for money that must not pass unseen. */
static bool real_as_written(double d)
{
    char text[64];
    snprintf(text, sizeof text, "%.15g", d);
    return strtod(text, NULL) == d;
}

static bool take_json(struct decoder *d, struct str name, json_t *j, int depth)
{
    if (depth > EVENT_JSON_DEPTH) return decoder_refuse(d, STR("json"), "at most 16 levels", STR("more"));
    if (!decoder_name_ok(d, name)) return false;
    if (json_is_null(j)) return true;
    if (json_is_object(j)) return take_members(d, name, j, depth + 1);
    if (json_is_array(j)) return take_list(d, name, j, depth + 1);
    struct value v;
    enum field f = field_of(name);
    if (json_is_real(j) && (f == FIELD_LAT || f == FIELD_LON)) { /* all its digits, not the six of a decimal */
        char text[40];
        snprintf(text, sizeof text, "%.9f", json_real_value(j));
        v = VALUE_TEXT_OF(arena_str(d->arena, str_of(text)));
        return decoder_take(d, name, field_of(name), &v);
    }
    if (json_is_real(j) && (f == FIELD_AMOUNT || f == FIELD_QUANTITY) && !real_as_written(json_real_value(j)))
        return decoder_refuse(d, name, "at most 15 digits, or a text in quotes", STR("a longer number"));
    return json_scalar(d, name, j, &v) && decoder_take(d, name, field_of(name), &v);
}

bool decoder_take_json(struct decoder *d, struct str text)
{
    if (text.n > EVENT_JSON_MAX) {
        snprintf(d->why, d->why_size, "json: %zu bytes; an event has at most %d", text.n, EVENT_JSON_MAX);
        return false;
    }
    json_error_t e;
    json_t *root = json_loadb(text.n ? text.p : "", text.n, JSON_REJECT_DUPLICATES, &e);
    if (!root || !json_is_object(root)) {
        snprintf(d->why, d->why_size, "json: expected an object; %s (byte %d)", root ? "found a list" : e.text,
                 root ? 1 : e.position);
        json_decref(root);
        return false;
    }
    bool right = take_members(d, STR_NONE, root, 0);
    json_decref(root);
    return right;
}
