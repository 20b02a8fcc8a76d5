#include "../../src/push/breaker.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct breaker breaker(void)
{
    return (struct breaker){.limit = 3, .pause = 100};
}

static void only_failures_in_a_row_open_it(void **state)
{
    struct breaker b = breaker();
    (void)state;
    for (int i = 0; i < 10; i++) {
        assert_false(breaker_fail(&b, false, 0));
        assert_false(breaker_fail(&b, false, 0));
        assert_false(breaker_succeed(&b));
    }
    assert_int_equal(breaker_ready_at(&b), 0);
    breaker_fail(&b, false, 50);
    breaker_fail(&b, false, 50);
    assert_true(breaker_fail(&b, false, 50));
    assert_int_equal(breaker_ready_at(&b), 150);
}

static struct breaker opened(int64_t now)
{
    struct breaker b = breaker();
    while (!breaker_fail(&b, false, now)) {
    }
    return b;
}

static void one_trial_at_a_time(void **state)
{
    struct breaker b = opened(0);
    (void)state;
    assert_true(breaker_take(&b));
    assert_int_equal(breaker_ready_at(&b), -1);
}

static void a_good_trial_closes_it(void **state)
{
    struct breaker b = opened(0);
    (void)state;
    assert_true(breaker_take(&b));
    assert_true(breaker_succeed(&b));
    assert_int_equal(breaker_ready_at(&b), 0);
    assert_false(breaker_take(&b));
    assert_false(breaker_fail(&b, false, 0)); /* and counting begins anew */
}

static void a_bad_trial_begins_the_next_pause(void **state)
{
    struct breaker b = opened(0);
    (void)state;
    assert_true(breaker_take(&b));
    assert_true(breaker_fail(&b, true, 500));
    assert_int_equal(breaker_ready_at(&b), 600);
}

static void failures_from_before_do_not_lengthen_the_pause(void **state)
{
    struct breaker b = opened(0);
    (void)state;
    assert_false(breaker_fail(&b, false, 90));
    assert_int_equal(breaker_ready_at(&b), 100);
    assert_true(breaker_take(&b));
    assert_false(breaker_fail(&b, false, 110)); /* nor end the trial */
    assert_int_equal(breaker_ready_at(&b), -1);
}

static void a_late_success_closes_it_too(void **state)
{
    struct breaker b = opened(0);
    (void)state;
    assert_true(breaker_succeed(&b));
    assert_int_equal(breaker_ready_at(&b), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_failures_in_a_row_open_it),
        cmocka_unit_test(one_trial_at_a_time),
        cmocka_unit_test(a_good_trial_closes_it),
        cmocka_unit_test(a_bad_trial_begins_the_next_pause),
        cmocka_unit_test(failures_from_before_do_not_lengthen_the_pause),
        cmocka_unit_test(a_late_success_closes_it_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
