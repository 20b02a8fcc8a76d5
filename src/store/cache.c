#include "nudge/cache.h"
#include "nudge/mem.h"
#include <stdlib.h>

static void list_out(struct cache *k, struct cached *c)
{
    *(c->newer ? &c->newer->older : &k->newest) = c->older;
    *(c->older ? &c->older->newer : &k->oldest) = c->newer;
}

static void list_in(struct cache *k, struct cached *c)
{
    c->newer = NULL, c->older = k->newest;
    if (k->newest) k->newest->newer = c;
    k->newest = c;
    if (!k->oldest) k->oldest = c;
}

struct cached *cache_get(struct cache *k, struct str user)
{
    struct cached *c = map_get(&k->map, user);
    if (c && c != k->newest) {
        list_out(k, c);
        list_in(k, c);
    }
    return c;
}

struct cached *cache_add(struct cache *k, struct customer *customer, bool stored)
{
    struct cached *c = mem_alloc(sizeof *c);
    c->customer = customer, c->stored = stored;
    map_put(&k->map, customer->user, c);
    list_in(k, c);
    cache_touch(k, c, 0);
    return c;
}

void cache_touch(struct cache *k, struct cached *c, uint64_t commit)
{
    size_t memory = sizeof *c + 2 * sizeof(struct map_slot) + customer_memory(c->customer);
    k->memory += memory - c->memory;
    c->memory = memory;
    if (commit) c->touched = commit;
    struct map_slot *slot = map_slot(&k->map, c->customer->user);
    if (slot && slot->key.p != c->customer->user.p) slot->key = c->customer->user; /* another customer object took its place */
}

void cache_remove(struct cache *k, struct cached *c)
{
    map_del(&k->map, c->customer->user);
    list_out(k, c);
    k->memory -= c->memory;
    customer_free(c->customer);
    free(c);
}

void cache_trim(struct cache *k, uint64_t confirmed)
{
    while (k->memory > k->bound && k->oldest && k->oldest->touched <= confirmed) cache_remove(k, k->oldest);
}

void cache_clear(struct cache *k)
{
    while (k->oldest) cache_remove(k, k->oldest);
    map_release(&k->map);
}
