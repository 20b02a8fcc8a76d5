/* Reading files of stores and areas. A file is first drafted whole; only one without errors is taken over.
 * Private to src/rules. */
#ifndef RULES_STORES_H
#define RULES_STORES_H

#include "build.h"

/* Some rings of an area; areas of one name are one. */
struct area_part {
    struct str name;
    struct ring *rings; /* malloc */
    size_t n, cap;
};

struct stores_draft {
    struct build *build;
    const struct rules_file *file;
    struct errors *errors;
    struct store **stores;
    size_t n_stores, cap_stores;
    struct map ids; /* of the stores drafted */
    struct area_part *parts;
    size_t n_parts, cap_parts;
};

/* Takes the store as it is into the draft; or false: why not. Its slices are in the ruleset's arena. */
bool draft_add_store(struct stores_draft *, const struct store *, char *why, size_t why_size);
struct area_part *draft_add_part(struct stores_draft *, struct str name);
bool degrees_parse(struct str, double *out);

void csv_stores_read(struct stores_draft *);
void geojson_read(struct stores_draft *);

/* Which store is nearest: a k-d tree over the stores that name a zone. */
struct nearest *nearest_build(struct arena *, const struct map *stores);
const struct store *nearest_find(const struct nearest *, struct point, double reach);

#endif
