/* What dispatch_send costs over curl_loop.c's bare limit. Usage: dispatch_bench URL N C [SECRET_FILE]. Prints
 * pushes a second. */
#include "nudge/clock.h"
#include "nudge/push.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct event_base *base;
static struct dispatch *dispatch;
static long to_send, to_end, not_sent;

static void message_send(void)
{
    char id[32];
    int n = snprintf(id, sizeof id, "%016lx", to_send);
    struct message m = {.id = {id, (size_t)n},
                        .provider = STR("bench"),
                        .user = STR("u12345"),
                        .campaign = STR("friday-pizza"),
                        .title = STR("Hi, pizza tonight?"),
                        .body = STR("20% off until 20:00"),
                        .created = clock_wall()};
    to_send--;
    dispatch_send(dispatch, &m);
}

static void on_done(void *arg, const struct message *m, const struct push_result *r)
{
    (void)arg, (void)m;
    if (r->outcome != PUSH_SENT) not_sent++;
    if (--to_end == 0) event_base_loopbreak(base);
    if (to_send > 0) message_send();
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    char why[256];
    if (argc < 4) return fprintf(stderr, "usage: dispatch_bench URL N C [SECRET_FILE]\n"), 2;
    long n = atol(argv[2]), c = atol(argv[3]);
    struct provider_options o = {.name = STR("bench"),
                                 .url = str_of(argv[1]),
                                 .secret_file = str_of(argc > 4 ? argv[4] : NULL),
                                 .allow_http = true,
                                 .allow_private = true,
                                 .concurrency = (int)c};
    signal(SIGPIPE, SIG_IGN);
    base = event_base_new();
    dispatch = dispatch_new(base, on_done, NULL);
    if (!dispatch_configure(dispatch, &o, 1, why, sizeof why)) return fprintf(stderr, "%s\n", why), 2;

    double start = seconds_now();
    to_send = to_end = n;
    for (long i = 0; i < 2 * c && i < n; i++) message_send(); /* some always wait, as they would */
    event_base_dispatch(base);
    printf("%.0f pushes/s, %ld not sent\n", (double)n / (seconds_now() - start), not_sent);

    dispatch_free(dispatch);
    event_base_free(base);
    return not_sent != 0;
}
