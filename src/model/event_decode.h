/* Decoding an event, one field at a time: shared by the flat form and the json form. Private to the model. */
#ifndef NUDGE_EVENT_DECODE_H
#define NUDGE_EVENT_DECODE_H

#include "nudge/event.h"

struct decoder {
    struct arena *arena;
    const struct event_source *source;
    struct event *event;
    size_t cap;
    bool has_lat, has_lon, has_ts;
    double lat, lon;
    char *why;
    size_t why_size;
};

/* Takes a field into the event. False = refused, and the decoder's why says so. */
bool decoder_take(struct decoder *, struct str name, enum field, struct value *);
bool decoder_take_json(struct decoder *, struct str text);
bool decoder_name_ok(struct decoder *, struct str name);
bool decoder_text_ok(struct decoder *, struct str name, struct str value);
bool decoder_refuse(struct decoder *, struct str field, const char *expected, struct str found);
struct str decoder_shown(struct decoder *, const struct value *);

#endif
