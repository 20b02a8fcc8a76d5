/* Calendar arithmetic, and times as text. */
#include <stdio.h>

#include "nudge/clock.h"
#include "zone_parts.h"

/* Years run from 1 March here, so that the leap day is a year's last and month lengths follow one formula:
 * (153 * m + 2) / 5 days lie before month m, counted from March. The calendar repeats every 400 years (an
 * era). */
#define ERA_YEARS 400
#define ERA_DAYS 146097
#define EPOCH_DAYS 719468 /* from 0000-03-01 to 1970-01-01 */

int64_t civil_days(int year, int month, int day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = floor_div(y, ERA_YEARS);
    int64_t year_of_era = y - era * ERA_YEARS;
    int64_t day_of_year = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           EPOCH_DAYS;
}

void civil_from_days(int64_t days, int *year, int *month, int *day)
{
    days += EPOCH_DAYS;
    int64_t era = floor_div(days, ERA_DAYS);
    int d = (int)(days - era * ERA_DAYS);
    int y = (d - d / 1460 + d / 36524 - d / 146096) / 365; /* leap days taken out, all years are 365 long */
    d -= 365 * y + y / 4 - y / 100;
    int m = (5 * d + 2) / 153;
    *day = d - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = (int)(era * ERA_YEARS) + y + (m >= 10);
}

int civil_weekday(int64_t days)
{
    return (int)(((days % 7) + 7 + 3) % 7); /* 1970-01-01 was a Thursday */
}

/* ---- text to time */

/* Takes exactly n digits off the front. */
static bool take_digits(struct str *s, size_t n, int *value)
{
    if (s->n < n) return false;
    *value = 0;
    for (size_t i = 0; i < n; i++) {
        if (s->p[i] < '0' || s->p[i] > '9') return false;
        *value = *value * 10 + (s->p[i] - '0');
    }
    s->p += n, s->n -= n;
    return true;
}

static bool take_char(struct str *s, char c)
{
    if (!s->n || *s->p != c) return false;
    s->p++, s->n--;
    return true;
}

static bool date_exists(int year, int month, int day)
{
    int y, m, d;
    if (month < 1 || month > 12 || day < 1) return false;
    civil_from_days(civil_days(year, month, day), &y, &m, &d);
    return m == month && d == day;
}

static bool take_date(struct str *s, struct civil *c)
{
    return take_digits(s, 4, &c->year) && take_char(s, '-') && take_digits(s, 2, &c->month) &&
           take_char(s, '-') && take_digits(s, 2, &c->day) && date_exists(c->year, c->month, c->day);
}

/* ".5", ".123456": what lies below a millisecond is dropped. */
static bool take_fraction(struct str *s, int *ms)
{
    int digit, weight = 100;
    if (!take_char(s, '.')) return true;
    if (!take_digits(s, 1, &digit)) return false;
    do {
        *ms += digit * weight;
        weight /= 10;
    } while (take_digits(s, 1, &digit));
    return true;
}

static bool take_hour_minute(struct str *s, int *hour, int *minute)
{
    return take_digits(s, 2, hour) && *hour <= 23 && take_char(s, ':') && take_digits(s, 2, minute) &&
           *minute <= 59;
}

static bool take_time(struct str *s, struct civil *c)
{
    if (!take_hour_minute(s, &c->hour, &c->minute)) return false;
    if (!take_char(s, ':')) return true;
    if (!take_digits(s, 2, &c->second) || c->second > 60) return false;
    if (c->second == 60) c->second = 59;
    return take_fraction(s, &c->ms);
}

/* "Z" or "+01:00" at the end of the text; *offset in ms. */
static bool take_offset(struct str *s, int64_t *offset)
{
    int hour, minute, sign = 1;
    *offset = 0;
    if (take_char(s, 'Z') || take_char(s, 'z')) return s->n == 0;
    if (take_char(s, '-'))
        sign = -1;
    else if (!take_char(s, '+'))
        return false;
    if (!take_hour_minute(s, &hour, &minute) || s->n) return false;
    *offset = sign * (hour * HOUR + minute * MINUTE);
    return true;
}

static int64_t civil_as_utc(const struct civil *c)
{
    return civil_days(c->year, c->month, c->day) * DAY + c->hour * HOUR + c->minute * MINUTE +
           c->second * SECOND + c->ms;
}

bool time_parse(struct str s, const struct zone *zone, int64_t *at)
{
    struct civil c = {0};
    int64_t offset;
    if (!take_date(&s, &c)) return false;
    if (s.n) {
        if (!take_char(&s, 'T') && !take_char(&s, 't') && !take_char(&s, ' ')) return false;
        if (!take_time(&s, &c)) return false;
    }
    if (!s.n) {
        if (!zone) return false;
        *at = zone_instant(zone, &c);
        return true;
    }
    if (!take_offset(&s, &offset)) return false;
    *at = civil_as_utc(&c) - offset;
    return true;
}

bool time_of_day_parse(struct str s, int *minutes)
{
    int hour, minute;
    if (!take_digits(&s, 2, &hour) || !take_char(&s, ':') || !take_digits(&s, 2, &minute) || s.n)
        return false;
    if (minute > 59 || hour * 60 + minute > 24 * 60) return false;
    *minutes = hour * 60 + minute;
    return true;
}

/* ---- time to text */

int time_format(int64_t at, char out[32])
{
    int year, month, day;
    int64_t days = floor_div(at, DAY);
    int ms = (int)(at % DAY + (at % DAY < 0 ? DAY : 0)); /* of the day */
    civil_from_days(days, &year, &month, &day);
    int n = snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day, ms / (int)HOUR,
                     ms / (int)MINUTE % 60, ms / (int)SECOND % 60);
    if (ms % SECOND) n += snprintf(out + n, 32 - (size_t)n, ".%03d", ms % (int)SECOND);
    return n + snprintf(out + n, 32 - (size_t)n, "Z");
}
