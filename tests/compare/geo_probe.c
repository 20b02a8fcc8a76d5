/* Commands on standard input, numbers as text, coordinates in GeoJSON's order (lon lat):
 *   circle LON LAT RADIUS        a fence; ids count from 0 over both kinds
 *   polygon N                    a fence; N rings follow, each a count of points and the points
 *   ask LON LAT                  answers the ids of the fences that hold the point, on one line; the first
 * builds the index edge ID LON LAT              answers the metres from the point to the polygon's nearest
 * edge Exit 1: what isn't a command, or a polygon refused. */
#include <stdio.h>
#include <stdlib.h>

#include "nudge/geo.h"

#define FENCES_MAX 200000

static struct arena arena;
static struct fence_index *fences;
static const struct polygon *polygons[FENCES_MAX];
static uint32_t n_fences;

static bool read_point(struct point *p)
{
    return scanf("%lf %lf", &p->lon, &p->lat) == 2;
}

static bool read_ring(struct ring *r)
{
    if (scanf("%zu", &r->n) != 1) return false;
    struct point *points = arena_alloc(&arena, r->n * sizeof *points);
    for (size_t i = 0; i < r->n; i++)
        if (!read_point(&points[i])) return false;
    r->points = points;
    return true;
}

static bool do_circle(void)
{
    struct point p;
    double radius;
    if (!read_point(&p) || scanf("%lf", &radius) != 1) return false;
    fence_index_add_circle(fences, p, radius, n_fences++);
    return true;
}

static bool do_polygon(void)
{
    size_t n;
    if (scanf("%zu", &n) != 1) return false;
    struct ring *rings = arena_alloc(&arena, n * sizeof *rings);
    for (size_t i = 0; i < n; i++)
        if (!read_ring(&rings[i])) return false;
    polygons[n_fences] = polygon_new(&arena, rings, n);
    if (!polygons[n_fences]) return false;
    fence_index_add_polygon(fences, polygons[n_fences], n_fences);
    n_fences++;
    return true;
}

static bool do_ask(void)
{
    static uint32_t ids[FENCES_MAX];
    static bool built;
    struct point p;
    if (!read_point(&p)) return false;
    if (!built) fence_index_build(fences);
    built = true;
    size_t n = fence_index_find(fences, p, ids, FENCES_MAX);
    for (size_t i = 0; i < n; i++) printf(i ? " %u" : "%u", ids[i]);
    putchar('\n');
    return true;
}

static bool do_edge(void)
{
    uint32_t id;
    struct point p;
    if (scanf("%u", &id) != 1 || id >= n_fences || !polygons[id] || !read_point(&p)) return false;
    printf("%.17g\n", polygon_edge_distance(polygons[id], p));
    return true;
}

static bool do_command(const char *word)
{
    if (n_fences >= FENCES_MAX) return false;
    if (strcmp(word, "circle") == 0) return do_circle();
    if (strcmp(word, "polygon") == 0) return do_polygon();
    if (strcmp(word, "ask") == 0) return do_ask();
    if (strcmp(word, "edge") == 0) return do_edge();
    return false;
}

int main(void)
{
    char word[16];
    bool ok = true;
    arena_init(&arena);
    fences = fence_index_new(&arena);
    while (ok && scanf("%15s", word) == 1) ok = do_command(word);
    arena_release(&arena);
    return ok ? 0 : 1;
}
