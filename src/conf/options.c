#include "options_table.h"
#include "nudge/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FILE_SIZE_MAX ((size_t)4 << 20) /* a thousand providers and attributes fit */
#define LIST_MAX 1000                   /* of providers or attributes */
#define PREFIX_MAX 64                   /* of the table's dotted names */

static void level_read(struct option_load *, struct node, struct str prefix, void *base);

/* ---- lists of named things: "providers" and "attributes" */

static bool member_named(struct option_load *l, struct str name, struct node at)
{
    char why[80];
    if (option_check_name(name, why, sizeof why)) return true;
    node_fail_key(at, l->errors, "\"%.*s\" is no name: %s", STR_ARG(name), why);
    return false;
}

static size_t members_count(struct option_load *l, struct node list)
{
    if (!list.value || !node_is_object(list, l->errors)) return 0;
    size_t n = node_size(list);
    if (n <= LIST_MAX) return n;
    node_fail(list, l->errors, "expected at most %d, found %zu", LIST_MAX, n);
    return 0;
}

static void provider_check(struct option_load *l, const struct provider_options *p, struct node at)
{
    struct node url = node_get(at, "url");
    if (p->type != PROVIDER_WEBHOOK || !node_word(node_get(at, "type"), &STR("webhook"), 1, &(size_t){0}, NULL)) return;
    if (!url.value)
        node_fail(at, l->errors, "a webhook needs \"url\": where its pushes go");
    else if (p->url.p && !str_starts(p->url, STR("https://")) && !(p->allow_http && str_starts(p->url, STR("http://"))))
        node_fail(url, l->errors, "expected a URL that begins with https:// (or http:// beside \"allow_http\": true)");
}

static void providers_read(struct option_load *l, struct node list)
{
    struct options *o = l->options;
    struct str name, *names;
    struct node at;
    size_t n = members_count(l, list);
    o->providers = arena_zalloc(&o->arena, (n + 1) * sizeof *o->providers);
    o->rules.providers = names = arena_zalloc(&o->arena, (n + 1) * sizeof *names);
    for (size_t i = 0; i < n && node_member(list, i, &name, &at); i++) {
        struct provider_options *p = &o->providers[i];
        member_named(l, name, at);
        names[i] = p->name = arena_str(&o->arena, name);
        level_read(l, at, STR("providers.<name>."), p);
        if (node_is_object(at, NULL)) provider_check(l, p, at);
    }
    o->n_providers = o->rules.n_providers = n;
}

static void attributes_read(struct option_load *l, struct node list)
{
    struct options *o = l->options;
    struct attribute_rule *rules;
    struct str name;
    struct node at;
    size_t n = members_count(l, list);
    o->rules.attributes = rules = arena_zalloc(&o->arena, (n + 1) * sizeof *rules);
    for (size_t i = 0; i < n && node_member(list, i, &name, &at); i++) {
        member_named(l, name, at);
        rules[i].name = arena_str(&o->arena, name);
        level_read(l, at, STR("attributes.<name>."), &rules[i]);
    }
    o->rules.n_attributes = n;
}

/* ---- the file, level by level */

static void group_read(struct option_load *l, struct node at, struct str prefix, struct str word, void *base)
{
    char longer[PREFIX_MAX];
    if (str_eq(word, STR("providers"))) {
        providers_read(l, at);
    } else if (str_eq(word, STR("attributes"))) {
        attributes_read(l, at);
    } else {
        int n = snprintf(longer, sizeof longer, "%.*s%.*s.", STR_ARG(prefix), STR_ARG(word));
        level_read(l, at, (struct str){longer, (size_t)n}, base);
    }
}

static void level_read(struct option_load *l, struct node object, struct str prefix, void *base)
{
    struct str words[OPTION_WORDS_MAX + 1];
    char word[PREFIX_MAX];
    size_t n = option_words(prefix, words);
    words[n] = STR("$schema"); /* for editors; only at the top */
    if (object.value && !node_is_object(object, l->errors)) return;
    node_known_keys(object, words, n + (prefix.n == 0), l->errors);
    for (size_t i = 0; i < n; i++) {
        const struct option *o = option_find(prefix, words[i]);
        snprintf(word, sizeof word, "%.*s", STR_ARG(words[i]));
        struct node at = node_get(object, word);
        if (o)
            option_read(l, o, at, base);
        else
            group_read(l, at, prefix, words[i], base);
    }
}

/* ---- what one row alone cannot say */

static void zone_resolve(struct option_load *l, struct node at, struct zones *zones)
{
    struct options *o = l->options;
    o->rules.zones = zones;
    if (!o->zone_name.p) return; /* was no text; said already */
    o->rules.zone = zones_get(zones, o->zone_name);
    if (o->rules.zone) return;
    size_t n;
    const struct str *names = zones_names(zones, &n);
    struct str near = str_nearest(o->zone_name, names, n);
    node_fail(at, l->errors, "\"%.*s\" is not a time zone; %s%.*s%s", STR_ARG(o->zone_name), near.p ? "did you mean \"" : "",
              STR_ARG(near), near.p ? "\"?" : "expected one such as \"Europe/Amsterdam\"");
}

static void instance_default(struct options *o)
{
    char host[64] = "";
    if (o->instance.n) return;
    if (gethostname(host, sizeof host - 1) != 0 || !*host) snprintf(host, sizeof host, "nudged");
    o->instance = arena_printf(&o->arena, "%s-%ld", host, (long)getpid());
}

static void admin_check(struct option_load *l, struct node at)
{
    struct str s = l->options->admin_listen;
    if (!s.n || str_starts(s, STR("127.")) || str_starts(s, STR("[::1]:"))) return;
    node_warn(at, l->errors, "not on loopback: whoever reaches this address reads the figures, without a login");
}

static void file_read(struct option_load *l, struct doc *doc, struct zones *zones)
{
    struct node root = doc_root(doc), provider = node_get(root, "provider");
    struct options *o = l->options;
    if (!node_is_object(root, l->errors)) return;
    level_read(l, root, STR(""), o);
    size_t i;
    if (o->rules.provider.p) node_word(provider, o->rules.providers, o->n_providers, &i, l->errors);
    zone_resolve(l, node_get(root, "zone"), zones);
    admin_check(l, node_get(node_get(root, "admin"), "listen"));
    instance_default(o);
}

/* Paths in the file hang on its own folder, wherever the program was started. */
static void place_set(struct options *o, const char *path)
{
    char here[4096] = "";
    if (path[0] != '/' && !getcwd(here, sizeof here)) here[0] = 0;
    o->path = arena_printf(&o->arena, "%s%s%s", here, *here ? "/" : "", path);
    const char *slash = strrchr(o->path.p, '/');
    size_t n = slash ? (size_t)(slash - o->path.p) : 0;
    o->folder = n ? arena_str(&o->arena, (struct str){o->path.p, n}) : slash ? STR("/.") : STR(".");
}

static struct options *options_new(const char *path)
{
    struct options *o = mem_alloc(sizeof *o);
    arena_init(&o->arena);
    place_set(o, path);
    return o;
}

struct options *options_load(const char *path, struct zones *zones, struct errors *errors)
{
    struct buf text = {.max = FILE_SIZE_MAX};
    struct errors found = {0};
    struct options *o = options_new(path);
    struct option_load l = {o, &found};
    struct doc *doc = NULL;
    char why[160];
    if (buf_read_file(&text, path, why, sizeof why) < 0)
        errors_add(&found, path, 0, 0, "%s", why);
    else if ((doc = doc_parse(path, buf_str(&text), &found)))
        file_read(&l, doc, zones);
    doc_free(doc);
    buf_release(&text);
    bool right = found.count == 0;
    errors_sort(&found);
    errors_move(errors, &found);
    if (right) return o;
    options_free(o);
    return NULL;
}

void options_free(struct options *o)
{
    if (!o) return;
    arena_release(&o->arena);
    free(o);
}
