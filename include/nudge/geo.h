/* Positions on the earth: distance, polygons, and an index of fences asked "which of you hold this point?".
 * Degrees (WGS 84) and metres. Distance: haversine on the mean sphere (R = 6,371,008.8 m, IUGG), within 0.6 % of the ellipsoid.
 * Polygons: GeoJSON (RFC 7946): edges straight in longitude/latitude, holes, several parts, split at the antimeridian; a point on
 * an edge counts as inside. */
#ifndef NUDGE_GEO_H
#define NUDGE_GEO_H

#include "nudge/arena.h"

struct point {
    double lat, lon;
};

bool point_valid(struct point);
double geo_distance(struct point, struct point);

struct polygon; /* immutable, in the arena it was made in */

/* Rings of (lon, lat) as GeoJSON has them; even-odd over all rings, so holes and several parts need no marking. */
struct ring {
    const struct point *points; /* closed: last = first */
    size_t n;
};
/* NULL if a ring has under 4 points or an invalid one. */
struct polygon *polygon_new(struct arena *, const struct ring *, size_t n);
/* True within the polygon or on its edge. Fast for 27,000 vertices: a table of edges by latitude band. */
bool polygon_contains(const struct polygon *, struct point);
/* Metres from a point to the nearest edge (0 on it), whether inside or outside. */
double polygon_edge_distance(const struct polygon *, struct point);

/* A fence: a circle about a point, or a polygon. The index is built once and then only asked: an R-tree packed
 * Sort-Tile-Recursive (Leutenegger et al. 1997); circles over a pole or the antimeridian are held too. */
struct fence_index;

struct fence_index *fence_index_new(struct arena *);
void fence_index_add_circle(struct fence_index *, struct point, double radius, uint32_t id);
void fence_index_add_polygon(struct fence_index *, const struct polygon *, uint32_t id);
void fence_index_build(struct fence_index *); /* after the last add */
/* Ids of all fences that hold the point (distance <= radius; polygon_contains), ascending, at most `cap` of them into out;
 * returns how many there are in all. */
size_t fence_index_find(const struct fence_index *, struct point, uint32_t *out, size_t cap);

#endif
