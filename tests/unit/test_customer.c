/* A customer's card: what each record does to it, and that the card loaded back from what was logged is the
 * card in memory. */
#include "nudge/clock.h"
#include "nudge/customer.h"
#include "unit.h"
#include <math.h>

#define NOW 1764000000000
static const struct history_limits limits = {30 * DAY, 100};

static struct arena arena;
static struct customer *c;
static struct buf key; /* what Redis holds: the version byte, then every change */

static int setup(void **state)
{
    (void)state;
    c = customer_new(STR("ann"), limits);
    buf_clear(&key);
    buf_char(&key, CUSTOMER_VERSION);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    customer_free(c);
    c = NULL;
    arena_release(&arena);
    buf_release(&key);
    return 0;
}

/* Flat fields, name and value by turns, up to NULL. */
static void happens(int64_t ts, const char *name, ...)
{
    struct field_pair pairs[40] = {{STR("user"), STR("ann")},
                                   {STR("ts"), arena_printf(&arena, "%lld", (long long)ts)}};
    size_t n = 2;
    char why[256];
    va_list ap;
    va_start(ap, name);
    for (; name; name = va_arg(ap, const char *))
        pairs[n++] = (struct field_pair){str_of(name), str_of(va_arg(ap, const char *))};
    va_end(ap);
    struct event e;
    const struct event_source source = {STR("1-0"), ts, ts};
    if (!event_decode(&arena, &source, pairs, n, &e, why, sizeof why)) fail_msg("%s", why);
    customer_event(c, &e, &key);
}

static const char *json_of(const struct customer *card)
{
    struct buf b = {0};
    customer_json(card, &b);
    struct str s = arena_str(&arena, buf_str(&b));
    buf_release(&b);
    return s.p;
}

static struct customer *loaded(struct str bytes)
{
    char why[128] = "";
    struct customer *card = customer_new(STR("ann"), limits);
    if (!customer_load(card, bytes, why, sizeof why)) fail_msg("%s", why);
    return card;
}

static void values_equal(const struct value *a, const struct value *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_true(value_eq(a, b) && a->scale == b->scale);
}

/* All that is in a card, also what customer_json leaves out. */
static void cards_equal(const struct customer *a, const struct customer *b)
{
    assert_string_equal(json_of(a), json_of(b));
    assert_true(a->n_attributes == b->n_attributes && a->n_consents == b->n_consents &&
                a->n_devices == b->n_devices && a->n_stats == b->n_stats);
    assert_true(a->n_history == b->n_history && a->n_inside == b->n_inside &&
                a->n_decisions == b->n_decisions && a->n_timers == b->n_timers);
    for (size_t i = 0; i < a->n_attributes; i++) {
        assert_true(a->attributes[i].at == b->attributes[i].at);
        values_equal(&a->attributes[i].value, &b->attributes[i].value);
    }
    for (size_t i = 0; i < a->n_stats; i++) {
        const struct type_stats *x = &a->stats[i], *y = &b->stats[i];
        assert_true(x->type == y->type && str_eq(x->name, y->name) && x->count == y->count &&
                    x->first == y->first && x->last == y->last);
        assert_true(x->amount == y->amount && x->mixed == y->mixed && x->summed == y->summed &&
                    str_eq(x->currency, y->currency));
    }
    for (size_t i = 0; i < a->n_history; i++) {
        const struct past *x = &a->history[i], *y = &b->history[i];
        assert_true(x->ts == y->ts && x->key == y->key && x->size == y->size &&
                    x->positioned == y->positioned);
        assert_true(str_eq(a->stats[x->stats].name, b->stats[y->stats].name));
        assert_memory_equal(x->record, y->record, x->size);
    }
    for (size_t i = 0; i < a->n_timers; i++) {
        const struct timer *x = &a->timers[i], *y = &b->timers[i];
        assert_true(x->id == y->id && x->due == y->due && x->kind == y->kind &&
                    str_eq(x->campaign, y->campaign) && str_eq(x->payload, y->payload));
    }
    for (size_t i = 0; i < a->n_decisions; i++) {
        const struct decision_entry *x = &a->decisions[i], *y = &b->decisions[i];
        assert_true(x->campaign == y->campaign && x->push == y->push && x->at == y->at &&
                    x->trigger == y->trigger && x->reason == y->reason);
    }
    assert_true(a->has_position == b->has_position && a->position_at == b->position_at &&
                a->accuracy == b->accuracy);
    assert_true(a->position.lat == b->position.lat && a->position.lon == b->position.lon);
    assert_true(a->known_since == b->known_since && a->trimmed_to == b->trimmed_to);
    assert_true(customer_is_new(a) == customer_is_new(b));
}

/* Loaded from the log, and from a snapshot of what was loaded: the same card both times. */
static void lasts(void)
{
    struct customer *card = loaded(buf_str(&key));
    cards_equal(c, card);
    struct buf snapshot = {0};
    customer_snapshot(card, &snapshot);
    cards_equal(c, card);
    struct customer *again = loaded(buf_str(&snapshot));
    cards_equal(c, again);
    customer_free(card);
    customer_free(again);
    buf_release(&snapshot);
}

static struct str past_text(size_t i, const char *name)
{
    struct value v;
    struct buf b = {0};
    if (!past_value(c, &c->history[i], str_of(name), &v)) return STR("(absent)");
    value_text(&v, &b);
    struct str s = arena_str(&arena, buf_str(&b));
    buf_release(&b);
    return s;
}

/* ---- what each change does */

static void a_new_customer_is_empty(void **state)
{
    (void)state;
    assert_true(customer_is_new(c));
    assert_null(customer_attribute(c, STR("age")));
    assert_null(customer_stats(c, STR("purchase")));
    assert_int_equal(customer_consent(c, STR("marketing")), CONSENT_UNKNOWN);
    assert_int_equal(customer_history_after(c, 0), 0);
    assert_false(customer_has_key(c, 1));
    struct customer *card = loaded(buf_str(&key));
    cards_equal(c, card);
    customer_free(card);
    happens(NOW, "type", "view", NULL);
    assert_false(customer_is_new(c));
}

static void an_event_becomes_history_and_is_read_back(void **state)
{
    (void)state;
    happens(NOW, "type", "purchase", "id", "order-1", "lat", "52.0907374", "lon", "-5.1214201", "accuracy",
            "8", "amount", "12.50", "currency", "EUR", "category", "pizza", "channel", "app", NULL);
    happens(NOW + 1, "type", "workshop", "topic", "cooking", NULL);
    static const char *const first[][2] = {
        {"amount", "12.50"},   {"category", "pizza"}, {"channel", "app"},       {"type", "purchase"},
        {"lat", "52.090737"},  {"lon", "-5.121420"},  {"accuracy", "8.000000"}, {"ts", "1764000000000"},
        {"topic", "(absent)"}, {"user", "(absent)"},  {"id", "(absent)"}};
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        assert_str(past_text(0, first[i][0]), first[i][1]);
    assert_str(past_text(1, "type"), "workshop");
    assert_str(past_text(1, "topic"), "cooking");
    assert_str(past_text(1, "lat"), "(absent)");
    struct point at;
    double accuracy;
    assert_true(past_position(c, &c->history[0], &at, &accuracy));
    assert_true(fabs(at.lat - 52.0907374) < 1e-9 && fabs(at.lon + 5.1214201) < 1e-9 && accuracy == 8);
    assert_false(past_position(c, &c->history[1], &at, &accuracy));
    assert_true(customer_has_key(c, str_hash(STR("order-1"))));
    assert_false(customer_has_key(c, str_hash(STR("order-2"))));
    assert_true(c->has_position && c->position_at == NOW && c->known_since == NOW);
    lasts();
}

static void late_events_stand_at_their_own_time(void **state)
{
    (void)state;
    static const int64_t at[] = {500, 100, 300, 300, 200, 600, 300};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        happens(NOW + at[i], "type", "view", "n", arena_printf(&arena, "%zu", i).p, NULL);
    static const char *const order[] = {"1", "4", "2", "3", "6", "0", "5"}; /* of one time: as they came */
    for (size_t i = 0; i < 7; i++) assert_str(past_text(i, "n"), order[i]);
    assert_true(c->known_since == NOW + 100);
    const struct type_stats *s = customer_stats(c, STR("view"));
    assert_true(s->count == 7 && s->first == NOW + 100 && s->last == NOW + 600);
    assert_int_equal(customer_history_after(c, NOW + 99), 0);
    assert_int_equal(customer_history_after(c, NOW + 100), 1);
    assert_int_equal(customer_history_after(c, NOW + 299), 2);
    assert_int_equal(customer_history_after(c, NOW + 300), 5);
    assert_int_equal(customer_history_after(c, NOW + 600), 7);
    lasts();
}

static void a_late_position_does_not_move_the_customer(void **state)
{
    (void)state;
    happens(NOW, "type", "location", "lat", "1", "lon", "1", "accuracy", "5", NULL);
    happens(NOW - 1, "type", "location", "lat", "2", "lon", "2", NULL);
    assert_true(c->position.lat == 1 && c->accuracy == 5 && c->position_at == NOW);
    happens(NOW, "type", "location", "lat", "3", "lon", "3", NULL); /* of one time: the last told */
    assert_true(c->position.lat == 3 && c->accuracy == 0);
    happens(NOW + 1, "type", "view", NULL);
    assert_true(c->position_at == NOW);
    lasts();
}

static void history_is_kept_by_age_from_the_newest_event(void **state)
{
    (void)state;
    happens(NOW, "type", "view", "n", "0", NULL);
    happens(NOW + 1, "type", "view", "n", "1", NULL);
    assert_true(c->trimmed_to == 0);
    happens(NOW + 30 * DAY, "type", "view", "n", "2", NULL);
    assert_int_equal(c->n_history, 3); /* just of that age: kept */
    happens(NOW + 30 * DAY + 1, "type", "view", "n", "3", NULL);
    assert_int_equal(c->n_history, 3);
    assert_str(past_text(0, "n"), "1");
    assert_true(c->trimmed_to == NOW);
    happens(NOW - 5, "type", "view", "n", "late", NULL); /* too late to be kept, not too late to be counted */
    assert_int_equal(c->n_history, 3);
    assert_true(c->trimmed_to == NOW && c->known_since == NOW - 5);
    assert_true(customer_stats(c, STR("view"))->count == 5);
    lasts();
}

static void history_is_kept_by_count_the_newest_first(void **state)
{
    (void)state;
    for (int i = 0; i < 150; i++)
        happens(NOW + i, "type", "view", "n", arena_printf(&arena, "%d", i).p, NULL);
    assert_int_equal(c->n_history, 100);
    assert_str(past_text(0, "n"), "50");
    assert_true(c->trimmed_to == NOW + 49);
    happens(NOW + 10, "type", "view", "n", "late", NULL);
    assert_str(past_text(0, "n"), "50");
    happens(NOW + 60, "type", "view", "n", "between", NULL);
    assert_str(past_text(0, "n"), "51");
    assert_str(past_text(10, "n"), "between");
    assert_true(c->trimmed_to == NOW + 50);
    assert_true(customer_stats(c, STR("view"))->count == 152);
    lasts();
}

static void counters_outlive_the_history(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++)
        happens(NOW + i, "type", "purchase", "amount", "0.10", "currency", "EUR", NULL);
    const struct type_stats *s = customer_stats(c, STR("purchase"));
    assert_true(s->count == 300 && s->first == NOW && s->last == NOW + 299 && s->amount == 30 * NUM_ONE &&
                s->summed && !s->mixed);
    assert_str(s->currency, "EUR");
    lasts();
}

static void amounts_in_several_currencies_are_not_summed(void **state)
{
    (void)state;
    happens(NOW, "type", "purchase", NULL);
    assert_false(customer_stats(c, STR("purchase"))->summed);
    happens(NOW, "type", "purchase", "amount", "1", "currency", "EUR", NULL);
    happens(NOW, "type", "review", "amount", "1", "currency", "USD", NULL);
    assert_false(customer_stats(c, STR("purchase"))->mixed);
    lasts();
    happens(NOW, "type", "purchase", "amount", "1", "currency", "USD", NULL);
    assert_true(customer_stats(c, STR("purchase"))->mixed);
    assert_false(customer_stats(c, STR("review"))->mixed);
    assert_null(strstr(json_of(c), "\"2.00\""));
    lasts();
    happens(NOW, "type", "cart", "amount", "1", NULL); /* none told, then one: two kinds of money as well */
    happens(NOW, "type", "cart", "amount", "1", "currency", "EUR", NULL);
    assert_true(customer_stats(c, STR("cart"))->mixed);
    happens(NOW, "type", "share", "amount", "8999999999999", "currency", "EUR", NULL);
    happens(NOW, "type", "share", "amount", "8999999999999", "currency", "EUR", NULL);
    assert_true(customer_stats(c, STR("share"))->mixed); /* too large to be said */
    lasts();
}

static void the_profile_is_what_was_said_last(void **state)
{
    (void)state;
    happens(NOW, "type", "profile", "age", "41", "first_name", "Ann", "newsletter", "true", NULL);
    happens(NOW + 10, "type", "profile", "age", "42", NULL);
    assert_true(customer_attribute(c, STR("age"))->number == 42 * NUM_ONE);
    assert_str(customer_attribute(c, STR("first_name"))->text, "Ann");
    happens(NOW + 5, "type", "profile", "age", "13", "city", "Utrecht",
            NULL); /* late: what it says of age is old */
    assert_true(customer_attribute(c, STR("age"))->number == 42 * NUM_ONE);
    assert_str(customer_attribute(c, STR("city"))->text, "Utrecht");
    happens(NOW + 10, "type", "profile", "age", "43", NULL); /* of one time: the last told */
    assert_true(customer_attribute(c, STR("age"))->number == 43 * NUM_ONE);
    happens(NOW + 20, "type", "view", "age", "99", NULL); /* only profile events say who one is */
    assert_true(customer_attribute(c, STR("age"))->number == 43 * NUM_ONE);
    lasts();
}

static void an_attribute_taken_back_stays_so_against_late_events(void **state)
{
    (void)state;
    happens(NOW, "type", "profile", "age", "41", "city", "Utrecht", "first_name", "Ann", NULL);
    happens(NOW + 10, "type", "profile", "age", "", NULL);
    assert_null(customer_attribute(c, STR("age")));
    assert_null(strstr(json_of(c), "\"age\": \"41\",\n    \"city\""));
    assert_str(customer_attribute(c, STR("city"))->text, "Utrecht");
    happens(NOW + 5, "type", "profile", "age", "40", NULL);
    assert_null(customer_attribute(c, STR("age")));
    happens(NOW + 5, "type", "profile", "city", "", NULL);
    assert_null(customer_attribute(c, STR("city")));
    happens(NOW + 4, "type", "profile", "first_name", "", "diet", "", NULL);
    happens(NOW + 3, "type", "profile", "diet", "vegan", NULL); /* taken back before it came */
    assert_null(customer_attribute(c, STR("diet")));
    lasts();
    happens(NOW + 11, "type", "profile", "age", "42", NULL);
    assert_true(customer_attribute(c, STR("age"))->number == 42 * NUM_ONE);
    lasts();
}

static void a_consent_is_the_newest_word_on_its_purpose(void **state)
{
    (void)state;
    happens(NOW, "type", "consent", "purpose", "marketing", "state", "granted", "source", "app",
            "text_version", "7", NULL);
    happens(NOW, "type", "consent", "purpose", "research", "state", "denied", NULL);
    assert_int_equal(customer_consent(c, STR("marketing")), CONSENT_GRANTED);
    assert_int_equal(customer_consent(c, STR("research")), CONSENT_DENIED);
    assert_str(c->consents[0].source, "app");
    assert_str(c->consents[0].text_version, "7");
    happens(NOW + 10, "type", "consent", "purpose", "marketing", "state", "revoked", "text_version", "8-b",
            NULL);
    happens(NOW + 5, "type", "consent", "purpose", "marketing", "state", "granted", NULL); /* late */
    assert_int_equal(customer_consent(c, STR("marketing")), CONSENT_REVOKED);
    assert_str(c->consents[0].text_version, "8-b");
    happens(NOW, "type", "consent", "purpose", "1", "state", "granted", "source", "2",
            NULL); /* names in digits are names */
    assert_int_equal(customer_consent(c, STR("1")), CONSENT_GRANTED);
    assert_str(c->consents[2].source, "2");
    lasts();
}

static void devices_stand_by_their_last_registration(void **state)
{
    (void)state;
    happens(NOW, "type", "device", "token", "aaa", "platform", "ios", "locale", "nl-NL", "app_version",
            "3.10", NULL);
    happens(NOW + 1, "type", "device", "token", "12345", "platform", "android", NULL);
    assert_int_equal(c->n_devices, 2);
    assert_str(c->devices[0].app_version, "3.10");
    assert_str(c->devices[1].token, "12345"); /* in digits, and still a token */
    happens(NOW + 2, "type", "device", "token", "aaa", "platform", "ios", "locale", "en", NULL);
    assert_int_equal(c->n_devices, 2);
    assert_str(c->devices[1].token, "aaa");
    assert_str(c->devices[1].locale, "en");
    happens(NOW + 1, "type", "device", "token", "aaa", "platform", "ios", "locale", "fr", NULL); /* late */
    assert_str(c->devices[1].locale, "en");
    assert_true(c->devices[1].registered == NOW + 2);
    happens(NOW + 1, "type", "device", "token", "bbb", "platform", "web",
            NULL); /* late, and unknown: before the newer one */
    assert_str(c->devices[1].token, "bbb");
    assert_str(c->devices[2].token, "aaa");
    lasts();
    happens(NOW + 1, "type", "device", "token", "aaa", "action", "remove", NULL); /* registered again since */
    assert_int_equal(c->n_devices, 3);
    happens(NOW + 3, "type", "device", "token", "12345", "action", "remove", NULL);
    happens(NOW + 3, "type", "device", "token", "unknown", "action", "remove", NULL);
    assert_int_equal(c->n_devices, 2);
    assert_str(c->devices[0].token, "bbb");
    lasts();
}

static void places_are_entered_left_and_forgotten_after_a_day(void **state)
{
    (void)state;
    customer_enter(c, 1, NOW, &key);
    customer_enter(c, 2, NOW + 1, &key);
    customer_leave(c, 1, NOW + 10, &key);
    customer_leave(c, 99, NOW + 10, &key); /* never entered */
    assert_int_equal(c->n_inside, 2);
    assert_true(customer_inside(c, 1)->left == NOW + 10 && customer_inside(c, 2)->left == 0);
    assert_null(customer_inside(c, 99));
    lasts();
    customer_enter(c, 3, NOW + 10 + DAY - 1, &key);
    assert_non_null(customer_inside(c, 1)); /* kept for the longest cooldown */
    customer_enter(c, 4, NOW + 10 + DAY, &key);
    assert_null(customer_inside(c, 1));
    assert_non_null(customer_inside(c, 2)); /* still inside */
    customer_leave(c, 2, NOW + 2 * DAY, &key);
    customer_enter(c, 2, NOW + 2 * DAY + 5, &key);
    assert_true(customer_inside(c, 2)->entered == NOW + 2 * DAY + 5 && !customer_inside(c, 2)->left);
    lasts();
}

static void decided(uint64_t push, enum reason reason, const char *name)
{
    struct decision_entry d = {
        .name = str_of(name), .push = push, .at = NOW, .trigger = NOW - 1, .reason = reason};
    customer_decided(c, &d, &key);
}

static void decisions_are_settled_by_their_push(void **state)
{
    (void)state;
    decided(7, REASON_PENDING, "a");
    decided(0, REASON_NO_CONSENT, "b");
    decided(8, REASON_PENDING, "a");
    assert_true(c->decisions[0].campaign == str_hash(STR("a")));
    customer_settled(c, 8, REASON_PROVIDER_REFUSED, &key);
    customer_settled(c, 99, REASON_SENT, &key); /* of a push no longer known */
    assert_int_equal(c->decisions[0].reason, REASON_PENDING);
    assert_int_equal(c->decisions[1].reason, REASON_NO_CONSENT);
    assert_int_equal(c->decisions[2].reason, REASON_PROVIDER_REFUSED);
    lasts();
}

static void of_many_decisions_pushes_are_remembered_longest(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 150; i++) decided(i, REASON_SENT, "sent");
    for (int i = 0; i < 150; i++) decided(0, REASON_NO_CONSENT, "held");
    assert_int_equal(c->n_decisions, 200);
    assert_true(c->decisions[0].push == 1); /* the 100 oldest held back went */
    for (uint64_t i = 151; i <= 250; i++) decided(i, REASON_PENDING, "sent");
    assert_int_equal(c->n_decisions, 200);
    uint64_t pushes = 0;
    for (size_t i = 0; i < c->n_decisions; i++) pushes += c->decisions[i].push != 0;
    assert_int_equal(pushes, 200);
    assert_true(c->decisions[0].push == 51 && c->decisions[199].push == 250);
    lasts();
}

static void timers_are_set_moved_and_cleared(void **state)
{
    (void)state;
    struct timer t = {1, NOW + 5, TIMER_SEND, STR("a"), STR("pay\0load")};
    customer_set_timer(c, &t, &key);
    t = (struct timer){2, NOW + 1, TIMER_DWELL, STR("b"), STR_NONE};
    customer_set_timer(c, &t, &key);
    t = (struct timer){1, NOW + 9, TIMER_SEND, STR("a"), STR("other")};
    customer_set_timer(c, &t, &key);
    assert_int_equal(c->n_timers, 2);
    assert_true(customer_timer(c, 1)->due == NOW + 9);
    assert_str(customer_timer(c, 1)->payload, "other");
    lasts();
    customer_clear_timer(c, 1, &key);
    customer_clear_timer(c, 1, &key);
    customer_clear_timer(c, 77, &key);
    assert_null(customer_timer(c, 1));
    assert_int_equal(c->n_timers, 1);
    customer_set_zone(c, STR("Europe/Amsterdam"), &key);
    customer_set_zone(c, STR("Asia/Tokyo"), &key);
    assert_str(c->zone, "Asia/Tokyo");
    lasts();
}

static void long_values_need_longer_lengths_and_come_back(void **state)
{
    (void)state;
    char text[EVENT_VALUE_MAX + 1];
    static const size_t sizes[] = {100, 110, 120, 127, 128, 129, 300, 4096};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        memset(text, 'a' + (int)i, sizes[i]);
        text[sizes[i]] = 0;
        happens(NOW + (int64_t)i, "type", "view", "long", text, "other", text, "third", text, NULL);
        assert_str(past_text(i, "third"), text);
        lasts();
    }
}

static void a_snapshot_is_due_when_the_log_has_outgrown_it(void **state)
{
    (void)state;
    struct buf snapshot = {0};
    size_t before = key.n;
    while (!customer_logged(c, key.n - before)) {
        before = key.n;
        happens(NOW, "type", "view", "screen", "home", NULL);
    }
    assert_in_range(key.n, 2048, 4096);
    customer_snapshot(c, &snapshot);
    assert_false(customer_logged(c, 2000));
    assert_false(customer_logged(c, snapshot.n + 48));
    assert_true(customer_logged(c, 1));
    buf_release(&snapshot);
}

static void a_snapshot_gives_back_the_memory_of_what_is_gone(void **state)
{
    (void)state;
    struct buf log = {0}, snapshot = {0};
    for (int i = 0; i < 20000; i++) {
        struct timer t = {1, NOW + i, TIMER_SEND, STR("campaign"), STR("something to remember for a while")};
        customer_set_timer(c, &t, &log);
    }
    size_t before = customer_memory(c);
    const char *name = c->user.p;
    customer_snapshot(c, &snapshot);
    assert_true(before > 20000 * 40 && customer_memory(c) < 4096);
    assert_ptr_equal(c->user.p, name); /* whoever finds the customer by these bytes still does */
    assert_true(snapshot.n < 200);
    buf_release(&log);
    buf_release(&snapshot);
}

/* ---- random lives */

struct told { /* the model's own memory of an event */
    int64_t ts;
    char n[24];
};

static const char *one_of(struct dice *d, const char *const *words, size_t n)
{
    return words[dice_below(d, n)];
}
#define ONE_OF(dice, ...)                                                                                    \
    one_of(dice, (const char *const[]){__VA_ARGS__},                                                         \
           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void random_event(struct dice *d, int64_t ts, const char *n)
{
    char lat[24], lon[24], amount[24];
    snprintf(lat, sizeof lat, "%d.%07d", (int)dice_below(d, 90), (int)dice_below(d, 10000000));
    snprintf(lon, sizeof lon, "-%d.%07d", (int)dice_below(d, 180), (int)dice_below(d, 10000000));
    snprintf(amount, sizeof amount, "%d.%02d", (int)dice_below(d, 1000), (int)dice_below(d, 100));
    switch (dice_below(d, 9)) {
    case 0:
        happens(ts, "type", "purchase", "amount", amount, "currency", dice_below(d, 5000) ? "EUR" : "USD",
                "category", ONE_OF(d, "pizza", "beer", "milk"), "n", n, NULL);
        break;
    case 1:
        happens(ts, "type", "location", "lat", lat, "lon", lon, "n", n, NULL);
        break;
    case 2:
        happens(ts, "type", ONE_OF(d, "view", "purchase", "own"), "lat", lat, "lon", lon, "accuracy", amount,
                "n", n, NULL);
        break;
    case 3:
        happens(ts, "type", "profile", ONE_OF(d, "age", "city", "first_name"),
                ONE_OF(d, "", "41", "12.50", "Utrecht", "007"), "n", n, NULL);
        break;
    case 4:
        happens(ts, "type", "consent", "purpose", ONE_OF(d, "marketing", "research", "3"), "state",
                ONE_OF(d, "granted", "denied", "revoked"), "text_version", ONE_OF(d, "1", "v2"), "n", n,
                NULL);
        break;
    case 5:
        happens(ts, "type", "device", "token", ONE_OF(d, "a", "b", "c", "4"), "platform", "ios", "action",
                ONE_OF(d, "add", "add", "remove"), "n", n, NULL);
        break;
    case 6:
        happens(ts, "type", ONE_OF(d, "workshop", "homework", "own"), "id",
                arena_printf(&arena, "%d", (int)dice_below(d, 1000)).p, "n", n, NULL);
        break;
    default:
        happens(ts, "type", ONE_OF(d, "app_open", "view", "like"), "n", n, "screen", amount, NULL);
    }
}

static void random_change(struct dice *d, int64_t now)
{
    uint64_t place = dice_below(d, 12) * 0x123456789abcdefu;
    static uint64_t push;
    struct timer t = {dice_below(d, 9), now + (int64_t)dice_below(d, 1000),
                      dice_below(d, 2) ? TIMER_SEND : TIMER_DWELL, str_of(ONE_OF(d, "a", "b")),
                      str_of(ONE_OF(d, "", "payload"))};
    switch (dice_below(d, 8)) {
    case 0:
        customer_enter(c, place, now, &key);
        break;
    case 1:
        customer_leave(c, place, now, &key);
        break;
    case 2:
        customer_set_zone(c, str_of(ONE_OF(d, "Europe/Amsterdam", "UTC", "Asia/Tokyo")), &key);
        break;
    case 3:
        decided(dice_below(d, 2) ? ++push : 0, (enum reason)dice_below(d, REASON_COUNT),
                ONE_OF(d, "one", "two", "three"));
        break;
    case 4:
        customer_settled(c, push - dice_below(d, 5), (enum reason)(1 + dice_below(d, REASON_COUNT - 1)),
                         &key);
        break;
    case 5:
    case 6:
        customer_set_timer(c, &t, &key);
        break;
    default:
        customer_clear_timer(c, t.id, &key);
    }
}

/* What must be kept of all that was told: the newest by time (of one time, the later told), as many and as
 * old as the limits allow. */
static void history_is_that_of_the_model(struct told *told, size_t n)
{
    for (size_t i = 1; i < n; i++) { /* insertion sort: it stays sorted from round to round */
        struct told t = told[i];
        size_t k = i;
        for (; k && told[k - 1].ts > t.ts; k--) told[k] = told[k - 1];
        told[k] = t;
    }
    size_t from = n > limits.events ? n - limits.events : 0;
    while (from < n && told[from].ts < told[n - 1].ts - limits.age) from++;
    assert_int_equal(c->n_history, n - from);
    for (size_t i = from; i < n; i++) {
        assert_true(c->history[i - from].ts == told[i].ts);
        assert_str(past_text(i - from, "n"), told[i].n);
    }
    assert_true(c->trimmed_to == (from ? told[from - 1].ts : 0));
    uint64_t counted = 0;
    for (size_t i = 0; i < c->n_stats; i++) counted += c->stats[i].count;
    assert_int_equal(counted, n);
}

static void random_life(struct dice *d, size_t steps)
{
    struct told *told = calloc(steps, sizeof *told);
    size_t n = 0;
    int64_t now = NOW;
    struct buf snapshot = {0};
    for (size_t i = 0; i < steps; i++) {
        now += (int64_t)dice_below(d, dice_below(d, 50) ? (uint64_t)HOUR : 20 * (uint64_t)DAY);
        if (dice_below(d, 3)) {
            int64_t late = dice_below(d, 5) ? 0
                                            : (int64_t)dice_below(d, dice_below(d, 4) ? (uint64_t)HOUR
                                                                                      : 40 * (uint64_t)DAY);
            told[n].ts = now - late;
            snprintf(told[n].n, sizeof told[n].n, "n%zu", i);
            random_event(d, told[n].ts, told[n].n);
            n++;
        } else {
            random_change(d, now);
        }
        if (dice_below(d, 100) == 0) { /* the key is written afresh, and later changes go behind it */
            buf_clear(&snapshot);
            customer_snapshot(c, &snapshot);
            buf_clear(&key);
            buf_str_put(&key, buf_str(&snapshot));
        }
        if (dice_below(d, 60)) continue;
        history_is_that_of_the_model(told, n);
        lasts();
        if (dice_below(d, 4) == 0) { /* restarted: from here on the loaded card lives on */
            struct customer *card = loaded(buf_str(&key));
            customer_free(c);
            c = card;
        }
        arena_reset(&arena);
    }
    history_is_that_of_the_model(told, n);
    lasts();
    buf_release(&snapshot);
    free(told);
}

static void any_life_is_loaded_back_as_it_was(void **state)
{
    (void)state;
    struct dice d = dice_new(7);
    for (int i = 0; i < 6; i++) {
        teardown(NULL);
        setup(NULL);
        random_life(&d, 3000);
    }
}

/* ---- damaged and foreign bytes */

/* All that readers do with a card, so that a wrong slice would be noticed. */
static void card_is_usable(struct customer *card)
{
    struct buf b = {0}, snapshot = {0};
    struct value v;
    struct point at;
    double accuracy;
    customer_json(card, &b);
    for (size_t i = 0; i < card->n_history; i++) {
        assert_true(card->history[i].stats < card->n_stats);
        assert_true(i == 0 || card->history[i - 1].ts <= card->history[i].ts);
        for (int f = 1; f < FIELD_COUNT; f++)
            past_value(card, &card->history[i], field_name((enum field)f), &v);
        past_value(card, &card->history[i], STR("own"), &v);
        past_position(card, &card->history[i], &at, &accuracy);
    }
    customer_snapshot(card, &snapshot);
    struct customer *again = loaded(buf_str(&snapshot)); /* what can be read can be written and read again */
    cards_equal(card, again);
    customer_free(again);
    buf_release(&b);
    buf_release(&snapshot);
}

static bool load_survives(struct str bytes)
{
    char why[128] = "";
    char *exact = malloc(bytes.n + 1); /* so that reading past the end is noticed */
    if (bytes.n) memcpy(exact, bytes.p, bytes.n);
    char *p = realloc(exact, bytes.n ? bytes.n : 1);
    struct customer *card = customer_new(STR("ann"), limits);
    bool right = customer_load(card, (struct str){p, bytes.n}, why, sizeof why);
    if (right)
        card_is_usable(card);
    else
        assert_true(why[0]);
    customer_free(card);
    free(p);
    arena_reset(&arena);
    return right;
}

static void a_life_of_everything(struct buf *out)
{
    struct dice d = {11};
    for (int i = 0; i < 60; i++) {
        if (i % 3 < 2)
            random_event(&d, NOW + i, "x");
        else
            random_change(&d, NOW + i);
        if (i != 40) continue;
        struct buf snapshot = {0};
        customer_snapshot(c, &snapshot);
        buf_clear(&key);
        buf_str_put(&key, buf_str(&snapshot));
        buf_release(&snapshot);
    }
    buf_str_put(out, buf_str(&key));
}

static size_t records_in(struct str s)
{
    size_t n = 0;
    uint64_t kind, length;
    struct str payload;
    for (s.p++, s.n--; s.n; n++)
        assert_true(str_varint(&s, &kind) && str_varint(&s, &length) && str_bytes(&s, length, &payload));
    return n;
}

static void bytes_cut_off_anywhere_are_refused_or_a_card(void **state)
{
    (void)state;
    struct buf b = {0};
    a_life_of_everything(&b);
    size_t right = 0;
    assert_true(b.n > 1000);
    for (size_t n = 0; n <= b.n; n++) right += load_survives((struct str){b.p, n});
    assert_int_equal(right, records_in(buf_str(&b)) + 1); /* at each record's end, and nowhere else */
    buf_release(&b);
}

static void bytes_changed_anywhere_are_refused_or_a_card(void **state)
{
    (void)state;
    struct dice d = dice_new(8);
    struct buf b = {0}, changed = {0};
    a_life_of_everything(&b);
    size_t refused = 0;
    for (int round = 0; round < 8000; round++) {
        buf_clear(&changed);
        buf_str_put(&changed, buf_str(&b));
        for (size_t n = 1 + dice_below(&d, 3); n; n--) {
            size_t at = 1 + dice_below(&d, changed.n - 1);
            if (dice_below(&d, 2))
                changed.p[at] = (char)dice_roll(&d);
            else
                changed.p[at] = (char)(changed.p[at] ^ 1 << dice_below(&d, 8));
        }
        refused += !load_survives(buf_str(&changed));
    }
    assert_in_range(refused, 800, 7999);
    buf_release(&b);
    buf_release(&changed);
}

static void records_of_unknown_kinds_are_passed_over(void **state)
{
    (void)state;
    happens(NOW, "type", "view", NULL);
    static const uint64_t kinds[] = {15, 63, 64, 1000, ((uint64_t)1 << 32) + 1, UINT64_MAX};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        buf_varint(&key, kinds[i]);
        buf_varint(&key, 5);
        buf_put(&key,
                "\x00\xff"
                "abc",
                5);
    }
    happens(NOW + 1, "type", "view", NULL);
    struct customer *card = loaded(buf_str(&key));
    cards_equal(c, card);
    customer_free(card);
}

static void another_version_is_refused(void **state)
{
    (void)state;
    char why[128] = "";
    assert_false(customer_load(c, STR(""), why, sizeof why));
    assert_non_null(strstr(why, "version"));
    assert_false(customer_load(c, STR("\x02"), why, sizeof why));
    assert_false(customer_load(c, STR("\0"), why, sizeof why));
    assert_true(customer_load(c, STR("\x01"), why, sizeof why));
    assert_true(customer_is_new(c));
}

static void a_reason_fits_its_room(void **state)
{
    (void)state;
    char why[8];
    memset(why, 'x', sizeof why);
    assert_false(customer_load(c, STR("\x02"), why, sizeof why));
    assert_int_equal(why[7], 0);
    memset(why, 'x', sizeof why);
    assert_false(customer_load(c, STR("\x01\x01"), why, sizeof why));
    assert_int_equal(why[7], 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {T(a_new_customer_is_empty),
                                       T(an_event_becomes_history_and_is_read_back),
                                       T(late_events_stand_at_their_own_time),
                                       T(a_late_position_does_not_move_the_customer),
                                       T(history_is_kept_by_age_from_the_newest_event),
                                       T(history_is_kept_by_count_the_newest_first),
                                       T(counters_outlive_the_history),
                                       T(amounts_in_several_currencies_are_not_summed),
                                       T(the_profile_is_what_was_said_last),
                                       T(an_attribute_taken_back_stays_so_against_late_events),
                                       T(a_consent_is_the_newest_word_on_its_purpose),
                                       T(devices_stand_by_their_last_registration),
                                       T(places_are_entered_left_and_forgotten_after_a_day),
                                       T(decisions_are_settled_by_their_push),
                                       T(of_many_decisions_pushes_are_remembered_longest),
                                       T(timers_are_set_moved_and_cleared),
                                       T(long_values_need_longer_lengths_and_come_back),
                                       T(a_snapshot_is_due_when_the_log_has_outgrown_it),
                                       T(a_snapshot_gives_back_the_memory_of_what_is_gone),
                                       T(any_life_is_loaded_back_as_it_was),
                                       T(bytes_cut_off_anywhere_are_refused_or_a_card),
                                       T(bytes_changed_anywhere_are_refused_or_a_card),
                                       T(records_of_unknown_kinds_are_passed_over),
                                       T(another_version_is_refused),
                                       T(a_reason_fits_its_room)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
