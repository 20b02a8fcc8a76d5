/* Which version of which file is in force.
 *
 *   read the folders -> build with what is there now -> a file failed? its last good version stands in -> build again
 *
 * A file steps back from its current version to its last good one, never the other way, so the rounds end; what fails even so is left
 * out by the build. Stores step first, then segments, then campaigns: a file that failed only because what it names had failed keeps
 * its current version. */
#include "folder_files.h"
#include "nudge/map.h"
#include "nudge/mem.h"
#include <stdlib.h>

enum folder { FOLDER_CAMPAIGNS, FOLDER_SEGMENTS, FOLDER_STORES, FOLDERS }; /* in the order of rules_sources and failed[] */

enum version { VERSION_CURRENT, VERSION_GOOD, VERSION_NONE };

struct conf_file {
    char *path;
    char *current, *good; /* NULL = there is none; owned */
    size_t current_size, good_size;
    enum folder folder;
    enum version version; /* that the next build takes */
    bool present;         /* in its folder now, as far as is known */
    struct errors errors; /* of the last build that had the current version in it */
};

struct folder_set {
    struct map by_path;       /* -> struct conf_file */
    struct conf_file **files; /* by folder, then path: the order of one build */
    size_t n, cap;
    struct errors general; /* of the last build, about no one file */
};

struct folder_set *folder_set_new(void)
{
    return mem_alloc(sizeof(struct folder_set));
}

static void conf_file_free(struct conf_file *f)
{
    errors_release(&f->errors);
    free(f->path);
    free(f->current);
    free(f->good);
    free(f);
}

void folder_set_free(struct folder_set *set)
{
    if (!set) return;
    for (size_t i = 0; i < set->n; i++) conf_file_free(set->files[i]);
    errors_release(&set->general);
    map_release(&set->by_path);
    free(set->files);
    free(set);
}

/* ---- taking in what the folders hold */

static struct conf_file *file_add(struct folder_set *set, struct folder_file *from, enum folder folder)
{
    struct conf_file *f = mem_alloc(sizeof *f);
    f->path = from->path;
    f->folder = folder;
    from->path = NULL;
    map_put(&set->by_path, str_of(f->path), f);
    set->files = mem_grow(set->files, &set->cap, set->n + 1, sizeof *set->files);
    set->files[set->n++] = f;
    return f;
}

static void file_refresh(struct folder_set *set, struct folder_file *from, enum folder folder)
{
    struct conf_file *f = map_get(&set->by_path, str_of(from->path));
    if (f && f->folder != folder) return; /* two options name one folder: the first has it */
    if (!f) f = file_add(set, from, folder);
    free(f->current);
    f->current = from->text;
    f->current_size = from->size;
    f->present = true;
    from->text = NULL;
}

static void folder_refresh(struct folder_set *set, enum folder folder, struct str path, struct errors *errors)
{
    static const char *const json[] = {".json", NULL}, *const stores[] = {".csv", ".geojson", ".json", NULL};
    struct folder_files found;
    folder_files_read(&found, path.p, folder == FOLDER_STORES ? stores : json, errors);
    for (size_t i = 0; i < set->n; i++)
        if (set->files[i]->folder == folder) set->files[i]->present = found.unread;
    for (size_t i = 0; i < found.n; i++) file_refresh(set, &found.files[i], folder);
    folder_files_release(&found);
}

static int file_compare(const void *a, const void *b)
{
    const struct conf_file *x = *(struct conf_file *const *)a, *y = *(struct conf_file *const *)b;
    if (x->folder != y->folder) return x->folder < y->folder ? -1 : 1;
    return strcmp(x->path, y->path);
}

static void gone_drop(struct folder_set *set)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->n; i++) {
        struct conf_file *f = set->files[i];
        if (f->present) {
            set->files[kept++] = f;
            continue;
        }
        map_del(&set->by_path, str_of(f->path));
        conf_file_free(f);
    }
    set->n = kept;
    if (kept) qsort(set->files, kept, sizeof *set->files, file_compare);
}

static void files_refresh(struct folder_set *set, const struct options *o, struct errors *errors)
{
    const struct str paths[FOLDERS] = {o->campaigns, o->segments, o->stores};
    for (enum folder f = 0; f < FOLDERS; f++) folder_refresh(set, f, paths[f], errors);
    gone_drop(set);
    for (size_t i = 0; i < set->n; i++) {
        struct conf_file *f = set->files[i];
        errors_release(&f->errors);
        f->version = f->current ? VERSION_CURRENT : f->good ? VERSION_GOOD : VERSION_NONE;
    }
}

/* ---- one build */

struct round {
    struct rules_file *sources;
    struct conf_file **files; /* files[i] stands behind sources[i] */
    bool *failed;
    size_t n[FOLDERS], all;
};

static void round_init(struct round *r, const struct folder_set *set)
{
    *r = (struct round){0};
    r->sources = mem_alloc(set->n * sizeof *r->sources);
    r->files = mem_alloc(set->n * sizeof *r->files);
    r->failed = mem_alloc(set->n * sizeof *r->failed);
    for (size_t i = 0; i < set->n; i++) {
        struct conf_file *f = set->files[i];
        if (f->version == VERSION_NONE) continue;
        bool current = f->version == VERSION_CURRENT;
        r->sources[r->all] = (struct rules_file){
            f->path, current ? (struct str){f->current, f->current_size} : (struct str){f->good, f->good_size}};
        r->files[r->all++] = f;
        r->n[f->folder]++;
    }
}

static void round_release(struct round *r)
{
    free(r->sources);
    free(r->files);
    free(r->failed);
}

static void error_copy(struct errors *to, const struct error *e)
{
    (e->warning ? errors_warn : errors_add)(to, e->file, e->line, e->column, "%s", e->text);
}

/* An error belongs to its file as long as that stands in its current version: of an old one it would point at lines long gone. */
static void errors_deal(struct folder_set *set, struct round *r, const struct errors *found)
{
    size_t listed = 0;
    errors_release(&set->general);
    for (size_t i = 0; i < r->all; i++)
        if (r->files[i]->version == VERSION_CURRENT) errors_release(&r->files[i]->errors);
    for (size_t i = 0; i < found->n; i++) {
        const struct error *e = &found->list[i];
        struct conf_file *f = map_get(&set->by_path, str_of(e->file));
        listed += !e->warning;
        if (!f)
            error_copy(&set->general, e);
        else if (f->version == VERSION_CURRENT)
            error_copy(&f->errors, e);
    }
    set->general.count += found->count - listed; /* those that the list had no room for */
}

static struct ruleset *round_build(struct folder_set *set, struct round *r, const struct options *o)
{
    struct errors found = {0};
    const struct rules_sources sources = {r->sources,
                                          r->sources + r->n[FOLDER_CAMPAIGNS],
                                          r->sources + r->n[FOLDER_CAMPAIGNS] + r->n[FOLDER_SEGMENTS],
                                          r->n[FOLDER_CAMPAIGNS],
                                          r->n[FOLDER_SEGMENTS],
                                          r->n[FOLDER_STORES]};
    struct ruleset *rules = rules_build(&o->rules, &sources, &found, r->failed);
    errors_deal(set, r, &found);
    errors_release(&found);
    return rules;
}

/* ---- stepping back */

static bool file_step(struct conf_file *f)
{
    if (f->version != VERSION_CURRENT || !f->good) return false;
    if (f->good_size == f->current_size && memcmp(f->good, f->current, f->good_size) == 0) return false;
    f->version = VERSION_GOOD;
    return true;
}

/* True if another build may be better than this one. */
static bool round_step(struct round *r)
{
    static const enum folder order[FOLDERS] = {FOLDER_STORES, FOLDER_SEGMENTS, FOLDER_CAMPAIGNS};
    bool again = false;
    for (size_t o = 0; o < FOLDERS && !again; o++)
        for (size_t i = 0; i < r->all; i++)
            if (r->failed[i] && r->files[i]->folder == order[o]) again |= file_step(r->files[i]);
    return again;
}

static void round_keep(struct round *r)
{
    for (size_t i = 0; i < r->all; i++) {
        struct conf_file *f = r->files[i];
        if (r->failed[i] || f->version != VERSION_CURRENT) continue;
        free(f->good);
        f->good = f->current;
        f->good_size = f->current_size;
        f->current = NULL;
    }
}

static void errors_gather(struct folder_set *set, struct errors *errors)
{
    for (size_t i = 0; i < set->n; i++) errors_move(errors, &set->files[i]->errors);
    errors_move(errors, &set->general);
}

struct ruleset *folder_set_build(struct folder_set *set, const struct options *o, struct errors *errors)
{
    struct ruleset *rules = NULL;
    bool again;
    files_refresh(set, o, errors);
    do {
        struct round r;
        ruleset_free(rules);
        round_init(&r, set);
        rules = round_build(set, &r, o);
        again = round_step(&r);
        if (!again) round_keep(&r);
        round_release(&r);
    } while (again);
    errors_gather(set, errors);
    return rules;
}
