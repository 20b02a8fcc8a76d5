/* What the providers share: outcomes on their way to the caller, and the turn – one event that runs after
 * whatever has happened in this round of the loop, pumps the providers that were stirred, and hands out the
 * outcomes. So no call into the caller, and no start of a request, ever happens inside dispatch_send or
 * inside libcurl. */
#ifndef PUSH_DISPATCH_H
#define PUSH_DISPATCH_H

#include "job.h"
#include "nudge/map.h"
#include "provider.h"

struct dispatch {
    struct event_base *base;
    push_done *done;
    bool (*allowed)(void *arg, const struct message *); /* NULL = always */
    void *arg;
    struct provider **providers; /* in the configuration's order */
    size_t n;
    struct map by_name;
    struct provider **retired_providers; /* with requests still under way */
    size_t n_retired, retired_cap;
    struct endpoint *retired_endpoints;
    struct job_list finished; /* outcomes not handed out yet */
    size_t n_finished;
    size_t pending;
    struct event *turn;
    bool draining;
};

void dispatch_stir(struct provider *); /* pump it in this turn */
void dispatch_finish(struct provider *, struct job *, enum push_outcome);
void dispatch_forget(struct dispatch *, struct job *); /* ends without an outcome */

#endif
