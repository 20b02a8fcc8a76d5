/* The records of a customer's key, each `kind length payload` (varints, then bytes). Append only: a kind once given out keeps its meaning.
 *
 *   kind        payload (z = zigzag varint, v = varint, t = varint length and bytes, 8 = eight bytes)
 *   1 EVENT     type v (0: t)  flags v (1 key, 2 position, 4 accuracy)  ts z  [key 8] [lat z lon z, 1e-7 degrees] [accuracy v, dm]
 *               count v, then each: field v (0: t), value (value.h)
 *   2 KEPT      as EVENT: an event in a snapshot, whose effect on the rest of the card stands in other records
 *   3 ZONE      t
 *   4 ENTER     place 8, at z          5 LEAVE     place 8, at z
 *   6 DECISION  name t, push 8, at z, trigger z, reason v
 *   7 SETTLED   push 8, reason v
 *   8 TIMER     id 8, due z, kind v, campaign t, payload t          9 TIMER_DONE  id 8
 *   10 STATS    type v (0: t), count v, first z, last z, amount z, currency t, flags v (1 mixed, 2 summed)
 *   11 ATTRIBUTE  name t, at z, value  12 CONSENT  purpose t, state v, at z, source t, text version t
 *   13 DEVICE   token t, platform t, locale t, app version t, registered z
 *   14 CARD     position? v [lat z lon z accuracy v at z], known since z, trimmed to z
 *   15 SNAPSHOT_END  nothing: what stands behind it is the log
 */
#include "customer_bytes.h"
#include "nudge/mem.h"

/* ---- applying: one small function per kind */

static struct type_stats *stats_of(struct customer *c, enum event_type type, struct str name)
{
    for (size_t i = 0; i < c->n_stats; i++)
        if (c->stats[i].type == type && (type || str_eq(c->stats[i].name, name))) return &c->stats[i];
    if (c->n_stats >= UINT16_MAX) return &c->stats[UINT16_MAX - 1];
    c->stats = mem_grow(c->stats, &c->own->cap_stats, c->n_stats + 1, sizeof *c->stats);
    struct type_stats *s = &c->stats[c->n_stats++];
    *s = (struct type_stats){.type = type, .name = type ? name : bytes_copy(c, name), };
    return s;
}

static void stats_add_amount(struct customer *c, struct type_stats *s, num_t amount, struct str currency)
{
    if (!s->summed) s->currency = bytes_copy(c, currency);
    s->summed = true;
    if (!str_eq(s->currency, currency) || !num_add(s->amount, amount, &s->amount)) s->mixed = true;
}

static void attribute_set(struct customer *c, struct str name, const struct value *v, int64_t at)
{
    struct attribute *a = NULL;
    for (size_t i = 0; i < c->n_attributes && !a; i++)
        if (str_eq(c->attributes[i].name, name)) a = &c->attributes[i];
    if (a && a->at > at) return; /* a late event does not undo a newer one */
    if (!a) {
        c->attributes = mem_grow(c->attributes, &c->own->cap_attributes, c->n_attributes + 1, sizeof *c->attributes);
        a = &c->attributes[c->n_attributes++];
        a->name = bytes_copy(c, name);
    }
    a->value = *v, a->at = at;
    if (v->kind == VALUE_TEXT && v->text.n == 0) a->value.kind = VALUE_NONE; /* taken back; its time stays, against late events */
    if (v->kind == VALUE_TEXT || v->kind == VALUE_LIST) a->value.text = bytes_copy(c, v->text);
}

static void consent_set(struct customer *c, const struct consent *new)
{
    struct consent *s = NULL;
    for (size_t i = 0; i < c->n_consents && !s; i++)
        if (str_eq(c->consents[i].purpose, new->purpose)) s = &c->consents[i];
    if (s && s->at > new->at) return;
    if (!s) {
        c->consents = mem_grow(c->consents, &c->own->cap_consents, c->n_consents + 1, sizeof *c->consents);
        s = &c->consents[c->n_consents++];
        s->purpose = bytes_copy(c, new->purpose);
    }
    s->state = new->state, s->at = new->at;
    s->source = bytes_copy(c, new->source), s->text_version = bytes_copy(c, new->text_version);
}

/* False: it was registered again since. */
static bool device_remove(struct customer *c, struct str token, int64_t at)
{
    for (size_t i = 0; i < c->n_devices; i++) {
        if (!str_eq(c->devices[i].token, token)) continue;
        if (c->devices[i].registered > at) return false;
        memmove(&c->devices[i], &c->devices[i + 1], (--c->n_devices - i) * sizeof *c->devices);
        break;
    }
    return true;
}

/* The newest registration stands last. */
static void device_set(struct customer *c, const struct device *new)
{
    if (!device_remove(c, new->token, new->registered)) return;
    c->devices = mem_grow(c->devices, &c->own->cap_devices, c->n_devices + 1, sizeof *c->devices);
    size_t i = c->n_devices++;
    for (; i && c->devices[i - 1].registered > new->registered; i--) c->devices[i] = c->devices[i - 1];
    c->devices[i] = (struct device){bytes_copy(c, new->token), bytes_copy(c, new->platform), bytes_copy(c, new->locale),
                                                 bytes_copy(c, new->app_version), new->registered};
}

static void history_trim(struct customer *c)
{
    const struct history_limits *limits = &c->own->limits;
    int64_t oldest = c->history[c->n_history - 1].ts - limits->age;
    size_t drop = c->n_history > limits->events ? c->n_history - limits->events : 0;
    while (drop < c->n_history && c->history[drop].ts < oldest) drop++;
    if (!drop) return;
    if (c->trimmed_to < c->history[drop - 1].ts) c->trimmed_to = c->history[drop - 1].ts;
    c->history += drop, c->n_history -= drop;
}

static void history_insert(struct customer *c, const struct past *p)
{
    struct customer_bytes *own = c->own;
    size_t first = own->past ? (size_t)(c->history - own->past) : 0;
    if (first + c->n_history == own->cap_past) {
        if (first > own->cap_past / 4) {
            memmove(own->past, c->history, c->n_history * sizeof *p);
            first = 0;
        } else {
            own->past = mem_grow(own->past, &own->cap_past, own->cap_past + 1, sizeof *p);
        }
        c->history = own->past + first;
    }
    size_t i = c->n_history++;
    for (; i && c->history[i - 1].ts > p->ts; i--) c->history[i] = c->history[i - 1];
    c->history[i] = *p;
    history_trim(c);
}

static void history_add(struct customer *c, struct str payload, const struct record_event *e, size_t stats)
{
    struct str kept = bytes_copy(c, payload);
    struct past p = {e->ts, e->key, kept.p, (uint32_t)kept.n, (uint16_t)stats, e->positioned};
    history_insert(c, &p);
}

/* What the event's properties say of the card, gathered in one pass. */
struct event_facts {
    struct value field[FIELD_COUNT];
};

static bool facts_read(struct customer *c, const struct record_event *e, struct event_facts *facts)
{
    struct str props = e->props, name;
    enum field f;
    struct value v;
    for (size_t i = 0; i < e->n_props; i++) {
        if (!record_prop_next(&props, &f, &name, &v)) return false;
        if (f < FIELD_COUNT) facts->field[f] = v;
        if (e->type == EVENT_PROFILE) attribute_set(c, name, &v, e->ts);
    }
    return true;
}

static struct str fact(const struct event_facts *facts, enum field f)
{
    return facts->field[f].kind == VALUE_TEXT ? facts->field[f].text : STR_NONE;
}

/* A token or a purpose may be written in digits. */
static struct str fact_text(const struct event_facts *facts, enum field f, char room[NUM_TEXT])
{
    const struct value *v = &facts->field[f];
    if (v->kind != VALUE_NUMBER) return fact(facts, f);
    return (struct str){room, (size_t)num_format(v->number, v->scale, room)};
}

static void consent_apply(struct customer *c, const struct record_event *e, const struct event_facts *facts)
{
    char purpose[NUM_TEXT], source[NUM_TEXT], version[NUM_TEXT];
    struct str state = fact(facts, FIELD_STATE);
    struct consent new = {fact_text(facts, FIELD_PURPOSE, purpose), CONSENT_REVOKED, e->ts, fact_text(facts, FIELD_SOURCE, source),
                          fact_text(facts, FIELD_TEXT_VERSION, version)};
    if (str_eq(state, STR("granted"))) new.state = CONSENT_GRANTED;
    if (str_eq(state, STR("denied"))) new.state = CONSENT_DENIED;
    consent_set(c, &new);
}

static void device_apply(struct customer *c, const struct record_event *e, const struct event_facts *facts)
{
    char token[NUM_TEXT], platform[NUM_TEXT], locale[NUM_TEXT], version[NUM_TEXT];
    struct device new = {fact_text(facts, FIELD_TOKEN, token), fact_text(facts, FIELD_PLATFORM, platform),
                         fact_text(facts, FIELD_LOCALE, locale), fact_text(facts, FIELD_APP_VERSION, version), e->ts};
    if (str_eq(fact(facts, FIELD_ACTION), STR("remove")))
        device_remove(c, new.token, e->ts);
    else
        device_set(c, &new);
}

static void position_apply(struct customer *c, const struct record_event *e)
{
    if (!e->positioned || (c->has_position && e->ts < c->position_at)) return;
    c->has_position = true;
    c->position = e->position, c->accuracy = e->accuracy, c->position_at = e->ts;
}

static bool event_apply(struct customer *c, struct str payload)
{
    struct record_event e;
    struct event_facts facts;
    facts.field[FIELD_AMOUNT].kind = facts.field[FIELD_CURRENCY].kind = VALUE_NONE;
    if (!record_event_read(payload, &e)) return false;
    bool card = e.type == EVENT_CONSENT || e.type == EVENT_DEVICE;
    if (card) memset(&facts, 0, sizeof facts);
    if (!facts_read(c, &e, &facts)) return false;
    struct type_stats *s = stats_of(c, e.type, e.type_name);
    if (!s->count || e.ts < s->first) s->first = e.ts;
    if (!s->count || e.ts > s->last) s->last = e.ts;
    s->count++;
    num_t amount;
    if (value_number(&facts.field[FIELD_AMOUNT], &amount)) stats_add_amount(c, s, amount, fact(&facts, FIELD_CURRENCY));
    if (!c->known_since || e.ts < c->known_since) c->known_since = e.ts;
    history_add(c, payload, &e, (size_t)(s - c->stats));
    position_apply(c, &e);
    if (e.type == EVENT_CONSENT) consent_apply(c, &e, &facts);
    if (e.type == EVENT_DEVICE) device_apply(c, &e, &facts);
    return true;
}

static bool kept_apply(struct customer *c, struct str payload)
{
    struct record_event e;
    if (!record_event_read(payload, &e)) return false;
    history_add(c, payload, &e, (size_t)(stats_of(c, e.type, e.type_name) - c->stats));
    return true;
}

static bool zone_apply(struct customer *c, struct str payload)
{
    struct str zone;
    if (!get_text(&payload, &zone)) return false;
    c->zone = bytes_copy(c, zone);
    return true;
}

/* Places left long ago make room. */
static void inside_forget(struct customer *c, int64_t now)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->n_inside; i++)
        if (!c->inside[i].left || now - c->inside[i].left < LEFT_KEPT) c->inside[kept++] = c->inside[i];
    c->n_inside = kept;
}

static bool enter_apply(struct customer *c, struct str s)
{
    uint64_t key;
    int64_t at;
    if (!get_8(&s, &key) || !get_time(&s, &at)) return false;
    inside_forget(c, at);
    struct inside *in = customer_inside(c, key);
    if (!in) {
        c->inside = mem_grow(c->inside, &c->own->cap_inside, c->n_inside + 1, sizeof *c->inside);
        in = &c->inside[c->n_inside++];
        in->key = key;
    }
    in->entered = at, in->left = 0;
    return true;
}

static bool leave_apply(struct customer *c, struct str s)
{
    uint64_t key;
    int64_t at;
    if (!get_8(&s, &key) || !get_time(&s, &at)) return false;
    struct inside *in = customer_inside(c, key);
    if (in) in->left = at;
    return true;
}

/* The oldest that was held back makes room first: caps count the pushes. */
static void decision_forget(struct customer *c)
{
    size_t i = 0;
    while (i < c->n_decisions && c->decisions[i].push) i++;
    if (i == c->n_decisions) i = 0;
    memmove(&c->decisions[i], &c->decisions[i + 1], (--c->n_decisions - i) * sizeof *c->decisions);
}

static bool decision_apply(struct customer *c, struct str s)
{
    struct decision_entry d;
    uint64_t reason;
    if (!get_text(&s, &d.name) || !get_8(&s, &d.push) || !get_time(&s, &d.at) || !get_time(&s, &d.trigger) ||
        !str_varint(&s, &reason) || reason >= REASON_COUNT)
        return false;
    d.reason = (enum reason)reason;
    d.campaign = str_hash(d.name);
    struct str name = STR_NONE;
    for (size_t i = 0; i < c->n_decisions && !name.p; i++)
        if (c->decisions[i].campaign == d.campaign) name = c->decisions[i].name; /* names repeat: share the bytes */
    d.name = name.p ? name : bytes_copy(c, d.name);
    if (c->n_decisions == DECISIONS_KEPT) decision_forget(c);
    c->decisions = mem_grow(c->decisions, &c->own->cap_decisions, c->n_decisions + 1, sizeof *c->decisions);
    c->decisions[c->n_decisions++] = d;
    return true;
}

static bool settled_apply(struct customer *c, struct str s)
{
    uint64_t push, reason;
    if (!get_8(&s, &push) || !str_varint(&s, &reason) || reason >= REASON_COUNT) return false;
    for (size_t i = 0; i < c->n_decisions; i++)
        if (c->decisions[i].push == push) c->decisions[i].reason = (enum reason)reason;
    return true;
}

/* Those that stay keep the order in which they were set: at the same moment they go in it. */
static void timer_remove(struct customer *c, uint64_t id)
{
    for (size_t i = 0; i < c->n_timers; i++) {
        if (c->timers[i].id != id) continue;
        memmove(&c->timers[i], &c->timers[i + 1], (--c->n_timers - i) * sizeof *c->timers);
        return;
    }
}

static bool timer_apply(struct customer *c, struct str s)
{
    struct timer t;
    uint64_t kind;
    if (!get_8(&s, &t.id) || !get_time(&s, &t.due) || !str_varint(&s, &kind) || !get_text(&s, &t.campaign) ||
        !get_text(&s, &t.payload))
        return false;
    timer_remove(c, t.id);
    t.kind = (enum timer_kind)kind;
    t.campaign = bytes_copy(c, t.campaign), t.payload = bytes_copy(c, t.payload);
    c->timers = mem_grow(c->timers, &c->own->cap_timers, c->n_timers + 1, sizeof *c->timers);
    c->timers[c->n_timers++] = t;
    return true;
}

static bool timer_done_apply(struct customer *c, struct str s)
{
    uint64_t id;
    if (!get_8(&s, &id)) return false;
    timer_remove(c, id);
    return true;
}

static bool stats_apply(struct customer *c, struct str s)
{
    enum event_type type;
    struct str name, currency;
    uint64_t count, flags;
    int64_t first, last, amount;
    if (!get_type(&s, &type, &name) || !str_varint(&s, &count) || !get_time(&s, &first) || !get_time(&s, &last) ||
        !str_zigzag(&s, &amount) || !get_text(&s, &currency) || !str_varint(&s, &flags))
        return false;
    struct type_stats *t = stats_of(c, type, name);
    t->count = count, t->first = first, t->last = last, t->amount = amount;
    t->mixed = flags & STATS_MIXED, t->summed = flags & STATS_SUMMED;
    t->currency = bytes_copy(c, currency);
    return true;
}

static bool attribute_apply(struct customer *c, struct str s)
{
    struct str name;
    int64_t at;
    struct value v;
    if (!get_text(&s, &name) || !get_time(&s, &at) || !value_decode(&s, &v)) return false;
    attribute_set(c, name, &v, at);
    return true;
}

static bool consent_record_apply(struct customer *c, struct str s)
{
    struct consent new;
    uint64_t state;
    if (!get_text(&s, &new.purpose) || !str_varint(&s, &state) || state > CONSENT_REVOKED || !get_time(&s, &new.at) ||
        !get_text(&s, &new.source) || !get_text(&s, &new.text_version))
        return false;
    new.state = (enum consent_state)state;
    consent_set(c, &new);
    return true;
}

static bool device_record_apply(struct customer *c, struct str s)
{
    struct device d;
    if (!get_text(&s, &d.token) || !get_text(&s, &d.platform) || !get_text(&s, &d.locale) || !get_text(&s, &d.app_version) ||
        !get_time(&s, &d.registered))
        return false;
    device_set(c, &d);
    return true;
}

static bool card_apply(struct customer *c, struct str s)
{
    uint64_t positioned;
    if (!str_varint(&s, &positioned)) return false;
    c->has_position = positioned;
    if (positioned && (!get_position(&s, &c->position) || !get_metres(&s, &c->accuracy) || !get_time(&s, &c->position_at)))
        return false;
    return get_time(&s, &c->known_since) && get_time(&s, &c->trimmed_to);
}

static bool nothing_apply(struct customer *c, struct str payload)
{
    (void)c, (void)payload;
    return true;
}

bool record_apply(struct customer *c, uint64_t kind, struct str payload)
{
    static bool (*const apply[RECORD_END])(struct customer *, struct str) = {
        [RECORD_EVENT] = event_apply,         [RECORD_KEPT] = kept_apply,          [RECORD_ZONE] = zone_apply,
        [RECORD_ENTER] = enter_apply,         [RECORD_LEAVE] = leave_apply,        [RECORD_DECISION] = decision_apply,
        [RECORD_SETTLED] = settled_apply,     [RECORD_TIMER] = timer_apply,        [RECORD_TIMER_DONE] = timer_done_apply,
        [RECORD_STATS] = stats_apply,         [RECORD_ATTRIBUTE] = attribute_apply, [RECORD_CONSENT] = consent_record_apply,
        [RECORD_DEVICE] = device_record_apply, [RECORD_CARD] = card_apply,      [RECORD_SNAPSHOT_END] = nothing_apply};
    c->own->known = true;
    return kind == 0 || kind >= RECORD_END || apply[kind](c, payload); /* unknown kinds are a newer program's */
}

