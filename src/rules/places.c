#include "places.h"
#include "condition.h"
#include "nudge/mem.h"
#include <math.h>
#include <stdlib.h>

#define SCAN_MAX 4      /* sets up to this size are looked through; larger ones have an index */
#define MARGIN_MIN 20.0 /* metres */
#define MARGIN_OF_RADIUS 0.1
#define RADIUS_MIN NUM_ONE /* 1 m */
#define RADIUS_MAX (1000000 * NUM_ONE)
#define FOUND_ON_STACK 256

/* ---- asking */

uint64_t place_key(const struct store *store, const struct area *area, double radius)
{
    uint64_t key =
        store ? str_hash_seed(store->id, (uint64_t)llround(radius * 1000) + 1) : str_hash_seed(area->name, 0);
    return key ? key : 1;
}

static bool fence_holds(const struct fence *f, struct point p)
{
    return f->store ? geo_distance(f->store->at, p) <= f->radius : polygon_contains(f->area->polygon, p);
}

static size_t set_scan(const struct fence_set *set, struct point p, const struct fence **out, size_t cap)
{
    size_t n = 0;
    for (size_t i = 0; i < set->n; i++) {
        if (!fence_holds(set->fences[i], p)) continue;
        if (n < cap) out[n] = set->fences[i];
        n++;
    }
    return n;
}

size_t fence_set_find(const struct fence_set *set, struct point p, const struct fence **out, size_t cap)
{
    uint32_t few[FOUND_ON_STACK], *ids = few;
    size_t n;
    if (!set->index) {
        n = set_scan(set, p, out, cap);
        return n < cap ? n : cap;
    }
    if (cap > FOUND_ON_STACK) ids = mem_alloc(cap * sizeof *ids);
    n = fence_index_find(set->index, p, ids, cap);
    if (n > cap) n = cap;
    for (size_t i = 0; i < n; i++) out[i] = set->fences[ids[i]];
    if (ids != few) free(ids);
    return n;
}

const struct fence *fence_set_get(const struct fence_set *set, uint64_t key)
{
    size_t low = 0, high = set->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->fences[middle]->key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < set->n && set->fences[low]->key == key ? set->fences[low] : NULL;
}

bool fence_left(const struct fence *f, struct point p, double accuracy)
{
    double margin = f->store ? f->radius * MARGIN_OF_RADIUS : 0;
    if (margin < MARGIN_MIN) margin = MARGIN_MIN;
    if (margin < accuracy) margin = accuracy;
    if (f->store) return geo_distance(f->store->at, p) > f->radius + margin;
    return !polygon_contains(f->area->polygon, p) && polygon_edge_distance(f->area->polygon, p) > margin;
}

bool fence_judges(const struct ruleset *rules, const struct fence *f, double accuracy)
{
    return accuracy <= (f->store ? f->radius : rules->max_accuracy);
}

/* ---- building */

static int fence_compare(const void *a, const void *b)
{
    const struct fence *x = *(const struct fence *const *)a, *y = *(const struct fence *const *)b;
    return (x->key > y->key) - (x->key < y->key);
}

static const struct fence_index *index_of(struct arena *a, const struct fence *const *fences, size_t n)
{
    struct fence_index *index = fence_index_new(a);
    for (size_t i = 0; i < n; i++) {
        if (fences[i]->store)
            fence_index_add_circle(index, fences[i]->store->at, fences[i]->radius, (uint32_t)i);
        else
            fence_index_add_polygon(index, fences[i]->area->polygon, (uint32_t)i);
    }
    fence_index_build(index);
    return index;
}

const struct fence_set *fence_set_new(struct arena *a, const struct fence **fences, size_t n)
{
    struct fence_set *set = arena_zalloc(a, sizeof *set);
    if (n) qsort(fences, n, sizeof *fences, fence_compare);
    for (size_t i = 0; i < n; i++) /* each once */
        if (i == 0 || fences[i] != fences[i - 1]) fences[set->n++] = fences[i];
    set->fences = fences;
    if (set->n > SCAN_MAX) set->index = index_of(a, fences, set->n);
    return set;
}

/* The one fence of this kind. Two places with one key would be taken for each other in customers' records; at
 * 64 bits that does not happen. */
static const struct fence *fence_intern(struct build *b, const struct store *store, const struct area *area,
                                        double radius)
{
    uint64_t key = place_key(store, area, radius);
    struct place *p = map_get(&b->fences, (struct str){(const char *)&key, sizeof key});
    if (p) return &p->fence;
    p = arena_zalloc(build_arena(b), sizeof *p);
    p->fence = (struct fence){key, store, area, radius};
    map_put(&b->fences, (struct str){(const char *)&p->fence.key, sizeof p->fence.key}, p);
    return &p->fence;
}

/* Sets are the same if their names are: what names them is a radius and "all", or the list of their fences.
 */
static const struct fence_set *set_intern(struct build *b, struct str name, const struct fence **fences,
                                          size_t n)
{
    const struct fence_set *set = fence_set_new(build_arena(b), fences, n);
    map_put(&b->fence_sets, arena_str(build_arena(b), name), (void *)(uintptr_t)set);
    return set;
}

static const struct fence_set *set_of_all(struct build *b, num_t radius)
{
    char name[40];
    int length = snprintf(name, sizeof name, "all %lld", (long long)radius);
    const struct fence_set *known = map_get(&b->fence_sets, (struct str){name, (size_t)length});
    if (known) return known;
    const struct map *stores = &b->rules->names->stores;
    const struct fence **fences = arena_alloc(build_arena(b), (stores->count + 1) * sizeof *fences);
    size_t n = 0;
    for (struct map_slot *s = NULL; (s = map_next(stores, s));)
        fences[n++] = fence_intern(b, s->value, NULL, (double)radius / (double)NUM_ONE);
    return set_intern(b, (struct str){name, (size_t)length}, fences, n);
}

static const struct fence_set *set_of_list(struct build *b, const struct fence **fences, size_t n)
{
    if (n) qsort(fences, n, sizeof *fences, fence_compare);
    struct str name = {(const char *)fences,
                       n * sizeof *fences}; /* fences exist once: their addresses name them */
    const struct fence_set *known = n ? map_get(&b->fence_sets, name) : NULL;
    return known ? known : set_intern(b, name, fences, n);
}

/* ---- reading */

static bool radius_parse(struct str s, num_t *radius)
{
    size_t digits = 0;
    while (digits < s.n && ((s.p[digits] >= '0' && s.p[digits] <= '9') || s.p[digits] == '.')) digits++;
    struct str unit = str_trim((struct str){s.p + digits, s.n - digits});
    bool km = str_eq(unit, STR("km"));
    if (!num_parse((struct str){s.p, digits}, radius, NULL) || (!km && !str_eq(unit, STR("m")))) return false;
    if (km && *radius > RADIUS_MAX) return false;
    if (km) *radius *= 1000;
    return *radius >= RADIUS_MIN && *radius <= RADIUS_MAX;
}

static void radius_read(struct reader *r, struct node at, num_t *radius)
{
    struct str text;
    if (!node_text(at, &text, r->errors) || radius_parse(text, radius)) return;
    node_fail(at, r->errors,
              "\"%.*s\" is not a distance: expected a number and a unit, such as \"200 m\" or \"1.5 km\" (1 "
              "m to 1000 km)",
              STR_ARG(text));
}

/* The fences of a list of stores (radius > 0) or areas. */
static const struct fence_set *named_read(struct reader *r, struct node list, num_t radius)
{
    struct build *b = r->build;
    const struct map *known = radius ? &b->rules->names->stores : &b->rules->names->areas;
    if (!node_is_array(list, r->errors)) return NULL;
    if (node_size(list) == 0)
        node_fail(list, r->errors, "the list is empty: expected at least one %s", radius ? "store" : "area");
    const struct fence **fences = arena_alloc(reader_arena(r), (node_size(list) + 1) * sizeof *fences);
    size_t n = 0;
    struct node item;
    struct str name;
    for (size_t i = 0; node_each(list, i, &item); i++) {
        if (!node_text(item, &name, r->errors)) continue;
        void *found = map_get(known, name);
        if (!found)
            unknown_fail_map(r, item, radius ? "store" : "area", name, known, "one of stores/");
        else
            fences[n++] = fence_intern(b, radius ? found : NULL, radius ? NULL : found,
                                       (double)radius / (double)NUM_ONE);
    }
    return set_of_list(b, fences, n);
}

static const struct key places_keys[] = {
    {WORD("stores"), NULL, NULL}, {WORD("within"), NULL, NULL}, {WORD("areas"), NULL, NULL}};
const struct key_table places_table = KEY_TABLE("places", places_keys);

static const struct fence_set *stores_read(struct reader *r, struct node object, struct node stores)
{
    static const struct str all[] = {WORD("all")};
    struct node within = node_get(object, "within");
    size_t word;
    num_t radius = RADIUS_MIN;
    if (within.value)
        radius_read(r, within, &radius);
    else
        node_fail(object, r->errors,
                  "\"within\" is missing: expected how far from the stores, such as \"200 m\"");
    if (!json_is_string(stores.value)) return named_read(r, stores, radius);
    if (!node_word(stores, all, 1, &word, r->errors)) return NULL;
    if (r->build->rules->names->stores.count == 0)
        node_warn(stores, r->errors, "there are no stores, so this is never true");
    return set_of_all(r->build, radius);
}

const struct fence_set *places_read(struct reader *r, struct node object)
{
    struct node stores = node_get(object, "stores"), areas = node_get(object, "areas");
    object_read(r, object, &places_table, NULL);
    if (!node_is_object(object, NULL)) return NULL;
    if (!stores.value == !areas.value) {
        node_fail(object, r->errors, "expected { \"stores\": …, \"within\": … } or { \"areas\": … }%s",
                  stores.value ? ", not both" : "");
        return NULL;
    }
    if (stores.value) return stores_read(r, object, stores);
    struct node within = node_get(object, "within");
    if (within.value) node_fail_key(within, r->errors, "\"within\" is for stores: an area ends at its edge");
    return named_read(r, areas, 0);
}
