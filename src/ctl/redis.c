#include "ctl.h"
#include "nudge/redis_url.h"
#include <stdarg.h>
#include <stdio.h>
#include <sys/time.h>

static const struct timeval patience = {.tv_sec = 5}; /* for connecting, and for each answer */

void ctl_print_errors(const struct errors *errors)
{
    char line[2048];
    for (size_t i = 0; i < errors->n; i++) {
        error_format(&errors->list[i], line, sizeof line);
        fprintf(stderr, "%s\n", line);
    }
    if (errors->n >= ERRORS_MAX) fprintf(stderr, "… and more: %zu errors in all\n", errors->count);
}

bool ctl_open(struct ctl *c, const struct ctl_args *args)
{
    struct errors errors = {0};
    *c = (struct ctl){.zones = zones_new(NULL)};
    arena_init(&c->arena);
    c->options = options_load(args->file, c->zones, &errors);
    if (!c->options) ctl_print_errors(&errors);
    errors_release(&errors);
    if (c->options) c->redis = ctl_connect(c->options);
    return c->redis != NULL;
}

void ctl_close(struct ctl *c)
{
    if (c->redis) redisFree(c->redis);
    arena_release(&c->arena);
    options_free(c->options);
    zones_free(c->zones);
}

struct keys ctl_keys(struct ctl *c, unsigned partition)
{
    struct keys keys;
    keys_init(&keys, &c->arena, c->options->prefix, partition);
    return keys;
}

/* ---- connecting */

static bool command_works(redisContext *r, const redisReply *reply, const char *what)
{
    if (reply && reply->type != REDIS_REPLY_ERROR) return true;
    fprintf(stderr, "nudgectl: Redis: %s: %s\n", what, reply ? reply->str : r->errstr);
    return false;
}

static bool log_in(redisContext *r, const struct options *o)
{
    struct buf text = {.max = 4096};
    char why[160];
    if (!o->redis_password_file.n) return true;
    if (buf_read_file(&text, o->redis_password_file.p, why, sizeof why) < 0) {
        fprintf(stderr, "nudgectl: %s %s\n", o->redis_password_file.p, why);
        buf_release(&text);
        return false;
    }
    struct str password = str_trim(buf_str(&text));
    redisReply *reply = o->redis_user.n ? redisCommand(r, "AUTH %b %b", o->redis_user.p, o->redis_user.n, password.p, password.n)
                                        : redisCommand(r, "AUTH %b", password.p, password.n);
    bool right = command_works(r, reply, "logging in");
    if (reply) freeReplyObject(reply);
    explicit_bzero(text.p, text.cap);
    buf_release(&text);
    return right;
}

static bool database_select(redisContext *r, int db)
{
    if (db == 0) return true;
    redisReply *reply = redisCommand(r, "SELECT %d", db);
    bool right = command_works(r, reply, "choosing the database");
    if (reply) freeReplyObject(reply);
    return right;
}

redisContext *ctl_connect(const struct options *o)
{
    struct redis_url url;
    char why[160];
    if (!redis_url_parse(o->redis, &url, why, sizeof why)) return NULL; /* options_load has checked it */
    if (url.tls) {
        fprintf(stderr, "nudgectl: TLS to Redis is not built in\n");
        return NULL;
    }
    redisContext *r = url.local ? redisConnectUnixWithTimeout(url.path, patience) : redisConnectWithTimeout(url.host, url.port, patience);
    if (r && !r->err && redisSetTimeout(r, patience) == REDIS_OK && log_in(r, o) && database_select(r, url.db)) return r;
    if (!r || r->err) fprintf(stderr, "nudgectl: Redis at %.*s: %s\n", STR_ARG(o->redis), r ? r->errstr : "out of memory");
    if (r) redisFree(r);
    return NULL;
}

/* ---- asking */

static redisReply *ask(struct ctl *c, const char *fmt, va_list ap)
{
    redisReply *reply = redisvCommand(c->redis, fmt, ap);
    if (reply && reply->type != REDIS_REPLY_ERROR) return reply;
    fprintf(stderr, "nudgectl: Redis: %s\n", reply ? reply->str : c->redis->errstr);
    if (reply) freeReplyObject(reply);
    return NULL;
}

redisReply *ctl_ask(struct ctl *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    redisReply *reply = ask(c, fmt, ap);
    va_end(ap);
    return reply;
}

int64_t ctl_ask_integer(struct ctl *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    redisReply *reply = ask(c, fmt, ap);
    va_end(ap);
    int64_t n = reply && reply->type == REDIS_REPLY_INTEGER ? reply->integer : -1;
    if (reply) freeReplyObject(reply);
    return n;
}

struct str reply_text(const redisReply *r)
{
    bool text = r && (r->type == REDIS_REPLY_STRING || r->type == REDIS_REPLY_STATUS);
    return text ? (struct str){r->str, (size_t)r->len} : STR_NONE;
}

const redisReply *reply_field(const redisReply *r, const char *name)
{
    if (!r || r->type != REDIS_REPLY_ARRAY) return NULL;
    for (size_t i = 0; i + 1 < r->elements; i += 2)
        if (str_eq(reply_text(r->element[i]), str_of(name))) return r->element[i + 1];
    return NULL;
}

void print_clean(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char ch = (unsigned char)s.p[i];
        if (ch < 0x20 || ch == 0x7f)
            printf("\\x%02x", ch);
        else
            putchar(ch);
    }
}
