/* What the admin page shows of the daemon. */
#include "daemon.h"
#include "nudge/admin.h"

static void providers_view(struct daemon *d, struct arena *a, struct admin_view *v)
{
    size_t n = 0;
    struct provider_status s;
    while (dispatch_status(d->dispatch, n, &s)) n++;
    struct provider_status *all = arena_alloc(a, (n + 1) * sizeof *all);
    for (size_t i = 0; i < n; i++) dispatch_status(d->dispatch, i, &all[i]);
    v->providers = all, v->n_providers = n;
}

static void partitions_view(struct daemon *d, struct arena *a, struct admin_view *v)
{
    size_t n = (size_t)d->boot->partitions;
    struct admin_partition *all = arena_alloc(a, n * sizeof *all);
    for (size_t i = 0; i < n; i++) {
        const struct partition *p = d->partitions[i];
        all[i] = (struct admin_partition){.number = (unsigned)i, .owned = p != NULL, .lag = -1, .pending = -1, .outbox = -1, .dead = -1};
        if (p) all[i].owner = d->boot->instance, all[i].outbox = (int64_t)p->outstanding.count, all[i].lag = p->lag;
    }
    v->partitions = all, v->n_partitions = n;
}

static void counts_view(struct daemon *d, struct arena *a, struct admin_view *v)
{
    size_t row = REASON_COUNT * sizeof(uint64_t);
    uint64_t *all = arena_zalloc(a, (d->rules->n_campaigns + 1) * row);
    for (size_t i = 0; i < d->rules->n_campaigns; i++) {
        const uint64_t *counts = tally_get(d, d->rules->campaigns[i]->name);
        if (counts) memcpy(&all[i * REASON_COUNT], counts, row);
    }
    v->counts = all;
}

static void gauges_set(struct daemon *d)
{
    uint64_t owned = 0, outbox = 0, customers = 0, bytes = 0, lag = 0;
    for (int64_t i = 0; i < d->boot->partitions; i++) {
        const struct partition *p = d->partitions[i];
        if (!p) continue;
        owned++;
        outbox += p->outstanding.count;
        customers += p->cache.map.count;
        bytes += p->cache.memory;
        lag += (uint64_t)p->lag;
    }
    uint64_t *v = d->metrics.v;
    v[METRIC_PARTITIONS_OWNED] = owned, v[METRIC_OUTBOX_PENDING] = outbox;
    v[METRIC_CACHE_CUSTOMERS] = customers, v[METRIC_CACHE_BYTES] = bytes, v[METRIC_STREAM_LAG] = lag;
}

static void view_fill(void *arg, struct arena *a, struct admin_view *v)
{
    struct daemon *d = arg;
    gauges_set(d);
    v->instance = d->boot->instance;
    v->now = clock_wall();
    v->started = d->metrics.started;
    v->unready = str_of(d->trouble);
    v->ready = !d->trouble[0];
    v->rules = d->rules;
    v->errors = &d->errors;
    v->reloaded = d->reloaded;
    v->metrics = &d->metrics;
    providers_view(d, a, v);
    partitions_view(d, a, v);
    counts_view(d, a, v);
}

struct admin *view_start(struct daemon *d, char *why, size_t why_size)
{
    struct admin_source source = {view_fill, d};
    return admin_new(d->base, d->options->admin_listen, &source, why, why_size);
}
