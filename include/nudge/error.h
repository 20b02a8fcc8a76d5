/* Errors in people's files: where, what, what was expected. Collected, all of a file at once, in file order.
 * A list with count == 0 is no error. Warnings stand in the same list and do not count. */
#ifndef NUDGE_ERROR_H
#define NUDGE_ERROR_H

#include "nudge/str.h"

struct error {
    char *file;       /* path as the user knows it */
    int line, column; /* from 1; 0 = the whole file */
    bool warning;
    char *text; /* what, and what was expected, and the nearest right word */
};

struct errors {
    struct error *list;
    size_t n, cap;
    size_t count; /* errors, without the warnings */
};

#define ERRORS_MAX 100 /* of one list; more help nobody, and a file of 100 MB must not make 100 MB of them */

void errors_add(struct errors *, const char *file, int line, int column, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
void errors_warn(struct errors *, const char *file, int line, int column, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
void errors_move(struct errors *to, struct errors *from); /* from is empty afterwards */
void errors_sort(struct errors *);                         /* by file, line, column */
void errors_release(struct errors *);
/* `file:line:column: text`, or with "warning: " before the text; no newline. */
int error_format(const struct error *, char *out, size_t size);

#endif
