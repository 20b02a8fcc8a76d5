/* What geo.c, polygon.c and fence_index.c share. */
#ifndef NUDGE_GEO_PARTS_H
#define NUDGE_GEO_PARTS_H

#include "nudge/geo.h"

#define EARTH_RADIUS 6371008.8       /* metres */
#define RADIAN 57.295779513082320877 /* in degrees */

/* Degrees; the borders belong to it; west <= east, so what crosses the antimeridian has two. */
struct box {
    double south, west, north, east;
};

static inline bool box_holds(const struct box *b, struct point p)
{
    /* One branch instead of four: which side fails is not predictable. */
    return (p.lat >= b->south) & (p.lat <= b->north) & (p.lon >= b->west) & (p.lon <= b->east);
}

static inline void box_add(struct box *b, const struct box *more)
{
    if (more->south < b->south) b->south = more->south;
    if (more->west < b->west) b->west = more->west;
    if (more->north > b->north) b->north = more->north;
    if (more->east > b->east) b->east = more->east;
}

/* Boxes that together hold the polygon: one, or one for each ring when it reaches round the earth (parts on
 * both sides of the antimeridian). Borrowed from the polygon. */
size_t polygon_boxes(const struct polygon *, const struct box **);

#endif
