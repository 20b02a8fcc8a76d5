/* Names of keys in Redis. All of a partition carry the hash tag {p}, so that on Redis Cluster they are in one slot. */
#ifndef NUDGE_KEYS_H
#define NUDGE_KEYS_H

#include "nudge/arena.h"

#define ENTRY_ID_SIZE 48  /* an entry's ID as text, two 64-bit numbers, with room for its NUL and a bracket */
#define GROUP "nudged"    /* the consumer group, and the one consumer in it: the lease says who that is */

struct keys { /* of one partition, made once */
    struct str events, owner, outbox, timers, customers, dead, schedules, zones, turn, suspect;
    struct str customer; /* the prefix: the user follows */
    struct str stats;    /* the prefix: the day follows */
};

void keys_init(struct keys *, struct arena *, struct str prefix, unsigned partition);

#endif
