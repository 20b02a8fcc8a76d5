#include "build.h"
#include "index.h"
#include "nudge/mem.h"
#include <stdlib.h>

/* ---- lookups */

const struct campaign *ruleset_campaign(const struct ruleset *rules, struct str name)
{
    return map_get(&rules->names->campaigns, name);
}

const struct store *ruleset_store(const struct ruleset *rules, struct str id)
{
    return map_get(&rules->names->stores, id);
}

const struct attribute_rule *ruleset_attribute(const struct ruleset *rules, struct str name)
{
    for (size_t i = 0; i < rules->n_attributes; i++)
        if (str_eq(rules->attributes[i].name, name)) return &rules->attributes[i];
    return NULL;
}

/* ---- settings */

static void attributes_copy(struct ruleset *rules, const struct rules_settings *s)
{
    static const struct attribute_rule always[] = {
        {WORD("timezone"), ATTRIBUTE_TEXT, WORD("the customer's local time")},
        {WORD("language"), ATTRIBUTE_TEXT, WORD("the language of texts")},
        {WORD("first_name"), ATTRIBUTE_TEXT, WORD("addressing the customer")}};
    const size_t n_always = sizeof always / sizeof *always;
    struct attribute_rule *list = arena_alloc(&rules->arena, (s->n_attributes + n_always) * sizeof *list);
    rules->attributes = list;
    for (size_t i = 0; i < s->n_attributes; i++) {
        const struct attribute_rule *a = &s->attributes[i];
        list[rules->n_attributes++] = (struct attribute_rule){arena_str(&rules->arena, a->name), a->type,
                                                              arena_str(&rules->arena, a->purpose)};
    }
    for (size_t i = 0; i < n_always; i++)
        if (!ruleset_attribute(rules, always[i].name)) list[rules->n_attributes++] = always[i];
}

static struct ruleset *ruleset_new(const struct rules_settings *s)
{
    struct ruleset *rules = mem_alloc(sizeof *rules);
    arena_init(&rules->arena);
    rules->zones = s->zones, rules->zone = s->zone;
    rules->currency = arena_str(&rules->arena, s->currency);
    rules->language = arena_str(&rules->arena, s->language);
    rules->history = s->history, rules->max_accuracy = s->max_accuracy;
    rules->names = arena_zalloc(&rules->arena, sizeof *rules->names);
    struct cap *caps = arena_alloc(&rules->arena, (s->n_caps + 1) * sizeof *caps);
    if (s->n_caps) memcpy(caps, s->caps, s->n_caps * sizeof *caps);
    rules->caps = caps, rules->n_caps = s->n_caps;
    attributes_copy(rules, s);
    return rules;
}

void ruleset_free(struct ruleset *rules)
{
    if (!rules) return;
    map_release(&rules->names->campaigns);
    map_release(&rules->names->stores);
    map_release(&rules->names->areas);
    map_release(&rules->names->segments);
    arena_release(&rules->arena);
    free(rules);
}

/* ---- building */

bool file_errors_move(struct errors *to, struct errors *from)
{
    bool right = from->count == 0;
    errors_sort(from);
    errors_move(to, from);
    errors_release(from);
    return right;
}

static int campaign_compare(const void *a, const void *b)
{
    const struct campaign *x = *(const struct campaign *const *)a, *y = *(const struct campaign *const *)b;
    return str_cmp(x->name, y->name);
}

static void campaigns_build(struct build *b, const struct rules_file *files, size_t n, struct errors *errors,
                            bool *failed)
{
    struct ruleset *rules = b->rules;
    struct campaign **list = arena_alloc(&rules->arena, (n + 1) * sizeof *list);
    for (size_t i = 0; i < n; i++) {
        struct campaign *c = campaign_build(b, &files[i], errors);
        failed[i] = !c;
        if (!c) continue;
        map_put(&rules->names->campaigns, c->name, c);
        list[rules->n_campaigns++] = c;
    }
    if (rules->n_campaigns) qsort(list, rules->n_campaigns, sizeof *list, campaign_compare);
    for (size_t i = 0; i < rules->n_campaigns; i++) list[i]->index = (uint32_t)i;
    rules->campaigns = (const struct campaign *const *)list;
}

struct ruleset *rules_build(const struct rules_settings *settings, const struct rules_sources *sources,
                            struct errors *errors, bool *failed)
{
    struct build b = {.settings = settings, .rules = ruleset_new(settings)};
    size_t n_files = sources->n_campaigns + sources->n_segments + sources->n_stores;
    bool *own = failed ? failed : mem_alloc(n_files + 1);
    stores_build(&b, sources->stores, sources->n_stores, errors,
                 own + sources->n_campaigns + sources->n_segments);
    fields_build(&b);
    segments_build(&b, sources->segments, sources->n_segments, errors, own + sources->n_campaigns);
    campaigns_build(&b, sources->campaigns, sources->n_campaigns, errors, own);
    index_build(b.rules);
    map_release(&b.fences);
    map_release(&b.fence_sets);
    free(b.fields);
    if (own != failed) free(own);
    return b.rules;
}
