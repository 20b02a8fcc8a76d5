/* A partition's customers in memory. As the partition's sole owner, the cache is the truth of what is committed plus what is being
 * decided; it is bounded, least recently used out first. A customer touched by a commit that is not confirmed stays in. */
#ifndef NUDGE_CACHE_H
#define NUDGE_CACHE_H

#include "nudge/customer.h"
#include "nudge/map.h"

struct cached {
    struct customer *customer;
    struct cached *newer, *older; /* by last use */
    uint64_t touched;             /* number of the commit that changes it last; 0 = none */
    size_t memory;                /* as counted */
    bool damaged;                 /* what Redis holds cannot be read: nothing may be written over it */
    bool stored;                  /* Redis holds a key (or the commit under way makes one) */
};

struct cache {
    struct map map;
    struct cached *newest, *oldest;
    size_t memory, bound; /* bytes */
};

/* NULL if it is not in memory. A customer found is the newest used. */
struct cached *cache_get(struct cache *, struct str user);
/* Takes the customer over. */
struct cached *cache_add(struct cache *, struct customer *, bool stored);
/* Its size may have changed; `commit` = the commit that writes it. */
void cache_touch(struct cache *, struct cached *, uint64_t commit);
void cache_remove(struct cache *, struct cached *);
/* Drops the least recently used until within the bound, but none that a commit later than `confirmed` touched. */
void cache_trim(struct cache *, uint64_t confirmed);
void cache_clear(struct cache *);

#endif
