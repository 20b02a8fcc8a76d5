/* Distances, and polygons. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "nudge/geo.h"

#define POINT(lat, lon) ((struct point){lat, lon})
#define COUNT(a) (sizeof(a) / sizeof *(a))

/* x, y, x, y … as GeoJSON has them. */
#define RING(name, ...)                                                                                      \
    static const double name##_xy[] = {__VA_ARGS__};                                                         \
    struct point name##_points[COUNT(name##_xy) / 2];                                                        \
    struct ring name = {name##_points, COUNT(name##_points)};                                                \
    for (size_t name##_i = 0; name##_i < name.n; name##_i++)                                                 \
    name##_points[name##_i] = POINT(name##_xy[2 * name##_i + 1], name##_xy[2 * name##_i])

static int setup(void **state)
{
    struct arena *a = calloc(1, sizeof *a);
    if (!a) return -1;
    arena_init(a);
    *state = a;
    return 0;
}

static int teardown(void **state)
{
    arena_release(*state);
    free(*state);
    return 0;
}

static void assert_metres(double got, double expected, double tolerance)
{
    if (!(fabs(got - expected) <= tolerance)) fail_msg("%.3f m, not %.3f m", got, expected);
}

/* ---- points and distances */

static void points_off_the_earth_are_invalid(void **state)
{
    (void)state;
    static const struct point valid[] = {{0, 0}, {90, 180}, {-90, -180}, {-0.0, 0}};
    const struct point invalid[] = {{90.0001, 0}, {-91, 0}, {0, 180.0001}, {0, -181},
                                    {NAN, 0},     {0, NAN}, {INFINITY, 0}, {0, -INFINITY}};
    for (size_t i = 0; i < COUNT(valid); i++) assert_true(point_valid(valid[i]));
    for (size_t i = 0; i < COUNT(invalid); i++) assert_false(point_valid(invalid[i]));
}

static void distances_are_those_of_the_sphere(void **state)
{
    (void)state;
    const double half_round = acos(-1) * 6371008.8;
    assert_metres(geo_distance(POINT(52.37, 4.89), POINT(52.37, 4.89)), 0, 0);
    assert_metres(geo_distance(POINT(0, 0), POINT(0, 180)), half_round, 1e-6);
    assert_metres(geo_distance(POINT(90, 0), POINT(-90, 77)), half_round, 1e-6);
    assert_metres(geo_distance(POINT(0, 0), POINT(1, 0)), half_round / 180, 1e-6);
    assert_metres(geo_distance(POINT(60, 0), POINT(60, 1e-5)), half_round / 180 * 0.5e-5, 1e-6);
    assert_metres(geo_distance(POINT(10, 179.5), POINT(10, -179.5)), geo_distance(POINT(10, 0), POINT(10, 1)),
                  1e-6);
    assert_metres(geo_distance(POINT(10, 180), POINT(10, -180)), 0, 0);
    assert_metres(geo_distance(POINT(90, 13), POINT(90, -120)), 0, 1e-6);
    assert_metres(geo_distance(POINT(52.3702, 4.8952), POINT(40.7128, -74.006)), 5863000,
                  5000); /* Amsterdam, New York */
}

/* ---- polygons */

static void a_polygon_holds_its_inside_and_its_border(void **state)
{
    RING(diamond, 0, -1, 1, 0, 0, 1, -1, 0, 0, -1);
    const struct polygon *g = polygon_new(*state, &diamond, 1);
    assert_non_null(g);
    static const struct point in[] = {{0, 0},  {-1, 0},    {1, 0},      {0, 1},
                                      {0, -1}, {0.5, 0.5}, {-0.5, 0.5}, {0.25, -0.75}};
    static const struct point out[] = {{0.51, 0.5}, {1.001, 0}, {0, -1.001}, {-1, 0.1}, {1, -0.1}, {80, 170}};
    for (size_t i = 0; i < COUNT(in); i++)
        if (!polygon_contains(g, in[i])) fail_msg("not in: %g %g", in[i].lat, in[i].lon);
    for (size_t i = 0; i < COUNT(out); i++)
        if (polygon_contains(g, out[i])) fail_msg("not out: %g %g", out[i].lat, out[i].lon);
}

static void level_and_upright_edges_are_border_in_both_directions(void **state)
{
    RING(left, 0, 0, 0, 2, 2, 2, 2, 0, 0, 0);
    RING(right, 0, 0, 2, 0, 2, 2, 0, 2, 0, 0);
    const struct polygon *g[] = {polygon_new(*state, &left, 1), polygon_new(*state, &right, 1)};
    for (size_t i = 0; i < COUNT(g); i++) {
        for (double t = 0; t <= 2; t += 0.125) {
            assert_true(polygon_contains(g[i], POINT(0, t)) && polygon_contains(g[i], POINT(2, t)));
            assert_true(polygon_contains(g[i], POINT(t, 0)) && polygon_contains(g[i], POINT(t, 2)));
        }
        assert_false(polygon_contains(g[i], POINT(0, -0.1)) || polygon_contains(g[i], POINT(0, 2.1)));
        assert_false(polygon_contains(g[i], POINT(2, -0.1)) || polygon_contains(g[i], POINT(2, 2.1)));
    }
}

static void holes_are_outside_but_their_border_is_not(void **state)
{
    RING(outer, 0, 0, 10, 0, 10, 10, 0, 10, 0, 0);
    RING(hole, 4, 4, 6, 4, 6, 6, 4, 6, 4, 4);
    RING(island, 20, 0, 21, 0, 21, 1, 20, 0);
    const struct ring rings[] = {outer, hole, island};
    const struct polygon *g = polygon_new(*state, rings, COUNT(rings));
    assert_true(polygon_contains(g, POINT(2, 2)));
    assert_false(polygon_contains(g, POINT(5, 5)));
    assert_true(polygon_contains(g, POINT(5, 4)));
    assert_true(polygon_contains(g, POINT(6, 6)));
    assert_true(polygon_contains(g, POINT(0.5, 20.75)));
    assert_false(polygon_contains(g, POINT(0.5, 15)));
}

static void neighbours_leave_no_point_between_them_out(void **state)
{
    RING(west, 0.1, 0.1, 0.7, 0.3, 0.3, 0.9, -1, 1, 0.1, 0.1);
    RING(east, 0.1, 0.1, 0.3, 0.9, 0.7, 0.3, 0.1, 0.1); /* shares two edges with it, the other way round */
    RING(north, 0.3, 0.9, 0.7, 0.3, 2, 2, 0.3, 0.9);
    const struct polygon *a = polygon_new(*state, &west, 1), *b = polygon_new(*state, &east, 1);
    const struct polygon *c = polygon_new(*state, &north, 1);
    for (int i = 1; i < 100000; i++) {
        double t = i / 100000.0;
        struct point p = POINT(0.3 + t * 0.6, 0.7 - t * 0.4); /* on the edge, but for rounding */
        assert_true(polygon_contains(a, p) || polygon_contains(c, p));
        assert_true(polygon_contains(b, p) || polygon_contains(c, p));
    }
}

static void parts_on_both_sides_of_the_antimeridian_are_one_polygon(void **state)
{
    RING(west, 179, -1, 180, -1, 180, 1, 179, 1, 179, -1);
    RING(east, -180, -1, -179, -1, -179, 1, -180, 1, -180, -1);
    const struct ring rings[] = {west, east};
    const struct polygon *both = polygon_new(*state, rings, 2), *half = polygon_new(*state, &west, 1);
    assert_true(polygon_contains(both, POINT(0, 179.5)));
    assert_true(polygon_contains(both, POINT(0, -179.5)));
    assert_false(polygon_contains(both, POINT(0, 0)));
    assert_true(polygon_contains(half, POINT(0, -180))); /* 180 by another name */
    assert_metres(polygon_edge_distance(both, POINT(0, 180)), geo_distance(POINT(0, 0), POINT(1, 0)),
                  50); /* the cut is no edge */
    assert_metres(polygon_edge_distance(half, POINT(2, -180)), geo_distance(POINT(1, 0), POINT(2, 0)), 1);
    assert_metres(polygon_edge_distance(both, POINT(0, -178)), geo_distance(POINT(0, 0), POINT(0, 1)), 50);
}

static void rings_that_are_none_are_refused(void **state)
{
    RING(three, 0, 0, 1, 0, 0, 0);
    RING(open, 0, 0, 1, 0, 1, 1, 0, 1);
    RING(off, 0, 0, 1, 0, 1, 91, 0, 0);
    RING(nan_, 0, 0, 1, 0, NAN, 1, 0, 0);
    RING(inf, 0, 0, 1, 0, INFINITY, 1, 0, 0);
    RING(good, 0, 0, 1, 0, 1, 1, 0, 0);
    const struct ring good_and_bad[] = {good, three}, empty = {NULL, 0};
    assert_null(polygon_new(*state, &three, 1));
    assert_null(polygon_new(*state, &open, 1));
    assert_null(polygon_new(*state, &off, 1));
    assert_null(polygon_new(*state, &nan_, 1));
    assert_null(polygon_new(*state, &inf, 1));
    assert_null(polygon_new(*state, good_and_bad, 2));
    assert_null(polygon_new(*state, &empty, 1));
    assert_null(polygon_new(*state, NULL, 0));
}

static void points_off_the_earth_are_in_no_polygon(void **state)
{
    RING(world, -180, -90, 180, -90, 180, 90, -180, 90, -180, -90);
    const struct polygon *g = polygon_new(*state, &world, 1);
    assert_true(polygon_contains(g, POINT(90, 180)));
    assert_false(polygon_contains(g, POINT(NAN, 0)));
    assert_false(polygon_contains(g, POINT(0, NAN)));
    assert_false(polygon_contains(g, POINT(0, INFINITY)));
    assert_false(polygon_contains(g, POINT(90.1, 0)));
    assert_true(isinf(polygon_edge_distance(g, POINT(NAN, 0))));
}

static void a_polygon_without_height_is_its_line(void **state)
{
    RING(flat, 0, 5, 2, 5, 1, 5, 0, 5);
    RING(dot, 3, 3, 3, 3, 3, 3, 3, 3);
    const struct polygon *line = polygon_new(*state, &flat, 1), *point = polygon_new(*state, &dot, 1);
    assert_true(polygon_contains(line, POINT(5, 1.5)));
    assert_false(polygon_contains(line, POINT(5, 2.5)));
    assert_true(polygon_contains(point, POINT(3, 3)));
    assert_false(polygon_contains(point, POINT(3, 3.0001)));
    assert_metres(polygon_edge_distance(point, POINT(3, 3)), 0, 0);
    assert_metres(polygon_edge_distance(line, POINT(6, 1)), geo_distance(POINT(5, 1), POINT(6, 1)), 1e-6);
}

/* Every edge a long one: the table of bands must not grow with the square of their number. */
static void a_comb_of_long_teeth_takes_little_memory(void **state)
{
    enum { N = 20001 };
    struct point *p = calloc(N + 1, sizeof *p);
    assert_non_null(p);
    for (int i = 0; i < N; i++) p[i] = POINT(i % 2 ? 10 : 0, i * 1e-4);
    p[N] = p[0];
    struct ring comb = {p, N + 1};
    struct arena *a = *state;
    const struct polygon *g = polygon_new(a, &comb, 1);
    assert_non_null(g);
    assert_true(arena_used(a) < (size_t)N * 256);
    assert_true(polygon_contains(g, POINT(5, 1.0001)));
    assert_false(polygon_contains(g, POINT(9.999999, 1.0002)));
    free(p);
}

/* ---- distance to the border */

static void distance_to_the_border_is_the_same_from_both_sides(void **state)
{
    RING(square, 4, 52, 5, 52, 5, 53, 4, 53, 4, 52);
    const struct polygon *g = polygon_new(*state, &square, 1);
    double metres = geo_distance(POINT(52, 4.5), POINT(52.001, 4.5));
    assert_metres(polygon_edge_distance(g, POINT(52.001, 4.5)), metres, 0.01);
    assert_metres(polygon_edge_distance(g, POINT(51.999, 4.5)), metres, 0.01);
    assert_metres(polygon_edge_distance(g, POINT(52, 4.5)), 0, 1e-6);
    assert_metres(polygon_edge_distance(g, POINT(52, 4)), 0, 0);
    assert_metres(polygon_edge_distance(g, POINT(52.5, 5.001)),
                  geo_distance(POINT(52.5, 5), POINT(52.5, 5.001)), 0.01);
    assert_metres(polygon_edge_distance(g, POINT(51, 3)), geo_distance(POINT(51, 3), POINT(52, 4)), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_off_the_earth_are_invalid),
        cmocka_unit_test(distances_are_those_of_the_sphere),
        cmocka_unit_test_setup_teardown(a_polygon_holds_its_inside_and_its_border, setup, teardown),
        cmocka_unit_test_setup_teardown(level_and_upright_edges_are_border_in_both_directions, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(holes_are_outside_but_their_border_is_not, setup, teardown),
        cmocka_unit_test_setup_teardown(neighbours_leave_no_point_between_them_out, setup, teardown),
        cmocka_unit_test_setup_teardown(parts_on_both_sides_of_the_antimeridian_are_one_polygon, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(rings_that_are_none_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(points_off_the_earth_are_in_no_polygon, setup, teardown),
        cmocka_unit_test_setup_teardown(a_polygon_without_height_is_its_line, setup, teardown),
        cmocka_unit_test_setup_teardown(a_comb_of_long_teeth_takes_little_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(distance_to_the_border_is_the_same_from_both_sides, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
