/* /api/v1/status: the status page's figures for programs. */
#include "pages.h"

/* A comma goes before everything but the first in its object or list. */
static void next_put(struct buf *out)
{
    char last = out->n ? out->p[out->n - 1] : '{';
    if (last != '{' && last != '[' && last != ':') buf_char(out, ',');
}

static void key_put(struct buf *out, const char *key)
{
    next_put(out);
    buf_json(out, str_of(key));
    buf_char(out, ':');
}

static void open_put(struct buf *out, const char *key, char bracket)
{
    if (key)
        key_put(out, key);
    else
        next_put(out);
    buf_char(out, bracket);
}

static void text_put(struct buf *out, const char *key, struct str s)
{
    key_put(out, key);
    buf_json(out, s);
}

static void number_put(struct buf *out, const char *key, int64_t n)
{
    key_put(out, key);
    if (n < 0)
        buf_printf(out, "null"); /* not known */
    else
        buf_printf(out, "%lld", (long long)n);
}

static void bool_put(struct buf *out, const char *key, bool b)
{
    key_put(out, key);
    buf_printf(out, b ? "true" : "false");
}

static void time_put(struct buf *out, const char *key, int64_t at)
{
    char text[32];
    time_format(at, text);
    text_put(out, key, str_of(text));
}

static void reasons_put(struct buf *out, const uint64_t *counts)
{
    open_put(out, "decisions", '{');
#define X(number, name, text, help) number_put(out, text, (int64_t)counts[REASON_##name]);
    REASONS(X)
#undef X
    buf_char(out, '}');
}

static void metrics_put(struct buf *out, const struct metrics *m)
{
    open_put(out, "figures", '{');
#define X(name, kind, text, help) number_put(out, text, (int64_t)m->v[METRIC_##name]);
    METRICS(X)
#undef X
    buf_char(out, '}');
    reasons_put(out, m->decisions);
}

static void errors_put(struct buf *out, const struct errors *errors)
{
    open_put(out, "errors", '[');
    for (size_t i = 0; errors && i < errors->n; i++) {
        const struct error *e = &errors->list[i];
        open_put(out, NULL, '{');
        text_put(out, "file", str_of(e->file));
        number_put(out, "line", e->line);
        number_put(out, "column", e->column);
        bool_put(out, "warning", e->warning);
        text_put(out, "text", str_of(e->text));
        buf_char(out, '}');
    }
    buf_char(out, ']');
}

static void campaigns_put(struct buf *out, const struct admin_view *v)
{
    open_put(out, "campaigns", '[');
    for (size_t i = 0; v->rules && i < v->rules->n_campaigns; i++) {
        const struct campaign *c = v->rules->campaigns[i];
        open_put(out, NULL, '{');
        text_put(out, "name", c->name);
        text_put(out, "description", c->description);
        text_put(out, "file", c->file);
        number_put(out, "priority", c->priority);
        bool_put(out, "in_force", v->now >= c->starts && v->now < c->ends);
        if (v->counts) reasons_put(out, v->counts + i * REASON_COUNT);
        buf_char(out, '}');
    }
    buf_char(out, ']');
}

static void providers_put(struct buf *out, const struct admin_view *v)
{
    open_put(out, "providers", '[');
    for (size_t i = 0; i < v->n_providers; i++) {
        const struct provider_status *p = &v->providers[i];
        open_put(out, NULL, '{');
        text_put(out, "name", p->name);
        number_put(out, "sent", (int64_t)p->sent);
        number_put(out, "refused", (int64_t)p->refused);
        number_put(out, "failed", (int64_t)p->failed);
        number_put(out, "expired", (int64_t)p->expired);
        number_put(out, "retries", (int64_t)p->retries);
        number_put(out, "queued", (int64_t)p->queued);
        number_put(out, "in_flight", (int64_t)p->in_flight);
        bool_put(out, "breaker_open", p->breaker_open);
        text_put(out, "last_error", str_of(p->last_error));
        buf_char(out, '}');
    }
    buf_char(out, ']');
}

static void partitions_put(struct buf *out, const struct admin_view *v)
{
    open_put(out, "partitions", '[');
    for (size_t i = 0; i < v->n_partitions; i++) {
        const struct admin_partition *p = &v->partitions[i];
        open_put(out, NULL, '{');
        number_put(out, "number", p->number);
        bool_put(out, "owned", p->owned);
        text_put(out, "owner", p->owner);
        number_put(out, "lag", p->lag);
        number_put(out, "pending", p->pending);
        number_put(out, "outbox", p->outbox);
        number_put(out, "dead", p->dead);
        buf_char(out, '}');
    }
    buf_char(out, ']');
}

int page_json(const struct admin_view *v, struct buf *out)
{
    open_put(out, NULL, '{');
    text_put(out, "instance", v->instance);
    time_put(out, "started", v->started);
    time_put(out, "now", v->now);
    bool_put(out, "ready", v->ready);
    text_put(out, "unready", v->unready);
    if (v->reloaded) time_put(out, "reloaded", v->reloaded);
    if (v->metrics) metrics_put(out, v->metrics);
    errors_put(out, v->errors);
    campaigns_put(out, v);
    providers_put(out, v);
    partitions_put(out, v);
    buf_printf(out, "}\n");
    return 200;
}
