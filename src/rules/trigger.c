#include "build.h"
#include "condition.h"
#include "nudge/clock.h"

#define COOLDOWN_DEFAULT (15 * MINUTE)

enum verdict trigger_verdict(const struct trigger *t, const struct subject *s)
{
    return condition_verdict(t->where, s);
}

/* ---- reading */

static void event_key(struct reader *r, struct node at, void *into)
{
    event_type_read(r, at, &((struct trigger *)into)->event);
}

static void where_key(struct reader *r, struct node at, void *into)
{
    ((struct trigger *)into)->where = condition_of_where(r, at);
}

static void places_key(struct reader *r, struct node at, void *into)
{
    ((struct trigger *)into)->fences = places_read(r, at);
}

static void cooldown_key(struct reader *r, struct node at, void *into)
{
    struct trigger *t = into;
    struct str text;
    if (node_text(at, &text, NULL) && str_eq(text, STR("none")))
        t->cooldown = 0;
    else
        node_duration(at, &t->cooldown, r->errors);
}

static void for_key(struct reader *r, struct node at, void *into)
{
    node_duration(at, &((struct trigger *)into)->dwell, r->errors);
}

static const struct key event_keys[] = {{WORD("event"), event_key, NULL}, {WORD("where"), where_key, NULL}};
static const struct key enter_keys[] = {{WORD("enter"), places_key, NULL},
                                        {WORD("cooldown"), cooldown_key, NULL}};
static const struct key exit_keys[] = {{WORD("exit"), places_key, NULL}};
static const struct key dwell_keys[] = {
    {WORD("dwell"), places_key, NULL},
    {WORD("for"), for_key, "how long the customer stays, such as \"10m\""},
    {WORD("cooldown"), cooldown_key, NULL}};
static const struct key on_schedule_keys[] = {{WORD("schedule"), schedule_read, NULL}};

static const struct {
    enum trigger_kind kind;
    struct str name;
    struct key_table keys;
} kinds[] = {
    {TRIGGER_EVENT, WORD("event"), KEY_TABLE("trigger event", event_keys)},
    {TRIGGER_ENTER, WORD("enter"), KEY_TABLE("trigger enter", enter_keys)},
    {TRIGGER_EXIT, WORD("exit"), KEY_TABLE("trigger exit", exit_keys)},
    {TRIGGER_DWELL, WORD("dwell"), KEY_TABLE("trigger dwell", dwell_keys)},
    {TRIGGER_SCHEDULE, WORD("schedule"), KEY_TABLE("trigger schedule", on_schedule_keys)},
};
#define KINDS (sizeof kinds / sizeof *kinds)

const struct key_table *trigger_table(size_t i)
{
    return i < KINDS ? &kinds[i].keys : NULL;
}

static void kind_missing(struct reader *r, struct node at)
{
    struct str words[KINDS], key;
    struct node value;
    for (size_t i = 0; i < KINDS; i++) words[i] = kinds[i].name;
    struct str near = node_member(at, 0, &key, &value) ? str_nearest(key, words, KINDS) : STR_NONE;
    if (near.p)
        node_fail_key(value, r->errors,
                      "\"%.*s\" is no trigger; did you mean \"%.*s\"? expected one of event, enter, exit, "
                      "dwell, schedule",
                      STR_ARG(key), STR_ARG(near));
    else
        node_fail(at, r->errors, "this says no trigger: expected one of event, enter, exit, dwell, schedule");
}

void trigger_read(struct reader *r, struct node at, void *into)
{
    struct trigger *t = into;
    if (!node_is_object(at, r->errors)) return;
    for (size_t i = 0; i < KINDS; i++) {
        if (!node_get(at, kinds[i].name.p).value) continue;
        t->kind = kinds[i].kind;
        t->cooldown = t->kind == TRIGGER_ENTER || t->kind == TRIGGER_DWELL ? COOLDOWN_DEFAULT : 0;
        object_read(r, at, &kinds[i].keys, t);
        return;
    }
    kind_missing(r, at);
}
