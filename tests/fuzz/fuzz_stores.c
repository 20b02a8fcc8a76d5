/* clang -std=c11 -D_GNU_SOURCE -Iinclude -g -fsanitize=fuzzer,address,undefined \
 *     tests/fuzz/fuzz_stores.c build/libnudge.a -ljansson -lm
 * The first byte says whether the rest is CSV or GeoJSON. What loads is asked too. */
#include "nudge/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct zones *zones;
    static const char campaign[] = "{\"name\":\"c\",\"purpose\":\"p\",\"push\":{\"title\":\"t\"},\"trigger\":"
                                   "{\"enter\":{\"stores\":\"all\",\"within\":\"1 km\"}}}";
    if (size == 0) return 0;
    if (!zones) zones = zones_new(NULL);
    struct rules_settings settings = {
        .zones = zones, .zone = zones_get(zones, STR("UTC")), .max_accuracy = 100};
    struct rules_file file = {data[0] & 1 ? "s.csv" : "s.geojson", {(const char *)data + 1, size - 1}},
                      one = {"c.json", str_of(campaign)};
    struct rules_sources sources = {&one, NULL, &file, 1, 0, 1};
    struct errors errors = {0};
    struct ruleset *rules = rules_build(&settings, &sources, &errors, NULL);
    const struct fence *found[8];
    size_t n = fence_set_find(rules->places, (struct point){52, 4}, found, 8);
    for (size_t i = 0; i < n; i++) fence_left(found[i], (struct point){53, 4}, 10);
    ruleset_zone_at(rules, (struct point){0, 0});
    errors_release(&errors);
    ruleset_free(rules);
    return 0;
}
