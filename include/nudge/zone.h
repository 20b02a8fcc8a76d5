/* Time zones: UTC <-> local time for every IANA zone, from the system's TZif files (RFC 8536 / 9636), their POSIX-TZ footer
 * included, so that years up to 2100 and beyond are right. Proleptic Gregorian calendar. Times are ms since the epoch. */
#ifndef NUDGE_ZONE_H
#define NUDGE_ZONE_H

#include "nudge/str.h"

struct zone;  /* immutable; owned by its struct zones */
struct zones; /* the zones loaded so far; unknown names are remembered too (bounded), so that bad input costs no file access */

struct civil {
    int year, month, day;              /* month and day from 1 */
    int hour, minute, second, ms;
    int weekday;                       /* 0 = Monday … 6 = Sunday (ISO 8601 minus 1); output only */
};

/* dir NULL: /usr/share/zoneinfo. */
struct zones *zones_new(const char *dir);
void zones_free(struct zones *);
/* "Europe/Amsterdam", "UTC". NULL when there is no such zone or the name is not a plain relative path (no "..", no "/" first). */
const struct zone *zones_get(struct zones *, struct str name);
/* All names under dir that are TZif files, for the nearest right word; borrowed, sorted; loaded on first use. */
const struct str *zones_names(struct zones *, size_t *n);

struct str zone_name(const struct zone *);
int zone_offset(const struct zone *, int64_t at); /* seconds east of UTC */
struct civil zone_local(const struct zone *, int64_t at);
/* The instant of a local time. In the missing hour (spring): the offset before the gap counts, so 02:30 means 03:30 (as RFC 5545).
 * In the doubled hour (autumn): the first of the two. Fields out of range carry over (day 32 = next month's 1st). */
int64_t zone_instant(const struct zone *, const struct civil *);

/* Days since 1970-01-01 of a date, and back. */
int64_t civil_days(int year, int month, int day);
void civil_from_days(int64_t days, int *year, int *month, int *day);
int civil_weekday(int64_t days); /* 0 = Monday */

/* RFC 3339 date-time ("2026-12-04T16:00:00.5+01:00", also without seconds, "Z", space or 't' for 'T'; second 60 counts as 59)
 * -> ms. A date alone or a time without an offset is read in `zone` when that is not NULL, else refused. False: not a time,
 * or impossible (Feb 30, 25:00). */
bool time_parse(struct str, const struct zone *zone, int64_t *at);
/* UTC, "2026-12-04T15:00:00.500Z"; milliseconds only when there are some. out: 32 bytes. */
int time_format(int64_t at, char out[32]);
/* "21:00" or "24:00" -> minutes of the day. */
bool time_of_day_parse(struct str, int *minutes);

#endif
