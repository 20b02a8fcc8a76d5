/* A property's or attribute's value: what JSON's scalars can say, and lists of them for set-valued attributes.
 * Flat fields arrive as text; text that is a decimal number can be read as one (value_number), and keeps its writing
 * ("12.50", "007"). Borrowed bytes. */
#ifndef NUDGE_VALUE_H
#define NUDGE_VALUE_H

#include "nudge/buf.h"
#include "nudge/num.h"

enum value_kind { VALUE_NONE, VALUE_TEXT, VALUE_NUMBER, VALUE_BOOLEAN, VALUE_LIST };

struct value {
    enum value_kind kind;
    bool boolean;
    uint8_t scale;   /* VALUE_NUMBER: digits behind the point as written */
    num_t number;
    struct str text; /* VALUE_TEXT; VALUE_LIST: its items, each a varint length and its bytes */
};

#define VALUE_TEXT_OF(s) ((struct value){.kind = VALUE_TEXT, .text = (s)})

/* The number that this value is or that its text writes. */
bool value_number(const struct value *, num_t *out);
/* As text: numbers as written, true/false, lists joined by ", ". Appends. */
void value_text(const struct value *, struct buf *out);
/* By amount if one is a number and both can be read as one; else by text. */
bool value_eq(const struct value *a, const struct value *b);
bool list_next(struct str *list, struct str *item);          /* false at the end */
void list_put(struct buf *list, struct str item);

/* Encoding in a customer's record: a kind byte, then the payload. */
void value_encode(const struct value *, struct buf *out);
bool value_decode(struct str *in, struct value *out); /* borrows from in; false = damaged */

#endif
