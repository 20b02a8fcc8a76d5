/* Decoding events: what the backend's contract says of each field, and what becomes of an event that breaks
 * it. */
#include "nudge/clock.h"
#include "nudge/event.h"
#include "nudge/zone.h"
#include "unit.h"
#include <math.h>

#define NOW 1764000000000 /* 2025-11-24T16:00:00Z */

static struct arena arena;
static struct event e;
static char why[256];

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static bool decode(const struct field_pair *pairs, size_t n)
{
    const struct event_source source = {STR("1763999999000-0"), NOW - 1000, NOW};
    memset(why, 0, sizeof why);
    memset(&e, 0xaa, sizeof e);
    return event_decode(&arena, &source, pairs, n, &e, why, sizeof why);
}

/* Flat fields, name and value by turns, up to NULL; type x and user u come first. */
static bool flat(const char *name, ...)
{
    struct field_pair pairs[40] = {{STR("type"), STR("x")}, {STR("user"), STR("u")}};
    size_t n = 2;
    va_list ap;
    va_start(ap, name);
    for (; name; name = va_arg(ap, const char *))
        pairs[n++] = (struct field_pair){str_of(name), str_of(va_arg(ap, const char *))};
    va_end(ap);
    return decode(pairs, n);
}

/* One json field; ' is written for ". */
static bool json(const char *text)
{
    struct str s = arena_str(&arena, str_of(text));
    for (char *p = (char *)(uintptr_t)s.p; *p; p++)
        if (*p == '\'') *p = '"';
    return decode(&(struct field_pair){STR("json"), s}, 1);
}

#define assert_decoded(call)                                                                                 \
    do                                                                                                       \
        if (!(call)) fail_msg("line %d: refused: %s", __LINE__, why);                                        \
    while (0)
#define assert_refused(call, reason)                                                                         \
    do {                                                                                                     \
        if (call) fail_msg("line %d: taken", __LINE__);                                                      \
        if (strncmp(why, reason, strlen(reason)) != 0)                                                       \
            fail_msg("line %d: expected \"%s\", found \"%s\"", __LINE__, reason, why);                       \
    } while (0)

static struct str text_of(const char *name)
{
    struct value v;
    struct buf b = {0};
    if (!event_value(&e, str_of(name), &v)) return STR("(absent)");
    value_text(&v, &b);
    struct str s = arena_str(&arena, buf_str(&b));
    buf_release(&b);
    return s;
}

#define assert_field(name, text) assert_str(text_of(name), text)

/* ---- both forms */

static void a_flat_purchase_is_all_there(void **state)
{
    (void)state;
    assert_decoded(flat("type", "purchase", "user", "42", "id", "order-1", "ts", "1763990000000", "lat",
                        "52.0907374", "lon", "5.1214201", "accuracy", "12.34", "amount", "12.50", "currency",
                        "EUR", "quantity", "3", "item", "margherita", "category", "pizza", "store", "s17",
                        "staff", "joe", "channel", "app", NULL));
    assert_int_equal(e.type, EVENT_PURCHASE);
    assert_str(e.type_name, "purchase");
    assert_str(e.user, "42");
    assert_str(e.id, "order-1");
    assert_str(e.entry, "1763999999000-0");
    assert_true(e.ts == 1763990000000 && e.has_position);
    assert_true(fabs(e.position.lat - 52.0907374) < 1e-9 && fabs(e.position.lon - 5.1214201) < 1e-9);
    assert_true(fabs(e.accuracy - 12.4) < 1e-9); /* rounded up: never said to be better than it is */
    static const char *const fields[][2] = {
        {"amount", "12.50"},      {"currency", "EUR"}, {"quantity", "3"},       {"item", "margherita"},
        {"category", "pizza"},    {"store", "s17"},    {"staff", "joe"},        {"channel", "app"},
        {"type", "purchase"},     {"user", "42"},      {"ts", "1763990000000"}, {"lat", "52.090737"},
        {"accuracy", "12.400000"}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) assert_field(fields[i][0], fields[i][1]);
    assert_int_equal(e.n_props, 8);
    assert_int_equal(event_prop(&e, FIELD_AMOUNT)->kind, VALUE_NUMBER);
    assert_true(event_prop(&e, FIELD_AMOUNT)->number == 12500000);
    assert_null(event_prop(&e, FIELD_RATING));
    assert_field("absent", "(absent)");
}

static void json_says_the_same_with_nested_names_and_lists(void **state)
{
    (void)state;
    assert_decoded(
        json("{'type':'purchase','user':'42','id':'order-1','ts':1763990000000,'lat':52.0907374,'lon':5."
             "1214201,'accuracy':12.34,"
             "'amount':'12.50','currency':'EUR','quantity':3,'store':'s17','gift':true,'note':null,"
             "'shipping':{'city':'Utrecht','geo':{'floor':2}},'tags':['a','b, c',7,true,null],'empty':[]}"));
    assert_int_equal(e.type, EVENT_PURCHASE);
    assert_true(e.ts == 1763990000000 && e.has_position);
    assert_true(fabs(e.position.lat - 52.0907374) < 1e-9 && fabs(e.position.lon - 5.1214201) < 1e-9);
    static const char *const fields[][2] = {{"user", "42"},
                                            {"amount", "12.50"},
                                            {"quantity", "3"},
                                            {"store", "s17"},
                                            {"gift", "true"},
                                            {"note", "(absent)"},
                                            {"shipping.city", "Utrecht"},
                                            {"shipping.geo.floor", "2"},
                                            {"shipping", "(absent)"},
                                            {"tags", "a, b, c, 7, true"},
                                            {"empty", ""}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) assert_field(fields[i][0], fields[i][1]);
    struct value v;
    assert_true(event_value(&e, STR("gift"), &v) && v.kind == VALUE_BOOLEAN && v.boolean);
    assert_true(event_value(&e, STR("tags"), &v) && v.kind == VALUE_LIST);
    struct str list = v.text, item;
    assert_true(list_next(&list, &item) && list_next(&list, &item));
    assert_str(item, "b, c");
    assert_true(event_value(&e, STR("empty"), &v) && v.kind == VALUE_LIST && v.text.n == 0);
}

static void a_list_of_objects_becomes_numbered_names(void **state)
{
    (void)state;
    assert_decoded(json("{'type':'cart','user':'u','items':[{'sku':'a','n':1},{'sku':'b','n':2}]}"));
    assert_field("items.0.sku", "a");
    assert_field("items.1.n", "2");
    assert_field("items", "(absent)");
}

static void both_forms_may_be_mixed_and_the_last_word_counts(void **state)
{
    (void)state;
    struct field_pair pairs[] = {
        {STR("type"), STR("view")},   {STR("user"), STR("u")},
        {STR("screen"), STR("home")}, {STR("json"), STR("{\"screen\":\"cart\",\"x\":{\"y\":1}}")},
        {STR("x.y"), STR("2")},       {STR("own"), STR("a")},
        {STR("own"), STR("b")}};
    assert_decoded(decode(pairs, sizeof pairs / sizeof *pairs));
    assert_field("screen", "cart");
    assert_field("x.y", "2");
    assert_field("own", "b");
    assert_int_equal(e.n_props, 3);
}

static void every_type_of_the_contract_has_its_number_for_ever(void **state)
{
    (void)state;
    static const char *const types[] = {
        "purchase",    "location",     "profile",        "consent", "device", "app_open", "app_close",
        "view",        "cart",         "chat",           "review",  "share",  "like",     "push_delivered",
        "push_opened", "push_clicked", "push_dismissed", "redeem",  "erase"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        assert_int_equal(event_type_of(str_of(types[i])), i + 1);
        assert_str(event_type_name((enum event_type)(i + 1)), types[i]);
    }
    assert_int_equal(event_type_of(STR("workshop")), EVENT_OWN);
    assert_int_equal(event_type_of(STR("purchas")), EVENT_OWN);
    assert_int_equal(event_type_of(STR("")), EVENT_OWN);
    assert_decoded(flat("type", "attended workshop", NULL));
    assert_int_equal(e.type, EVENT_OWN);
    assert_str(e.type_name, "attended workshop");
}

static void every_field_of_the_contract_has_its_number_for_ever(void **state)
{
    (void)state;
    static const char *const fields[] = {
        "type",     "user",     "id",           "ts",       "lat",    "lon",      "accuracy",    "amount",
        "currency", "quantity", "item",         "category", "store",  "staff",    "json",        "purpose",
        "state",    "source",   "text_version", "platform", "token",  "locale",   "app_version", "action",
        "push",     "campaign", "rating",       "title",    "screen", "reply_to", "reward"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        assert_int_equal(field_of(str_of(fields[i])), i + 1);
        assert_str(field_name((enum field)(i + 1)), fields[i]);
    }
    assert_int_equal(field_of(STR("colour")), FIELD_OWN);
}

/* ---- presence and sizes */

static void type_and_user_are_required(void **state)
{
    (void)state;
    assert_refused(decode(NULL, 0), "type: expected what happened");
    assert_refused(decode(&(struct field_pair){STR("type"), STR("x")}, 1),
                   "user: expected the customer's id");
    assert_refused(decode(&(struct field_pair){STR("user"), STR("x")}, 1), "type: expected what happened");
    assert_refused(flat("user", "", NULL), "user: expected 1 to 128 bytes, found 0");
    assert_refused(flat("type", "", NULL), "type: expected 1 to 128 bytes, found 0");
    assert_refused(flat("id", "", NULL), "id: expected 1 to 128 bytes, found 0");
    assert_refused(json("{}"), "type: expected what happened");
}

static void names_and_ids_have_at_most_128_bytes(void **state)
{
    (void)state;
    static const char *const names[] = {"type", "user", "id"};
    char text[140];
    memset(text, 'a', sizeof text);
    for (size_t i = 0; i < 3; i++) {
        text[128] = 0;
        assert_decoded(flat(names[i], text, NULL));
        text[128] = 'a', text[129] = 0;
        char reason[64];
        snprintf(reason, sizeof reason, "%s: expected 1 to 128 bytes, found 129", names[i]);
        assert_refused(flat(names[i], text, NULL), reason);
    }
    text[128] = 0;
    assert_decoded(flat(text, "v", NULL));
    text[128] = 'a', text[129] = 0;
    assert_refused(flat(text, "v", NULL), "a field's name is empty, longer than 128 bytes or not UTF-8");
    assert_refused(flat("", "v", NULL), "a field's name is empty");
}

static void whoever_it_is_about_is_told_in_one_text(void **state)
{
    (void)state;
    assert_decoded(json("{'type':'x','user':42}"));
    assert_str(e.user, "42");
    assert_refused(json("{'type':'x','user':['a','b']}"), "user: expected a text");
    assert_refused(json("{'type':['x'],'user':'u'}"), "type: expected a text");
    assert_refused(json("{'type':'x','user':'u','id':true}"), "id: expected a text");
    assert_refused(json("{'type':'x','user':{'name':'u'}}"), "user: expected the customer's id");
    assert_refused(json("{'type':'x','user':null}"), "user: expected the customer's id");
}

/* ---- money */

static void an_amount_keeps_its_writing_and_its_value(void **state)
{
    (void)state;
    static const struct {
        const char *given, *shown;
        num_t v;
    } rows[] = {{"12.50", "12.50", 12500000},
                {"0.1", "0.1", 100000},
                {"-3.00", "-3.00", -3000000},
                {"-0.5", "-0.5", -500000},
                {"007", "7", 7000000},
                {"+5", "5", 5000000},
                {"8999999999999.999999", "8999999999999.999999", 8999999999999999999},
                {"0.000001", "0.000001", 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_decoded(flat("amount", rows[i].given, "currency", "EUR", NULL));
        assert_field("amount", rows[i].shown);
        assert_true(event_prop(&e, FIELD_AMOUNT)->number == rows[i].v);
    }
    assert_decoded(json("{'type':'x','user':'u','amount':0.1,'quantity':'2.50'}"));
    assert_true(event_prop(&e, FIELD_AMOUNT)->number == 100000);
    assert_field("quantity", "2.50");
}

static void an_amount_that_is_no_decimal_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",     "twelve", "12,50",      "1e3",           "1e400", "NaN",
        "-inf", " 12",    "12.3456789", "9000000000000", "0x10",  "1234567890123456789012345678901234567890"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_refused(flat("amount", wrong[i], NULL), "amount: expected a decimal number such as 12.50");
        assert_refused(flat("quantity", wrong[i], NULL), "quantity: expected a decimal number such as 12.50");
    }
    assert_refused(json("{'type':'x','user':'u','amount':true}"), "amount: expected a decimal");
    assert_refused(json("{'type':'x','user':'u','amount':[1]}"), "amount: expected a decimal");
    assert_refused(json("{'type':'x','user':'u','amount':1e300}"),
                   "amount: expected a number of at most 12 digits");
    assert_refused(json("{'type':'x','user':'u','amount':-9e12}"),
                   "amount: expected a number of at most 12 digits");
    assert_refused(json("{'type':'x','user':'u','p':9000000000000}"),
                   "p: expected a number of at most 12 digits");
}

/* JSON's numbers pass through a double, which has 15 digits for sure: money with more would change its value
 * unseen. */
static void a_json_amount_that_a_double_would_round_is_refused(void **state)
{
    (void)state;
    assert_decoded(json("{'type':'x','user':'u','amount':123456789.123456}"));
    assert_true(event_prop(&e, FIELD_AMOUNT)->number == 123456789123456);
    assert_decoded(json("{'type':'x','user':'u','amount':8999999999999}"));
    assert_true(event_prop(&e, FIELD_AMOUNT)->number == 8999999999999000000);
    assert_refused(json("{'type':'x','user':'u','amount':123456789012.123456}"), "amount: expected ");
    assert_decoded(
        json("{'type':'x','user':'u','amount':'123456789012.123456'}")); /* as a text it is exact */
    assert_true(event_prop(&e, FIELD_AMOUNT)->number == 123456789012123456);
}

static void a_currency_is_three_capital_letters(void **state)
{
    (void)state;
    assert_decoded(flat("currency", "USD", NULL));
    static const char *const wrong[] = {"", "eur", "EURO", "EU", "E1R", "978", "E\xc3\x89"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_refused(flat("currency", wrong[i], NULL), "currency: expected three capital letters");
    assert_refused(json("{'type':'x','user':'u','currency':978}"),
                   "currency: expected three capital letters");
}

static void other_numbers_keep_their_writing_too(void **state)
{
    (void)state;
    static const char *const texts[] = {"12.50",
                                        "007",
                                        "0",
                                        "0.0",
                                        "-0.5",
                                        "-5",
                                        "+5",
                                        "1e3",
                                        "12.",
                                        ".5",
                                        "00",
                                        "1.1234567",
                                        "99999999999999999999",
                                        "-",
                                        "",
                                        "9999999999999"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_decoded(flat("p", texts[i], "rating", texts[i], NULL));
        assert_field("p", texts[i]);
        assert_field("rating", texts[i]);
    }
}

/* ---- times */

static void a_time_is_told_in_ms_or_as_rfc_3339(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t at;
    } rows[] = {{"1763990000000", 1763990000000},
                {"0", 0},
                {"1763990000000.9", 1763990000000},
                {"2025-11-24T12:34:56Z", 1763987696000},
                {"2025-11-24T12:34:56.789Z", 1763987696789},
                {"2025-11-24t13:34:56.789+01:00", 1763987696789},
                {"2025-11-24 12:34:56z", 1763987696000},
                {"2025-11-24T12:34Z", 1763987640000},
                {"1970-01-01T00:00:00Z", 0},
                {"1764086400000", NOW + DAY}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_decoded(flat("ts", rows[i].text, NULL));
        if (e.ts != rows[i].at) fail_msg("%s: %lld", rows[i].text, (long long)e.ts);
        assert_decoded(json(arena_printf(&arena, "{'type':'x','user':'u','ts':'%s'}", rows[i].text).p));
        assert_true(e.ts == rows[i].at);
    }
    assert_decoded(json("{'type':'x','user':'u','ts':1763990000000}"));
    assert_true(e.ts == 1763990000000);
    assert_decoded(flat("p", "1", NULL));
    assert_true(e.ts == NOW - 1000); /* the entry's own */
}

static void a_time_that_cannot_be_is_refused(void **state)
{
    (void)state;
    static const char *const no_time[] = {"",
                                          "yesterday",
                                          "2025-11-24",
                                          "2025-11-24T12:34:56",
                                          "2025-13-01T00:00:00Z",
                                          "2025-02-30T00:00:00Z",
                                          "2025-01-01T25:00:00Z",
                                          "1e12",
                                          "NaN",
                                          "99999999999999999999",
                                          "-9223372036854775808"};
    for (size_t i = 0; i < sizeof no_time / sizeof *no_time; i++)
        assert_refused(flat("ts", no_time[i], NULL),
                       "ts: expected ms since 1970 or a time like 2026-12-04T16:00:00Z");
    assert_refused(flat("ts", "-1", NULL), "ts: expected a time from 1970 on");
    assert_refused(flat("ts", "0000-01-01T00:00:00Z", NULL), "ts: expected");
    assert_refused(flat("ts", "1969-12-31T23:59:59Z", NULL), "ts: expected a time from 1970 on");
    assert_refused(flat("ts", "1764086400001", NULL),
                   "ts: expected a time no more than a day ahead of the clock");
    assert_refused(flat("ts", "9999-12-31T23:59:59Z", NULL),
                   "ts: expected a time no more than a day ahead of the clock");
    assert_refused(flat("ts", "8999999999999", NULL),
                   "ts: expected a time no more than a day ahead of the clock");
    assert_refused(flat("ts", "1764000000", "ts", "x", NULL), "ts: expected ms");
    assert_refused(json("{'type':'x','user':'u','ts':true}"), "ts: expected ms");
    assert_refused(json("{'type':'x','user':'u','ts':[1]}"), "ts: expected ms");
    assert_refused(json("{'type':'x','user':'u','ts':-0.5}"), "ts: expected a time from 1970 on");
    assert_refused(json("{'type':'x','user':'u','ts':1e400}"), "json: ");
}

/* A backend may give an entry's ID as it likes; one from the far future would push all history out of its
 * window. */
static void an_entrys_time_is_bounded_like_any_other(void **state)
{
    (void)state;
    const struct field_pair pairs[] = {
        {STR("type"), STR("x")}, {STR("user"), STR("u")}, {STR("ts"), STR("1763990000000")}};
    const int64_t far[] = {NOW + DAY + 1, INT64_MAX, -1};
    for (size_t i = 0; i < 3; i++) {
        const struct event_source source = {STR("18446744073709551615-0"), far[i], NOW};
        assert_refused(event_decode(&arena, &source, pairs, 2, &e, why, sizeof why),
                       "ts: expected an entry's ID no more than a day ahead");
        assert_decoded(
            event_decode(&arena, &source, pairs, 3, &e, why, sizeof why)); /* its own time goes before */
        assert_true(e.ts == 1763990000000);
    }
}

/* ---- places */

static void a_position_is_within_the_earth(void **state)
{
    (void)state;
    static const char *const right[][2] = {{"90", "180"},
                                           {"-90", "-180"},
                                           {"0", "0"},
                                           {"+1.5", "-0"},
                                           {"90.000000000000000", "1"},
                                           {"52.123456789012345678901234567890", "5.1"},
                                           {"000001", "000000000000000000002.5"}};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        assert_decoded(flat("lat", right[i][0], "lon", right[i][1], NULL));
    static const char *const wrong[] = {
        "",      "90.0000001", "91",  "-91",
        "1e1",   "NaN",        "inf", "nan",
        "N52",   "52,1",       "5 2", "1.2.3",
        "-",     ".",          "--1", "1234567890123456789012345678901234567890",
        "1e400", "0x1p3"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_refused(flat("lat", wrong[i], "lon", "1", NULL), "lat: expected degrees from -90 to 90");
    assert_refused(flat("lat", "1", "lon", "180.1", NULL), "lon: expected degrees from -180 to 180");
    assert_refused(flat("lat", "1", NULL), "lon: expected lat and lon together");
    assert_refused(flat("lon", "1", NULL), "lat: expected lat and lon together");
    assert_refused(flat("type", "location", NULL), "lat: expected the position");
    assert_refused(json("{'type':'x','user':'u','lat':1e300,'lon':1}"), "lat: expected degrees");
    assert_refused(json("{'type':'x','user':'u','lat':'x','lon':1}"), "lat: expected degrees");
    assert_refused(json("{'type':'x','user':'u','lat':true,'lon':1}"), "lat: expected degrees");
    assert_decoded(json("{'type':'location','user':'u','lat':1e-300,'lon':-1.00000005}"));
    assert_true(e.position.lat == 0 && fabs(e.position.lon + 1.0000001) < 1e-9);
}

static void an_accuracy_is_metres(void **state)
{
    (void)state;
    assert_decoded(flat("accuracy", "0", NULL));
    assert_true(e.accuracy == 0);
    assert_decoded(flat("accuracy", "1000000000", NULL));
    static const char *const wrong[] = {
        "-1", "", "NaN", "inf", "1e3", "1000000001", "far", "1234567890123456789012345678901234567890"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_refused(flat("accuracy", wrong[i], NULL), "accuracy: expected metres, 0 or more");
}

/* ---- consent and devices */

static void a_consent_says_what_for_and_which(void **state)
{
    (void)state;
    static const char *const states[] = {"granted", "denied", "revoked"};
    for (size_t i = 0; i < 3; i++)
        assert_decoded(flat("type", "consent", "purpose", "marketing", "state", states[i], NULL));
    assert_refused(flat("type", "consent", "state", "granted", NULL),
                   "purpose: expected what the consent is for");
    assert_refused(flat("type", "consent", "purpose", "", "state", "granted", NULL),
                   "purpose: expected what the consent is for");
    assert_refused(json("{'type':'consent','user':'u','purpose':['a'],'state':'granted'}"),
                   "purpose: expected what the consent is for");
    assert_refused(flat("type", "consent", "purpose", "marketing", NULL),
                   "state: expected granted, denied or revoked");
    assert_refused(flat("type", "consent", "purpose", "marketing", "state", "yes", NULL),
                   "state: expected granted, denied or revoked");
    assert_refused(flat("type", "consent", "purpose", "marketing", "state", "1", NULL),
                   "state: expected granted, denied or revoked");
}

static void a_device_has_a_token_and_a_platform(void **state)
{
    (void)state;
    assert_decoded(flat("type", "device", "token", "abc", "platform", "android", NULL));
    assert_decoded(flat("type", "device", "token", "abc", "platform", "android", "action", "add", NULL));
    assert_decoded(flat("type", "device", "token", "abc", "action", "remove", NULL));
    assert_refused(flat("type", "device", "platform", "android", NULL),
                   "token: expected the device's push token");
    assert_refused(flat("type", "device", "token", "", "platform", "android", NULL),
                   "token: expected the device's push token");
    assert_refused(json("{'type':'device','user':'u','token':true,'platform':'ios'}"),
                   "token: expected the device's push token");
    assert_refused(flat("type", "device", "token", "abc", NULL), "platform: expected the device's platform");
    assert_refused(flat("type", "device", "token", "abc", "platform", "ios", "action", "drop", NULL),
                   "action: expected add or remove");
}

/* ---- hostile bytes */

static void text_must_be_utf_8_without_nul(void **state)
{
    (void)state;
    const struct str wrong[] = {STR("\xff"),         STR("a\0b"),     STR("\0"),
                                STR("\xed\xa0\x80"), STR("\xe2\x82"), STR("\xc0\x80")};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct field_pair pairs[] = {{STR("type"), STR("x")}, {STR("user"), STR("u")}, {STR("p"), wrong[i]}};
        assert_refused(decode(pairs, 3), "p: not UTF-8, or holds a NUL byte");
        pairs[2] = (struct field_pair){wrong[i], STR("v")};
        assert_refused(decode(pairs, 3), "a field's name is empty, longer than 128 bytes or not UTF-8");
        pairs[2] = (struct field_pair){STR("json"), wrong[i]};
        assert_refused(decode(pairs, 3), "json: ");
        pairs[1].value = wrong[i];
        assert_refused(decode(pairs, 2), "user: not UTF-8, or holds a NUL byte");
    }
    assert_refused(json("{'type':'x','user':'a\\u0000b'}"), "json: ");
    assert_refused(json("{'type':'x','user':'u','a\\u0000b':1}"), "json: ");
    assert_refused(json("{'type':'x','user':'u','p':'\xff'}"), "json: ");
    assert_refused(json("{'type':'x','user':'u','p':'\\ud800'}"), "json: ");
    assert_decoded(json("{'type':'x','user':'u','p':'\\ud83c\\udf55'}"));
    assert_field("p", "\xf0\x9f\x8d\x95");
}

static void json_must_be_one_object_with_each_name_once(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        " ",
                                        "[]",
                                        "5",
                                        "'x'",
                                        "null",
                                        "{",
                                        "{'a':1}}",
                                        "{'a':1,'a':2}",
                                        "{'a':}",
                                        "{'a':NaN}",
                                        "{'a':1e400}",
                                        "{'a':-1e400}",
                                        "{'a':99999999999999999999}",
                                        "{'a':Infinity}",
                                        "{a:1}",
                                        "{'a':01}",
                                        "not json"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_refused(json(wrong[i]), "json: expected an object");
}

static void depth_is_bounded(void **state)
{
    (void)state;
    struct buf b = {0};
    for (int levels = 1; levels <= 40; levels++) {
        buf_clear(&b);
        for (int i = 0; i < levels; i++) buf_printf(&b, "{'a':");
        buf_printf(&b, "1%.*s", levels, "}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}");
        struct str text = arena_printf(&arena, "{'type':'x','user':'u','deep':%.*s}", STR_ARG(buf_str(&b)));
        if (levels <= EVENT_JSON_DEPTH)
            assert_decoded(json(text.p));
        else
            assert_refused(json(text.p), "json: expected at most 16 levels");
    }
    buf_release(&b);
    size_t n = 2000000;
    char *deep = malloc(n);
    assert_non_null(deep);
    for (size_t open = '['; open; open = open == '[' ? '{' : 0) {
        if (open == '[')
            memset(deep, '[', n);
        else
            for (size_t i = 0; i < n; i++) deep[i] = "{\"a\":"[i % 5];
        int64_t start = clock_steady();
        assert_refused(decode(&(struct field_pair){STR("json"), {deep, n}}, 1), "json: ");
        assert_true(clock_steady() - start < 5000);
    }
    free(deep);
}

static void giant_values_are_refused_at_once(void **state)
{
    (void)state;
    size_t n = (size_t)64 << 20;
    char *giant = malloc(n);
    assert_non_null(giant);
    memset(giant, 'a', n);
    struct field_pair pairs[] = {{STR("type"), STR("x")}, {STR("user"), STR("u")}, {STR("p"), {giant, n}}};
    size_t before = arena_used(&arena);
    int64_t start = clock_steady();
    assert_refused(decode(pairs, 3), "p: 67108864 bytes; a value has at most 4096");
    pairs[2] = (struct field_pair){{giant, n}, STR("v")};
    assert_refused(decode(pairs, 3), "a field's name is empty, longer than 128 bytes or not UTF-8");
    pairs[1].value = (struct str){giant, n};
    assert_refused(decode(pairs, 2), "user: 67108864 bytes");
    memset(giant, ' ', n);
    memcpy(giant, "{\"type\":\"x\",\"user\":\"u\"", 22);
    giant[n - 1] = '}';
    assert_refused(decode(&(struct field_pair){STR("json"), {giant, n}}, 1),
                   "json: 67108864 bytes; an event has at most");
    for (size_t i = 22; i + 12 < n; i += 12) memcpy(giant + i, ",\"abcdefg\":1", 12);
    assert_refused(decode(&(struct field_pair){STR("json"), {giant, n}}, 1),
                   "json: 67108864 bytes; an event has at most");
    assert_true(clock_steady() - start < 1000);
    assert_true(arena_used(&arena) - before < 1 << 20);
    free(giant);
    char longest[EVENT_VALUE_MAX + 2];
    memset(longest, 'a', sizeof longest);
    longest[EVENT_VALUE_MAX] = 0;
    assert_decoded(flat("p", longest, NULL));
    longest[EVENT_VALUE_MAX] = 'a', longest[EVENT_VALUE_MAX + 1] = 0;
    assert_refused(flat("p", longest, NULL), "p: 4097 bytes");
    assert_refused(json(arena_printf(&arena, "{'type':'x','user':'u','p':'%s'}", longest).p),
                   "p: 4097 bytes");
    assert_refused(
        json(arena_printf(&arena, "{'type':'x','user':'u','p':['%.3000s','%.3000s']}", longest, longest).p),
        "p: expected a list of less than 4 KB");
}

static void thousands_of_fields_are_refused(void **state)
{
    (void)state;
    enum { N = 5000 };
    static struct field_pair pairs[N + 2];
    pairs[0] = (struct field_pair){STR("type"), STR("x")},
    pairs[1] = (struct field_pair){STR("user"), STR("u")};
    for (size_t i = 0; i < N; i++)
        pairs[i + 2] = (struct field_pair){arena_printf(&arena, "field%zu", i), STR("1")};
    assert_decoded(decode(pairs, 2 + EVENT_PROPS_MAX));
    assert_int_equal(e.n_props, EVENT_PROPS_MAX);
    assert_refused(decode(pairs, 3 + EVENT_PROPS_MAX), "more than 128 properties");
    assert_refused(decode(pairs, N + 2), "more than 128 properties");
    struct buf b = {0};
    buf_printf(&b, "{'type':'x','user':'u'");
    for (size_t i = 0; i < N; i++) buf_printf(&b, ",'f%zu':%zu", i, i);
    buf_printf(&b, "}");
    assert_refused(json(arena_str(&arena, buf_str(&b)).p), "more than 128 properties");
    buf_release(&b);
}

static void a_reason_fits_whatever_was_found(void **state)
{
    (void)state;
    char small[8] = "";
    const struct event_source source = {STR("1-0"), 1, NOW};
    struct field_pair pair = {STR("amount"), STR("not a number at all")};
    assert_false(event_decode(&arena, &source, &pair, 1, &e, small, sizeof small));
    assert_string_equal(small, "amount:");
    assert_refused(flat("amount", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL),
                   "amount: expected a decimal");
    assert_non_null(strstr(why, "…"));
    assert_true(strlen(why) < 200);
    assert_refused(
        flat("amount",
             "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82"
             "\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac",
             NULL),
        "amount: ");
    assert_true(str_is_utf8(str_of(why))); /* cut at a character's edge */
}

/* A record's payload comes from Redis: what its counts say is not believed. */
static void a_payload_that_says_too_much_is_refused(void **state)
{
    (void)state;
    static const uint64_t counts[] = {1, EVENT_PROPS_MAX + 1, (uint64_t)1 << 40, UINT64_MAX};
    struct buf b = {0};
    struct event back;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        buf_clear(&b);
        buf_varint(&b, EVENT_VIEW);
        buf_varint(&b, 0);
        buf_zigzag(&b, NOW);
        buf_varint(&b, counts[i]);
        size_t before = arena_used(&arena);
        assert_false(event_read(&arena, buf_str(&b), &back));
        assert_true(arena_used(&arena) - before < 1 << 20);
    }
    buf_clear(&b);
    buf_varint(&b, EVENT_VIEW);
    buf_varint(&b, 0);
    buf_zigzag(&b, INT64_MAX); /* no time that could be a property */
    buf_varint(&b, 0);
    assert_false(event_read(&arena, buf_str(&b), &back));
    buf_release(&b);
}

/* Events as anyone might send them: an answer, a reason in UTF-8, and what is taken can be kept and read
 * back. */
static void any_fields_get_an_answer(void **state)
{
    (void)state;
    static const char *const names[] = {"type",     "user",     "id",          "ts",   "lat",     "lon",
                                        "accuracy", "amount",   "currency",    "json", "purpose", "state",
                                        "token",    "platform", "action",      "own",  "a.b",     "\xff",
                                        "",         "locale",   "text_version"};
    static const char *const values[] = {"x",
                                         "purchase",
                                         "location",
                                         "consent",
                                         "device",
                                         "profile",
                                         "1",
                                         "-1",
                                         "52.1",
                                         "1e400",
                                         "NaN",
                                         "granted",
                                         "EUR",
                                         "",
                                         "2025-11-24T12:00:00Z",
                                         "{\"a\":1}",
                                         "{\"a\":[1,{\"b\":2}]}",
                                         "\xff\xfe",
                                         "remove",
                                         "1763990000000",
                                         "{\"user\":\"j\",\"type\":\"j\",\"p\":[true,1.25]}"};
    struct dice dice = dice_new(6);
    struct buf b = {0}, again = {0};
    int taken = 0;
    for (int round = 0; round < 50000; round++) {
        struct field_pair pairs[12] = {{STR("type"), STR("x")}, {STR("user"), STR("u")}};
        size_t n = dice_below(&dice, 8) ? 2 : 0, more = n + dice_below(&dice, 6);
        for (; n < more; n++)
            pairs[n] = (struct field_pair){str_of(names[dice_below(&dice, sizeof names / sizeof *names)]),
                                           str_of(values[dice_below(&dice, sizeof values / sizeof *values)])};
        arena_reset(&arena);
        if (!decode(pairs, n)) {
            assert_true(why[0] && str_is_utf8(str_of(why)));
            continue;
        }
        taken++;
        struct event back;
        buf_clear(&b);
        buf_clear(&again);
        event_encode(&e, &b);
        assert_true(event_read(&arena, buf_str(&b), &back));
        back.id = e.id;
        event_encode(&back, &again);
        assert_true(str_eq(buf_str(&b), buf_str(&again)));
        assert_true(back.ts == e.ts && back.type == e.type && str_eq(back.type_name, e.type_name) &&
                    back.n_props == e.n_props);
        for (size_t i = 0; i < e.n_props; i++) {
            assert_true(str_eq(back.props[i].name, e.props[i].name));
            assert_true(value_eq(&back.props[i].value, &e.props[i].value));
        }
    }
    assert_true(taken > 5000);
    buf_release(&b);
    buf_release(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_flat_purchase_is_all_there, teardown),
        cmocka_unit_test_teardown(json_says_the_same_with_nested_names_and_lists, teardown),
        cmocka_unit_test_teardown(a_list_of_objects_becomes_numbered_names, teardown),
        cmocka_unit_test_teardown(both_forms_may_be_mixed_and_the_last_word_counts, teardown),
        cmocka_unit_test_teardown(every_type_of_the_contract_has_its_number_for_ever, teardown),
        cmocka_unit_test_teardown(every_field_of_the_contract_has_its_number_for_ever, teardown),
        cmocka_unit_test_teardown(type_and_user_are_required, teardown),
        cmocka_unit_test_teardown(names_and_ids_have_at_most_128_bytes, teardown),
        cmocka_unit_test_teardown(whoever_it_is_about_is_told_in_one_text, teardown),
        cmocka_unit_test_teardown(an_amount_keeps_its_writing_and_its_value, teardown),
        cmocka_unit_test_teardown(an_amount_that_is_no_decimal_is_refused, teardown),
        cmocka_unit_test_teardown(a_json_amount_that_a_double_would_round_is_refused, teardown),
        cmocka_unit_test_teardown(a_currency_is_three_capital_letters, teardown),
        cmocka_unit_test_teardown(other_numbers_keep_their_writing_too, teardown),
        cmocka_unit_test_teardown(a_time_is_told_in_ms_or_as_rfc_3339, teardown),
        cmocka_unit_test_teardown(a_time_that_cannot_be_is_refused, teardown),
        cmocka_unit_test_teardown(an_entrys_time_is_bounded_like_any_other, teardown),
        cmocka_unit_test_teardown(a_position_is_within_the_earth, teardown),
        cmocka_unit_test_teardown(an_accuracy_is_metres, teardown),
        cmocka_unit_test_teardown(a_consent_says_what_for_and_which, teardown),
        cmocka_unit_test_teardown(a_device_has_a_token_and_a_platform, teardown),
        cmocka_unit_test_teardown(text_must_be_utf_8_without_nul, teardown),
        cmocka_unit_test_teardown(json_must_be_one_object_with_each_name_once, teardown),
        cmocka_unit_test_teardown(depth_is_bounded, teardown),
        cmocka_unit_test_teardown(giant_values_are_refused_at_once, teardown),
        cmocka_unit_test_teardown(thousands_of_fields_are_refused, teardown),
        cmocka_unit_test_teardown(a_reason_fits_whatever_was_found, teardown),
        cmocka_unit_test_teardown(a_payload_that_says_too_much_is_refused, teardown),
        cmocka_unit_test_teardown(any_fields_get_an_answer, teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
