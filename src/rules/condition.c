#include "condition.h"
#include "nudge/clock.h"

#define FRESH_DEFAULT HOUR

/* ---- properties */

void property_read(struct reader *r, struct node at, struct property *into)
{
    text_read(r, at, &into->name);
    into->field = field_of(into->name);
    if (into->name.n == 0 && json_is_string(at.value))
        node_fail(at, r->errors, "the name is empty: expected a property's");
}

void where_read(struct reader *r, struct node at, struct where *into)
{
    struct str name;
    struct node value;
    if (!node_is_object(at, r->errors)) return;
    struct property_test *list = arena_zalloc(reader_arena(r), (node_size(at) + 1) * sizeof *list);
    into->list = list, into->n = 0;
    for (size_t i = 0; node_member(at, i, &name, &value); i++) {
        struct property_test *t = &list[into->n++];
        t->property = (struct property){arena_str(reader_arena(r), name), field_of(name)};
        tests_read_short(r, value, &t->tests);
    }
}

/* ---- one reader per kind */

static void list_read(struct reader *r, struct node object, struct node value, struct condition *c)
{
    (void)object;
    if (!node_is_array(value, r->errors)) return;
    if (node_size(value) == 0)
        node_fail(value, r->errors, "the list is empty: expected at least one condition");
    c->list.items = arena_zalloc(reader_arena(r), (node_size(value) + 1) * sizeof *c->list.items);
    struct node item;
    for (size_t i = 0; node_each(value, i, &item); i++) c->list.items[c->list.n++] = condition_read(r, item);
}

static void not_read(struct reader *r, struct node object, struct node value, struct condition *c)
{
    (void)object;
    c->inner = condition_read(r, value);
}

static void attribute_unknown(struct reader *r, struct node at, struct str name)
{
    const struct ruleset *rules = r->build->rules;
    struct str *names = arena_alloc(reader_arena(r), (rules->n_attributes + 1) * sizeof *names);
    for (size_t i = 0; i < rules->n_attributes; i++) names[i] = rules->attributes[i].name;
    unknown_fail(r, at, "attribute", name, names, rules->n_attributes,
                 "one declared in nudged.json, or timezone, language, first_name");
}

static void attribute_read(struct reader *r, struct node object, struct node value, struct condition *c)
{
    struct str name = STR_NONE;
    text_read(r, value, &name);
    c->value.property.name = name;
    tests_read(r, object, STR("attribute"), &c->value.tests);
    if (!name.p) return;
    const struct attribute_rule *rule = ruleset_attribute(r->build->rules, name);
    if (!rule) attribute_unknown(r, value, name);
    const char *unfit = rule && rule->type == ATTRIBUTE_SET ? tests_unfit_for_set(&c->value.tests) : NULL;
    if (unfit)
        node_warn(value, r->errors, "%s is a set, of which \"%s\" is never known: use \"contains\" or \"in\"",
                  rule->name.p, unfit);
}

static void property_test_read(struct reader *r, struct node object, struct node value, struct condition *c)
{
    property_read(r, value, &c->value.property);
    tests_read(r, object, STR("property"), &c->value.tests);
}

static void days_key(struct reader *r, struct node at, void *into)
{
    days_read(r, at, &((struct week_time *)into)->days);
}

static void from_key(struct reader *r, struct node at, void *into)
{
    minute_read(r, at, &((struct week_time *)into)->from);
}

static void to_key(struct reader *r, struct node at, void *into)
{
    minute_read(r, at, &((struct week_time *)into)->to);
}

static const struct key week_keys[] = {
    {WORD("days"), days_key, NULL}, {WORD("from"), from_key, NULL}, {WORD("to"), to_key, NULL}};
const struct key_table local_time_table = KEY_TABLE("local_time", week_keys);

static void local_time_read(struct reader *r, struct node object, struct node value, struct condition *c)
{
    (void)object;
    struct week_time *t = &c->local_time;
    *t = (struct week_time){.days = 0x7f, .from = 0, .to = 24 * 60};
    object_read(r, value, &local_time_table, t);
    if (t->from == t->to)
        node_fail(value, r->errors, "\"from\" and \"to\" are the same: leave both out for the whole day");
    if (t->from == 24 * 60)
        node_fail(node_get(value, "from"), r->errors,
                  "nothing of the day is left: expected \"from\" before 24:00");
}

static void fresh_key(struct reader *r, struct node at, void *into)
{
    node_duration(at, &((struct condition *)into)->near.fresh, r->errors);
}

static const struct key near_keys[] = {{WORD("near"), NULL, NULL}, {WORD("fresh"), fresh_key, NULL}};
static const struct key_table near_table = KEY_TABLE("near", near_keys);

static void near_read(struct reader *r, struct node object, struct node value, struct condition *c)
{
    c->near.fresh = FRESH_DEFAULT;
    object_read(r, object, &near_table, c);
    c->near.places = places_read(r, value);
}

static void segment_read(struct reader *r, struct node object, struct node value, struct condition *c)
{
    (void)object;
    struct str name;
    if (!node_text(value, &name, r->errors)) return;
    struct segment *s = map_get(&r->build->rules->names->segments, name);
    c->segment = s;
    if (!s) {
        unknown_fail_map(r, value, "segment", name, &r->build->rules->names->segments,
                         "the name of a file in segments/");
    } else if (r->segment) {
        struct segment_use *use = arena_alloc(reader_arena(r), sizeof *use);
        *use = (struct segment_use){s, value, r->segment->uses};
        r->segment->uses = use;
    } else if (s->failed) {
        node_fail(value, r->errors, "segment \"%.*s\" has errors itself (%s)", STR_ARG(s->name), s->file);
    } else {
        r->size += s->size;
        if (r->depth + s->depth > CONDITION_DEPTH_MAX)
            node_fail(value, r->errors, "the condition is nested too deeply: expected at most %d levels",
                      CONDITION_DEPTH_MAX);
    }
}

/* ---- the kinds */

static const struct key inner_table_keys[] = {{WORD(""), NULL, NULL}};
static const struct key_table alone = {"", inner_table_keys, 0};

static const struct condition_kind kinds[] = {
    {WORD("all"), list_read, all_verdict, &alone},
    {WORD("any"), list_read, any_verdict, &alone},
    {WORD("not"), not_read, not_verdict, &alone},
    {WORD("attribute"), attribute_read, attribute_verdict, NULL},
    {WORD("property"), property_test_read, property_verdict, NULL},
    {WORD("performed"), performed_read, performed_verdict, &performed_table},
    {WORD("local_time"), local_time_read, local_time_verdict, &alone},
    {WORD("near"), near_read, near_verdict, &near_table},
    {WORD("visits"), visits_read, visits_verdict, &visits_table},
    {WORD("segment"), segment_read, segment_verdict, &alone},
};
#define KINDS (sizeof kinds / sizeof *kinds)

static const struct condition_kind where_kind = {WORD("where"), NULL, event_where_verdict, NULL};

const struct condition_kind *condition_kind_row(size_t i)
{
    return i < KINDS ? &kinds[i] : NULL;
}

/* The first kind that the object has a key of. */
static const struct condition_kind *kind_find(struct node object)
{
    for (size_t i = 0; i < KINDS; i++)
        if (node_get(object, kinds[i].name.p).value) return &kinds[i];
    return NULL;
}

static void kind_missing(struct reader *r, struct node object)
{
    struct str words[KINDS], key;
    struct node value;
    for (size_t i = 0; i < KINDS; i++) words[i] = kinds[i].name;
    bool named = node_member(object, 0, &key, &value);
    struct str near = named ? str_nearest(key, words, KINDS) : STR_NONE;
    const char *expected =
        "expected one of all, any, not, attribute, property, performed, local_time, near, visits, segment";
    if (near.p)
        node_fail_key(value, r->errors, "\"%.*s\" is no condition; did you mean \"%.*s\"? %s", STR_ARG(key),
                      STR_ARG(near), expected);
    else
        node_fail(object, r->errors, "this says no condition: %s", expected);
}

const struct condition *condition_read(struct reader *r, struct node object)
{
    struct condition *c = arena_zalloc(reader_arena(r), sizeof *c);
    if (!node_is_object(object, r->errors)) return c;
    if (++r->depth > CONDITION_DEPTH_MAX) {
        node_fail(object, r->errors, "the condition is nested too deeply: expected at most %d levels",
                  CONDITION_DEPTH_MAX);
    } else if (!(c->kind = kind_find(object))) {
        kind_missing(r, object);
    } else {
        if (c->kind->keys == &alone) node_known_keys(object, &c->kind->name, 1, r->errors);
        c->kind->read(r, object, node_get(object, c->kind->name.p), c);
    }
    if (r->segment && r->segment->depth < r->depth) r->segment->depth = r->depth;
    if (++r->size == CONDITION_SIZE_MAX)
        node_fail(object, r->errors, "too many conditions: expected under %d, those of segments included",
                  CONDITION_SIZE_MAX);
    r->depth--;
    return c;
}

const struct condition *condition_of_where(struct reader *r, struct node at)
{
    struct condition *c = arena_zalloc(reader_arena(r), sizeof *c);
    c->kind = &where_kind;
    where_read(r, at, &c->where);
    return c->where.n ? c : NULL;
}

bool condition_is_all(const struct condition *c)
{
    return c->kind->read == list_read && c->kind->verdict == all_verdict;
}

const struct near *condition_near(const struct condition *c)
{
    return c->kind->read == near_read ? &c->near : NULL;
}

const struct where *condition_where(const struct condition *c)
{
    return c->kind == &where_kind ? &c->where : NULL;
}
