/* From a trigger to a push: each gate answers with a reason not to send, or lets through. */
#include "nudge/mem.h"
#include "parts.h"
#include <limits.h>

struct attempt {
    struct customer *customer;
    const struct cause *cause;
    struct subject subject;  /* as the cause's, but at the moment of sending */
    int64_t now;
    size_t pushed_before;    /* effects->n_pushes before this event */
    struct effects *fx;
    int64_t until;           /* set by quiet_gate: when to try again */
};

#define PASS REASON_PENDING

static enum reason active_gate(struct attempt *a)
{
    return a->now >= a->cause->campaign->ends ? REASON_NOT_ACTIVE : PASS;
}

static enum reason expiry_gate(struct attempt *a)
{
    int64_t expires = a->cause->campaign->expires;
    return expires && a->now >= a->cause->trigger + expires ? REASON_EXPIRED : PASS;
}

static enum reason exception_gate(struct attempt *a)
{
    const struct condition *unless = a->cause->campaign->unless;
    if (!unless) return PASS;
    enum verdict v = condition_verdict(unless, &a->subject);
    return v == VERDICT_TRUE ? REASON_EXCEPTED : v == VERDICT_UNKNOWN ? REASON_UNKNOWN : PASS;
}

static enum reason consent_gate(struct attempt *a)
{
    struct str purpose = a->cause->campaign->purpose;
    return purpose.n && customer_consent(a->customer, purpose) != CONSENT_GRANTED ? REASON_NO_CONSENT : PASS;
}

static enum reason quiet_gate(struct attempt *a)
{
    const struct quiet_hours *quiet = &a->cause->campaign->quiet;
    if (quiet->from == quiet->to) return PASS;
    const struct zone *zone = ruleset_zone(a->subject.rules, a->customer);
    return quiet_at(quiet, zone, a->now, &a->until) ? REASON_QUIET_HOURS : PASS;
}

/* Pushes in (now - window, now] that count: under way or sent. campaign 0: of all. */
static unsigned pushes_within(const struct customer *c, uint64_t campaign, int64_t now, int64_t window)
{
    unsigned n = 0;
    for (size_t i = c->n_decisions; i-- > 0;) {
        const struct decision_entry *d = &c->decisions[i];
        if (!d->push || d->at <= now - window || d->at > now) continue;
        if (campaign && d->campaign != campaign) continue;
        if (d->reason == REASON_PENDING || d->reason == REASON_SENT) n++;
    }
    return n;
}

static enum reason cap_gate(struct attempt *a)
{
    const struct campaign *k = a->cause->campaign;
    const struct ruleset *rules = a->subject.rules;
    for (size_t i = 0; i < k->n_caps; i++)
        if (pushes_within(a->customer, k->hash, a->now, k->caps[i].window) >= k->caps[i].count) return REASON_FREQUENCY_CAP;
    unsigned just_now = (unsigned)(a->fx->n_pushes - a->pushed_before); /* by this event: they outranked this campaign */
    for (size_t i = 0; i < rules->n_caps; i++) {
        unsigned n = pushes_within(a->customer, 0, a->now, rules->caps[i].window);
        if (n >= rules->caps[i].count) return n - just_now < rules->caps[i].count ? REASON_OUTRANKED : REASON_FREQUENCY_CAP;
    }
    return PASS;
}

static enum reason gates_pass(struct attempt *a)
{
    static enum reason (*const gates[])(struct attempt *) = {active_gate,  expiry_gate, exception_gate,
                                                             consent_gate, quiet_gate,  cap_gate};
    enum reason r = PASS;
    for (size_t i = 0; i < sizeof gates / sizeof *gates && r == PASS; i++) r = gates[i](a);
    return r;
}

static void log_decision(const struct attempt *a, enum reason reason, uint64_t push)
{
    const struct campaign *k = a->cause->campaign;
    struct decision_entry entry = {.name = k->name, .push = push, .at = a->now, .trigger = a->cause->trigger, .reason = reason};
    customer_decided(a->customer, &entry, a->fx->log);
    effects_decide(a->fx, k->name, reason, 0);
}

static struct str text_render(const struct attempt *a, const struct template *t, const struct template *fallback, struct str language)
{
    if (!t) t = fallback;
    if (!t) return STR_NONE;
    struct fields fields = subject_fields(&a->cause->subject, language);
    struct buf b = {0};
    template_render(t, &fields, &b);
    struct str s = arena_str(a->fx->arena, buf_str(&b));
    buf_release(&b);
    return s;
}

static void push_add(struct attempt *a)
{
    const struct campaign *k = a->cause->campaign;
    const struct push_text *text = campaign_text(k, a->subject.rules, a->customer), *base = &k->texts[0];
    struct str language = text->language.n ? text->language : a->subject.rules->language;
    struct effects *fx = a->fx;
    fx->pushes = mem_grow(fx->pushes, &fx->cap_pushes, fx->n_pushes + 1, sizeof *fx->pushes);
    fx->pushes[fx->n_pushes++] = (struct push){
        .id = a->cause->id,
        .campaign = k,
        .provider = k->provider,
        .title = text_render(a, text->title, base->title, language),
        .body = text_render(a, text->body, base->body, language),
        .url = text_render(a, text->url, base->url, language),
        .language = language,
        .data = k->data,
        .created = a->now,
        .expires = k->expires ? a->cause->trigger + k->expires : 0};
}

void cause_send(struct customer *c, const struct cause *cause, int64_t now, size_t pushed_before, struct effects *fx)
{
    struct attempt a = {.customer = c, .cause = cause, .subject = cause->subject, 
                        .now = now, .pushed_before = pushed_before, .fx = fx};
    a.subject.at = now; /* the exception looks at the moment of sending */
    enum reason r = gates_pass(&a);
    if (r == REASON_QUIET_HOURS && cause->campaign->quiet.defer) {
        cause_wait(c, cause, a.until, fx);
        return;
    }
    if (r == PASS) push_add(&a);
    log_decision(&a, r, r == PASS ? cause->id.half : 0);
}

static bool decided_before(const struct customer *c, uint64_t push)
{
    for (size_t i = 0; i < c->n_decisions; i++)
        if (c->decisions[i].push == push) return true;
    return customer_timer(c, push) != NULL;
}

void cause_decide(struct customer *c, const struct cause *cause, int64_t now, size_t pushed_before, struct effects *fx)
{
    const struct campaign *k = cause->campaign;
    enum verdict v = k->audience ? condition_verdict(k->audience, &cause->subject) : VERDICT_TRUE;
    if (cause->trigger < k->starts || cause->trigger >= k->ends)
        effects_decide(fx, k->name, REASON_NOT_ACTIVE, 0);
    else if (v != VERDICT_TRUE)
        effects_decide(fx, k->name, v == VERDICT_UNKNOWN ? REASON_UNKNOWN : REASON_NO_MATCH, 0);
    else if (decided_before(c, cause->id.half))
        effects_decide(fx, k->name, REASON_DUPLICATE, 0);
    else if (k->delay && cause->trigger + k->delay > now)
        cause_wait(c, cause, cause->trigger + k->delay, fx);
    else
        cause_send(c, cause, now, pushed_before, fx);
}
