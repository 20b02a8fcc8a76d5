/* A k-d tree (Bentley 1975) of points on the unit sphere: the straight line through the earth orders like the
 * distance on it. The tree is an array: the middle of a stretch splits it by one of the three axes in turn.
 */
#include "stores.h"
#include <float.h>
#include <math.h>

#define RADIAN (3.14159265358979323846 / 180)
#define EARTH 6371008.8 /* metres, as in geo.h */

struct site {
    double at[3];
    const struct store *store;
};

struct nearest {
    struct site *sites;
    size_t n;
};

static void vector_of(struct point p, double out[3])
{
    double lat = p.lat * RADIAN, lon = p.lon * RADIAN;
    out[0] = cos(lat) * cos(lon), out[1] = cos(lat) * sin(lon), out[2] = sin(lat);
}

static void site_swap(struct site *a, struct site *b)
{
    struct site t = *a;
    *a = *b, *b = t;
}

/* Puts the k-th smallest along the axis at k, smaller ones before it (Hoare's selection). */
static void sites_select(struct site *s, size_t n, size_t k, int axis)
{
    while (n > 1) {
        double pivot = s[n / 2].at[axis];
        size_t i = 0, j = n - 1;
        for (;;) {
            while (s[i].at[axis] < pivot) i++;
            while (s[j].at[axis] > pivot) j--;
            if (i >= j) break;
            site_swap(&s[i++], &s[j--]);
        }
        size_t left = j + 1; /* s[0..left) <= pivot <= the rest */
        if (left == n) left--;
        if (k < left)
            n = left;
        else
            s += left, n -= left, k -= left;
    }
}

static void sites_split(struct site *s, size_t n, int axis)
{
    if (n < 2) return;
    sites_select(s, n, n / 2, axis);
    sites_split(s, n / 2, (axis + 1) % 3);
    sites_split(s + n / 2 + 1, n - n / 2 - 1, (axis + 1) % 3);
}

struct nearest *nearest_build(struct arena *a, const struct map *stores)
{
    struct nearest *nearest = arena_zalloc(a, sizeof *nearest);
    nearest->sites = arena_alloc(a, (stores->count + 1) * sizeof *nearest->sites);
    for (struct map_slot *slot = NULL; (slot = map_next(stores, slot));) {
        const struct store *s = slot->value;
        if (s->zone.n == 0) continue;
        struct site *site = &nearest->sites[nearest->n++];
        site->store = s;
        vector_of(s->at, site->at);
    }
    sites_split(nearest->sites, nearest->n, 0);
    return nearest;
}

struct search {
    double at[3], best2; /* the square of the chord */
    const struct store *store;
};

static void sites_search(const struct site *s, size_t n, int axis, struct search *q)
{
    if (n == 0) return;
    const struct site *middle = &s[n / 2];
    double d2 = 0, side = q->at[axis] - middle->at[axis];
    for (int i = 0; i < 3; i++) d2 += (q->at[i] - middle->at[i]) * (q->at[i] - middle->at[i]);
    if (d2 < q->best2) q->best2 = d2, q->store = middle->store;
    const struct site *after = middle + 1;
    size_t n_before = n / 2, n_after = n - n / 2 - 1;
    int next = (axis + 1) % 3;
    if (side < 0) sites_search(s, n_before, next, q);
    if (side >= 0 || side * side < q->best2) sites_search(after, n_after, next, q);
    if (side >= 0 && side * side <= q->best2) sites_search(s, n_before, next, q);
}

const struct store *nearest_find(const struct nearest *nearest, struct point p, double reach)
{
    double chord = 2 * sin(reach * 1.001 / EARTH / 2); /* a little more: geo_distance() has the word */
    struct search q = {.best2 = chord * chord};
    vector_of(p, q.at);
    sites_search(nearest->sites, nearest->n, 0, &q);
    return q.store && geo_distance(q.store->at, p) <= reach ? q.store : NULL;
}
