/* The configuration and the folders, at the start and again whenever they change: the next ruleset is built whole, then swapped in. */
#include "daemon.h"
#include <stdio.h>

static void errors_log(const struct errors *errors)
{
    char line[1200];
    for (size_t i = 0; i < errors->n; i++) {
        error_format(&errors->list[i], line, sizeof line);
        log_at(errors->list[i].warning ? LOG_DEBUG : LOG_ERROR, "in a file:", "%s", line);
    }
}

static void rules_build_anew(struct daemon *d, struct errors *errors)
{
    d->options->rules.zones = d->zones;
    struct ruleset *next = folder_set_build(d->folders, d->options, errors);
    ruleset_free(d->rules);
    d->rules = next;
    d->metrics.v[METRIC_CAMPAIGNS] = next->n_campaigns;
}

static void errors_keep(struct daemon *d, struct errors *errors)
{
    errors_log(errors);
    errors_release(&d->errors);
    d->errors = *errors;
    d->metrics.v[METRIC_CAMPAIGN_ERRORS] = errors->count;
    d->reloaded = clock_wall();
}

/* A campaign that is saved must not make the providers forget their pauses and connections. */
static bool conf_changed(struct daemon *d)
{
    struct buf text = {0};
    char why[160];
    uint64_t hash = buf_read_file(&text, d->conf_path, why, sizeof why) == 0 ? str_hash(buf_str(&text)) : 0;
    bool changed = hash != d->conf_hash;
    d->conf_hash = hash;
    buf_release(&text);
    return changed;
}

bool reload_first(struct daemon *d)
{
    struct errors errors = {0};
    char why[256];
    d->options = options_load(d->conf_path, d->zones, &errors);
    d->boot = d->options;
    if (d->options) log_set_level(d->options->log);
    if (d->options) rules_build_anew(d, &errors);
    conf_changed(d);
    errors_keep(d, &errors);
    if (!d->options) return false;
    if (dispatch_configure(d->dispatch, d->options->providers, d->options->n_providers, why, sizeof why)) return true;
    log_at(LOG_ERROR, "the providers cannot be set up", "why=%s", why);
    return false;
}

/* What the running process was built on. */
static const char *fixed_changed(const struct options *a, const struct options *b)
{
    if (!str_eq(a->redis, b->redis) || !str_eq(a->redis_user, b->redis_user)) return "redis";
    if (!str_eq(a->prefix, b->prefix)) return "prefix";
    if (a->partitions != b->partitions) return "partitions";
    if (a->lease != b->lease) return "lease";
    if (a->event_clock != b->event_clock) return "clock";
    if (!str_eq(a->admin_listen, b->admin_listen)) return "admin.listen";
    if (!str_eq(a->campaigns, b->campaigns)) return "campaigns";
    if (!str_eq(a->segments, b->segments)) return "segments";
    if (!str_eq(a->stores, b->stores)) return "stores";
    return NULL;
}

static struct options *options_next(struct daemon *d, struct errors *errors)
{
    char why[256];
    struct options *next = options_load(d->conf_path, d->zones, errors);
    if (!next) return NULL;
    const char *fixed = fixed_changed(d->boot, next);
    if (fixed)
        errors_add(errors, d->conf_path, 0, 0, "\"%s\" cannot change while nudged runs: restart it", fixed);
    else if (!dispatch_configure(d->dispatch, next->providers, next->n_providers, why, sizeof why))
        errors_add(errors, d->conf_path, 0, 0, "providers: %s", why);
    else
        return next;
    options_free(next);
    return NULL;
}

void reload(struct daemon *d, bool asked)
{
    struct errors errors = {0};
    bool all = conf_changed(d) || asked; /* asked: secrets may have changed where the configuration has not */
    struct options *next = all ? options_next(d, &errors) : NULL, *before = d->options;
    if (all && !next) d->conf_hash = 0; /* so that its errors are told again with the next reading */
    if (next) {
        next->instance = d->boot->instance; /* the default of it is made anew each time */
        d->options = next;
        log_set_level(next->log);
    }
    rules_build_anew(d, &errors);
    if (next && before != d->boot) options_free(before);
    errors_keep(d, &errors);
    d->metrics.v[METRIC_RELOADS]++;
    log_at(LOG_NOTICE, "reloaded", "why=%s campaigns=%zu errors=%zu", asked ? "SIGHUP" : "files changed", d->rules->n_campaigns, d->errors.count);
    for (int64_t p = 0; p < d->boot->partitions; p++) {
        if (!d->partitions[p]) continue;
        due_schedules(d->partitions[p], partition_now(d->partitions[p]));
        partition_wake(d->partitions[p]);
    }
}
