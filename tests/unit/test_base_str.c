#include "unit.h"

static void utf8_is_as_rfc_3629_has_it(void **state)
{
    (void)state;
    const struct {
        struct str text;
        bool right;
    } rows[] = {
        {STR(""), true},
        {STR("plain"), true},
        {STR("\xc2\x80"), true},         /* U+0080, the least of two bytes */
        {STR("\xdf\xbf"), true},         /* U+07FF */
        {STR("\xe0\xa0\x80"), true},     /* U+0800 */
        {STR("\xed\x9f\xbf"), true},     /* U+D7FF, before the surrogates */
        {STR("\xee\x80\x80"), true},     /* U+E000, behind them */
        {STR("\xef\xbf\xbf"), true},     /* U+FFFF */
        {STR("\xf0\x90\x80\x80"), true}, /* U+10000 */
        {STR("\xf4\x8f\xbf\xbf"), true}, /* U+10FFFF */
        {STR("a\xf0\x9f\x8d\x95z"), true},
        {STR("\0"), false}, /* NUL */
        {STR("a\0b"), false},
        {STR("\x80"), false},             /* a continuation alone */
        {STR("\xc0\x80"), false},         /* overlong NUL */
        {STR("\xc1\xbf"), false},         /* overlong U+007F */
        {STR("\xe0\x9f\xbf"), false},     /* overlong U+07FF */
        {STR("\xf0\x8f\xbf\xbf"), false}, /* overlong U+FFFF */
        {STR("\xed\xa0\x80"), false},     /* U+D800 */
        {STR("\xed\xbf\xbf"), false},     /* U+DFFF */
        {STR("\xf4\x90\x80\x80"), false}, /* U+110000 */
        {STR("\xf5\x80\x80\x80"), false},
        {STR("\xff"), false},
        {STR("\xc2"), false}, /* cut off */
        {STR("\xe2\x82"), false},
        {STR("\xf0\x9f\x8d"), false},
        {STR("\xc2\x41"), false}, /* the second byte is none */
        {STR("\xe2\x82\x41"), false},
        {STR("\xe2\x41\xac"), false},
        {STR("\xf0\x9f\x8d\x41"), false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_is_utf8(rows[i].text) != rows[i].right) fail_msg("row %zu: expected %d", i, rows[i].right);
}

static size_t put_utf8(unsigned c, char out[4])
{
    if (c < 0x80) return out[0] = (char)c, 1;
    if (c < 0x800) return out[0] = (char)(0xc0 | c >> 6), out[1] = (char)(0x80 | (c & 63)), 2;
    if (c < 0x10000)
        return out[0] = (char)(0xe0 | c >> 12), out[1] = (char)(0x80 | (c >> 6 & 63)),
               out[2] = (char)(0x80 | (c & 63)), 3;
    out[0] = (char)(0xf0 | c >> 18), out[1] = (char)(0x80 | (c >> 12 & 63)),
    out[2] = (char)(0x80 | (c >> 6 & 63)), out[3] = (char)(0x80 | (c & 63));
    return 4;
}

static void every_character_but_nul_and_surrogates_is_text(void **state)
{
    (void)state;
    char room[4];
    for (unsigned c = 0; c <= 0x120000; c++) {
        bool right = c && (c < 0xd800 || c > 0xdfff) && c <= 0x10ffff;
        if (str_is_utf8((struct str){room, put_utf8(c, room)}) != right) fail_msg("U+%04X", c);
    }
}

static void every_two_bytes_are_judged_alike(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 256; a++) {
        for (unsigned b = 0; b < 256; b++) {
            char room[2] = {(char)a, (char)b};
            bool both_ascii = a && a < 0x80 && b && b < 0x80,
                 pair = a >= 0xc2 && a <= 0xdf && b >= 0x80 && b <= 0xbf;
            assert_int_equal(str_is_utf8((struct str){room, 2}), both_ascii || pair);
        }
    }
}

static void the_nearest_word_is_the_one_meant(void **state)
{
    (void)state;
    const struct str words[] = {STR("purchase"), STR("audience"), STR("priority"), STR("not"),
                                STR("any"),      STR("all"),      STR("trigger")};
    const struct {
        const char *typed, *meant; /* "" = none */
    } rows[] = {
        {"purchse", "purchase"},
        {"pruchase", "purchase"},
        {"purchases", "purchase"},
        {"audiance", "audience"},
        {"prioritty", "priority"},
        {"trgiger", "trigger"},
        {"nto", "not"},
        {"alll", "all"},
        {"xyz", ""},
        {"", ""},
        {"absolutely", ""},
        {"purch", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str near = str_nearest(str_of(rows[i].typed), words, sizeof words / sizeof *words);
        if (!str_eq(near, str_of(rows[i].meant)))
            fail_msg("%s: found \"%.*s\"", rows[i].typed, STR_ARG(near));
    }
}

static void a_word_of_any_length_may_be_asked_for(void **state)
{
    (void)state;
    static char giant[100000];
    memset(giant, 'a', sizeof giant);
    struct str words[] = {{giant, sizeof giant}, {giant, 64}, {giant, 65}};
    assert_int_equal(str_nearest((struct str){giant, sizeof giant}, words, 3).n, 0);
    assert_int_equal(str_nearest((struct str){giant, 64}, words, 3).n, 64);
    assert_int_equal(str_nearest((struct str){giant, 63}, words, 3).n, 64);
    assert_int_equal(str_nearest(STR("a"), NULL, 0).n, 0);
}

static void cutting_walks_through_a_list(void **state)
{
    (void)state;
    struct str rest = STR("a,,bc");
    assert_str(str_cut(&rest, ','), "a");
    assert_str(str_cut(&rest, ','), "");
    assert_str(str_cut(&rest, ','), "bc");
    assert_int_equal(rest.n, 0);
    assert_str(str_cut(&rest, ','), "");
    rest = STR("ends,");
    assert_str(str_cut(&rest, ','), "ends");
    assert_int_equal(rest.n, 0);
    rest = STR_NONE;
    assert_int_equal(str_cut(&rest, ',').n, 0);
}

static void order_is_that_of_the_bytes(void **state)
{
    (void)state;
    const struct str sorted[] = {STR(""),   STR("\0"), STR("A"),    STR("a"),   STR("a\0"),
                                 STR("ab"), STR("b"),  STR("\x80"), STR("\xff")};
    size_t n = sizeof sorted / sizeof *sorted;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            int c = str_cmp(sorted[i], sorted[j]);
            assert_int_equal((c > 0) - (c < 0), (i > j) - (i < j));
        }
    assert_int_equal(str_cmp(STR_NONE, STR("")), 0);
    assert_true(str_eq(STR_NONE, STR("")));
}

static void parts_are_found(void **state)
{
    (void)state;
    assert_int_equal(str_find(STR("one two"), STR("two")), 4);
    assert_int_equal(str_find(STR("one two"), STR("twos")), -1);
    assert_int_equal(str_find(STR("a\0b"), STR("\0b")), 1);
    assert_int_equal(str_find(STR(""), STR("a")), -1);
    assert_int_equal(str_find(STR_NONE, STR("")), 0);
    assert_true(str_starts(STR("nudged"), STR("nudge")));
    assert_true(str_starts(STR_NONE, STR("")));
    assert_false(str_starts(STR("nudge"), STR("nudged")));
    assert_str(str_trim(STR(" \t\r\n\v\f a b \n")), "a b");
    assert_int_equal(str_trim(STR(" \n ")).n, 0);
    assert_int_equal(str_trim(STR_NONE).n, 0);
}

/* Push ids' halves, places' keys and idempotency keys in customers' records are hashes: a build that hashes
 * otherwise reads none of them. */
static void a_hash_is_the_same_for_ever(void **state)
{
    (void)state;
    assert_true(str_hash(STR("")) == 0xefd01f60ba992926u);
    assert_true(str_hash(STR("friday-pizza")) == 0x74dbaf2a1346f5ddu);
    assert_true(str_hash(STR("caf\xc3\xa9\0x")) == 0xff0c6cd2722910e1u);
    assert_true(str_hash_seed(STR("friday-pizza"), 42) == 0x77337ef1ff64ebfeu);
    assert_true(str_hash_seed(STR("friday-pizza"), 0) == str_hash(STR("friday-pizza")));
    assert_true(str_hash(STR_NONE) == str_hash(STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(utf8_is_as_rfc_3629_has_it),
                                       cmocka_unit_test(every_character_but_nul_and_surrogates_is_text),
                                       cmocka_unit_test(every_two_bytes_are_judged_alike),
                                       cmocka_unit_test(the_nearest_word_is_the_one_meant),
                                       cmocka_unit_test(a_word_of_any_length_may_be_asked_for),
                                       cmocka_unit_test(cutting_walks_through_a_list),
                                       cmocka_unit_test(order_is_that_of_the_bytes),
                                       cmocka_unit_test(parts_are_found),
                                       cmocka_unit_test(a_hash_is_the_same_for_ever)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
