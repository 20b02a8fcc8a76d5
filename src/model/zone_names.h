/* Names of zones and the files behind them. */
#ifndef NUDGE_ZONE_NAMES_H
#define NUDGE_ZONE_NAMES_H

#include "nudge/arena.h"

#define ZONE_NAME_MAX 64 /* the longest of IANA's has 32 */
#define ZONE_PATH_MAX 4096

/* Parts of letters, digits, '_', '+', '-' and '.', divided by single slashes; none begins with a dot. */
bool zone_name_plain(struct str name);
/* dir/name; false when it is too long. */
bool zone_path(char out[ZONE_PATH_MAX], const char *dir, struct str name);
/* Every zone below dir, sorted. Left out are other versions of the same zones (posix/, right/) and the
 * machine's own choices (localtime, posixrules). */
const struct str *zone_names_list(struct arena *, const char *dir, size_t *n);

#endif
