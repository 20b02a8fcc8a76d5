#include "dispatch.h"

struct withdrawal {
    struct dispatch *dispatch;
    bool (*match)(void *arg, const struct message *);
    void *arg;
};

static bool job_withdrawn(void *arg, struct job *job)
{
    struct withdrawal *w = arg;
    if (!w->match(w->arg, &job->message)) return false;
    dispatch_forget(w->dispatch, job);
    return true;
}

void dispatch_withdraw(struct dispatch *d, bool (*match)(void *arg, const struct message *), void *arg)
{
    struct withdrawal w = {d, match, arg};
    for (size_t i = 0; i < d->n; i++) queue_filter(&d->providers[i]->queue, job_withdrawn, &w);
}

static size_t list_count(const struct job_list *list, bool (*match)(void *arg, const struct message *), void *arg)
{
    size_t n = 0;
    const struct job *job;
    TAILQ_FOREACH(job, list, link)
    {
        if (!job->dropped && match(arg, &job->message)) n++;
    }
    return n;
}

size_t dispatch_running(const struct dispatch *d, bool (*match)(void *arg, const struct message *), void *arg)
{
    size_t n = list_count(&d->finished, match, arg);
    for (size_t i = 0; i < d->n; i++) n += list_count(&d->providers[i]->flying, match, arg);
    for (size_t i = 0; i < d->n_retired; i++) n += list_count(&d->retired_providers[i]->flying, match, arg);
    return n;
}
