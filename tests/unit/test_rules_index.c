/* The index may offer too much, never too little: random campaigns, random events, and every campaign asked
 * one by one. */
#include "rules_world.h"

#define AT 1764000000000
#define ROUNDS 60
#define CAMPAIGNS 50
#define EVENTS 200

static unsigned long long seed;

static unsigned draw(unsigned n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % n;
}

static const char *one_of(const char *const *words, size_t n)
{
    return words[draw((unsigned)n)];
}
#define ONE_OF(...)                                                                                          \
    one_of((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static const char *some_where(void)
{
    return ONE_OF(
        "{}", "{'category':'a'}", "{'category':'b'}", "{'category':{'in':['a','c','a']}}",
        "{'category':'a','item':'x'}", "{'category':{'ne':'a'}}", "{'category':{'eq':'a','starts_with':'a'}}",
        "{'amount':{'gte':5}}", "{'amount':'5'}", "{'amount':'5.0'}", "{'amount':5}", "{'own':true}",
        "{'own':'true'}", "{'own':{'in':['a','b']}}", "{'own':{'in':['a',5]}}", "{'item':''}",
        "{'item':{'exists':false}}", "{'nested.item':'x'}", "{'type':'view'}", "{'category':'a','own':'b'}");
}

static const char *some_audience(void)
{
    return ONE_OF("{'near':{'stores':['s1'],'within':'200 m'}}",
                  "{'near':{'stores':['s2','s3'],'within':'400 m'}}",
                  "{'near':{'stores':'all','within':'150 m'}}",
                  "{'all':[{'local_time':{}},{'near':{'stores':['s1'],'within':'5 km'},'fresh':'1m'}]}",
                  "{'near':{'areas':['Soho']}}",
                  "{'any':[{'near':{'stores':['s1'],'within':'200 m'}},{'local_time':{}}]}",
                  "{'not':{'near':{'stores':['s1'],'within':'200 m'}}}", "{'local_time':{'days':'all'}}",
                  "{'performed':'view','times':{'gte':0}}",
                  "{'all':[{'all':[{'near':{'stores':['s2'],'within':'200 m'}}]}]}");
}

static const char *some_event(struct world *w)
{
    const char *position = ONE_OF("", "", ",'lat':0,'lon':0", ",'lat':0,'lon':0.002", ",'lat':0,'lon':0.0031",
                                  ",'lat':0.005,'lon':0.005", ",'lat':0,'lon':1");
    const char *category =
        ONE_OF("", ",'category':'a'", ",'category':'b'", ",'category':'c'", ",'category':'q'");
    const char *item = ONE_OF("", ",'item':'x'", ",'nested':{'item':'x'}", ",'amount':5", ",'amount':'5'",
                              ",'amount':'5.0'");
    const char *own =
        ONE_OF("", ",'own':true", ",'own':'true'", ",'own':['b','z']", ",'own':'b'", ",'own':5");
    return arena_printf(&w->arena, "{'type':'%s'%s%s%s%s}", ONE_OF("purchase", "view", "own_one", "own_two"),
                        position, category, item, own)
        .p;
}

static void world_random(struct world *w)
{
    world_stores(w, "s.csv", "id,name,lat,lon\ns1,,0,0\ns2,,0,0.003\ns3,,0,0.0035\ns4,,0,1\ns5,,0,1.001\n");
    world_stores(w, "a.geojson",
                 "{'type':'Feature','id':'Soho','properties':{},'geometry':{'type':'Polygon','coordinates':[["
                 "[0,0],[0.01,0],[0.01,0.01],[0,0.01],[0,0]]]}}");
    for (unsigned i = 0; i < CAMPAIGNS; i++) {
        struct str path = arena_printf(&w->arena, "c%u.json", i);
        const char *audience = draw(3) ? some_audience() : NULL;
        world_campaign(w, path.p,
                       arena_printf(&w->arena,
                                    "{'name':'c%02u','trigger':{'event':'%s','where':%s},%s%s%s'priority':%u,"
                                    "'purpose':'p','push':{'title':'t'}}",
                                    i, ONE_OF("purchase", "view", "own_one", "own_two"), some_where(),
                                    audience ? "'audience':" : "", audience ? audience : "",
                                    audience ? "," : "", draw(3) * 50)
                           .p);
    }
    world_ready(w);
}

static bool list_has(const struct campaign *const *list, size_t n, const struct campaign *c)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == c) return true;
    return false;
}

static void event_check(struct world *w, size_t *offered, size_t *right)
{
    const struct event *e = world_event(w, AT + draw(100) * MINUTE, some_event(w));
    if (draw(2)) customer_event(w->customer, e, &w->log);
    struct subject s = world_subject(w, e, e->ts + (draw(4) ? 0 : 30 * MINUTE));
    const struct campaign *const *list;
    size_t n = ruleset_candidates(w->rules, &w->arena, &s, &list);
    for (size_t i = 1; i < n; i++) {
        bool ordered =
            list[i - 1]->priority > list[i]->priority ||
            (list[i - 1]->priority == list[i]->priority && str_cmp(list[i - 1]->name, list[i]->name) < 0);
        assert_true(ordered);
    }
    for (size_t i = 0; i < w->rules->n_campaigns; i++) {
        const struct campaign *c = w->rules->campaigns[i];
        bool yes = str_eq(c->trigger.event, e->type_name) &&
                   trigger_verdict(&c->trigger, &s) == VERDICT_TRUE &&
                   condition_verdict(c->audience, &s) == VERDICT_TRUE;
        if (yes && !list_has(list, n, c)) fail_msg("seed %llu: %.*s is missing", seed, STR_ARG(c->name));
        *right += yes;
    }
    *offered += n;
}

static void candidates_are_all_that_could_be_true_and_in_order(void **state)
{
    (void)state;
    size_t offered = 0, right = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        seed = round;
        struct world *w = world_new();
        world_random(w);
        for (int i = 0; i < EVENTS; i++) event_check(w, &offered, &right);
        world_free(w);
    }
    assert_true(right > ROUNDS * EVENTS); /* the test tests something */
    assert_true(offered < right * 5 / 2); /* and the index does, too */
}

static void other_types_and_no_event_have_no_candidates(void **state)
{
    (void)state;
    struct world *w = world_new();
    const struct campaign *const *list;
    world_campaign(w, "c.json", "{'name':'c','trigger':{'event':'view'},'purpose':'p','push':{'title':'t'}}");
    world_ready(w);
    struct subject s = world_subject(w, world_event(w, AT, "{'type':'purchase'}"), AT);
    assert_int_equal(ruleset_candidates(w->rules, &w->arena, &s, &list), 0);
    s.event = world_event(w, AT, "{'type':'views'}");
    assert_int_equal(ruleset_candidates(w->rules, &w->arena, &s, &list), 0);
    s.event = NULL;
    assert_int_equal(ruleset_candidates(w->rules, &w->arena, &s, &list), 0);
    world_free(w);
}

/* ---- the nearest store */

static void the_nearest_store_is_that_of_looking_at_all(void **state)
{
    (void)state;
    static char csv[64 * 1024];
    struct world *w = world_new();
    size_t n = (size_t)sprintf(csv, "id,name,lat,lon,zone\n");
    seed = 1;
    for (int i = 0; i < 800; i++)
        n += (size_t)sprintf(csv + n, "s%d,,%.4f,%.4f,%s\n", i, (draw(20001) - 10000.) / 10000,
                             (i % 50 ? 0 : 179) + draw(10001) / 10000.,
                             i % 3 ? i % 3 == 1 ? "Asia/Tokyo" : "Europe/Berlin" : "");
    world_stores(w, "s.csv", csv);
    world_ready(w);
    for (int i = 0; i < 2000; i++) {
        struct point p = {(draw(24001) - 12000.) / 10000,
                          i % 10 ? draw(12001) / 10000. : -180 + draw(2001) / 10000.};
        double best = STORE_ZONE_REACH;
        struct str zone = STR_NONE;
        for (int k = 0; k < 800; k++) {
            const struct store *s = ruleset_store(w->rules, arena_printf(&w->arena, "s%d", k));
            double d = s->zone.n ? geo_distance(s->at, p) : 1e9;
            if (d <= best) best = d, zone = s->zone;
        }
        assert_true(str_eq(ruleset_zone_at(w->rules, p), zone));
    }
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(candidates_are_all_that_could_be_true_and_in_order),
                                       cmocka_unit_test(other_types_and_no_event_have_no_candidates),
                                       cmocka_unit_test(the_nearest_store_is_that_of_looking_at_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
