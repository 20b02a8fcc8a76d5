/* When a schedule is due, when it is quiet: times of the customer's day. */
#include "build.h"
#include "nudge/clock.h"

#define DAYS_AHEAD                                                                                           \
    8 /* a week and a day: one of them is the next, even if a day is missing where the date line moved */
#define AFTER_MAX (253402300799999) /* 9999-12-31: later ones are never */
#define DAY_MINUTES (24 * 60)

/* Some zones once skipped a whole day, whose times then are a day later, so the day before counts too; and of
 * all the least counts. */
static int64_t recurring_next(const struct schedule *s, const struct zone *zone, int64_t after)
{
    struct civil today = zone_local(zone, after);
    int64_t next = INT64_MAX;
    for (int ahead = -1; ahead <= DAYS_AHEAD; ahead++) {
        if (!(s->days >> ((today.weekday + ahead + 7) % 7) & 1)) continue;
        struct civil due = {
            .year = today.year, .month = today.month, .day = today.day + ahead, .minute = s->minute};
        int64_t at = zone_instant(zone, &due);
        if (at > after && at < next) next = at;
    }
    return next;
}

int64_t schedule_next(const struct schedule *s, const struct zone *customer, int64_t after)
{
    const struct zone *zone = s->customer_zone ? customer : s->zone;
    if (after > AFTER_MAX) return INT64_MAX;
    if (after < -AFTER_MAX) after = -AFTER_MAX;
    if (s->recurring) return recurring_next(s, zone, after);
    int64_t at = zone_instant(zone, &s->at);
    return at > after ? at : INT64_MAX;
}

bool quiet_at(const struct quiet_hours *q, const struct zone *zone, int64_t now, int64_t *until)
{
    struct civil c = zone_local(zone, now);
    int minute = c.hour * 60 + c.minute;
    bool spans_midnight = q->from > q->to, late = spans_midnight && minute >= q->from;
    if (q->from == q->to || !(spans_midnight ? late || minute < q->to : minute >= q->from && minute < q->to))
        return false;
    struct civil end = {.year = c.year, .month = c.month, .day = c.day + late, .minute = q->to};
    *until = zone_instant(zone, &end);
    /* In the second pass of autumn's doubled hour, and quiet until a time in it: the first pass's end is
     * over. */
    if (*until <= now) *until = now - (c.second * SECOND + c.ms) + (q->to - minute) * MINUTE;
    return true;
}

/* ---- reading */

/* "2026-12-24T10:00", which is some instant only in a zone. */
static bool local_parse(struct arena *a, struct str text, struct civil *out)
{
    struct str utc = arena_printf(a, text.n > 10 ? "%.*sZ" : "%.*sT00:00Z", STR_ARG(text));
    int64_t at;
    if (!time_parse(utc, NULL, &at)) return false;
    int64_t days = at / DAY - (at % DAY < 0);
    *out = (struct civil){.ms = (int)(at - days * DAY)};
    civil_from_days(days, &out->year, &out->month, &out->day);
    return true;
}

static void at_key(struct reader *r, struct node at, void *into)
{
    struct schedule *s = into;
    struct str text;
    int64_t instant;
    if (!node_text(at, &text, r->errors)) return;
    if (time_parse(text, NULL, &instant)) {
        s->zone = zones_get(r->build->settings->zones, STR("UTC"));
        if (!s->zone) s->zone = r->build->settings->zone;
        s->at = zone_local(s->zone, instant);
        s->customer_zone = false;
    } else if (!local_parse(reader_arena(r), text, &s->at)) {
        node_fail(at, r->errors,
                  "\"%.*s\" is not a date and time: expected one such as \"2026-12-24T10:00\" or "
                  "\"2026-12-24T10:00+01:00\"",
                  STR_ARG(text));
    }
}

static void every_days_key(struct reader *r, struct node at, void *into)
{
    days_read(r, at, &((struct schedule *)into)->days);
}

static void every_time_key(struct reader *r, struct node at, void *into)
{
    struct schedule *s = into;
    minute_read(r, at, &s->minute);
    if (s->minute == DAY_MINUTES)
        node_fail(at, r->errors, "24:00 is the next day's 00:00: expected a time from 00:00 to 23:59");
}

static const struct key every_keys[] = {
    {WORD("days"), every_days_key, "a list such as [\"fri\", \"sat\"], or \"all\""},
    {WORD("time"), every_time_key, "a time of day, such as \"16:00\""}};
const struct key_table every_table = KEY_TABLE("every", every_keys);

static void every_key(struct reader *r, struct node at, void *into)
{
    struct schedule *s = into;
    s->recurring = true;
    object_read(r, at, &every_table, s);
}

static void zone_word_read(struct reader *r, struct node at, const struct zone **into)
{
    struct str name;
    char why[256];
    if (!node_text(at, &name, r->errors) || (*into = zones_get(r->build->settings->zones, name))) return;
    zone_unknown(r->build->settings->zones, name, why, sizeof why);
    node_fail(at, r->errors, "%s", why);
}

static const struct key schedule_keys[] = {
    {WORD("at"), at_key, NULL}, {WORD("every"), every_key, NULL}, {WORD("zone"), NULL, NULL}};
const struct key_table schedule_table = KEY_TABLE("schedule", schedule_keys);

void schedule_read(struct reader *r, struct node at, void *into)
{
    struct trigger *t = into;
    struct schedule *s = arena_zalloc(reader_arena(r), sizeof *s);
    struct node zone = node_get(at, "zone");
    s->customer_zone = true;
    t->schedule = s;
    object_read(r, at, &schedule_table, s);
    if (!node_is_object(at, NULL)) return;
    if (!node_get(at, "at").value == !node_get(at, "every").value)
        node_fail(at, r->errors, "expected \"at\" (once) or \"every\" (again and again)%s",
                  s->recurring ? ", not both" : "");
    if (!zone.value) return;
    if (!s->customer_zone)
        node_fail_key(zone, r->errors, "the time of \"at\" has an offset, so \"zone\" must be left out");
    s->customer_zone = false;
    zone_word_read(r, zone, &s->zone);
}
