/* When to try again. Full jitter: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 * retry_after_parse stands in nudge/push.h. */
#ifndef PUSH_RETRY_H
#define PUSH_RETRY_H

#include <stdint.h>

/* Uniform in 0 … min(max, first · 2^(attempt-1)) ms. attempt: how many have failed, from 1; random: 64 random
 * bits. */
int64_t retry_delay(int attempt, int64_t first, int64_t max, uint64_t random);

#endif
