/* Retry-After and backoff. */
#include "../../src/push/retry.h"
#include "nudge/push.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define CAP (300 * 1000)
#define NOW 784111777000 /* Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110's examples */

static int64_t parse(const char *z)
{
    return retry_after_parse(str_of(z), NOW, CAP);
}

static void seconds_are_taken(void **state)
{
    (void)state;
    assert_int_equal(parse("0"), 0);
    assert_int_equal(parse("120"), 120 * 1000);
    assert_int_equal(parse("  7 "), 7 * 1000);
    assert_int_equal(parse("007"), 7 * 1000);
}

static void too_long_a_wait_is_capped(void **state)
{
    (void)state;
    assert_int_equal(parse("301"), CAP);
    assert_int_equal(parse("1000000000"), CAP);
    assert_int_equal(parse("99999999999999999999999999999999999999"), CAP);
    assert_int_equal(parse("Fri, 31 Dec 9999 23:59:59 GMT"), CAP);
    assert_int_equal(retry_after_parse(STR("9223372036854775807"), NOW, INT64_MAX), INT64_MAX);
}

static void all_three_forms_of_date_are_taken(void **state)
{
    (void)state;
    assert_int_equal(parse("Sun, 06 Nov 1994 08:50:37 GMT"), 60 * 1000);
    assert_int_equal(parse("Sunday, 06-Nov-94 08:50:37 GMT"), 60 * 1000);
    assert_int_equal(parse("Sun Nov  6 08:50:37 1994"), 60 * 1000);
    assert_int_equal(parse("Sun, 06 Nov 1994 08:49:60 GMT"), 22 * 1000);
}

static void a_date_in_the_past_means_now(void **state)
{
    (void)state;
    assert_int_equal(parse("Sun, 06 Nov 1994 08:49:37 GMT"), 0);
    assert_int_equal(parse("Sun, 06 Nov 1994 08:00:00 GMT"), 0);
    assert_int_equal(parse("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
    assert_int_equal(parse("Sunday, 06-Nov-50 08:50:37 GMT"),
                     0); /* 1950: 2050 would be over 50 years ahead */
}

static void garbage_is_no_wait(void **state)
{
    static const char *const garbage[] = {
        "",
        " ",
        "-5",
        "+5",
        "1.5",
        "1e9",
        "5s",
        "5 6",
        "soon",
        "0x10",
        "Sun, 06 Nov 1994",
        "Sun, 06 Nov 1994 08:50:37",
        "Sun, 06 Nov 1994 08:50:37 GMT and more",
        "Sun, 06 Nov 1994 08:50:37 CET",
        "Sun, 31 Feb 1994 08:50:37 GMT",
        "Sun, 00 Nov 1994 08:50:37 GMT",
        "Sun, 06 Foo 1994 08:50:37 GMT",
        "Sun, 06 anF 1994 08:50:37 GMT",
        "Sun, 06 Nov 1994 24:50:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:-1:37 GMT",
        "1994-11-06T08:50:37Z",
        "\xff\xfe",
        "................................................................................",
    };
    (void)state;
    for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++)
        if (parse(garbage[i]) != -1) fail_msg("taken: \"%s\"", garbage[i]);
    assert_int_equal(retry_after_parse((struct str){"5\0", 2}, NOW, CAP), -1);
    assert_int_equal(retry_after_parse(STR_NONE, NOW, CAP), -1);
}

static void backoff_doubles_up_to_the_cap(void **state)
{
    (void)state;
    for (int attempt = 1; attempt < 2000; attempt++) {
        int64_t ceiling =
            attempt <= 9 ? (int64_t)1000 << (attempt - 1) : CAP; /* 1, 2, 4 … 256 s, then 300 s */
        assert_int_equal(retry_delay(attempt, 1000, CAP, 0), 0);
        assert_int_equal(retry_delay(attempt, 1000, CAP, (uint64_t)ceiling), ceiling);
        assert_true(retry_delay(attempt, 1000, CAP, UINT64_MAX) <= ceiling);
        assert_int_equal(retry_delay(attempt, 1000, CAP, (uint64_t)ceiling + 1), 0);
    }
}

static void a_first_delay_above_the_cap_is_capped(void **state)
{
    (void)state;
    for (uint64_t random = 0; random < 500; random++) assert_true(retry_delay(1, 1000, 100, random) <= 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seconds_are_taken),
        cmocka_unit_test(too_long_a_wait_is_capped),
        cmocka_unit_test(all_three_forms_of_date_are_taken),
        cmocka_unit_test(a_date_in_the_past_means_now),
        cmocka_unit_test(garbage_is_no_wait),
        cmocka_unit_test(backoff_doubles_up_to_the_cap),
        cmocka_unit_test(a_first_delay_above_the_cap_is_capped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
