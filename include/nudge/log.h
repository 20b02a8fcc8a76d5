/* One line per message on stderr: `<level>what key=value key=value`, with the journal's <N> prefix when stderr is
 * the journal (JOURNAL_STREAM), else time and level in words. Values are escaped: no caller can forge a line.
 * Never logged: tokens, secrets, positions, payloads, customers' names (a customer appears, if at all, as a hash). */
#ifndef NUDGE_LOG_H
#define NUDGE_LOG_H

#include "nudge/str.h"

enum log_level { LOG_ERROR = 3, LOG_WARNING = 4, LOG_NOTICE = 5, LOG_INFO = 6, LOG_DEBUG = 7 };

void log_set_level(enum log_level);
bool log_level_parse(struct str name, enum log_level *);
/* log_at(LOG_INFO, "lease taken", "partition=%d owner=%s", p, id): `fmt` makes the key=value part; NULL for none. Control
 * characters in it come out as \xNN. */
void log_at(enum log_level, const char *what, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
