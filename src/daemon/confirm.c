/* A decided turn's commit: sent when the one before is confirmed and the lease known to be ours; confirmed, refused for now, or refused
 * for good. */
#include "daemon.h"
#include "nudge/crash.h"
#include <stdio.h>

#define RENEW_REPLIES 4
#define REFUSED_PAUSE 250 /* ms until a transaction that was refused for want of memory is sent again */

/* A command that failed by itself, such as one on a key of another type: the others were applied. */
static const char *exec_error(const struct partition *p, const struct reply *exec)
{
    for (uint32_t i = 0; i < exec->n; i++) {
        if (exec->items[i].type != REPLY_ERROR) continue;
        log_at(LOG_ERROR, "a command of a commit failed", "partition=%u error=%s", p->number, exec->items[i].text);
        return "a command of a commit failed";
    }
    return NULL;
}

static void commit_confirmed(struct partition *p, struct turn *t, const struct reply *exec)
{
    crash_point("after_exec");
    const char *error = exec_error(p, exec);
    p->committing = NULL;
    p->confirmed = t->number;
    p->lease_until = t->sent + p->daemon->options->lease;
    p->daemon->metrics.v[METRIC_COMMITS]++;
    histogram_add(&p->daemon->metrics.commit, clock_steady() - t->sent);
    if (t->settles) crash_point("after_settle");
    outbox_settled(p, t);
    outbox_confirmed(p, t, exec);
    if (t->releases) {
        p->state = PARTITION_GONE;
        partition_wake(p);
    }
    turn_free(p, t);
    cache_trim(&p->cache, p->confirmed);
    if (error) partition_restart(p, error); /* Redis holds something else than memory: start from what it holds */
    trouble_set(p->daemon, p->trouble, "");
}

static void on_exec(struct partition *p, struct turn *t, const struct reply *r)
{
    if (r->type == REPLY_ARRAY) {
        commit_confirmed(p, t, r);
    } else if (r->type == REPLY_NIL) {
        p->daemon->metrics.v[METRIC_COMMITS_REFUSED]++;
        partition_lost(p, "a commit was refused: the lease is not ours any more");
    } else {
        const char *why = p->refusal[0] ? p->refusal : r->text; /* the command's own words, rather than EXECABORT */
        t->refused = true;                                      /* nothing of it was applied */
        trouble_set(p->daemon, p->trouble, why);
        if (strncmp(why, "READONLY", 8) == 0 || strncmp(why, "MASTERDOWN", 10) == 0) partition_restart(p, why);
    }
}

static void lease_renew(struct partition *);

/* The GET behind the WATCH: are the next changes allowed? */
static void on_guard(struct partition *p, const struct reply *r)
{
    if (p->state == PARTITION_GONE) {
        partition_wake(p);
        return;
    }
    if (r->type == REPLY_ERROR) { /* BUSY, LOADING …: it says nothing of the lease */
        partition_restart(p, r->text);
        return;
    }
    if (!str_eq(reply_str(r), p->daemon->options->instance)) {
        partition_lost(p, "another instance holds the lease, or it ran out");
        return;
    }
    p->guarded = true;
    if (p->committing && p->committing->refused && !p->renewing) {
        p->renewing = true;
        lease_renew(p);
        return;
    }
    struct timeval pause = {0, REFUSED_PAUSE * 1000};
    p->renewing = false;
    if (p->committing && p->committing->refused)
        event_add(p->wake, &pause);
    else
        turn_run(p);
}

static void on_commit(void *arg, const struct reply *r)
{
    struct partition *p = arg;
    if (!r || (p->state == PARTITION_GONE && p->commit_reply < p->commit_replies - 2)) return;
    unsigned i = ++p->commit_reply, n = p->commit_replies;
    if (r->type == REPLY_ERROR && i < n - 2 && !p->refusal[0]) snprintf(p->refusal, sizeof p->refusal, "%s", r->text);
    if (i == n - 2)
        on_exec(p, p->committing, r);
    else if (i == n)
        on_guard(p, r);
}

/* A transaction that is refused as a whole renews no lease either, and out of memory Redis refuses whatever stands in one: so the lease is
 * prolonged outside. Were it another's by now, its would be prolonged, once, and the GET says so. */
static void on_renewed(void *arg, const struct reply *r)
{
    struct partition *p = arg;
    if (!r || p->state == PARTITION_GONE || ++p->commit_reply < RENEW_REPLIES) return;
    p->lease_until = p->committing->sent + p->daemon->options->lease;
    on_guard(p, r);
}

static void lease_renew(struct partition *p)
{
    struct buf b = {0};
    command_words(&b, "UNWATCH", NULL);
    command(&b, 3);
    command_str(&b, STR("PEXPIRE"));
    command_str(&b, p->keys.owner);
    command_int(&b, p->daemon->options->lease);
    commit_guard(&b, &p->keys);
    p->commit_reply = 0;
    p->guarded = false;
    p->committing->sent = clock_steady();
    redis_send(p->writer, buf_str(&b), RENEW_REPLIES, NULL, 0, on_renewed, p);
    buf_release(&b);
}

static bool commit_send(struct partition *p, struct turn *t)
{
    crash_point("before_exec");
    p->commit_reply = 0;
    p->commit_replies = t->replies;
    p->refusal[0] = 0;
    t->refused = false;
    t->sent = clock_steady();
    p->guarded = false;
    p->renew_due = false;
    return redis_send(p->writer, t->bytes, t->replies, NULL, 0, on_commit, p);
}

bool commit_next(struct partition *p)
{
    if (!p->guarded) return false;
    struct turn *t = p->committing;
    if (t && t->refused) {
        commit_send(p, t);
        return false;
    }
    t = p->waiting;
    if (p->committing || !t || !t->decided) return false;
    p->waiting = NULL;
    p->committing = t;
    t->bytes = commit_seal(&t->commit, t->releases, &t->replies);
    if (!commit_send(p, t)) partition_restart(p, "the connection is gone");
    return true;
}
