/* What was delivered before and never acknowledged: claimed, read again, and, when a process has died over it, with care.
 *
 * An event that kills the process must end as a dead letter, and must not take others with it. So entries that have been delivered more than once
 * are taken one at a time, and before such an entry is decided its ID and a number are written to the suspect key: how often a process began on it
 * and did not come back. Deliveries alone prove nothing: they count every lost connection too. */
#include "daemon.h"
#include <stdio.h>
#include <stdlib.h>

#define CAREFUL_DELIVERIES 2 /* from so many deliveries without a commit on, entries are taken one at a time */
#define PENDING_LOOK "1000"

static void care_note(struct partition *p, const struct reply *pending)
{
    p->careful = false;
    for (uint32_t i = 0; !p->looked && pending->type == REPLY_ARRAY && i < pending->n; i++) {
        const struct reply *row = &pending->items[i];
        if (row->type == REPLY_ARRAY && row->n >= 4 && row->items[3].integer >= CAREFUL_DELIVERIES) p->careful = true;
    }
    p->looked = true; /* a later look is this living process's own: no crash lies between */
}

/* "<entry> <times>" */
static void suspect_note(struct partition *p, const struct reply *r)
{
    struct str times = reply_str(r), entry = str_cut(&times, ' ');
    if (p->suspect_ours || r->type != REPLY_TEXT || !times.n) return;
    snprintf(p->suspect, sizeof p->suspect, "%.*s", STR_ARG(entry));
    p->suspect_times = strtol(times.p, NULL, 10);
}

static bool strangers_hold_some(const struct reply *pending)
{
    for (uint32_t i = 0; pending->type == REPLY_ARRAY && i < pending->n; i++) {
        const struct reply *row = &pending->items[i];
        if (row->type == REPLY_ARRAY && row->n >= 2 && !str_eq(reply_str(&row->items[1]), STR(GROUP))) return true;
    }
    return false;
}

static void history_read(struct partition *p)
{
    p->history = true;
    p->reading = false;
    snprintf(p->cursor, sizeof p->cursor, "0");
    ingest_read(p);
}

static void on_claimed(void *arg, const struct reply *r)
{
    struct partition *p = arg;
    if (!r) return;
    if (r->type == REPLY_ERROR) {
        log_at(LOG_WARNING, "another consumer's events cannot be claimed", "partition=%u error=%s", p->number, r->text);
        history_read(p);
        return;
    }
    /* The third part of the answer: what was trimmed from the stream, and is pending no more. */
    if (r->type == REPLY_ARRAY && r->n > 2) p->daemon->metrics.v[METRIC_ENTRIES_LOST] += r->items[2].n;
    p->reading = false;
    recover_begin(p);
}

/* Somebody has read with the group under another consumer's name: those events are ours to decide. */
static void strangers_claim(struct partition *p)
{
    struct buf b = {0};
    command_words(&b, "XAUTOCLAIM", p->keys.events.p, GROUP, GROUP, "0", "0", "COUNT", PENDING_LOOK, "JUSTID", NULL);
    p->reading = redis_send(p->loader, buf_str(&b), 1, NULL, 0, on_claimed, p);
    buf_release(&b);
}

static void on_suspect(void *arg, const struct reply *r)
{
    if (r) suspect_note(arg, r);
}

static void on_pending(void *arg, const struct reply *r)
{
    struct partition *p = arg;
    if (!r) return;
    if (strangers_hold_some(r)) {
        strangers_claim(p);
        return;
    }
    care_note(p, r);
    history_read(p);
}

void recover_begin(struct partition *p)
{
    if (p->state != PARTITION_RUNNING) return;
    struct buf b = {0};
    p->recover = false;
    command_words(&b, "GET", p->keys.suspect.p, NULL);
    redis_send(p->loader, buf_str(&b), 1, NULL, 0, on_suspect, p);
    buf_clear(&b);
    command_words(&b, "XPENDING", p->keys.events.p, GROUP, "-", "+", PENDING_LOOK, NULL);
    p->reading = redis_send(p->loader, buf_str(&b), 1, NULL, 0, on_pending, p);
    buf_release(&b);
}

/* ---- one at a time */

const char *recover_refuses(const struct partition *p, struct batch *b, struct str entry)
{
    int64_t times = p->suspect_times + CAREFUL_DELIVERIES;
    if (!p->careful || p->suspect_ours || !str_eq(entry, str_of(p->suspect)) || times < p->daemon->options->max_deliveries) return NULL;
    return arena_printf(&b->arena, "the process died %lld times over it", (long long)times).p;
}

static void on_marked(void *arg, const struct reply *r)
{
    struct partition *p = arg;
    struct batch *b = p->marking;
    if (!r) return; /* the partition starts again, and has freed it */
    p->marking = NULL;
    p->reading = false;
    batch_add(p, b);
}

/* Says in Redis that this entry is begun on; then it may be decided. Once in a process: what a lost connection brings back is no new suspicion. */
void recover_mark(struct partition *p, struct batch *b)
{
    struct str entry = b->items[0].entry;
    bool same = str_eq(entry, str_of(p->suspect));
    if (recover_refuses(p, b, entry) || (same && p->suspect_ours)) {
        batch_add(p, b);
        return;
    }
    p->suspect_times = same ? p->suspect_times + 1 : 1;
    p->suspect_ours = true;
    snprintf(p->suspect, sizeof p->suspect, "%.*s", STR_ARG(entry));
    char text[ENTRY_ID_SIZE + 24];
    snprintf(text, sizeof text, "%s %lld", p->suspect, (long long)p->suspect_times);
    struct buf c = {0};
    command_words(&c, "SET", p->keys.suspect.p, text, NULL);
    p->marking = b;
    p->reading = redis_send(p->loader, buf_str(&c), 1, NULL, 0, on_marked, p);
    buf_release(&c);
}
