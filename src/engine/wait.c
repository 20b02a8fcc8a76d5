/* What waits for its time: delayed and deferred pushes, dwells. The timer's payload holds what is needed to go on:
 *   send:  push id t, trigger z, store id t, event? v, event payload
 *   dwell: place 8, entered z, store id t */
#include "parts.h"

static void text_put(struct buf *b, struct str s)
{
    buf_varint(b, s.n);
    buf_str_put(b, s);
}

static bool text_get(struct str *s, struct str *out)
{
    uint64_t n;
    return str_varint(s, &n) && str_bytes(s, n, out);
}

static struct str store_id(const struct subject *s)
{
    return s->store ? s->store->id : STR_NONE;
}

/* The timer that a push waits under has the push's own number, so that a push waits once. */
void cause_wait(struct customer *c, const struct cause *cause, int64_t due, struct effects *fx)
{
    struct buf b = {0};
    text_put(&b, (struct str){cause->id.text, PUSH_ID_TEXT});
    buf_zigzag(&b, cause->trigger);
    text_put(&b, store_id(&cause->subject));
    buf_varint(&b, cause->subject.event != NULL);
    if (cause->subject.event) event_encode(cause->subject.event, &b);
    struct timer t = {cause->id.half, due, TIMER_SEND, cause->campaign->name, buf_str(&b)};
    effects_set_timer(fx, c, &t);
    effects_decide(fx, cause->campaign->name, REASON_PENDING, due);
    buf_release(&b);
}

bool cause_read(struct customer *c, const struct ruleset *rules, const struct timer *t, int64_t now, struct effects *fx,
                struct cause *out, struct event *event)
{
    struct str s = arena_str(fx->arena, t->payload), id, store; /* the timer's own bytes go with the timer */
    uint64_t has_event;
    *out = (struct cause){.campaign = ruleset_campaign(rules, t->campaign)};
    if (!out->campaign || !text_get(&s, &id) || !push_id_of_text(id, &out->id) || !str_zigzag(&s, &out->trigger) ||
        !text_get(&s, &store) || !str_varint(&s, &has_event))
        return false;
    out->subject = (struct subject){.rules = rules, .customer = c, .campaign = out->campaign, .store = ruleset_store(rules, store), .at = now};
    if (has_event && event_read(fx->arena, s, event)) {
        event->user = c->user;
        out->subject.event = event;
    }
    return true;
}

/* ---- dwell */

static uint64_t dwell_id(const struct campaign *k, uint64_t place)
{
    return str_hash_seed(k->name, place);
}

static int64_t dwell_due(const struct campaign *k, int64_t entered)
{
    return entered + k->trigger.dwell;
}

void dwell_start(const struct crossing *x, const struct subject *s, struct customer *c, struct effects *fx)
{
    const struct campaign *const *campaigns;
    size_t n = ruleset_fence_campaigns(s->rules, TRIGGER_DWELL, x->fence, &campaigns);
    struct buf b = {0};
    for (size_t i = 0; i < n; i++) {
        if (!crossing_counts(campaigns[i], x, s->at)) continue;
        buf_clear(&b);
        buf_put(&b, &x->fence->key, 8);
        buf_zigzag(&b, s->at);
        text_put(&b, x->fence->store ? x->fence->store->id : STR_NONE);
        struct timer t = {dwell_id(campaigns[i], x->fence->key), dwell_due(campaigns[i], s->at), TIMER_DWELL, campaigns[i]->name,
                          buf_str(&b)};
        effects_set_timer(fx, c, &t);
    }
    buf_release(&b);
}

bool dwell_read(struct customer *c, const struct ruleset *rules, const struct timer *t, struct effects *fx, struct cause *out)
{
    struct str s = t->payload, key, store;
    int64_t entered;
    uint64_t place;
    const struct campaign *k = ruleset_campaign(rules, t->campaign);
    if (!k || k->trigger.kind != TRIGGER_DWELL || !str_bytes(&s, 8, &key) || !str_zigzag(&s, &entered) || !text_get(&s, &store))
        return false;
    memcpy(&place, key.p, 8);
    const struct inside *in = customer_inside(c, place);
    if (!in || in->left || in->entered != entered) return false;
    struct str cause = arena_printf(fx->arena, "dwell:%016llx:%lld", (unsigned long long)place, (long long)entered);
    *out = (struct cause){.campaign = k, .id = push_id_make(k->name, c->user, cause, 0), .trigger = t->due};
    out->subject = (struct subject){.rules = rules, .customer = c, .campaign = k, .store = ruleset_store(rules, store), .at = t->due};
    return true;
}
