/* `performed`: windows to the millisecond, aggregates, histories that do not reach back far enough, late
 * events. */
#include "rules_world.h"

static struct world *w;

#define AT 1764000000000

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

static void buys(int64_t ts, const char *rest)
{
    world_happens(w, ts, arena_printf(&w->arena, "{'type':'purchase'%s%s}", *rest ? "," : "", rest).p);
}

#define YES(c) assert_verdict(VERDICT_TRUE, world_asks(w, c, NULL, AT))
#define NO(c) assert_verdict(VERDICT_FALSE, world_asks(w, c, NULL, AT))
#define WHO_KNOWS(c) assert_verdict(VERDICT_UNKNOWN, world_asks(w, c, NULL, AT))

/* A history of at most two events, of which two more were. */
static void keeps_two(void)
{
    w->settings.history.events = 2;
}

static void a_window_leaves_out_what_is_exactly_as_old(void **state)
{
    (void)state;
    buys(AT - HOUR, "");
    NO("{'performed':'purchase','within':'1h'}");
    YES("{'performed':'purchase','within':'3600001ms'}");
    buys(AT - HOUR + 1, "");
    YES("{'performed':'purchase','within':'1h'}");
}

static void a_window_holds_the_moment_asked_about_and_nothing_later(void **state)
{
    (void)state;
    buys(AT + 1, "");
    NO("{'performed':'purchase','within':'1h'}");
    NO("{'performed':'purchase'}");
    buys(AT, "");
    YES("{'performed':'purchase','within':'1ms'}");
    YES("{'performed':'purchase','times':1}");
}

static void no_event_ever_is_none(void **state)
{
    (void)state;
    NO("{'performed':'purchase'}");
    NO("{'performed':'purchase','within':'7d'}");
    YES("{'performed':'purchase','times':0}");
    YES("{'performed':'purchase','within':'1d','times':{'lt':1}}");
}

static void times_are_compared_by_every_operator(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) buys(AT - i * MINUTE, "");
    YES("{'performed':'purchase','times':3}");
    NO("{'performed':'purchase','times':2}");
    YES("{'performed':'purchase','times':{'gte':1,'lt':4}}");
    NO("{'performed':'purchase','times':{'gte':1,'lt':3}}");
    YES("{'performed':'purchase','times':{'ne':2}}");
    YES("{'performed':'purchase','within':'61s','times':2}");
    YES("{'performed':'purchase','within':'2m','times':2}");
    YES("{'performed':'purchase','within':'120001ms','times':3}");
}

static void other_types_do_not_count(void **state)
{
    (void)state;
    world_happens(w, AT, "{'type':'view'}");
    world_happens(w, AT, "{'type':'wave'}");
    NO("{'performed':'purchase'}");
    YES("{'performed':'view'}");
    YES("{'performed':'wave','within':'1h','times':1}");
}

static void where_counts_only_what_passes_for_certain(void **state)
{
    (void)state;
    buys(AT - 3, "'category':'pizza','size':'9'");
    buys(AT - 2, "'category':'pizza'");
    buys(AT - 1, "'category':'pizza','size':'big'");
    buys(AT, "'size':9");
    YES("{'performed':'purchase','where':{'category':'pizza'},'times':3}");
    YES("{'performed':'purchase','where':{'category':'pizza','size':{'gte':5}},'times':1}");
    YES("{'performed':'purchase','where':{'category':{'exists':false}},'times':1}");
    YES("{'performed':'purchase','where':{'category':{'ne':'beer'}},'times':3}");
}

static void sums_are_exact_and_of_nothing_zero(void **state)
{
    (void)state;
    YES("{'performed':'purchase','within':'1d','sum':{'property':'amount','eq':0}}");
    for (int i = 0; i < 10; i++) buys(AT - i, "'amount':'0.10'");
    buys(AT - 20, "'amount':'-0.4'");
    YES("{'performed':'purchase','sum':{'property':'amount','eq':0.6}}");
    YES("{'performed':'purchase','within':'1d','sum':{'property':'amount','eq':0.6}}");
    YES("{'performed':'purchase','within':'10ms','sum':{'property':'amount','eq':1}}");
    NO("{'performed':'purchase','within':'10ms','sum':{'property':'amount','gt':1}}");
}

static void events_without_the_number_are_passed_over(void **state)
{
    (void)state;
    buys(AT, "'amount':'4','size':'2'");
    buys(AT, "'size':'many'");
    buys(AT, "");
    YES("{'performed':'purchase','average':{'property':'amount','eq':4}}");
    YES("{'performed':'purchase','sum':{'property':'size','eq':2},'times':3}");
}

static void averages_are_not_rounded(void **state)
{
    (void)state;
    buys(AT, "'amount':'1'");
    buys(AT, "'amount':'1'");
    buys(AT, "'amount':'2'"); /* 1.333333333… */
    YES("{'performed':'purchase','average':{'property':'amount','gt':1.333333}}");
    YES("{'performed':'purchase','average':{'property':'amount','lt':1.333334}}");
    NO("{'performed':'purchase','average':{'property':'amount','eq':1.333333}}");
}

static void averages_and_extremes_of_nothing_are_unknown(void **state)
{
    (void)state;
    buys(AT, "");
    WHO_KNOWS("{'performed':'purchase','average':{'property':'amount','gt':1}}");
    WHO_KNOWS("{'performed':'purchase','min':{'property':'amount','gt':1}}");
    WHO_KNOWS("{'performed':'purchase','max':{'property':'amount','lt':1}}");
    NO("{'performed':'purchase','max':{'property':'amount','lt':1},'times':2}");
}

static void least_and_greatest(void **state)
{
    (void)state;
    buys(AT - 2, "'amount':'5'");
    buys(AT - 1, "'amount':'-3'");
    buys(AT, "'amount':'4.99'");
    YES("{'performed':'purchase','min':{'property':'amount','eq':-3}}");
    YES("{'performed':'purchase','max':{'property':'amount','eq':5}}");
    YES("{'performed':'purchase','within':'1ms','min':{'property':'amount','eq':4.99}}");
}

static void different_currencies_are_not_added(void **state)
{
    (void)state;
    buys(AT - 1, "'amount':'5','currency':'EUR'");
    buys(AT, "'amount':'5','currency':'USD'");
    WHO_KNOWS("{'performed':'purchase','sum':{'property':'amount','gte':1}}");
    WHO_KNOWS("{'performed':'purchase','within':'1d','sum':{'property':'amount','gte':1}}");
    WHO_KNOWS("{'performed':'purchase','average':{'property':'amount','gte':1}}");
    WHO_KNOWS("{'performed':'purchase','max':{'property':'amount','gte':1}}");
    YES("{'performed':'purchase','where':{'currency':'USD'},'sum':{'property':'amount','eq':5}}");
    YES("{'performed':'purchase','within':'1ms','sum':{'property':'amount','eq':5}}");
    YES("{'performed':'purchase','times':2}");
}

static void an_amount_without_a_currency_is_in_the_shops(void **state)
{
    (void)state;
    buys(AT - 1, "'amount':'5','currency':'EUR'");
    buys(AT, "'amount':'5'");
    YES("{'performed':'purchase','within':'1d','sum':{'property':'amount','eq':10}}");
    YES("{'performed':'purchase','sum':{'property':'amount','eq':10}}");
}

static void first_and_last_are_younger_or_not(void **state)
{
    (void)state;
    NO("{'performed':'purchase','first':{'within':'7d'}}");
    NO("{'performed':'purchase','last':{'before':'7d'}}");
    buys(AT - 7 * DAY, "");
    NO("{'performed':'purchase','last':{'within':'7d'}}"); /* exactly that old is that old or older */
    YES("{'performed':'purchase','last':{'before':'7d'}}");
    buys(AT - 7 * DAY + 1, "");
    YES("{'performed':'purchase','last':{'within':'7d'}}");
    NO("{'performed':'purchase','last':{'before':'7d'}}");
    YES("{'performed':'purchase','first':{'before':'7d'}}");
    NO("{'performed':'purchase','first':{'within':'7d'}}");
    YES("{'performed':'purchase','last':{'within':'7d','before':'6d'}}");
}

static void several_measures_must_all_hold(void **state)
{
    (void)state;
    buys(AT, "'amount':'5'");
    YES("{'performed':'purchase','times':1,'sum':{'property':'amount','gte':5},'max':{'property':'amount','"
        "lt':6}}");
    NO("{'performed':'purchase','times':1,'sum':{'property':'amount','gte':6}}");
}

/* ---- histories that were trimmed */

static void counters_outlive_the_history(void **state)
{
    (void)state;
    keeps_two();
    for (int i = 4; i > 0; i--) buys(AT - i * HOUR, "'amount':'10'");
    assert_int_equal(w->customer->n_history, 2);
    YES("{'performed':'purchase','times':4}");
    YES("{'performed':'purchase','sum':{'property':'amount','eq':40}}");
    YES("{'performed':'purchase','first':{'before':'4h'}}");
    YES("{'performed':'purchase','last':{'within':'61m'}}");
}

static void past_the_history_only_what_cannot_change_is_decided(void **state)
{
    (void)state;
    keeps_two();
    for (int i = 4; i > 0; i--) buys(AT - i * HOUR, "'category':'pizza','amount':'10'");
    YES("{'performed':'purchase','where':{'category':'pizza'}}");
    YES("{'performed':'purchase','where':{'category':'pizza'},'times':{'gte':2}}");
    WHO_KNOWS("{'performed':'purchase','where':{'category':'pizza'},'times':{'gte':3}}");
    WHO_KNOWS("{'performed':'purchase','where':{'category':'pizza'},'times':2}");
    NO("{'performed':'purchase','where':{'category':'pizza'},'times':1}");
    NO("{'performed':'purchase','where':{'category':'pizza'},'times':{'lt':2}}");
    YES("{'performed':'purchase','where':{'category':'pizza'},'times':{'ne':1}}");
    WHO_KNOWS("{'performed':'purchase','where':{'category':'beer'}}");
    WHO_KNOWS("{'performed':'purchase','within':'1d','sum':{'property':'amount','gte':1}}");
    WHO_KNOWS("{'performed':'purchase','average':{'property':'amount','eq':10}}");
    YES("{'performed':'purchase','within':'1d','max':{'property':'amount','gte':10}}");
    NO("{'performed':'purchase','within':'1d','max':{'property':'amount','lt':10}}");
    WHO_KNOWS("{'performed':'purchase','within':'1d','max':{'property':'amount','gt':10}}");
    YES("{'performed':'purchase','within':'1d','min':{'property':'amount','lte':10}}");
    WHO_KNOWS("{'performed':'purchase','within':'1d','min':{'property':'amount','gte':10}}");
}

static void a_window_within_the_history_is_whole(void **state)
{
    (void)state;
    keeps_two();
    for (int i = 4; i > 0; i--) buys(AT - i * HOUR, "'amount':'10'"); /* what was 3 h ago is lost */
    YES("{'performed':'purchase','within':'3h','times':2}");
    YES("{'performed':'purchase','within':'3h','sum':{'property':'amount','eq':20}}");
    WHO_KNOWS("{'performed':'purchase','within':'10800001ms','times':2}");
}

static void moments_of_a_trimmed_history_lie_in_a_range(void **state)
{
    (void)state;
    keeps_two();
    for (int i = 4; i > 0; i--) buys(AT - i * HOUR, "'category':'pizza'");
    const char *where = "{'performed':'purchase','where':{'category':'pizza'},%s}";
    assert_verdict(VERDICT_TRUE,
                   world_asks(w, arena_printf(&w->arena, where, "'first':{'before':'2h'}").p, NULL, AT));
    assert_verdict(VERDICT_UNKNOWN,
                   world_asks(w, arena_printf(&w->arena, where, "'first':{'within':'3h'}").p, NULL, AT));
    assert_verdict(VERDICT_FALSE,
                   world_asks(w, arena_printf(&w->arena, where, "'first':{'within':'2h'}").p, NULL, AT));
    assert_verdict(VERDICT_TRUE,
                   world_asks(w, arena_printf(&w->arena, where, "'last':{'within':'61m'}").p, NULL, AT));
    assert_verdict(VERDICT_FALSE,
                   world_asks(w,
                              "{'performed':'purchase','where':{'category':'beer'},'last':{'within':'3h'}}",
                              NULL, AT));
    assert_verdict(VERDICT_UNKNOWN,
                   world_asks(w,
                              "{'performed':'purchase','where':{'category':'beer'},'last':{'within':'5h'}}",
                              NULL, AT));
    assert_verdict(VERDICT_UNKNOWN,
                   world_asks(w,
                              "{'performed':'purchase','where':{'category':'beer'},'last':{'before':'3h'}}",
                              NULL, AT));
}

/* ---- late events: the moment asked about lies before what is known */

static void a_late_event_is_judged_by_what_was_before_it(void **state)
{
    (void)state;
    buys(AT - 2 * HOUR, "'amount':'1'");
    buys(AT + HOUR, "'amount':'100'");
    buys(AT, "'amount':'2'");
    YES("{'performed':'purchase','times':2}");
    YES("{'performed':'purchase','sum':{'property':'amount','eq':3}}");
    YES("{'performed':'purchase','last':{'within':'1ms'}}");
    YES("{'performed':'purchase','first':{'before':'2h'}}");
    YES("{'performed':'purchase','within':'1h','times':1}");
}

static void a_late_event_with_a_trimmed_past_keeps_exact_counts(void **state)
{
    (void)state;
    w->settings.history.events = 3;
    for (int i = 4; i > 0; i--) buys(AT - i * HOUR, "'amount':'10'");
    buys(AT + HOUR, "'amount':'1'");
    buys(AT, "'amount':'2'"); /* kept: AT - 1 h, AT, AT + 1 h */
    YES("{'performed':'purchase','times':5}");
    YES("{'performed':'purchase','sum':{'property':'amount','eq':42}}");
    YES("{'performed':'purchase','first':{'before':'4h'}}");
    YES("{'performed':'purchase','last':{'within':'1ms'}}");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {T(a_window_leaves_out_what_is_exactly_as_old),
                                       T(a_window_holds_the_moment_asked_about_and_nothing_later),
                                       T(no_event_ever_is_none),
                                       T(times_are_compared_by_every_operator),
                                       T(other_types_do_not_count),
                                       T(where_counts_only_what_passes_for_certain),
                                       T(sums_are_exact_and_of_nothing_zero),
                                       T(events_without_the_number_are_passed_over),
                                       T(averages_are_not_rounded),
                                       T(averages_and_extremes_of_nothing_are_unknown),
                                       T(least_and_greatest),
                                       T(different_currencies_are_not_added),
                                       T(an_amount_without_a_currency_is_in_the_shops),
                                       T(first_and_last_are_younger_or_not),
                                       T(several_measures_must_all_hold),
                                       T(counters_outlive_the_history),
                                       T(past_the_history_only_what_cannot_change_is_decided),
                                       T(a_window_within_the_history_is_whole),
                                       T(moments_of_a_trimmed_history_lie_in_a_range),
                                       T(a_late_event_is_judged_by_what_was_before_it),
                                       T(a_late_event_with_a_trimmed_past_keeps_exact_counts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
