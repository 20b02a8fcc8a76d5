#include "stores.h"
#include "nudge/mem.h"
#include <stdio.h>
#include <stdlib.h>

#define STORE_ID_MAX EVENT_ID_MAX /* an event's `store` is compared with it */

struct area_draft { /* the area comes first */
    struct area area;
    struct ring *rings; /* malloc */
    size_t n, cap;
};

/* ---- drafting a file */

bool draft_add_store(struct stores_draft *d, const struct store *s, char *why, size_t why_size)
{
    bool here = map_get(&d->ids, s->id), before = map_get(&d->build->rules->names->stores, s->id);
    if (s->id.n == 0 || s->id.n > STORE_ID_MAX) {
        snprintf(why, why_size, "the store's id has %zu bytes: expected 1 to %d", s->id.n, STORE_ID_MAX);
    } else if (here || before) {
        snprintf(why, why_size, "there is a store \"%.*s\" already, in %s", STR_ARG(s->id),
                 here ? "this file" : "another file");
    } else if (!point_valid(s->at)) {
        snprintf(why, why_size,
                 "there is no such place on earth: expected a latitude from -90 to 90 and a longitude from "
                 "-180 to 180");
    } else if (s->zone.n && !zones_get(d->build->settings->zones, s->zone)) {
        zone_unknown(d->build->settings->zones, s->zone, why, why_size);
    } else {
        struct store *kept = arena_alloc(build_arena(d->build), sizeof *kept);
        *kept = *s;
        if (kept->name.n == 0) kept->name = kept->id;
        map_put(&d->ids, kept->id, kept);
        d->stores = mem_grow(d->stores, &d->cap_stores, d->n_stores + 1, sizeof *d->stores);
        d->stores[d->n_stores++] = kept;
        return true;
    }
    return false;
}

struct area_part *draft_add_part(struct stores_draft *d, struct str name)
{
    d->parts = mem_grow(d->parts, &d->cap_parts, d->n_parts + 1, sizeof *d->parts);
    struct area_part *p = &d->parts[d->n_parts++];
    *p = (struct area_part){.name = name};
    return p;
}

bool degrees_parse(struct str s, double *out)
{
    char text[64], *end;
    if (s.n == 0 || s.n >= sizeof text) return false;
    for (size_t i = 0; i < s.n; i++)
        if (!strchr("0123456789+-.eE", s.p[i]) || !s.p[i]) return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    *out = strtod(text, &end);
    return *end == 0;
}

/* ---- taking a draft over */

static void part_take(struct map *areas, struct arena *arena, const struct area_part *p)
{
    struct area_draft *a = map_get(areas, p->name);
    if (!a) {
        a = arena_zalloc(arena, sizeof *a);
        a->area.id = a->area.name = p->name;
        map_put(areas, p->name, a);
    }
    for (size_t i = 0; i < p->n; i++) {
        a->rings = mem_grow(a->rings, &a->cap, a->n + 1, sizeof *a->rings);
        a->rings[a->n++] = p->rings[i];
    }
}

static void draft_take(struct stores_draft *d)
{
    struct rules_names *names = d->build->rules->names;
    for (size_t i = 0; i < d->n_stores; i++) map_put(&names->stores, d->stores[i]->id, d->stores[i]);
    for (size_t i = 0; i < d->n_parts; i++) part_take(&names->areas, build_arena(d->build), &d->parts[i]);
}

static void draft_release(struct stores_draft *d)
{
    for (size_t i = 0; i < d->n_parts; i++) free(d->parts[i].rings);
    free(d->parts);
    free(d->stores);
    map_release(&d->ids);
}

/* ---- all files */

static bool path_ends(const char *path, const char *ending)
{
    size_t n = strlen(path), m = strlen(ending);
    return n >= m && strcmp(path + n - m, ending) == 0;
}

static void file_read(struct stores_draft *d)
{
    const char *path = d->file->path;
    if (path_ends(path, ".csv"))
        csv_stores_read(d);
    else if (path_ends(path, ".json") || path_ends(path, ".geojson"))
        geojson_read(d);
    else
        errors_add(d->errors, path, 0, 0,
                   "not a file of stores: expected one that ends in .csv, .json or .geojson");
}

static void areas_finish(struct build *b)
{
    for (struct map_slot *s = NULL; (s = map_next(&b->rules->names->areas, s));) {
        struct area_draft *a = s->value;
        a->area.polygon = polygon_new(build_arena(b), a->rings, a->n);
        free(a->rings);
    }
}

void stores_build(struct build *b, const struct rules_file *files, size_t n, struct errors *errors,
                  bool *failed)
{
    for (size_t i = 0; i < n; i++) {
        struct errors own = {0};
        struct stores_draft d = {.build = b, .file = &files[i], .errors = &own};
        file_read(&d);
        if (own.count == 0) draft_take(&d);
        draft_release(&d);
        failed[i] = !file_errors_move(errors, &own);
    }
    areas_finish(b);
    b->rules->names->nearest = nearest_build(build_arena(b), &b->rules->names->stores);
}

struct str ruleset_zone_at(const struct ruleset *rules, struct point p)
{
    const struct store *s = nearest_find(rules->names->nearest, p, STORE_ZONE_REACH);
    return s ? s->zone : STR_NONE;
}
