/* The messages of one provider that are not under way: those ready, in the order they came, and those that
 * wait for their retry. Times are steady ms. */
#ifndef PUSH_QUEUE_H
#define PUSH_QUEUE_H

#include "job.h"
#include "nudge/heap.h"

struct queue {
    struct job_list ready;
    struct heap waiting; /* by job->due */
    size_t n;            /* of both */
};

void queue_init(struct queue *);
void queue_release(struct queue *); /* when empty */
void queue_put(struct queue *, struct job *);
void queue_wait(struct queue *, struct job *, int64_t due);
/* One whose retry is due, else the oldest ready one, else NULL. */
struct job *queue_take(struct queue *, int64_t now);
/* When queue_take will have one: 0 = now, INT64_MAX = never. */
int64_t queue_ready_at(const struct queue *);
/* Takes out what gone() is true for; that job then belongs to gone(), which must not change the queue. */
void queue_filter(struct queue *, bool (*gone)(void *arg, struct job *), void *arg);

#endif
