/* clang -std=c11 -D_GNU_SOURCE -Iinclude -g -fsanitize=fuzzer,address,undefined \
 *     tests/fuzz/fuzz_campaign.c build/libnudge.a -ljansson -lm
 * The input is a campaign, a NUL, and a segment (may be absent). What loads is asked too: of an empty customer
 * and of an event. */
#include "nudge/rules.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct attribute_rule attributes[] = {{{"age", 3}, ATTRIBUTE_NUMBER, {"", 0}},
                                                   {{"tastes", 6}, ATTRIBUTE_SET, {"", 0}}};
static const struct str providers[] = {{"app", 3}};
static const char stores[] = "id,name,lat,lon,zone\ns1,One,52.1,4.2,Europe/Amsterdam\ns2,Two,52.2,4.3,\n";

static void campaign_ask(const struct ruleset *rules, const struct campaign *c,
                         const struct customer *customer, struct arena *a)
{
    struct prop amount = {STR("amount"), FIELD_AMOUNT, VALUE_TEXT_OF(STR("12.50"))};
    struct event e = {.user = STR("u"),
                      .type = EVENT_PURCHASE,
                      .type_name = STR("purchase"),
                      .ts = 1764000000000,
                      .has_position = true,
                      .position = {52.1, 4.2},
                      .props = &amount,
                      .n_props = 1};
    struct subject s = {.rules = rules, .customer = customer, .event = &e, .at = e.ts, .campaign = c};
    const struct campaign *const *list;
    int64_t until;
    ruleset_candidates(rules, a, &s, &list);
    trigger_verdict(&c->trigger, &s);
    condition_verdict(c->audience, &s);
    condition_verdict(c->unless, &s);
    quiet_at(&c->quiet, ruleset_zone(rules, customer), e.ts, &until);
    if (c->trigger.schedule) schedule_next(c->trigger.schedule, rules->zone, e.ts);
    struct fields fields = subject_fields(&s, STR("en"));
    struct buf out = {0};
    const struct push_text *text = campaign_text(c, rules, customer);
    if (text->title) template_render(text->title, &fields, &out);
    if (text->body) template_render(text->body, &fields, &out);
    buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct zones *zones;
    if (!zones) zones = zones_new(NULL);
    struct rules_settings settings = {.zones = zones,
                                      .zone = zones_get(zones, STR("Europe/Amsterdam")),
                                      .currency = STR("EUR"),
                                      .language = STR("en"),
                                      .provider = STR("app"),
                                      .providers = providers,
                                      .n_providers = 1,
                                      .attributes = attributes,
                                      .n_attributes = 2,
                                      .history = {86400000, 10},
                                      .max_accuracy = 100};
    struct str segment = {(const char *)data, size};
    struct rules_file campaign = {"campaign.json", str_cut(&segment, 0)},
                      segments = {"segment.json", segment};
    struct rules_file places = {"stores.csv", str_of(stores)};
    struct rules_sources sources = {&campaign, &segments, &places, 1, segment.n > 0, 1};
    struct errors errors = {0};
    bool failed[3];
    struct ruleset *rules = rules_build(&settings, &sources, &errors, failed);
    if ((errors.count > 0) != (failed[0] || failed[1] || (segment.n && failed[2]))) abort();
    struct customer *customer = customer_new(STR("u"), settings.history);
    struct arena a;
    arena_init(&a);
    for (size_t i = 0; i < rules->n_campaigns; i++) campaign_ask(rules, rules->campaigns[i], customer, &a);
    arena_release(&a);
    customer_free(customer);
    errors_release(&errors);
    ruleset_free(rules);
    return 0;
}
