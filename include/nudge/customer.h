/* A customer's card: profile, consents, devices, position, counters, rolling history, places, decisions, timers.
 *
 * A customer is what its records say. A record is one change, encoded in a few bytes (customer_apply.c has the table);
 * applying it in memory and appending it to the customer's key in Redis are the two halves of every change, so the card
 * in memory and the card loaded back are the same by construction. A key is `version byte, records`; a snapshot is the same format,
 * with the fewest records that say it all. Records of unknown kinds are skipped, so an older program reads a newer card.
 *
 * Owner: whoever called customer_new. Not shared. Times are ms since the epoch. */
#ifndef NUDGE_CUSTOMER_H
#define NUDGE_CUSTOMER_H

#include "nudge/event.h"
#include "nudge/reason.h"

struct attribute {
    struct str name;
    struct value value; /* VALUE_NONE: taken back, at that time */
    int64_t at;
};

enum consent_state { CONSENT_UNKNOWN, CONSENT_GRANTED, CONSENT_DENIED, CONSENT_REVOKED };

struct consent {
    struct str purpose;
    enum consent_state state;
    int64_t at;
    struct str source, text_version;
};

struct device {
    struct str token, platform, locale, app_version;
    int64_t registered;
};

/* Counters of one event type since the customer is known; they outlive the rolling history. */
struct type_stats {
    enum event_type type;
    struct str name;
    uint64_t count;
    int64_t first, last;   /* ts of the earliest and the latest */
    num_t amount;          /* sum of `amount` in `currency` */
    struct str currency;
    bool summed;           /* some event had an amount */
    bool mixed;            /* amounts in several currencies, or too large: the sum means nothing */
};

/* One event of the history, oldest first; its properties are read through past_value. */
struct past {
    int64_t ts;
    uint64_t key;          /* hash of the idempotency key; 0 = none given */
    const char *record;    /* its record's payload, in the customer's bytes */
    uint32_t size;
    uint16_t stats;        /* index into stats: its type */
    bool positioned;
};

/* Inside a geofence now, or lately left (kept for the cooldown). `key` = place_key(). */
struct inside {
    uint64_t key;
    int64_t entered, left; /* left 0 = still inside */
};

/* A push decided, or held back, and what became of it. */
struct decision_entry {
    uint64_t campaign;     /* str_hash of its name */
    struct str name;       /* the campaign's name */
    uint64_t push;         /* push id's 64-bit half; 0 = held back */
    int64_t at;            /* when decided (daemon's clock) */
    int64_t trigger;       /* ts of what triggered it */
    enum reason reason;    /* REASON_PENDING until settled */
};

enum timer_kind { TIMER_SEND = 1, TIMER_DWELL = 2 };

/* Something to do later. The bytes say what: engine.c reads them back. */
struct timer {
    uint64_t id;
    int64_t due;
    enum timer_kind kind;
    struct str campaign;
    struct str payload;
};

struct customer {
    struct str user;
    struct attribute *attributes;
    struct consent *consents;
    struct device *devices;
    struct type_stats *stats;
    struct past *history;
    struct inside *inside;
    struct decision_entry *decisions;
    struct timer *timers;
    size_t n_attributes, n_consents, n_devices, n_stats, n_history, n_inside, n_decisions, n_timers;
    bool has_position;
    struct point position;
    double accuracy;
    int64_t position_at;
    struct str zone;            /* of the last position's store; empty = none known. The attribute `timezone` goes before it */
    int64_t known_since;        /* ts of the first event */
    int64_t trimmed_to;         /* events up to this ts may have left the history; 0 = it is whole */
    struct customer_bytes *own; /* private: the bytes behind all of the above */
};

/* Limits of the rolling history, kept to at every event: age counts back from the newest event's ts. */
struct history_limits {
    int64_t age;   /* ms kept */
    size_t events; /* at most so many */
};

struct customer *customer_new(struct str user, struct history_limits);
void customer_free(struct customer *);
size_t customer_memory(const struct customer *); /* bytes, about; for the cache's bound */
bool customer_is_new(const struct customer *);   /* nothing is known: no record was ever applied */

/* ---- reading */
const struct value *customer_attribute(const struct customer *, struct str name);
enum consent_state customer_consent(const struct customer *, struct str purpose);
const struct type_stats *customer_stats(const struct customer *, struct str type); /* NULL: never happened */
/* A property of a past event, by name; also type, ts, lat, lon, accuracy. Borrowed until the next change. */
bool past_value(const struct customer *, const struct past *, struct str name, struct value *out);
bool past_position(const struct customer *, const struct past *, struct point *, double *accuracy);
/* Index of the first event with ts > t. */
size_t customer_history_after(const struct customer *, int64_t t);
bool customer_has_key(const struct customer *, uint64_t key); /* seen within the kept history */
struct inside *customer_inside(const struct customer *, uint64_t key);
const struct timer *customer_timer(const struct customer *, uint64_t id);

/* ---- changing: each applies one record and appends the same bytes to `log` */

/* The event becomes history; counters, position, and for profile, consent and device events the card follow from it. Attributes must
 * have been reduced to the declared ones before (event's props). */
void customer_event(struct customer *, const struct event *, struct buf *log);
void customer_set_zone(struct customer *, struct str zone, struct buf *log);
void customer_enter(struct customer *, uint64_t place, int64_t at, struct buf *log);
void customer_leave(struct customer *, uint64_t place, int64_t at, struct buf *log);
void customer_decided(struct customer *, const struct decision_entry *, struct buf *log);
void customer_settled(struct customer *, uint64_t push, enum reason, struct buf *log);
void customer_set_timer(struct customer *, const struct timer *, struct buf *log);
void customer_clear_timer(struct customer *, uint64_t id, struct buf *log);

/* ---- Redis' form */
/* Applies what a key holds to an empty customer. False = damaged (why): nothing of it may be trusted. */
bool customer_load(struct customer *, struct str bytes, char *why, size_t why_size);
/* Writes the whole card afresh, the version byte first. Also the moment at which memory of what is gone is given back. */
void customer_snapshot(struct customer *, struct buf *out);
/* `more` bytes of log went to Redis. True when the log behind the last snapshot has grown so far that a new one is due. */
bool customer_logged(struct customer *, size_t more);
#define CUSTOMER_VERSION 1 /* the version byte; what it starts with when the key is new */

/* The card as indented JSON for people (`nudgectl customer`). */
void customer_json(const struct customer *, struct buf *out);

#endif
