#include "queue.h"

static bool due_less(const void *a, const void *b)
{
    return ((const struct job *)a)->due < ((const struct job *)b)->due;
}

void queue_init(struct queue *q)
{
    *q = (struct queue){.waiting.less = due_less};
    TAILQ_INIT(&q->ready);
}

void queue_release(struct queue *q)
{
    heap_release(&q->waiting);
}

void queue_put(struct queue *q, struct job *job)
{
    TAILQ_INSERT_TAIL(&q->ready, job, link);
    q->n++;
}

void queue_wait(struct queue *q, struct job *job, int64_t due)
{
    job->due = due;
    heap_put(&q->waiting, job);
    q->n++;
}

struct job *queue_take(struct queue *q, int64_t now)
{
    struct job *job = heap_min(&q->waiting);
    if (job && job->due <= now) {
        heap_take(&q->waiting, 0);
    } else {
        job = TAILQ_FIRST(&q->ready);
        if (!job) return NULL;
        TAILQ_REMOVE(&q->ready, job, link);
    }
    q->n--;
    return job;
}

int64_t queue_ready_at(const struct queue *q)
{
    const struct job *job = heap_min(&q->waiting);
    if (!TAILQ_EMPTY(&q->ready)) return 0;
    return job ? job->due : INT64_MAX;
}

struct filter {
    struct queue *queue;
    bool (*gone)(void *arg, struct job *);
    void *arg;
};

static bool waiting_gone(void *arg, void *item)
{
    struct filter *f = arg;
    bool gone = f->gone(f->arg, item);
    f->queue->n -= gone;
    return gone;
}

void queue_filter(struct queue *q, bool (*gone)(void *arg, struct job *), void *arg)
{
    struct filter f = {q, gone, arg};
    struct job_list all = TAILQ_HEAD_INITIALIZER(all);
    heap_filter(&q->waiting, waiting_gone, &f);
    TAILQ_CONCAT(&all, &q->ready, link);
    for (struct job *job; (job = TAILQ_FIRST(&all));) {
        TAILQ_REMOVE(&all, job, link);
        q->n--;
        if (!gone(arg, job)) queue_put(q, job);
    }
}
