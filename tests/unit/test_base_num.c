#include "nudge/num.h"
#include "unit.h"
#include <math.h>

static void a_decimal_is_read_exactly_with_its_scale(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        num_t v;
        int scale;
    } rows[] = {
        {"0", 0, 0},
        {"-0", 0, 0},
        {"+5", 5000000, 0},
        {"12.50", 12500000, 2},
        {"0.1", 100000, 1},
        {"-0.000001", -1, 6},
        {"007", 7000000, 0},
        {"1.000000", 1000000, 6},
        {"8999999999999.999999", 8999999999999999999, 6},
        {"-8999999999999.999999", -8999999999999999999, 6},
        {"0000000000000000000000000000001", 1000000, 0},
        {"1764000000000", 1764000000000000000, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        num_t v;
        int scale;
        if (!num_parse(str_of(rows[i].text), &v, &scale) || v != rows[i].v || scale != rows[i].scale)
            fail_msg("%s", rows[i].text);
        assert_true(num_parse(str_of(rows[i].text), &v, NULL));
    }
}

static void what_is_no_decimal_of_the_range_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "-",
        "+",
        ".",
        ".5",
        "5.",
        "1e5",
        "1E400",
        "NaN",
        "inf",
        "0x10",
        "1,5",
        " 1",
        "1 ",
        "--1",
        "+-1",
        "1.2.3",
        "12.3456789",
        "9000000000000",
        "-9000000000000",
        "99999999999999",
        "1234567890123456789012345678901234567890",
        "0.1234567890123456789012345678901234567890",
        "00000000000000000000000000000000000000000000000000000000000000000000001"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        num_t v;
        if (num_parse(str_of(wrong[i]), &v, NULL)) fail_msg("%s", wrong[i]);
    }
    num_t v;
    assert_false(num_parse(STR("1\0"), &v, NULL));
    assert_false(num_parse(STR_NONE, &v, NULL));
}

static void a_tenth_and_two_tenths_are_three_tenths(void **state)
{
    (void)state;
    num_t a, b, c, sum;
    assert_true(num_parse(STR("0.1"), &a, NULL) && num_parse(STR("0.2"), &b, NULL) &&
                num_parse(STR("0.3"), &c, NULL));
    assert_true(num_add(a, b, &sum) && sum == c);
    num_t cents = 0;
    for (int i = 0; i < 1000000; i++) assert_true(num_add(cents, 10000, &cents));
    assert_true(cents == 10000 * NUM_ONE); /* a million times 0.01, exactly */
}

static void a_number_is_written_with_the_digits_it_has_or_was_given(void **state)
{
    (void)state;
    static const struct {
        num_t v;
        int scale;
        const char *text;
    } rows[] = {
        {0, 0, "0"},
        {0, 2, "0.00"},
        {12500000, 2, "12.50"},
        {12500000, 0, "12.5"},
        {12500000, 6, "12.500000"},
        {-1, 0, "-0.000001"},
        {1, 2, "0.000001"},
        {-500000, 1, "-0.5"},
        {7000000, 0, "7"},
        {INT64_MAX, 0, "9223372036854.775807"},
        {INT64_MIN, 0, "-9223372036854.775808"},
        {INT64_MIN, 9, "-9223372036854.775808"},
        {100000, 1, "0.1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[NUM_TEXT];
        int n = num_format(rows[i].v, rows[i].scale, text);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(n, strlen(text));
    }
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    struct dice dice = dice_new(5);
    for (int i = 0; i < 100000; i++) {
        num_t v = (num_t)(dice_roll(&dice) >> (1 + dice_below(&dice, 62))), back;
        int scale = (int)dice_below(&dice, 7), read;
        if (v >= NUM_MAX) continue;
        if (i % 2) v = -v;
        char text[NUM_TEXT], again[NUM_TEXT];
        num_format(v, scale, text);
        if (!num_parse(str_of(text), &back, &read) || back != v || read < scale) fail_msg("%s", text);
        num_format(back, read, again);
        assert_string_equal(again, text);
    }
}

static void adding_tells_when_it_leaves_the_range(void **state)
{
    (void)state;
    num_t out;
    assert_true(num_add(NUM_MAX, 0, &out) && out == NUM_MAX);
    assert_false(num_add(NUM_MAX, NUM_MAX, &out));
    assert_false(num_add(-NUM_MAX, -NUM_MAX, &out));
    assert_true(num_add(NUM_MAX, -NUM_MAX, &out) && out == 0);
    assert_true(num_add(INT64_MAX, INT64_MIN, &out) && out == -1);
    assert_false(num_add(INT64_MIN, -1, &out));
}

static void a_double_is_taken_as_people_would_write_it(void **state)
{
    (void)state;
    static const struct {
        double d;
        num_t v;
    } rows[] = {
        {12.10, 12100000}, {0.1 + 0.2, 300000},          {-0.0000004, 0}, {1e-300, 0}, {2.5e6, 2500000000000},
        {-1.5, -1500000},  {8.9e12, 8900000000000000000}};
    num_t v;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(num_of_double(rows[i].d, &v));
        assert_true(v == rows[i].v);
    }
    assert_false(num_of_double(NAN, &v));
    assert_false(num_of_double(INFINITY, &v));
    assert_false(num_of_double(-INFINITY, &v));
    assert_false(num_of_double(9.1e12, &v));
    assert_false(num_of_double(1e300, &v));
    assert_false(num_of_double(-1e300, &v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_decimal_is_read_exactly_with_its_scale),
        cmocka_unit_test(what_is_no_decimal_of_the_range_is_refused),
        cmocka_unit_test(a_tenth_and_two_tenths_are_three_tenths),
        cmocka_unit_test(a_number_is_written_with_the_digits_it_has_or_was_given),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(adding_tells_when_it_leaves_the_range),
        cmocka_unit_test(a_double_is_taken_as_people_would_write_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
