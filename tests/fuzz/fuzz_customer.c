/* make fuzz
 * The input is what a customer's key holds. It is refused, or it is a card that can be read, changed, written
 * afresh and read again, the same. */
#include "nudge/clock.h"
#include "nudge/customer.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1764000000000)
static const struct history_limits limits = {400 * DAY, 50};

static void expect(bool right)
{
    if (!right) abort();
}

static void history_readable(const struct customer *c)
{
    struct value v;
    struct point at;
    double accuracy;
    expect(c->n_history <= limits.events);
    for (size_t i = 0; i < c->n_history; i++) {
        const struct past *p = &c->history[i];
        expect(p->stats < c->n_stats && (!i || c->history[i - 1].ts <= p->ts));
        for (int f = 1; f < FIELD_COUNT; f++) past_value(c, p, field_name((enum field)f), &v);
        past_value(c, p, STR("own"), &v);
        past_position(c, p, &at, &accuracy);
    }
    expect(customer_history_after(c, INT64_MAX) == c->n_history);
}

static void changes_apply(struct customer *c, struct buf *log)
{
    struct prop amount = {
        STR("amount"), FIELD_AMOUNT, {.kind = VALUE_NUMBER, .number = 12500000, .scale = 2}};
    struct event e = {.user = c->user,
                      .type = EVENT_PURCHASE,
                      .type_name = STR("purchase"),
                      .ts = NOW,
                      .props = &amount,
                      .n_props = 1};
    struct decision_entry d = {.name = STR("c"), .push = 1, .at = NOW, .trigger = NOW};
    struct timer t = {1, NOW, TIMER_SEND, STR("c"), STR("p")};
    customer_event(c, &e, log);
    customer_enter(c, 1, NOW, log);
    customer_decided(c, &d, log);
    customer_set_timer(c, &t, log);
    customer_settled(c, 1, REASON_SENT, log);
    customer_leave(c, 1, NOW, log);
    customer_clear_timer(c, 1, log);
}

static void card_lasts(struct customer *c)
{
    char why[64];
    struct buf log = {0}, snapshot = {0}, before = {0}, after = {0};
    struct customer *again = customer_new(c->user, limits);
    changes_apply(c, &log);
    customer_json(c, &before);
    customer_snapshot(c, &snapshot);
    expect(customer_load(again, buf_str(&snapshot), why, sizeof why));
    customer_json(again, &after);
    expect(str_eq(buf_str(&before), buf_str(&after)));
    history_readable(again);
    customer_free(again);
    buf_release(&log), buf_release(&snapshot), buf_release(&before), buf_release(&after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[64] = "";
    struct customer *c = customer_new(STR("ann"), limits);
    if (customer_load(c, (struct str){(const char *)data, size}, why, sizeof why)) {
        history_readable(c);
        card_lasts(c);
    } else {
        expect(why[0]);
    }
    customer_free(c);
    return 0;
}
