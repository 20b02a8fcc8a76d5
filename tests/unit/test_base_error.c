#include "nudge/error.h"
#include "unit.h"

static struct errors e;

static int teardown(void **state)
{
    (void)state;
    errors_release(&e);
    return 0;
}

static const char *line_of(size_t i)
{
    static char line[512];
    error_format(&e.list[i], line, sizeof line);
    return line;
}

static void an_error_says_where_and_what(void **state)
{
    (void)state;
    errors_add(&e, "campaigns/a.json", 3, 14, "\"%s\" is not known here", "audiance");
    errors_warn(&e, "campaigns/a.json", 1, 2, "no purpose");
    errors_add(&e, "stores", 0, 0, "cannot be opened");
    assert_string_equal(line_of(0), "campaigns/a.json:3:14: \"audiance\" is not known here");
    assert_string_equal(line_of(1), "campaigns/a.json:1:2: warning: no purpose");
    assert_string_equal(line_of(2), "stores: cannot be opened");
    assert_int_equal(e.n, 3);
    assert_int_equal(e.count, 2); /* a warning is no error */
}

static void a_line_that_does_not_fit_is_cut(void **state)
{
    (void)state;
    char room[12];
    errors_add(&e, "file.json", 1, 1, "%0500d", 0);
    assert_int_equal(error_format(&e.list[0], room, sizeof room), 515);
    assert_string_equal(room, "file.json:1");
}

static void errors_stand_in_the_order_of_the_files(void **state)
{
    (void)state;
    errors_sort(&e);
    errors_add(&e, "b", 1, 1, "4");
    errors_add(&e, "a", 10, 1, "3");
    errors_add(&e, "a", 9, 20, "2");
    errors_add(&e, "a", 9, 3, "1");
    errors_sort(&e);
    for (size_t i = 0; i < 4; i++) assert_int_equal(e.list[i].text[0], (int)('1' + i));
}

static void moving_empties_the_one_and_fills_the_other(void **state)
{
    (void)state;
    struct errors from = {0};
    errors_add(&e, "a", 1, 1, "one");
    errors_add(&from, "b", 1, 1, "two");
    errors_warn(&from, "b", 1, 1, "three");
    errors_move(&e, &from);
    assert_int_equal(e.n, 3);
    assert_int_equal(e.count, 2);
    assert_string_equal(line_of(2), "b:1:1: warning: three");
    assert_int_equal(from.n, 0);
    assert_null(from.list);
}

static void a_flood_of_errors_is_counted_but_not_kept(void **state)
{
    (void)state;
    struct errors more = {0};
    for (int i = 0; i < 100000; i++) errors_add(&e, "a", i, 1, "wrong");
    assert_int_equal(e.n, ERRORS_MAX);
    assert_int_equal(e.count, 100000);
    for (int i = 0; i < 150; i++) errors_add(&more, "b", i, 1, "wrong");
    errors_move(&e, &more);
    assert_int_equal(e.n, ERRORS_MAX);
    assert_int_equal(e.count, 100150);
    errors_release(&more);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(an_error_says_where_and_what, teardown),
        cmocka_unit_test_teardown(a_line_that_does_not_fit_is_cut, teardown),
        cmocka_unit_test_teardown(errors_stand_in_the_order_of_the_files, teardown),
        cmocka_unit_test_teardown(moving_empties_the_one_and_fills_the_other, teardown),
        cmocka_unit_test_teardown(a_flood_of_errors_is_counted_but_not_kept, teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
