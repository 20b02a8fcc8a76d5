/* A hash map from byte strings to pointers. Keys are borrowed: they live where the caller keeps them, at least
 * as long as their entry. Open addressing, linear probing, deletion by moving back; order is that of the hash. */
#ifndef NUDGE_MAP_H
#define NUDGE_MAP_H

#include "nudge/str.h"

struct map_slot {
    struct str key; /* key.p == NULL: empty */
    uint64_t hash;
    void *value;
};

struct map {
    struct map_slot *slots;
    size_t count, size; /* size: a power of two, or 0 */
};

void map_release(struct map *); /* zero-initialised is empty */
void *map_get(const struct map *, struct str key);
struct map_slot *map_slot(const struct map *, struct str key); /* the entry itself, or NULL */
/* Adds or replaces; returns the value replaced, or NULL. */
void *map_put(struct map *, struct str key, void *value);
void *map_del(struct map *, struct str key); /* the value taken out, or NULL */
/* for (struct map_slot *s = NULL; (s = map_next(m, s));) – no change to the map meanwhile. */
struct map_slot *map_next(const struct map *, const struct map_slot *);

#endif
