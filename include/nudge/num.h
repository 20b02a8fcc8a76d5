/* Decimal numbers: money, quantities, ratings. A num_t counts millionths, so that adding and comparing are exact;
 * binary floating point holds positions only. Range: less than
 * nine million million either way (12 digits before the point, and ms since the epoch), 6 digits behind it. */
#ifndef NUDGE_NUM_H
#define NUDGE_NUM_H

#include "nudge/str.h"

typedef int64_t num_t;
#define NUM_ONE ((num_t)1000000)
#define NUM_MAX ((num_t)9000000000000000000) /* 9,000,000,000,000 */
#define NUM_TEXT 24

/* [+-]digits[.digits]: no exponent, no spaces. *scale (may be NULL) = digits behind the point as written.
 * False: not a decimal number of this range. */
bool num_parse(struct str s, num_t *out, int *scale);
bool num_of_double(double d, num_t *out); /* nearest; false outside the range or for NaN */
/* At least `scale` digits behind the point, more if the value has them. Returns the length. */
int num_format(num_t v, int scale, char out[NUM_TEXT]);
bool num_add(num_t a, num_t b, num_t *out); /* false on leaving int64 */

#endif
