#include "build.h"
#include "condition.h"
#include "nudge/limits.h"
#include <stdlib.h>

#define PRIORITY_DEFAULT 50
#define PRIORITY_MAX 100

static void name_key(struct reader *r, struct node at, void *into)
{
    struct campaign *c = into;
    name_read(r, at, &c->name);
    struct campaign *other = map_get(&r->build->rules->names->campaigns, c->name);
    if (other)
        node_fail(at, r->errors, "there is a campaign \"%.*s\" already, in %.*s", STR_ARG(c->name),
                  STR_ARG(other->file));
}

static void description_key(struct reader *r, struct node at, void *into)
{
    text_read(r, at, &((struct campaign *)into)->description);
}

static void trigger_key(struct reader *r, struct node at, void *into)
{
    trigger_read(r, at, &((struct campaign *)into)->trigger);
}

static const struct condition *whole_condition(struct reader *r, struct node at)
{
    r->size = 0;
    return condition_read(r, at);
}

static void audience_key(struct reader *r, struct node at, void *into)
{
    ((struct campaign *)into)->audience = whole_condition(r, at);
}

static void unless_key(struct reader *r, struct node at, void *into)
{
    ((struct campaign *)into)->unless = whole_condition(r, at);
}

static void delay_key(struct reader *r, struct node at, void *into)
{
    node_duration(at, &((struct campaign *)into)->delay, r->errors);
}

static void expires_key(struct reader *r, struct node at, void *into)
{
    node_duration(at, &((struct campaign *)into)->expires, r->errors);
}

static void purpose_key(struct reader *r, struct node at, void *into)
{
    struct campaign *c = into;
    text_read(r, at, &c->purpose);
    if (c->purpose.p && c->purpose.n == 0)
        node_fail(at, r->errors,
                  "the purpose is empty: expected what customers consent to, such as \"marketing\"");
}

static void provider_key(struct reader *r, struct node at, void *into)
{
    const struct rules_settings *s = r->build->settings;
    size_t known;
    if (node_word(at, s->providers, s->n_providers, &known, r->errors))
        ((struct campaign *)into)->provider = arena_str(reader_arena(r), s->providers[known]);
}

static void priority_key(struct reader *r, struct node at, void *into)
{
    int64_t priority;
    if (node_integer(at, 0, PRIORITY_MAX, &priority, r->errors))
        ((struct campaign *)into)->priority = (int)priority;
}

static void caps_key(struct reader *r, struct node at, void *into)
{
    struct campaign *c = into;
    node_caps(at, reader_arena(r), &c->caps, &c->n_caps, r->errors);
}

static void quiet_key(struct reader *r, struct node at, void *into)
{
    node_quiet_hours(at, &((struct campaign *)into)->quiet, r->errors);
}

static void moment_read(struct reader *r, struct node at, int64_t *into)
{
    struct str text;
    if (!node_text(at, &text, r->errors) || time_parse(text, r->build->settings->zone, into)) return;
    node_fail(at, r->errors,
              "\"%.*s\" is not a date or time: expected one such as \"2026-12-01\" or \"2026-12-01T09:00\"",
              STR_ARG(text));
}

static void starts_key(struct reader *r, struct node at, void *into)
{
    moment_read(r, at, &((struct campaign *)into)->starts);
}

static void ends_key(struct reader *r, struct node at, void *into)
{
    moment_read(r, at, &((struct campaign *)into)->ends);
}

static const struct key campaign_keys[] = {
    {WORD("$schema"), NULL, NULL},
    {WORD("name"), name_key, "the campaign's name, such as \"friday-pizza\""},
    {WORD("description"), description_key, NULL},
    {WORD("trigger"), trigger_key, "what sets it off, such as { \"event\": \"purchase\" }"},
    {WORD("audience"), audience_key, NULL},
    {WORD("delay"), delay_key, NULL},
    {WORD("unless"), unless_key, NULL},
    {WORD("push"), push_read, "what is sent: { \"title\": …, \"body\": … }"},
    {WORD("purpose"), purpose_key, NULL},
    {WORD("provider"), provider_key, NULL},
    {WORD("priority"), priority_key, NULL},
    {WORD("frequency_cap"), caps_key, NULL},
    {WORD("quiet_hours"), quiet_key, NULL},
    {WORD("expires"), expires_key, NULL},
    {WORD("starts"), starts_key, NULL},
    {WORD("ends"), ends_key, NULL},
};
const struct key_table campaign_table = KEY_TABLE("campaign", campaign_keys);

static void campaign_check(struct reader *r, struct node root, const struct campaign *c)
{
    if (!node_is_object(root, NULL)) return;
    if (c->ends <= c->starts)
        node_fail(node_get(root, "ends"), r->errors,
                  "\"ends\" is not after \"starts\", so this is never in force");
    if (c->expires && c->expires <= c->delay)
        node_fail(node_get(root, "expires"), r->errors,
                  "\"expires\" is not longer than \"delay\", so nothing is ever sent");
    if (!node_get(root, "purpose").value)
        node_warn(root, r->errors, "no \"purpose\": this is sent without asking for anyone's consent");
}

struct campaign *campaign_build(struct build *b, const struct rules_file *file, struct errors *errors)
{
    struct errors own = {0};
    struct reader r = {.build = b, .errors = &own};
    struct campaign *c = arena_zalloc(build_arena(b), sizeof *c);
    struct doc *doc = doc_parse(file->path, file->text, &own);
    *c = (struct campaign){
        .priority = PRIORITY_DEFAULT, .starts = INT64_MIN, .ends = INT64_MAX, .quiet = b->settings->quiet};
    c->file = arena_str(build_arena(b), str_of(file->path));
    c->provider = arena_str(build_arena(b), b->settings->provider);
    if (doc) {
        object_read(&r, doc_root(doc), &campaign_table, c);
        campaign_check(&r, doc_root(doc), c);
        c->hash = str_hash(c->name);
    }
    doc_free(doc);
    return file_errors_move(errors, &own) ? c : NULL;
}
