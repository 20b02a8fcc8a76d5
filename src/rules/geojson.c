/* Stores and areas from GeoJSON (RFC 7946): a FeatureCollection, one Feature, or one Feature a line. */
#include "nudge/mem.h"
#include "stores.h"
#include <stdio.h>

#define RING_MIN 4 /* positions; the last is the first */

struct feature {
    struct node node, properties, geometry;
};

/* A scalar as text; false for anything else. */
static bool scalar_text(struct arena *a, json_t *v, struct str *out)
{
    if (json_is_string(v))
        *out = arena_str(a, (struct str){json_string_value(v), json_string_length(v)});
    else if (json_is_integer(v))
        *out = arena_printf(a, "%lld", (long long)json_integer_value(v));
    else if (json_is_real(v))
        *out = arena_printf(a, "%.15g", json_real_value(v));
    else
        return false;
    return true;
}

/* The first of the names that the properties have a text or number under, else the feature's id. */
static bool feature_name(struct arena *a, const struct feature *f, const char *one, const char *two,
                         struct str *out)
{
    return scalar_text(a, json_object_get(f->properties.value, one), out) ||
           (two && scalar_text(a, json_object_get(f->properties.value, two), out)) ||
           scalar_text(a, json_object_get(f->node.value, "id"), out);
}

/* ---- coordinates */

static bool position_read(struct stores_draft *d, struct node at, struct point *out)
{
    const json_t *lon = json_array_get(at.value, 0), *lat = json_array_get(at.value, 1);
    *out = (struct point){json_number_value(lat), json_number_value(lon)};
    if (json_is_number(lon) && json_is_number(lat) && point_valid(*out)) return true;
    node_fail(at, d->errors,
              "not a position: expected [longitude, latitude] in degrees, within ±180 and ±90");
    return false;
}

static void ring_read(struct stores_draft *d, struct node at, struct area_part *part)
{
    if (!node_is_array(at, d->errors)) return;
    size_t n = node_size(at);
    struct point *points = arena_alloc(build_arena(d->build), (n + 1) * sizeof *points);
    struct node item;
    for (size_t i = 0; node_each(at, i, &item); i++)
        if (!position_read(d, item, &points[i])) return;
    if (n < RING_MIN || points[0].lat != points[n - 1].lat || points[0].lon != points[n - 1].lon) {
        node_fail(at, d->errors, "not a closed ring: expected at least %d positions, the last like the first",
                  RING_MIN);
        return;
    }
    part->rings = mem_grow(part->rings, &part->cap, part->n + 1, sizeof *part->rings);
    part->rings[part->n++] = (struct ring){points, n};
}

static void polygon_read(struct stores_draft *d, struct node at, struct area_part *part)
{
    struct node ring;
    if (!node_is_array(at, d->errors)) return;
    if (node_size(at) == 0)
        node_fail(at, d->errors, "a polygon without a ring: expected [[[longitude, latitude], …]]");
    for (size_t i = 0; node_each(at, i, &ring); i++) ring_read(d, ring, part);
}

/* ---- features */

/* Further properties, for templates. */
static void properties_take(struct stores_draft *d, const struct feature *f, struct store *s)
{
    struct arena *a = build_arena(d->build);
    const char *name;
    json_t *value;
    s->props = arena_alloc(a, (json_object_size(f->properties.value) + 1) * sizeof *s->props);
    json_object_foreach(f->properties.value, name, value)
    {
        struct value v = {.kind = VALUE_TEXT};
        bool own = strcmp(name, "id") == 0 || strcmp(name, "name") == 0 || strcmp(name, "zone") == 0;
        if (json_is_boolean(value))
            v = (struct value){.kind = VALUE_BOOLEAN, .boolean = json_is_true(value)};
        else if (!scalar_text(a, value, &v.text))
            continue;
        struct str kept = arena_str(a, str_of(name));
        if (!own) s->props[s->n_props++] = (struct prop){kept, field_of(kept), v};
    }
}

static void point_take(struct stores_draft *d, const struct feature *f, struct node coordinates)
{
    struct arena *a = build_arena(d->build);
    struct store s = {0};
    char why[256];
    if (!position_read(d, coordinates, &s.at)) return;
    scalar_text(a, json_object_get(f->properties.value, "name"), &s.name);
    scalar_text(a, json_object_get(f->properties.value, "zone"), &s.zone);
    if (!feature_name(a, f, "id", NULL, &s.id)) s.id = s.name;
    properties_take(d, f, &s);
    if (!s.id.p)
        node_fail(f->node, d->errors,
                  "a store without a name of its own: expected properties.id, id or properties.name");
    else if (!draft_add_store(d, &s, why, sizeof why))
        node_fail(f->node, d->errors, "%s", why);
}

static void polygons_take(struct stores_draft *d, const struct feature *f, struct node coordinates,
                          bool several)
{
    struct str name;
    struct node item;
    if (!feature_name(build_arena(d->build), f, "name", "NAME", &name) || name.n == 0) {
        node_fail(f->node, d->errors,
                  "an area without a name: expected properties.name, properties.NAME or id");
        return;
    }
    struct area_part *part = draft_add_part(d, name);
    if (!several) {
        polygon_read(d, coordinates, part);
        return;
    }
    if (!node_is_array(coordinates, d->errors)) return;
    if (node_size(coordinates) == 0)
        node_fail(coordinates, d->errors, "an area without a polygon: expected at least one");
    for (size_t i = 0; node_each(coordinates, i, &item); i++) polygon_read(d, item, part);
}

static void feature_read(struct stores_draft *d, struct node at)
{
    static const struct str types[] = {WORD("Point"), WORD("Polygon"), WORD("MultiPolygon")};
    struct feature f = {at, node_get(at, "properties"), node_get(at, "geometry")};
    size_t type;
    if (!f.geometry.value || json_is_null(f.geometry.value)) {
        node_warn(at, d->errors, "this feature is nowhere: it has no geometry, and is passed over");
        return;
    }
    if (!node_is_object(f.geometry, d->errors)) return;
    struct node coordinates = node_get(f.geometry, "coordinates"), kind = node_get(f.geometry, "type");
    if (!kind.value || !coordinates.value)
        node_fail(f.geometry, d->errors, "not a geometry: expected \"type\" and \"coordinates\"");
    else if (!node_word(kind, types, 3, &type, d->errors))
        return;
    else if (type == 0)
        point_take(d, &f, coordinates);
    else
        polygons_take(d, &f, coordinates, type == 2);
}

static void object_take(struct stores_draft *d, struct node at)
{
    static const struct str types[] = {WORD("Feature"), WORD("FeatureCollection")};
    size_t type;
    if (!node_is_object(at, d->errors)) return;
    struct node kind = node_get(at, "type"), features = node_get(at, "features"), item;
    if (!kind.value) {
        node_fail(at, d->errors, "\"type\" is missing: expected a FeatureCollection or a Feature");
        return;
    }
    if (!node_word(kind, types, 2, &type, d->errors)) return;
    if (type == 0) {
        feature_read(d, at);
        return;
    }
    if (!features.value)
        node_fail(at, d->errors, "\"features\" is missing: expected a list of them");
    else if (node_is_array(features, d->errors))
        for (size_t i = 0; node_each(features, i, &item); i++)
            if (node_is_object(item, d->errors)) feature_read(d, item);
}

static void text_take(struct stores_draft *d, struct str text)
{
    struct doc *doc = doc_parse(d->file->path, text, d->errors);
    if (doc) object_take(d, doc_root(doc));
    doc_free(doc);
}

/* ---- one feature a line */

/* A line that is an object by itself, and more behind it. */
static bool is_lines(struct str text)
{
    struct str first = str_trim(str_cut(&text, '\n'));
    return first.n > 2 && first.p[0] == '{' && first.p[first.n - 1] == '}' && str_trim(text).n;
}

static void lines_take(struct stores_draft *d, struct str text)
{
    for (int line = 0; text.n; line++) {
        struct str one = str_cut(&text, '\n');
        size_t before = d->errors->n;
        if (str_trim(one).n == 0) continue;
        text_take(d, one);
        for (size_t i = before; i < d->errors->n; i++) d->errors->list[i].line += line;
    }
}

void geojson_read(struct stores_draft *d)
{
    struct str text = d->file->text;
    if (str_starts(text, STR("\xef\xbb\xbf"))) text.p += 3, text.n -= 3;

    if (is_lines(text))
        lines_take(d, text);
    else
        text_take(d, d->file->text);
}
