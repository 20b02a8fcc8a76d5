#include "geo_parts.h"

#include <math.h>
#include <stdlib.h>

#include "nudge/mem.h"

#define FANOUT 16
#define HITS_ON_STACK 256
/* Boxes are wider by this share and this many degrees (0.1 mm): rounding must not lose a point. */
#define MARGIN 1e-9

/* A point on the unit sphere. The straight line between two of them tells distance without trigonometry. */
struct vector {
    double x, y, z;
};

struct fence {
    uint32_t id;
    const struct polygon *polygon; /* NULL: a circle */
    struct point centre;
    double radius;
    struct vector at;   /* the centre */
    double chord2;      /* the square of the line through the earth (radius 1) that spans `radius` */
    double chord2_slop; /* so close to it, rounding decides: geo_distance() has the word */
};

/* A node of the tree, or, with n == 0, a box of a fence. */
struct node {
    struct box box;
    uint32_t n;
    union {
        const struct node *children; /* n of them */
        const struct fence *fence;
    };
};

/* Boxes added, in chunks, since an arena can't grow an array. */
struct added {
    struct added *next;
    struct node node;
};

struct fence_index {
    struct arena *arena;
    struct added *added;
    size_t n;
    const struct node *root; /* NULL: empty or not built */
};

/* ---- adding */

struct fence_index *fence_index_new(struct arena *a)
{
    struct fence_index *ix = arena_zalloc(a, sizeof *ix);
    ix->arena = a;
    return ix;
}

static void index_add_box(struct fence_index *ix, struct box box, const struct fence *f)
{
    struct added *more = arena_zalloc(ix->arena, sizeof *more);
    more->node.box = box;
    more->node.fence = f;
    more->next = ix->added;
    ix->added = more;
    ix->n++;
}

static struct vector vector_of(struct point p)
{
    double lat = p.lat / RADIAN, lon = p.lon / RADIAN;
    return (struct vector){cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)};
}

/* Half the width in longitude of a circle. It is widest not at its centre's latitude but nearer to the pole,
 * where a meridian touches it at a right angle: sin(width) = sin(radius) / cos(lat of the centre). */
static double circle_half_width(struct point centre, double angle)
{
    double sine = sin(angle) / cos(centre.lat / RADIAN);
    return asin(sine < 1 ? sine : 1) * RADIAN + MARGIN;
}

static void index_add_circle_boxes(struct fence_index *ix, const struct fence *f)
{
    double angle = f->radius / EARTH_RADIUS * (1 + MARGIN) + MARGIN / RADIAN;
    struct box box = {f->centre.lat - angle * RADIAN, -180, f->centre.lat + angle * RADIAN, 180};
    if (box.south > -90 && box.north < 90) { /* else a pole lies in it, and every longitude */
        double width = circle_half_width(f->centre, angle);
        box.west = f->centre.lon - width;
        box.east = f->centre.lon + width;
    }
    struct box other = box;
    if (box.west < -180) {
        other.west = box.west + 360, other.east = 180;
        box.west = -180;
        index_add_box(ix, other, f);
    } else if (box.east > 180) {
        other.west = -180, other.east = box.east - 360;
        box.east = 180;
        index_add_box(ix, other, f);
    }
    index_add_box(ix, box, f);
}

void fence_index_add_circle(struct fence_index *ix, struct point centre, double radius, uint32_t id)
{
    if (!point_valid(centre) || !(radius >= 0) || !isfinite(radius)) return; /* holds no point */
    struct fence *f = arena_zalloc(ix->arena, sizeof *f);
    double angle = radius / EARTH_RADIUS;
    double chord = angle < acos(-1) ? 2 * sin(angle / 2) : 2;
    f->id = id;
    f->centre = centre;
    f->radius = radius;
    f->at = vector_of(centre);
    f->chord2 = chord * chord;
    f->chord2_slop = 1e-14 * chord + 1e-28; /* vectors are good to some 1e-16 */
    index_add_circle_boxes(ix, f);
}

void fence_index_add_polygon(struct fence_index *ix, const struct polygon *g, uint32_t id)
{
    const struct box *boxes;
    struct fence *f = arena_zalloc(ix->arena, sizeof *f);
    f->id = id;
    f->polygon = g;
    size_t n = polygon_boxes(g, &boxes);
    for (size_t i = 0; i < n; i++) index_add_box(ix, boxes[i], f);
}

/* ---- building */

static int order(double a, double b)
{
    return (a > b) - (a < b);
}

static int node_order_lon(const void *a, const void *b)
{
    const struct box *x = &((const struct node *)a)->box, *y = &((const struct node *)b)->box;
    return order(x->west + x->east, y->west + y->east);
}

static int node_order_lat(const void *a, const void *b)
{
    const struct box *x = &((const struct node *)a)->box, *y = &((const struct node *)b)->box;
    return order(x->south + x->north, y->south + y->north);
}

/* Sort-tile: slices by longitude of a whole number of parents each, every slice sorted by latitude. */
static void nodes_tile(struct node *nodes, size_t n)
{
    size_t parents = (n + FANOUT - 1) / FANOUT;
    size_t slices = (size_t)ceil(sqrt((double)parents));
    size_t slice = (parents + slices - 1) / slices * FANOUT;
    qsort(nodes, n, sizeof *nodes, node_order_lon);
    for (size_t i = 0; i < n; i += slice)
        qsort(nodes + i, n - i < slice ? n - i : slice, sizeof *nodes, node_order_lat);
}

static struct node node_over(const struct node *children, size_t n)
{
    struct node parent = {.box = children[0].box, .n = (uint32_t)n, .children = children};
    for (size_t i = 1; i < n; i++) box_add(&parent.box, &children[i].box);
    return parent;
}

void fence_index_build(struct fence_index *ix)
{
    size_t n = ix->n;
    if (!n) return;
    struct node *level = arena_alloc(ix->arena, n * sizeof *level);
    for (const struct added *a = ix->added; a; a = a->next) level[--n] = a->node;
    n = ix->n;
    do {
        nodes_tile(level, n);
        size_t parents = (n + FANOUT - 1) / FANOUT;
        struct node *above = arena_alloc(ix->arena, parents * sizeof *above);
        for (size_t i = 0; i < parents; i++) {
            size_t first = i * FANOUT;
            above[i] = node_over(level + first, n - first < FANOUT ? n - first : FANOUT);
        }
        level = above;
        n = parents;
    } while (n > 1);
    ix->root = level;
}

/* ---- asking */

struct search {
    struct point p;
    struct vector at;
    uint32_t *hits;
    size_t n, cap;
    uint32_t *heap; /* hits, once there are too many for the stack */
    uint32_t stack[HITS_ON_STACK];
};

static bool circle_holds(const struct fence *f, const struct search *s)
{
    double x = f->at.x - s->at.x, y = f->at.y - s->at.y, z = f->at.z - s->at.z;
    double beyond = x * x + y * y + z * z - f->chord2;
    if (fabs(beyond) > f->chord2_slop) return beyond < 0;
    return geo_distance(f->centre, s->p) <= f->radius;
}

static void search_hit(struct search *s, uint32_t id)
{
    if (s->n == s->cap) {
        bool first = !s->heap;
        size_t cap = first ? 0 : s->cap;
        s->heap = mem_grow(s->heap, &cap, s->n * 2, sizeof *s->heap);
        if (first) memcpy(s->heap, s->stack, sizeof s->stack);
        s->hits = s->heap;
        s->cap = cap;
    }
    s->hits[s->n++] = id;
}

static void search_node(struct search *s, const struct node *node)
{
    for (const struct node *c = node->children, *end = c + node->n; c < end; c++) {
        if (!box_holds(&c->box, s->p)) continue;
        if (c->n)
            search_node(s, c);
        else if (c->fence->polygon ? polygon_contains(c->fence->polygon, s->p) : circle_holds(c->fence, s))
            search_hit(s, c->fence->id);
    }
}

static int order_ids(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Sorts, and drops repeats: a fence with two boxes may be found in both. Returns how many are left. */
static size_t search_finish(struct search *s)
{
    size_t n = 0;
    if (s->n > 1) qsort(s->hits, s->n, sizeof *s->hits, order_ids);
    for (size_t i = 0; i < s->n; i++)
        if (!n || s->hits[n - 1] != s->hits[i]) s->hits[n++] = s->hits[i];
    return n;
}

size_t fence_index_find(const struct fence_index *ix, struct point p, uint32_t *out, size_t cap)
{
    struct search s;
    if (!ix->root || !point_valid(p)) return 0;
    s.p = p;
    s.at = vector_of(p);
    s.hits = s.stack;
    s.n = 0;
    s.cap = HITS_ON_STACK;
    s.heap = NULL;
    search_node(&s, ix->root);
    if (fabs(p.lon) == 180) { /* the same meridian, and a box may end on either side of it */
        s.p.lon = -p.lon;
        search_node(&s, ix->root);
    }
    size_t n = search_finish(&s);
    for (size_t i = 0; i < n && i < cap; i++) out[i] = s.hits[i];
    free(s.heap);
    return n;
}
