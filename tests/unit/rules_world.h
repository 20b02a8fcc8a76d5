/* A small world for the tests of the rules: files as texts, a customer who does things, questions at a
 * moment. Everything that can be left out has a default: shop in Europe/Amsterdam, EUR, en; attributes
 * first_name text, age number, birthday date, tastes set, loyalty_opt_in boolean. JSON is written with ' for
 * ". */
#ifndef TESTS_RULES_WORLD_H
#define TESTS_RULES_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nudge/clock.h"
#include "nudge/rules.h"
#include <stdio.h>
#include <stdlib.h>

#define WORLD_FILES 64

struct world {
    struct arena arena; /* of the test */
    struct zones *zones;
    struct rules_settings settings;
    struct rules_file campaigns[WORLD_FILES], segments[WORLD_FILES], stores[WORLD_FILES];
    size_t n_campaigns, n_segments, n_stores;
    struct errors errors;
    bool failed[3 * WORLD_FILES];
    struct ruleset *rules;
    struct customer *customer;
    struct buf log;
    const struct event *event; /* the last one that happened */
};

static const struct attribute_rule world_attributes[] = {
    {{"first_name", 10}, ATTRIBUTE_TEXT, {"", 0}},
    {{"age", 3}, ATTRIBUTE_NUMBER, {"", 0}},
    {{"birthday", 8}, ATTRIBUTE_DATE, {"", 0}},
    {{"tastes", 6}, ATTRIBUTE_SET, {"", 0}},
    {{"loyalty_opt_in", 14}, ATTRIBUTE_BOOLEAN, {"", 0}}};
static const struct str world_providers[] = {{"app", 3}, {"mail", 4}};

static inline struct world *world_new(void)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    arena_init(&w->arena);
    w->zones = zones_new(NULL);
    w->settings = (struct rules_settings){.zones = w->zones,
                                          .zone = zones_get(w->zones, STR("Europe/Amsterdam")),
                                          .currency = STR("EUR"),
                                          .language = STR("en"),
                                          .provider = STR("app"),
                                          .providers = world_providers,
                                          .n_providers = 2,
                                          .attributes = world_attributes,
                                          .n_attributes = 5,
                                          .history = {400 * DAY, 500},
                                          .max_accuracy = 100};
    assert_non_null(w->settings.zone);
    return w;
}

static inline void world_free(struct world *w)
{
    customer_free(w->customer);
    ruleset_free(w->rules);
    zones_free(w->zones);
    errors_release(&w->errors);
    buf_release(&w->log);
    arena_release(&w->arena);
    free(w);
}

/* ' becomes " */
static inline struct str world_json(struct world *w, const char *text)
{
    struct str s = arena_str(&w->arena, str_of(text));
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\'') ((char *)(uintptr_t)s.p)[i] = '"';
    return s;
}

static inline void world_campaign(struct world *w, const char *path, const char *json)
{
    assert_true(w->n_campaigns < WORLD_FILES);
    w->campaigns[w->n_campaigns++] = (struct rules_file){path, world_json(w, json)};
}

static inline void world_segment(struct world *w, const char *path, const char *json)
{
    w->segments[w->n_segments++] = (struct rules_file){path, world_json(w, json)};
}

static inline void world_stores(struct world *w, const char *path, const char *text)
{
    struct str s = str_of(text);
    size_t n = strlen(path);
    if (strcmp(path + n - 4, ".csv") != 0) s = world_json(w, text);
    w->stores[w->n_stores++] = (struct rules_file){path, s};
}

static inline void world_build(struct world *w)
{
    struct rules_sources sources = {w->campaigns,   w->segments,   w->stores,
                                    w->n_campaigns, w->n_segments, w->n_stores};
    ruleset_free(w->rules);
    errors_release(&w->errors);
    w->rules = rules_build(&w->settings, &sources, &w->errors, w->failed);
    assert_non_null(w->rules);
}

/* All messages, one a line. */
static inline const char *world_errors(struct world *w)
{
    struct buf b = {0};
    char line[2048];
    for (size_t i = 0; i < w->errors.n; i++) {
        error_format(&w->errors.list[i], line, sizeof line);
        buf_printf(&b, "%s\n", line);
    }
    struct str s = arena_str(&w->arena, buf_str(&b));
    buf_release(&b);
    return s.p;
}

/* Builds, and there is nothing to complain of. */
static inline void world_ready(struct world *w)
{
    world_build(w);
    assert_string_equal(world_errors(w), "");
    if (!w->customer) w->customer = customer_new(STR("ann"), w->settings.history);
}

static inline int64_t world_time(const char *text)
{
    int64_t at;
    if (!time_parse(str_of(text), NULL, &at)) fail_msg("not a time: %s", text);
    return at;
}

/* An event as the backend writes it: JSON without user and ts. It is not yet in the history. */
static inline const struct event *world_event(struct world *w, int64_t ts, const char *json)
{
    char why[256];
    struct event *e = arena_zalloc(&w->arena, sizeof *e);
    struct str ts_text = arena_printf(&w->arena, "%lld", (long long)ts), user = STR("ann");
    struct field_pair *pairs = arena_alloc(&w->arena, 3 * sizeof *pairs);
    pairs[0] = (struct field_pair){STR("user"), user};
    pairs[1] = (struct field_pair){STR("ts"), ts_text};
    pairs[2] = (struct field_pair){STR("json"), world_json(w, json)};
    struct event_source source = {STR("1-0"), ts, ts + DAY};
    if (!event_decode(&w->arena, &source, pairs, 3, e, why, sizeof why)) fail_msg("%s: %s", json, why);
    return e;
}

static inline void world_happens(struct world *w, int64_t ts, const char *json)
{
    if (!w->customer) w->customer = customer_new(STR("ann"), w->settings.history);
    w->event = world_event(w, ts, json);
    customer_event(w->customer, w->event, &w->log);
}

static inline struct subject world_subject(struct world *w, const struct event *e, int64_t at)
{
    return (struct subject){.rules = w->rules, .customer = w->customer, .event = e, .at = at};
}

/* The verdict of a condition's JSON, as a campaign's audience; `e` may be NULL. */
static inline enum verdict world_asks(struct world *w, const char *condition, const struct event *e,
                                      int64_t at)
{
    struct str json = arena_printf(
        &w->arena,
        "{'name':'asked','trigger':{'event':'x'},'purpose':'p','push':{'title':'t'},'audience':%s}",
        condition);
    w->n_campaigns = 0;
    world_campaign(w, "asked.json", json.p);
    world_build(w);
    if (w->errors.count) fail_msg("%s", world_errors(w));
    if (!w->customer) w->customer = customer_new(STR("ann"), w->settings.history);
    struct subject s = world_subject(w, e, at);
    return condition_verdict(ruleset_campaign(w->rules, STR("asked"))->audience, &s);
}

#define assert_verdict(expected, actual)                                                                     \
    do {                                                                                                     \
        static const char *const words[] = {"false", "true", "unknown"};                                     \
        enum verdict v_ = (actual);                                                                          \
        if (v_ != (expected))                                                                                \
            fail_msg("line %d: expected %s, found %s", __LINE__, words[expected], words[v_]);                \
    } while (0)
#define assert_true_of(w, condition, e, at) assert_verdict(VERDICT_TRUE, world_asks(w, condition, e, at))
#define assert_false_of(w, condition, e, at) assert_verdict(VERDICT_FALSE, world_asks(w, condition, e, at))
#define assert_unknown_of(w, condition, e, at)                                                               \
    assert_verdict(VERDICT_UNKNOWN, world_asks(w, condition, e, at))

#endif
