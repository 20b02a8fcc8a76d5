/* A compiled template's parts, and the filters that they call. Private to src/rules. */
#ifndef RULES_TEMPLATE_PARTS_H
#define RULES_TEMPLATE_PARTS_H

#include "nudge/template.h"

#define FILTER_ARGS 2

struct argument {
    struct str text; /* without its quotes */
    size_t at;       /* its byte in the template's text */
    bool quoted;
};

struct call {
    const struct filter *filter;
    const struct call *next;
    size_t n_args;
    int count; /* the argument of truncate and number */
    struct argument args[FILTER_ARGS];
};

/* NULL: no such filter. */
const struct filter *filter_find(struct str name);
/* Why not: the nearest right word, and the list. */
void filter_unknown(struct str name, char *why, size_t why_size);
/* How it is written, as in "truncate: 20". */
const char *filter_example(const struct filter *);
/* Number and kinds of the arguments. False: why, and *offset when it is an argument's fault (else left as it is). */
bool filter_check(struct call *, size_t *offset, char *why, size_t why_size);
/* Turns *v into the next value, which borrows from what it borrowed from before, from the call, or from `to` (empty when called). */
void filter_apply(const struct call *, const struct fields *, struct value *v, struct buf *to);
/* Does it read text alone? Then other kinds are to be turned into text before. */
bool filter_reads_text(const struct filter *);

#endif
