#include "daemon.h"
#include "nudge/admin.h"
#include "nudge/mem.h"
#include <curl/curl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

#define STOP_PATIENCE (25 * SECOND) /* then the process ends as it is: nothing committed is lost */
#define EXIT_LATER 1 /* starting again may help */
#define EXIT_NEVER 2 /* it would not (the unit's RestartPreventExitStatus) */
#define REDIS_TIMEOUT (10 * SECOND)

/* ---- leases */

static void on_taken(void *arg, unsigned p)
{
    struct daemon *d = arg;
    if (d->stopping) return;
    if (p == d->boot->partitions) {
        if (!d->router) d->router = router_start(d);
    } else if (!d->partitions[p]) {
        d->partitions[p] = partition_start(d, p);
    }
}

static void on_give_up(void *arg, unsigned p)
{
    struct daemon *d = arg;
    if (p == d->boot->partitions)
        router_leave(d->router);
    else
        partition_leave(d->partitions[p]);
}

static bool on_held(void *arg, unsigned p)
{
    struct daemon *d = arg;
    return p == d->boot->partitions ? d->router != NULL : d->partitions[p] != NULL;
}

/* The number of partitions is the data's: with another one, customers would be looked for where they are not. */
static void on_partitions(void *arg, const struct reply *r)
{
    struct daemon *d = arg;
    char why[TROUBLE_SIZE];
    if (!r || r->type != REPLY_TEXT || strtoll(r->text, NULL, 10) == d->boot->partitions) return;
    snprintf(why, sizeof why, "the data in Redis is of %s partitions, and \"partitions\" says %lld", r->text, (long long)d->boot->partitions);
    leases_stop(d->leases);
    trouble_set(d, d->control_trouble, why);
}

static void partitions_check(struct daemon *d)
{
    char key[300], count[24];
    struct buf b = {0};
    snprintf(key, sizeof key, "%.*s:partitions", STR_ARG(d->boot->prefix));
    snprintf(count, sizeof count, "%lld", (long long)d->boot->partitions);
    command_words(&b, "SET", key, count, "NX", NULL);
    command_words(&b, "GET", key, NULL);
    redis_send(d->control, buf_str(&b), 2, NULL, 0, on_partitions, d);
    buf_release(&b);
}

static void on_control_up(void *arg)
{
    struct daemon *d = arg;
    partitions_check(d);
    leases_look(d->leases);
    trouble_set(d, d->control_trouble, "");
}

static void on_control_down(void *arg, const char *why)
{
    struct daemon *d = arg;
    char text[TROUBLE_SIZE];
    snprintf(text, sizeof text, "Redis: %s", why);
    trouble_set(d, d->control_trouble, text);
}

/* ---- the loop's own */

static bool all_left(const struct daemon *d)
{
    for (int64_t i = 0; i < d->boot->partitions; i++)
        if (d->partitions[i]) return false;
    return !d->router;
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct daemon *d = arg;
    (void)fd, (void)what;
    sd_notify(0, "WATCHDOG=1");
    if (d->router && router_gone(d->router)) {
        router_free(d->router);
        d->router = NULL;
    }
    if (!d->stopping) return;
    if (!all_left(d) && clock_steady() < d->stop_by) return;
    if (!all_left(d)) log_at(LOG_WARNING, "stopping without waiting any longer", NULL);
    event_base_loopbreak(d->base);
}

static void daemon_stop(struct daemon *d)
{
    if (d->stopping) {
        event_base_loopbreak(d->base); /* asked twice */
        return;
    }
    log_at(LOG_NOTICE, "stopping", NULL);
    sd_notify(0, "STOPPING=1");
    d->stopping = true;
    d->stop_by = clock_steady() + STOP_PATIENCE;
    struct timeval often = {0, 20000};
    event_add(d->tick, &often);
    leases_stop(d->leases);
    if (d->router) router_leave(d->router);
    for (int64_t i = 0; i < d->boot->partitions; i++)
        if (d->partitions[i]) partition_leave(d->partitions[i]);
}

static void on_signal(evutil_socket_t signal, short what, void *arg)
{
    struct daemon *d = arg;
    (void)what;
    if (signal == SIGHUP)
        reload(d, true);
    else
        daemon_stop(d);
}

static void on_changed(void *arg)
{
    reload(arg, false);
}

static bool on_allowed(void *arg, const struct message *m)
{
    return outbox_allowed(arg, m);
}

static void on_done(void *arg, const struct message *m, const struct push_result *result)
{
    outbox_outcome(arg, m, result);
}

/* ---- building it up, and down */

static bool password_read(struct daemon *d)
{
    char why[200];
    if (!d->options->redis_password_file.n) return true;
    d->secret.max = 4096;
    if (buf_read_file(&d->secret, d->options->redis_password_file.p, why, sizeof why) == 0) return true;
    log_at(LOG_ERROR, "redis_password_file", "%s", why);
    return false;
}

static bool redis_prepare(struct daemon *d)
{
    char why[200];
    struct options *o = d->options;
    d->redis = (struct redis_options){.user = o->redis_user, .timeout = REDIS_TIMEOUT};
    if (!redis_url_parse(o->redis, &d->redis.url, why, sizeof why)) {
        log_at(LOG_ERROR, "redis", "%s", why);
        return false;
    }
    if (d->redis.url.tls) {
        log_at(LOG_ERROR, "redis", "rediss: TLS to Redis is not built in; put a tunnel (stunnel) beside nudged");
        return false;
    }
    if (!password_read(d)) return false;
    d->redis.password = str_trim(buf_str(&d->secret));
    return true;
}

static bool admin_prepare(struct daemon *d)
{
    char why[200];
    if (!d->options->admin_listen.n) return true;
    d->admin = view_start(d, why, sizeof why);
    if (d->admin) return true;
    log_at(LOG_ERROR, "admin.listen", "%s", why);
    d->exit_code = EXIT_LATER; /* the one before may be stopping still */
    return false;
}

static void signals_watch(struct daemon *d)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        d->signals[i] = evsignal_new(d->base, numbers[i], on_signal, d);
        event_add(d->signals[i], NULL);
    }
    signal(SIGPIPE, SIG_IGN);
    d->tick = event_new(d->base, -1, EV_PERSIST, on_tick, d);
    struct timeval every = {0, 500000}; /* well below half of the unit's WatchdogSec */
    event_add(d->tick, &every);
}

static bool daemon_begin(struct daemon *d)
{
    static const struct redis_events control = {on_control_up, on_control_down};
    static const struct lease_events leases = {on_taken, on_give_up, on_held};
    signals_watch(d); /* first: a SIGTERM that comes now is heeded when the loop begins */
    d->metrics.started = clock_wall();
    d->zones = zones_new(NULL);
    d->folders = folder_set_new();
    d->dispatch = dispatch_new(d->base, on_done, d);
    dispatch_guard(d->dispatch, on_allowed);
    if (!reload_first(d) || !redis_prepare(d)) return false;
    d->partitions = mem_alloc((size_t)d->options->partitions * sizeof(struct partition *));
    trouble_set(d, d->control_trouble, "not connected to Redis yet");
    if (!admin_prepare(d)) return false;
    d->watcher = watcher_new(d->base, d->options, on_changed, d);
    d->control = redis_new(d->base, &d->redis, &control, d);
    struct lease_options o = {d->options->prefix, d->options->instance, (unsigned)d->options->partitions, d->options->lease};
    d->leases = leases_new(d->base, d->control, &o, &leases, d);
    return true;
}

static void daemon_end(struct daemon *d)
{
    for (int64_t i = 0; d->partitions && i < d->boot->partitions; i++)
        if (d->partitions[i]) partition_free(d->partitions[i]);
    free(d->partitions);
    router_free(d->router);
    redis_free(d->control); /* its requests end in what is freed behind it */
    leases_free(d->leases);
    watcher_free(d->watcher);
    admin_free(d->admin);
    dispatch_free(d->dispatch);
    for (size_t i = 0; i < 3; i++)
        if (d->signals[i]) event_free(d->signals[i]);
    if (d->tick) event_free(d->tick);
    ruleset_free(d->rules);
    folder_set_free(d->folders);
    if (d->options != d->boot) options_free(d->options);
    options_free(d->boot);
    zones_free(d->zones);
    errors_release(&d->errors);
    tally_release(d);
    buf_release(&d->secret);
    event_base_free(d->base);
}

static int usage(FILE *to)
{
    fputs("usage: nudged [-c FILE]\n\n"
          "Push-campaign and loyalty daemon: reads customers' events from Redis, decides by the campaign files who hears\n"
          "what and when, and sends the pushes. Runs in the foreground; systemd or a shell stops it with SIGTERM, and\n"
          "SIGHUP makes it read its files anew.\n\n"
          "  -c FILE   the configuration (default /etc/nudge/nudged.json)\n"
          "  --help    this text\n",
          to);
    return to == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {0}};
    struct daemon d = {.exit_code = EXIT_NEVER, .conf_path = "/etc/nudge/nudged.json"};
    mem_for_libraries();
    for (int c; (c = getopt_long(argc, argv, "c:h", longs, NULL)) != -1;) {
        if (c == 'h') return usage(stdout);
        if (c != 'c') return usage(stderr);
        d.conf_path = optarg;
    }
    if (optind < argc) return usage(stderr);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    d.base = event_base_new();
    if (!d.base) mem_exhausted();
    bool begun = daemon_begin(&d);
    if (begun) {
        sd_notify(0, "READY=1");
        log_at(LOG_NOTICE, "running", "campaigns=%zu instance=%.*s", d.rules->n_campaigns, STR_ARG(d.options->instance));
        event_base_dispatch(d.base);
        log_at(LOG_NOTICE, "stopped", NULL);
    }
    daemon_end(&d);
    curl_global_cleanup();
    return begun ? 0 : d.exit_code;
}
