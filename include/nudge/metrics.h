/* Counters, gauges and two histograms, shown as Prometheus text (https://prometheus.io/docs/instrumenting/exposition_formats/, 0.0.4).
 * One struct, owned by main and handed down; counting is an addition: metrics->v[METRIC_EVENTS] += n. Gauges are set by whoever knows. */
#ifndef NUDGE_METRICS_H
#define NUDGE_METRICS_H

#include "nudge/buf.h"
#include "nudge/reason.h"

#define METRICS(X)                                                                                                     \
    X(EVENTS, counter, "nudge_events_total", "Events applied to customers' state")                                     \
    X(EVENTS_DEAD, counter, "nudge_events_dead_total", "Events that went to the dead letters")                         \
    X(EVENTS_DUPLICATE, counter, "nudge_events_duplicate_total", "Events that had been applied before")                \
    X(COMMITS, counter, "nudge_commits_total", "Batches made to last")                                                 \
    X(COMMITS_REFUSED, counter, "nudge_commits_refused_total", "Batches refused by Redis: the partition had another owner") \
    X(PUSHES_DECIDED, counter, "nudge_pushes_decided_total", "Pushes put into the outbox")                             \
    X(PUSHES_SENT, counter, "nudge_pushes_sent_total", "Pushes that a provider accepted")                              \
    X(PUSHES_FAILED, counter, "nudge_pushes_failed_total", "Pushes refused by a provider, failed or expired")          \
    X(TIMERS_FIRED, counter, "nudge_timers_fired_total", "Delays, deferrals, dwell times and schedules that came due") \
    X(REDIS_RECONNECTS, counter, "nudge_redis_reconnects_total", "Connections to Redis made anew")                     \
    X(RELOADS, counter, "nudge_reloads_total", "Times that configuration and folders were read anew")                  \
    X(GROUPS_RECREATED, counter, "nudge_groups_recreated_total", "Consumer groups that had vanished and were made again") \
    X(ENTRIES_LOST, counter, "nudge_entries_lost_total", "Stream entries trimmed before they were read")               \
    X(PARTITIONS_OWNED, gauge, "nudge_partitions_owned", "Partitions that this instance owns")                         \
    X(OUTBOX_PENDING, gauge, "nudge_outbox_pending", "Pushes in the outbox without an outcome yet")                    \
    X(CACHE_CUSTOMERS, gauge, "nudge_cache_customers", "Customers held in memory")                                     \
    X(CACHE_BYTES, gauge, "nudge_cache_bytes", "Memory they take")                                                     \
    X(STREAM_LAG, gauge, "nudge_stream_lag", "Events of this instance's partitions not yet read")                      \
    X(CAMPAIGNS, gauge, "nudge_campaigns", "Campaigns in force")                                                       \
    X(CAMPAIGN_ERRORS, gauge, "nudge_campaign_errors", "Errors in campaign, segment and store files")

#define X(name, kind, text, help) METRIC_##name,
enum metric { METRICS(X) METRIC_COUNT };
#undef X

/* Upper bounds in ms; one more bucket, without a bound, comes last. */
#define HISTOGRAM_BOUNDS {1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000}
#define HISTOGRAM_BUCKETS 17

struct histogram {
    uint64_t buckets[HISTOGRAM_BUCKETS]; /* not yet cumulative */
    uint64_t sum;                        /* ms */
};

struct metrics {
    uint64_t v[METRIC_COUNT];
    uint64_t decisions[REASON_COUNT]; /* nudge_decisions_total{reason=…}; [REASON_PENDING] = 0 is not shown */
    struct histogram commit;          /* nudge_commit_seconds: from sending a batch's changes to Redis' answer */
    struct histogram push;            /* nudge_push_seconds: from the decision to the provider's acceptance */
    int64_t started;                  /* wall ms */
};

void histogram_add(struct histogram *, int64_t ms);
/* Appends everything, the process' own figures included (memory and open files from /proc). */
void metrics_render(const struct metrics *, struct buf *out);

#endif
