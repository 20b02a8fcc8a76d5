#include "build.h"
#include <stdio.h>

#define KEYS_MAX 32 /* of one table */

static const struct key *key_find(const struct key_table *t, struct str name)
{
    for (size_t i = 0; i < t->n; i++)
        if (str_eq(t->keys[i].name, name)) return &t->keys[i];
    return NULL;
}

static void keys_check(struct reader *r, struct node object, const struct key_table *t)
{
    struct str words[KEYS_MAX];
    for (size_t i = 0; i < t->n; i++) words[i] = t->keys[i].name;
    node_known_keys(object, words, t->n, r->errors);
    for (size_t i = 0; i < t->n; i++) {
        const struct key *k = &t->keys[i];
        if (k->needed && !node_get(object, k->name.p).value)
            node_fail(object, r->errors, "\"%s\" is missing: expected %s", k->name.p, k->needed);
    }
}

void object_read(struct reader *r, struct node object, const struct key_table *t, void *into)
{
    if (!node_is_object(object, r->errors)) return;
    keys_check(r, object, t);
    struct str name;
    struct node value;
    for (size_t i = 0; node_member(object, i, &name, &value); i++) {
        const struct key *k = key_find(t, name);
        if (k && k->read) k->read(r, value, into);
    }
}

/* ---- unknown names */

static int unknown_say(char *out, size_t size, const char *what, struct str name, const struct str *words,
                       size_t n, const char *expected)
{
    struct str near = str_nearest(name, words, n);
    if (near.p)
        return snprintf(out, size, "there is no %s \"%.*s\", did you mean \"%.*s\"? Expected %s", what,
                        STR_ARG(name), STR_ARG(near), expected);
    return snprintf(out, size, "there is no %s \"%.*s\": expected %s", what, STR_ARG(name), expected);
}

void unknown_fail(struct reader *r, struct node at, const char *what, struct str name,
                  const struct str *words, size_t n, const char *expected)
{
    char why[512];
    unknown_say(why, sizeof why, what, name, words, n, expected);
    node_fail(at, r->errors, "%s", why);
}

void unknown_fail_map(struct reader *r, struct node at, const char *what, struct str name,
                      const struct map *words, const char *expected)
{
    struct str *list = arena_alloc(reader_arena(r), (words->count + 1) * sizeof *list);
    size_t n = 0;
    for (struct map_slot *s = NULL; (s = map_next(words, s));) list[n++] = s->key;
    unknown_fail(r, at, what, name, list, n, expected);
}

void zone_unknown(struct zones *zones, struct str name, char *why, size_t why_size)
{
    size_t n;
    const struct str *names = zones_names(zones, &n);
    unknown_say(why, why_size, "time zone", name, names, n, "a name such as \"Europe/Amsterdam\"");
}

/* ---- common values */

void text_read(struct reader *r, struct node at, struct str *into)
{
    struct str text;
    if (node_text(at, &text, r->errors)) *into = arena_str(reader_arena(r), text);
}

#define NAME_MAX_BYTES 64

static bool name_valid(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && c != '-' && c != '_' && c != '.') return false;
    }
    return s.n > 0 && s.n <= NAME_MAX_BYTES;
}

void name_read(struct reader *r, struct node at, struct str *into)
{
    struct str text;
    if (!node_text(at, &text, r->errors)) return;
    if (name_valid(text))
        *into = arena_str(reader_arena(r), text);
    else
        node_fail(at, r->errors,
                  "\"%.*s\" is not a name: expected 1 to %d letters, digits, \"-\", \"_\" or \".\"",
                  STR_ARG(text), NAME_MAX_BYTES);
}

void days_read(struct reader *r, struct node at, unsigned *into)
{
    static const struct str days[] = {WORD("mon"), WORD("tue"), WORD("wed"), WORD("thu"),
                                      WORD("fri"), WORD("sat"), WORD("sun")};
    static const struct str all[] = {WORD("all")};
    size_t day;
    *into = 0;
    if (json_is_string(at.value)) {
        if (node_word(at, all, 1, &day, r->errors)) *into = 0x7f;
        return;
    }
    if (!node_is_array(at, r->errors)) return;
    struct node item;
    for (size_t i = 0; node_each(at, i, &item); i++)
        if (node_word(item, days, 7, &day, r->errors)) *into |= 1u << day;
    if (node_size(at) == 0)
        node_fail(at, r->errors, "no day is named: expected some of mon … sun, or \"all\"");
}

void minute_read(struct reader *r, struct node at, int *into)
{
    struct str text;
    if (!node_text(at, &text, r->errors) || time_of_day_parse(text, into)) return;
    node_fail(at, r->errors, "\"%.*s\" is not a time of day: expected one from \"00:00\" to \"24:00\"",
              STR_ARG(text));
}

/* A name of one's own that looks like a misspelt one of Nudge's. */
static void event_type_check(struct reader *r, struct node at, struct str name)
{
    struct str types[EVENT_TYPE_COUNT];
    size_t n = 0;
    for (int t = 1; t < EVENT_TYPE_COUNT; t++) types[n++] = event_type_name((enum event_type)t);
    struct str near = event_type_of(name) ? STR_NONE : str_nearest(name, types, n);
    if (near.p)
        node_warn(
            at, r->errors,
            "\"%.*s\" is none of the known event types; if it is not one of your own, did you mean \"%.*s\"?",
            STR_ARG(name), STR_ARG(near));
}

void event_type_read(struct reader *r, struct node at, struct str *into)
{
    text_read(r, at, into);
    if (!into->p) return;
    if (into->n == 0 || into->n > EVENT_NAME_MAX)
        node_fail(at, r->errors, "expected an event type of 1 to %d bytes, such as \"purchase\"",
                  EVENT_NAME_MAX);
    else
        event_type_check(r, at, *into);
}
