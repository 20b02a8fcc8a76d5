#include "nudge/metrics.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka needs the three standard ones above */
#include <cmocka.h>

static struct metrics metrics;
static struct buf text;

static void render(void)
{
    buf_clear(&text);
    metrics_render(&metrics, &text);
    buf_char(&text, 0);
    text.n--;
}

static void assert_line(const char *line)
{
    char whole[256];
    snprintf(whole, sizeof whole, "\n%s\n", line);
    if (!strstr(text.p, whole)) fail_msg("no line \"%s\" in:\n%s", line, text.p);
}

static int begin(void **state)
{
    (void)state;
    metrics = (struct metrics){0};
    return 0;
}

static int end(void **state)
{
    (void)state;
    buf_release(&text);
    return 0;
}

static void counters_and_gauges_are_shown_with_their_type(void **state)
{
    (void)state;
    metrics.v[METRIC_EVENTS] += 3;
    metrics.v[METRIC_CACHE_BYTES] = UINT64_C(1) << 40;
    render();
    assert_line("# TYPE nudge_events_total counter");
    assert_line("nudge_events_total 3");
    assert_line("# TYPE nudge_cache_bytes gauge");
    assert_line("nudge_cache_bytes 1099511627776");
    assert_line("nudge_entries_lost_total 0");
}

static void decisions_carry_every_reason_as_a_label(void **state)
{
    (void)state;
    metrics.decisions[REASON_FREQUENCY_CAP] = 8;
    render();
    assert_line("nudge_decisions_total{reason=\"frequency_cap\"} 8");
#define X(number, name, label, help) assert_non_null(strstr(text.p, "{reason=\"" label "\"} "));
    REASONS(X)
#undef X
    assert_null(strstr(text.p, "pending\"}"));
}

static void a_histogram_counts_up_to_each_bound(void **state)
{
    (void)state;
    const int64_t times[] = {0, 1, 2, 3, 300000, 300001, -5};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) histogram_add(&metrics.commit, times[i]);
    render();
    assert_line("nudge_commit_seconds_bucket{le=\"0.001\"} 3"); /* a clock set back counts as 0 */
    assert_line("nudge_commit_seconds_bucket{le=\"0.002\"} 4");
    assert_line("nudge_commit_seconds_bucket{le=\"0.005\"} 5");
    assert_line("nudge_commit_seconds_bucket{le=\"60.000\"} 5");
    assert_line("nudge_commit_seconds_bucket{le=\"300.000\"} 6");
    assert_line("nudge_commit_seconds_bucket{le=\"+Inf\"} 7");
    assert_line("nudge_commit_seconds_count 7");
    assert_line("nudge_commit_seconds_sum 600.007");
}

static void the_process_tells_of_itself(void **state)
{
    unsigned long long memory, files;
    (void)state;
    metrics.started = 1764000000250;
    render();
    assert_line("process_start_time_seconds 1764000000.250");
    const char *m = strstr(text.p, "\nprocess_resident_memory_bytes "), *f = strstr(text.p, "\nprocess_open_fds ");
    assert_int_equal(sscanf(m, " process_resident_memory_bytes %llu", &memory), 1);
    assert_int_equal(sscanf(f, " process_open_fds %llu", &files), 1);
    assert_in_range(memory, 500000, UINT64_C(1) << 40);
    assert_in_range(files, 3, 100);
}

static void each_name_has_its_help_and_type_once(void **state)
{
    (void)state;
    render();
    struct str rest = buf_str(&text);
    size_t helps = 0, types = 0;
    while (rest.n) {
        struct str line = str_cut(&rest, '\n');
        helps += str_starts(line, STR("# HELP "));
        types += str_starts(line, STR("# TYPE "));
    }
    assert_int_equal(helps, METRIC_COUNT + 3 + 3); /* decisions, two histograms, the process */
    assert_int_equal(types, helps);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(counters_and_gauges_are_shown_with_their_type), TEST(decisions_carry_every_reason_as_a_label),
        TEST(a_histogram_counts_up_to_each_bound),           TEST(the_process_tells_of_itself),
        TEST(each_name_has_its_help_and_type_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
