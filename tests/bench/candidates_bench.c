/* How long the rules take to say which campaigns an event may set off, and to ask those: `candidates_bench
 * CAMPAIGNS STORES.csv [ROUNDS]`, with the files of a workload. Events are made up within the stores' box. */
#include "nudge/clock.h"
#include "nudge/mem.h"
#include "nudge/rules.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define EVENTS 4096
#define START 1764000000000

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct rules_file file_load(const char *path)
{
    struct buf b = {0};
    char why[256];
    if (buf_read_file(&b, path, why, sizeof why) < 0) {
        fprintf(stderr, "%s %s\n", path, why);
        exit(1);
    }
    return (struct rules_file){strdup(path), buf_str(&b)};
}

static struct rules_file *folder_load(const char *folder, size_t *n)
{
    struct rules_file *files = NULL;
    size_t cap = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        char path[4096];
        if (e->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        files = mem_grow(files, &cap, *n + 1, sizeof *files);
        files[(*n)++] = file_load(path);
    }
    if (d) closedir(d);
    return files;
}

static struct event *events_make(struct arena *a)
{
    struct event *list = arena_zalloc(a, EVENTS * sizeof *list);
    srand(1);
    for (int i = 0; i < EVENTS; i++) {
        struct event *e = &list[i];
        bool purchase = i & 1;
        *e = (struct event){
            .user = STR("u"), .ts = START + i * 1000, .type = purchase ? EVENT_PURCHASE : EVENT_LOCATION};
        e->type_name = event_type_name(e->type);
        e->props = arena_zalloc(a, 3 * sizeof *e->props);
        if (purchase) {
            e->props[0] = (struct prop){STR("amount"), FIELD_AMOUNT,
                                        VALUE_TEXT_OF(arena_printf(a, "%d.%02d", rand() % 50, rand() % 100))};
            e->props[1] = (struct prop){STR("currency"), FIELD_CURRENCY, VALUE_TEXT_OF(STR("EUR"))};
            e->props[2] = (struct prop){STR("category"), FIELD_CATEGORY,
                                        VALUE_TEXT_OF(arena_printf(a, "k%d", rand() % 1000))};
            e->n_props = 3;
        } else {
            e->has_position = true, e->accuracy = 12;
            e->position = (struct point){52.0 + rand() / (double)RAND_MAX * .36,
                                         4.6 + rand() / (double)RAND_MAX * .576};
        }
    }
    return list;
}

static void run(const struct ruleset *rules, const struct event *events, int rounds)
{
    struct customer *c = customer_new(STR("u"), (struct history_limits){90 * DAY, 100});
    struct buf log = {0};
    struct arena a;
    arena_init(&a);
    for (int i = 0; i < 100; i++) customer_event(c, &events[i], &log);
    for (int ask = 0; ask <= 1; ask++) {
        size_t found = 0, yes = 0;
        double from = seconds();
        for (int r = 0; r < rounds; r++) {
            for (int i = 0; i < EVENTS; i++) {
                struct subject s = {.rules = rules, .customer = c, .event = &events[i], .at = events[i].ts};
                const struct campaign *const *list;
                size_t n = ruleset_candidates(rules, &a, &s, &list);
                found += n;
                for (size_t k = 0; ask && k < n; k++)
                    yes += trigger_verdict(&list[k]->trigger, &s) == VERDICT_TRUE &&
                           condition_verdict(list[k]->audience, &s) == VERDICT_TRUE;
            }
            arena_reset(&a);
        }
        double each = (seconds() - from) / rounds / EVENTS;
        printf("%s: %.3f us an event, %.3f candidates, %.4f true\n",
               ask ? "candidates and verdicts" : "candidates", each * 1e6, (double)found / rounds / EVENTS,
               (double)yes / rounds / EVENTS);
    }
    arena_release(&a);
    customer_free(c);
    buf_release(&log);
}

int main(int argc, char **argv)
{
    if (argc < 3) return 2;
    struct zones *zones = zones_new(NULL);
    struct rules_settings settings = {.zones = zones,
                                      .zone = zones_get(zones, STR("Europe/Amsterdam")),
                                      .currency = STR("EUR"),
                                      .language = STR("en"),
                                      .max_accuracy = 100,
                                      .history = {90 * DAY, 100}};
    struct rules_sources sources = {0};
    sources.campaigns = folder_load(argv[1], &sources.n_campaigns);
    struct rules_file stores = file_load(argv[2]);
    sources.stores = &stores, sources.n_stores = 1;
    struct errors errors = {0};
    double from = seconds();
    struct ruleset *rules = rules_build(&settings, &sources, &errors, NULL);
    printf("%zu campaigns built in %.0f ms, %zu errors, %zu KB\n", rules->n_campaigns,
           (seconds() - from) * 1e3, errors.count, arena_used(&rules->arena) / 1024);
    for (size_t i = 0; i < errors.n && errors.count && i < 5; i++) printf("%s\n", errors.list[i].text);
    struct arena a;
    arena_init(&a);
    run(rules, events_make(&a), argc > 3 ? atoi(argv[3]) : 200);
    ruleset_free(rules);
    return 0;
}
