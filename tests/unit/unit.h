/* What the tests of single modules share: cmocka, and random numbers that can be had again. The seed is
 * printed; NUDGE_SEED sets it. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nudge/str.h"
#include <stdio.h>
#include <stdlib.h>

#define assert_str(s, expected)                                                                              \
    do {                                                                                                     \
        struct str s_ = (s), e_ = str_of(expected);                                                          \
        if (!str_eq(s_, e_))                                                                                 \
            fail_msg("line %d: expected \"%s\", found \"%.*s\"", __LINE__, e_.p, STR_ARG(s_));               \
    } while (0)

struct dice {
    uint64_t state;
};

/* splitmix64 (Steele, Lea, Flood 2014) */
static inline uint64_t dice_roll(struct dice *d)
{
    uint64_t z = d->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static inline uint64_t dice_below(struct dice *d, uint64_t n)
{
    return dice_roll(d) % n;
}

static inline struct dice dice_new(uint64_t seed)
{
    const char *given = getenv("NUDGE_SEED");
    struct dice d = {given ? strtoull(given, NULL, 10) : seed};
    print_message("seed %llu\n", (unsigned long long)d.state);
    return d;
}

#endif
