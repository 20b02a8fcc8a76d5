#include "nudge/limits.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka needs the three standard ones above */
#include <cmocka.h>

static struct errors errors;

static struct doc *parse(const char *json)
{
    struct doc *d = doc_parse("f", str_of(json), &errors);
    assert_non_null(d);
    return d;
}

static void caps_are_a_number_per_span(void **state)
{
    (void)state;
    struct cap cap;
    assert_true(cap_parse(STR("2 per 7d"), &cap));
    assert_int_equal(cap.count, 2);
    assert_int_equal(cap.window, INT64_C(7) * 86400000);
    assert_true(cap_parse(STR(" 10  per  90 m "), &cap));
    assert_int_equal(cap.count, 10);
    assert_int_equal(cap.window, 90 * 60000);
    const char *const wrong[] = {"", "2", "2 per", "per 7d", "0 per 7d", "-1 per 7d", "2 per 7", "2 per 0d", "two per 7d", "2 per7d", "1000001 per 1d"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (cap_parse(str_of(wrong[i]), &cap)) fail_msg("taken: %s", wrong[i]);
}

static void lists_of_caps(void **state)
{
    (void)state;
    const struct {
        const char *json;
        size_t n, errors;
    } rows[] = {{"[]", 0, 0}, {"[\"1 per 1d\",\"3 per 7d\"]", 2, 0}, {"\"1 per 1d\"", 0, 1}, {"[\"x\",3,\"1 per 1d\"]", 3, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena;
        const struct cap *caps;
        size_t n = 0;
        struct doc *d = parse(rows[i].json);
        arena_init(&arena);
        assert_int_equal(node_caps(doc_root(d), &arena, &caps, &n, &errors), rows[i].errors == 0);
        assert_int_equal(n, rows[i].n);
        assert_int_equal(errors.count, rows[i].errors);
        errors_release(&errors);
        arena_release(&arena);
        doc_free(d);
    }
}

static void what_is_absent_stays_as_it_was(void **state)
{
    (void)state;
    struct doc *d = parse("{}");
    struct quiet_hours q = {1, 2, true};
    const struct cap *caps = NULL;
    size_t n = 7;
    assert_true(node_quiet_hours(node_get(doc_root(d), "x"), &q, &errors));
    assert_true(node_caps(node_get(doc_root(d), "x"), NULL, &caps, &n, &errors));
    assert_int_equal(q.to, 2);
    assert_int_equal(n, 7);
    doc_free(d);
}

static void quiet_hours(void **state)
{
    (void)state;
    const struct {
        const char *json;
        int from, to;
        bool defer;
        size_t errors;
    } rows[] = {
        {"false", 0, 0, true, 0},
        {"{\"from\":\"21:00\",\"to\":\"09:30\"}", 1260, 570, true, 0},
        {"{\"from\":\"13:00\",\"to\":\"24:00\",\"then\":\"drop\"}", 780, 0, false, 0},
        {"true", -1, -1, false, 1},
        {"{\"from\":\"21:00\"}", -1, -1, false, 1},
        {"{\"from\":\"21:00\",\"to\":\"25:00\"}", -1, -1, false, 1},
        {"{\"from\":\"00:00\",\"to\":\"24:00\"}", -1, -1, false, 1},
        {"{\"from\":\"1:00\",\"to\":9,\"then\":\"wait\",\"til\":0}", -1, -1, false, 4},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct quiet_hours q = {-1, -1, false};
        struct doc *d = parse(rows[i].json);
        bool right = node_quiet_hours(doc_root(d), &q, &errors);
        if (errors.count != rows[i].errors) fail_msg("%s: %zu errors", rows[i].json, errors.count);
        assert_int_equal(right, rows[i].errors == 0);
        assert_int_equal(q.from, rows[i].from);
        assert_int_equal(q.to, rows[i].to);
        assert_int_equal(q.defer, rows[i].defer);
        errors_release(&errors);
        doc_free(d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(caps_are_a_number_per_span),
        cmocka_unit_test(lists_of_caps),
        cmocka_unit_test(what_is_absent_stays_as_it_was),
        cmocka_unit_test(quiet_hours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
