/* The index of fences, against the same question put to each fence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "nudge/geo.h"

#define POINT(lat, lon) ((struct point){lat, lon})
#define FENCES 3000

struct world {
    struct arena arena;
    struct fence_index *index;
    struct point centre[FENCES];
    double radius[FENCES];
    uint64_t seed;
};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    if (!w) return -1;
    arena_init(&w->arena);
    w->index = fence_index_new(&w->arena);
    w->seed = 20260101;
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    arena_release(&w->arena);
    free(w);
    return 0;
}

/* From 0 to 1, the same in every run. */
static double world_random(struct world *w)
{
    w->seed = w->seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(w->seed >> 11) / 9007199254740992.0;
}

static struct point world_point(struct world *w)
{
    double lat = world_random(w) * 180 - 90;
    return POINT(lat, world_random(w) * 360 - 180);
}

static void world_add(struct world *w, uint32_t id, struct point centre, double radius)
{
    w->centre[id] = centre;
    w->radius[id] = radius;
    fence_index_add_circle(w->index, centre, radius, id);
}

static void assert_found(struct world *w, size_t fences, struct point p)
{
    static uint32_t got[FENCES];
    size_t n = fence_index_find(w->index, p, got, FENCES), expected = 0;
    for (uint32_t id = 0; id < fences; id++) {
        if (geo_distance(w->centre[id], p) > w->radius[id]) continue;
        if (expected >= n || got[expected] != id)
            fail_msg("fence %u not found at %.17g %.17g", id, p.lat, p.lon);
        expected++;
    }
    if (n != expected) fail_msg("%zu found instead of %zu at %.17g %.17g", n, expected, p.lat, p.lon);
}

static void random_circles_all_over_the_earth_are_found(void **state)
{
    struct world *w = *state;
    for (uint32_t id = 0; id < FENCES; id++) {
        double size = world_random(w);
        world_add(w, id, world_point(w), 10 + size * size * size * 3e6);
    }
    fence_index_build(w->index);
    for (int i = 0; i < 3000; i++) assert_found(w, FENCES, world_point(w));
    for (uint32_t id = 0; id < FENCES; id++) assert_found(w, FENCES, w->centre[id]);
}

static void circles_over_poles_and_antimeridian_are_found(void **state)
{
    static const double radii[] = {0, 1, 1000, 100e3, 1000e3, 9000e3, 10007e3, 15000e3, 20016e3, 1e9};
    static const struct point centres[] = {{90, 0},   {-90, 55},   {89.999, 10},  {-89.5, -170},
                                           {0, 180},  {0, -180},   {10, 179.999}, {10, -179.999},
                                           {80, 179}, {-66, -178}, {0, 0},        {45, 0}};
    struct world *w = *state;
    uint32_t id = 0;
    for (size_t c = 0; c < sizeof centres / sizeof *centres; c++)
        for (size_t r = 0; r < sizeof radii / sizeof *radii; r++) world_add(w, id++, centres[c], radii[r]);
    fence_index_build(w->index);
    for (size_t c = 0; c < sizeof centres / sizeof *centres; c++) assert_found(w, id, centres[c]);
    for (double lat = -90; lat <= 90; lat += 2.5)
        for (double lon = -180; lon <= 180; lon += 2.5) assert_found(w, id, POINT(lat, lon));
    for (int i = 0; i < 5000; i++) assert_found(w, id, world_point(w));
}

/* A circle's box must not lose what its border touches. */
static void points_on_a_circle_are_found_in_every_direction(void **state)
{
    struct world *w = *state;
    const double radian = acos(-1) / 180;
    for (uint32_t id = 0; id < 200; id++)
        world_add(w, id, world_point(w), pow(10, 1 + world_random(w) * 5.5));
    fence_index_build(w->index);
    for (uint32_t id = 0; id < 200; id++) {
        for (int bearing = 0; bearing < 360; bearing += 3) {
            double angle = w->radius[id] / 6371008.8, b = bearing * radian, lat = w->centre[id].lat * radian;
            double to = asin(sin(lat) * cos(angle) + cos(lat) * sin(angle) * cos(b));
            double east = atan2(sin(b) * sin(angle) * cos(lat), cos(angle) - sin(lat) * sin(to));
            double lon = remainder(w->centre[id].lon + east / radian, 360);
            assert_found(w, 200, POINT(to / radian, lon));
        }
    }
}

static void ids_are_ascending_and_counted_past_the_room_for_them(void **state)
{
    struct world *w = *state;
    uint32_t out[4] = {0, 0, 0, 77};
    for (uint32_t id = 1000; id > 0; id--) fence_index_add_circle(w->index, POINT(1, 1), 100, id);
    fence_index_build(w->index);
    assert_int_equal(fence_index_find(w->index, POINT(1, 1), out, 3), 1000);
    assert_int_equal(out[0], 1);
    assert_int_equal(out[1], 2);
    assert_int_equal(out[2], 3);
    assert_int_equal(out[3], 77);
    assert_int_equal(fence_index_find(w->index, POINT(1, 1), NULL, 0), 1000);
}

static void a_fence_of_several_shapes_is_found_once(void **state)
{
    struct world *w = *state;
    uint32_t out[4];
    fence_index_add_circle(w->index, POINT(1, 1), 100, 7);
    fence_index_add_circle(w->index, POINT(1, 1.0001), 100, 7);
    fence_index_add_circle(w->index, POINT(0, 180), 50e3, 8);
    fence_index_build(w->index);
    assert_int_equal(fence_index_find(w->index, POINT(1, 1), out, 4), 1);
    assert_int_equal(out[0], 7);
    assert_int_equal(fence_index_find(w->index, POINT(0, 180), out, 4), 1);
    assert_int_equal(fence_index_find(w->index, POINT(0, -180), out, 4), 1);
    assert_int_equal(out[0], 8);
}

static void polygons_and_circles_are_found_together(void **state)
{
    struct world *w = *state;
    static const struct point west[] = {{-1, 179}, {-1, 180}, {1, 180}, {1, 179}, {-1, 179}};
    static const struct point east[] = {{-1, -180}, {-1, -179}, {1, -179}, {1, -180}, {-1, -180}};
    const struct ring rings[] = {{west, 5}, {east, 5}};
    uint32_t out[4];
    fence_index_add_polygon(w->index, polygon_new(&w->arena, rings, 2), 2);
    fence_index_add_circle(w->index, POINT(0, -179.9), 20e3, 1);
    fence_index_build(w->index);
    assert_int_equal(fence_index_find(w->index, POINT(0, -179.95), out, 4), 2);
    assert_int_equal(out[0], 1);
    assert_int_equal(out[1], 2);
    assert_int_equal(fence_index_find(w->index, POINT(0, 179.95), out, 4), 2);
    assert_int_equal(fence_index_find(w->index, POINT(0, 180), out, 4), 2);
    assert_int_equal(fence_index_find(w->index, POINT(1, 179), out, 4), 1);
    assert_int_equal(out[0], 2);
    assert_int_equal(fence_index_find(w->index, POINT(0, 0), out, 4), 0);
}

static void what_is_no_point_or_no_circle_is_held_by_nothing(void **state)
{
    struct world *w = *state;
    uint32_t out[4];
    assert_int_equal(fence_index_find(w->index, POINT(0, 0), out, 4), 0);
    fence_index_build(w->index);
    assert_int_equal(fence_index_find(w->index, POINT(0, 0), out, 4), 0);
    fence_index_add_circle(w->index, POINT(NAN, 0), 100, 1);
    fence_index_add_circle(w->index, POINT(0, INFINITY), 100, 2);
    fence_index_add_circle(w->index, POINT(91, 0), 100, 3);
    fence_index_add_circle(w->index, POINT(0, 0), -1, 4);
    fence_index_add_circle(w->index, POINT(0, 0), NAN, 5);
    fence_index_add_circle(w->index, POINT(0, 0), INFINITY, 6);
    fence_index_add_circle(w->index, POINT(0, 0), 0, 7);
    fence_index_build(w->index);
    assert_int_equal(fence_index_find(w->index, POINT(0, 0), out, 4), 1);
    assert_int_equal(out[0], 7);
    assert_int_equal(fence_index_find(w->index, POINT(NAN, 0), out, 4), 0);
    assert_int_equal(fence_index_find(w->index, POINT(0, NAN), out, 4), 0);
    assert_int_equal(fence_index_find(w->index, POINT(-INFINITY, 0), out, 4), 0);
    assert_int_equal(fence_index_find(w->index, POINT(0, 181), out, 4), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_circles_all_over_the_earth_are_found, setup, teardown),
        cmocka_unit_test_setup_teardown(circles_over_poles_and_antimeridian_are_found, setup, teardown),
        cmocka_unit_test_setup_teardown(points_on_a_circle_are_found_in_every_direction, setup, teardown),
        cmocka_unit_test_setup_teardown(ids_are_ascending_and_counted_past_the_room_for_them, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_fence_of_several_shapes_is_found_once, setup, teardown),
        cmocka_unit_test_setup_teardown(polygons_and_circles_are_found_together, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_point_or_no_circle_is_held_by_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
