#include "build.h"
#include "nudge/mem.h"
#include <stdlib.h>

static const struct template *template_read(struct reader *r, struct node at)
{
    struct str text;
    size_t offset = 0;
    char why[256];
    if (!node_text(at, &text, r->errors)) return NULL;
    const struct template *t = template_parse(reader_arena(r), text, &offset, why, sizeof why);
    if (t)
        field_check(r, at, t);
    else
        node_fail_text(at, offset, r->errors, "%s", why);
    return t;
}

static void title_key(struct reader *r, struct node at, void *into)
{
    ((struct push_text *)into)->title = template_read(r, at);
}

static void body_key(struct reader *r, struct node at, void *into)
{
    ((struct push_text *)into)->body = template_read(r, at);
}

static void url_key(struct reader *r, struct node at, void *into)
{
    ((struct push_text *)into)->url = template_read(r, at);
}

static const struct key text_keys[] = {
    {WORD("title"), title_key, NULL}, {WORD("body"), body_key, NULL}, {WORD("url"), url_key, NULL}};
const struct key_table language_text_table = KEY_TABLE("language", text_keys);

/* ---- the push */

/* BCP 47, roughly: "nl", "nl-BE", "zh-Hant-TW". */
static bool language_valid(struct str s)
{
    struct str part = str_cut(&s, '-');
    if (part.n < 2 || part.n > 3) return false;
    for (;; part = str_cut(&s, '-')) {
        for (size_t i = 0; i < part.n; i++) {
            char c = part.p[i];
            if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) return false;
        }
        if (part.n == 0 || part.n > 8) return false;
        if (s.n == 0) return true;
    }
}

/* As read; the default text comes first, so that its keys are read like a language's. */
struct push_draft {
    struct push_text text, *languages;
    size_t n_languages;
    struct str data;
};

static void languages_key(struct reader *r, struct node at, void *into)
{
    struct push_draft *d = into;
    struct node value;
    struct str name;
    if (!node_is_object(at, r->errors)) return;
    d->languages = arena_zalloc(reader_arena(r), (node_size(at) + 1) * sizeof *d->languages);
    for (; node_member(at, d->n_languages, &name, &value); d->n_languages++) {
        struct push_text *t = &d->languages[d->n_languages];
        t->language = arena_str(reader_arena(r), name);
        if (!language_valid(name))
            node_fail_key(value, r->errors,
                          "\"%.*s\" is not a language: expected a tag such as \"nl\" or \"pt-BR\"",
                          STR_ARG(name));
        object_read(r, value, &language_text_table, t);
    }
}

static void data_key(struct reader *r, struct node at, void *into)
{
    struct push_draft *d = into;
    if (!node_is_object(at, r->errors)) return;
    char *text = json_dumps(
        at.value,
        JSON_COMPACT | JSON_REAL_PRECISION(15)); /* digits enough for what people write, and 0.1 stays 0.1 */
    if (!text) mem_exhausted();
    d->data = arena_str(reader_arena(r), str_of(text));
    free(text);
}

static const struct key push_keys[] = {{WORD("title"), title_key, NULL},
                                       {WORD("body"), body_key, NULL},
                                       {WORD("url"), url_key, NULL},
                                       {WORD("data"), data_key, NULL},
                                       {WORD("languages"), languages_key, NULL}};
const struct key_table push_table = KEY_TABLE("push", push_keys);

void push_read(struct reader *r, struct node at, void *into)
{
    struct campaign *c = into;
    struct push_draft d = {0};
    object_read(r, at, &push_table, &d);
    if (node_is_object(at, NULL) && !node_get(at, "title").value && !node_get(at, "body").value)
        node_fail(at, r->errors, "there is nothing to read: expected \"title\" or \"body\"");
    struct push_text *texts = arena_zalloc(reader_arena(r), (d.n_languages + 1) * sizeof *texts);
    texts[0] = d.text;
    for (size_t i = 0; i < d.n_languages; i++) {
        struct push_text *t = &texts[i + 1];
        *t = d.languages[i];
        if (!t->title) t->title = d.text.title;
        if (!t->body) t->body = d.text.body;
        if (!t->url) t->url = d.text.url;
    }
    c->texts = texts, c->n_texts = d.n_languages + 1, c->data = d.data;
}
