#include "provider_ops.h"
#include <stdio.h>

const struct provider_ops *provider_ops_of(enum provider_type type)
{
    static const struct provider_ops *const provider_types[] = {
        [PROVIDER_WEBHOOK] = &provider_webhook,
        [PROVIDER_CONSOLE] = &provider_console,
    };
    return (size_t)type < sizeof provider_types / sizeof *provider_types ? provider_types[type] : NULL;
}

static bool status_is_passing(int status)
{
    return status == 408 || status == 425 || status == 429 || status < 200 || status >= 500;
}

void verdict_by_status(const struct http_answer *a, int64_t now, int64_t wait_max, struct verdict *v)
{
    *v = (struct verdict){.kind = VERDICT_RETRY, .wait = -1};
    if (a->failure != HTTP_ANSWERED) {
        v->alarm = a->failure != HTTP_UNREACHABLE;
        snprintf(v->detail, sizeof v->detail, "%s", a->error);
        return;
    }
    if (a->status >= 200 && a->status < 300) {
        v->kind = VERDICT_SENT;
        v->alive = true;
        return;
    }
    snprintf(v->detail, sizeof v->detail, "HTTP %d", a->status);
    if (status_is_passing(a->status)) {
        v->wait = retry_after_parse(a->retry_after, now, wait_max);
        v->hold = v->wait >= 0;
        v->alive = v->hold && a->status < 500; /* it told us how fast to go, and we shall */
    } else {
        v->kind = VERDICT_REFUSED;
        v->alive = true;
        v->alarm = a->status == 401 || a->status == 403 || a->status == 410 || a->status < 400;
    }
}

bool provider_usable(const struct provider_options *o, char *why, size_t why_size)
{
    const struct provider_ops *ops = provider_ops_of(o->type);
    void *self = ops->open(o, why, why_size);
    if (self) ops->close(self);
    return self != NULL;
}
