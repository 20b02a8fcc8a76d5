/* Where a customer's bytes live: chunks that never move, so that slices into them stay good until the card is rebuilt. Private to the
 * customer's files. */
#ifndef NUDGE_CUSTOMER_BYTES_H
#define NUDGE_CUSTOMER_BYTES_H

#include "nudge/customer.h"
#include "record.h"

struct chunk;

struct customer_bytes {
    struct chunk *chunk;
    size_t memory;              /* taken by chunks */
    struct history_limits limits;
    struct past *past;          /* the array behind customer->history, which begins where the kept history does */
    size_t cap_attributes, cap_consents, cap_devices, cap_stats, cap_past, cap_inside, cap_decisions, cap_timers;
    size_t snapshot_size, logged; /* bytes in Redis: of the last snapshot, and of the log behind it */
    bool known;                 /* a record was applied */
    struct str user;            /* allocated by itself, and so at the same place when the card is rebuilt: maps are keyed by it */
};

struct str bytes_copy(struct customer *, struct str);

/* Applies one record to the card. False = its payload is damaged. */
bool record_apply(struct customer *, uint64_t kind, struct str payload);
/* The whole card as records, without the version byte. */
void customer_records(const struct customer *, struct buf *out);

enum { STATS_MIXED = 1, STATS_SUMMED = 2 };
#define DECISIONS_KEPT 200                    /* per customer; caps and explanations look back this far at most */
#define LEFT_KEPT (24 * 3600 * 1000LL)        /* a place left is remembered so long, for cooldowns */
#define COOLDOWN_MAX LEFT_KEPT

#endif
