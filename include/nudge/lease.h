/* Who owns which partition. Every instance says that it lives (a sorted set of heartbeats by Redis' clock), looks at all owners, and works out
 * its share: partitions / instances, the remainder to the first by name. Above its share it lets go of partitions, below it
 * takes free ones (SET owner instance NX PX lease). Leases are renewed by the commits themselves; a dead owner's run out. */
#ifndef NUDGE_LEASE_H
#define NUDGE_LEASE_H

#include "nudge/keys.h"
#include "nudge/redis.h"

struct lease_options {
    struct str prefix, instance;
    unsigned partitions;
    int64_t lease; /* ms */
};

struct lease_events {
    void (*taken)(void *arg, unsigned partition);  /* the lease is ours: start */
    void (*give_up)(void *arg, unsigned partition); /* more than our share: finish what is begun and release it */
    bool (*held)(void *arg, unsigned partition);   /* do we hold it, as far as we know? */
};

/* The ingest router is a lease more, number `partitions`, beside the shares: its key is prefix:ingest:owner, and the last instance by name holds it. */
struct leases;
struct leases *leases_new(struct event_base *, struct redis *, const struct lease_options *, const struct lease_events *, void *arg);
/* Look now rather than at the next tick: the connection has come up, or a partition has become free. */
void leases_look(struct leases *);
/* Stop taking, and tell the others at once that this instance is going. */
void leases_stop(struct leases *);
void leases_free(struct leases *);

#endif
