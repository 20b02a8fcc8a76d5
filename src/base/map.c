#include "nudge/map.h"
#include "nudge/mem.h"
#include <stdlib.h>

void map_release(struct map *m)
{
    free(m->slots);
    *m = (struct map){0};
}

static struct map_slot *map_find(const struct map *m, struct str key, uint64_t hash)
{
    for (size_t i = hash & (m->size - 1);; i = (i + 1) & (m->size - 1)) {
        struct map_slot *s = &m->slots[i];
        if (!s->key.p || (s->hash == hash && str_eq(s->key, key))) return s;
    }
}

struct map_slot *map_slot(const struct map *m, struct str key)
{
    if (m->count == 0) return NULL;
    struct map_slot *s = map_find(m, key, str_hash(key));
    return s->key.p ? s : NULL;
}

void *map_get(const struct map *m, struct str key)
{
    struct map_slot *s = map_slot(m, key);
    return s ? s->value : NULL;
}

static void map_resize(struct map *m, size_t size)
{
    struct map old = *m;
    m->slots = mem_alloc(size * sizeof *m->slots);
    m->size = size;
    for (size_t i = 0; i < old.size; i++) {
        if (old.slots[i].key.p) *map_find(m, old.slots[i].key, old.slots[i].hash) = old.slots[i];
    }
    free(old.slots);
}

void *map_put(struct map *m, struct str key, void *value)
{
    if (!key.p) key.p = ""; /* NULL marks an empty slot */
    if (m->count * 4 >= m->size * 3) map_resize(m, m->size ? m->size * 2 : 16);
    uint64_t hash = str_hash(key);
    struct map_slot *s = map_find(m, key, hash);
    void *old = s->key.p ? s->value : NULL;
    if (!s->key.p) m->count++;
    *s = (struct map_slot){key, hash, value};
    return old;
}

void *map_del(struct map *m, struct str key)
{
    if (m->count == 0) return NULL;
    struct map_slot *s = map_find(m, key, str_hash(key));
    if (!s->key.p) return NULL;
    void *value = s->value;
    size_t mask = m->size - 1, hole = (size_t)(s - m->slots);
    for (size_t i = (hole + 1) & mask; m->slots[i].key.p; i = (i + 1) & mask) {
        size_t home = m->slots[i].hash & mask;
        if (((i - home) & mask) < ((i - hole) & mask)) continue; /* it would move before its home */
        m->slots[hole] = m->slots[i];
        hole = i;
    }
    m->slots[hole] = (struct map_slot){0};
    m->count--;
    return value;
}

struct map_slot *map_next(const struct map *m, const struct map_slot *s)
{
    for (size_t i = s ? (size_t)(s - m->slots) + 1 : 0; i < m->size; i++)
        if (m->slots[i].key.p) return &m->slots[i];
    return NULL;
}
