/* Times of the customer's day: local_time, schedules, quiet hours, the customer's zone; and the customer's
 * language. */
#include "rules_world.h"

static struct world *w;

static int setup(void **state)
{
    (void)state;
    w = world_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_free(w);
    return 0;
}

#define T_(text) world_time(text)
#define ASKS(expected, c, when) assert_verdict(expected, world_asks(w, c, NULL, T_(when)))

/* ---- local_time: Europe/Amsterdam */

static void from_is_included_and_to_is_not(void **state)
{
    (void)state;
    const char *c = "{'local_time':{'days':['fri'],'from':'16:00','to':'20:00'}}";
    ASKS(VERDICT_FALSE, c, "2026-12-04T15:59:59.999+01:00");
    ASKS(VERDICT_TRUE, c, "2026-12-04T16:00:00+01:00");
    ASKS(VERDICT_TRUE, c, "2026-12-04T19:59:59.999+01:00");
    ASKS(VERDICT_FALSE, c, "2026-12-04T20:00:00+01:00");
    ASKS(VERDICT_FALSE, c, "2026-12-05T17:00:00+01:00");
}

static void a_span_over_midnight_belongs_to_the_day_it_began_on(void **state)
{
    (void)state;
    const char *c = "{'local_time':{'days':['fri'],'from':'22:00','to':'02:00'}}";
    ASKS(VERDICT_TRUE, c, "2026-12-04T22:00:00+01:00");
    ASKS(VERDICT_TRUE, c, "2026-12-05T01:59:59.999+01:00");
    ASKS(VERDICT_FALSE, c, "2026-12-05T02:00:00+01:00");
    ASKS(VERDICT_FALSE, c, "2026-12-04T01:00:00+01:00"); /* Friday morning, of Thursday's span */
    ASKS(VERDICT_FALSE, c, "2026-12-05T22:00:00+01:00");
    ASKS(VERDICT_TRUE, "{'local_time':{'days':['sun'],'from':'22:00','to':'02:00'}}",
         "2026-12-07T00:30:00+01:00"); /* Monday */
}

static void each_part_may_be_left_out(void **state)
{
    (void)state;
    ASKS(VERDICT_TRUE, "{'local_time':{'days':['sat','sun']}}", "2026-12-05T00:00:00+01:00");
    ASKS(VERDICT_FALSE, "{'local_time':{'days':['sat','sun']}}", "2026-12-04T23:59:59.999+01:00");
    ASKS(VERDICT_TRUE, "{'local_time':{'from':'16:00'}}", "2026-12-04T23:59:59.999+01:00");
    ASKS(VERDICT_TRUE, "{'local_time':{'to':'16:00'}}", "2026-12-04T00:00:00+01:00");
    ASKS(VERDICT_FALSE, "{'local_time':{'to':'16:00'}}", "2026-12-04T16:00:00+01:00");
    ASKS(VERDICT_TRUE, "{'local_time':{'days':'all','from':'20:00','to':'24:00'}}",
         "2026-12-04T23:59:59.999+01:00");
    ASKS(VERDICT_TRUE, "{'local_time':{}}", "2026-12-04T12:00:00+01:00");
}

static void local_time_is_what_the_clock_shows(void **state)
{
    (void)state;
    const char *c = "{'local_time':{'from':'02:30','to':'03:30'}}";
    ASKS(VERDICT_FALSE, c, "2026-03-29T00:59:59.999Z"); /* 01:59 */
    ASKS(VERDICT_TRUE, c, "2026-03-29T01:00:00Z");      /* 03:00: half past two never was */
    ASKS(VERDICT_FALSE, c, "2026-03-29T01:30:00Z");
    ASKS(VERDICT_TRUE, c, "2026-10-25T00:30:00Z");  /* 02:30, first pass */
    ASKS(VERDICT_FALSE, c, "2026-10-25T01:10:00Z"); /* 02:10 again */
    ASKS(VERDICT_TRUE, c, "2026-10-25T01:30:00Z");
}

/* ---- the customer's zone */

static void the_attribute_goes_before_the_stores_before_the_shops(void **state)
{
    (void)state;
    const char *c = "{'local_time':{'from':'12:00','to':'13:00'}}";
    world_happens(w, 1000, "{'type':'x'}");
    ASKS(VERDICT_TRUE, c, "2026-06-01T10:30:00Z");
    customer_set_zone(w->customer, STR("America/New_York"), &w->log);
    ASKS(VERDICT_TRUE, c, "2026-06-01T16:30:00Z");
    world_happens(w, 1001, "{'type':'profile','timezone':'Asia/Kolkata'}");
    ASKS(VERDICT_TRUE, c, "2026-06-01T06:30:00Z");
    world_happens(w, 1002, "{'type':'profile','timezone':'Nowhere/Land'}");
    ASKS(VERDICT_TRUE, c, "2026-06-01T16:30:00Z");
}

/* ---- schedules */

static const struct schedule *schedule_of(const char *json)
{
    w->n_campaigns = 0;
    world_campaign(w, "s.json",
                   arena_printf(&w->arena,
                                "{'name':'s','trigger':{'schedule':%s},'purpose':'p','push':{'title':'t'}}",
                                json)
                       .p);
    world_ready(w);
    return w->rules->campaigns[0]->trigger.schedule;
}

static void assert_next(const struct schedule *s, const char *zone, const char *after, const char *expected)
{
    char found[32];
    int64_t at = schedule_next(s, zones_get(w->zones, str_of(zone)), T_(after));
    if (at == INT64_MAX)
        strcpy(found, "never");
    else
        time_format(at, found);
    assert_string_equal(found, expected);
}

static void once_is_once_in_each_zone(void **state)
{
    (void)state;
    const struct schedule *s = schedule_of("{'at':'2026-12-24T10:00'}");
    assert_next(s, "Europe/Amsterdam", "2026-12-24T08:59:59.999Z", "2026-12-24T09:00:00Z");
    assert_next(s, "Europe/Amsterdam", "2026-12-24T09:00:00Z", "never");
    assert_next(s, "America/Los_Angeles", "2026-12-24T09:00:00Z", "2026-12-24T18:00:00Z");
    assert_next(s, "Pacific/Kiritimati", "2026-01-01T00:00Z", "2026-12-23T20:00:00Z");
    s = schedule_of("{'at':'2026-12-24T10:00','zone':'Asia/Tokyo'}");
    assert_next(s, "America/Los_Angeles", "2026-01-01T00:00Z", "2026-12-24T01:00:00Z");
    s = schedule_of("{'at':'2026-12-24T10:00+01:00'}");
    assert_next(s, "America/Los_Angeles", "2026-01-01T00:00Z", "2026-12-24T09:00:00Z");
    s = schedule_of("{'at':'2026-12-24'}");
    assert_next(s, "Europe/Amsterdam", "2026-01-01T00:00Z", "2026-12-23T23:00:00Z");
}

static void recurring_days_follow_the_local_clock_over_dst(void **state)
{
    (void)state;
    const struct schedule *s = schedule_of("{'every':{'days':['fri','sat'],'time':'16:00'}}");
    assert_next(s, "Europe/Amsterdam", "2026-03-27T14:59:59.999Z",
                "2026-03-27T15:00:00Z"); /* Friday, winter */
    assert_next(s, "Europe/Amsterdam", "2026-03-27T15:00:00Z", "2026-03-28T15:00:00Z");
    assert_next(s, "Europe/Amsterdam", "2026-03-28T15:00:00Z", "2026-04-03T14:00:00Z"); /* summer */
    assert_next(s, "America/New_York", "2026-10-31T20:00:00Z", "2026-11-06T21:00:00Z");
    assert_next(s, "Australia/Lord_Howe", "2026-04-04T04:59:59.999Z",
                "2026-04-04T05:00:00Z"); /* +11:00; half an hour less from the 5th */
    assert_next(s, "Australia/Lord_Howe", "2026-04-04T05:00:00Z", "2026-04-10T05:30:00Z");
}

static void a_time_in_the_hour_that_spring_skips_is_an_hour_later(void **state)
{
    (void)state;
    const struct schedule *s = schedule_of("{'every':{'days':'all','time':'02:30'}}");
    assert_next(s, "Europe/Amsterdam", "2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z"); /* shown as 03:30 */
    assert_next(s, "Europe/Amsterdam", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z");
    assert_next(s, "America/New_York", "2026-03-07T07:30:00Z", "2026-03-08T07:30:00Z");
}

static void a_time_in_the_hour_that_autumn_doubles_is_the_first(void **state)
{
    (void)state;
    const struct schedule *s = schedule_of("{'every':{'days':'all','time':'02:30'}}");
    assert_next(s, "Europe/Amsterdam", "2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z");
    assert_next(s, "Europe/Amsterdam", "2026-10-25T00:30:00Z",
                "2026-10-26T01:30:00Z"); /* not at 01:30, the second */
}

static void a_fixed_zone_goes_before_the_customers(void **state)
{
    (void)state;
    const struct schedule *s = schedule_of("{'every':{'days':['mon'],'time':'00:00'},'zone':'Asia/Tokyo'}");
    assert_next(s, "America/Los_Angeles", "2026-06-01T00:00:00Z", "2026-06-07T15:00:00Z");
}

static void each_occurrence_comes_once_and_in_order(void **state)
{
    (void)state;
    static const char *const zones[] = {"Europe/Amsterdam", "America/New_York", "Pacific/Apia",
                                        "Africa/Casablanca", "Asia/Kathmandu"};
    const struct schedule *s = schedule_of("{'every':{'days':'all','time':'00:30'}}");
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        const struct zone *zone = zones_get(w->zones, str_of(zones[i]));
        int64_t at = T_("2011-01-01T00:00:00Z"), next;
        for (int day = 0; day < 3 * 365; day++, at = next) {
            next = schedule_next(s, zone, at);
            assert_true(next > at);
            assert_true(next - at <= 49 * HOUR); /* Apia skipped a day in 2011 */
            assert_int_equal(schedule_next(s, zone, next - 1), next);
        }
    }
}

static void the_end_of_time_is_never(void **state)
{
    (void)state;
    const struct schedule *s = schedule_of("{'every':{'days':'all','time':'00:30'}}");
    const struct zone *zone = zones_get(w->zones, STR("Europe/Amsterdam"));
    assert_true(schedule_next(s, zone, INT64_MAX) == INT64_MAX);
    assert_true(schedule_next(s, zone, INT64_MIN) < 0);
}

/* ---- quiet hours */

static void assert_quiet(struct quiet_hours q, const char *now, const char *until)
{
    char found[32] = "no";
    int64_t end;
    if (quiet_at(&q, zones_get(w->zones, STR("Europe/Amsterdam")), T_(now), &end)) time_format(end, found);
    assert_string_equal(found, until);
}

static void quiet_hours_span_midnight(void **state)
{
    (void)state;
    struct quiet_hours q = {21 * 60, 9 * 60, true};
    assert_quiet(q, "2026-12-04T20:59:59.999+01:00", "no");
    assert_quiet(q, "2026-12-04T21:00:00+01:00", "2026-12-05T08:00:00Z");
    assert_quiet(q, "2026-12-05T00:00:00+01:00", "2026-12-05T08:00:00Z");
    assert_quiet(q, "2026-12-05T08:59:59.999+01:00", "2026-12-05T08:00:00Z");
    assert_quiet(q, "2026-12-05T09:00:00+01:00", "no");
    assert_quiet(q, "2026-12-31T23:00:00+01:00", "2027-01-01T08:00:00Z");
}

static void quiet_hours_of_one_day(void **state)
{
    (void)state;
    struct quiet_hours q = {13 * 60, 14 * 60 + 30, true};
    assert_quiet(q, "2026-12-04T12:59:00+01:00", "no");
    assert_quiet(q, "2026-12-04T13:00:00+01:00", "2026-12-04T13:30:00Z");
    assert_quiet(q, "2026-12-04T14:30:00+01:00", "no");
    assert_quiet((struct quiet_hours){0}, "2026-12-04T00:00:00+01:00", "no");
}

static void quiet_hours_end_right_over_dst(void **state)
{
    (void)state;
    struct quiet_hours q = {21 * 60, 9 * 60, true};
    assert_quiet(q, "2026-03-28T22:00:00+01:00", "2026-03-29T07:00:00Z");
    assert_quiet(q, "2026-10-24T22:00:00+02:00", "2026-10-25T08:00:00Z");
    q.to = 2 * 60 + 30;
    assert_quiet(q, "2026-03-29T01:30:00+01:00",
                 "2026-03-29T01:30:00Z"); /* the end is in the hour that was skipped */
    assert_quiet(q, "2026-10-25T02:10:00+02:00", "2026-10-25T00:30:00Z"); /* first pass */
    assert_quiet(q, "2026-10-25T02:40:00+02:00", "no");
    assert_quiet(q, "2026-10-25T02:10:20.5+01:00",
                 "2026-10-25T01:30:00Z"); /* the clock shows a quiet time again */
}

/* ---- languages */

static struct str text_language(void)
{
    return campaign_text(w->rules->campaigns[0], w->rules, w->customer)->language;
}

static void the_text_follows_the_language(void **state)
{
    (void)state;
    world_campaign(
        w, "l.json",
        "{'name':'l','trigger':{'event':'x'},'purpose':'p','push':{'title':'Hi','body':'there','languages':{"
        "'nl':{'title':'Hoi'},'nl-BE':{'title':'Dag'},'de':{'title':'Hallo','body':'da'}}}}");
    world_ready(w);
    assert_string_equal(text_language().n ? "?" : "", "");
    world_happens(w, 1, "{'type':'device','token':'t','platform':'ios','locale':'de_AT'}");
    assert_true(str_eq(text_language(), STR("de")));
    world_happens(w, 2, "{'type':'device','token':'u','platform':'ios','locale':'NL-be'}");
    assert_true(str_eq(text_language(), STR("nl-BE")));
    world_happens(w, 3, "{'type':'profile','language':'nl-SR'}");
    assert_true(str_eq(text_language(), STR("nl")));
    world_happens(w, 4, "{'type':'profile','language':'nld'}"); /* another code, not nl */
    assert_int_equal(text_language().n, 0);
    world_happens(w, 5, "{'type':'profile','language':'fr'}");
    assert_int_equal(text_language().n, 0);
}

static void what_a_language_leaves_out_comes_from_the_default(void **state)
{
    (void)state;
    world_campaign(w, "l.json",
                   "{'name':'l','trigger':{'event':'x'},'purpose':'p','push':{'title':'Hi','body':'there','"
                   "languages':{'nl':{'title':'Hoi'}}}}");
    world_ready(w);
    const struct push_text *texts = w->rules->campaigns[0]->texts;
    assert_ptr_equal(texts[1].body, texts[0].body);
    assert_ptr_not_equal(texts[1].title, texts[0].title);
    assert_null(texts[1].url);
}

/* ---- fields of templates */

static void assert_rendered(const char *text, const struct subject *s, const char *expected)
{
    char why[128];
    size_t offset;
    struct buf out = {0};
    struct fields fields = subject_fields(s, STR("en"));
    const struct template *t = template_parse(&w->arena, str_of(text), &offset, why, sizeof why);
    assert_non_null(t);
    template_render(t, &fields, &out);
    buf_char(&out, 0);
    assert_string_equal(out.p, expected);
    buf_release(&out);
}

static void templates_see_customer_event_store_and_campaign(void **state)
{
    (void)state;
    world_stores(w, "s.csv", "id,name,lat,lon,phone\ns1,Main Street,1,2,555\n");
    world_campaign(w, "c.json",
                   "{'name':'camp','trigger':{'event':'purchase'},'purpose':'p','push':{'title':'t'}}");
    world_ready(w);
    world_happens(w, 1000, "{'type':'profile','first_name':'Ann'}");
    world_happens(w, 2000,
                  "{'type':'purchase','first_name':'Bob','amount':'12.5','currency':'USD','store':'s1','"
                  "campaign':'other'}");
    struct subject s = world_subject(w, w->event, 2000);
    s.campaign = w->rules->campaigns[0];
    assert_rendered("{{first_name}} {{event.first_name}} {{user}} {{campaign}} {{event.campaign}}", &s,
                    "Ann Bob ann camp other");
    assert_rendered("{{amount | money}} {{store.id}} {{store.name}} {{store.phone}} {{store.lat}}", &s,
                    "$12.50 s1 Main Street 555 1");
    assert_rendered("[{{store.fax}}{{nothing}}{{age}}]", &s, "[]");
    s.event = NULL;
    assert_rendered("[{{amount}}{{store.name}}{{event.amount}}]{{first_name}}", &s, "[]Ann");
    s.store = ruleset_store(w->rules, STR("s1"));
    assert_rendered("{{store.name}}", &s, "Main Street");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {T(from_is_included_and_to_is_not),
                                       T(a_span_over_midnight_belongs_to_the_day_it_began_on),
                                       T(each_part_may_be_left_out),
                                       T(local_time_is_what_the_clock_shows),
                                       T(the_attribute_goes_before_the_stores_before_the_shops),
                                       T(once_is_once_in_each_zone),
                                       T(recurring_days_follow_the_local_clock_over_dst),
                                       T(a_time_in_the_hour_that_spring_skips_is_an_hour_later),
                                       T(a_time_in_the_hour_that_autumn_doubles_is_the_first),
                                       T(a_fixed_zone_goes_before_the_customers),
                                       T(each_occurrence_comes_once_and_in_order),
                                       T(the_end_of_time_is_never),
                                       T(quiet_hours_span_midnight),
                                       T(quiet_hours_of_one_day),
                                       T(quiet_hours_end_right_over_dst),
                                       T(the_text_follows_the_language),
                                       T(what_a_language_leaves_out_comes_from_the_default),
                                       T(templates_see_customer_event_store_and_campaign)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
