#include "nudge/buf.h"
#include "unit.h"
#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

static struct buf b;

static int teardown(void **state)
{
    (void)state;
    buf_release(&b);
    b = (struct buf){0};
    return 0;
}

/* ---- integers */

static void a_varint_is_as_short_as_protocol_buffers_has_it(void **state)
{
    (void)state;
    const struct {
        uint64_t v;
        struct str bytes;
    } rows[] = {{0, STR("\0")},
                {1, STR("\x01")},
                {127, STR("\x7f")},
                {128, STR("\x80\x01")},
                {300, STR("\xac\x02")},
                {16383, STR("\xff\x7f")},
                {16384, STR("\x80\x80\x01")},
                {UINT64_MAX, STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        buf_clear(&b);
        buf_varint(&b, rows[i].v);
        assert_true(str_eq(buf_str(&b), rows[i].bytes));
    }
}

static void an_integer_comes_back_as_it_went(void **state)
{
    (void)state;
    struct dice dice = dice_new(1);
    for (int i = 0; i < 20000; i++) {
        uint64_t u = i < 65 ? (i == 64 ? UINT64_MAX : (uint64_t)1 << i)
                            : dice_roll(&dice) >> dice_below(&dice, 64),
                 u2;
        int64_t s = (int64_t)(i % 2 ? u : ~u), s2;
        if (i == 70) s = INT64_MIN;
        if (i == 71) s = INT64_MAX;
        buf_clear(&b);
        buf_varint(&b, u);
        buf_zigzag(&b, s);
        struct str in = buf_str(&b);
        assert_true(str_varint(&in, &u2) && str_zigzag(&in, &s2));
        assert_true(u == u2 && s == s2 && in.n == 0);
    }
}

static void zigzag_keeps_small_numbers_short_on_both_sides(void **state)
{
    (void)state;
    const struct {
        int64_t v;
        size_t n;
    } rows[] = {{0, 1}, {-1, 1}, {63, 1}, {-64, 1}, {64, 2}, {-65, 2}, {INT64_MAX, 10}, {INT64_MIN, 10}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        buf_clear(&b);
        buf_zigzag(&b, rows[i].v);
        assert_int_equal(b.n, rows[i].n);
    }
}

static void a_cut_off_or_overlong_varint_is_refused(void **state)
{
    (void)state;
    const struct str wrong[] = {STR(""),
                                STR("\x80"),
                                STR("\xff\xff"),
                                STR("\x80\x80\x80\x80\x80\x80\x80\x80\x80"),
                                STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),      /* 65 bits */
                                STR("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01")}; /* 11 bytes */
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct str s = wrong[i];
        uint64_t v;
        assert_false(str_varint(&s, &v));
        assert_int_equal(s.n, 0);
        int64_t z;
        s = wrong[i];
        assert_false(str_zigzag(&s, &z));
    }
}

static void bytes_are_taken_only_if_they_are_all_there(void **state)
{
    (void)state;
    struct str s = STR("abc"), out;
    assert_true(str_bytes(&s, 0, &out) && out.n == 0);
    assert_true(str_bytes(&s, 2, &out));
    assert_str(out, "ab");
    assert_false(str_bytes(&s, 2, &out));
    assert_int_equal(s.n, 0);
    s = STR("abc");
    assert_false(str_bytes(&s, SIZE_MAX, &out));
    s = STR_NONE;
    assert_true(str_bytes(&s, 0, &out));
}

/* ---- JSON */

static void a_text_is_escaped_for_json(void **state)
{
    (void)state;
    const struct {
        struct str in;
        const char *out;
    } rows[] = {
        {STR(""), "\"\""},
        {STR("caf\xc3\xa9 \xf0\x9f\x8d\x95"), "\"caf\xc3\xa9 \xf0\x9f\x8d\x95\""},
        {STR("\"\\/"), "\"\\\"\\\\/\""},
        {STR("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\""},
        {STR("\0\x01\x1f\x7f"), "\"\\u0000\\u0001\\u001f\\u007f\""},
        {STR("a\xff\x62"), "\"a\xef\xbf\xbd\x62\""},
        {STR("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {STR("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {STR("\xc0\x80z"), "\"\xef\xbf\xbd\xef\xbf\xbdz\""},
        {STR("\xc3\xa9\xc3"), "\"\xc3\xa9\xef\xbf\xbd\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        buf_clear(&b);
        buf_json(&b, rows[i].in);
        assert_str(buf_str(&b), rows[i].out);
    }
    buf_clear(&b);
    buf_json(&b, STR_NONE);
    assert_str(buf_str(&b), "\"\"");
}

/* Whatever the bytes: a JSON parser accepts the text, and good text comes back the same. */
static void any_bytes_make_json_that_parses(void **state)
{
    (void)state;
    static const char *const pieces[] = {"a",    "\xc3\xa9", "\xf0\x9f\x8d\x95", "\"",           "\\",  "\n",
                                         "\x7f", "\xff",     "\xe2\x82",         "\xed\xa0\x80", "\xc3"};
    struct dice dice = dice_new(2);
    struct buf text = {0};
    for (int round = 0; round < 5000; round++) {
        buf_clear(&b);
        buf_clear(&text);
        for (size_t n = dice_below(&dice, 12); n; n--) {
            const char *piece = pieces[dice_below(&dice, sizeof pieces / sizeof *pieces)];
            if (dice_below(&dice, 20))
                buf_put(&text, piece, strlen(piece));
            else
                buf_char(&text, (char)dice_roll(&dice));
        }
        buf_json(&b, buf_str(&text));
        json_t *j = json_loadb(b.p, b.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        if (!j) fail_msg("round %d: %.*s", round, STR_ARG(buf_str(&b)));
        struct str back = {json_string_value(j), json_string_length(j)};
        assert_true(str_eq(back, buf_str(&text)) || !str_is_utf8(buf_str(&text)));
        json_decref(j);
    }
    buf_release(&text);
}

/* ---- the bound */

static void what_passes_the_bound_is_not_added_and_told_once(void **state)
{
    (void)state;
    b.max = 5;
    buf_put(&b, "abc", 3);
    assert_false(b.full);
    buf_put(&b, "def", 3);
    assert_true(b.full);
    assert_str(buf_str(&b), "abc");
    buf_put(&b, "de", 2);
    assert_str(buf_str(&b), "abcde");
    buf_put(&b, "", 0);
    buf_char(&b, 'x');
    buf_printf(&b, "%d", 1);
    assert_str(buf_str(&b), "abcde");
    buf_clear(&b);
    assert_false(b.full);
    buf_printf(&b, "%s", "12345");
    assert_false(b.full);
    assert_str(buf_str(&b), "12345");
    buf_char(&b, 'x'); /* nor after printing up to the bound, for which vsnprintf wants a byte more */
    assert_true(b.full);
    assert_str(buf_str(&b), "12345");
    buf_clear(&b);
    volatile size_t giant = SIZE_MAX; /* no size overflows the sum */
    buf_put(&b, "x", giant);
    assert_true(b.full);
    assert_int_equal(b.n, 0);
}

static void a_buffer_grows_to_what_is_put(void **state)
{
    (void)state;
    for (int i = 0; i < 3000; i++) buf_printf(&b, "%04d", i);
    assert_int_equal(b.n, 12000);
    assert_memory_equal(b.p, "000000010002", 12);
    assert_memory_equal(b.p + 11996, "2999", 4);
    buf_put(&b, NULL, 0);
    buf_reserve(&b, 100);
    assert_true(b.cap - b.n >= 100);
    assert_int_equal(b.n, 12000);
}

/* ---- files */

static void only_regular_files_within_the_bound_are_read(void **state)
{
    (void)state;
    char folder[] = "/tmp/nudge-test-XXXXXX", path[64], why[256] = "";
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/f", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    for (int i = 0; i < 10000; i++) fprintf(f, "0123456789");
    fclose(f);
    assert_int_equal(buf_read_file(&b, path, why, sizeof why), 0);
    assert_int_equal(b.n, 100000);
    buf_release(&b);
    b.max = 99999;
    assert_int_equal(buf_read_file(&b, path, why, sizeof why), -1);
    assert_string_equal(why, "is larger than 99999 bytes");
    buf_clear(&b);
    assert_int_equal(buf_read_file(&b, folder, why, sizeof why), -1);
    assert_string_equal(why, "is not a regular file");
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0); /* with no writer: must not block */
    assert_int_equal(buf_read_file(&b, path, why, sizeof why), -1);
    assert_string_equal(why, "is not a regular file");
    unlink(path);
    assert_int_equal(buf_read_file(&b, path, why, sizeof why), -1);
    assert_non_null(strstr(why, "No such file"));
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_varint_is_as_short_as_protocol_buffers_has_it, teardown),
        cmocka_unit_test_teardown(an_integer_comes_back_as_it_went, teardown),
        cmocka_unit_test_teardown(zigzag_keeps_small_numbers_short_on_both_sides, teardown),
        cmocka_unit_test(a_cut_off_or_overlong_varint_is_refused),
        cmocka_unit_test(bytes_are_taken_only_if_they_are_all_there),
        cmocka_unit_test_teardown(a_text_is_escaped_for_json, teardown),
        cmocka_unit_test_teardown(any_bytes_make_json_that_parses, teardown),
        cmocka_unit_test_teardown(what_passes_the_bound_is_not_added_and_told_once, teardown),
        cmocka_unit_test_teardown(a_buffer_grows_to_what_is_put, teardown),
        cmocka_unit_test_teardown(only_regular_files_within_the_bound_are_read, teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
