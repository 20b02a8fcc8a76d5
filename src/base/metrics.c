#include "nudge/metrics.h"
#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

static const struct {
    const char *kind, *name, *help;
} rows[METRIC_COUNT] = {
#define X(id, what, text, about) [METRIC_##id] = {#what, text, about},
    METRICS(X)
#undef X
};

/* The closed list, as in reason.h; base lies below the room that has reason_name(). */
static const char *const reasons[REASON_COUNT] = {
#define X(number, name, text, help) [REASON_##name] = text,
    REASONS(X)
#undef X
};

static const int64_t bounds[HISTOGRAM_BUCKETS - 1] = HISTOGRAM_BOUNDS;

void histogram_add(struct histogram *h, int64_t ms)
{
    size_t i = 0;
    if (ms < 0) ms = 0; /* the wall clock was set back */
    while (i < HISTOGRAM_BUCKETS - 1 && ms > bounds[i]) i++;
    h->buckets[i]++;
    h->sum += (uint64_t)ms;
}

static void head_put(struct buf *out, const char *name, const char *kind, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

static void row_put(struct buf *out, const char *name, const char *kind, const char *help, uint64_t value)
{
    head_put(out, name, kind, help);
    buf_printf(out, "%s %llu\n", name, (unsigned long long)value);
}

/* Exact: a binary fraction would show 0.00250000001. */
static void seconds_put(struct buf *out, uint64_t ms)
{
    buf_printf(out, "%llu.%03u", (unsigned long long)(ms / 1000), (unsigned)(ms % 1000));
}

static void histogram_put(struct buf *out, const char *name, const char *help, const struct histogram *h)
{
    uint64_t count = 0;
    head_put(out, name, "histogram", help);
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        count += h->buckets[i];
        buf_printf(out, "%s_bucket{le=\"", name);
        if (i < HISTOGRAM_BUCKETS - 1)
            seconds_put(out, (uint64_t)bounds[i]);
        else
            buf_printf(out, "+Inf");
        buf_printf(out, "\"} %llu\n", (unsigned long long)count);
    }
    buf_printf(out, "%s_sum ", name);
    seconds_put(out, h->sum);
    buf_printf(out, "\n%s_count %llu\n", name, (unsigned long long)count);
}

static void decisions_put(struct buf *out, const struct metrics *m)
{
    static const char name[] = "nudge_decisions_total";
    head_put(out, name, "counter", "What became of each campaign that an event or timer set off");
    for (size_t i = 0; i < REASON_COUNT; i++)
        if (reasons[i]) buf_printf(out, "%s{reason=\"%s\"} %llu\n", name, reasons[i], (unsigned long long)m->decisions[i]);
}

/* ---- the process itself, under the names that Prometheus' own client libraries use */

static uint64_t resident_bytes(void)
{
    unsigned long long whole, resident = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (!f) return 0;
    if (fscanf(f, "%llu %llu", &whole, &resident) != 2) resident = 0;
    fclose(f);
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t open_files(void)
{
    uint64_t n = 0;
    DIR *dir = opendir("/proc/self/fd");
    if (!dir) return 0;
    for (struct dirent *e; (e = readdir(dir));) n += e->d_name[0] != '.';
    closedir(dir);
    return n - 1; /* without the one that counts */
}

static void process_put(struct buf *out, const struct metrics *m)
{
    row_put(out, "process_resident_memory_bytes", "gauge", "Memory of the process", resident_bytes());
    row_put(out, "process_open_fds", "gauge", "Open files and connections", open_files());
    head_put(out, "process_start_time_seconds", "gauge", "When the process started, since 1970");
    buf_printf(out, "process_start_time_seconds ");
    seconds_put(out, (uint64_t)m->started);
    buf_char(out, '\n');
}

void metrics_render(const struct metrics *m, struct buf *out)
{
    for (size_t i = 0; i < METRIC_COUNT; i++) row_put(out, rows[i].name, rows[i].kind, rows[i].help, m->v[i]);
    decisions_put(out, m);
    histogram_put(out, "nudge_commit_seconds", "From sending a batch's changes to Redis' answer", &m->commit);
    histogram_put(out, "nudge_push_seconds", "From the decision to the provider's acceptance", &m->push);
    process_put(out, m);
}
