/* Files of stores: CSV and GeoJSON in the shapes that people have them in. */
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

static const struct store *store_of(const char *id)
{
    const struct store *s = ruleset_store(w->rules, str_of(id));
    if (!s) fail_msg("no store %s; %s", id, world_errors(w));
    return s;
}

static void assert_prop(const struct store *s, const char *name, const char *expected)
{
    for (size_t i = 0; i < s->n_props; i++) {
        if (!str_eq(s->props[i].name, str_of(name))) continue;
        struct buf b = {0};
        value_text(&s->props[i].value, &b);
        buf_char(&b, 0);
        assert_string_equal(b.p, expected);
        buf_release(&b);
        return;
    }
    assert_null(expected);
}

static void csv_as_spreadsheets_write_it(void **state)
{
    (void)state;
    world_stores(w, "s.csv",
                 "\xef\xbb\xbf"
                 "phone,lon,lat,name,id,zone\r\n555,4.9,52.4,\"Centre, "
                 "\"\"C\"\"\",s1,Europe/Amsterdam\r\n\r\n,-84.5,39.1,\"two\r\nlines\",\"s2\",\r\n");
    world_ready(w);
    const struct store *s = store_of("s1");
    assert_string_equal(s->name.p, "Centre, \"C\"");
    assert_true(s->at.lat == 52.4 && s->at.lon == 4.9);
    assert_true(str_eq(s->zone, STR("Europe/Amsterdam")));
    assert_prop(s, "phone", "555");
    s = store_of("s2");
    assert_true(str_eq(s->name, STR("two\r\nlines")));
    assert_int_equal(s->zone.n, 0);
    assert_prop(s, "phone", NULL);
}

static void csv_lines_may_end_in_any_way_and_the_last_in_none(void **state)
{
    (void)state;
    world_stores(w, "a.csv", "id,name,lat,lon\ra,A,1,2\rb,\"B\rb\",1,2");
    world_stores(w, "b.csv", "id,name,lat,lon\nc,C,1,2\n\n\nd,D,-1.5e1,+2.");
    world_ready(w);
    store_of("a"), store_of("b"), store_of("c");
    assert_true(store_of("d")->at.lat == -15);
}

static void a_store_without_a_name_is_called_by_its_id(void **state)
{
    (void)state;
    world_stores(w, "a.csv", "id,name,lat,lon\na,,1,2\n");
    world_ready(w);
    assert_string_equal(store_of("a")->name.p, "a");
}

static void a_file_of_only_a_header_has_no_stores(void **state)
{
    (void)state;
    world_stores(w, "a.csv", "id,name,lat,lon\n");
    world_ready(w);
}

static void geojson_points_are_stores_by_their_first_name(void **state)
{
    (void)state;
    world_stores(
        w, "a.geojson",
        "{'type':'FeatureCollection','features':["
        "{'type':'Feature','id':'f1','properties':{'id':'p1','name':'One','zone':'Asia/"
        "Tokyo','open':true,'tags':[1],'floor':2},'geometry':{'type':'Point','coordinates':[4.5,52.5,3]}},"
        "{'type':'Feature','id':17,'properties':{'name':'Two'},'geometry':{'type':'Point','coordinates':[4,"
        "52]}},"
        "{'type':'Feature','properties':{'name':'Three'},'geometry':{'type':'Point','coordinates':[4,52]}}]"
        "}");
    world_ready(w);
    const struct store *s = store_of("p1");
    assert_string_equal(s->name.p, "One");
    assert_true(s->at.lat == 52.5 && s->at.lon == 4.5);
    assert_prop(s, "open", "true");
    assert_prop(s, "floor", "2");
    assert_prop(s, "tags", NULL);
    assert_prop(s, "zone", NULL);
    assert_string_equal(store_of("17")->name.p, "Two");
    store_of("Three");
}

static void geojson_with_a_feature_a_line(void **state)
{
    (void)state;
    world_stores(
        w, "a.json",
        "{'type':'Feature','properties':{'name':'A'},'geometry':{'type':'Point','coordinates':[1,2]}}\r\n"
        "\r\n{'type':'Feature','properties':{'name':'B'},'geometry':{'type':'Point','coordinates':[1,2]}}"
        "\r\n");
    world_ready(w);
    store_of("A"), store_of("B");
}

static void geojson_of_one_feature_over_several_lines(void **state)
{
    (void)state;
    world_stores(w, "a.json",
                 "\n{ 'type': 'Feature', 'properties': { 'name': 'A' },\n 'geometry': { 'type': 'Point', "
                 "'coordinates': [1,2] } }\n\n");
    world_ready(w);
    store_of("A");
}

static void areas_of_one_name_are_one(void **state)
{
    (void)state;
    const char *one = "{'type':'Feature','properties':{'NAME':'Twins'},'geometry':{'type':'Polygon','"
                      "coordinates':[[[0,0],[1,0],[1,1],[0,1],[0,0]],"
                      "[[0.4,0.4],[0.6,0.4],[0.6,0.6],[0.4,0.6],[0.4,0.4]]]}}\n"
                      "{'type':'Feature','properties':{'NAME':'Twins'},'geometry':{'type':'MultiPolygon','"
                      "coordinates':[[[[2,0],[3,0],[3,1],[2,1],[2,0]]]]}}\n";
    world_stores(w, "a.geojson", one);
    world_campaign(w, "c.json",
                   "{'name':'c','trigger':{'enter':{'areas':['Twins']}},'purpose':'p','push':{'title':'t'}}");
    world_ready(w);
    const struct fence_set *set = w->rules->campaigns[0]->trigger.fences;
    const struct fence *found;
    assert_int_equal(set->n, 1);
    assert_int_equal(fence_set_find(set, (struct point){0.2, 0.2}, &found, 1), 1);
    assert_int_equal(fence_set_find(set, (struct point){0.2, 2.2}, &found, 1), 1);
    assert_int_equal(fence_set_find(set, (struct point){0.2, 1.5}, &found, 1), 0);
    assert_int_equal(fence_set_find(set, (struct point){0.5, 0.5}, &found, 1), 0); /* the hole */
}

static void a_large_set_finds_as_a_small_one(void **state)
{
    (void)state;
    static char csv[8192];
    size_t n = (size_t)sprintf(csv, "id,name,lat,lon\n");
    for (int i = 0; i < 200; i++) n += (size_t)sprintf(csv + n, "s%d,,0,%.4f\n", i, i * 0.001);
    world_stores(w, "s.csv", csv);
    world_campaign(w, "c.json",
                   "{'name':'c','trigger':{'enter':{'stores':'all','within':'1 "
                   "km'}},'purpose':'p','push':{'title':'t'}}");
    world_ready(w);
    const struct fence_set *set = w->rules->campaigns[0]->trigger.fences;
    const struct fence *found[300];
    for (int i = 0; i < 200; i += 7) {
        struct point p = {0.001, i * 0.001};
        size_t right = 0, all = fence_set_find(set, p, found, 300);
        for (size_t k = 0; k < set->n; k++) right += geo_distance(set->fences[k]->store->at, p) <= 1000;
        assert_int_equal(all, right);
        for (size_t k = 1; k < all; k++) assert_true(found[k - 1]->key < found[k]->key);
        assert_int_equal(fence_set_find(set, p, found, 3), 3);
    }
}

static void a_long_line_of_geojson_is_read_in_linear_time(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_printf(&b, "{\"type\":\"FeatureCollection\",\"features\":[");
    for (int i = 0; i < 20000; i++)
        buf_printf(&b,
                   "%s{\"type\":\"Feature\",\"id\":\"s%d\",\"properties\":{},\"geometry\":{\"type\":"
                   "\"Point\",\"coordinates\":[%d.5,1]}}",
                   i ? "," : "", i, i % 170);
    buf_printf(&b, "]}");
    w->stores[w->n_stores++] = (struct rules_file){"s.geojson", buf_str(&b)};
    world_ready(w); /* in a second or so; with a square of the length in it, in an hour */
    store_of("s19999");
    buf_release(&b);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {T(csv_as_spreadsheets_write_it),
                                       T(csv_lines_may_end_in_any_way_and_the_last_in_none),
                                       T(a_store_without_a_name_is_called_by_its_id),
                                       T(a_file_of_only_a_header_has_no_stores),
                                       T(geojson_points_are_stores_by_their_first_name),
                                       T(geojson_with_a_feature_a_line),
                                       T(geojson_of_one_feature_over_several_lines),
                                       T(areas_of_one_name_are_one),
                                       T(a_large_set_finds_as_a_small_one),
                                       T(a_long_line_of_geojson_is_read_in_linear_time)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
