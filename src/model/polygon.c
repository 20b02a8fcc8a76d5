/* Polygons: even-odd ray casting over a table of edges by latitude band, so that a question looks at the few
 * edges of one band. An edge stands in every band it touches. */
#include "geo_parts.h"

#include <float.h>
#include <math.h>

#define EDGES_PER_BAND 4
#define ENTRIES_PER_EDGE 8 /* bounds the table when long edges stand in many bands: then fewer bands */
#define BAND_HEIGHT_MIN 1e-9

/* Held from south to north, whichever way its ring runs, so that two polygons decide alike on the edge they
 * share. */
struct edge {
    struct point low, high;
};

struct polygon {
    struct box box;
    const struct box *ring_boxes;
    size_t n_rings;
    const struct edge *edges;
    size_t n_edges;
    const uint32_t *band_start; /* n_bands + 1 positions in band_edges */
    const uint32_t *band_edges;
    size_t n_bands;
    double bands_per_degree;
};

/* ---- making one */

static bool ring_valid(const struct ring *r)
{
    if (r->n < 4) return false;
    for (size_t i = 0; i < r->n; i++)
        if (!point_valid(r->points[i])) return false;
    return r->points[0].lat == r->points[r->n - 1].lat && r->points[0].lon == r->points[r->n - 1].lon;
}

static struct box ring_box(const struct ring *r)
{
    struct box box = {DBL_MAX, DBL_MAX, -DBL_MAX, -DBL_MAX};
    for (size_t i = 0; i < r->n; i++) {
        struct point p = r->points[i];
        box_add(&box, &(struct box){p.lat, p.lon, p.lat, p.lon});
    }
    return box;
}

static void polygon_take_rings(struct polygon *g, struct arena *a, const struct ring *rings, size_t n)
{
    struct box *boxes = arena_alloc(a, n * sizeof *boxes);
    struct edge *edges = arena_alloc(a, g->n_edges * sizeof *edges), *e = edges;
    for (size_t r = 0; r < n; r++) {
        boxes[r] = ring_box(&rings[r]);
        box_add(&g->box, &boxes[r]);
        for (size_t i = 1; i < rings[r].n; i++) {
            struct point from = rings[r].points[i - 1], to = rings[r].points[i];
            *e++ = from.lat <= to.lat ? (struct edge){from, to} : (struct edge){to, from};
        }
    }
    g->ring_boxes = boxes;
    g->n_rings = n;
    g->edges = edges;
}

/* Monotonic in lat, rounding included: an edge stands in the band of each latitude it has. */
static size_t band_of(const struct polygon *g, double lat)
{
    double band = (lat - g->box.south) * g->bands_per_degree;
    if (!(band > 0)) return 0;
    return band < (double)g->n_bands ? (size_t)band : g->n_bands - 1;
}

static void polygon_divide(struct polygon *g, size_t bands)
{
    g->n_bands = bands;
    g->bands_per_degree = (double)bands / (g->box.north - g->box.south);
}

static size_t polygon_entries(const struct polygon *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n_edges; i++)
        n += band_of(g, g->edges[i].high.lat) - band_of(g, g->edges[i].low.lat) + 1;
    return n;
}

static void polygon_choose_bands(struct polygon *g)
{
    size_t bands = g->n_edges / EDGES_PER_BAND + 1;
    g->n_bands = 1;
    if (g->box.north - g->box.south < BAND_HEIGHT_MIN) return;
    polygon_divide(g, bands);
    while (g->n_bands > 1 && polygon_entries(g) > g->n_edges * ENTRIES_PER_EDGE)
        polygon_divide(g, g->n_bands / 2);
}

static void polygon_fill_bands(struct polygon *g, struct arena *a)
{
    uint32_t *start = arena_zalloc(a, (g->n_bands + 2) * sizeof *start);
    uint32_t *list = arena_alloc(a, polygon_entries(g) * sizeof *list);
    /* Counted two places up, summed, and filled one place up: after that start[b] is where band b begins. */
    for (size_t i = 0; i < g->n_edges; i++)
        for (size_t b = band_of(g, g->edges[i].low.lat); b <= band_of(g, g->edges[i].high.lat); b++)
            start[b + 2]++;
    for (size_t b = 2; b < g->n_bands + 2; b++) start[b] += start[b - 1];
    for (size_t i = 0; i < g->n_edges; i++)
        for (size_t b = band_of(g, g->edges[i].low.lat); b <= band_of(g, g->edges[i].high.lat); b++)
            list[start[b + 1]++] = (uint32_t)i;
    g->band_start = start;
    g->band_edges = list;
}

struct polygon *polygon_new(struct arena *a, const struct ring *rings, size_t n)
{
    size_t edges = 0;
    for (size_t r = 0; r < n; r++) {
        if (!ring_valid(&rings[r])) return NULL;
        edges += rings[r].n - 1;
    }
    if (!n || edges > UINT32_MAX / ENTRIES_PER_EDGE) return NULL;

    struct polygon *g = arena_zalloc(a, sizeof *g);
    g->box = (struct box){DBL_MAX, DBL_MAX, -DBL_MAX, -DBL_MAX};
    g->n_edges = edges;
    polygon_take_rings(g, a, rings, n);
    polygon_choose_bands(g);
    polygon_fill_bands(g, a);
    return g;
}

size_t polygon_boxes(const struct polygon *g, const struct box **boxes)
{
    bool round_the_earth = g->box.east - g->box.west > 180;
    *boxes = round_the_earth ? g->ring_boxes : &g->box;
    return round_the_earth ? g->n_rings : 1;
}

/* ---- asking */

enum side { WEST_OF, ON, EAST_OF };

/* Where a point lies whose latitude the edge has. */
static enum side edge_side(const struct edge *e, struct point p)
{
    double rise = e->high.lat - e->low.lat, run = e->high.lon - e->low.lon;
    if (rise == 0) return (p.lon - e->low.lon) * (p.lon - e->high.lon) <= 0 ? ON : EAST_OF;
    double turn = run * (p.lat - e->low.lat) - (p.lon - e->low.lon) * rise;
    return turn > 0 ? WEST_OF : turn < 0 ? EAST_OF : ON;
}

static bool plane_contains(const struct polygon *g, struct point p)
{
    if (!box_holds(&g->box, p)) return false;
    bool inside = false;
    size_t band = band_of(g, p.lat);
    for (uint32_t i = g->band_start[band]; i < g->band_start[band + 1]; i++) {
        const struct edge *e = &g->edges[g->band_edges[i]];
        if (p.lat < e->low.lat || p.lat > e->high.lat) continue;
        enum side side = edge_side(e, p);
        if (side == ON) return true;
        /* The ray eastwards meets it. The upper end does not count: it is the next edge's lower one. */
        if (side == WEST_OF && p.lat < e->high.lat) inside = !inside;
    }
    return inside;
}

bool polygon_contains(const struct polygon *g, struct point p)
{
    if (!point_valid(p)) return false;
    if (plane_contains(g, p)) return true;
    return fabs(p.lon) == 180 && plane_contains(g, (struct point){p.lat, -p.lon}); /* the same meridian */
}

/* The nearest point of the edges so far, in a plane about the point asked for: degrees of latitude, and
 * longitude shrunk to their length. */
struct nearest {
    struct point from;
    double lon_scale;
    double distance2;  /* in degrees of latitude, squared; HUGE_VAL: none yet */
    double west, east; /* what lies wholly beyond one of these longitudes is further off */
    struct point at;
};

/* Where a part split at the antimeridian was cut is no border. */
static bool edge_is_cut(const struct edge *e)
{
    return fabs(e->low.lon) == 180 && e->low.lon == e->high.lon;
}

static void nearest_set_reach(struct nearest *near)
{
    double reach = sqrt(near->distance2) / near->lon_scale * (1 + 1e-9);
    near->west = near->from.lon - reach;
    near->east = near->from.lon + reach;
}

static void nearest_try(struct nearest *near, const struct edge *e)
{
    if ((e->low.lon > near->east) & (e->high.lon > near->east)) return;
    if ((e->low.lon < near->west) & (e->high.lon < near->west)) return;
    double run = (e->high.lon - e->low.lon) * near->lon_scale, rise = e->high.lat - e->low.lat;
    double x = (near->from.lon - e->low.lon) * near->lon_scale, y = near->from.lat - e->low.lat;
    double length2 = run * run + rise * rise;
    double t = length2 > 0 ? (x * run + y * rise) / length2 : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    x -= t * run, y -= t * rise;
    if (x * x + y * y >= near->distance2 || edge_is_cut(e)) return;
    near->distance2 = x * x + y * y;
    near->at.lat = e->low.lat + t * rise;
    near->at.lon = e->low.lon + t * (e->high.lon - e->low.lon);
    nearest_set_reach(near);
}

/* False when all of the band lies further off than what was found. */
static bool nearest_in_band(struct nearest *near, const struct polygon *g, size_t band)
{
    double lat = near->from.lat, height = g->n_bands > 1 ? 1 / g->bands_per_degree : 0;
    double south = g->box.south + (double)band * height, north = south + height;
    double away = (lat < south ? south - lat : lat > north ? lat - north : 0) - BAND_HEIGHT_MIN;
    if (away > 0 && away * away > near->distance2) return false;
    for (uint32_t i = g->band_start[band]; i < g->band_start[band + 1]; i++)
        nearest_try(near, &g->edges[g->band_edges[i]]);
    return true;
}

/* From the point's own band outwards, both ways in turn. */
static void nearest_search(struct nearest *near, const struct polygon *g, double lon)
{
    near->from.lon = lon;
    nearest_set_reach(near);
    if (g->box.west > near->east || g->box.east < near->west) return;

    size_t up = band_of(g, near->from.lat), down = up;
    bool rising = true, sinking = true;
    while (rising || sinking) {
        rising = rising && up < g->n_bands && nearest_in_band(near, g, up++);
        sinking = sinking && down > 0 && nearest_in_band(near, g, --down);
    }
}

double polygon_edge_distance(const struct polygon *g, struct point p)
{
    if (!point_valid(p)) return HUGE_VAL;
    struct nearest near = {.from = p, .lon_scale = cos(p.lat / RADIAN), .distance2 = HUGE_VAL};
    nearest_search(&near, g, p.lon);
    nearest_search(&near, g, p.lon < 0 ? p.lon + 360 : p.lon - 360); /* the other way round the earth */
    return near.distance2 < HUGE_VAL ? geo_distance(p, near.at) : HUGE_VAL;
}
