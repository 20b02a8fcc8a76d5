/* One value of nudged.json: read by its type, checked, stored where its row says. */
#include "options_table.h"
#include "nudge/listen.h"
#include "nudge/redis_url.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- checks of texts */

static bool refuse(char *why, size_t why_size, const char *expected)
{
    snprintf(why, why_size, "expected %s", expected);
    return false;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool option_check_name(struct str s, char *why, size_t why_size)
{
    bool right = s.n >= 1 && s.n <= 64;
    for (size_t i = 0; i < s.n && right; i++)
        right = is_letter(s.p[i]) || (s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] && strchr("-_.:", s.p[i]));
    return right || refuse(why, why_size, "1 to 64 letters, digits, - _ . :");
}

bool option_check_redis(struct str s, char *why, size_t why_size)
{
    struct redis_url url;
    return redis_url_parse(s, &url, why, why_size);
}

bool option_check_listen(struct str s, char *why, size_t why_size)
{
    struct sockaddr_storage address;
    int size;
    if (s.n == 0 || listen_parse(s, &address, &size)) return true;
    return refuse(why, why_size, "an address and a port, such as \"127.0.0.1:8787\" or \"[::1]:8787\", or \"\" for none");
}

bool option_check_currency(struct str s, char *why, size_t why_size)
{
    bool right = s.n == 3;
    for (size_t i = 0; i < s.n && right; i++) right = s.p[i] >= 'A' && s.p[i] <= 'Z';
    return right || refuse(why, why_size, "three capital letters, such as \"EUR\"");
}

bool option_check_language(struct str s, char *why, size_t why_size)
{
    bool right = s.n >= 2 && s.n <= 35 && is_letter(s.p[0]) && is_letter(s.p[1]);
    for (size_t i = 2; i < s.n && right; i++) right = is_letter(s.p[i]) || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '-';
    return right || refuse(why, why_size, "a language, such as \"en\" or \"nl-BE\"");
}

/* ---- reading by type: each stores at `to` what it finds, or says what is wrong */

static void text_read(struct option_load *l, const struct option *o, struct node at, void *to)
{
    struct str text;
    char why[160];
    if (!node_text(at, &text, l->errors)) return;
    if (o->required && text.n == 0)
        node_fail(at, l->errors, "expected a text that is not empty");
    else if (o->check && !o->check(text, why, sizeof why))
        node_fail(at, l->errors, "%s", why); /* not the text itself: people put passwords where they do not belong */
    else
        *(struct str *)to = arena_str(&l->options->arena, text);
}

static void path_read(struct option_load *l, const struct option *o, struct node at, void *to)
{
    struct str text, *out = to;
    (void)o;
    if (!node_text(at, &text, l->errors)) return;
    if (text.n == 0)
        node_fail(at, l->errors, "expected a path");
    else if (text.p[0] == '/')
        *out = arena_str(&l->options->arena, text);
    else
        *out = arena_printf(&l->options->arena, "%.*s/%.*s", STR_ARG(l->options->folder), STR_ARG(text));
}

/* systemd hands secrets over as files in a folder of its own (LoadCredential=), readable by the service alone. */
static void secret_read(struct option_load *l, const struct option *o, struct node at, void *to)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    struct str text, *out = to;
    if (folder && node_text(at, &text, NULL) && text.n && text.p[0] != '/') {
        *out = arena_printf(&l->options->arena, "%s/%.*s", folder, STR_ARG(text));
        if (access(out->p, F_OK) == 0) return;
    }
    path_read(l, o, at, to);
    if (out->n && access(out->p, F_OK) != 0) node_warn(at, l->errors, "there is no file %s that can be seen from here", out->p);
}

static void duration_read(struct option_load *l, const struct option *o, struct node at, void *to)
{
    int64_t ms;
    if (!node_duration(at, &ms, l->errors)) return;
    if (ms >= o->min && ms <= o->max)
        *(int64_t *)to = ms;
    else
        node_fail(at, l->errors, "expected a time span from %lld ms to %lld s", (long long)o->min, (long long)o->max / 1000);
}

static void number_store(const struct option *o, int64_t n, void *to)
{
    if (o->scale) n *= o->scale;
    if (o->size == sizeof(bool))
        *(bool *)to = n != 0;
    else if (o->size == sizeof(int))
        *(int *)to = (int)n;
    else
        *(int64_t *)to = n; /* size_t is as large, and n is not negative */
}

static void integer_read(struct option_load *l, const struct option *o, struct node at, void *to)
{
    int64_t n;
    if (node_integer(at, o->min, o->max, &n, l->errors)) number_store(o, n, to);
}

static void metres_read(struct option_load *l, const struct option *o, struct node at, void *to)
{
    int64_t n;
    if (node_integer(at, o->min, o->max, &n, l->errors)) *(double *)to = (double)n;
}

static bool bytes_parse(struct str s, int64_t *out)
{
    static const struct {
        struct str name;
        int64_t bytes;
    } units[] = {{{"B", 1}, 1},
                 {{"kB", 2}, 1000},
                 {{"KB", 2}, 1000},
                 {{"MB", 2}, 1000000},
                 {{"GB", 2}, 1000000000},
                 {{"KiB", 3}, 1 << 10},
                 {{"MiB", 3}, 1 << 20},
                 {{"GiB", 3}, 1 << 30}};
    int64_t n = 0;
    size_t i = 0;
    for (; i < s.n && i < 9 && s.p[i] >= '0' && s.p[i] <= '9'; i++) n = n * 10 + (s.p[i] - '0');
    struct str unit = str_trim((struct str){s.p + i, s.n - i});
    for (size_t u = 0; i && u < sizeof units / sizeof *units; u++) {
        if (!str_eq(unit, units[u].name)) continue;
        *out = n * units[u].bytes;
        return true;
    }
    return false;
}

static void bytes_read(struct option_load *l, const struct option *o, struct node at, void *to)
{
    struct str text;
    int64_t n = 0;
    bool right = json_is_integer(at.value) ? node_integer(at, o->min, o->max, &n, l->errors)
                                           : node_text(at, &text, NULL) && bytes_parse(text, &n);
    if (right && n >= o->min && n <= o->max)
        *(int64_t *)to = n;
    else if (!json_is_integer(at.value))
        node_fail(at, l->errors, "expected a size from %lld to %lld bytes, such as \"64 MB\" (units: B kB MB GB KiB MiB GiB)",
                  (long long)o->min, (long long)o->max);
}

static void word_read(struct option_load *l, const struct option *o, struct node at, void *to)
{
    size_t i;
    if (!node_word(at, o->words, o->n_words, &i, l->errors)) return;
    if (o->size == sizeof(struct str))
        *(struct str *)to = o->words[i];
    else
        number_store(o, o->min + (int64_t)i, to);
}

static void boolean_read(struct option_load *l, const struct option *o, struct node at, void *to)
{
    (void)o;
    node_boolean(at, to, l->errors);
}

static void caps_read(struct option_load *l, const struct option *o, struct node at, void *to)
{
    struct rules_settings *rules = to;
    (void)o;
    node_caps(at, &l->options->arena, &rules->caps, &rules->n_caps, l->errors);
}

static void quiet_read(struct option_load *l, const struct option *o, struct node at, void *to)
{
    (void)o;
    node_quiet_hours(at, to, l->errors);
}

typedef void option_reader(struct option_load *, const struct option *, struct node, void *to);
static option_reader *const readers[OPTION_TYPES] = {
    [OPTION_TEXT] = text_read,         [OPTION_PATH] = path_read,   [OPTION_SECRET] = secret_read, [OPTION_DURATION] = duration_read,
    [OPTION_INTEGER] = integer_read,   [OPTION_METRES] = metres_read, [OPTION_BYTES] = bytes_read, [OPTION_WORD] = word_read,
    [OPTION_BOOLEAN] = boolean_read,   [OPTION_CAPS] = caps_read,   [OPTION_QUIET] = quiet_read};

/* A default is written as in the file and read by the same reader, so that what README shows is what is in force. */
static void fallback_read(struct option_load *l, const struct option *o, void *to)
{
    struct doc *doc = doc_parse("default", str_of(o->fallback), l->errors);
    if (!doc) return;
    readers[o->type](l, o, doc_root(doc), to);
    doc_free(doc);
}

void option_read(struct option_load *l, const struct option *o, struct node at, void *base)
{
    void *to = (char *)base + o->offset;
    if (at.value)
        readers[o->type](l, o, at, to);
    else if (o->required)
        node_fail(at, l->errors, "\"%s\" is missing here: %s", strrchr(o->name.p, '.') + 1, o->help);
    else if (o->fallback)
        fallback_read(l, o, to);
}
