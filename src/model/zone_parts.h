/* What the files behind zone.h share. A zone is a table of spans, from[i] <= t < from[i + 1], each with one
 * offset; from[0] is the beginning of time. A zone that changes its clocks for ever by a rule has the table
 * filled through 400 years of it: the calendar, weekdays included, then repeats, so a later time is looked up
 * whole cycles earlier. Seconds since the epoch, seconds east of UTC. */
#ifndef NUDGE_ZONE_PARTS_H
#define NUDGE_ZONE_PARTS_H

#include "nudge/arena.h"
#include "nudge/zone.h"

#define ZONE_DAY ((int64_t)86400)
#define ZONE_CYCLE (146097 * ZONE_DAY) /* 400 years */
#define ZONE_CYCLE_YEARS 400
#define ZONE_OFFSET_MIN (-89999) /* RFC 8536, 3.2: more than -25 and less than +26 hours */
#define ZONE_OFFSET_MAX 93599
#define ZONE_FILE_MAX ((size_t)1 << 20) /* the largest real one has 4 KB */

struct zone {
    struct str name;
    size_t n; /* spans, at least 1 */
    int64_t *from;
    int32_t *offset;
    int64_t repeats_from; /* from here on the table repeats; INT64_MAX: never */
};

static inline int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* From `at` on the clocks are `offset` ahead of UTC. */
struct zone_change {
    int64_t at;
    int offset;
};

/* A day of each year and a time on it, as POSIX TZ strings have them. */
struct zone_day {
    enum { DAY_JULIAN, DAY_ZERO_BASED, DAY_OF_WEEK } form; /* Jn (no 29 February) · n · Mm.w.d */
    int n;                                                 /* Jn, n */
    int month, week, weekday;                              /* week 5: the last; weekday 0: Sunday */
    int time;                                              /* seconds from midnight, within ±167 h */
};

/* The footer of a TZif file: "CET-1CEST,M3.5.0,M10.5.0/3". */
struct zone_rule {
    int standard, daylight; /* offsets; daylight may be the lesser (Dublin) */
    bool changes;           /* false: standard for ever, the rest means nothing */
    struct zone_day start, end;
};

bool zone_rule_parse(struct str text, struct zone_rule *);
/* A year's two changes, the earlier first. They may lie some days outside the year. */
void zone_rule_year(const struct zone_rule *, int year, struct zone_change out[2]);

/* A zone from a TZif file's bytes, or NULL when they are damaged or count leap seconds (the "right/" files),
 * which Unix time does not: nothing is taken from the arena then. `name` is copied. */
struct zone *zone_read(struct arena *, struct str name, struct str file);

#endif
