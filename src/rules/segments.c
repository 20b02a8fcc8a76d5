/* Segments may name each other, in any order of files: all are declared first, then read, then looked through
 * for circles. */
#include "build.h"
#include "condition.h"
#include "nudge/buf.h"
#include "nudge/mem.h"
#include <stdlib.h>

struct segment_file {
    const struct rules_file *file;
    struct doc *doc;
    struct errors errors;
    struct segment *segment; /* NULL: not declared */
};

static void name_key(struct reader *r, struct node at, void *into)
{
    (void)into;
    struct str name;
    name_read(r, at, &name);
}

static void description_key(struct reader *r, struct node at, void *into)
{
    (void)into;
    struct str text;
    text_read(r, at, &text);
}

static void audience_key(struct reader *r, struct node at, void *into)
{
    ((struct segment *)into)->audience = condition_read(r, at);
}

static const struct key segment_keys[] = {
    {WORD("$schema"), NULL, NULL},
    {WORD("name"), name_key, "the segment's name, such as \"regulars\""},
    {WORD("description"), description_key, NULL},
    {WORD("audience"), audience_key, "a condition"},
};
const struct key_table segment_table = KEY_TABLE("segment", segment_keys);

static void segment_declare(struct build *b, struct segment_file *f)
{
    struct str name = STR_NONE;
    f->doc = doc_parse(f->file->path, f->file->text, &f->errors);
    f->segment = arena_zalloc(build_arena(b), sizeof *f->segment);
    f->segment->file = f->file->path;
    f->segment->errors = &f->errors;
    if (!f->doc) return;
    struct node at = node_get(doc_root(f->doc), "name");
    if (!node_text(at, &name, NULL)) return;
    struct segment *other = map_get(&b->rules->names->segments, name);
    f->segment->name = arena_str(build_arena(b), name);
    if (other)
        node_fail(at, &f->errors, "there is a segment \"%.*s\" already, in %s", STR_ARG(name), other->file);
    else
        map_put(&b->rules->names->segments, f->segment->name, f->segment);
}

static void segment_read(struct build *b, struct segment_file *f)
{
    struct reader r = {.build = b, .errors = &f->errors, .segment = f->segment};
    if (f->doc) object_read(&r, doc_root(f->doc), &segment_table, f->segment);
    f->segment->size = r.size;
    f->segment->failed = f->errors.count > 0;
}

/* ---- after reading: circles, and what rests on segments that failed */

struct path { /* from the segment first looked at to the one looked at now */
    struct segment *at[CONDITION_DEPTH_MAX];
    size_t n;
};

static void circle_fail(const struct path *path, const struct segment_use *use, struct errors *errors)
{
    struct buf circle = {0};
    size_t from = 0;
    while (path->at[from] != use->segment) from++;
    for (size_t i = from; i < path->n; i++) buf_printf(&circle, "%.*s -> ", STR_ARG(path->at[i]->name));
    node_fail(use->at, errors, "segments in a circle: %.*s%.*s", (int)circle.n, circle.p,
              STR_ARG(use->segment->name));
    buf_release(&circle);
}

static void segment_settle(struct path *, struct segment *);

static void use_settle(struct path *path, struct segment *s, const struct segment_use *use,
                       unsigned own_depth)
{
    struct segment *used = use->segment;
    if (used->under_way) {
        circle_fail(path, use, s->errors);
        return;
    }
    if (path->n < CONDITION_DEPTH_MAX) segment_settle(path, used);
    if (used->failed) {
        node_fail(use->at, s->errors, "segment \"%.*s\" has errors itself (%s)", STR_ARG(used->name),
                  used->file);
        return;
    }
    if (!used->done || own_depth + used->depth > CONDITION_DEPTH_MAX)
        node_fail(use->at, s->errors, "the condition is nested too deeply: expected at most %d levels",
                  CONDITION_DEPTH_MAX);
    if (own_depth + used->depth > s->depth) s->depth = own_depth + used->depth;
    s->size += used->size;
}

static void segment_settle(struct path *path, struct segment *s)
{
    unsigned own_depth = s->depth;
    if (s->done) return;
    s->under_way = true;
    path->at[path->n++] = s;
    for (const struct segment_use *use = s->uses; use; use = use->next) {
        use_settle(path, s, use, own_depth);
        if (s->size < CONDITION_SIZE_MAX) continue;
        node_fail(use->at, s->errors, "too many conditions: expected under %d, those of segments included",
                  CONDITION_SIZE_MAX);
        break;
    }
    path->n--;
    s->under_way = false, s->done = true;
    s->failed = s->errors->count > 0;
    s->uses = NULL; /* their places go with the files */
}

void segments_build(struct build *b, const struct rules_file *files, size_t n, struct errors *errors,
                    bool *failed)
{
    struct segment_file *all = mem_alloc((n + 1) * sizeof *all);
    struct path path = {.n = 0};
    for (size_t i = 0; i < n; i++) {
        all[i].file = &files[i];
        segment_declare(b, &all[i]);
    }
    for (size_t i = 0; i < n; i++) segment_read(b, &all[i]);
    for (size_t i = 0; i < n; i++) segment_settle(&path, all[i].segment);
    for (size_t i = 0; i < n; i++) {
        all[i].segment->errors = NULL;
        failed[i] = !file_errors_move(errors, &all[i].errors);
        doc_free(all[i].doc);
    }
    free(all);
}
