/* Zones as the system has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "nudge/clock.h"
#include "nudge/zone.h"

static int64_t utc(const char *text)
{
    int64_t at;
    if (!time_parse(str_of(text), NULL, &at)) fail_msg("not a time: %s", text);
    return at;
}

static const struct zone *zone_of(struct zones *zs, const char *name)
{
    const struct zone *z = zones_get(zs, str_of(name));
    if (!z) fail_msg("no such zone: %s", name);
    return z;
}

static void assert_time(int64_t at, const char *expected)
{
    char text[32];
    time_format(at, text);
    assert_string_equal(text, expected);
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

static void offsets_are_right_on_both_sides_of_a_change(void **state)
{
    static const struct {
        const char *zone, *at;
        int before, after;
    } rows[] = {
        {"Europe/Amsterdam", "2026-03-29T01:00:00Z", 3600, 7200},
        {"Europe/Amsterdam", "2026-10-25T01:00:00Z", 7200, 3600},
        {"Europe/Amsterdam", "2099-03-29T01:00:00Z", 3600, 7200}, /* by the rule of the footer */
        {"Europe/Amsterdam", "2837-03-29T01:00:00Z", 3600, 7200}, /* 2437's calendar, 400 years on */
        {"America/New_York", "2026-03-08T07:00:00Z", -18000, -14400},
        {"Europe/Dublin", "2026-10-25T01:00:00Z", 3600, 0},    /* standard time in summer, in its rule */
        {"Antarctica/Troll", "2026-03-29T01:00:00Z", 0, 7200}, /* two hours at once */
        {"Australia/Lord_Howe", "2026-04-04T15:00:00Z", 39600, 37800}, /* half an hour */
        {"Africa/Casablanca", "2026-02-15T02:00:00Z", 3600, 0},        /* Ramadan, from a table */
        {"America/Nuuk", "2026-03-29T01:00:00Z", -7200, -3600},        /* a time of day below zero */
        {"Pacific/Apia", "2011-12-30T10:00:00Z", -36000, 50400},       /* a day left out */
        {"America/Sao_Paulo", "2018-11-04T03:00:00Z", -10800, -7200},  /* at midnight */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct zone *z = zone_of(*state, rows[i].zone);
        int64_t at = utc(rows[i].at);
        if (zone_offset(z, at - 1) != rows[i].before || zone_offset(z, at) != rows[i].after)
            fail_msg("%s at %s: %d, then %d", rows[i].zone, rows[i].at, zone_offset(z, at - 1),
                     zone_offset(z, at));
    }
}

static void local_time_tells_date_and_weekday(void **state)
{
    struct civil c = zone_local(zone_of(*state, "Asia/Tehran"), utc("2026-12-31T21:00:00.250Z"));
    assert_int_equal(c.year, 2027);
    assert_int_equal(c.month, 1);
    assert_int_equal(c.day, 1);
    assert_int_equal(c.hour, 0);
    assert_int_equal(c.minute, 30);
    assert_int_equal(c.second, 0);
    assert_int_equal(c.ms, 250);
    assert_int_equal(c.weekday, 4); /* Friday */
    c = zone_local(zone_of(*state, "UTC"), -1);
    assert_int_equal(c.year, 1969);
    assert_int_equal(c.second, 59);
    assert_int_equal(c.ms, 999);
}

static void assert_instant(struct zones *zs, const char *zone, const char *local, const char *expected)
{
    int64_t at;
    assert_true(time_parse(str_of(local), zone_of(zs, zone), &at));
    assert_time(at, expected);
}

static void missing_hour_counts_with_the_offset_before(void **state)
{
    assert_instant(*state, "Europe/Amsterdam", "2026-03-29T01:59:59", "2026-03-29T00:59:59Z");
    assert_instant(*state, "Europe/Amsterdam", "2026-03-29T02:00:00", "2026-03-29T01:00:00Z");
    assert_instant(*state, "Europe/Amsterdam", "2026-03-29T02:30:00", "2026-03-29T01:30:00Z"); /* = 03:30 */
    assert_instant(*state, "Europe/Amsterdam", "2026-03-29T03:00:00", "2026-03-29T01:00:00Z");
    assert_instant(*state, "Pacific/Apia", "2011-12-30T12:00:00",
                   "2011-12-30T22:00:00Z"); /* the missing day */
    assert_instant(*state, "Europe/Amsterdam", "2837-03-29T02:30:00", "2837-03-29T01:30:00Z");
}

static void doubled_hour_counts_the_first_time(void **state)
{
    assert_instant(*state, "Europe/Amsterdam", "2026-10-25T02:00:00", "2026-10-25T00:00:00Z");
    assert_instant(*state, "Europe/Amsterdam", "2026-10-25T02:59:59.999", "2026-10-25T00:59:59.999Z");
    assert_instant(*state, "Europe/Amsterdam", "2026-10-25T03:00:00", "2026-10-25T02:00:00Z");
    assert_instant(*state, "Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00Z");
}

static void local_fields_out_of_range_carry_over(void **state)
{
    const struct zone *z = zone_of(*state, "America/New_York");
    const struct civil cases[] = {
        {.year = 2026, .month = 12, .day = 32, .hour = 0},
        {.year = 2026, .month = 13, .day = 1},
        {.year = 2028, .month = -11, .day = 1},
        {.year = 2027, .month = 1, .day = 0, .hour = 24},
        {.year = 2027, .month = 1, .day = 2, .minute = -1440},
        {.year = 2027, .month = 1, .day = 1, .second = 1, .ms = -1000},
        {.year = 2026, .month = 1, .day = 366},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_time(zone_instant(z, &cases[i]), "2027-01-01T05:00:00Z");
}

static void the_ends_of_time_do_no_harm(void **state)
{
    static const char *const names[] = {"UTC", "Europe/Amsterdam", "Africa/Casablanca"};
    static const int extremes[] = {INT32_MIN, -1, 0, 1, INT32_MAX};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct zone *z = zone_of(*state, names[i]);
        assert_int_equal(zone_local(z, INT64_MAX).year, 292278994);
        assert_int_equal(zone_local(z, INT64_MIN).year, -292275055);
        for (int n = 0; n < 5 * 5 * 5 * 5; n++) {
            int a = extremes[n % 5], b = extremes[n / 5 % 5], c = extremes[n / 25 % 5], d = extremes[n / 125];
            zone_instant(z, &(struct civil){a, b, c, d, a, b, c, 0});
        }
    }
}

static void local_and_back_is_the_same_outside_the_doubled_hour(void **state)
{
    const struct zone *z = zone_of(*state, "America/Santiago");
    for (int64_t at = utc("1900-01-01T00:00Z"); at < utc("3000-01-01T00:00Z"); at += 11 * HOUR + 13) {
        struct civil c = zone_local(z, at);
        int64_t back = zone_instant(z, &c);
        if (back != at && !(back < at && zone_offset(z, back) > zone_offset(z, at)))
            fail_msg("%lld", (long long)at);
    }
}

static void every_name_of_the_system_is_a_zone(void **state)
{
    size_t n;
    const struct str *names = zones_names(*state, &n);
    assert_true(n > 400);
    for (size_t i = 0; i < n; i++) {
        const struct zone *z = zones_get(*state, names[i]);
        if (!z) fail_msg("%.*s", STR_ARG(names[i]));
        assert_true(str_eq(zone_name(z), names[i]));
        assert_ptr_equal(z, zones_get(*state, names[i]));
        if (i) assert_true(str_cmp(names[i - 1], names[i]) < 0);
        assert_false(str_starts(names[i], STR("posix")) || str_starts(names[i], STR("right")));
    }
}

static void names_that_are_no_plain_path_are_refused(void **state)
{
    static const char *const names[] = {
        "",
        "/",
        "/UTC",
        "UTC/",
        "../zoneinfo/UTC",
        "Europe/../UTC",
        "./UTC",
        "Europe//Paris",
        "Europe",
        "Europe/",
        "Nowhere/Nothing",
        "tzdata.zi",
        "zone.tab",
        "UTC ",
        "U TC",
        "UTC\n",
        "\xff\xfe",
        ".",
        "..",
        "Europe/.",
        "right/UTC-not",
        "12345678901234567890123456789012345678901234567890123456789012345",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (zones_get(*state, str_of(names[i]))) fail_msg("taken for a zone: %s", names[i]);
    assert_null(zones_get(*state, (struct str){"UTC\0", 4}));
    assert_null(zones_get(*state, STR_NONE));
}

static void ten_thousand_wrong_names_are_harmless(void **state)
{
    char name[32];
    for (int i = 0; i < 10000; i++) {
        int n = snprintf(name, sizeof name, "Europe/Nowhere%d", i);
        assert_null(zones_get(*state, (struct str){name, (size_t)n}));
    }
    assert_non_null(zones_get(*state, STR("Europe/Paris")));
    assert_null(zones_get(*state, STR("Europe/Nowhere9999")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(offsets_are_right_on_both_sides_of_a_change, setup, teardown),
        cmocka_unit_test_setup_teardown(local_time_tells_date_and_weekday, setup, teardown),
        cmocka_unit_test_setup_teardown(missing_hour_counts_with_the_offset_before, setup, teardown),
        cmocka_unit_test_setup_teardown(doubled_hour_counts_the_first_time, setup, teardown),
        cmocka_unit_test_setup_teardown(local_fields_out_of_range_carry_over, setup, teardown),
        cmocka_unit_test_setup_teardown(the_ends_of_time_do_no_harm, setup, teardown),
        cmocka_unit_test_setup_teardown(local_and_back_is_the_same_outside_the_doubled_hour, setup, teardown),
        cmocka_unit_test_setup_teardown(every_name_of_the_system_is_a_zone, setup, teardown),
        cmocka_unit_test_setup_teardown(names_that_are_no_plain_path_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(ten_thousand_wrong_names_are_harmless, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
