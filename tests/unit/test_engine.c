/* The core, with the time told to it: from an event, a timer or a schedule to pushes, timers and decisions,
 * each with its reason. */
#include "nudge/engine.h"
#include "rules_world.h"

#define NOON INT64_C(1772622000000) /* 2026-03-04T12:00+01:00, a Wednesday */

static struct world *w;
static struct effects fx;
static unsigned entries;

static int setup(void **state)
{
    (void)state;
    w = world_new();
    fx = (struct effects){0};
    entries = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    effects_release(&fx);
    world_free(w);
    return 0;
}

/* Builds without errors; that campaigns here ask for no consent is a warning. */
static void rules_ready(void)
{
    world_build(w);
    if (w->errors.count) fail_msg("%s", world_errors(w));
    if (!w->customer) w->customer = customer_new(STR("ann"), w->settings.history);
}

static void effects_begin(void)
{
    effects_reset(&fx);
    fx.arena = &w->arena, fx.log = &w->log;
}

static void happens_as(const char *entry, int64_t ts, int64_t now, const char *json)
{
    struct event e = *world_event(w, ts, json);
    e.entry = arena_str(&w->arena, str_of(entry));
    struct str unfit;
    assert_true(engine_admit(w->rules, &w->arena, &e, &unfit));
    effects_begin();
    engine_event(w->rules, w->customer, &e, now, &fx);
}

/* The event, and the moment at which the daemon sees it. */
static void happens(int64_t ts, int64_t now, const char *json)
{
    happens_as(arena_printf(&w->arena, "%u-0", ++entries).p, ts, now, json);
}

static void falls_due(int64_t now)
{
    effects_begin();
    engine_due(w->rules, w->customer, now, &fx);
}

static const struct decision *decision_of(const char *campaign)
{
    const struct decision *found = NULL;
    for (size_t i = 0; i < fx.n_decisions; i++) {
        if (!str_eq(fx.decisions[i].campaign, str_of(campaign))) continue;
        if (found) fail_msg("%s was decided twice", campaign);
        found = &fx.decisions[i];
    }
    return found;
}

#define assert_decided(campaign, why)                                                                        \
    do {                                                                                                     \
        const struct decision *d_ = decision_of(campaign);                                                   \
        if (!d_) fail_msg("line %d: nothing was decided about %s", __LINE__, campaign);                      \
        if (d_->reason != (why))                                                                             \
            fail_msg("line %d: expected %s, found %s", __LINE__, reason_name(why).p,                         \
                     reason_name(d_->reason).p);                                                             \
    } while (0)
#define assert_undecided(campaign) assert_null(decision_of(campaign))

static const struct push *push_of(const char *campaign)
{
    for (size_t i = 0; i < fx.n_pushes; i++)
        if (str_eq(fx.pushes[i].campaign->name, str_of(campaign))) return &fx.pushes[i];
    return NULL;
}

static bool sent(const char *campaign)
{
    const struct decision *d = decision_of(campaign);
    return push_of(campaign) && d && d->reason == REASON_PENDING && !d->later;
}

static void settled(const char *campaign, enum reason reason)
{
    uint64_t half = push_of(campaign)->id.half;
    effects_begin();
    engine_settled(w->customer, half, reason, &fx);
}

static void campaign(const char *json)
{
    world_campaign(w, arena_printf(&w->arena, "c%zu.json", w->n_campaigns).p, json);
}

/* What the log says is what the customer is. */
static void log_tells_all(void)
{
    char why[128];
    struct buf bytes = {0}, a = {0}, b = {0};
    struct customer *card = customer_new(w->customer->user, w->settings.history);
    buf_char(&bytes, CUSTOMER_VERSION);
    buf_str_put(&bytes, buf_str(&w->log));
    assert_true(customer_load(card, buf_str(&bytes), why, sizeof why));
    customer_json(w->customer, &a);
    customer_json(card, &b);
    buf_char(&a, 0), buf_char(&b, 0);
    assert_string_equal(a.p, b.p);
    customer_free(card);
    buf_release(&bytes), buf_release(&a), buf_release(&b);
}

/* ---- from an event to a push */

static void an_event_becomes_a_push(void **state)
{
    (void)state;
    campaign("{'name':'hello','trigger':{'event':'purchase','where':{'category':'pizza'}},'expires':'3h','"
             "push':{'title':'Hi {{first_name}}',"
             "'body':'{{amount | money}} at {{store.name}}, "
             "{{campaign}}','url':'app://x/{{store.id}}','data':{'a':1}}}");
    world_stores(w, "stores.csv", "id,name,lat,lon\ns1,Centrum,52.09,5.12\n");
    rules_ready();
    happens(NOON, NOON + 500, "{'type':'profile','first_name':'Ann'}");
    happens(NOON, NOON + 500, "{'type':'purchase','category':'pizza','amount':'12.50','store':'s1'}");
    assert_int_equal(fx.n_pushes, 1);
    assert_true(sent("hello"));
    const struct push *p = push_of("hello");
    assert_true(str_eq(p->title, STR("Hi Ann")));
    assert_true(str_eq(p->body, STR("\xe2\x82\xac"
                                    "12.50 at Centrum, hello")));
    assert_true(str_eq(p->url, STR("app://x/s1")) && str_eq(p->provider, STR("app")) &&
                str_eq(p->language, STR("en")));
    assert_true(str_eq(p->data, STR("{\"a\":1}")) || str_eq(p->data, STR("{\"a\": 1}")));
    assert_true(p->created == NOON + 500 && p->expires == NOON + 3 * HOUR);
    assert_int_equal(strlen(p->id.text), PUSH_ID_TEXT);
    assert_int_equal(w->customer->n_decisions, 1);
    const struct decision_entry *d = &w->customer->decisions[0];
    assert_true(d->push == p->id.half && d->at == NOON + 500 && d->trigger == NOON &&
                d->reason == REASON_PENDING);
    assert_int_equal(fx.n_timers, 0);
    settled("hello", REASON_SENT);
    assert_int_equal(w->customer->decisions[0].reason, REASON_SENT);
    happens(NOON, NOON, "{'type':'purchase','category':'beer'}");
    assert_int_equal(fx.n_decisions, 0); /* the trigger's own conditions: nobody asks why it was silent */
    log_tells_all();
}

static void an_audience_that_is_false_is_no_match_and_unknown_is_unknown(void **state)
{
    (void)state;
    campaign("{'name':'adults','trigger':{'event':'app_open'},'audience':{'attribute':'age','gte':18},'push':"
             "{'title':'t'}}");
    rules_ready();
    happens(NOON, NOON, "{'type':'app_open'}");
    assert_decided("adults", REASON_UNKNOWN);
    happens(NOON, NOON, "{'type':'profile','age':17}");
    happens(NOON, NOON, "{'type':'app_open'}");
    assert_decided("adults", REASON_NO_MATCH);
    happens(NOON, NOON, "{'type':'profile','age':18}");
    happens(NOON, NOON, "{'type':'app_open'}");
    assert_true(sent("adults"));
    assert_int_equal(w->customer->n_decisions, 1); /* those held back by the audience are told, not kept */
    log_tells_all();
}

static void without_consent_nothing_is_sent(void **state)
{
    (void)state;
    campaign("{'name':'m','trigger':{'event':'app_open'},'purpose':'marketing','push':{'title':'t'}}");
    rules_ready();
    happens(NOON, NOON, "{'type':'app_open'}");
    assert_decided("m", REASON_NO_CONSENT);
    happens(NOON, NOON, "{'type':'consent','purpose':'research','state':'granted'}");
    happens(NOON, NOON, "{'type':'app_open'}");
    assert_decided("m", REASON_NO_CONSENT);
    happens(NOON, NOON, "{'type':'consent','purpose':'marketing','state':'granted'}");
    happens(NOON, NOON, "{'type':'app_open'}");
    assert_true(sent("m"));
    happens(NOON, NOON, "{'type':'consent','purpose':'marketing','state':'revoked'}");
    happens(NOON, NOON, "{'type':'app_open'}");
    assert_decided("m", REASON_NO_CONSENT);
    assert_int_equal(fx.n_pushes, 0);
    assert_int_equal(w->customer->n_decisions, 4);
    log_tells_all();
}

static void the_exception_is_asked_just_before_sending(void **state)
{
    (void)state;
    campaign("{'name':'now','trigger':{'event':'view'},'unless':{'performed':'purchase','within':'1h'},'push'"
             ":{'title':'t'}}");
    campaign("{'name':'odd','trigger':{'event':'view'},'unless':{'attribute':'age','gte':18},'push':{'title':"
             "'t'}}");
    rules_ready();
    happens(NOON, NOON, "{'type':'view'}");
    assert_true(sent("now"));
    assert_decided("odd", REASON_UNKNOWN);
    happens(NOON + MINUTE, NOON + MINUTE, "{'type':'purchase'}");
    happens(NOON + 2 * MINUTE, NOON + 2 * MINUTE, "{'type':'view'}");
    assert_decided("now", REASON_EXCEPTED);
    happens(NOON + MINUTE + HOUR, NOON + MINUTE + HOUR, "{'type':'view'}");
    assert_true(sent("now"));
    /* A late event: what counts is the hour before it is seen, not before it happened. */
    happens(NOON + 5 * HOUR, NOON + 5 * HOUR, "{'type':'purchase'}");
    happens(NOON + 3 * HOUR, NOON + 5 * HOUR + MINUTE, "{'type':'view'}");
    assert_decided("now", REASON_EXCEPTED);
    happens(NOON + 5 * HOUR + MINUTE, NOON + 7 * HOUR, "{'type':'view'}");
    assert_true(sent("now"));
    log_tells_all();
}

static void a_campaign_is_in_force_from_starts_to_ends(void **state)
{
    (void)state;
    campaign("{'name':'day','trigger':{'event':'view'},'starts':'2026-03-04','ends':'2026-03-05','push':{'"
             "title':'t'}}");
    rules_ready();
    int64_t starts = world_time("2026-03-04T00:00+01:00"), ends = starts + DAY;
    happens(starts - 1, starts + 5, "{'type':'view'}");
    assert_decided("day", REASON_NOT_ACTIVE);
    happens(starts, starts, "{'type':'view'}");
    assert_true(sent("day"));
    happens(ends - 1, ends - 1, "{'type':'view'}");
    assert_true(sent("day"));
    happens(ends - 1, ends, "{'type':'view'}"); /* seen when it was over */
    assert_decided("day", REASON_NOT_ACTIVE);
    happens(ends, ends, "{'type':'view'}");
    assert_decided("day", REASON_NOT_ACTIVE);
    log_tells_all();
}

static void what_is_too_late_to_be_of_use_expires(void **state)
{
    (void)state;
    campaign("{'name':'soon','trigger':{'event':'view'},'expires':'1h','push':{'title':'t'}}");
    rules_ready();
    happens(NOON, NOON + HOUR - 1, "{'type':'view'}");
    assert_true(sent("soon"));
    happens(NOON, NOON + HOUR, "{'type':'view'}");
    assert_decided("soon", REASON_EXPIRED);
    log_tells_all();
}

static void a_campaigns_cap_counts_what_was_sent_or_is_under_way(void **state)
{
    (void)state;
    campaign("{'name':'c','trigger':{'event':'view'},'frequency_cap':['2 per 1d'],'push':{'title':'t'}}");
    campaign("{'name':'free','trigger':{'event':'view'},'push':{'title':'t'}}");
    rules_ready();
    happens(NOON, NOON, "{'type':'view'}");
    assert_true(sent("c"));
    settled("c", REASON_SENT);
    happens(NOON + 1, NOON + 1, "{'type':'view'}");
    assert_true(sent("c"));
    uint64_t second = push_of("c")->id.half;
    happens(NOON + 2, NOON + 2, "{'type':'view'}");
    assert_decided("c", REASON_FREQUENCY_CAP);
    assert_true(sent("free"));
    effects_begin();
    engine_settled(w->customer, second, REASON_PROVIDER_FAILED, &fx); /* never arrived: does not count */
    happens(NOON + 3, NOON + 3, "{'type':'view'}");
    assert_true(sent("c"));
    happens(NOON + DAY - 1, NOON + DAY - 1, "{'type':'view'}");
    assert_decided("c", REASON_FREQUENCY_CAP);
    happens(NOON + DAY, NOON + DAY, "{'type':'view'}"); /* (now - 1d, now]: the first is out */
    assert_true(sent("c"));
    log_tells_all();
}

static void the_cap_over_all_gives_the_last_place_to_the_highest_priority(void **state)
{
    (void)state;
    static const struct cap caps[] = {{2, DAY}};
    w->settings.caps = caps, w->settings.n_caps = 1;
    campaign("{'name':'a-low','trigger':{'event':'view'},'priority':10,'push':{'title':'t'}}");
    campaign("{'name':'b-high','trigger':{'event':'view'},'priority':90,'push':{'title':'t'}}");
    campaign("{'name':'c-high','trigger':{'event':'view'},'priority':90,'push':{'title':'t'}}");
    campaign("{'name':'d-cart','trigger':{'event':'cart'},'push':{'title':'t'}}");
    rules_ready();
    happens(NOON, NOON, "{'type':'view'}");
    assert_int_equal(fx.n_decisions, 3);
    assert_true(str_eq(fx.decisions[0].campaign, STR("b-high"))); /* by priority, then by name */
    assert_true(str_eq(fx.decisions[1].campaign, STR("c-high")));
    assert_true(sent("b-high") && sent("c-high"));
    assert_decided("a-low", REASON_OUTRANKED);
    happens(NOON + 1, NOON + 1, "{'type':'cart'}"); /* nobody outranks it: the places were taken before */
    assert_decided("d-cart", REASON_FREQUENCY_CAP);
    happens(NOON + DAY, NOON + DAY, "{'type':'cart'}");
    assert_true(sent("d-cart"));
    log_tells_all();
}

static void of_many_campaigns_none_is_passed_over(void **state)
{
    (void)state;
    enum { N = 1500 };
    struct rules_file *files = calloc(N, sizeof *files);
    for (size_t i = 0; i < N; i++) {
        struct str json = arena_printf(
            &w->arena, "{'name':'n%04zu','trigger':{'event':'view'},'priority':%zu,'push':{'title':'t'}}", i,
            i % 101);
        files[i] = (struct rules_file){"many.json", world_json(w, json.p)};
    }
    struct rules_sources sources = {.campaigns = files, .n_campaigns = N};
    w->rules = rules_build(&w->settings, &sources, &w->errors, NULL);
    w->customer = customer_new(STR("ann"), w->settings.history);
    assert_int_equal(w->errors.count, 0);
    happens(NOON, NOON, "{'type':'view'}");
    assert_int_equal(fx.n_decisions, N);
    assert_int_equal(fx.n_pushes, N);
    for (size_t i = 1; i < N; i++) {
        const struct campaign *a = ruleset_campaign(w->rules, fx.decisions[i - 1].campaign),
                              *b = ruleset_campaign(w->rules, fx.decisions[i].campaign);
        assert_true(a->priority > b->priority ||
                    (a->priority == b->priority && str_cmp(a->name, b->name) < 0));
    }
    free(files);
}

/* ---- quiet hours and delays */

static void in_quiet_hours_it_is_dropped_or_waits_for_their_end(void **state)
{
    (void)state;
    campaign("{'name':'drop','trigger':{'event':'view'},'quiet_hours':{'from':'21:00','to':'09:00','then':'"
             "drop'},'push':{'title':'t'}}");
    campaign("{'name':'defer','trigger':{'event':'view'},'quiet_hours':{'from':'21:00','to':'09:00','then':'"
             "defer'},'push':{'title':'{{what}}'}}");
    rules_ready();
    int64_t night = world_time("2026-03-04T22:30+01:00"), morning = world_time("2026-03-05T09:00+01:00");
    happens(night, night, "{'type':'view','what':'kept'}");
    assert_decided("drop", REASON_QUIET_HOURS);
    assert_decided("defer", REASON_PENDING);
    assert_true(decision_of("defer")->later == morning);
    assert_int_equal(fx.n_pushes, 0);
    assert_true(fx.n_timers == 1 && fx.timers[0].set && fx.timers[0].due == morning);
    uint64_t id = fx.timers[0].id;
    log_tells_all();
    falls_due(morning - 1);
    assert_int_equal(fx.n_decisions + fx.n_timers, 0);
    falls_due(morning);
    assert_true(sent("defer"));
    assert_true(str_eq(push_of("defer")->title, STR("kept"))); /* the event that set it off is remembered */
    assert_true(push_of("defer")->id.half == id && push_of("defer")->created == morning);
    assert_true(fx.n_timers == 1 && !fx.timers[0].set && fx.timers[0].id == id &&
                fx.timers[0].due == morning);
    assert_int_equal(w->customer->n_timers, 0);
    happens(morning, morning, "{'type':'view'}");
    assert_true(sent("drop") && sent("defer"));
    log_tells_all();
}

static void quiet_hours_are_the_customers_own(void **state)
{
    (void)state;
    campaign("{'name':'c','trigger':{'event':'view'},'quiet_hours':{'from':'21:00','to':'09:00'},'push':{'"
             "title':'t'}}");
    rules_ready();
    happens(NOON, NOON, "{'type':'profile','timezone':'Asia/Tokyo'}"); /* 20:00 there */
    happens(NOON, NOON, "{'type':'view'}");
    assert_true(sent("c"));
    happens(NOON + HOUR, NOON + HOUR, "{'type':'view'}");
    assert_true(decision_of("c")->later == world_time("2026-03-05T09:00+09:00"));
}

static void a_delayed_push_waits_and_asks_the_exception_then(void **state)
{
    (void)state;
    campaign("{'name':'rate','trigger':{'event':'app_close'},'delay':'2h','unless':{'performed':'review','"
             "within':'3h'},'push':{'title':'t'}}");
    rules_ready();
    happens(NOON, NOON + 50, "{'type':'app_close'}");
    assert_decided("rate", REASON_PENDING);
    assert_true(decision_of("rate")->later == NOON + 2 * HOUR &&
                fx.n_pushes == 0); /* from the trigger's own time */
    assert_true(fx.n_timers == 1 && fx.timers[0].set && fx.timers[0].due == NOON + 2 * HOUR);
    falls_due(NOON + 2 * HOUR + 5);
    assert_true(sent("rate"));
    assert_int_equal(w->customer->n_timers, 0);
    falls_due(NOON + 9 * HOUR);
    assert_int_equal(fx.n_decisions, 0); /* once */
    int64_t second = NOON + DAY;
    happens(second, second, "{'type':'app_close'}");
    happens(second + HOUR, second + HOUR, "{'type':'review'}");
    falls_due(second + 2 * HOUR);
    assert_decided("rate", REASON_EXCEPTED);
    assert_true(fx.n_timers == 1 && !fx.timers[0].set);
    happens(NOON + 2 * DAY, NOON + 2 * DAY + 3 * HOUR,
            "{'type':'app_close'}"); /* seen when the delay was over: at once */
    assert_true(sent("rate"));
    log_tells_all();
}

static void a_delayed_push_may_still_be_deferred_expire_or_lose_its_campaign(void **state)
{
    (void)state;
    campaign("{'name':'quiet','trigger':{'event':'view'},'delay':'8h','quiet_hours':{'from':'19:00','to':'09:"
             "00'},'push':{'title':'t'}}");
    campaign(
        "{'name':'stale','trigger':{'event':'view'},'delay':'490m','expires':'500m','push':{'title':'t'}}");
    campaign("{'name':'over','trigger':{'event':'view'},'delay':'8h','ends':'2026-03-04T20:00','push':{'"
             "title':'t'}}");
    campaign("{'name':'gone','trigger':{'event':'view'},'delay':'9h','push':{'title':'t'}}");
    rules_ready();
    happens(NOON, NOON, "{'type':'view'}");
    assert_int_equal(w->customer->n_timers, 4);
    falls_due(NOON + 8 * HOUR);
    assert_decided("quiet", REASON_PENDING);
    assert_true(decision_of("quiet")->later == world_time("2026-03-05T09:00+01:00"));
    assert_decided("over", REASON_NOT_ACTIVE);
    assert_undecided("gone");
    assert_int_equal(w->customer->n_timers, 3);
    w->n_campaigns = 3; /* its file is taken away */
    rules_ready();
    falls_due(NOON + 9 * HOUR);
    assert_decided("stale", REASON_EXPIRED); /* looked at late */
    assert_decided("gone", REASON_NOT_ACTIVE);
    assert_int_equal(fx.n_pushes, 0);
    assert_true(fx.n_timers == 2 && !fx.timers[0].set && !fx.timers[1].set);
    falls_due(NOON + DAY);
    assert_true(sent("quiet"));
    assert_int_equal(w->customer->n_timers, 0);
    log_tells_all();
}

static void timers_fall_due_by_time_then_priority_then_name(void **state)
{
    (void)state;
    static const struct cap caps[] = {{3, DAY}};
    w->settings.caps = caps, w->settings.n_caps = 1;
    campaign("{'name':'a','trigger':{'event':'view'},'delay':'2h','priority':1,'push':{'title':'t'}}");
    campaign("{'name':'b','trigger':{'event':'view'},'delay':'2h','priority':9,'push':{'title':'t'}}");
    campaign("{'name':'c','trigger':{'event':'view'},'delay':'2h','priority':9,'push':{'title':'t'}}");
    campaign("{'name':'d','trigger':{'event':'view'},'delay':'1h','priority':0,'push':{'title':'t'}}");
    rules_ready();
    happens(NOON, NOON, "{'type':'view'}");
    falls_due(NOON + DAY);
    static const char *const order[] = {"d", "b", "c", "a"};
    for (size_t i = 0; i < 4; i++) assert_true(str_eq(fx.decisions[i].campaign, str_of(order[i])));
    assert_true(sent("d") && sent("b") && sent("c"));
    assert_decided("a", REASON_FREQUENCY_CAP);
}

/* ---- once */

static void the_same_event_twice_changes_nothing(void **state)
{
    (void)state;
    campaign("{'name':'c','trigger':{'event':'purchase'},'push':{'title':'t'}}");
    rules_ready();
    happens(NOON, NOON, "{'type':'purchase','id':'order-1'}");
    assert_true(sent("c"));
    size_t logged = w->log.n;
    happens(NOON + 5, NOON + 5,
            "{'type':'purchase','id':'order-1','amount':'9'}"); /* another entry, the same idempotency key */
    assert_true(fx.duplicate);
    assert_int_equal(fx.n_decisions + fx.n_pushes + fx.n_timers, 0);
    assert_int_equal(w->log.n, logged);
    happens(NOON + 6, NOON + 6, "{'type':'purchase','id':'order-2'}");
    assert_true(!fx.duplicate && sent("c"));
}

static void a_push_is_decided_once_even_if_its_entry_comes_again(void **state)
{
    (void)state;
    campaign("{'name':'c','trigger':{'event':'view'},'push':{'title':'t'}}");
    campaign("{'name':'later','trigger':{'event':'view'},'delay':'1h','push':{'title':'t'}}");
    rules_ready();
    happens_as("7-1", NOON, NOON, "{'type':'view'}");
    assert_true(sent("c"));
    happens_as("7-1", NOON, NOON, "{'type':'view'}");
    assert_decided("c", REASON_DUPLICATE);
    assert_decided("later", REASON_DUPLICATE); /* it waits already */
    happens_as("7-2", NOON, NOON, "{'type':'view'}");
    assert_true(sent("c"));
}

static void a_pushs_id_follows_from_campaign_customer_and_cause(void **state)
{
    (void)state;
    campaign("{'name':'hello','trigger':{'event':'purchase'},'push':{'title':'t'}}");
    campaign("{'name':'other','trigger':{'event':'purchase'},'push':{'title':'t'}}");
    rules_ready();
    happens(NOON, NOON, "{'type':'purchase','id':'order-1'}");
    /* SHA-256 of hello NUL ann NUL id:order-1 NUL 0: a redelivery to a newer version makes the same */
    assert_string_equal(push_of("hello")->id.text, "c7d3354683f81375e64ee8de4acd3769");
    assert_true(push_of("hello")->id.half == 0xc7d3354683f81375u);
    char first[PUSH_ID_TEXT + 1];
    memcpy(first, push_of("hello")->id.text, sizeof first);
    assert_string_not_equal(push_of("other")->id.text, first);
    happens(NOON, NOON, "{'type':'purchase','id':'order-2'}");
    assert_string_not_equal(push_of("hello")->id.text, first);
    customer_free(w->customer);
    w->customer = customer_new(STR("bob"), w->settings.history);
    happens(NOON, NOON, "{'type':'purchase','id':'order-1'}");
    assert_string_not_equal(push_of("hello")->id.text, first);
    customer_free(w->customer);
    w->customer = customer_new(STR("ann"), w->settings.history);
    happens(NOON + DAY, NOON + DAY, "{'type':'purchase','id':'order-1','amount':'1'}");
    assert_string_equal(push_of("hello")->id.text, first);
}

static void the_same_life_gives_the_same_bytes(void **state)
{
    (void)state;
    struct buf first = {0};
    for (int round = 0; round < 2; round++) {
        if (round) teardown(NULL), setup(NULL);
        campaign("{'name':'a','trigger':{'event':'view'},'delay':'1h','push':{'title':'{{first_name}}'}}");
        campaign("{'name':'b','trigger':{'event':'view'},'audience':{'performed':'view','times':{'gte':2}},'"
                 "push':{'title':'t'}}");
        campaign("{'name':'c','trigger':{'enter':{'stores':'all','within':'200 m'}},'push':{'title':'t'}}");
        world_stores(w, "stores.csv", "id,name,lat,lon\ns1,Centrum,52.09,5.12\n");
        rules_ready();
        for (int i = 0; i < 50; i++) {
            happens(NOON + i * MINUTE, NOON + i * MINUTE,
                    i % 3 ? "{'type':'view'}" : "{'type':'location','lat':52.09,'lon':5.12}");
            falls_due(NOON + i * MINUTE);
        }
        log_tells_all();
        if (!round) buf_str_put(&first, buf_str(&w->log));
    }
    assert_true(first.n > 500 && str_eq(buf_str(&first), buf_str(&w->log)));
    buf_release(&first);
}

/* ---- places */

#define CENTRE "'lat':52.09,'lon':5.12,'accuracy':5"
#define NEAR "'lat':52.0905,'lon':5.12,'accuracy':5" /* 56 m off: inside 100 m */
#define EDGE "'lat':52.091,'lon':5.12,'accuracy':5"  /* 111 m off: outside, but not for certain */
#define FAR "'lat':52.10,'lon':5.12,'accuracy':5"

static void place_world(const char *trigger)
{
    campaign(
        arena_printf(&w->arena, "{'name':'p','trigger':%s,'push':{'title':'{{store.name}}'}}", trigger).p);
    world_stores(w, "stores.csv", "id,name,lat,lon\ns1,Centrum,52.09,5.12\n");
    rules_ready();
}

static void at(int64_t ts, const char *position)
{
    happens(ts, ts, arena_printf(&w->arena, "{'type':'location',%s}", position).p);
}

static void going_in_counts_once_until_the_cooldown_is_over(void **state)
{
    (void)state;
    place_world("{'enter':{'stores':'all','within':'100 m'},'cooldown':'10m'}");
    at(NOON, FAR);
    assert_undecided("p");
    at(NOON + 1, CENTRE);
    assert_true(sent("p"));
    assert_true(str_eq(push_of("p")->title, STR("Centrum")));
    at(NOON + 2, NEAR);
    assert_undecided("p");
    at(NOON + 3, EDGE); /* jitter at the edge is no going out */
    at(NOON + 4, CENTRE);
    assert_undecided("p");
    at(NOON + 5, FAR);
    at(NOON + 5 + 10 * MINUTE - 1, CENTRE);
    assert_undecided("p");
    at(NOON + HOUR, FAR);
    at(NOON + HOUR + 10 * MINUTE, CENTRE);
    assert_true(sent("p"));
    log_tells_all();
}

static void a_poor_or_late_position_goes_nowhere(void **state)
{
    (void)state;
    place_world("{'enter':{'stores':'all','within':'100 m'}}");
    at(NOON, FAR);
    at(NOON + 5, "'lat':52.09,'lon':5.12,'accuracy':101");
    assert_undecided("p");
    at(NOON + 4, CENTRE); /* older than the newest known */
    assert_undecided("p");
    assert_int_equal(w->customer->n_inside, 0);
    at(NOON + 6, "'lat':52.09,'lon':5.12,'accuracy':100");
    assert_true(sent("p"));
}

static void going_out_counts_when_it_is_certain(void **state)
{
    (void)state;
    place_world("{'exit':{'stores':'all','within':'100 m'}}");
    at(NOON, FAR);
    assert_undecided("p");
    at(NOON + 1, CENTRE);
    at(NOON + 2, EDGE);
    assert_undecided("p");
    at(NOON + 3, "'lat':52.10,'lon':5.12,'accuracy':2000"); /* somewhere within 2 km: says nothing */
    assert_undecided("p");
    at(NOON + 4, FAR);
    assert_true(sent("p"));
    at(NOON + 5, FAR);
    assert_undecided("p");
    log_tells_all();
}

static void staying_sets_a_timer_that_leaving_clears(void **state)
{
    (void)state;
    place_world("{'dwell':{'stores':'all','within':'100 m'},'for':'10m','cooldown':'15m'}");
    at(NOON, CENTRE);
    assert_int_equal(fx.n_decisions, 0);
    assert_true(fx.n_timers == 1 && fx.timers[0].set && fx.timers[0].due == NOON + 10 * MINUTE);
    uint64_t id = fx.timers[0].id;
    at(NOON + 5 * MINUTE, NEAR); /* moving about inside changes nothing */
    assert_int_equal(fx.n_timers, 0);
    at(NOON + 9 * MINUTE, FAR);
    assert_true(fx.n_timers == 1 && !fx.timers[0].set && fx.timers[0].id == id);
    assert_int_equal(w->customer->n_timers, 0);
    falls_due(NOON + HOUR);
    assert_int_equal(fx.n_decisions, 0);
    at(NOON + 20 * MINUTE, CENTRE); /* back within the cooldown: does not count */
    assert_int_equal(fx.n_timers, 0);
    at(NOON + HOUR, FAR);
    int64_t again = NOON + 2 * HOUR;
    at(again, CENTRE);
    assert_true(fx.n_timers == 1 && fx.timers[0].set);
    falls_due(again + 10 * MINUTE - 1);
    assert_int_equal(fx.n_timers, 0);
    falls_due(again + 10 * MINUTE);
    assert_true(sent("p"));
    assert_true(str_eq(push_of("p")->title, STR("Centrum")));
    assert_true(fx.n_timers == 1 && !fx.timers[0].set);
    falls_due(again + HOUR);
    assert_int_equal(fx.n_decisions, 0);
    log_tells_all();
}

static void of_several_places_at_once_the_nearest_speaks(void **state)
{
    (void)state;
    campaign("{'name':'p','trigger':{'enter':{'stores':'all','within':'500 "
             "m'}},'push':{'title':'{{store.name}}'}}");
    world_stores(w, "stores.csv",
                 "id,name,lat,lon\ns1,Far,52.092,5.12\ns2,Near,52.0901,5.12\ns3,Middle,52.091,5.12\n");
    rules_ready();
    at(NOON, CENTRE);
    assert_int_equal(fx.n_pushes, 1);
    assert_true(str_eq(push_of("p")->title, STR("Near")));
    assert_int_equal(w->customer->n_inside, 3);
}

static void the_zone_follows_the_store_that_is_near(void **state)
{
    (void)state;
    world_stores(w, "stores.csv", "id,name,lat,lon,zone\nt,Tokyo,35.68,139.76,Asia/Tokyo\n");
    rules_ready();
    at(NOON, "'lat':35.7,'lon':139.8");
    assert_true(str_eq(w->customer->zone, STR("Asia/Tokyo")));
    at(NOON + 1, FAR);
    assert_true(str_eq(w->customer->zone, STR("Asia/Tokyo"))); /* none nearer: the last one stands */
    log_tells_all();
}

/* ---- schedules, erasing, admitting */

static void a_schedules_occurrence_reaches_each_customer_once(void **state)
{
    (void)state;
    campaign("{'name':'s','trigger':{'schedule':{'every':{'days':['fri'],'time':'16:00'}}},'audience':{'"
             "attribute':'age','gte':18},'push':{'title':'t'}}");
    rules_ready();
    const struct campaign *k = ruleset_campaign(w->rules, STR("s"));
    int64_t friday = world_time("2026-03-06T16:00+01:00");
    effects_begin();
    engine_scheduled(w->rules, w->customer, k, friday, friday, &fx);
    assert_decided("s", REASON_UNKNOWN);
    happens(NOON, NOON, "{'type':'profile','age':42}");
    effects_begin();
    engine_scheduled(w->rules, w->customer, k, friday, friday + 5, &fx);
    assert_true(sent("s"));
    uint64_t first = push_of("s")->id.half;
    effects_begin();
    engine_scheduled(w->rules, w->customer, k, friday, friday + 9, &fx);
    assert_decided("s", REASON_DUPLICATE);
    effects_begin();
    engine_scheduled(w->rules, w->customer, k, friday + 7 * DAY, friday + 7 * DAY, &fx);
    assert_true(sent("s") && push_of("s")->id.half != first);
    log_tells_all();
}

static void erasing_is_asked_of_whoever_commits(void **state)
{
    (void)state;
    campaign("{'name':'c','trigger':{'event':'erase'},'push':{'title':'t'}}");
    rules_ready();
    happens(NOON, NOON, "{'type':'view'}");
    size_t logged = w->log.n;
    happens(NOON, NOON, "{'type':'erase'}");
    assert_true(fx.erase);
    assert_int_equal(fx.n_decisions + fx.n_pushes + fx.n_timers, 0);
    assert_int_equal(w->log.n, logged); /* nothing of it is written */
    happens(NOON, NOON, "{'type':'view'}");
    assert_false(fx.erase);
}

static void undeclared_attributes_are_not_kept(void **state)
{
    (void)state;
    rules_ready();
    happens(NOON, NOON,
            "{'type':'profile','age':42,'religion':'none','first_name':'Ann','language':'nl','timezone':'"
            "Europe/Amsterdam','health':{'weight':80},'tastes':['beer']}");
    assert_int_equal(w->customer->n_attributes, 5);
    assert_null(customer_attribute(w->customer, STR("religion")));
    struct value v;
    const struct past *p = &w->customer->history[0];
    assert_false(past_value(w->customer, p, STR("religion"), &v)); /* nor in the history */
    assert_false(past_value(w->customer, p, STR("health.weight"), &v));
    assert_true(past_value(w->customer, p, STR("age"), &v));
    assert_null(memmem(w->log.p, w->log.n, "religion", 8));
    happens(NOON, NOON,
            "{'type':'view','religion':'none'}"); /* what an event of the app's own says is the event's */
    assert_true(past_value(w->customer, &w->customer->history[1], STR("religion"), &v));
    log_tells_all();
}

static void an_amount_without_a_currency_is_in_the_shops(void **state)
{
    (void)state;
    rules_ready();
    happens(NOON, NOON, "{'type':'purchase','amount':'1.50'}");
    happens(NOON, NOON, "{'type':'purchase','amount':'2','currency':'EUR'}");
    const struct type_stats *s = customer_stats(w->customer, STR("purchase"));
    assert_true(s->amount == 3500000 && !s->mixed && str_eq(s->currency, STR("EUR")));
    happens(NOON, NOON, "{'type':'purchase','amount':'2','currency':'USD'}");
    assert_true(customer_stats(w->customer, STR("purchase"))->mixed);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {T(an_event_becomes_a_push),
                                       T(an_audience_that_is_false_is_no_match_and_unknown_is_unknown),
                                       T(without_consent_nothing_is_sent),
                                       T(the_exception_is_asked_just_before_sending),
                                       T(a_campaign_is_in_force_from_starts_to_ends),
                                       T(what_is_too_late_to_be_of_use_expires),
                                       T(a_campaigns_cap_counts_what_was_sent_or_is_under_way),
                                       T(the_cap_over_all_gives_the_last_place_to_the_highest_priority),
                                       T(of_many_campaigns_none_is_passed_over),
                                       T(in_quiet_hours_it_is_dropped_or_waits_for_their_end),
                                       T(quiet_hours_are_the_customers_own),
                                       T(a_delayed_push_waits_and_asks_the_exception_then),
                                       T(a_delayed_push_may_still_be_deferred_expire_or_lose_its_campaign),
                                       T(timers_fall_due_by_time_then_priority_then_name),
                                       T(the_same_event_twice_changes_nothing),
                                       T(a_push_is_decided_once_even_if_its_entry_comes_again),
                                       T(a_pushs_id_follows_from_campaign_customer_and_cause),
                                       T(the_same_life_gives_the_same_bytes),
                                       T(going_in_counts_once_until_the_cooldown_is_over),
                                       T(a_poor_or_late_position_goes_nowhere),
                                       T(going_out_counts_when_it_is_certain),
                                       T(staying_sets_a_timer_that_leaving_clears),
                                       T(of_several_places_at_once_the_nearest_speaks),
                                       T(the_zone_follows_the_store_that_is_near),
                                       T(a_schedules_occurrence_reaches_each_customer_once),
                                       T(erasing_is_asked_of_whoever_commits),
                                       T(undeclared_attributes_are_not_kept),
                                       T(an_amount_without_a_currency_is_in_the_shops)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
