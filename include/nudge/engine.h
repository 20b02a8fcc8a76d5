/* The core: (ruleset, customer, event, now) -> the customer's changes, pushes, timers, decisions, each with its reason.
 *
 * Pure: no clock, no socket, no file; memory from the effects' arena. The daemon, rule tests, replay and explain call the same
 * functions. The customer is changed in memory at once, and the same changes are appended, encoded, to effects->log: whoever
 * calls makes both last (the commit) or throws the customer away. */
#ifndef NUDGE_ENGINE_H
#define NUDGE_ENGINE_H

#include "nudge/rules.h"

#define PUSH_ID_TEXT 32 /* hex digits: 128 bits of SHA-256 over campaign, customer, cause, step */

struct push_id {
    char text[PUSH_ID_TEXT + 1];
    uint64_t half; /* the first 64 bits; names the push in the customer's records */
};

/* A push to be sent: a row of the outbox. */
struct push {
    struct push_id id;
    const struct campaign *campaign;
    struct str provider, title, body, url, language, data;
    int64_t created, expires; /* daemon's clock; 0 = never */
};

struct timer_change {
    uint64_t id;
    int64_t due; /* when set; cleared: when it was due */
    bool set;
};

/* What a call decided about one campaign. */
struct decision {
    struct str campaign; /* its name */
    enum reason reason;  /* REASON_PENDING: pushed, or deferred or delayed (then `later` is when) */
    int64_t later;      /* 0 = now */
};

struct effects {
    struct arena *arena;      /* of the batch */
    struct buf *log;          /* records for the customer's key */
    struct push *pushes;
    struct timer_change *timers;
    struct decision *decisions;
    size_t n_pushes, n_timers, n_decisions, cap_pushes, cap_timers, cap_decisions;
    bool duplicate;           /* the event had been seen: nothing changed */
    bool erase;               /* the customer is to be removed */
};

/* Empties the lists (they keep their room until effects_release). */
void effects_reset(struct effects *);
void effects_release(struct effects *);

/* One event of this customer. */
void engine_event(const struct ruleset *, struct customer *, const struct event *, int64_t now, struct effects *);
/* All timers of the customer's that are due by now: by time, then priority, then the campaign's name. */
void engine_due(const struct ruleset *, struct customer *, int64_t now, struct effects *);
/* A schedule campaign's occurrence reaches this customer. */
void engine_scheduled(const struct ruleset *, struct customer *, const struct campaign *, int64_t occurrence, int64_t now,
                      struct effects *);
/* A push came to its end. */
void engine_settled(struct customer *, uint64_t push, enum reason, struct effects *);
/* The event as it is kept: attributes that are not declared leave a profile event; an amount without a currency is in the shop's.
 * False and why: a declared attribute's value is not of its type. */
bool engine_admit(const struct ruleset *, struct arena *, struct event *, struct str *why);

#endif
