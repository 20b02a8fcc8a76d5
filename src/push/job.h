/* A message on its way through a provider: the queue's element. One allocation holds it and the message's
 * bytes. */
#ifndef PUSH_JOB_H
#define PUSH_JOB_H

#include "nudge/push.h"
#include <sys/queue.h>

struct job {
    TAILQ_ENTRY(job) link; /* in one list at a time: ready, in flight, or finished */
    struct message message;
    struct endpoint *endpoint; /* in flight: what it was sent through */
    struct provider *provider; /* in flight: whose it is */
    int64_t taken;             /* wall ms: when dispatch_send took it */
    int64_t due;               /* waiting for a retry: steady ms */
    int attempts, status;
    bool trial;   /* the breaker's */
    bool dropped; /* nobody wants to hear of it any more */
    enum push_outcome outcome;
    char *error; /* why the last attempt failed; NULL = none did */
    char bytes[];
};

TAILQ_HEAD(job_list, job);

struct job *job_new(const struct message *, int64_t now);
void job_free(struct job *);
void job_set_error(struct job *, const char *text);
bool job_expired(const struct job *, int64_t at);
/* Is it time to give up? From `created` on, but a message that was old when it came has one attempt and as
 * long to get it. */
bool job_overdue(const struct job *, int64_t give_up, int64_t at);

#endif
