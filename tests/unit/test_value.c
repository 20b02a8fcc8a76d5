#include "nudge/value.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka needs the three above */
#include <cmocka.h>

#define NUMBER(n, s) ((struct value){.kind = VALUE_NUMBER, .number = (n), .scale = (s)})
#define BOOLEAN(b) ((struct value){.kind = VALUE_BOOLEAN, .boolean = (b)})
#define TEXT(z) VALUE_TEXT_OF(STR(z))
#define LIST(z) ((struct value){.kind = VALUE_LIST, .text = STR(z)})
#define NONE ((struct value){0})

static void assert_value_text(const struct value *v, const char *expected)
{
    struct buf b = {0};
    value_text(v, &b);
    buf_char(&b, 0);
    assert_string_equal(b.p, expected);
    buf_release(&b);
}

static void values_write_as_text(void **state)
{
    (void)state;
    const struct {
        struct value v;
        const char *text;
    } rows[] = {
        {NONE, ""},
        {TEXT("007"), "007"},
        {NUMBER(12500000, 2), "12.50"},
        {NUMBER(12500000, 0), "12.5"},
        {NUMBER(-7 * NUM_ONE, 0), "-7"},
        {NUMBER(NUM_MAX, 6), "9000000000000.000000"},
        {BOOLEAN(true), "true"},
        {BOOLEAN(false), "false"},
        {LIST(""), ""},
        {LIST("\1a"), "a"},
        {LIST("\1a\0\2bc"), "a, , bc"},
        {LIST("\1a\5bc"), "a"}, /* the damaged rest is left out */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) assert_value_text(&rows[i].v, rows[i].text);
}

static void a_list_ends_where_the_buffer_is_full(void **state)
{
    (void)state;
    struct value v = LIST("\3abc\3def\1g");
    struct buf b = {.max = 6};
    value_text(&v, &b);
    assert_true(b.full);
    assert_int_equal(b.n, 5);
    assert_memory_equal(b.p, "abc, ", 5);
    buf_release(&b);
}

static void texts_and_numbers_read_as_numbers(void **state)
{
    (void)state;
    const struct {
        struct value v;
        bool is;
        num_t number;
    } rows[] = {
        {TEXT("12.50"), true, 12500000},
        {TEXT("007"), true, 7 * NUM_ONE},
        {NUMBER(5, 6), true, 5},
        {TEXT("12,50"), false, 0},
        {TEXT(""), false, 0},
        {TEXT(" 7"), false, 0},
        {BOOLEAN(true), false, 0},
        {LIST("\0017"), false, 0},
        {NONE, false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        num_t n = 0;
        assert_int_equal(value_number(&rows[i].v, &n), rows[i].is);
        assert_int_equal(n, rows[i].number);
    }
}

static void equality_is_by_amount_or_by_text(void **state)
{
    (void)state;
    const struct {
        struct value a, b;
        bool eq;
    } rows[] = {
        {NUMBER(12500000, 1), NUMBER(12500000, 2), true},
        {NUMBER(12500000, 1), TEXT("12.50"), true},
        {NUMBER(12500000, 1), TEXT("12.51"), false},
        {NUMBER(5 * NUM_ONE, 0), TEXT("5kg"), false},
        {TEXT("007"), TEXT("7"), false},
        {TEXT("a"), TEXT("a"), true},
        {TEXT("true"), BOOLEAN(true), true},
        {BOOLEAN(false), BOOLEAN(true), false},
        {LIST("\1a\2bc"), TEXT("a, bc"), true},
        {LIST("\1a\2bc"), TEXT("a, b"), false},
        {LIST("\1a\2bc"), TEXT("a, bcd"), false},
        {LIST("\1a\2bc"), TEXT("a"), false},
        {LIST("\4a, b"), LIST("\1a\1b"), false},
        {LIST("\1a"), LIST("\1a"), true},
        {LIST("\0"), VALUE_TEXT_OF(STR_NONE), true},
        {LIST("\0017"), NUMBER(7 * NUM_ONE, 0), true},
        {NONE, NONE, true},
        {NONE, TEXT(""), false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(value_eq(&rows[i].a, &rows[i].b), rows[i].eq);
        assert_int_equal(value_eq(&rows[i].b, &rows[i].a), rows[i].eq);
    }
}

static void assert_same(const struct value *a, const struct value *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->boolean, b->boolean);
    assert_int_equal(a->number, b->number);
    assert_true(str_eq(a->text, b->text));
}

static void values_come_back_and_are_small(void **state)
{
    (void)state;
    char longest[300];
    memset(longest, 'x', sizeof longest);
    const struct {
        struct value v;
        size_t bytes;
    } rows[] = {
        {NONE, 1},
        {BOOLEAN(true), 1},
        {BOOLEAN(false), 1},
        {TEXT(""), 2},
        {TEXT("pizza"), 7},
        {TEXT("a\0b"), 5},
        {VALUE_TEXT_OF(((struct str){longest, sizeof longest})), 303},
        {NUMBER(12500000, 2), 3},
        {NUMBER(-12500000, 2), 3},
        {NUMBER(0, 0), 2},
        {NUMBER(NUM_MAX, 6), 11},
        {NUMBER(-NUM_MAX, 6), 11},
        {NUMBER(INT64_MIN, 6), 11},
        {NUMBER(1, 0), 2}, /* more digits than written: none is lost */
        {LIST(""), 2},
        {LIST("\1a\2bc"), 7},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = {0};
        value_encode(&rows[i].v, &b);
        assert_int_equal(b.n, rows[i].bytes);
        buf_str_put(&b, STR("next"));
        struct str in = buf_str(&b);
        struct value back;
        assert_true(value_decode(&in, &back));
        assert_same(&back, &rows[i].v);
        assert_true(str_eq(in, STR("next")));
        buf_release(&b);
    }
}

static void a_written_scale_comes_back(void **state)
{
    (void)state;
    for (int scale = 0; scale <= 6; scale++) {
        struct value v = NUMBER(12 * NUM_ONE, (uint8_t)scale), back;
        struct buf b = {0};
        value_encode(&v, &b);
        struct str in = buf_str(&b);
        assert_true(value_decode(&in, &back));
        assert_int_equal(back.scale, scale);
        buf_release(&b);
    }
}

static void damaged_bytes_are_refused(void **state)
{
    (void)state;
    const struct str rows[] = {
        STR(""),
        STR("\x05"), /* no such kind */
        STR("\x10"), /* bits where none belong */
        STR("\x11\1a"),
        STR("\x23"),   /* a boolean that is two */
        STR("\x72\1"), /* seven digits behind the point */
        STR("\x22"),   /* a number cut off */
        STR("\x22\x80"),
        STR("\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), /* past int64 when scaled up */
        STR("\x01"),                                         /* a text cut off */
        STR("\x01\5abcd"),
        STR("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), /* longer than memory */
        STR("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), /* longer than 64 bits */
        STR("\x04\2\5a"),                                    /* an item longer than its list */
        STR("\x04\3\1a\x80"),
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *exact = malloc(rows[i].n + !rows[i].n); /* so that a read past the end is seen */
        assert_non_null(exact);
        memcpy(exact, rows[i].p, rows[i].n);
        struct str in = {exact, rows[i].n};
        struct value v;
        assert_false(value_decode(&in, &v));
        free(exact);
    }
}

static void lists_are_walked_item_by_item(void **state)
{
    (void)state;
    struct buf b = {0};
    list_put(&b, STR("nuts"));
    list_put(&b, STR(""));
    list_put(&b, STR("milk"));
    struct str rest = buf_str(&b), item;
    assert_true(list_next(&rest, &item) && str_eq(item, STR("nuts")));
    assert_true(list_next(&rest, &item) && str_eq(item, STR("")));
    assert_true(list_next(&rest, &item) && str_eq(item, STR("milk")));
    assert_false(list_next(&rest, &item));
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_write_as_text),
        cmocka_unit_test(a_list_ends_where_the_buffer_is_full),
        cmocka_unit_test(texts_and_numbers_read_as_numbers),
        cmocka_unit_test(equality_is_by_amount_or_by_text),
        cmocka_unit_test(values_come_back_and_are_small),
        cmocka_unit_test(a_written_scale_comes_back),
        cmocka_unit_test(damaged_bytes_are_refused),
        cmocka_unit_test(lists_are_walked_item_by_item),
    };
    return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
