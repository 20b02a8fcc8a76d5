/* The calendar, and times as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nudge/zone.h"

static int64_t utc(const char *text)
{
    int64_t at;
    if (!time_parse(str_of(text), NULL, &at)) fail_msg("not a time: %s", text);
    return at;
}

static void assert_time(int64_t at, const char *expected)
{
    char text[32];
    time_format(at, text);
    assert_string_equal(text, expected);
}

static const struct zone *zone_of(struct zones *zs, const char *name)
{
    const struct zone *z = zones_get(zs, str_of(name));
    if (!z) fail_msg("no such zone: %s", name);
    return z;
}

static int setup(void **state)
{
    *state = zones_new(NULL);
    return 0;
}

static int teardown(void **state)
{
    zones_free(*state);
    return 0;
}

/* ---- the calendar */

static void every_day_of_six_thousand_years_is_counted_once(void **state)
{
    (void)state;
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t days = civil_days(-3000, 1, 1);
    int weekday = civil_weekday(days);
    for (int year = -3000; year < 3000; year++) {
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        for (int month = 1; month <= 12; month++) {
            int length = lengths[month - 1] + (month == 2 && leap);
            for (int day = 1; day <= length; day++, days++, weekday = (weekday + 1) % 7) {
                int y, m, d;
                civil_from_days(days, &y, &m, &d);
                if (civil_days(year, month, day) != days || y != year || m != month || d != day ||
                    civil_weekday(days) != weekday)
                    fail_msg("%d-%d-%d", year, month, day);
            }
        }
    }
    assert_int_equal(civil_days(1970, 1, 1), 0);
    assert_int_equal(civil_weekday(0), 3);
}

/* ---- times as text */

static void times_as_people_write_them_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *means;
    } rows[] = {
        {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
        {"2026-12-04T16:00:00.5+01:00", "2026-12-04T15:00:00.500Z"},
        {"2026-12-04T16:00+01:00", "2026-12-04T15:00:00Z"},
        {"2026-12-04 16:00z", "2026-12-04T16:00:00Z"},
        {"2026-12-04t16:00:00-05:30", "2026-12-04T21:30:00Z"},
        {"2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"},
        {"2024-02-29T00:00:00.0019Z", "2024-02-29T00:00:00.001Z"},
        {"2024-02-29T00:00:00.123456789123456789Z", "2024-02-29T00:00:00.123Z"},
        {"0000-01-01T00:00Z", "0000-01-01T00:00:00Z"},
        {"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
        {"1969-12-31T23:59:59.999-00:00", "1969-12-31T23:59:59.999Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) assert_time(utc(rows[i].text), rows[i].means);
}

static void what_is_no_time_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "2026",
        "2026-12",
        "2026-2-3",
        "2026-02-30",
        "2025-02-29",
        "1900-02-29T00:00Z",
        "2026-13-01",
        "2026-00-10",
        "2026-01-00",
        "2026-01-32T00:00Z",
        "2026-12-04T",
        "2026-12-04T16",
        "2026-12-04T16:0Z",
        "2026-12-04T24:00Z",
        "2026-12-04T25:00Z",
        "2026-12-04T16:60Z",
        "2026-12-04T16:00:61Z",
        "2026-12-04T16:00:00.Z",
        "2026-12-04T16:00:00,5Z",
        "2026-12-04T16:00+1",
        "2026-12-04T16:00+0100",
        "2026-12-04T16:00+24:00",
        "2026-12-04T16:00+01:60",
        "2026-12-04T16:00ZZ",
        "2026-12-04T16:00Z ",
        " 2026-12-04T16:00Z",
        "2026-12-04Z",
        "2026-12-04X16:00Z",
        "+2026-12-04T16:00Z",
        "-026-12-04T16:00Z",
        "12026-12-04T16:00Z",
        "2026/12/04T16:00Z",
        "2026-12-04T-1:00Z",
        "now",
    };
    const struct zone *z = zone_of(*state, "UTC");
    int64_t at;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (time_parse(str_of(texts[i]), z, &at)) fail_msg("taken for a time: %s", texts[i]);
    assert_false(time_parse((struct str){"2026-12-04T16:00\0Z", 18}, z, &at));
    assert_false(time_parse(STR_NONE, z, &at));
}

static void time_without_offset_needs_a_zone(void **state)
{
    const struct zone *z = zone_of(*state, "Europe/Amsterdam");
    int64_t at;
    assert_false(time_parse(STR("2026-12-04"), NULL, &at));
    assert_false(time_parse(STR("2026-12-04T16:00"), NULL, &at));
    assert_true(time_parse(STR("2026-12-04"), z, &at));
    assert_time(at, "2026-12-03T23:00:00Z");
    assert_true(time_parse(STR("2026-07-04 16:00:01.25"), z, &at));
    assert_time(at, "2026-07-04T14:00:01.250Z");
    assert_true(time_parse(STR("2026-07-04T16:00Z"), z, &at)); /* its own offset counts */
    assert_time(at, "2026-07-04T16:00:00Z");
}

static void times_of_all_64_bits_can_be_written(void **state)
{
    (void)state;
    assert_time(INT64_MAX, "292278994-08-17T07:12:55.807Z");
    assert_time(INT64_MIN, "-292275055-05-16T16:47:04.192Z");
    assert_time(-1, "1969-12-31T23:59:59.999Z");
}

static void time_of_day_has_two_digits_and_two(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",    "9:00", "24:01",  "25:00",  "12:60", "12",
                                        "12:", "12:0", "12:000", "12:00 ", "-1:00"};
    int minutes;
    assert_true(time_of_day_parse(STR("00:00"), &minutes));
    assert_int_equal(minutes, 0);
    assert_true(time_of_day_parse(STR("21:05"), &minutes));
    assert_int_equal(minutes, 21 * 60 + 5);
    assert_true(time_of_day_parse(STR("24:00"), &minutes));
    assert_int_equal(minutes, 1440);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(time_of_day_parse(str_of(wrong[i]), &minutes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_day_of_six_thousand_years_is_counted_once, setup, teardown),
        cmocka_unit_test_setup_teardown(times_as_people_write_them_are_read, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_time_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(time_without_offset_needs_a_zone, setup, teardown),
        cmocka_unit_test_setup_teardown(times_of_all_64_bits_can_be_written, setup, teardown),
        cmocka_unit_test_setup_teardown(time_of_day_has_two_digits_and_two, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
