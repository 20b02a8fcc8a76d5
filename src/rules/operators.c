#include "condition.h"

struct operator
{
    struct str name;
    unsigned accepts; /* of LESS, EQUAL, GREATER; 0: no comparison */
    void (*read)(struct reader *, struct node, struct test *);
    enum verdict (*holds)(const struct test *, const struct value *, const struct zone *);
};

static enum verdict verdict_of(bool yes)
{
    return yes ? VERDICT_TRUE : VERDICT_FALSE;
}

static unsigned sign_of(int64_t a, int64_t b)
{
    return a < b ? LESS : a > b ? GREATER : EQUAL;
}

/* The bytes of a value that is no list. */
static struct str scalar_text(const struct value *v, char room[NUM_TEXT])
{
    if (v->kind == VALUE_BOOLEAN) return v->boolean ? STR("true") : STR("false");
    if (v->kind == VALUE_NUMBER) return (struct str){room, (size_t)num_format(v->number, v->scale, room)};
    return v->text;
}

/* ---- reading operands */

static void scalar_read(struct reader *r, struct node at, struct test *t)
{
    if (json_is_boolean(at.value)) {
        t->operand = (struct value){.kind = VALUE_BOOLEAN, .boolean = json_is_true(at.value)};
    } else if (json_is_number(at.value)) {
        t->operand.kind = VALUE_NUMBER;
        node_number(at, &t->number, r->errors);
        t->operand.number = t->number;
    } else if (json_is_string(at.value)) {
        t->operand.kind = VALUE_TEXT;
        text_read(r, at, &t->operand.text);
    } else {
        node_fail(at, r->errors, "expected a text, a number, true or false, found %s%s",
                  json_type_name(at.value),
                  json_is_array(at.value) ? "; for one of several write { \"in\": [ … ] }" : "");
    }
}

static void order_read(struct reader *r, struct node at, struct test *t)
{
    if (!json_is_number(at.value) && !json_is_string(at.value)) {
        node_fail(at, r->errors, "expected a number or a date, found %s", json_type_name(at.value));
        return;
    }
    scalar_read(r, at, t);
    num_t number;
    if (t->operand.kind != VALUE_TEXT || time_parse(t->operand.text, r->build->settings->zone, &t->at))
        return;
    node_fail(at, r->errors,
              "\"%.*s\" is not a date or time: expected one such as \"2026-12-24\" or \"2026-12-24T16:00\"%s",
              STR_ARG(t->operand.text),
              num_parse(t->operand.text, &number, NULL) ? ", or the number without quotes" : "");
}

static void list_read(struct reader *r, struct node at, struct test *t)
{
    if (!node_is_array(at, r->errors)) return;
    if (node_size(at) == 0)
        node_fail(at, r->errors, "the list is empty, so nothing is in it: expected at least one value");
    struct test *list = arena_zalloc(reader_arena(r), (node_size(at) + 1) * sizeof *list);
    t->list = list;
    struct node item;
    for (size_t i = 0; node_each(at, i, &item); i++) scalar_read(r, item, &list[t->n_list++]);
}

static void part_read(struct reader *r, struct node at, struct test *t)
{
    char room[NUM_TEXT];
    scalar_read(r, at, t);
    if (t->operand.kind == VALUE_NUMBER || t->operand.kind == VALUE_BOOLEAN)
        t->operand = VALUE_TEXT_OF(arena_str(reader_arena(r), scalar_text(&t->operand, room)));
}

static void presence_read(struct reader *r, struct node at, struct test *t)
{
    t->operand.kind = VALUE_BOOLEAN;
    node_boolean(at, &t->operand.boolean, r->errors);
}

/* ---- asking: the value is there */

static bool scalar_equal(const struct test *t, const struct value *v)
{
    char room[NUM_TEXT];
    num_t n;
    if (t->operand.kind == VALUE_TEXT) return str_eq(scalar_text(v, room), t->operand.text);
    if (t->operand.kind == VALUE_NUMBER) return value_number(v, &n) && n == t->number;
    if (v->kind == VALUE_BOOLEAN) return v->boolean == t->operand.boolean;
    return v->kind == VALUE_TEXT && str_eq(v->text, scalar_text(&t->operand, room));
}

static enum verdict equal_holds(const struct test *t, const struct value *v, const struct zone *zone)
{
    (void)zone;
    if (v->kind == VALUE_LIST) return VERDICT_UNKNOWN;
    return verdict_of(scalar_equal(t, v) == (t->op->accepts == EQUAL));
}

static enum verdict order_holds(const struct test *t, const struct value *v, const struct zone *zone)
{
    int64_t n;
    if (v->kind == VALUE_LIST) return VERDICT_UNKNOWN;
    if (t->operand.kind == VALUE_NUMBER)
        return value_number(v, &n) ? verdict_of(t->op->accepts & sign_of(n, t->number)) : VERDICT_UNKNOWN;
    bool dated = v->kind == VALUE_TEXT && time_parse(v->text, zone, &n);
    return dated ? verdict_of(t->op->accepts & sign_of(n, t->at)) : VERDICT_UNKNOWN;
}

static bool among(const struct test *t, const struct value *v)
{
    for (size_t i = 0; i < t->n_list; i++)
        if (scalar_equal(&t->list[i], v)) return true;
    return false;
}

static enum verdict in_holds(const struct test *t, const struct value *v, const struct zone *zone)
{
    (void)zone;
    if (v->kind != VALUE_LIST) return verdict_of(among(t, v));
    struct str rest = v->text, item;
    while (list_next(&rest, &item))
        if (among(t, &VALUE_TEXT_OF(item))) return VERDICT_TRUE;
    return VERDICT_FALSE;
}

static enum verdict contains_holds(const struct test *t, const struct value *v, const struct zone *zone)
{
    (void)zone;
    char room[NUM_TEXT];
    if (v->kind != VALUE_LIST) return verdict_of(str_find(scalar_text(v, room), t->operand.text) >= 0);
    struct str rest = v->text, item;
    while (list_next(&rest, &item))
        if (str_eq(item, t->operand.text)) return VERDICT_TRUE;
    return VERDICT_FALSE;
}

static enum verdict starts_holds(const struct test *t, const struct value *v, const struct zone *zone)
{
    (void)zone;
    char room[NUM_TEXT];
    if (v->kind == VALUE_LIST) return VERDICT_UNKNOWN;
    return verdict_of(str_starts(scalar_text(v, room), t->operand.text));
}

static enum verdict exists_holds(const struct test *t, const struct value *v, const struct zone *zone)
{
    (void)zone;
    return verdict_of((v != NULL) == t->operand.boolean);
}

static const struct operator operators[] = {
    {WORD("eq"), EQUAL, scalar_read, equal_holds},
    {WORD("ne"), LESS | GREATER, scalar_read, equal_holds},
    {WORD("gt"), GREATER, order_read, order_holds},
    {WORD("gte"), GREATER | EQUAL, order_read, order_holds},
    {WORD("lt"), LESS, order_read, order_holds},
    {WORD("lte"), LESS | EQUAL, order_read, order_holds},
    {WORD("in"), 0, list_read, in_holds},
    {WORD("contains"), 0, part_read, contains_holds},
    {WORD("starts_with"), 0, part_read, starts_holds},
    {WORD("exists"), 0, presence_read, exists_holds},
};
#define OPERATORS (sizeof operators / sizeof *operators)

enum verdict tests_verdict(const struct tests *tests, const struct value *v, const struct zone *zone)
{
    enum verdict all = VERDICT_TRUE;
    if (v && v->kind == VALUE_NONE) v = NULL;
    for (size_t i = 0; i < tests->n && all != VERDICT_FALSE; i++) {
        const struct test *t = &tests->list[i];
        bool askable = v || t->op->holds == exists_holds;
        all = verdict_and(all, askable ? t->op->holds(t, v, zone) : VERDICT_UNKNOWN);
    }
    return all;
}

enum verdict range_verdict(const struct range *r, const struct tests *tests, wide_t scale)
{
    enum verdict all = VERDICT_TRUE;
    for (size_t i = 0; i < tests->n; i++) {
        wide_t k = tests->list[i].number * scale;
        unsigned possible = (r->least < k ? LESS : 0u) | (r->most > k ? GREATER : 0u) |
                            (r->least <= k && k <= r->most ? EQUAL : 0u);
        unsigned accepted = possible & tests->list[i].op->accepts;
        all = verdict_and(all, accepted == possible ? VERDICT_TRUE
                               : accepted           ? VERDICT_UNKNOWN
                                                    : VERDICT_FALSE);
    }
    return all;
}

const char *tests_unfit_for_set(const struct tests *tests)
{
    for (size_t i = 0; i < tests->n; i++) {
        const struct operator* op = tests->list[i].op;
        if (op->accepts || op->holds == starts_holds) return op->name.p;
    }
    return NULL;
}

bool test_text(const struct test *t, size_t i, struct str *text)
{
    const struct test *one = t;
    if (t->op->holds == in_holds) {
        for (size_t k = 0; i == 0 && k < t->n_list; k++)
            if (t->list[k].operand.kind != VALUE_TEXT) return false;
        if (i >= t->n_list) return false;
        one = &t->list[i];
    } else if (t->op->holds != equal_holds || t->op->accepts != EQUAL || i > 0) {
        return false;
    }
    *text = one->operand.text;
    return one->operand.kind == VALUE_TEXT;
}

/* ---- reading an object of operators */

struct str operator_word(size_t i, bool comparison)
{
    for (size_t k = 0; k < OPERATORS; k++)
        if ((!comparison || operators[k].accepts) && i-- == 0) return operators[k].name;
    return STR_NONE;
}

static const struct operator* operator_find(struct str name, bool comparison)
{
    for (size_t i = 0; i < OPERATORS; i++)
        if (str_eq(operators[i].name, name))
            return comparison && !operators[i].accepts ? NULL : &operators[i];
    return NULL;
}

static void count_read(struct reader *r, struct node at, struct test *t)
{
    int64_t n;
    t->operand.kind = VALUE_NUMBER;
    if (node_integer(at, 0, 1000000000, &n, r->errors)) t->number = n * NUM_ONE;
}

static void amount_read(struct reader *r, struct node at, struct test *t)
{
    t->operand.kind = VALUE_NUMBER;
    if (json_is_number(at.value))
        node_number(at, &t->number, r->errors);
    else
        node_fail(at, r->errors, "expected a number, found %s", json_type_name(at.value));
}

typedef void test_reader(struct reader *, struct node, struct test *);

/* read NULL: each operator's own. */
static void object_tests_read(struct reader *r, struct node object, struct str beside, test_reader *read,
                              struct tests *out)
{
    struct str words[OPERATORS + 1], name;
    struct node value;
    size_t n = 0;
    if (!node_is_object(object, r->errors)) return;
    if (beside.n) words[n++] = beside;
    for (size_t i = 0; i < OPERATORS; i++)
        if (!read || operators[i].accepts) words[n++] = operators[i].name;
    bool known = node_known_keys(object, words, n, r->errors);
    struct test *list = arena_zalloc(reader_arena(r), (node_size(object) + 1) * sizeof *list);
    out->list = list, out->n = 0;
    for (size_t i = 0; node_member(object, i, &name, &value); i++) {
        const struct operator* op = operator_find(name, read != NULL);
        if (!op || str_eq(name, beside)) continue;
        struct test *t = &list[out->n++];
        t->op = op;
        (read ? read : op->read)(r, value, t);
    }
    if (out->n == 0 && known)
        node_fail(object, r->errors, "nothing is asked: expected an operator, such as \"gte\": 1");
}

static void single_test_read(struct reader *r, struct node at, test_reader *read, struct tests *out)
{
    struct test *t = arena_zalloc(reader_arena(r), sizeof *t);
    t->op = &operators[0];
    out->list = t, out->n = 1;
    read(r, at, t);
}

void tests_read(struct reader *r, struct node object, struct str beside, struct tests *out)
{
    object_tests_read(r, object, beside, NULL, out);
}

void tests_read_short(struct reader *r, struct node at, struct tests *out)
{
    if (json_is_object(at.value))
        tests_read(r, at, STR_NONE, out);
    else
        single_test_read(r, at, scalar_read, out);
}

void comparisons_read(struct reader *r, struct node at, struct str beside, bool whole, struct tests *out)
{
    if (whole && !json_is_object(at.value))
        single_test_read(r, at, count_read, out);
    else
        object_tests_read(r, at, beside, whole ? count_read : amount_read, out);
}

struct tests tests_at_least(struct arena *a, int64_t count)
{
    struct test *t = arena_zalloc(a, sizeof *t);
    *t = (struct test){
        .op = operator_find(STR("gte"), true), .operand.kind = VALUE_NUMBER, .number = count * NUM_ONE};
    return (struct tests){t, 1};
}
