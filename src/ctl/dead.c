#include "ctl.h"
#include <stdio.h>

#define SHOWN 20 /* of each partition, unless -n says otherwise */

static void letter_print(unsigned p, const redisReply *id, const redisReply *fields)
{
    static const struct str event = {"event.", 6};
    printf("partition %u  %.*s  entry ", p, STR_ARG(reply_text(id)));
    print_clean(reply_text(reply_field(fields, "entry")));
    printf("\n  ");
    print_clean(reply_text(reply_field(fields, "reason")));
    printf("\n");
    for (size_t i = 0; i + 1 < fields->elements; i += 2) {
        struct str name = reply_text(fields->element[i]);
        if (!str_starts(name, event)) continue;
        printf("    ");
        print_clean((struct str){name.p + event.n, name.n - event.n});
        printf(" = ");
        print_clean(reply_text(fields->element[i + 1]));
        printf("\n");
    }
}

static void letter_json(unsigned p, const redisReply *id, const redisReply *fields)
{
    struct buf out = {0};
    buf_printf(&out, "{\"partition\":%u,\"id\":", p);
    buf_json(&out, reply_text(id));
    for (size_t i = 0; i + 1 < fields->elements; i += 2) {
        buf_char(&out, ',');
        buf_json(&out, reply_text(fields->element[i]));
        buf_char(&out, ':');
        buf_json(&out, reply_text(fields->element[i + 1]));
    }
    buf_printf(&out, "}\n");
    fwrite(out.p, 1, out.n, stdout);
    buf_release(&out);
}

static bool partition_print(struct ctl *c, unsigned p, int64_t n, bool json)
{
    redisReply *list = ctl_ask(c, "XREVRANGE %s + - COUNT %lld", ctl_keys(c, p).dead.p, (long long)n);
    if (!list) return false;
    for (size_t i = 0; list->type == REDIS_REPLY_ARRAY && i < list->elements; i++) {
        const redisReply *entry = list->element[i];
        if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 || entry->element[1]->type != REDIS_REPLY_ARRAY) continue;
        (json ? letter_json : letter_print)(p, entry->element[0], entry->element[1]);
    }
    freeReplyObject(list);
    return true;
}

static int dead_run(const struct ctl_args *args)
{
    struct ctl c;
    bool right = ctl_open(&c, args);
    for (unsigned p = 0; right && p < (unsigned)c.options->partitions; p++)
        right = partition_print(&c, p, args->n ? args->n : SHOWN, args->json);
    ctl_close(&c);
    return right ? 0 : EXIT_NO;
}

const struct command command_dead = {
    "dead", "[--json] [-n N]", "the newest dead letters: events that could not be used, and why",
    "Prints of each partition the newest N (20), newest first: the stream entry it was, why it was refused, and the\n"
    "event's own fields. --json prints one object a line.",
    "jn", dead_run};
