/* The compiled form of a condition. Everything that a file names has been found when the file was read:
 * operators, stores, segments, well-known fields. Immutable. Private to src/rules. */
#ifndef RULES_CONDITION_H
#define RULES_CONDITION_H

#include "build.h"

/* ---- operators on a value: operators.c */

/* How a value may stand to an operand. */
enum { LESS = 1, EQUAL = 2, GREATER = 4 };

struct test {
    const struct operator* op;
    struct value operand;    /* `in`: unused */
    num_t number;            /* VALUE_NUMBER */
    int64_t at;              /* of an ordering with a text: the time it says */
    const struct test *list; /* `in`: one per item */
    size_t n_list;
};
struct tests { /* all must hold */
    const struct test *list;
    size_t n;
};

/* The operators of an object; the key `beside` (may be empty) stands there too. numbers: comparisons with
 * numbers only. At least one is expected unless `beside` is empty. */
void tests_read(struct reader *, struct node object, struct str beside, struct tests *);
/* A plain value means eq. */
void tests_read_short(struct reader *, struct node, struct tests *);
/* `times`, `sum` …: comparisons with numbers. whole: with whole numbers, and a plain number means eq. */
void comparisons_read(struct reader *, struct node, struct str beside, bool whole, struct tests *);
struct tests tests_at_least(struct arena *, int64_t count);
/* NULL = absent. zone: of dates without an offset. */
enum verdict tests_verdict(const struct tests *, const struct value *, const struct zone *);
/* A test of a set-valued attribute that can only be unknown: the operator's name, or NULL. */
const char *tests_unfit_for_set(const struct tests *);
/* The i-th text that a value must be for the test to be true; false: no more, or other values pass too. */
bool test_text(const struct test *, size_t i, struct str *text);
struct str operator_word(size_t i, bool comparison); /* the i-th operator's name, or STR_NONE */

__extension__ typedef __int128 wide_t; /* sums of num_t, and products of those with counts */
#define WIDE_MAX ((wide_t)INT64_MAX * INT64_MAX)

/* Where something not quite known lies: in [least, most]. An average is asked without dividing: the sum
 * against scale × operand. */
struct range {
    wide_t least, most;
};
enum verdict range_verdict(const struct range *, const struct tests *, wide_t scale);

static inline enum verdict verdict_and(enum verdict a, enum verdict b)
{
    if (a == VERDICT_FALSE || b == VERDICT_FALSE) return VERDICT_FALSE;
    return a == VERDICT_UNKNOWN ? a : b;
}

/* ---- properties of events */

struct property {
    struct str name;
    enum field field; /* found by number, if it has one */
};
struct property_test {
    struct property property;
    struct tests tests;
};
struct where { /* all must hold */
    const struct property_test *list;
    size_t n;
};

void property_read(struct reader *, struct node, struct property *);
void where_read(struct reader *, struct node, struct where *);
bool property_value(const struct property *, const struct event *, struct value *);
enum verdict where_verdict(const struct where *, const struct event *, const struct zone *);
/* For events of the history, where unknown does not count. */
bool where_holds(const struct where *, const struct customer *, const struct past *, const struct zone *);

/* ---- conditions */

struct condition_kind;

struct week_time {
    unsigned days; /* bit 0 = Monday */
    int from, to;  /* minutes of the day; from > to spans midnight */
};
struct near {
    const struct fence_set *places;
    int64_t fresh;
};
struct visits {
    const struct fence_set *places;
    int64_t within; /* 0: all */
    struct tests times;
};
struct performed {
    struct str type;
    const struct where *where; /* NULL: any */
    int64_t within;            /* 0: for ever */
    struct measure *measures;  /* NULL: at least once */
};

struct condition {
    const struct condition_kind *kind;
    union {
        struct {
            const struct condition **items;
            size_t n;
        } list;                        /* all, any */
        const struct condition *inner; /* not */
        struct property_test value;    /* attribute, property */
        struct where where;            /* a trigger's */
        struct performed performed;
        struct week_time local_time;
        struct near near;
        struct visits visits;
        const struct segment *segment;
    };
};

/* One row per kind of condition: condition.c. */
struct condition_kind {
    struct str name;
    void (*read)(struct reader *, struct node object, struct node value, struct condition *);
    enum verdict (*verdict)(const struct condition *, const struct subject *);
    const struct key_table *keys; /* that may stand beside `name`; NULL: none, or operators */
};

const struct condition *condition_read(struct reader *, struct node);
const struct condition *condition_of_where(struct reader *, struct node); /* a trigger's `where` */
bool condition_is_all(const struct condition *);
const struct near *condition_near(const struct condition *); /* NULL: another kind */
const struct where *condition_where(const struct condition *);
const struct condition_kind *condition_kind_row(size_t i); /* NULL at the end */

/* eval.c */
enum verdict all_verdict(const struct condition *, const struct subject *);
enum verdict any_verdict(const struct condition *, const struct subject *);
enum verdict not_verdict(const struct condition *, const struct subject *);
enum verdict attribute_verdict(const struct condition *, const struct subject *);
enum verdict property_verdict(const struct condition *, const struct subject *);
enum verdict local_time_verdict(const struct condition *, const struct subject *);
enum verdict near_verdict(const struct condition *, const struct subject *);
enum verdict segment_verdict(const struct condition *, const struct subject *);
enum verdict event_where_verdict(const struct condition *, const struct subject *);

/* performed.c, visits.c */
void performed_read(struct reader *, struct node object, struct node value, struct condition *);
enum verdict performed_verdict(const struct condition *, const struct subject *);
void visits_read(struct reader *, struct node object, struct node value, struct condition *);
enum verdict visits_verdict(const struct condition *, const struct subject *);
extern const struct key_table performed_table, moment_table, visits_table, local_time_table;

/* ---- where the customer is: subject.c */

struct fix {
    struct point point;
    double accuracy; /* metres; 0 = not told */
    int64_t at;
};
/* The newest position that was known at the moment asked about; false: none. */
bool subject_fix(const struct subject *, struct fix *);

/* ---- places: places.c */

/* { "stores": …, "within": … } or { "areas": … }; NULL after errors. */
const struct fence_set *places_read(struct reader *, struct node);
extern const struct key_table places_table;

#endif
