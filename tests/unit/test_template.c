#include "nudge/template.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka needs the three above */
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define NBSP "\u00a0"
#define NARROW "\u202f"
#define TEXT(z) VALUE_TEXT_OF(STR(z))

struct field {
    struct str name;
    struct value value;
};

static const struct field customer[] = {
    {{"first_name", 10}, {.kind = VALUE_TEXT, .text = {"ada", 3}}},
    {{"nickname", 8}, {.kind = VALUE_TEXT}},
    {{"store.name", 10}, {.kind = VALUE_TEXT, .text = {"Zuid", 4}}},
    {{"naïf", 5}, {.kind = VALUE_TEXT, .text = {"yes", 3}}},
    {{"spaced", 6}, {.kind = VALUE_TEXT, .text = {" \t a b\n ", 8}}},
    {{"amount", 6}, {.kind = VALUE_TEXT, .text = {"1234.50", 7}}},
    {{"points", 6}, {.kind = VALUE_NUMBER, .number = 1500 * NUM_ONE}},
    {{"vip", 3}, {.kind = VALUE_BOOLEAN, .boolean = true}},
    {{"tastes", 6}, {.kind = VALUE_LIST, .text = {"\4nuts\4milk\3tea", 14}}},
    {{"nothing", 7}, {.kind = VALUE_NONE}},
    {{"none", 4}, {.kind = VALUE_LIST}},
};

static bool customer_get(void *ctx, struct str name, struct value *out)
{
    const struct value *x = ctx; /* the value of the field "x" */
    if (x && str_eq(name, STR("x"))) {
        *out = *x;
        return true;
    }
    for (size_t i = 0; i < COUNT(customer); i++) {
        if (!str_eq(customer[i].name, name)) continue;
        *out = customer[i].value;
        return true;
    }
    return false;
}

static void assert_renders_with(const struct fields *fields, const char *text, const char *expected)
{
    struct arena arena;
    arena_init(&arena);
    char why[400] = "";
    size_t offset = 0;
    struct template *t = template_parse(&arena, str_of(text), &offset, why, sizeof why);
    if (!t) fail_msg("%s: byte %zu: %s", text, offset, why);
    struct buf out = {0};
    buf_str_put(&out, STR("before "));
    template_render(t, fields, &out);
    buf_char(&out, 0);
    if (strcmp(out.p, "before ") == 0 && *expected) fail_msg("%s: nothing, not %s", text, expected);
    assert_memory_equal(out.p, "before ", 7);
    if (strcmp(out.p + 7, expected) != 0) fail_msg("%s: %s, not %s", text, out.p + 7, expected);
    buf_release(&out);
    arena_release(&arena);
}

static void assert_renders(const char *text, const char *expected)
{
    assert_renders_with(&(struct fields){.get = customer_get}, text, expected);
}

struct row {
    const char *text, *expected;
};

static void rows_render(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) assert_renders(rows[i].text, rows[i].expected);
}

static void texts_and_fields(void **state)
{
    (void)state;
    const struct row rows[] = {
        {"", ""},
        {"plain", "plain"},
        {"{ } }} { { %} % 5", "{ } }} { { %} % 5"},
        {"Hi {{first_name}}!", "Hi ada!"},
        {"{{ first_name }}{{first_name}}", "adaada"},
        {"{{\n\tfirst_name\n}}", "ada"},
        {"{{ store.name }}", "Zuid"},
        {"{{naïf}}", "yes"},
        {"[{{unknown}}]", "[]"},
        {"[{{nothing}}{{none}}{{nickname}}]", "[]"},
        {"{{amount}} {{points}} {{vip}} {{tastes}}", "1234.50 1500 true nuts, milk, tea"},
        {"{{ '{{' }} {{ \"}}\" }} {{ '{%' }} {{ \"it's\" }}", "{{ }} {% it's"},
        {"{{ '' }}", ""},
        {"{{ 'a' | upcase }}", "A"},
    };
    rows_render(rows, COUNT(rows));
}

static void filters(void **state)
{
    (void)state;
    const struct row rows[] = {
        {"{{ first_name | default: 'you' }}", "ada"},
        {"{{ nickname | default: 'you' }}", "you"},
        {"{{ unknown | default: \"you\" }}", "you"},
        {"{{ nothing|default:'you' }}", "you"},
        {"{{ none | default: 'no taste' }}", "no taste"},
        {"{{ unknown | upcase | strip | default: 'you' }}", "you"},
        {"{{ unknown | default: 5 }}", "5"},
        {"{{ unknown | default: 'you' | upcase }}", "YOU"},
        {"{{ vip | default: 'x' }}", "true"},
        {"{{ first_name | upcase }}", "ADA"},
        {"{{ 'ADA Lovelace' | downcase }}", "ada lovelace"},
        {"{{ 'aDA LOVE' | capitalize }}", "Ada love"},
        {"{{ '' | capitalize }}", ""},
        {"{{ tastes | upcase }}", "NUTS, MILK, TEA"},
        {"{{ vip | capitalize }}", "True"},
        {"{{ '  a b ' | strip }}", "a b"},
        {"{{ spaced | strip }}", "a b"},
        {"{{ points | strip }}", "1500"},
        {"{{ '&a b/é~' | url_encode }}", "%26a%20b%2F%C3%A9~"},
        {"{{ 'banana' | replace: 'an', 'o' }}", "booa"},
        {"{{ 'banana' | replace: 'a', '' }}", "bnn"},
        {"{{ 'aaa' | replace: 'a', '' | default: 'x' }}", "x"},
        {"{{ 'banana' | replace: 'x', 'y' }}", "banana"},
        {"{{ '10' | replace: 1, 2 }}", "20"},
        {"{{ tastes | join: ' & ' }}", "nuts & milk & tea"},
        {"{{ first_name | join: ' & ' }}", "ada"},
        {"{{ tastes | join: '/' | upcase | replace: 'MILK', 'SOY' | truncate: 9 | downcase }}",
         "nuts/soy\u2026"},
    };
    rows_render(rows, COUNT(rows));
}

static void case_of_other_alphabets(void **state)
{
    (void)state;
    const struct row rows[] = {
        {"{{ 'éàçñøþÿœšžłőğ' | upcase }}", "ÉÀÇÑØÞŸŒŠŽŁŐĞ"},
        {"{{ 'ÉÀÇÑØÞŸŒŠŽŁŐĞİ' | downcase }}", "éàçñøþÿœšžłőği"},
        {"{{ 'привет, ёж їґ' | upcase }}", "ПРИВЕТ, ЁЖ ЇҐ"},
        {"{{ 'ПРИВЕТ, ЁЖ ЇҐ' | downcase }}", "привет, ёж їґ"},
        {"{{ 'éCOLE' | capitalize }}", "École"},
        {"{{ 'москва' | capitalize }}", "Москва"},
        {"{{ 'straße' | upcase }}", "STRASSE"},
        {"{{ 'ßa' | capitalize }}", "Ssa"},
        {"{{ 'ẞ' | downcase }}", "ß"},
        {"{{ 'µ÷×ı' | upcase }}", "Μ÷×I"},
        {"{{ 'αθήνας' | upcase }}", "ΑΘΉΝΑΣ"},
        {"{{ 'ịș' | upcase }}", "ỊȘ"},
        {"{{ '中文 🍕' | upcase }}", "中文 🍕"},
        {"{{ 'ijssalon' | capitalize }}", "Ijssalon"},
    };
    rows_render(rows, COUNT(rows));
    struct fields dutch = {.get = customer_get, .language = STR("nl-BE")};
    assert_renders_with(&dutch, "{{ 'ijssalon' | capitalize }}", "IJssalon");
    assert_renders_with(&dutch, "{{ 'i' | capitalize }}", "I");
}

static void truncate_counts_what_is_seen(void **state)
{
    (void)state;
    const struct row rows[] = {
        {"{{ 'abcdef' | truncate: 6 }}", "abcdef"},
        {"{{ 'abcdef' | truncate: 5 }}", "abcd\u2026"},
        {"{{ 'abcdef' | truncate: 1 }}", "\u2026"},
        {"{{ 'a' | truncate: 1 }}", "a"},
        {"{{ '' | truncate: 1 }}", ""},
        {"{{ 'ééé' | truncate: 2 }}", "é\u2026"},
        {"{{ 'e\u0301e\u0301e\u0301' | truncate: 3 }}", "e\u0301e\u0301e\u0301"},
        {"{{ 'e\u0301e\u0301e\u0301' | truncate: 2 }}", "e\u0301\u2026"},
        {"{{ '👩‍👩‍👧‍👦👍🏽🇳🇱🇫🇷x' | truncate: 5 }}",
         "👩‍👩‍👧‍👦👍🏽🇳🇱🇫🇷x"},
        {"{{ '👩‍👩‍👧‍👦👍🏽🇳🇱🇫🇷x' | truncate: 4 }}",
         "👩‍👩‍👧‍👦👍🏽🇳🇱\u2026"},
        {"{{ '❤️a' | truncate: 2 }}", "❤️a"},
        {"{{ '\xff\xfe\xfd' | truncate: 2 }}", "\xff\u2026"},
    };
    rows_render(rows, COUNT(rows));
}

struct spoken {
    const char *language, *value, *text, *expected;
};

static void rows_speak(const struct spoken *rows, size_t n, const char *currency)
{
    for (size_t i = 0; i < n; i++) {
        struct value x = VALUE_TEXT_OF(str_of(rows[i].value));
        struct fields f = {customer_get, &x, str_of(rows[i].language), str_of(currency), NULL};
        assert_renders_with(&f, rows[i].text, rows[i].expected);
    }
}

static void numbers_in_each_language(void **state)
{
    (void)state;
    const struct spoken rows[] = {
        {"en", "1234567.5", "{{x|number}}", "1,234,567.5"},
        {"nl", "1234567.5", "{{x|number}}", "1.234.567,5"},
        {"ru", "1234567.5", "{{x|number}}", "1" NBSP "234" NBSP "567,5"},
        {"de", "1234567.5", "{{x|number}}", "1.234.567,5"},
        {"fr", "1234567.5", "{{x|number}}", "1" NARROW "234" NARROW "567,5"},
        {"es", "1234567.5", "{{x|number}}", "1.234.567,5"},
        {"es", "1234", "{{x|number}}", "1234"},
        {"es", "12345", "{{x|number}}", "12.345"},
        {"nl", "1234", "{{x|number}}", "1.234"},
        {"pl", "1234.5", "{{x|number}}", "1,234.5"},
        {"", "1234.5", "{{x|number}}", "1,234.5"},
        {"NL_be", "1.5", "{{x|number}}", "1,5"},
        {"nld", "1.5", "{{x|number}}", "1.5"},
        {"en", "12.50", "{{x|number}}", "12.50"},
        {"en", "007", "{{x|number}}", "7"},
        {"en", "-999.995", "{{x|number: 2}}", "-1,000.00"},
        {"en", "0.5", "{{x|number: 0}}", "1"},
        {"en", "1.5", "{{x|number: 0}}", "2"},
        {"en", "2.5", "{{x|number: 0}}", "3"},
        {"en", "-2.5", "{{x|number: 0}}", "-3"},
        {"en", "-0.4", "{{x|number: 0}}", "0"},
        {"en", "4", "{{x|number: 6}}", "4.000000"},
        {"en", "999999999999.999999", "{{x|number: 5}}", "1,000,000,000,000.00000"},
        {"en", "many", "{{x|number: 2}}", "many"},
        {"en", "", "{{x|number}}", ""},
        {"en", "1e5", "{{x|number}}", "1e5"},
        {"de", "", "{{points|number}} {{vip|number}}", "1.500 true"},
    };
    rows_speak(rows, COUNT(rows), "");
    struct value most = {.kind = VALUE_NUMBER, .number = INT64_MIN, .scale = 2};
    assert_renders_with(&(struct fields){.get = customer_get, .ctx = &most}, "{{x|number}} {{x|number: 0}}",
                        "-9,223,372,036,854.775808 -9,223,372,036,855");
}

static void money_in_each_language(void **state)
{
    (void)state;
    const struct spoken rows[] = {
        {"en", "1234.5", "{{x|money}}", "€1,234.50"},
        {"nl", "1234.5", "{{x|money}}", "€" NBSP "1.234,50"},
        {"ru", "1234.5", "{{x|money}}", "1" NBSP "234,50" NBSP "€"},
        {"de", "1234.5", "{{x|money}}", "1.234,50" NBSP "€"},
        {"fr", "1234.5", "{{x|money}}", "1" NARROW "234,50" NBSP "€"},
        {"es", "1234.5", "{{x|money}}", "1234,50" NBSP "€"},
        {"es", "12345.5", "{{x|money}}", "12.345,50" NBSP "€"},
        {"en", "-12.5", "{{x|money}}", "-€12.50"},
        {"nl", "-12.5", "{{x|money}}", "€" NBSP "-12,50"},
        {"de", "-12.5", "{{x|money}}", "-12,50" NBSP "€"},
        {"en", "-12.5", "{{x|money: 'CHF'}}", "-CHF" NBSP "12.50"},
        {"nl", "-12.5", "{{x|money: 'CHF'}}", "CHF" NBSP "-12,50"},
        {"fr", "12.5", "{{x|money: 'CHF'}}", "12,50" NBSP "CHF"},
        {"en", "12.5", "{{x|money: 'USD'}}", "$12.50"},
        {"nl", "12.5", "{{x|money: 'USD'}}", "US$" NBSP "12,50"},
        {"ru", "12.5", "{{x|money: 'RUB'}}", "12,50" NBSP "₽"},
        {"en", "12.5", "{{x|money: 'RUB'}}", "RUB" NBSP "12.50"},
        {"fr", "12.5", "{{x|money: 'GBP'}}", "12,50" NBSP "£GB"},
        {"es", "12.5", "{{x|money: 'GBP'}}", "12,50" NBSP "GBP"},
        {"de", "12.5", "{{x|money: 'XYZ'}}", "12,50" NBSP "XYZ"},
        {"en", "12.5", "{{x|money: 'JPY'}}", "¥13"},
        {"en", "-12.5", "{{x|money: 'KRW'}}", "-₩13"},
        {"en", "12.4999", "{{x|money: 'JPY'}}", "¥12"},
        {"en", "12.3455", "{{x|money: 'BHD'}}", "BHD" NBSP "12.346"},
        {"en", "12.5", "{{x|money: 'KWD'}}", "KWD" NBSP "12.500"},
        {"en", "0.005", "{{x|money}}", "€0.01"},
        {"en", "-0.004", "{{x|money}}", "€0.00"},
        {"en", "free", "{{x|money}}", "free"},
        {"en", "", "{{unknown|money}}", ""},
        {"en", "", "{{unknown|default: 10|money}}", "€10.00"},
    };
    rows_speak(rows, COUNT(rows), "EUR");
}

static void money_in_the_currency_of_the_event(void **state)
{
    (void)state;
    const struct {
        const char *currency, *expected;
    } rows[] = {
        {"", "12.50"},
        {"eur", "€12.50"},
        {"Jpy", "¥13"},
        {"points", "points" NBSP "12.50"},
        {"F C", "F"
                " C" NBSP "12.50"},
        {"⭐", "⭐12.50"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct spoken row = {"en", "12.5", "{{x|money}}", rows[i].expected};
        rows_speak(&row, 1, rows[i].currency);
    }
}

static void dates_in_each_language(void **state)
{
    (void)state;
    const char *every = "{{x|date: '%d %e %m %B %b %Y %y %H %I %M %p %A %a %j %%'}}";
    const struct spoken rows[] = {
        {"en", "2026-12-04", "{{x|date}}", "December 4, 2026"},
        {"nl", "2026-12-04", "{{x|date}}", "4 december 2026"},
        {"ru", "2026-12-04", "{{x|date}}", "4 декабря 2026 г."},
        {"de", "2026-12-04", "{{x|date}}", "4. Dezember 2026"},
        {"fr", "2026-12-04", "{{x|date}}", "4 décembre 2026"},
        {"es", "2026-12-04", "{{x|date}}", "4 de diciembre de 2026"},
        {"en", "2026-03-04T16:05Z", every, "04 4 03 March Mar 2026 26 16 04 05 PM Wednesday Wed 063 %"},
        {"nl", "2026-03-04T16:05Z", every, "04 4 03 maart mrt 2026 26 16 04 05 p.m. woensdag wo 063 %"},
        {"ru", "2026-03-04T16:05Z", every, "04 4 03 марта мар. 2026 26 16 04 05 PM среда ср 063 %"},
        {"de", "2026-03-04T16:05Z", every, "04 4 03 März März 2026 26 16 04 05 PM Mittwoch Mi 063 %"},
        {"fr", "2026-03-04T16:05Z", every, "04 4 03 mars mars 2026 26 16 04 05 PM mercredi mer. 063 %"},
        {"es", "2026-03-04T16:05Z", every,
         "04 4 03 marzo mar 2026 26 16 04 05 p." NARROW "m. miércoles mié 063 %"},
        {"ru", "2026-03-04", "{{x|date: '%B %Y'}}", "март 2026"},
        {"ru", "2026-03-04", "{{x|date: '%b'}}", "март"},
        {"de", "2026-03-04", "{{x|date: '%b'}}", "Mär"},
        {"ru", "2026-03-04", "{{x|date: '%%d %B'}}", "%d март"},
        {"en", "2026-12-31T00:00Z", "{{x|date: '%I %p %j %a'}}", "12 AM 365 Thu"},
        {"en", "2028-12-31T12:00Z", "{{x|date: '%I %p %j %a'}}", "12 PM 366 Sun"},
    };
    rows_speak(rows, COUNT(rows), "");
}

static void months_and_days_are_all_there(void **state)
{
    (void)state;
    const char *languages[] = {"en", "nl", "ru", "de", "fr", "es"};
    for (size_t l = 0; l < COUNT(languages); l++) {
        char seen[40][64];
        for (int i = 0; i < 12; i++) {
            char date[16];
            snprintf(date, sizeof date, "2026-%02d-%02d", i + 1, i + 1);
            struct value x = VALUE_TEXT_OF(str_of(date));
            struct fields f = {customer_get, &x, str_of(languages[l]), STR_NONE, NULL};
            struct arena arena;
            arena_init(&arena);
            struct buf out = {0};
            size_t offset;
            char why[64];
            struct str text = STR("{{x|date: '%d %B %b'}}{{x|date: '%B %b'}}{{x|date: '%A %a'}}");
            template_render(template_parse(&arena, text, &offset, why, sizeof why), &f, &out);
            assert_true(str_is_utf8(buf_str(&out)));
            assert_in_range(out.n, 20, 150);
            snprintf(seen[i], sizeof seen[i], "%.*s", STR_ARG(buf_str(&out)));
            for (int j = 0; j < i; j++) assert_string_not_equal(seen[i], seen[j]);
            buf_release(&out);
            arena_release(&arena);
        }
    }
}

static void dates_in_any_writing(void **state)
{
    (void)state;
    const char *text = "{{x|date: '%Y-%m-%d %H:%M'}}";
    const struct spoken rows[] = {
        {"", "1796400000", text, "2026-12-04 16:00"},
        {"", "1796400000.75", text, "2026-12-04 16:00"},
        {"", "1796400000000", text, "2026-12-04 16:00"},
        {"", "0", text, "1970-01-01 00:00"},
        {"", "-60", text, "1969-12-31 23:59"},
        {"", "-100000000001", text, "1966-10-31 14:13"},
        {"", "100000000000", text, "5138-11-16 09:46"},
        {"", "100000000001", text, "1973-03-03 09:46"},
        {"", "2026-12-04T16:00:00+01:00", text, "2026-12-04 15:00"},
        {"", "2026-12-04T16:00:00.5Z", text, "2026-12-04 16:00"},
        {"", "2026-12-04 16:00", text, "2026-12-04 16:00"},
        {"", "2026-12-04", text, "2026-12-04 00:00"},
        {"", "2026-02-30", text, "2026-02-30"},
        {"", "soon", text, "soon"},
        {"", "", text, ""},
        {"", "-", text, "-"},
        {"", "12.x", text, "12.x"},
        {"", "9999999999999999999", text, "9999999999999999999"},
        {"", "999999999999999", text, "999999999999999"}, /* the year 33658 */
        {"", "", "{{vip|date}} {{tastes|date}}", "true nuts, milk, tea"},
        {"", "", "{{points|date: '%H:%M'}}", "00:25"},
    };
    rows_speak(rows, COUNT(rows), "");
}

static void dates_in_the_zone(void **state)
{
    (void)state;
    struct zones *zones = zones_new(NULL);
    const struct zone *zone = zones_get(zones, STR("Europe/Amsterdam"));
    assert_non_null(zone);
    const struct row rows[] = {
        {"2026-12-04T23:30:00Z", "5 december 00:30"}, {"2026-07-04T23:30:00Z", "5 juli 01:30"},
        {"2026-12-04", "4 december 00:00"},           {"2026-12-04T10:00", "4 december 10:00"},
        {"1796400000", "4 december 17:00"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct value x = VALUE_TEXT_OF(str_of(rows[i].text));
        struct fields f = {customer_get, &x, STR("nl"), STR_NONE, zone};
        assert_renders_with(&f, "{{x|date: '%e %B %H:%M'}}", rows[i].expected);
    }
    zones_free(zones);
}

static void errors_say_where_and_what(void **state)
{
    (void)state;
    const struct {
        const char *text;
        size_t offset;
        const char *why;
    } rows[] = {
        {"Hi {{ name", 3, "{{ is never closed: }} expected"},
        {"Hi {{", 3, "{{ is never closed: }} expected"},
        {"{{ a }} {{ b }", 8, "{{ is never closed: }} expected"},
        {"{{}}", 2, "a field's name or a quoted text expected, found }}"},
        {"{{   }}", 5, "a field's name or a quoted text expected, found }}"},
        {"{{ | upcase }}", 3, "a field's name or a quoted text expected, found |"},
        {"{{{a}}}", 2, "a field's name or a quoted text expected, found {"},
        {"{{- a -}}", 2, "a field's name or a quoted text expected, found -"},
        {"{{ a -}}", 5, "| or }} expected, found -"},
        {"{{ a- }}", 4, "| or }} expected, found -"},
        {"{{ first name }}", 9, "| or }} expected, found n"},
        {"{{ a “ }}", 5, "| or }} expected, found “"},
        {"{{ a, {{b}}", 4, "| or }} expected, found ,"},
        {"{{ a }", 0, "{{ is never closed: }} expected"},
        {"{{ 'a }}", 3, "the quoted text is never closed: ' expected"},
        {"{{ a | default: \"x }}", 16, "the quoted text is never closed: \" expected"},
        {"{{ '}}' ", 8, "| or }} expected, found the end"},
        {"a {% if b %}", 2, "tags are not supported; only {{ }}"},
        {"{{ a }}{% endif %}", 7, "tags are not supported; only {{ }}"},
        {"{{ a | }}", 7, "the name of a filter expected, found }}"},
        {"{{ a || b }}", 6, "the name of a filter expected, found |"},
        {"{{ a | upcas }}", 7,
         "unknown filter upcas; did you mean upcase? (filters: default, upcase, downcase, capitalize, "
         "truncate, "
         "number, money, date, url_encode, strip, replace, join)"},
        {"{{ a | frobnicate }}", 7,
         "unknown filter frobnicate (filters: default, upcase, downcase, capitalize, truncate, number, "
         "money, "
         "date, url_encode, strip, replace, join)"},
        {"{{ a | default }}", 7, "an argument is missing: a quoted text expected, as in default: 'Hi'"},
        {"{{ a | default: }}", 16, "a quoted text or a number, as in default: 'Hi', expected, found }}"},
        {"{{ a | default: b }}", 16, "a quoted text or a number, as in default: 'Hi', expected, found b"},
        {"{{ a | default: 'b', 'c' }}", 21, "an argument too many: default: 'Hi' expected"},
        {"{{ a | default: 1.2.3 }}", 16, "a quoted text or a number, as in default: 'Hi', expected, found 1"},
        {"{{ a | upcase: 'x' }}", 15, "an argument too many: upcase expected"},
        {"{{ a | replace: 'x' }}", 7,
         "an argument is missing: a quoted text expected, as in replace: 'a', 'b'"},
        {"{{ a | replace: '', 'x' }}", 16, "a text that is not empty expected, as in replace: 'a', 'b'"},
        {"{{ a | replace: 'x', 'y', 'z' }}", 26, "no filter takes more than 2 arguments"},
        {"{{ a | truncate }}", 7,
         "an argument is missing: a whole number from 1 to 10000 expected, as in truncate: 20"},
        {"{{ a | truncate: 0 }}", 17, "a whole number from 1 to 10000 expected, as in truncate: 20"},
        {"{{ a | truncate: 10001 }}", 17, "a whole number from 1 to 10000 expected, as in truncate: 20"},
        {"{{ a | truncate: -5 }}", 17, "a whole number from 1 to 10000 expected, as in truncate: 20"},
        {"{{ a | truncate: '5' }}", 17, "a whole number from 1 to 10000 expected, as in truncate: 20"},
        {"{{ a | number: 7 }}", 15, "a whole number from 0 to 6 expected, as in number: 1"},
        {"{{ a | number: 1.5 }}", 15, "a whole number from 0 to 6 expected, as in number: 1"},
        {"{{ a | money: 'eur' }}", 14, "a currency's code of three capitals expected, as in money: 'EUR'"},
        {"{{ a | money: 'EURO' }}", 14, "a currency's code of three capitals expected, as in money: 'EUR'"},
        {"{{ a | date: '%Q' }}", 13,
         "a quoted text with %d %e %m %B %b %Y %y %H %I %M %p %A %a %j or %% expected, as in date: '%d %B "
         "%H:%M'"},
        {"{{ a | date: '100%' }}", 13,
         "a quoted text with %d %e %m %B %b %Y %y %H %I %M %p %A %a %j or %% expected, as in date: '%d %B "
         "%H:%M'"},
        {"{{ a | join }}", 7, "an argument is missing: a quoted text expected, as in join: ' & '"},
        {"{{ a | upcase downcase }}", 14, "| or }} expected, found d"},
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char why[400] = "";
        size_t offset = 999;
        struct template *t = template_parse(&arena, str_of(rows[i].text), &offset, why, sizeof why);
        if (t) fail_msg("%s: accepted", rows[i].text);
        if (strcmp(why, rows[i].why) != 0) fail_msg("%s: %s, not %s", rows[i].text, why, rows[i].why);
        if (offset != rows[i].offset) fail_msg("%s: byte %zu, not %zu", rows[i].text, offset, rows[i].offset);
    }
    char tiny[8];
    size_t offset;
    assert_null(template_parse(&arena, STR("{{ a | b }}"), &offset, tiny, sizeof tiny));
    assert_string_equal(tiny, "unknown");
    arena_release(&arena);
}

static void the_fields_used_are_known(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    size_t offset;
    char why[64];
    char text[] = "{{a}} {{ 'x' }} {{b.c|upcase}} {{a}}";
    struct template *t = template_parse(&arena, str_of(text), &offset, why, sizeof why);
    memset(text, '!', sizeof text); /* the template has its own copy */
    const struct str names[] = {STR("a"), STR("b.c"), STR("a")};
    struct str name;
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_true(template_field(t, i, &name));
        assert_true(str_eq(name, names[i]));
    }
    assert_false(template_field(t, COUNT(names), &name));
    arena_release(&arena);
}

/* The output of a template over a field x of n times the unit. */
static struct buf long_render(const char *text, const char *unit, size_t n)
{
    struct buf value = {0}, out = {0};
    for (size_t i = 0; i < n; i++) buf_str_put(&value, str_of(unit));
    struct value x = VALUE_TEXT_OF(buf_str(&value));
    struct fields f = {.get = customer_get, .ctx = &x};
    struct arena arena;
    arena_init(&arena);
    size_t offset;
    char why[64];
    template_render(template_parse(&arena, str_of(text), &offset, why, sizeof why), &f, &out);
    arena_release(&arena);
    buf_release(&value);
    return out;
}

static void long_output_is_cut_at_a_character(void **state)
{
    (void)state;
    const size_t max = TEMPLATE_OUTPUT_MAX;
    const struct {
        const char *text, *unit;
        size_t n, bytes;
    } rows[] = {
        {"{{x}}", "a", max, max},
        {"{{x}}", "a", max + 1, max},
        {"{{x}}more", "a", max, max},
        {"{{x}}", "é", max, max},
        {".{{x}}", "é", max, max - 1},
        {".{{x}}.", "é", max, max - 1}, /* nothing follows what was cut */
        {"{{x}}", "👩‍👩‍👧‍👦", max, max / 25 * 25},
        {"{{x}}", "e\u0301", max, max / 3 * 3},
        {"{{x}}{{x}}{{x}}{{x}}", "abcdefg", 1000, max},
        {"{{x|upcase}}", "a", 2 * max, max},
        {"{{x|upcase}}", "é", max, max},
        {"{{x|upcase|downcase}}", "ab", max, max},
        {"{{x|url_encode}}", "é", max, max / 3 * 3},
        {"{{x|url_encode}}", "é", max / 8, max / 8 * 6},
        {"{{x|replace: 'a', 'bb'}}", "a", max, max},
        {"{{x|replace: 'z', 'bb'}}", "é", max, max},
        {"{{x|truncate: 10000}}", "é", max, max - 1},
        {"{{x|truncate: 10000}}", "ab", max, 9999 + 3},
        {"{{x|strip}}", "a", 2 * max, max},
        {"{{x|date}}{{x|number}}{{x|money}}", "9", max, max},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out = long_render(rows[i].text, rows[i].unit, rows[i].n);
        if (out.n != rows[i].bytes)
            fail_msg("%s of %s: %zu bytes, not %zu", rows[i].text, rows[i].unit, out.n, rows[i].bytes);
        assert_true(str_is_utf8(buf_str(&out)));
        buf_release(&out);
    }
}

static void long_lists_are_bounded(void **state)
{
    (void)state;
    struct buf list = {0}, out = {0};
    for (int i = 0; i < 10000; i++) list_put(&list, STR("abc"));
    struct value x = {.kind = VALUE_LIST, .text = buf_str(&list)};
    struct fields f = {.get = customer_get, .ctx = &x};
    const char *texts[] = {"{{x}}", "{{x|join: '/'}}", "{{x|upcase}}"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct arena arena;
        arena_init(&arena);
        size_t offset;
        char why[64];
        buf_clear(&out);
        template_render(template_parse(&arena, str_of(texts[i]), &offset, why, sizeof why), &f, &out);
        assert_in_range(out.n, TEMPLATE_OUTPUT_MAX - 5, TEMPLATE_OUTPUT_MAX);
        arena_release(&arena);
    }
    buf_release(&list);
    buf_release(&out);
}

/* Every cut and every changed byte of a template: parsed or refused, never more. */
static void garbage_is_refused_or_rendered(void **state)
{
    (void)state;
    static const char whole[] =
        "é{{ x | default: 'Hi' | replace: \"a\", 'b' }}{{tastes|join:','}}{{x|date: '%d'|truncate: 3}}";
    static const char bytes[] = {0, '{', '}', '%', '\'', '"', '|', ':', ',', '-', '9', '\xff', '\xe2', ' '};
    struct value x = TEXT("\xf0\x9f\x8d\xff{{a}}\xe2\x80");
    struct fields f = {.get = customer_get, .ctx = &x, .language = STR("\xff"), .currency = STR("\xff\0")};
    struct arena arena;
    arena_init(&arena);
    struct buf out = {0};
    for (size_t cut = 0; cut < sizeof whole; cut++) {
        for (size_t b = 0; b < sizeof bytes; b++) {
            char *exact = malloc(cut + 1);
            assert_non_null(exact);
            memcpy(exact, whole, cut);
            exact[cut] = bytes[b];
            size_t offset = 0;
            char why[32];
            struct template *t =
                template_parse(&arena, (struct str){exact, cut + 1}, &offset, why, sizeof why);
            free(exact);
            assert_in_range(offset, 0, cut + 1);
            buf_clear(&out);
            if (t) template_render(t, &f, &out);
            arena_reset(&arena);
        }
    }
    buf_release(&out);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_and_fields),
        cmocka_unit_test(filters),
        cmocka_unit_test(case_of_other_alphabets),
        cmocka_unit_test(truncate_counts_what_is_seen),
        cmocka_unit_test(numbers_in_each_language),
        cmocka_unit_test(money_in_each_language),
        cmocka_unit_test(money_in_the_currency_of_the_event),
        cmocka_unit_test(dates_in_each_language),
        cmocka_unit_test(months_and_days_are_all_there),
        cmocka_unit_test(dates_in_any_writing),
        cmocka_unit_test(dates_in_the_zone),
        cmocka_unit_test(errors_say_where_and_what),
        cmocka_unit_test(the_fields_used_are_known),
        cmocka_unit_test(long_output_is_cut_at_a_character),
        cmocka_unit_test(long_lists_are_bounded),
        cmocka_unit_test(garbage_is_refused_or_rendered),
    };
    return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
