/* nudgectl: one file per command, and what they share. Exit codes: 0, 1 (the answer is no, or it could not be had), 2 (usage). */
#ifndef CTL_H
#define CTL_H

#include "nudge/conf.h"
#include "nudge/keys.h"
#include <hiredis/hiredis.h>

#define EXIT_NO 1
#define EXIT_USAGE 2

struct ctl_args {
    const char *file;   /* -c FILE */
    bool json;          /* --json */
    int64_t n;          /* -n N; 0 = not given */
    const char *word;   /* the one argument, or NULL */
};

struct command {
    const char *name, *arguments, *summary, *help;
    const char *allowed;  /* what it takes of 'j' (--json), 'n' (-n N), 'w' (a word, which it needs) */
    int (*run)(const struct ctl_args *);
};

extern const struct command command_check, command_customer, command_dead, command_status;

/* ---- configuration and Redis */

struct ctl {
    struct zones *zones;
    struct options *options;
    redisContext *redis;
    struct arena arena;
};

/* Loads the options and connects. False, and what was wrong on stderr. Either way the caller closes it. */
bool ctl_open(struct ctl *, const struct ctl_args *);
void ctl_close(struct ctl *);
struct keys ctl_keys(struct ctl *, unsigned partition); /* live until ctl_close; NUL-terminated */
void ctl_print_errors(const struct errors *);

/* Owner: the caller (freeReplyObject). NULL: the connection failed or Redis answered with an error, which is on stderr. */
redisReply *ctl_ask(struct ctl *, const char *fmt, ...);
/* A whole number as the answer; -1 when there is none. */
int64_t ctl_ask_integer(struct ctl *, const char *fmt, ...);
redisContext *ctl_connect(const struct options *);
struct str reply_text(const redisReply *); /* empty unless it holds a text */
/* The value behind `name` in a flat list of names and values; NULL = none. */
const redisReply *reply_field(const redisReply *, const char *name);

/* For terminals: control characters come out as \xNN. */
void print_clean(struct str);

#endif
