/* The only readers of clocks; the core never calls them, it is told `now`. Milliseconds. */
#ifndef NUDGE_CLOCK_H
#define NUDGE_CLOCK_H

#include <stdint.h>

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

int64_t clock_wall(void);   /* since 1970-01-01 UTC; may jump */
int64_t clock_steady(void); /* since some start; never goes back, runs on through SIGSTOP and suspend: for leases and time-outs */

#endif
