#include "ctl.h"
#include "nudge/crc16.h"
#include <stdio.h>

static int customer_print(struct str user, struct history_limits limits, const redisReply *reply)
{
    struct customer *c = customer_new(user, limits);
    struct buf out = {0};
    char why[160];
    bool right = customer_load(c, reply_text(reply), why, sizeof why);
    if (right) {
        customer_json(c, &out);
        fwrite(out.p, 1, out.n, stdout);
        if (out.n && out.p[out.n - 1] != '\n') putchar('\n');
    } else {
        fprintf(stderr, "nudgectl: the customer's card is damaged: %s\n", why);
    }
    buf_release(&out);
    customer_free(c);
    return right ? 0 : EXIT_NO;
}

static redisReply *customer_ask(struct ctl *c, struct str user)
{
    struct keys keys = ctl_keys(c, partition_of(user, (unsigned)c->options->partitions));
    return ctl_ask(c, "GET %s%b", keys.customer.p, user.p, user.n);
}

static int customer_run(const struct ctl_args *args)
{
    struct ctl c;
    struct str user = str_of(args->word);
    redisReply *reply = ctl_open(&c, args) ? customer_ask(&c, user) : NULL;
    int code = EXIT_NO;
    if (reply && reply->type == REDIS_REPLY_NIL)
        fprintf(stderr, "nudgectl: no such customer\n");
    else if (reply)
        code = customer_print(user, c.options->rules.history, reply);
    if (reply) freeReplyObject(reply);
    ctl_close(&c);
    return code;
}

const struct command command_customer = {
    "customer", "USER", "all that is kept of one customer, as JSON",
    "Prints the customer's card: profile, consents, devices, history, pushes and why, timers.\n"
    "Exits with 1 if there is no such customer.",
    "w", customer_run};
