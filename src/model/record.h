/* The pieces that customers' records are made of: texts, eight bytes, positions, types, events. Writers append; readers move the slice on and
 * answer false when it is cut off. Private to the model. */
#ifndef NUDGE_RECORD_H
#define NUDGE_RECORD_H

#include "nudge/event.h"

enum record {
    RECORD_EVENT = 1, RECORD_KEPT, RECORD_ZONE, RECORD_ENTER, RECORD_LEAVE, RECORD_DECISION, RECORD_SETTLED, RECORD_TIMER,
    RECORD_TIMER_DONE, RECORD_STATS, RECORD_ATTRIBUTE, RECORD_CONSENT, RECORD_DEVICE, RECORD_CARD, RECORD_SNAPSHOT_END, RECORD_END
};

void put_text(struct buf *, struct str);
void put_8(struct buf *, uint64_t);
void put_type(struct buf *, enum event_type, struct str name);
void put_position(struct buf *, struct point);
void put_metres(struct buf *, double);
bool get_text(struct str *, struct str *out);
bool get_time(struct str *, int64_t *out); /* a zigzag varint; false also for a time that no num_t holds in ms */
bool get_8(struct str *, uint64_t *out);
bool get_type(struct str *, enum event_type *, struct str *name);
bool get_position(struct str *, struct point *);
bool get_metres(struct str *, double *);

/* A record is written with room for its length in front, which record_end fills in: one byte nearly always. Returns its payload. */
size_t record_begin(struct buf *, enum record kind);
struct str record_end(struct buf *, size_t at);

/* An event's payload, read without copying: the header, and what is left, its properties. */
struct record_event {
    enum event_type type;
    struct str type_name;
    int64_t ts;
    uint64_t key; /* hash of the idempotency key, 0 = none */
    bool positioned;
    struct point position;
    double accuracy;
    size_t n_props;
    struct str props; /* n_props times: field number (0: then a name), value */
};
bool record_event_read(struct str payload, struct record_event *out);
bool record_prop_next(struct str *props, enum field *f, struct str *name, struct value *v);

#endif
