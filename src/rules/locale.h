/* How a language writes amounts and dates: en nl ru de fr es; any other language writes as en. One table, with the facts
 * of the Unicode CLDR (https://cldr.unicode.org) and the minor units of ISO 4217. Spaces inside an amount do not break
 * (U+00A0; French groups with U+202F). Rounding is half away from zero. Everything appends. Private to src/rules. */
#ifndef RULES_LOCALE_H
#define RULES_LOCALE_H

#include "nudge/buf.h"
#include "nudge/num.h"
#include "nudge/zone.h"

struct locale; /* static */

#define LOCALE_DIGITS_MAX 6

/* By the first subtag of a BCP 47 tag, in either case: "nl-BE" is nl. */
const struct locale *locale_of(struct str language);

void locale_number(const struct locale *, num_t, int digits, struct buf *to);
/* With the currency's symbol, or its code where the language has no symbol for it; currency empty: two digits, no sign of
 * money. A currency that ISO 4217 does not have is written as it came, with two digits. */
void locale_money(const struct locale *, num_t, struct str currency, struct buf *to);

/* Pattern: text with %d day 04 · %e day 4 · %m month 12 · %B December · %b Dec · %Y 2026 · %y 26 · %H 00–23 · %I 01–12 · %M minute
 * · %p AM, PM · %A Friday · %a Fri · %j day of the year 338 · %% percent. Empty = the language's long date. */
void locale_date(const struct locale *, const struct civil *, struct str pattern, struct buf *to);
/* What stands behind every % is one of them. Else *bad is the position of that %. */
bool locale_pattern_check(struct str pattern, size_t *bad);

#endif
