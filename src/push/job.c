#include "job.h"
#include "nudge/mem.h"
#include <stdlib.h>

#define STRINGS(X) X(id) X(provider) X(user) X(campaign) X(title) X(body) X(url) X(language) X(data)

struct job *job_new(const struct message *m, int64_t now)
{
    size_t n = 0;
#define ADD(field) n += m->field.n;
    STRINGS(ADD)
    struct job *job = mem_alloc(sizeof *job + n);
    char *at = job->bytes;
    job->message = *m;
    job->taken = now;
#define COPY(field)                                                                                          \
    if (m->field.n) {                                                                                        \
        job->message.field.p = memcpy(at, m->field.p, m->field.n);                                           \
        at += m->field.n;                                                                                    \
    }
    STRINGS(COPY)
    return job;
}

void job_free(struct job *job)
{
    free(job->error);
    free(job);
}

void job_set_error(struct job *job, const char *text)
{
    size_t n = strlen(text) + 1;
    job->error = mem_resize(job->error, n);
    memcpy(job->error, text, n);
}

bool job_expired(const struct job *job, int64_t at)
{
    return job->message.expires && at >= job->message.expires;
}

bool job_overdue(const struct job *job, int64_t give_up, int64_t at)
{
    int64_t since = job->attempts && job->message.created < job->taken ? job->message.created : job->taken;
    return at - since >= give_up;
}
