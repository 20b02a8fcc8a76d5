/* A smoothed rate: the generic cell rate algorithm (ITU-T I.371), which is a token bucket kept as one number.
 * In any span of t seconds at most rate · (t + RATE_SLACK) + 1 are let through. Pure: the caller tells the
 * time (steady ms). */
#ifndef PUSH_RATE_H
#define PUSH_RATE_H

#include <stdint.h>

#define RATE_SLACK                                                                                           \
    20 /* ms that may be caught up: a busy loop wakes late, and the rate should still be reached */

struct rate {
    int per_second; /* 0 = unlimited */
    int64_t next;   /* ns: when the next one is due */
};

int64_t rate_ready_at(const struct rate *); /* ms, rounded up; a past time = now */
void rate_take(struct rate *, int64_t now);

#endif
