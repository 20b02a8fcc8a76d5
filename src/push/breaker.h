/* A circuit breaker: after so many failures in a row nothing is sent for a pause, then one trial; its success
 * closes the breaker, its failure begins the next pause. Pure: the caller tells the time (steady ms).
 *
 *   closed --failures in a row--> open --pause over, breaker_take--> trial --ok--> closed
 *                                  ^                                   '--fails--> open
 */
#ifndef PUSH_BREAKER_H
#define PUSH_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

struct breaker {
    int limit; /* failures in a row that open it */
    int64_t pause;
    int failures;
    bool open, trial; /* trial: one is under way */
    int64_t until;    /* open: end of the pause */
};

/* When may the next request start: a time (possibly past), or -1: not before the trial under way has ended.
 */
int64_t breaker_ready_at(const struct breaker *);
/* A request starts. True: it is the trial; hand that on to breaker_fail. */
bool breaker_take(struct breaker *);
/* An answer came that shows the provider alive. True: this closed it. */
bool breaker_succeed(struct breaker *);
/* True: this opened it (again). Failures of requests from before it opened change nothing. */
bool breaker_fail(struct breaker *, bool trial, int64_t now);

#endif
