/* An event: something a customer did, as the backend published it. Decoding turns a stream entry (flat fields, or one
 * `json` field) into a struct event or a reason in words; it takes nothing for granted about the bytes.
 * The event and its slices live in the arena and the entry's memory. Times are ms since the epoch. */
#ifndef NUDGE_EVENT_H
#define NUDGE_EVENT_H

#include "nudge/arena.h"
#include "nudge/geo.h"
#include "nudge/value.h"

/* The field names with a meaning of their own. The number is stored in customers' records: append only, never renumber. */
#define EVENT_FIELDS(X)                                                                                                \
    X(1, TYPE, "type") X(2, USER, "user") X(3, ID, "id") X(4, TS, "ts") X(5, LAT, "lat") X(6, LON, "lon")              \
    X(7, ACCURACY, "accuracy") X(8, AMOUNT, "amount") X(9, CURRENCY, "currency") X(10, QUANTITY, "quantity")           \
    X(11, ITEM, "item") X(12, CATEGORY, "category") X(13, STORE, "store") X(14, STAFF, "staff") X(15, JSON, "json")    \
    X(16, PURPOSE, "purpose") X(17, STATE, "state") X(18, SOURCE, "source") X(19, TEXT_VERSION, "text_version")        \
    X(20, PLATFORM, "platform") X(21, TOKEN, "token") X(22, LOCALE, "locale") X(23, APP_VERSION, "app_version")        \
    X(24, ACTION, "action") X(25, PUSH, "push") X(26, CAMPAIGN, "campaign") X(27, RATING, "rating")                    \
    X(28, TITLE, "title") X(29, SCREEN, "screen") X(30, REPLY_TO, "reply_to") X(31, REWARD, "reward")

#define X(number, name, text) FIELD_##name = number,
enum field { FIELD_OWN = 0, EVENT_FIELDS(X) FIELD_COUNT };
#undef X
#define FIELD_NUMBERS_END 64 /* numbers kept free for later fields */

/* Event types with a meaning of their own; stored likewise: append only. */
#define EVENT_TYPES(X)                                                                                                 \
    X(1, PURCHASE, "purchase") X(2, LOCATION, "location") X(3, PROFILE, "profile") X(4, CONSENT, "consent")            \
    X(5, DEVICE, "device") X(6, APP_OPEN, "app_open") X(7, APP_CLOSE, "app_close") X(8, VIEW, "view")                  \
    X(9, CART, "cart") X(10, CHAT, "chat") X(11, REVIEW, "review") X(12, SHARE, "share") X(13, LIKE, "like")           \
    X(14, PUSH_DELIVERED, "push_delivered") X(15, PUSH_OPENED, "push_opened") X(16, PUSH_CLICKED, "push_clicked")      \
    X(17, PUSH_DISMISSED, "push_dismissed") X(18, REDEEM, "redeem") X(19, ERASE, "erase")

#define X(number, name, text) EVENT_##name = number,
enum event_type { EVENT_OWN = 0, EVENT_TYPES(X) EVENT_TYPE_COUNT };
#undef X

struct prop {
    struct str name;
    enum field field; /* FIELD_OWN: only the name tells */
    struct value value;
};

struct event {
    struct str entry;      /* the stream entry's ID, "1764000000000-0" */
    struct str id;         /* the backend's idempotency key; empty = none given (the entry's ID serves) */
    struct str user;
    enum event_type type;
    struct str type_name;  /* always set */
    int64_t ts;
    bool has_position;
    struct point position;
    double accuracy;       /* metres; 0 = not told */
    struct prop *props;    /* everything else, in the order given; a name given twice counts once, the last */
    size_t n_props;
};

#define EVENT_USER_MAX 128
#define EVENT_ID_MAX 128
#define EVENT_NAME_MAX 128          /* of a type or a field */
#define EVENT_VALUE_MAX 4096        /* of one value: longer ones belong in the backend's own store */
#define EVENT_PROPS_MAX 128
#define EVENT_JSON_DEPTH 16
#define EVENT_JSON_MAX (1 << 20)    /* bytes of a json field: above what its values may take, and parsed in milliseconds */
#define EVENT_FUTURE (24 * 3600000LL) /* a clock may be this far ahead */

struct field_pair {
    struct str name, value;
};

/* What an event is decoded against. */
struct event_source {
    struct str entry;  /* the entry's ID */
    int64_t entry_ms;  /* its time part: the default of ts */
    int64_t now;
};

/* True and *out, or false and why: what was wrong, where, what was expected (for the dead letter). Names and values are
 * borrowed from `pairs` where they can be. Checked: presence, sizes, UTF-8, ranges (lat ±90, lon ±180, accuracy >= 0 and finite, ts from 1970
 * to now + EVENT_FUTURE), decimals, counts. */
bool event_decode(struct arena *, const struct event_source *, const struct field_pair *pairs, size_t n, struct event *out,
                  char *why, size_t why_size);

/* As a record's payload (customer_apply.c has the layout), and back; slices borrow from the payload. The idempotency key is kept as a hash only, so
 * it does not come back. */
void event_encode(const struct event *, struct buf *out);
bool event_read(struct arena *, struct str payload, struct event *out);

enum field field_of(struct str name);
struct str field_name(enum field);
enum event_type event_type_of(struct str name);
struct str event_type_name(enum event_type);
/* A property by name ("amount", "shipping.city"); also the fields that are not in props: type, user, ts, lat, lon, accuracy. */
bool event_value(const struct event *, struct str name, struct value *out);
const struct value *event_prop(const struct event *, enum field);

#endif
