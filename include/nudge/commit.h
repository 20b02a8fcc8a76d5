/* One commit: everything that a batch changed, and its acknowledgement, as one MULTI/EXEC under a WATCH on the partition's owner key.
 *
 *   commit_begin … commit_* … commit_seal -> bytes: MULTI, PEXPIRE owner, …, EXEC, WATCH owner, GET owner
 *
 * The WATCH and GET at the end guard the next commit: when its turn comes, the answer is already here. The bytes can be sent
 * again as long as EXEC has not been answered with an array (refused for want of memory, say). */
#ifndef NUDGE_COMMIT_H
#define NUDGE_COMMIT_H

#include "nudge/engine.h"
#include "nudge/keys.h"
#include "nudge/map.h"
#include "nudge/redis.h"

struct commit {
    const struct keys *keys;
    struct buf bytes;    /* the transaction so far */
    unsigned commands;   /* between MULTI and EXEC */
    struct buf acks;     /* arguments of the XACK, gathered */
    unsigned n_acks;
    struct buf settled;  /* outbox rows to delete */
    unsigned n_settled;
    struct map stats;    /* "campaign:reason" -> count (as a pointer's number); keys in the arena */
    struct arena *arena;
    struct str day;      /* "2026-11-21": of the stats */
};

/* `turn` names this commit: it stands in the turn key afterwards, so that an owner whose connection broke can tell whether it was applied.
 * Everything before is forgotten, the room kept. */
void commit_begin(struct commit *, const struct keys *, struct arena *, int64_t lease, int64_t now, struct str turn);
void commit_release(struct commit *);

void commit_append(struct commit *, struct str user, bool first, struct str log); /* first: the key is new: the version byte goes before */
void commit_snapshot(struct commit *, struct str user, struct str snapshot);
void commit_new_customer(struct commit *, struct str user);
void commit_erase(struct commit *, struct str user);
void commit_timer(struct commit *, struct str user, const struct timer_change *);
void commit_timer_done(struct commit *, struct str member); /* a timer's member as Redis gave it */
/* A row of the outbox; returns the command's place in EXEC's array, where its row ID will stand. */
unsigned commit_push(struct commit *, struct str user, const struct push *);
void commit_settled(struct commit *, struct str row);
void commit_stat(struct commit *, struct str campaign, enum reason);
void commit_ack(struct commit *, struct str entry);
void commit_dead(struct commit *, struct str entry, const char *why, const struct field_pair *, size_t n);
void commit_schedule(struct commit *, struct str field, struct str progress);
void commit_zone(struct commit *, struct str zone);
bool commit_empty(const struct commit *); /* nothing but the lease's renewal */
/* The whole, ready to send; *replies = how many replies it will have. `release`: the lease is given up with it. */
struct str commit_seal(struct commit *, bool release, unsigned *replies);

/* WATCH owner, GET owner: two replies. What a partition starts with. */
void commit_guard(struct buf *, const struct keys *);
/* A member of the timers: the id in hex, a colon, the user. */
struct str timer_member(struct arena *, uint64_t id, struct str user);
bool timer_member_read(struct str member, uint64_t *id, struct str *user);

#endif
