/* The admin server alone, with figures made up: prints its port and runs until its standard input ends. */
#include "nudge/admin.h"
#include "nudge/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct metrics metrics = {.started = 1764000000000, .v[METRIC_EVENTS] = 1234};
static struct errors errors;
static bool ready = true;

static void view_fill(void *arg, struct arena *arena, struct admin_view *v)
{
    static const struct campaign pizza = {.name = {"<b>pizza</b>", 12}, .description = {"\"5 < 6\" & 'more'", 16}, .ends = INT64_MAX, .priority = 60};
    static const struct campaign *const campaigns[] = {&pizza};
    static const struct ruleset rules = {.campaigns = campaigns, .n_campaigns = 1};
    static uint64_t counts[REASON_COUNT] = {[REASON_SENT] = 7, [REASON_NO_CONSENT] = 2};
    static const struct provider_status provider = {.name = {"hook", 4}, .sent = 7, .breaker_open = true, .last_error = "503 <html>"};
    struct admin_partition *p = arena_zalloc(arena, 2 * sizeof *p);
    (void)arg;
    p[0].owned = true;
    p[1] = (struct admin_partition){.number = 1, .owner = STR("other"), .lag = -1, .pending = -1, .outbox = 3};
    *v = (struct admin_view){.instance = STR("probe\xff"), .now = 1764000060000, .started = 1764000000000, .ready = ready,
                             .unready = ready ? STR_NONE : STR("Redis: LOADING"), .rules = &rules, .errors = &errors, .metrics = &metrics,
                             .providers = &provider, .n_providers = 1, .partitions = p, .n_partitions = 2, .counts = counts};
}

static void input_read(evutil_socket_t fd, short what, void *base)
{
    char byte;
    (void)what;
    if (read(fd, &byte, 1) <= 0) event_base_loopbreak(base);
    ready = !ready; /* each byte turns it over */
}

int main(int argc, char **argv)
{
    struct event_base *base = event_base_new();
    struct event *input = event_new(base, STDIN_FILENO, EV_READ | EV_PERSIST, input_read, base);
    const struct admin_source source = {view_fill, NULL};
    char why[160];
    struct admin *admin = admin_new(base, str_of(argc > 1 ? argv[1] : "127.0.0.1:0"), &source, why, sizeof why);
    if (!admin) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    errors_add(&errors, "campaigns/x.json", 3, 4, "\"<script>\" is not known here");
    event_add(input, NULL);
    printf("%d\n", admin_port(admin));
    fflush(stdout);
    event_base_dispatch(base);
    admin_free(admin);
    event_free(input);
    event_base_free(base);
    errors_release(&errors);
    libevent_global_shutdown();
    return 0;
}
