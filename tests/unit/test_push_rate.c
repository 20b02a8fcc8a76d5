#include "../../src/push/rate.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Takes whatever it lets through, the clock moving in steps of `tick` ms; returns how many. */
static int run(struct rate *r, int64_t from, int64_t to, int64_t tick)
{
    int n = 0;
    for (int64_t now = from; now < to; now += tick)
        for (; rate_ready_at(r) <= now; n++) rate_take(r, now);
    return n;
}

static void the_rate_is_reached_and_not_passed(void **state)
{
    static const int rates[] = {1, 7, 100, 999, 5000, 100000};
    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct rate r = {.per_second = rates[i]};
        int n = run(&r, 1000000, 1010000, 1);
        assert_in_range(n, rates[i] * 10, rates[i] * 10 + rates[i] * RATE_SLACK / 1000 + 1);
    }
}

static void a_coarse_clock_reaches_it_too(void **state)
{
    struct rate r = {.per_second = 1000};
    (void)state;
    assert_in_range(run(&r, 1000000, 1010000, 10), 10000, 10021);
}

static void idleness_is_not_saved_up(void **state)
{
    struct rate r = {.per_second = 100};
    (void)state;
    run(&r, 1000, 1010, 1);
    assert_in_range(run(&r, 5000000, 5001000, 1), 100, 103);
}

static void a_slow_rate_is_spread_out(void **state)
{
    struct rate r = {.per_second = 2};
    (void)state;
    rate_take(&r, 10000);
    assert_int_equal(rate_ready_at(&r), 10500 - RATE_SLACK);
    rate_take(&r, 10500);
    assert_int_equal(rate_ready_at(&r), 11000 - RATE_SLACK);
}

static void none_means_unlimited(void **state)
{
    struct rate r = {0};
    (void)state;
    for (int i = 0; i < 1000; i++) rate_take(&r, 5);
    assert_int_equal(rate_ready_at(&r), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rate_is_reached_and_not_passed),
        cmocka_unit_test(a_coarse_clock_reaches_it_too),
        cmocka_unit_test(idleness_is_not_saved_up),
        cmocka_unit_test(a_slow_rate_is_spread_out),
        cmocka_unit_test(none_means_unlimited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
