/* What the customer's history says of events of one type. What is found is whole, or some of it may be
 * missing (it left the kept history): then each measure lies in a range, and the verdict is what holds for
 * all of the range. */
#include "condition.h"

/* What is known of the events, as far as one measure asks. */
struct tally {
    uint64_t count;
    int64_t first, last; /* count > 0 */
    uint64_t numbers;    /* events that have the measure's property as a number */
    wide_t sum;
    num_t least, most; /* numbers > 0 */
    struct str currency;
    bool mixed; /* amounts of several currencies */
    bool whole;
    int64_t lost_from, lost_to; /* not whole: what is missing lies between, both included */
};

struct measure_kind {
    struct str name;
    void (*read)(struct reader *, struct node, struct measure *);
    enum verdict (*verdict)(const struct measure *, const struct tally *, int64_t at);
    bool counted; /* for ever, if it is of no property or of `amount` */
};

struct measure {
    const struct measure_kind *kind;
    struct measure *next;
    struct property property; /* sum, average, min, max */
    struct tests tests;
    int64_t within, before; /* first, last; 0: not asked */
};

/* ---- verdicts of a tally */

static enum verdict times_verdict(const struct measure *m, const struct tally *t, int64_t at)
{
    (void)at;
    wide_t n = (wide_t)t->count * NUM_ONE;
    struct range r = {n, t->whole ? n : WIDE_MAX};
    return range_verdict(&r, &m->tests, 1);
}

static enum verdict sum_verdict(const struct measure *m, const struct tally *t, int64_t at)
{
    (void)at;
    struct range r = {t->sum, t->sum};
    return t->whole && !t->mixed ? range_verdict(&r, &m->tests, 1)
                                 : VERDICT_UNKNOWN; /* amounts may be below 0 */
}

static enum verdict average_verdict(const struct measure *m, const struct tally *t, int64_t at)
{
    (void)at;
    struct range r = {t->sum, t->sum};
    return t->whole && !t->mixed && t->numbers ? range_verdict(&r, &m->tests, (wide_t)t->numbers)
                                               : VERDICT_UNKNOWN;
}

static enum verdict min_verdict(const struct measure *m, const struct tally *t, int64_t at)
{
    (void)at;
    struct range r = {t->whole ? (wide_t)t->least : -WIDE_MAX, t->least};
    return t->numbers && !t->mixed ? range_verdict(&r, &m->tests, 1) : VERDICT_UNKNOWN;
}

static enum verdict max_verdict(const struct measure *m, const struct tally *t, int64_t at)
{
    (void)at;
    struct range r = {t->most, t->whole ? (wide_t)t->most : WIDE_MAX};
    return t->numbers && !t->mixed ? range_verdict(&r, &m->tests, 1) : VERDICT_UNKNOWN;
}

/* Of a moment somewhere in [from, to]: after `edge`? */
static enum verdict after_verdict(int64_t from, int64_t to, int64_t edge)
{
    return from > edge ? VERDICT_TRUE : to <= edge ? VERDICT_FALSE : VERDICT_UNKNOWN;
}

static enum verdict moment_verdict(const struct measure *m, const struct tally *t, int64_t from, int64_t to,
                                   int64_t at)
{
    enum verdict v = VERDICT_TRUE;
    if (t->count == 0 && t->whole) return VERDICT_FALSE;
    if (t->count == 0)
        from = t->lost_from, to = t->lost_to, v = VERDICT_UNKNOWN; /* if there was one at all */
    if (m->within) v = verdict_and(v, after_verdict(from, to, at - m->within));
    if (m->before) {
        enum verdict after = after_verdict(from, to, at - m->before);
        v = verdict_and(v, after == VERDICT_TRUE    ? VERDICT_FALSE
                           : after == VERDICT_FALSE ? VERDICT_TRUE
                                                    : after);
    }
    return v;
}

static enum verdict first_verdict(const struct measure *m, const struct tally *t, int64_t at)
{
    bool earlier = !t->whole && t->lost_from < t->first;
    return moment_verdict(m, t, earlier ? t->lost_from : t->first, t->first, at);
}

static enum verdict last_verdict(const struct measure *m, const struct tally *t, int64_t at)
{
    bool later = !t->whole && t->lost_to > t->last;
    return moment_verdict(m, t, t->last, later ? t->lost_to : t->last, at);
}

static enum verdict at_least_once(const struct tally *t)
{
    return t->count ? VERDICT_TRUE : t->whole ? VERDICT_FALSE : VERDICT_UNKNOWN;
}

/* ---- tallies */

static void tally_currency(struct tally *t, const struct subject *s, const struct past *p)
{
    struct value v;
    bool told = past_value(s->customer, p, STR("currency"), &v) && v.kind == VALUE_TEXT && v.text.n;
    struct str currency = told ? v.text : s->rules->currency;
    if (t->numbers && !str_eq(t->currency, currency)) t->mixed = true;
    t->currency = currency;
}

static void tally_number(struct tally *t, const struct measure *m, const struct subject *s,
                         const struct past *p)
{
    struct value v;
    num_t n;
    if (!past_value(s->customer, p, m->property.name, &v) || !value_number(&v, &n)) return;
    if (m->property.field == FIELD_AMOUNT) tally_currency(t, s, p);
    if (!t->numbers || n < t->least) t->least = n;
    if (!t->numbers || n > t->most) t->most = n;
    t->numbers++, t->sum += n;
}

/* Events kept of (from, to]. */
static void tally_history(struct tally *t, const struct performed *p, const struct measure *m,
                          const struct subject *s, int64_t from, int64_t to)
{
    const struct customer *c = s->customer;
    const struct type_stats *stats = customer_stats(c, p->type);
    if (!stats) return;
    size_t type = (size_t)(stats - c->stats);
    for (size_t i = customer_history_after(c, from); i < c->n_history && c->history[i].ts <= to; i++) {
        const struct past *e = &c->history[i];
        if (e->stats != type || (p->where && !where_holds(p->where, c, e, s->rules->zone))) continue;
        if (t->count++ == 0) t->first = e->ts;
        t->last = e->ts;
        if (m && m->property.name.n) tally_number(t, m, s, e);
    }
}

static struct tally tally_window(const struct performed *p, const struct measure *m, const struct subject *s)
{
    int64_t from = p->within ? s->at - p->within : INT64_MIN, trimmed = s->customer->trimmed_to;
    struct tally t = {.whole = trimmed == 0 || trimmed <= from};
    if (!t.whole)
        t.lost_from = p->within ? from + 1 : INT64_MIN, t.lost_to = trimmed < s->at ? trimmed : s->at;
    tally_history(&t, p, m, s, from, s->at);
    return t;
}

/* From the counters, less what came later than the moment asked about. False: they can't tell. */
static bool tally_counters(const struct performed *p, const struct measure *m, const struct subject *s,
                           struct tally *t)
{
    const struct type_stats *stats = customer_stats(s->customer, p->type);
    bool summed = m && m->property.name.n;
    *t = (struct tally){.whole = true};
    if (!stats) return true;
    if (summed && stats->mixed) return false;
    *t = (struct tally){.whole = true,
                        .count = stats->count,
                        .first = stats->first,
                        .last = stats->last,
                        .sum = stats->amount};
    if (stats->last <= s->at) return true;
    if (s->customer->trimmed_to > s->at) return false;
    struct tally later = {0}, kept = {0};
    tally_history(&later, p, m, s, s->at, INT64_MAX);
    tally_history(&kept, p, NULL, s, INT64_MIN, s->at);
    t->count -= later.count, t->sum -= later.sum;
    t->last = kept.last;
    return t->count == 0 || kept.count > 0; /* else the last one is not known */
}

static struct tally tally_of(const struct performed *p, const struct measure *m, const struct subject *s)
{
    struct tally t;
    bool counted = !m || (m->kind->counted && (m->property.name.n == 0 || m->property.field == FIELD_AMOUNT));
    if (p->where || p->within || !counted || !tally_counters(p, m, s, &t)) t = tally_window(p, m, s);
    return t;
}

enum verdict performed_verdict(const struct condition *c, const struct subject *s)
{
    const struct performed *p = &c->performed;
    enum verdict all = VERDICT_TRUE;
    if (!p->measures) {
        struct tally t = tally_of(p, NULL, s);
        return at_least_once(&t);
    }
    for (const struct measure *m = p->measures; m && all != VERDICT_FALSE; m = m->next) {
        struct tally t = tally_of(p, m, s);
        all = verdict_and(all, m->kind->verdict(m, &t, s->at));
    }
    return all;
}

/* ---- reading */

static void times_read(struct reader *r, struct node at, struct measure *m)
{
    comparisons_read(r, at, STR_NONE, true, &m->tests);
}

static void amounts_read(struct reader *r, struct node at, struct measure *m)
{
    if (!node_is_object(at, r->errors)) return;
    struct node property = node_get(at, "property");
    if (property.value)
        property_read(r, property, &m->property);
    else
        node_fail(at, r->errors,
                  "\"property\" is missing: expected the name of what is measured, such as \"amount\"");
    comparisons_read(r, at, STR("property"), false, &m->tests);
}

static void within_key(struct reader *r, struct node at, void *into)
{
    node_duration(at, &((struct measure *)into)->within, r->errors);
}

static void before_key(struct reader *r, struct node at, void *into)
{
    node_duration(at, &((struct measure *)into)->before, r->errors);
}

static const struct key moment_keys[] = {{WORD("within"), within_key, NULL},
                                         {WORD("before"), before_key, NULL}};
const struct key_table moment_table = KEY_TABLE("first", moment_keys);

static void moment_read(struct reader *r, struct node at, struct measure *m)
{
    object_read(r, at, &moment_table, m);
    if (node_is_object(at, NULL) && node_size(at) == 0)
        node_fail(at, r->errors, "nothing is asked: expected \"within\" or \"before\"");
}

#define MEASURES(X)                                                                                          \
    X(times, times_read, true)                                                                               \
    X(sum, amounts_read, true) X(average, amounts_read, false) X(min, amounts_read, false)                   \
        X(max, amounts_read, false) X(first, moment_read, true) X(last, moment_read, true)

#define X(word, read, counted) {WORD(#word), read, word##_verdict, counted},
static const struct measure_kind measure_kinds[] = {MEASURES(X)};
#undef X

static void where_key(struct reader *r, struct node at, void *into)
{
    struct where *w = arena_zalloc(reader_arena(r), sizeof *w);
    where_read(r, at, w);
    ((struct performed *)into)->where = w->n ? w : NULL;
}

static void window_key(struct reader *r, struct node at, void *into)
{
    node_duration(at, &((struct performed *)into)->within, r->errors);
}

static void type_key(struct reader *r, struct node at, void *into)
{
    event_type_read(r, at, &((struct performed *)into)->type);
}

#define X(word, read, counted) {WORD(#word), NULL, NULL},
static const struct key performed_keys[] = {{WORD("performed"), type_key, NULL},
                                            {WORD("where"), where_key, NULL},
                                            {WORD("within"), window_key, NULL},
                                            MEASURES(X)};
#undef X
const struct key_table performed_table = KEY_TABLE("performed", performed_keys);

void performed_read(struct reader *r, struct node object, struct node value, struct condition *c)
{
    (void)value;
    object_read(r, object, &performed_table, &c->performed);
    for (size_t i = sizeof measure_kinds / sizeof *measure_kinds; i-- > 0;) {
        struct node at = node_get(object, measure_kinds[i].name.p);
        if (!at.value) continue;
        struct measure *m = arena_zalloc(reader_arena(r), sizeof *m);
        m->kind = &measure_kinds[i];
        m->next = c->performed.measures, c->performed.measures = m;
        m->kind->read(r, at, m);
    }
}
