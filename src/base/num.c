#include "nudge/num.h"
#include <math.h>
#include <stdio.h>

#define WHOLE_DIGITS 13
#define FRACTION_DIGITS 6

/* Digits into *v; leading zeros do not count against `max`. Returns how many bytes were digits, or -1 when too many. */
static int digits_read(struct str s, int max, bool leading_free, num_t *v)
{
    int n = 0, significant = 0;
    for (; (size_t)n < s.n && s.p[n] >= '0' && s.p[n] <= '9'; n++) {
        if (significant || s.p[n] != '0' || !leading_free) significant++;
        if (significant > max || n >= 64) return -1;
        *v = *v * 10 + (s.p[n] - '0');
    }
    return n;
}

bool num_parse(struct str s, num_t *out, int *scale)
{
    bool negative = s.n && s.p[0] == '-';
    if (s.n && (s.p[0] == '-' || s.p[0] == '+')) s.p++, s.n--;
    num_t whole = 0, fraction = 0;
    int w = digits_read(s, WHOLE_DIGITS, true, &whole), f = 0;
    if (w <= 0) return false;
    s.p += w, s.n -= (size_t)w;
    if (s.n) {
        if (s.p[0] != '.') return false;
        s.p++, s.n--;
        f = digits_read(s, FRACTION_DIGITS, false, &fraction);
        if (f <= 0 || (size_t)f != s.n) return false;
    }
    for (int i = f; i < FRACTION_DIGITS; i++) fraction *= 10;
    if (whole >= NUM_MAX / NUM_ONE) return false;
    *out = whole * NUM_ONE + fraction;
    if (negative) *out = -*out;
    if (scale) *scale = f;
    return true;
}

bool num_of_double(double d, num_t *out)
{
    if (!isfinite(d) || fabs(d) > (double)NUM_MAX / (double)NUM_ONE) return false;
    char text[64]; /* through decimal digits, so that 12.10 is 12.10 */
    int n = snprintf(text, sizeof text, "%.6f", d);
    return num_parse((struct str){text, (size_t)n}, out, NULL);
}

int num_format(num_t v, int scale, char out[NUM_TEXT])
{
    uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
    char digits[16];
    snprintf(digits, sizeof digits, "%06u", (unsigned)(u % NUM_ONE));
    int f = FRACTION_DIGITS;
    while (f > scale && digits[f - 1] == '0') f--;
    return snprintf(out, NUM_TEXT, "%s%llu%s%.*s", v < 0 ? "-" : "", (unsigned long long)(u / NUM_ONE), f ? "." : "", f, digits);
}

bool num_add(num_t a, num_t b, num_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}
