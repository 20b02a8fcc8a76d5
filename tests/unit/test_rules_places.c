/* Places: fences, `near`, `visits`, what a position may say. */
#include "rules_world.h"

static struct world *w;

#define AT 1764000000000
/* The equator: a degree of longitude is 111195 m, so 0.001 is 111.2 m. */
#define STORES "id,name,lat,lon\ns1,One,0,0\ns2,Two,0,0.003\ns3,Three,0,1\n"
#define AREA                                                                                                 \
    "{'type':'Feature','properties':{'name':'Soho'},'geometry':{'type':'Polygon','coordinates':[[[10,0],["   \
    "10.01,0],[10.01,0.01],[10,0.01],[10,0]]]}}"

static int setup(void **state)
{
    (void)state;
    w = world_new();
    world_stores(w, "stores/s.csv", STORES);
    world_stores(w, "stores/areas.geojson", AREA);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_free(w);
    return 0;
}

static void is_at(int64_t ts, double lat, double lon, double accuracy)
{
    struct str json = accuracy
                          ? arena_printf(&w->arena, "{'type':'location','lat':%.7f,'lon':%.7f,'accuracy':%g}",
                                         lat, lon, accuracy)
                          : arena_printf(&w->arena, "{'type':'location','lat':%.7f,'lon':%.7f}", lat, lon);
    world_happens(w, ts, json.p);
}

#define ASKS(expected, c) assert_verdict(expected, world_asks(w, c, NULL, AT))
#define NEAR_ONE "{'near':{'stores':['s1'],'within':'200 m'}}"

static void near_is_unknown_without_a_position(void **state)
{
    (void)state;
    ASKS(VERDICT_UNKNOWN, NEAR_ONE);
}

static void near_is_true_within_the_distance(void **state)
{
    (void)state;
    is_at(AT, 0, 0.0017, 5);
    ASKS(VERDICT_TRUE, NEAR_ONE);
    ASKS(VERDICT_FALSE, "{'near':{'stores':['s1'],'within':'180 m'}}");
    ASKS(VERDICT_TRUE, "{'near':{'stores':['s3','s2'],'within':'180 m'}}");
    ASKS(VERDICT_TRUE, "{'near':{'stores':'all','within':'0.2km'}}");
    ASKS(VERDICT_FALSE, "{'near':{'areas':['Soho']}}");
}

static void near_needs_a_fresh_position(void **state)
{
    (void)state;
    is_at(AT - HOUR, 0, 0, 5);
    ASKS(VERDICT_TRUE, NEAR_ONE); /* exactly as old as `fresh` is not older */
    ASKS(VERDICT_UNKNOWN, "{'near':{'stores':['s1'],'within':'200 m'},'fresh':'3599999ms'}");
    ASKS(VERDICT_TRUE, "{'near':{'stores':['s1'],'within':'200 m'},'fresh':'2h'}");
}

static void near_is_unknown_when_the_fix_is_worse_than_the_radius(void **state)
{
    (void)state;
    is_at(AT, 0, 0, 200);
    ASKS(VERDICT_TRUE, NEAR_ONE);
    is_at(AT, 0, 0, 200.1);
    ASKS(VERDICT_UNKNOWN, NEAR_ONE);
    is_at(AT, 0, 0, 0); /* not told */
    ASKS(VERDICT_TRUE, NEAR_ONE);
}

static void an_area_is_judged_by_max_accuracy(void **state)
{
    (void)state;
    is_at(AT, 0.005, 10.005, 100);
    ASKS(VERDICT_TRUE, "{'near':{'areas':['Soho']}}");
    is_at(AT, 0.005, 10.005, 100.1);
    ASKS(VERDICT_UNKNOWN, "{'near':{'areas':['Soho']}}");
}

static void near_uses_the_position_known_at_that_moment(void **state)
{
    (void)state;
    is_at(AT - MINUTE, 0, 0, 5);
    is_at(AT + MINUTE, 0, 1, 5); /* asked about a moment before the newest */
    ASKS(VERDICT_TRUE, NEAR_ONE);
    is_at(AT, 0, 1, 5);
    ASKS(VERDICT_FALSE, NEAR_ONE);
}

static void near_uses_the_events_own_position(void **state)
{
    (void)state;
    is_at(AT, 0, 1, 5);
    const struct event *e = world_event(w, AT, "{'type':'x','lat':0,'lon':0}");
    assert_true_of(w, NEAR_ONE, e, AT);
    assert_false_of(w, NEAR_ONE, e, AT + 1); /* asked later: where the customer is known to be by then */
}

/* ---- visits */

#define VISITS(rest) "{'visits':{'stores':['s1'],'within':'200 m'}" rest "}"

static void no_positions_are_no_visits(void **state)
{
    (void)state;
    ASKS(VERDICT_FALSE, VISITS(""));
    ASKS(VERDICT_TRUE, VISITS(",'times':0"));
}

static void staying_is_one_visit(void **state)
{
    (void)state;
    for (int i = 5; i > 0; i--) is_at(AT - i * MINUTE, 0, 0.0001 * i, 5);
    ASKS(VERDICT_TRUE, VISITS(",'times':1"));
}

static void only_who_is_out_for_certain_can_come_back(void **state)
{
    (void)state;
    is_at(AT - 9 * MINUTE, 0, 0, 5);
    is_at(AT - 8 * MINUTE, 0, 0.00195, 5); /* 216.8 m: outside, but within 20 m of the edge */
    is_at(AT - 7 * MINUTE, 0, 0, 5);
    ASKS(VERDICT_TRUE, VISITS(",'times':1"));
    is_at(AT - 6 * MINUTE, 0, 0.00199, 5); /* 221.3 m */
    is_at(AT - 5 * MINUTE, 0, 0, 5);
    ASKS(VERDICT_TRUE, VISITS(",'times':2"));
    is_at(AT - 4 * MINUTE, 0, 0.00225, 60); /* 250.2 m, but known only to 60 m */
    is_at(AT - 3 * MINUTE, 0, 0, 5);
    ASKS(VERDICT_TRUE, VISITS(",'times':2"));
    is_at(AT - 2 * MINUTE, 0, 1, 201); /* worse than the radius: says nothing */
    is_at(AT - 1 * MINUTE, 0, 0, 5);
    ASKS(VERDICT_TRUE, VISITS(",'times':2"));
}

static void arrivals_count_in_the_window_and_the_way_there_from_before(void **state)
{
    (void)state;
    is_at(AT - 2 * HOUR, 0, 0, 5);
    is_at(AT - HOUR, 0, 0.0001, 5); /* still there */
    ASKS(VERDICT_FALSE, VISITS(",'within':'90m'"));
    ASKS(VERDICT_FALSE, VISITS(",'within':'2h'")); /* exactly so old is out */
    ASKS(VERDICT_TRUE, VISITS(",'within':'7200001ms'"));
}

static void positions_count_in_the_order_of_their_times(void **state)
{
    (void)state;
    is_at(AT - 3 * MINUTE, 0, 0, 5);
    is_at(AT - 1 * MINUTE, 0, 0, 5);
    ASKS(VERDICT_TRUE, VISITS(",'times':1"));
    is_at(AT - 2 * MINUTE, 0, 1, 5); /* late: they had been away in between */
    ASKS(VERDICT_TRUE, VISITS(",'times':2"));
}

static void each_place_has_its_own_visits_but_one_position_one(void **state)
{
    (void)state;
    is_at(AT - 3 * MINUTE, 0, 0.0015, 5); /* within 200 m of both */
    ASKS(VERDICT_TRUE, "{'visits':{'stores':['s1','s2'],'within':'200 m'},'times':1}");
    is_at(AT - 2 * MINUTE, 0, 1, 5);
    ASKS(VERDICT_TRUE,
         "{'visits':{'stores':'all','within':'200 m'},'times':2}"); /* straight from one to another */
}

static void a_window_past_the_history_decides_only_what_cannot_change(void **state)
{
    (void)state;
    w->settings.history.events = 2;
    is_at(AT - 4 * HOUR, 0, 0, 5);
    is_at(AT - 3 * HOUR, 0, 1, 5);
    is_at(AT - 2 * HOUR, 0, 0, 5);
    is_at(AT - HOUR, 0, 1, 5);
    ASKS(VERDICT_TRUE, VISITS(",'within':'1d'"));
    ASKS(VERDICT_UNKNOWN, VISITS(",'within':'1d','times':{'gte':2}"));
    ASKS(VERDICT_TRUE, VISITS(",'times':1")); /* without a window: all kept */
    ASKS(VERDICT_TRUE, VISITS(",'within':'3h','times':1"));
}

/* ---- fences */

static const struct fence *fence_of(const char *places)
{
    world_campaign(w, "enter.json",
                   arena_printf(&w->arena,
                                "{'name':'enter','trigger':{'enter':%s},'purpose':'p','push':{'title':'t'}}",
                                places)
                       .p);
    world_ready(w);
    return w->rules->campaigns[0]->trigger.fences->fences[0];
}

static void leaving_takes_the_greatest_margin(void **state)
{
    (void)state;
    const struct fence *f = fence_of("{'stores':['s1'],'within':'1 km'}");
    double metre = 1 / 111195.08;
    assert_false(fence_left(f, (struct point){0, 1099 * metre}, 5)); /* a tenth of the radius */
    assert_true(fence_left(f, (struct point){0, 1101 * metre}, 5));
    assert_false(fence_left(f, (struct point){0, 1149 * metre}, 150)); /* the fix's accuracy */
    assert_true(fence_left(f, (struct point){0, 1151 * metre}, 150));
}

static void an_area_is_left_beyond_20_metres(void **state)
{
    (void)state;
    const struct fence *f = fence_of("{'areas':['Soho']}");
    assert_false(fence_left(f, (struct point){0.005, 10.005}, 0));
    assert_false(fence_left(f, (struct point){0.005, 10 - 0.00017}, 0)); /* 18.9 m */
    assert_true(fence_left(f, (struct point){0.005, 10 - 0.00019}, 0));  /* 21.1 m */
    assert_false(fence_left(f, (struct point){0.005, 10 - 0.00019}, 30));
}

static void each_fence_exists_once_with_all_its_campaigns(void **state)
{
    (void)state;
    world_campaign(w, "a.json",
                   "{'name':'a','trigger':{'enter':{'stores':'all','within':'200 "
                   "m'}},'purpose':'p','push':{'title':'t'}}");
    world_campaign(w, "b.json",
                   "{'name':'b','priority':60,'trigger':{'enter':{'stores':['s2'],'within':'0.2 "
                   "km'}},'purpose':'p','push':{'title':'t'}}");
    world_campaign(w, "c.json",
                   "{'name':'c','trigger':{'exit':{'stores':['s2','s1'],'within':'200 "
                   "m'}},'purpose':'p','push':{'title':'t'}}");
    world_campaign(w, "d.json",
                   "{'name':'d','trigger':{'dwell':{'stores':['s2'],'within':'300 "
                   "m'},'for':'1m'},'purpose':'p','push':{'title':'t'}}");
    world_ready(w);
    const struct campaign *const *list;
    const struct fence *f =
        fence_set_get(w->rules->places, place_key(ruleset_store(w->rules, STR("s2")), NULL, 200));
    assert_int_equal(w->rules->places->n, 4);
    assert_non_null(f);
    assert_int_equal(ruleset_fence_campaigns(w->rules, TRIGGER_ENTER, f, &list), 2);
    assert_string_equal(list[0]->name.p, "b");
    assert_string_equal(list[1]->name.p, "a");
    assert_int_equal(ruleset_fence_campaigns(w->rules, TRIGGER_EXIT, f, &list), 1);
    assert_int_equal(ruleset_fence_campaigns(w->rules, TRIGGER_DWELL, f, &list), 0);
    assert_null(fence_set_get(w->rules->places, 12345));
    const struct fence *found[4];
    assert_int_equal(fence_set_find(w->rules->places, (struct point){0, 0.003}, found, 4), 2);
    assert_true(found[0]->key < found[1]->key);
}

static void a_key_is_the_same_in_every_build(void **state)
{
    (void)state;
    struct store s = {.id = STR("s1")};
    struct area a = {.id = STR("Soho"), .name = STR("Soho")};
    assert_true(place_key(&s, NULL, 200) != place_key(&s, NULL, 200.5));
    assert_true(place_key(&s, NULL, 200) == str_hash_seed(STR("s1"), 200001));
    assert_true(place_key(NULL, &a, 0) == str_hash_seed(STR("Soho"), 0));
}

static void the_zone_is_the_nearest_stores_that_names_one(void **state)
{
    (void)state;
    world_stores(w, "stores/z.csv",
                 "id,name,lat,lon,zone\nz1,,0.1,0,Europe/Berlin\nz2,,0.2,0,Asia/Tokyo\nz3,,0.3,0,\n");
    world_ready(w);
    assert_true(str_eq(ruleset_zone_at(w->rules, (struct point){0.149, 0}), STR("Europe/Berlin")));
    assert_true(str_eq(ruleset_zone_at(w->rules, (struct point){0.151, 0}), STR("Asia/Tokyo")));
    assert_true(str_eq(ruleset_zone_at(w->rules, (struct point){0.3, 0}), STR("Asia/Tokyo")));
    assert_int_equal(ruleset_zone_at(w->rules, (struct point){0.7, 0}).n, 0); /* 55 km */
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {T(near_is_unknown_without_a_position),
                                       T(near_is_true_within_the_distance),
                                       T(near_needs_a_fresh_position),
                                       T(near_is_unknown_when_the_fix_is_worse_than_the_radius),
                                       T(an_area_is_judged_by_max_accuracy),
                                       T(near_uses_the_position_known_at_that_moment),
                                       T(near_uses_the_events_own_position),
                                       T(no_positions_are_no_visits),
                                       T(staying_is_one_visit),
                                       T(only_who_is_out_for_certain_can_come_back),
                                       T(arrivals_count_in_the_window_and_the_way_there_from_before),
                                       T(positions_count_in_the_order_of_their_times),
                                       T(each_place_has_its_own_visits_but_one_position_one),
                                       T(a_window_past_the_history_decides_only_what_cannot_change),
                                       T(leaving_takes_the_greatest_margin),
                                       T(an_area_is_left_beyond_20_metres),
                                       T(each_fence_exists_once_with_all_its_campaigns),
                                       T(a_key_is_the_same_in_every_build),
                                       T(the_zone_is_the_nearest_stores_that_names_one)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
