/* Building a ruleset: what the readers of the several kinds of file share.
 *
 *   stores ──> places ──┐
 *   segments ───────────┼──> campaigns ──> by name ──> index
 *   settings ───────────┘
 *
 * Readers put what is wrong into their file's list and go on, so that all mistakes of a file come at once;
 * whoever reads a file asks afterwards whether there were any, and uses nothing of it then. Everything
 * lasting is in the ruleset's arena. Private to src/rules. */
#ifndef RULES_BUILD_H
#define RULES_BUILD_H

#include "nudge/doc.h"
#include "nudge/map.h"
#include "nudge/rules.h"

struct campaign_list {
    const struct campaign *const *items; /* by priority, highest first, then name */
    size_t n;
};

/* Everything by name; values are struct campaign, struct store, struct area, struct segment. */
struct rules_names {
    struct map campaigns, stores, areas, segments;
    struct nearest *nearest; /* of the stores that name a zone: stores.h */
};

struct build {
    const struct rules_settings *settings;
    struct ruleset *rules;
    struct map fences, fence_sets; /* places.c: each fence and each set exists once */
    struct str *fields;            /* fields.c: the names that templates may use */
    size_t n_fields;
};

/* A named condition. All behind `size` is for building. */
struct segment {
    struct str name;
    const struct condition *audience;
    bool failed;          /* there is such a file, but it can't be used */
    unsigned depth, size; /* of the condition, segments in it included */
    const char *file;
    struct errors *errors;
    struct segment_use *uses; /* segments that it names */
    bool done, under_way;
};

/* Where a segment's file names another. */
struct segment_use {
    struct segment *segment;
    struct node at;
    struct segment_use *next;
};

/* Reading one file. */
struct reader {
    struct build *build;
    struct errors *errors;
    struct segment *segment; /* whose condition is read; NULL in a campaign's file */
    unsigned depth, size;    /* of the condition read so far */
};

#define CONDITION_DEPTH_MAX 64   /* nesting, through segments too: verdicts recurse */
#define CONDITION_SIZE_MAX 10000 /* conditions in all, through segments too: each is asked for every event   \
                                  */

static inline struct arena *build_arena(struct build *b)
{
    return &b->rules->arena;
}
static inline struct arena *reader_arena(struct reader *r)
{
    return &r->build->rules->arena;
}

/* ---- objects of known keys: keys.c */

struct key {
    struct str name;
    void (*read)(struct reader *, struct node, void *into); /* NULL: read together with another */
    const char *needed; /* what is expected here; NULL = may be left out */
};
struct key_table {
    const char *name; /* as in "campaign", "push" */
    const struct key *keys;
    size_t n;
};
#define WORD(word)                                                                                           \
    {                                                                                                        \
        word, sizeof(word) - 1                                                                               \
    }
#define KEY_TABLE(name, keys)                                                                                \
    {                                                                                                        \
        name, keys, sizeof(keys) / sizeof *(keys)                                                            \
    }

/* Reads each member by its row; unknown keys and missing ones are errors. */
void object_read(struct reader *, struct node, const struct key_table *, void *into);
/* Every table of the language, for checking the schemas against them; false at the end. */
bool language_table(size_t i, struct key_table *);

/* An error: there is no such thing; the nearest right word, and what was expected. */
void unknown_fail(struct reader *, struct node, const char *what, struct str name, const struct str *words,
                  size_t n, const char *expected);
void unknown_fail_map(struct reader *, struct node, const char *what, struct str name,
                      const struct map *words, const char *expected);
/* Likewise of a time zone, as text. */
void zone_unknown(struct zones *, struct str name, char *why, size_t why_size);

/* Readers of common values; `into` is the field itself. */
void text_read(struct reader *, struct node, struct str *into);
void name_read(struct reader *, struct node, struct str *into);
void days_read(struct reader *, struct node, unsigned *into); /* ["mon", …] or "all" */
void minute_read(struct reader *, struct node, int *into);    /* "16:00" */
void event_type_read(struct reader *, struct node, struct str *into);

/* ---- the files */

void stores_build(struct build *, const struct rules_file *, size_t n, struct errors *, bool *failed);
void segments_build(struct build *, const struct rules_file *, size_t n, struct errors *, bool *failed);
/* NULL when the file has errors. */
struct campaign *campaign_build(struct build *, const struct rules_file *, struct errors *);
/* Errors of one file go to the list; true when there were none (warnings do not count). */
bool file_errors_move(struct errors *to, struct errors *from);
void fields_build(struct build *);

/* ---- parts of a campaign */

void trigger_read(struct reader *, struct node, void *trigger);
void push_read(struct reader *, struct node, void *campaign);
void schedule_read(struct reader *, struct node, void *trigger);
void field_check(struct reader *, struct node, const struct template *);

extern const struct key_table campaign_table, push_table, language_text_table, schedule_table, every_table,
    segment_table;
const struct key_table *trigger_table(size_t i); /* NULL at the end */

#endif
