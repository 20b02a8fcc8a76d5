#include "ctl.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct partition {
    char owner[128]; /* "" = none */
    int64_t events, lag, pending, outbox, timers, customers, dead; /* -1 = not known */
};

static void owner_ask(struct ctl *c, const struct keys *keys, struct partition *out)
{
    redisReply *reply = ctl_ask(c, "GET %s", keys->owner.p);
    snprintf(out->owner, sizeof out->owner, "%.*s", STR_ARG(reply_text(reply)));
    if (reply) freeReplyObject(reply);
}

static int64_t field_integer(const redisReply *group, const char *name)
{
    const redisReply *r = reply_field(group, name);
    return r && r->type == REDIS_REPLY_INTEGER ? r->integer : -1; /* `lag` is nil when Redis cannot tell, absent before 7.0 */
}

static void group_ask(struct ctl *c, const struct keys *keys, struct partition *out)
{
    out->lag = out->pending = -1;
    if (ctl_ask_integer(c, "EXISTS %s", keys->events.p) != 1) return; /* XINFO would be an error */
    redisReply *groups = ctl_ask(c, "XINFO GROUPS %s", keys->events.p);
    for (size_t i = 0; groups && groups->type == REDIS_REPLY_ARRAY && i < groups->elements; i++) {
        const redisReply *group = groups->element[i];
        if (!str_eq(reply_text(reply_field(group, "name")), STR(GROUP))) continue;
        out->lag = field_integer(group, "lag");
        out->pending = field_integer(group, "pending");
    }
    if (groups) freeReplyObject(groups);
}

static void partition_ask(struct ctl *c, unsigned p, struct partition *out)
{
    struct keys keys = ctl_keys(c, p);
    owner_ask(c, &keys, out);
    out->events = ctl_ask_integer(c, "XLEN %s", keys.events.p);
    out->outbox = ctl_ask_integer(c, "XLEN %s", keys.outbox.p);
    out->timers = ctl_ask_integer(c, "ZCARD %s", keys.timers.p);
    out->customers = ctl_ask_integer(c, "ZCARD %s", keys.customers.p);
    out->dead = ctl_ask_integer(c, "XLEN %s", keys.dead.p);
    group_ask(c, &keys, out);
}

static int64_t redis_now(struct ctl *c)
{
    redisReply *r = ctl_ask(c, "TIME");
    int64_t now = -1;
    if (r && r->type == REDIS_REPLY_ARRAY && r->elements == 2)
        now = strtoll(r->element[0]->str, NULL, 10) * 1000 + strtoll(r->element[1]->str, NULL, 10) / 1000;
    if (r) freeReplyObject(r);
    return now;
}

/* ---- printing */

static void number_print(int64_t n)
{
    if (n < 0)
        printf(" %10s", "-");
    else
        printf(" %10" PRId64, n);
}

static void partition_print(unsigned p, const struct partition *s)
{
    printf("%9u", p);
    const int64_t figures[] = {s->events, s->lag, s->pending, s->outbox, s->timers, s->customers, s->dead};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) number_print(figures[i]);
    printf("  ");
    print_clean(*s->owner ? str_of(s->owner) : STR("-"));
    printf("\n");
}

static void field_put(struct buf *out, const char *name, int64_t n)
{
    if (n < 0)
        buf_printf(out, ",\"%s\":null", name);
    else
        buf_printf(out, ",\"%s\":%" PRId64, name, n);
}

static void partition_json(struct buf *out, unsigned p, const struct partition *s)
{
    buf_printf(out, "%s{\"partition\":%u,\"owner\":", p ? "," : "", p);
    if (*s->owner)
        buf_json(out, str_of(s->owner));
    else
        buf_printf(out, "null");
    field_put(out, "events", s->events);
    field_put(out, "lag", s->lag);
    field_put(out, "pending", s->pending);
    field_put(out, "outbox", s->outbox);
    field_put(out, "timers", s->timers);
    field_put(out, "customers", s->customers);
    field_put(out, "dead", s->dead);
    buf_char(out, '}');
}

static void instances_print(const redisReply *list, int64_t now, bool json, struct buf *out)
{
    size_t n = list && list->type == REDIS_REPLY_ARRAY ? list->elements : 0;
    if (!json) printf("\ninstances: %s\n", n ? "" : "none");
    for (size_t i = 0; i + 1 < n; i += 2) {
        int64_t age = now - (int64_t)strtod(list->element[i + 1]->str, NULL);
        if (json) {
            buf_printf(out, "%s{\"name\":", i ? "," : "");
            buf_json(out, reply_text(list->element[i]));
            buf_printf(out, ",\"seen_ms_ago\":%" PRId64 "}", age);
        } else {
            printf("  ");
            print_clean(reply_text(list->element[i]));
            printf("  seen %.1f s ago\n", (double)age / 1000);
        }
    }
}

static int status_print(struct ctl *c, bool json)
{
    struct buf out = {0};
    if (!json)
        printf("%9s %10s %10s %10s %10s %10s %10s %10s  %s\n", "partition", "events", "lag", "pending", "outbox", "timers", "customers",
               "dead", "owner");
    buf_printf(&out, "{\"partitions\":[");
    for (unsigned p = 0; p < (unsigned)c->options->partitions && !c->redis->err; p++) {
        struct partition s = {0};
        partition_ask(c, p, &s);
        if (json)
            partition_json(&out, p, &s);
        else if (!c->redis->err)
            partition_print(p, &s);
    }
    buf_printf(&out, "],\"instances\":[");
    redisReply *instances = c->redis->err ? NULL : ctl_ask(c, "ZRANGE %s:instances 0 -1 WITHSCORES", c->options->prefix.p);
    if (instances) instances_print(instances, redis_now(c), json, &out);
    buf_printf(&out, "]}\n");
    if (json && instances) fwrite(out.p, 1, out.n, stdout);
    int code = instances && !c->redis->err ? 0 : EXIT_NO;
    if (instances) freeReplyObject(instances);
    buf_release(&out);
    return code;
}

static int status_run(const struct ctl_args *args)
{
    struct ctl c;
    int code = ctl_open(&c, args) ? status_print(&c, args->json) : EXIT_NO;
    ctl_close(&c);
    return code;
}

const struct command command_status = {
    "status", "[--json]", "partitions, their owners, what waits in them, and the instances",
    "One line per partition: entries in its stream, how many are not yet read (lag) and not yet committed (pending),\n"
    "pushes in the outbox, timers, customers, dead letters, and the instance that owns it. \"-\": not known.",
    "j", status_run};
