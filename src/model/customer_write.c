#include "customer_bytes.h"

/* ---- changing */

static void record_close(struct customer *c, enum record kind, struct buf *log, size_t at)
{
    record_apply(c, kind, record_end(log, at));
}

void customer_event(struct customer *c, const struct event *e, struct buf *log)
{
    size_t at = record_begin(log, RECORD_EVENT);
    event_encode(e, log);
    record_close(c, RECORD_EVENT, log, at);
}

void customer_set_zone(struct customer *c, struct str zone, struct buf *log)
{
    size_t at = record_begin(log, RECORD_ZONE);
    put_text(log, zone);
    record_close(c, RECORD_ZONE, log, at);
}

static void place_change(struct customer *c, enum record kind, uint64_t place, int64_t when, struct buf *log)
{
    size_t at = record_begin(log, kind);
    put_8(log, place);
    buf_zigzag(log, when);
    record_close(c, kind, log, at);
}

void customer_enter(struct customer *c, uint64_t place, int64_t at, struct buf *log)
{
    place_change(c, RECORD_ENTER, place, at, log);
}

void customer_leave(struct customer *c, uint64_t place, int64_t at, struct buf *log)
{
    place_change(c, RECORD_LEAVE, place, at, log);
}

static void put_decision(struct buf *b, const struct decision_entry *d)
{
    put_text(b, d->name);
    put_8(b, d->push);
    buf_zigzag(b, d->at);
    buf_zigzag(b, d->trigger);
    buf_varint(b, d->reason);
}

void customer_decided(struct customer *c, const struct decision_entry *d, struct buf *log)
{
    size_t at = record_begin(log, RECORD_DECISION);
    put_decision(log, d);
    record_close(c, RECORD_DECISION, log, at);
}

void customer_settled(struct customer *c, uint64_t push, enum reason reason, struct buf *log)
{
    size_t at = record_begin(log, RECORD_SETTLED);
    put_8(log, push);
    buf_varint(log, reason);
    record_close(c, RECORD_SETTLED, log, at);
}

static void put_timer(struct buf *b, const struct timer *t)
{
    put_8(b, t->id);
    buf_zigzag(b, t->due);
    buf_varint(b, t->kind);
    put_text(b, t->campaign);
    put_text(b, t->payload);
}

void customer_set_timer(struct customer *c, const struct timer *t, struct buf *log)
{
    size_t at = record_begin(log, RECORD_TIMER);
    put_timer(log, t);
    record_close(c, RECORD_TIMER, log, at);
}

void customer_clear_timer(struct customer *c, uint64_t id, struct buf *log)
{
    size_t at = record_begin(log, RECORD_TIMER_DONE);
    put_8(log, id);
    record_close(c, RECORD_TIMER_DONE, log, at);
}

/* ---- the snapshot: the fewest records that say it all. Stats first: kept events refer to their types. */

static void put_stats(struct buf *b, const struct type_stats *s)
{
    size_t at = record_begin(b, RECORD_STATS);
    put_type(b, s->type, s->name);
    buf_varint(b, s->count);
    buf_zigzag(b, s->first);
    buf_zigzag(b, s->last);
    buf_zigzag(b, s->amount);
    put_text(b, s->currency);
    buf_varint(b, (s->mixed ? STATS_MIXED : 0) | (s->summed ? STATS_SUMMED : 0));
    record_end(b, at);
}

static void put_card(struct buf *b, const struct customer *c)
{
    size_t at = record_begin(b, RECORD_CARD);
    buf_varint(b, c->has_position);
    if (c->has_position) {
        put_position(b, c->position);
        put_metres(b, c->accuracy);
        buf_zigzag(b, c->position_at);
    }
    buf_zigzag(b, c->known_since);
    buf_zigzag(b, c->trimmed_to);
    record_end(b, at);
}

static void put_profile(struct buf *b, const struct customer *c)
{
    for (size_t i = 0; i < c->n_attributes; i++) {
        size_t at = record_begin(b, RECORD_ATTRIBUTE);
        put_text(b, c->attributes[i].name);
        buf_zigzag(b, c->attributes[i].at);
        value_encode(&c->attributes[i].value, b);
        record_end(b, at);
    }
    for (size_t i = 0; i < c->n_consents; i++) {
        const struct consent *s = &c->consents[i];
        size_t at = record_begin(b, RECORD_CONSENT);
        put_text(b, s->purpose);
        buf_varint(b, s->state);
        buf_zigzag(b, s->at);
        put_text(b, s->source);
        put_text(b, s->text_version);
        record_end(b, at);
    }
    for (size_t i = 0; i < c->n_devices; i++) {
        const struct device *d = &c->devices[i];
        size_t at = record_begin(b, RECORD_DEVICE);
        put_text(b, d->token);
        put_text(b, d->platform);
        put_text(b, d->locale);
        put_text(b, d->app_version);
        buf_zigzag(b, d->registered);
        record_end(b, at);
    }
}

static void put_places(struct buf *b, const struct customer *c)
{
    for (size_t i = 0; i < c->n_inside; i++) {
        const struct inside *in = &c->inside[i];
        size_t at = record_begin(b, RECORD_ENTER);
        put_8(b, in->key);
        buf_zigzag(b, in->entered);
        record_end(b, at);
        if (!in->left) continue;
        at = record_begin(b, RECORD_LEAVE);
        put_8(b, in->key);
        buf_zigzag(b, in->left);
        record_end(b, at);
    }
}

void customer_records(const struct customer *c, struct buf *out)
{
    size_t at;
    for (size_t i = 0; i < c->n_stats; i++) put_stats(out, &c->stats[i]);
    put_card(out, c);
    put_profile(out, c);
    if (c->zone.n) {
        at = record_begin(out, RECORD_ZONE);
        put_text(out, c->zone);
        record_end(out, at);
    }
    for (size_t i = 0; i < c->n_history; i++) {
        at = record_begin(out, RECORD_KEPT);
        buf_put(out, c->history[i].record, c->history[i].size);
        record_end(out, at);
    }
    put_places(out, c);
    for (size_t i = 0; i < c->n_decisions; i++) {
        at = record_begin(out, RECORD_DECISION);
        put_decision(out, &c->decisions[i]);
        record_end(out, at);
    }
    for (size_t i = 0; i < c->n_timers; i++) {
        at = record_begin(out, RECORD_TIMER);
        put_timer(out, &c->timers[i]);
        record_end(out, at);
    }
}
