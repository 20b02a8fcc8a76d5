#include "nudge/clock.h"
#include "nudge/doc.h"
#include "unit.h"

static struct errors e;
static struct doc *doc;

static int teardown(void **state)
{
    (void)state;
    doc_free(doc);
    doc = NULL;
    errors_release(&e);
    return 0;
}

static struct node parse(const char *text)
{
    doc_free(doc);
    errors_release(&e);
    doc = doc_parse("f.json", str_of(text), &e);
    if (!doc) fail_msg("%s: %s", text, e.list[0].text);
    return doc_root(doc);
}

static const char *last(void)
{
    static char line[1024];
    if (!e.n) return "nothing is wrong";
    error_format(&e.list[e.n - 1], line, sizeof line);
    return line;
}

/* What is said of a text that does not parse. */
static const char *refusal(struct str text)
{
    errors_release(&e);
    struct doc *d = doc_parse("f.json", text, &e);
    assert_null(d);
    assert_int_equal(e.count, 1);
    return last();
}

static void place_is(struct node at, const char *place)
{
    char expected[64];
    snprintf(expected, sizeof expected, "f.json:%s: here", place);
    node_fail(at, &e, "here");
    assert_string_equal(last(), expected);
}

static void key_place_is(struct node at, const char *place)
{
    char expected[64];
    snprintf(expected, sizeof expected, "f.json:%s: key", place);
    node_fail_key(at, &e, "key");
    assert_string_equal(last(), expected);
}

static void every_kind_of_value_knows_its_line_and_column(void **state)
{
    (void)state;
    struct node root = parse("\n { \"text\" : \"a\\\"]}\" ,\n"
                             "\"list\":[1, [ ] ,{},\n   \"x\" , {\"deep\":[[7]]}],\n"
                             "\t\"no\": -1.5e3, \"t\":true,\"f\":false,\"n\":null,\n"
                             "\"empty\":{ },\"last\":\n\n 5}\n");
    place_is(root, "2:2");
    place_is(node_get(root, "text"), "2:13");
    key_place_is(node_get(root, "text"), "2:4");
    struct node list = node_get(root, "list");
    place_is(list, "3:8");
    place_is(node_item(list, 0), "3:9");
    place_is(node_item(list, 1), "3:12");
    place_is(node_item(list, 2), "3:17");
    place_is(node_item(list, 3), "4:4");
    place_is(node_get(node_item(list, 4), "deep"), "4:18");
    place_is(node_item(node_item(node_get(node_item(list, 4), "deep"), 0), 0), "4:20");
    key_place_is(node_item(list, 0), "3:9"); /* under no key: the value's own place */
    place_is(node_get(root, "no"), "5:8");
    place_is(node_get(root, "t"), "5:20");
    place_is(node_get(root, "f"), "5:29");
    place_is(node_get(root, "n"), "5:39");
    place_is(node_get(root, "empty"), "6:9");
    place_is(node_get(root, "last"), "8:2");
    key_place_is(node_get(root, "last"), "6:13");
    place_is(node_get(root, "absent"), "2:2"); /* what is not there: where it should be */
}

static void columns_count_characters_as_editors_do(void **state)
{
    (void)state;
    struct node root =
        parse("{\"caf\xc3\xa9\":\"\xf0\x9f\x8d\x95\xf0\x9f\x8d\x95\",\"b\":[\"\xe2\x82\xac\",1]}");
    place_is(node_get(root, "b"), "1:18");
    place_is(node_item(node_get(root, "b"), 1), "1:23");
    node_fail_text(node_get(root, "caf\xc3\xa9"), 4, &e, "here"); /* the second pizza */
    assert_string_equal(last(), "f.json:1:11: here");
}

static void a_place_in_a_text_with_escapes_is_the_texts(void **state)
{
    (void)state;
    struct node root = parse("{\"a\":\"\\u00e9xyz\"}");
    node_fail_text(node_get(root, "a"), 3, &e, "here");
    assert_string_equal(last(), "f.json:1:6: here");
}

static void a_byte_order_mark_is_passed_over(void **state)
{
    (void)state;
    place_is(node_get(parse("\xef\xbb\xbf{\"a\":1}"), "a"), "1:6");
}

static void what_is_not_json_is_told_with_its_place(void **state)
{
    (void)state;
    const struct {
        struct str text;
        const char *place;
    } rows[] = {{STR(""), "f.json:1:1: not valid JSON: "},
                {STR("{\"a\":1,\n \"b\" 2}"), "f.json:2:6: not valid JSON: "},
                {STR("{\"a\":1,}"), "f.json:1:8: not valid JSON: "},
                {STR("[1,2"), "f.json:1:"},
                {STR("{\"a\":tru}"), "f.json:1:"},
                {STR("[1] x"), "f.json:1:5: not valid JSON: "},
                {STR("{\"a\":\"\xff\"}"), "f.json:1:"},
                {STR("[1e400]"), "f.json:1:"},
                {STR("[99999999999999999999]"), "f.json:1:"},
                {STR("[NaN]"), "f.json:1:"},
                {STR("[\"\\u0000\"]"), "f.json:1:"},
                {STR("[\"a\0b\"]"), "f.json:1:"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *said = refusal(rows[i].text);
        if (strncmp(said, rows[i].place, strlen(rows[i].place)) != 0) fail_msg("row %zu: %s", i, said);
    }
}

static void a_key_given_twice_is_an_error(void **state)
{
    (void)state;
    const char *said = refusal(STR("{\"a\":1,\n\"b\":{\"c\":1,\"c\":2}}"));
    assert_non_null(strstr(said, "f.json:2:"));
    assert_non_null(strstr(said, "duplicate"));
}

static void a_million_levels_end_in_an_error(void **state)
{
    (void)state;
    size_t n = 1000000;
    char *text = malloc(2 * n);
    assert_non_null(text);
    memset(text, '[', n);
    memset(text + n, ']', n);
    assert_non_null(strstr(refusal((struct str){text, 2 * n}), "depth"));
    memset(text, '{', n);
    refusal((struct str){text, n});
    free(text);
    struct node at = parse("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[7]]]]]]]]]]]]]]]]]]]]"
                           "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
    while (node_size(at)) at = node_item(at, 0);
    place_is(at, "1:61");
}

static void a_long_line_costs_time_in_proportion(void **state)
{
    (void)state;
    struct buf {
        char *p;
        size_t n;
    } b = {malloc(8 << 20), 0};
    b.p[b.n++] = '[';
    while (b.n < ((size_t)8 << 20) - 16) memcpy(b.p + b.n, "{\"a\":1},", 8), b.n += 8;
    b.p[b.n++] = '0', b.p[b.n++] = ']';
    int64_t start = clock_steady();
    doc = doc_parse("f.json", (struct str){b.p, b.n}, &e);
    assert_non_null(doc);
    struct node item = {0};
    size_t count = 0;
    for (size_t i = 0; node_each(doc_root(doc), i, &item); i++) count++;
    assert_int_equal(count, node_size(doc_root(doc)));
    char place[32];
    snprintf(place, sizeof place, "1:%zu", b.n - 1);
    place_is(item, place);
    assert_true(clock_steady() - start < 20000); /* one pass over 8 MB; quadratic would be hours */
    free(b.p);
}

static void members_come_in_the_order_of_the_file(void **state)
{
    (void)state;
    struct node root = parse("{\"z\":[1,{\"q\":2}],\"a\":{\"b\":{}},\"m\":3}"), value;
    struct str key;
    static const char *const keys[] = {"z", "a", "m"};
    static const char *const places[] = {"1:6", "1:22", "1:35"};
    for (size_t i = 0; i < 3; i++) {
        assert_true(node_member(root, i, &key, &value));
        assert_str(key, keys[i]);
        place_is(value, places[i]);
    }
    assert_false(node_member(root, 3, &key, &value));
    assert_false(node_member(node_get(root, "m"), 0, &key, &value));
    assert_false(node_member(node_get(root, "absent"), 0, &key, &value));
    assert_null(node_item(root, 0).value);
    assert_null(node_get(node_get(root, "m"), "x").value);
    assert_int_equal(node_size(root), 3);
    assert_int_equal(node_size(node_get(root, "z")), 2);
    assert_int_equal(node_size(node_get(root, "m")), 0);
}

static void all_errors_of_a_file_are_told_at_once(void **state)
{
    (void)state;
    struct node root = parse("{\"name\":5,\n \"priority\":\"high\",\n \"delay\":\"3 parsecs\",\n "
                             "\"push\":[],\n \"trigers\":{}, \"x\":1}");
    const struct str words[] = {STR("name"), STR("priority"), STR("delay"), STR("push"), STR("triggers")};
    struct str text;
    int64_t n;
    assert_false(node_known_keys(root, words, 5, &e));
    assert_false(node_text(node_get(root, "name"), &text, &e));
    assert_false(node_integer(node_get(root, "priority"), 0, 100, &n, &e));
    assert_false(node_duration(node_get(root, "delay"), &n, &e));
    assert_false(node_is_object(node_get(root, "push"), &e));
    static const char *const lines[] = {
        "f.json:1:9: expected a text, found a number",
        "f.json:2:13: expected a whole number, found a text",
        "f.json:3:10: \"3 parsecs\" is not a time span: expected a number and a unit, such as \"90s\", "
        "\"30m\", \"4h\", \"7d\" or \"2w\"",
        "f.json:4:9: expected an object { … }, found a list [ … ]",
        "f.json:5:2: \"trigers\" is not known here; did you mean \"triggers\"? Known: name, priority, delay, "
        "push, triggers",
        "f.json:5:16: \"x\" is not known here; known: name, priority, delay, push, triggers"};
    errors_sort(&e);
    assert_int_equal(e.n, 6);
    for (size_t i = 0; i < 6; i++) {
        char line[512];
        error_format(&e.list[i], line, sizeof line);
        if (i == 3)
            assert_true(strncmp(line, lines[i], 40) == 0);
        else
            assert_string_equal(line, lines[i]);
    }
}

static void values_are_read_as_what_they_are(void **state)
{
    (void)state;
    struct node root = parse("{\"i\":-7,\"r\":12.10,\"s\":\"12.50\",\"big\":9000000000001,\"t\":true,\"w\":"
                             "\"defer\",\"e\":\"a\\tb\"}");
    const struct str words[] = {STR("drop"), STR("defer")};
    num_t v;
    int64_t n;
    bool b;
    size_t w;
    struct str s;
    assert_true(node_number(node_get(root, "i"), &v, &e) && v == -7 * NUM_ONE);
    assert_true(node_number(node_get(root, "r"), &v, &e) && v == 12100000);
    assert_true(node_number(node_get(root, "s"), &v, &e) && v == 12500000);
    assert_true(node_integer(node_get(root, "i"), -7, -7, &n, &e) && n == -7);
    assert_true(node_boolean(node_get(root, "t"), &b, &e) && b);
    assert_true(node_word(node_get(root, "w"), words, 2, &w, &e) && w == 1);
    assert_true(node_text(node_get(root, "e"), &s, &e));
    assert_str(s, "a\tb");
    assert_int_equal(e.n, 0);
    assert_false(node_number(node_get(root, "big"), &v, &e));
    assert_false(node_number(node_get(root, "w"), &v, &e));
    assert_false(node_integer(node_get(root, "i"), 0, 10, &n, &e));
    assert_string_equal(last(), "f.json:1:6: expected a whole number from 0 to 10, found -7");
    assert_false(node_integer(node_get(root, "r"), 0, 100, &n, &e));
    assert_false(node_boolean(node_get(root, "i"), &b, &e));
    assert_false(node_word(node_get(root, "e"), words, 2, &w, &e));
    assert_false(node_text(node_get(root, "absent"), &s, &e));
    assert_string_equal(last(), "f.json:1:1: expected a text, found nothing");
    size_t told = e.n;
    assert_false(node_text(node_get(root, "i"), &s, NULL)); /* asked quietly */
    assert_int_equal(e.n, told);
}

static void a_time_span_is_a_number_and_a_unit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms; /* 0 = refused */
    } rows[] = {{"1500ms", 1500},
                {"90s", 90 * SECOND},
                {"30m", 30 * MINUTE},
                {"30 min", 30 * MINUTE},
                {"4h", 4 * HOUR},
                {"7d", 7 * DAY},
                {"2 w", 14 * DAY},
                {"3660d", 3660 * DAY},
                {"3661d", 0},
                {"0s", 0},
                {"", 0},
                {"s", 0},
                {"5", 0},
                {"-1h", 0},
                {"1.5h", 0},
                {"1 hour", 0},
                {"999999999999999w", 0},
                {"99999999999999999999ms", 0},
                {"1h30m", 0},
                {" 1h", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t ms = 0;
        bool right = duration_parse(str_of(rows[i].text), &ms);
        if (right != (rows[i].ms != 0) || (right && ms != rows[i].ms))
            fail_msg("\"%s\": %lld", rows[i].text, (long long)ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_kind_of_value_knows_its_line_and_column, teardown),
        cmocka_unit_test_teardown(columns_count_characters_as_editors_do, teardown),
        cmocka_unit_test_teardown(a_place_in_a_text_with_escapes_is_the_texts, teardown),
        cmocka_unit_test_teardown(a_byte_order_mark_is_passed_over, teardown),
        cmocka_unit_test_teardown(what_is_not_json_is_told_with_its_place, teardown),
        cmocka_unit_test_teardown(a_key_given_twice_is_an_error, teardown),
        cmocka_unit_test_teardown(a_million_levels_end_in_an_error, teardown),
        cmocka_unit_test_teardown(a_long_line_costs_time_in_proportion, teardown),
        cmocka_unit_test_teardown(members_come_in_the_order_of_the_file, teardown),
        cmocka_unit_test_teardown(all_errors_of_a_file_are_told_at_once, teardown),
        cmocka_unit_test_teardown(values_are_read_as_what_they_are, teardown),
        cmocka_unit_test_teardown(a_time_span_is_a_number_and_a_unit, teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
