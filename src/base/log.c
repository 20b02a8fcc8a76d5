#include "nudge/log.h"
#include "nudge/buf.h"
#include "nudge/clock.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LOG_LINE 2560 /* half of it for what, half for the values */

static enum log_level threshold = LOG_INFO;
static const struct str level_names[] = {[LOG_ERROR] = {"error", 5},
                                         [LOG_WARNING] = {"warning", 7},
                                         [LOG_NOTICE] = {"notice", 6},
                                         [LOG_INFO] = {"info", 4},
                                         [LOG_DEBUG] = {"debug", 5}};

void log_set_level(enum log_level level)
{
    threshold = level;
}

bool log_level_parse(struct str name, enum log_level *out)
{
    for (enum log_level l = LOG_ERROR; l <= LOG_DEBUG; l++) {
        if (!str_eq(name, level_names[l])) continue;
        *out = l;
        return true;
    }
    return false;
}

/* Under the journal it stamps the time itself, and reads the level from <N>. */
static int prefix_put(char *out, size_t size, enum log_level level)
{
    if (getenv("JOURNAL_STREAM")) return snprintf(out, size, "<%d>", (int)level);
    time_t now = (time_t)(clock_wall() / 1000);
    struct tm tm;
    gmtime_r(&now, &tm);
    return snprintf(out, size, "%04d-%02d-%02dT%02d:%02d:%02dZ %s ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                    tm.tm_min, tm.tm_sec, level_names[level].p);
}

void log_at(enum log_level level, const char *what, const char *fmt, ...)
{
    if (level > threshold) return;
    char line[LOG_LINE], values[LOG_LINE / 2] = "";
    size_t n = (size_t)prefix_put(line, sizeof line, level);
    n += (size_t)snprintf(line + n, LOG_LINE / 2 - 64, "%.*s", LOG_LINE / 2 - 65, what);
    if (fmt) {
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(values, sizeof values, fmt, ap);
        va_end(ap);
        line[n++] = ' ';
    }
    for (const char *p = values; *p && n < sizeof line - 6; p++) {
        unsigned char c = (unsigned char)*p;
        if (c >= 0x20 && c != 0x7f)
            line[n++] = *p;
        else
            n += (size_t)snprintf(line + n, 5, "\\x%02x", c);
    }
    line[n++] = '\n';
    if (write(STDERR_FILENO, line, n) < 0) return; /* nowhere left to say it */
}
