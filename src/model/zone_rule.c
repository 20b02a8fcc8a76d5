/* POSIX TZ strings (IEEE Std 1003.1, 8.3, with the extensions of RFC 8536, 3.3.1). */
#include "zone_parts.h"

#define HOURS_MAX_OFFSET 24
#define HOURS_MAX_TIME 167

static bool take(struct str *s, char c)
{
    if (!s->n || *s->p != c) return false;
    s->p++, s->n--;
    return true;
}

/* One to three digits, at most max. */
static bool take_number(struct str *s, int min, int max, int *value)
{
    size_t digits = 0;
    *value = 0;
    while (s->n && *s->p >= '0' && *s->p <= '9' && digits < 3) {
        *value = *value * 10 + (*s->p - '0');
        s->p++, s->n--, digits++;
    }
    return digits && *value >= min && *value <= max;
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_quoted_name_char(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-';
}

/* "CET" or "<+0330>"; nobody needs the name itself. */
static bool skip_name(struct str *s)
{
    bool quoted = take(s, '<');
    size_t n = 0;
    while (n < s->n && (quoted ? is_quoted_name_char(s->p[n]) : is_letter(s->p[n]))) n++;
    s->p += n, s->n -= n;
    return n >= 3 && (!quoted || take(s, '>'));
}

/* [+-]h[h[h]][:mm[:ss]] in seconds. */
static bool take_clock(struct str *s, int hours_max, int *seconds)
{
    int h, m = 0, sec = 0;
    int sign = take(s, '-') ? -1 : 1;
    if (sign > 0) take(s, '+');
    if (!take_number(s, 0, hours_max, &h)) return false;
    if (take(s, ':')) {
        if (!take_number(s, 0, 59, &m)) return false;
        if (take(s, ':') && !take_number(s, 0, 59, &sec)) return false;
    }
    *seconds = sign * (h * 3600 + m * 60 + sec);
    return true;
}

static bool take_day(struct str *s, struct zone_day *d)
{
    bool ok;
    if (take(s, 'J')) {
        d->form = DAY_JULIAN;
        ok = take_number(s, 1, 365, &d->n);
    } else if (take(s, 'M')) {
        d->form = DAY_OF_WEEK;
        ok = take_number(s, 1, 12, &d->month) && take(s, '.') && take_number(s, 1, 5, &d->week) &&
             take(s, '.') && take_number(s, 0, 6, &d->weekday);
    } else {
        d->form = DAY_ZERO_BASED;
        ok = take_number(s, 0, 365, &d->n);
    }
    d->time = 2 * 3600;
    return ok && (!take(s, '/') || take_clock(s, HOURS_MAX_TIME, &d->time));
}

bool zone_rule_parse(struct str s, struct zone_rule *r)
{
    int west; /* POSIX counts offsets westwards */
    *r = (struct zone_rule){0};
    if (!skip_name(&s) || !take_clock(&s, HOURS_MAX_OFFSET, &west)) return false;
    r->standard = -west;
    if (!s.n) return true;

    r->changes = true;
    if (!skip_name(&s)) return false;
    r->daylight = r->standard + 3600;
    if (s.n && *s.p != ',') {
        if (!take_clock(&s, HOURS_MAX_OFFSET, &west)) return false;
        r->daylight = -west;
    }
    return take(&s, ',') && take_day(&s, &r->start) && take(&s, ',') && take_day(&s, &r->end) && s.n == 0;
}

static int64_t day_of_week_in(int year, const struct zone_day *d)
{
    int64_t first = civil_days(year, d->month, 1);
    int64_t next_month = d->month < 12 ? civil_days(year, d->month + 1, 1) : civil_days(year + 1, 1, 1);
    int first_weekday = (civil_weekday(first) + 1) % 7; /* from Sunday, as here */
    int64_t day = first + (d->weekday - first_weekday + 7) % 7 + (d->week - 1) * 7;
    return day < next_month ? day : day - 7;
}

static int64_t day_in(int year, const struct zone_day *d)
{
    int64_t new_year = civil_days(year, 1, 1);
    switch (d->form) {
    case DAY_JULIAN: {
        bool leap = civil_days(year + 1, 1, 1) - new_year == 366;
        return new_year + d->n - 1 + (leap && d->n >= 60);
    }
    case DAY_ZERO_BASED:
        return new_year + d->n;
    case DAY_OF_WEEK:
        break;
    }
    return day_of_week_in(year, d);
}

void zone_rule_year(const struct zone_rule *r, int year, struct zone_change out[2])
{
    struct zone_change start = {day_in(year, &r->start) * ZONE_DAY + r->start.time - r->standard,
                                r->daylight};
    struct zone_change end = {day_in(year, &r->end) * ZONE_DAY + r->end.time - r->daylight, r->standard};
    bool north = start.at < end.at;
    out[0] = north ? start : end;
    out[1] = north ? end : start;
}
