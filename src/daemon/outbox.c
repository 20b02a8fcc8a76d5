/* Pushes between the commit that decided them and the commit that settles them. The outbox in Redis is the truth; in memory are
 * those being sent, at most OUTSTANDING_MOST; the rest is read when there is room. */
#include "daemon.h"
#include "nudge/crash.h"
#include "nudge/crc16.h"
#include "nudge/mem.h"
#include <stdio.h>
#include <stdlib.h>

#define OUTBOX_PAGE 500

static struct outstanding *outstanding_new(struct partition *p, struct str id, struct str row, struct str user, struct str campaign,
                                           int64_t created)
{
    struct outstanding *o = mem_alloc(sizeof *o + user.n + campaign.n);
    char *bytes = (char *)(o + 1);
    snprintf(o->id, sizeof o->id, "%.*s", STR_ARG(id));
    snprintf(o->row, sizeof o->row, "%.*s", STR_ARG(row));
    memcpy(bytes, user.p, user.n);
    memcpy(bytes + user.n, campaign.p, campaign.n);
    o->user = (struct str){bytes, user.n};
    o->campaign = (struct str){bytes + user.n, campaign.n};
    o->created = created;
    char half[17] = {0};
    memcpy(half, o->id, 16);
    o->half = strtoull(half, NULL, 16);
    map_put(&p->outstanding, str_of(o->id), o);
    return o;
}

/* Is this push on its way already? Then its row is this one: Redis may have lost the row that was known, and with it the event's commit, which was
 * then made anew. */
static bool row_known(struct partition *p, struct str id, struct str row)
{
    struct outstanding *o = map_get(&p->outstanding, id);
    if (o) snprintf(o->row, sizeof o->row, "%.*s", STR_ARG(row));
    return o != NULL;
}

static void settle_later(struct partition *p, struct outstanding *o, enum reason outcome)
{
    o->outcome = outcome;
    o->next = NULL;
    *p->settle_end = o;
    p->settle_end = &o->next;
    p->n_settle++;
    partition_wake(p);
}

/* Providers live by the wall clock: on the events' clock a push is as old, and lasts as long, as it would have then. */
static struct message message_on_wall(const struct partition *p, struct message m)
{
    if (!p->daemon->options->event_clock) return m;
    int64_t shift = clock_wall() - m.created;
    m.created += shift;
    if (m.expires) m.expires += shift;
    return m;
}

static void message_send(struct partition *p, struct outstanding *o, struct message m)
{
    crash_point("before_send");
    m = message_on_wall(p, m);
    if (dispatch_send(p->daemon->dispatch, &m)) return;
    log_at(LOG_WARNING, "a push has no provider", "campaign=%.*s provider=%.*s", STR_ARG(m.campaign), STR_ARG(m.provider));
    settle_later(p, o, REASON_PROVIDER_FAILED);
}

/* ---- after the commit */

void outbox_confirmed(struct partition *p, struct turn *t, const struct reply *exec)
{
    for (size_t i = 0; i < t->n_pushes; i++) {
        const struct turn_push *tp = &t->pushes[i];
        const struct reply *row = tp->place < exec->n ? &exec->items[tp->place] : NULL;
        if (!row || row->type != REPLY_TEXT) continue;
        if (p->outbox_more || p->outbox_reading || p->outstanding.count >= OUTSTANDING_MOST || p->state != PARTITION_RUNNING) {
            p->outbox_more = p->outbox_behind = true; /* it will be read in its turn */
            continue;
        }
        const struct push *push = &tp->push;
        if (row_known(p, str_of(push->id.text), reply_str(row))) continue; /* read from the outbox before the commit's answer came */
        snprintf(p->outbox_cursor, sizeof p->outbox_cursor, "%s", row->text);
        struct outstanding *o = outstanding_new(p, str_of(push->id.text), reply_str(row), tp->user, tp->campaign, push->created);
        struct message m = {.id = str_of(push->id.text), .provider = push->provider, .user = tp->user, .campaign = tp->campaign,
                            .title = push->title, .body = push->body, .url = push->url, .language = push->language,
                            .data = push->data, .created = push->created, .expires = push->expires};
        message_send(p, o, m);
    }
}

/* ---- reading the outbox */

static struct str row_field(const struct reply *fields, const char *name)
{
    for (uint32_t i = 0; i + 1 < fields->n; i += 2)
        if (str_eq(reply_str(&fields->items[i]), str_of(name))) return reply_str(&fields->items[i + 1]);
    return STR_NONE;
}

static int64_t row_time(const struct reply *fields, const char *name)
{
    struct str s = row_field(fields, name);
    return s.n ? strtoll(s.p, NULL, 10) : 0;
}

static void row_send(struct partition *p, const struct reply *row)
{
    const struct reply *f = &row->items[1];
    struct message m = {.id = row_field(f, "id"), .provider = row_field(f, "provider"), .user = row_field(f, "user"),
                        .campaign = row_field(f, "campaign"), .title = row_field(f, "title"), .body = row_field(f, "body"),
                        .url = row_field(f, "url"), .language = row_field(f, "language"), .data = row_field(f, "data"),
                        .created = row_time(f, "created"), .expires = row_time(f, "expires")};
    if (m.id.n != PUSH_ID_TEXT || !m.user.n || row_known(p, m.id, reply_str(&row->items[0]))) return; /* already on its way */
    message_send(p, outstanding_new(p, m.id, reply_str(&row->items[0]), m.user, m.campaign, m.created), m);
}

/* A settled push is still known until the reading of the outbox under way is over: its row may be in there. */
static void ghosts_free(struct partition *p)
{
    while (p->ghosts) {
        struct outstanding *o = p->ghosts;
        p->ghosts = o->next;
        map_del(&p->outstanding, str_of(o->id));
        free(o);
    }
}

static void on_rows(void *arg, const struct reply *r)
{
    struct partition *p = arg;
    if (!r) return;
    p->outbox_reading = false;
    if (r->type != REPLY_ARRAY || p->state != PARTITION_RUNNING) {
        ghosts_free(p);
        return;
    }
    for (uint32_t i = 0; i < r->n; i++) {
        const struct reply *row = &r->items[i];
        if (row->type != REPLY_ARRAY || row->n != 2 || row->items[1].type != REPLY_ARRAY) continue;
        snprintf(p->outbox_cursor, sizeof p->outbox_cursor, "%s", row->items[0].text);
        row_send(p, row);
    }
    ghosts_free(p);
    if (r->n < OUTBOX_PAGE && !p->outbox_behind) p->outbox_more = false; /* nothing was added behind what has been read */
    partition_wake(p);
    outbox_more(p);
}

void outbox_more(struct partition *p)
{
    if (!p->outbox_more || p->outbox_reading || p->state != PARTITION_RUNNING || p->outstanding.count > OUTSTANDING_MOST / 2) return;
    char from[ENTRY_ID_SIZE + 1];
    snprintf(from, sizeof from, "(%s", p->outbox_cursor);
    struct buf b = {0};
    command(&b, 6);
    command_str(&b, STR("XRANGE"));
    command_str(&b, p->keys.outbox);
    command_str(&b, str_of(strcmp(p->outbox_cursor, "0") ? from : "-"));
    command_str(&b, STR("+"));
    command_str(&b, STR("COUNT"));
    command_int(&b, OUTBOX_PAGE);
    p->outbox_behind = false;
    p->outbox_reading = redis_send(p->loader, buf_str(&b), 1, NULL, 0, on_rows, p);
    buf_release(&b);
}

/* ---- outcomes */

static enum reason outcome_reason(enum push_outcome outcome)
{
    static const enum reason reasons[] = {[PUSH_SENT] = REASON_SENT, [PUSH_REFUSED] = REASON_PROVIDER_REFUSED,
                                          [PUSH_FAILED] = REASON_PROVIDER_FAILED, [PUSH_EXPIRED] = REASON_EXPIRED};
    return reasons[outcome];
}

void outbox_outcome(struct daemon *d, const struct message *m, const struct push_result *result)
{
    struct partition *p = d->partitions[partition_of(m->user, (unsigned)d->options->partitions)];
    enum reason reason = outcome_reason(result->outcome);
    crash_point("after_send");
    d->metrics.v[reason == REASON_SENT ? METRIC_PUSHES_SENT : METRIC_PUSHES_FAILED]++;
    tally_add(d, m->campaign, reason);
    if (reason == REASON_SENT)
        histogram_add(&d->metrics.push, clock_wall() - m->created);
    else
        log_at(LOG_WARNING, "a push was not sent", "campaign=%.*s push=%.*s reason=%s status=%d attempts=%d detail=%s",
               STR_ARG(m->campaign), STR_ARG(m->id), reason_name(reason).p, result->status, result->attempts,
               result->detail ? result->detail : "");
    struct outstanding *o = p ? map_get(&p->outstanding, m->id) : NULL;
    if (o && o->outcome == REASON_PENDING) settle_later(p, o, reason);
}

/* A process that has slept (SIGSTOP, a suspended machine) must not go on sending what another may own by now. If the lease is ours after all, the outbox
 * is read again. */
bool outbox_allowed(struct daemon *d, const struct message *m)
{
    struct partition *p = d->partitions[partition_of(m->user, (unsigned)d->options->partitions)];
    if (p && partition_leased(p)) return true;
    struct outstanding *o = p ? map_del(&p->outstanding, m->id) : NULL;
    free(o);
    if (o) {
        p->outbox_more = p->outbox_behind = true;
        snprintf(p->outbox_cursor, sizeof p->outbox_cursor, "0");
    }
    return false;
}

/* ---- settling */

void outbox_take(struct partition *p, struct turn *t)
{
    struct outstanding **end = &t->settles;
    while (p->settle && t->n_settles < SETTLE_MOST) {
        struct outstanding *o = p->settle;
        p->settle = o->next;
        o->next = NULL;
        *end = o, end = &o->next;
        t->n_settles++, p->n_settle--;
    }
    if (!p->settle) p->settle_end = &p->settle;
}

void outbox_return(struct partition *p, struct turn *t)
{
    while (t->settles) {
        struct outstanding *o = t->settles;
        t->settles = o->next;
        settle_later(p, o, o->outcome);
    }
    t->n_settles = 0;
}

void outbox_settled(struct partition *p, struct turn *t)
{
    while (t->settles) {
        struct outstanding *o = t->settles;
        t->settles = o->next;
        o->next = p->ghosts;
        p->ghosts = o;
    }
    if (!p->outbox_reading) ghosts_free(p);
    t->n_settles = 0;
    outbox_more(p);
}

void outbox_forget(struct partition *p)
{
    ghosts_free(p);
}

void outbox_release(struct partition *p)
{
    for (struct map_slot *s = NULL; (s = map_next(&p->outstanding, s));) free(s->value);
    map_release(&p->outstanding);
}
