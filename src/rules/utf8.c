#include "utf8.h"

size_t utf8_read(struct str s, uint32_t *c)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char head = (unsigned char)s.p[0];
    if (head < 0x80) {
        *c = head;
        return 1;
    }
    size_t n = head >= 0xf0 ? 4 : head >= 0xe0 ? 3 : 2;
    *c = UTF8_BAD;
    if (head < 0xc2 || head > 0xf4 || s.n < n) return 1;
    uint32_t v = head & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s.p[i] & 0xc0) != 0x80) return 1;
        v = v << 6 | (s.p[i] & 0x3f);
    }
    if (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff)) return 1;
    *c = v;
    return n;
}

static void utf8_put(struct buf *to, uint32_t c)
{
    char out[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char head[5] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n; i-- > 1; c >>= 6) out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(head[n] | c);
    buf_put(to, out, n);
}

/* ---- characters */

struct range {
    uint32_t first, last;
};

/* What belongs to the letter before it: combining marks, joiners, variation selectors, skin tones, tags.
 * Ascending. */
static const struct range extending[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489},   {0x0591, 0x05bd},   {0x05bf, 0x05bf},   {0x05c1, 0x05c2},
    {0x05c4, 0x05c5}, {0x05c7, 0x05c7},   {0x0610, 0x061a},   {0x064b, 0x065f},   {0x0670, 0x0670},
    {0x06d6, 0x06dc}, {0x06df, 0x06e4},   {0x0900, 0x0903},   {0x093a, 0x093c},   {0x093e, 0x094f},
    {0x0981, 0x0983}, {0x09bc, 0x09bc},   {0x09be, 0x09cd},   {0x0b82, 0x0b82},   {0x0bbe, 0x0bcd},
    {0x0e31, 0x0e31}, {0x0e34, 0x0e3a},   {0x0e47, 0x0e4e},   {0x1160, 0x11ff},   {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff}, {0x200c, 0x200d},   {0x20d0, 0x20ff},   {0x3099, 0x309a},   {0xfe00, 0xfe0f},
    {0xfe20, 0xfe2f}, {0x1f3fb, 0x1f3ff}, {0xe0020, 0xe007f}, {0xe0100, 0xe01ef},
};

#define JOINER 0x200d
#define FIRST_SYMBOL 0x203c /* from here on a joiner joins; letters only change their shape */

static bool code_extends(uint32_t c)
{
    if (c < extending[0].first || c == UTF8_BAD) return false;
    for (size_t i = 0; i < sizeof extending / sizeof *extending && c >= extending[i].first; i++)
        if (c <= extending[i].last) return true;
    return false;
}

static bool code_is_flag_half(uint32_t c)
{
    return c >= 0x1f1e6 && c <= 0x1f1ff;
}

size_t utf8_character(struct str s)
{
    if (s.n == 0) return 0;
    uint32_t before, c;
    size_t n = utf8_read(s, &before);
    bool flag = code_is_flag_half(before);
    while (n < s.n) {
        size_t step = utf8_read((struct str){s.p + n, s.n - n}, &c);
        bool joined = before == JOINER && c >= FIRST_SYMBOL && c != UTF8_BAD;
        bool pair = (flag && code_is_flag_half(c)) || (before == '\r' && c == '\n');
        if (!code_extends(c) && !joined && !pair) break;
        flag = flag && !pair && code_extends(c);
        before = c, n += step;
    }
    return n;
}

struct str utf8_cut(struct str s, size_t max)
{
    if (s.n <= max) return s;
    struct str rest = s;
    for (size_t n; (n = utf8_character(rest)) <= max; max -= n) rest.p += n, rest.n -= n;
    return (struct str){s.p, s.n - rest.n};
}

/* ---- case */

/* Lower-case letters and the distance to their capitals. every = 2: capitals and small letters take turns. */
struct case_range {
    uint32_t first, last;
    int up;
    uint8_t every;
    bool one_way; /* the capital has another small letter */
};

/* clang-format off */
static const struct case_range cases[] = {
    {0x00b5, 0x00b5, 743, 1, true},     /* µ, the unit: Greek capital mu */
    {0x00e0, 0x00f6, -32, 1, false},    {0x00f8, 0x00fe, -32, 1, false},
    {0x00ff, 0x00ff, 121, 1, false},    /* ÿ */
    {0x0101, 0x012f, -1, 2, false},
    {0x0131, 0x0131, -232, 1, true},    /* ı without its dot */
    {0x0133, 0x0137, -1, 2, false},     {0x013a, 0x0148, -1, 2, false},    {0x014b, 0x0177, -1, 2, false},
    {0x017a, 0x017e, -1, 2, false},
    {0x017f, 0x017f, -300, 1, true},    /* ſ */
    {0x01a1, 0x01a5, -1, 2, false},     {0x01b0, 0x01b0, -1, 1, false},    {0x01ce, 0x01dc, -1, 2, false},
    {0x01df, 0x01ef, -1, 2, false},     {0x01f9, 0x021f, -1, 2, false},    {0x0223, 0x0233, -1, 2, false},
    {0x0259, 0x0259, -202, 1, false},   /* ə, Azerbaijani */
    {0x03ac, 0x03ac, -38, 1, false},    {0x03ad, 0x03af, -37, 1, false},   {0x03b1, 0x03c1, -32, 1, false},
    {0x03c2, 0x03c2, -31, 1, true},     /* ς at a word's end */
    {0x03c3, 0x03cb, -32, 1, false},    {0x03cc, 0x03cc, -64, 1, false},   {0x03cd, 0x03ce, -63, 1, false},
    {0x0430, 0x044f, -32, 1, false},    {0x0450, 0x045f, -80, 1, false},   {0x0461, 0x0481, -1, 2, false},
    {0x048b, 0x04bf, -1, 2, false},     {0x04c2, 0x04ce, -1, 2, false},    {0x04cf, 0x04cf, -15, 1, false},
    {0x04d1, 0x052f, -1, 2, false},     {0x0561, 0x0586, -48, 1, false},   {0x1e01, 0x1e95, -1, 2, false},
    {0x1ea1, 0x1eff, -1, 2, false},
};
/* clang-format on */

#define CASES (sizeof cases / sizeof *cases)
#define SHARP_S 0x00df
#define CAPITAL_SHARP_S 0x1e9e
#define CAPITAL_DOTTED_I 0x0130

static uint32_t code_upper(uint32_t c)
{
    if (c < 0x80) return c >= 'a' && c <= 'z' ? c - 32 : c;
    for (size_t i = 0; i < CASES; i++) {
        const struct case_range *r = &cases[i];
        if (c >= r->first && c <= r->last && (c - r->first) % r->every == 0) return c + (uint32_t)r->up;
    }
    return c;
}

static uint32_t code_lower(uint32_t c)
{
    if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
    if (c == CAPITAL_DOTTED_I) return 'i';
    if (c == CAPITAL_SHARP_S) return SHARP_S;
    for (size_t i = 0; i < CASES; i++) {
        const struct case_range *r = &cases[i];
        uint32_t small = c - (uint32_t)r->up;
        if (!r->one_way && small >= r->first && small <= r->last && (small - r->first) % r->every == 0)
            return small;
    }
    return c;
}

/* Appends the first code point of *s in another case and moves on. */
static void code_put(struct str *s, uint32_t (*turn)(uint32_t), const char *sharp_s, struct buf *to)
{
    uint32_t c;
    size_t n = utf8_read(*s, &c);
    if (c == UTF8_BAD)
        buf_put(to, s->p, n);
    else if (c == SHARP_S && turn == code_upper)
        buf_put(to, sharp_s, 2);
    else
        utf8_put(to, turn(c));
    s->p += n, s->n -= n;
}

void utf8_upper(struct str s, struct buf *to)
{
    while (s.n && !to->full) code_put(&s, code_upper, "SS", to);
}

void utf8_lower(struct str s, struct buf *to)
{
    while (s.n && !to->full) code_put(&s, code_lower, "", to);
}

void utf8_title(struct str s, struct buf *to)
{
    if (s.n) code_put(&s, code_upper, "Ss", to);
    utf8_lower(s, to);
}
