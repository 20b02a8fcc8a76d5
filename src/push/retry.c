#include "retry.h"
#include "nudge/clock.h"
#include "nudge/push.h"
#include <stdio.h>
#include <time.h>

#define DATE_MAX 40 /* the longest HTTP date, "Wednesday, 09-Nov-94 08:49:37 GMT", has 33 */

int64_t retry_delay(int attempt, int64_t first, int64_t max, uint64_t random)
{
    int64_t ceiling = first < max ? first : max;
    for (int i = 1; i < attempt && ceiling < max; i++) ceiling = ceiling > max / 2 ? max : ceiling * 2;
    return (int64_t)(random % ((uint64_t)ceiling + 1));
}

static bool seconds_parse(struct str s, int64_t max, int64_t *ms)
{
    int64_t seconds = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return false;
        if (seconds <= max / SECOND)
            seconds = seconds * 10 + (s.p[i] - '0'); /* beyond the cap it need not grow */
    }
    *ms = seconds > max / SECOND ? max : seconds * SECOND;
    return s.n > 0;
}

static int month_number(const char *name)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int i = 0; i < 12; i++)
        if (memcmp(name, names + 3 * i, 3) == 0) return i;
    return -1;
}

/* A year of two digits that seems to lie over 50 years ahead is one of the past (RFC 9110, 5.6.7). */
static int century_add(int year, int64_t now)
{
    struct tm today;
    time_t t = (time_t)(now / SECOND);
    gmtime_r(&t, &today);
    int this_year = today.tm_year + 1900, full = this_year - this_year % 100 + year;
    return full > this_year + 50 ? full - 100 : full;
}

/* The three forms of RFC 9110, 5.6.7. The weekday is neither believed nor checked. */
static bool fixdate_scan(const char *z, char month[4], struct tm *t)
{
    int end = 0;
    return sscanf(z, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &t->tm_mday, month, &t->tm_year,
                  &t->tm_hour, &t->tm_min, &t->tm_sec, &end) == 6 &&
           end == (int)strlen(z);
}

static bool rfc850_scan(const char *z, char month[4], struct tm *t, int64_t now)
{
    int end = 0;
    if (sscanf(z, "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GMT%n", &t->tm_mday, month, &t->tm_year,
               &t->tm_hour, &t->tm_min, &t->tm_sec, &end) != 6)
        return false;
    t->tm_year = century_add(t->tm_year, now);
    return end == (int)strlen(z);
}

static bool asctime_scan(const char *z, char month[4], struct tm *t)
{
    int end = 0;
    return sscanf(z, "%*3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d%n", month, &t->tm_mday, &t->tm_hour,
                  &t->tm_min, &t->tm_sec, &t->tm_year, &end) == 6 &&
           end == (int)strlen(z);
}

static bool clock_valid(const struct tm *t)
{
    return t->tm_hour >= 0 && t->tm_hour <= 23 && t->tm_min >= 0 && t->tm_min <= 59 && t->tm_sec >= 0 &&
           t->tm_sec <= 60;
}

static bool date_parse(struct str s, int64_t now, int64_t *at)
{
    char z[DATE_MAX], month[4] = "";
    struct tm t = {0};
    if (s.n >= sizeof z || memchr(s.p, 0, s.n)) return false;
    memcpy(z, s.p, s.n);
    z[s.n] = 0;
    if (!fixdate_scan(z, month, &t) && !rfc850_scan(z, month, &t, now) && !asctime_scan(z, month, &t))
        return false;
    t.tm_mon = strlen(month) == 3 ? month_number(month) : -1;
    t.tm_year -= 1900;
    if (t.tm_mon < 0 || t.tm_mday < 1 || !clock_valid(&t)) return false;
    if (t.tm_sec == 60) t.tm_sec = 59; /* a leap second; the epoch has none */
    int day = t.tm_mday;
    *at = (int64_t)timegm(&t) * SECOND;
    return t.tm_mday == day; /* else there is no such day, and timegm took a later one */
}

int64_t retry_after_parse(struct str value, int64_t now, int64_t max)
{
    int64_t wait;
    value = str_trim(value);
    if (value.n == 0) return -1;
    if (seconds_parse(value, max, &wait)) return wait;
    if (!date_parse(value, now, &wait)) return -1;
    wait -= now;
    return wait < 0 ? 0 : wait > max ? max : wait;
}
