/* Text as readers count it. A character here is what is seen as one: a letter with its combining marks, a flag, an emoji
 * with its skin tone or joined to others by U+200D (the greater part of Unicode's UAX #29, by ranges). A byte that is no
 * UTF-8 stands for itself. Case follows simple rules without language for Latin, Greek, Cyrillic and Armenian letters;
 * other scripts stay as they are. Private to src/rules. */
#ifndef RULES_UTF8_H
#define RULES_UTF8_H

#include "nudge/buf.h"

#define UTF8_BAD UINT32_MAX

/* The first code point of a slice that is not empty. Returns its bytes; a bad byte is UTF8_BAD and 1. */
size_t utf8_read(struct str s, uint32_t *c);
/* Bytes of the first character; 0 at the end. */
size_t utf8_character(struct str s);
/* The most characters whole that stand in `max` bytes. */
struct str utf8_cut(struct str s, size_t max);

/* Append, until `to` is full. Title case: "ß" becomes "Ss". */
void utf8_upper(struct str s, struct buf *to);
void utf8_lower(struct str s, struct buf *to);
void utf8_title(struct str s, struct buf *to); /* the first letter upper, the others lower */

#endif
