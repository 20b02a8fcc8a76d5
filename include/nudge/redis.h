/* A connection to Redis on a libevent loop. hiredis formats nothing and reads no socket here: its reader parses the replies, into an arena of the
 * asker's choosing, so that a batch of 512 events costs no malloc per element. Requests are pipelined; replies come back in
 * order. Nothing blocks.
 *
 * Invariants: done() is called once for each reply of a request, in order, or once with NULL when the connection is lost before (then
 * nothing is known of the request's fate). After a loss the connection reconnects by itself, with growing pauses, and says `up` when
 * AUTH, SELECT and PING have been answered. */
#ifndef NUDGE_REDIS_H
#define NUDGE_REDIS_H

#include "nudge/arena.h"
#include "nudge/buf.h"
#include "nudge/redis_url.h"
#include <event2/event.h>

enum reply_type { REPLY_NIL, REPLY_ERROR, REPLY_STATUS, REPLY_TEXT, REPLY_INTEGER, REPLY_ARRAY };

struct reply {
    enum reply_type type;
    uint32_t n; /* bytes, or items */
    union {
        int64_t integer;
        const char *text; /* NUL behind it */
        struct reply *items;
    };
};

static inline struct str reply_str(const struct reply *r)
{
    bool text = r->type == REPLY_TEXT || r->type == REPLY_STATUS || r->type == REPLY_ERROR;
    return text ? (struct str){r->text, r->n} : STR_NONE;
}
/* An error whose text starts with this word: "OOM", "NOGROUP" … */
bool reply_error(const struct reply *, const char *word);

/* The value behind `name` in a flat list of names and values; NULL = none. */
const struct reply *reply_named(const struct reply *pairs, const char *name);

struct redis;
struct redis_options {
    struct redis_url url;
    struct str user, password; /* borrowed for the connection's life; empty = none */
    int64_t timeout;           /* ms: a request unanswered for so long (beyond its own wait) means the connection is dead */
};
struct redis_events {
    void (*up)(void *arg);
    void (*down)(void *arg, const char *why); /* after all outstanding done(NULL)s; also when connecting failed */
};

struct redis *redis_new(struct event_base *, const struct redis_options *, const struct redis_events *, void *arg);
void redis_free(struct redis *); /* outstanding requests end with done(NULL); no down() */
bool redis_up(const struct redis *);

typedef void redis_done(void *arg, const struct reply *);
/* Sends `commands` (RESP, holding `replies` commands). Replies live in `into`, or, if that is NULL, until done() returns. `wait` = how long the
 * answer may take beyond the time-out (a blocking read's BLOCK). False: not up; nothing was sent and done() will not be called. */
bool redis_send(struct redis *, struct str commands, unsigned replies, struct arena *into, int64_t wait, redis_done *done, void *arg);
/* Drop the connection (a fault was noticed) and connect again. */
void redis_reset(struct redis *, const char *why);

/* ---- writing commands: command(b, n) then n times an argument */
void command(struct buf *, unsigned arguments);
void command_str(struct buf *, struct str);
void command_joined(struct buf *, struct str first, struct str second); /* one argument of two parts: a prefix and a name */
void command_header(struct buf *, char kind, uint64_t n);             /* `$123\r\n`: the bytes of an argument follow, by the caller's hand */
void command_int(struct buf *, int64_t);
/* "SET key %s" is not for us: each argument is one slice. For commands of fixed words: command_words(b, "XACK", key, group, NULL). */
void command_words(struct buf *, ...) __attribute__((sentinel));

#endif
