/* The table of options: each row is one word of nudged.json, with all that is known of it. Reading, checking, README's list and the
 * schema come from here. Private to src/conf. */
#ifndef OPTIONS_TABLE_H
#define OPTIONS_TABLE_H

#include "nudge/conf.h"
#include "nudge/limits.h"

/* What is written, and what it is stored as. */
enum option_type {
    OPTION_TEXT,     /* struct str */
    OPTION_PATH,     /* struct str; from the file's folder, absolute after loading */
    OPTION_SECRET,   /* the same, but systemd's credentials are looked at first */
    OPTION_DURATION, /* int64_t, ms */
    OPTION_INTEGER,  /* int or int64_t or size_t, by size; times `scale` if that is set */
    OPTION_METRES,   /* double */
    OPTION_BYTES,    /* int64_t */
    OPTION_WORD,     /* its number (min = that of the first word) as an enum or bool; a struct str: the word */
    OPTION_BOOLEAN,  /* bool */
    OPTION_CAPS,     /* struct option_caps' place in rules_settings */
    OPTION_QUIET,    /* struct quiet_hours */
    OPTION_TYPES
};

struct option {
    struct str name; /* dotted; "<name>" stands for any: its rows are stored in an element of that list */
    enum option_type type;
    size_t offset, size;
    const char *fallback; /* as JSON; NULL = none: the field stays zero */
    bool required;
    int64_t min, max, scale;
    const struct str *words;
    size_t n_words;
    bool (*check)(struct str, char *why, size_t why_size); /* of texts, beyond being one */
    const char *help;
};

extern const struct option options_table[];
extern const size_t options_table_size;
const char *option_type_name(enum option_type);

/* The words that may follow `prefix` ("", "history.", "providers.<name>."), in the table's order; at most OPTION_WORDS_MAX. */
#define OPTION_WORDS_MAX 64
size_t option_words(struct str prefix, struct str *words);
/* The row prefix + word, or NULL when that is a group of rows. */
const struct option *option_find(struct str prefix, struct str word);

/* ---- reading one value */

struct option_load {
    struct options *options; /* its arena takes the copies */
    struct errors *errors;
};

/* Reads the value, or the row's default when it is absent, into base + offset. What is wrong goes to the errors. */
void option_read(struct option_load *, const struct option *, struct node, void *base);

/* ---- checks of texts */
bool option_check_name(struct str, char *why, size_t why_size); /* letters, digits, - _ . : */
bool option_check_redis(struct str, char *why, size_t why_size);
bool option_check_listen(struct str, char *why, size_t why_size);
bool option_check_currency(struct str, char *why, size_t why_size);
bool option_check_language(struct str, char *why, size_t why_size);

#endif
