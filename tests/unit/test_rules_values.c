/* Operators on attributes and properties: every row of the table of values in conf/README.md. */
#include "rules_world.h"

static struct world *w;

static int setup(void **state)
{
    (void)state;
    w = world_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_free(w);
    return 0;
}

#define AT 1764000000000

/* Of an event with {'type':'x', 'p': value}. */
static enum verdict asks_property(const char *value, const char *tests)
{
    const struct event *e =
        world_event(w, AT, arena_printf(&w->arena, "{'type':'x'%s%s}", *value ? ",'p':" : "", value).p);
    return world_asks(w, arena_printf(&w->arena, "{'property':'p',%s}", tests).p, e, AT);
}

static enum verdict asks_attribute(const char *profile, const char *condition)
{
    world_happens(w, AT, arena_printf(&w->arena, "{'type':'profile',%s}", profile).p);
    return world_asks(w, condition, NULL, AT);
}

static void an_absent_value_is_unknown_for_all_but_exists(void **state)
{
    (void)state;
    static const char *const tests[] = {"'eq':1",     "'ne':1",         "'gt':1",
                                        "'gte':1",    "'lt':1",         "'lte':1",
                                        "'in':['a']", "'contains':'a'", "'starts_with':'a'"};
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        assert_verdict(VERDICT_UNKNOWN, asks_property("", tests[i]));
    assert_verdict(VERDICT_FALSE, asks_property("", "'exists':true"));
    assert_verdict(VERDICT_TRUE, asks_property("", "'exists':false"));
    assert_verdict(VERDICT_TRUE, asks_property("0", "'exists':true"));
    assert_unknown_of(w, "{'attribute':'age','gte':18}", NULL, AT);
    assert_true_of(w, "{'attribute':'age','exists':false}", NULL, AT);
}

static void a_property_without_an_event_is_unknown_even_for_exists(void **state)
{
    (void)state;
    assert_unknown_of(w, "{'property':'amount','exists':false}", NULL, AT);
    assert_unknown_of(w, "{'property':'amount','gt':1}", NULL, AT);
}

static void equality_with_a_number_is_by_amount(void **state)
{
    (void)state;
    assert_verdict(VERDICT_TRUE, asks_property("'12.50'", "'eq':12.5"));
    assert_verdict(VERDICT_TRUE, asks_property("12.50", "'eq':12.5"));
    assert_verdict(VERDICT_TRUE, asks_property("'007'", "'eq':7"));
    assert_verdict(VERDICT_FALSE, asks_property("'seven'", "'eq':7"));
    assert_verdict(VERDICT_TRUE, asks_property("'seven'", "'ne':7"));
    assert_verdict(VERDICT_FALSE, asks_property("true", "'eq':1"));
    assert_verdict(VERDICT_TRUE, asks_property("'5'", "'in':[4,5]"));
    assert_verdict(VERDICT_FALSE, asks_property("6", "'in':[4,5]"));
}

static void equality_with_a_text_is_byte_for_byte(void **state)
{
    (void)state;
    assert_verdict(VERDICT_TRUE, asks_property("'pizza'", "'eq':'pizza'"));
    assert_verdict(VERDICT_FALSE, asks_property("'Pizza'", "'eq':'pizza'"));
    assert_verdict(VERDICT_TRUE, asks_property("'Pizza'", "'ne':'pizza'"));
    assert_verdict(VERDICT_FALSE, asks_property("'007'", "'eq':'7'"));
    assert_verdict(VERDICT_TRUE, asks_property("12.5", "'eq':'12.5'"));
    assert_verdict(VERDICT_FALSE, asks_property("12.5", "'eq':'12.50'"));
    assert_verdict(VERDICT_TRUE, asks_property("'b'", "'in':['a','b']"));
    assert_verdict(VERDICT_FALSE, asks_property("'c'", "'in':['a','b']"));
}

static void a_boolean_equals_itself_and_its_word(void **state)
{
    (void)state;
    assert_verdict(VERDICT_TRUE, asks_property("true", "'eq':true"));
    assert_verdict(VERDICT_TRUE, asks_property("'true'", "'eq':true"));
    assert_verdict(VERDICT_FALSE, asks_property("'yes'", "'eq':true"));
    assert_verdict(VERDICT_FALSE, asks_property("1", "'eq':true"));
    assert_verdict(VERDICT_TRUE, asks_property("false", "'ne':true"));
    assert_verdict(VERDICT_TRUE, asks_property("true", "'eq':'true'"));
}

static void order_with_a_number_is_by_amount_else_unknown(void **state)
{
    (void)state;
    assert_verdict(VERDICT_TRUE, asks_property("'10'", "'gt':9.999999"));
    assert_verdict(VERDICT_FALSE, asks_property("10", "'gt':10"));
    assert_verdict(VERDICT_TRUE, asks_property("10", "'gte':10"));
    assert_verdict(VERDICT_TRUE, asks_property("-1.5", "'lt':-1.4"));
    assert_verdict(VERDICT_FALSE, asks_property("10", "'lte':9"));
    assert_verdict(VERDICT_UNKNOWN, asks_property("'ten'", "'gt':9"));
    assert_verdict(VERDICT_UNKNOWN, asks_property("true", "'gt':0"));
}

static void order_with_a_text_is_of_dates_in_the_shops_zone(void **state)
{
    (void)state;
    assert_verdict(VERDICT_TRUE, asks_property("'2001-05-01'", "'lt':'2001-05-02'"));
    assert_verdict(VERDICT_TRUE, asks_property("'2026-07-01T00:00+02:00'", "'gte':'2026-07-01'"));
    assert_verdict(VERDICT_FALSE, asks_property("'2026-06-30T23:59:59.999+02:00'", "'gte':'2026-07-01'"));
    assert_verdict(VERDICT_TRUE, asks_property("'2026-07-01'", "'lte':'2026-06-30T22:00:00Z'"));
    assert_verdict(VERDICT_UNKNOWN, asks_property("'someday'", "'lt':'2001-05-02'"));
    assert_verdict(VERDICT_UNKNOWN, asks_property("'2001-02-30'", "'lt':'2001-05-02'"));
    assert_verdict(VERDICT_UNKNOWN, asks_property("20010501", "'lt':'2001-05-02'"));
}

static void contains_is_a_part_of_a_text_or_an_item_of_a_list(void **state)
{
    (void)state;
    assert_verdict(VERDICT_TRUE, asks_property("'frozen pizza'", "'contains':'pizza'"));
    assert_verdict(VERDICT_FALSE, asks_property("'frozen pizza'", "'contains':'Pizza'"));
    assert_verdict(VERDICT_TRUE,
                   asks_attribute("'tastes':['beer','wine']", "{'attribute':'tastes','contains':'beer'}"));
    assert_false_of(w, "{'attribute':'tastes','contains':'bee'}", NULL, AT);
}

static void starts_with_is_of_texts(void **state)
{
    (void)state;
    assert_verdict(VERDICT_TRUE, asks_property("'frozen pizza'", "'starts_with':'frozen'"));
    assert_verdict(VERDICT_FALSE, asks_property("'frozen pizza'", "'starts_with':'pizza'"));
    assert_verdict(VERDICT_TRUE, asks_property("1234", "'starts_with':'12'"));
    assert_verdict(VERDICT_UNKNOWN,
                   asks_attribute("'tastes':['beer','wine']", "{'attribute':'tastes','starts_with':'b'}"));
}

static void a_list_is_in_if_an_item_is_and_else_incomparable(void **state)
{
    (void)state;
    assert_verdict(VERDICT_TRUE,
                   asks_attribute("'tastes':['beer','wine']", "{'attribute':'tastes','in':['wine','tea']}"));
    assert_false_of(w, "{'attribute':'tastes','in':['tea']}", NULL, AT);
    static const char *const tests[] = {"'eq':'beer'", "'ne':'beer'", "'gt':1",
                                        "'gte':1",     "'lt':1",      "'lte':'2026-01-01'"};
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        assert_unknown_of(w, arena_printf(&w->arena, "{'attribute':'tastes',%s}", tests[i]).p, NULL, AT);
}

static void several_operators_must_all_hold(void **state)
{
    (void)state;
    assert_verdict(VERDICT_TRUE, asks_property("5", "'gte':1,'lt':6"));
    assert_verdict(VERDICT_FALSE, asks_property("7", "'gte':1,'lt':6"));
    assert_verdict(VERDICT_FALSE, asks_property("'x'", "'gte':1,'eq':'y'")); /* unknown and false */
    assert_verdict(VERDICT_UNKNOWN, asks_property("'x'", "'gte':1,'eq':'x'"));
}

static void dotted_names_reach_into_nested_objects(void **state)
{
    (void)state;
    const struct event *e = world_event(w, AT, "{'type':'x','shipping':{'city':'Delft','lines':{'n':2}}}");
    assert_true_of(w, "{'property':'shipping.city','eq':'Delft'}", e, AT);
    assert_true_of(w, "{'property':'shipping.lines.n','gt':1}", e, AT);
    assert_unknown_of(w, "{'property':'shipping','eq':'Delft'}", e, AT);
}

static void fields_that_are_no_properties_can_be_asked_too(void **state)
{
    (void)state;
    const struct event *e = world_event(w, AT, "{'type':'x','lat':52.5,'lon':4.5,'accuracy':12}");
    assert_true_of(w, "{'property':'type','eq':'x'}", e, AT);
    assert_true_of(w, "{'property':'user','eq':'ann'}", e, AT);
    assert_true_of(w, "{'property':'lat','eq':52.5}", e, AT);
    assert_true_of(w, "{'property':'accuracy','lte':12}", e, AT);
    assert_true_of(w, "{'property':'ts','eq':1764000000000}", e, AT);
}

static void three_values_meet_in_all_any_and_not(void **state)
{
    (void)state;
    const char *t = "{'attribute':'age','exists':false}", *f = "{'attribute':'age','exists':true}",
               *u = "{'attribute':'age','gt':1}";
    const struct {
        const char *a, *b;
        enum verdict all, any;
    } rows[] = {
        {t, t, VERDICT_TRUE, VERDICT_TRUE},     {t, f, VERDICT_FALSE, VERDICT_TRUE},
        {t, u, VERDICT_UNKNOWN, VERDICT_TRUE},  {f, f, VERDICT_FALSE, VERDICT_FALSE},
        {f, u, VERDICT_FALSE, VERDICT_UNKNOWN}, {u, u, VERDICT_UNKNOWN, VERDICT_UNKNOWN},
        {u, t, VERDICT_UNKNOWN, VERDICT_TRUE},  {u, f, VERDICT_FALSE, VERDICT_UNKNOWN},
        {f, t, VERDICT_FALSE, VERDICT_TRUE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_verdict(
            rows[i].all,
            world_asks(w, arena_printf(&w->arena, "{'all':[%s,%s]}", rows[i].a, rows[i].b).p, NULL, AT));
        assert_verdict(
            rows[i].any,
            world_asks(w, arena_printf(&w->arena, "{'any':[%s,%s]}", rows[i].a, rows[i].b).p, NULL, AT));
    }
    assert_verdict(VERDICT_FALSE, world_asks(w, arena_printf(&w->arena, "{'not':%s}", t).p, NULL, AT));
    assert_verdict(VERDICT_TRUE, world_asks(w, arena_printf(&w->arena, "{'not':%s}", f).p, NULL, AT));
    assert_verdict(VERDICT_UNKNOWN, world_asks(w, arena_printf(&w->arena, "{'not':%s}", u).p, NULL, AT));
}

static void a_segment_is_its_condition(void **state)
{
    (void)state;
    world_segment(w, "segments/adults.json", "{'name':'adults','audience':{'attribute':'age','gte':18}}");
    world_segment(w, "segments/old.json",
                  "{'name':'old','audience':{'all':[{'segment':'adults'},{'attribute':'age','gte':70}]}}");
    assert_unknown_of(w, "{'segment':'adults'}", NULL, AT);
    assert_verdict(VERDICT_TRUE, asks_attribute("'age':18", "{'segment':'adults'}"));
    assert_false_of(w, "{'segment':'old'}", NULL, AT);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {T(an_absent_value_is_unknown_for_all_but_exists),
                                       T(a_property_without_an_event_is_unknown_even_for_exists),
                                       T(equality_with_a_number_is_by_amount),
                                       T(equality_with_a_text_is_byte_for_byte),
                                       T(a_boolean_equals_itself_and_its_word),
                                       T(order_with_a_number_is_by_amount_else_unknown),
                                       T(order_with_a_text_is_of_dates_in_the_shops_zone),
                                       T(contains_is_a_part_of_a_text_or_an_item_of_a_list),
                                       T(starts_with_is_of_texts),
                                       T(a_list_is_in_if_an_item_is_and_else_incomparable),
                                       T(several_operators_must_all_hold),
                                       T(dotted_names_reach_into_nested_objects),
                                       T(fields_that_are_no_properties_can_be_asked_too),
                                       T(three_values_meet_in_all_any_and_not),
                                       T(a_segment_is_its_condition)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
