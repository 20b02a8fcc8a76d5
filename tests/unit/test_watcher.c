/* What is noticed, and what is not. Each test runs the loop until it is told of a change, or until a second change that must be told
 * has been: a change that should be passed over is thereby known to have been. */
#include "nudge/clock.h"
#include "nudge/conf.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka needs the three standard ones above */
#include <cmocka.h>

#define PATIENCE 10 /* seconds until a test gives up */

static char root[64];
static struct options options;
static struct event_base *base;
static struct watcher *watcher;
static int told;
static bool free_when_told;

static const char *at(const char *name)
{
    static char paths[4][160];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof *paths, "%s/%s", root, name);
    return path;
}

static void put(const char *name, const char *text)
{
    FILE *f = fopen(at(name), "a");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void changed(void *arg)
{
    (void)arg;
    told++;
    if (free_when_told) {
        watcher_free(watcher);
        watcher = NULL;
    }
    event_base_loopbreak(base);
}

static bool wait_for_change(int seconds)
{
    int before = told;
    event_base_loopexit(base, &(struct timeval){.tv_sec = seconds});
    event_base_dispatch(base);
    return told > before;
}

static void assert_noticed(void)
{
    assert_true(wait_for_change(PATIENCE));
}

static int begin(void **state)
{
    (void)state;
    strcpy(root, "/tmp/nudge-watcher-XXXXXX");
    if (!mkdtemp(root) || mkdir(at("conf"), 0700) || mkdir(at("conf/c"), 0700) || mkdir(at("conf/t"), 0700)) return -1;
    put("conf/nudged.json", "{}");
    told = 0, free_when_told = false;
    arena_init(&options.arena);
    options.path = arena_str(&options.arena, str_of(at("conf/nudged.json")));
    options.campaigns = arena_str(&options.arena, str_of(at("conf/c")));
    options.segments = arena_str(&options.arena, str_of(at("conf/later/s"))); /* not there yet */
    options.stores = arena_str(&options.arena, str_of(at("conf/t")));
    base = event_base_new();
    watcher = watcher_new(base, &options, changed, NULL);
    return 0;
}

static int end(void **state)
{
    char command[96];
    (void)state;
    watcher_free(watcher);
    event_base_free(base);
    arena_release(&options.arena);
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

static void a_file_written_renamed_or_taken_away_is_noticed(void **state)
{
    (void)state;
    put("conf/c/a.json", "one");
    assert_noticed();
    put("conf/c/.new", "two");
    assert_int_equal(rename(at("conf/c/.new"), at("conf/c/a.json")), 0);
    assert_noticed();
    chmod(at("conf/c/a.json"), 0600);
    assert_noticed();
    unlink(at("conf/c/a.json"));
    assert_noticed();
    put("conf/t/stores.csv", "id");
    assert_noticed();
}

static void the_configuration_is_noticed_and_its_neighbours_are_not(void **state)
{
    (void)state;
    put("conf/nudged.json", " ");
    assert_noticed();
    put("conf/unrelated.json", "{}");
    put("conf/c/.a.json.swp", "scratch");
    put("conf/c/a.json~", "backup");
    assert_false(wait_for_change(1));
    put("conf/.next", "{}");
    assert_int_equal(rename(at("conf/.next"), at("conf/nudged.json")), 0);
    assert_noticed();
}

static void many_changes_are_told_once(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) put("conf/c/a.json", "line\n");
    assert_noticed();
    assert_false(wait_for_change(1));
    assert_int_equal(told, 1);
}

static void it_is_told_when_things_are_quiet(void **state)
{
    (void)state;
    int64_t start = clock_steady();
    put("conf/c/a.json", "x");
    assert_noticed();
    assert_in_range(clock_steady() - start, 190, 5000);
}

static void writer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what, (void)arg;
    put("conf/c/a.json", "x");
}

static void a_file_written_to_without_a_pause_does_not_hold_up_the_rest(void **state)
{
    (void)state;
    struct event *timer = event_new(base, -1, EV_PERSIST, writer, NULL);
    int64_t start = clock_steady();
    event_add(timer, &(struct timeval){.tv_usec = 20000});
    assert_noticed();
    event_free(timer);
    assert_in_range(clock_steady() - start, 500, 8000);
}

static void a_folder_that_appears_later_is_watched_from_then_on(void **state)
{
    (void)state;
    assert_int_equal(mkdir(at("conf/later"), 0700), 0);
    assert_noticed();
    assert_int_equal(mkdir(at("conf/later/s"), 0700), 0);
    assert_noticed();
    put("conf/later/s/seg.json", "s");
    assert_noticed();
}

static void a_folder_renamed_and_made_anew_is_watched_in_its_new_self(void **state)
{
    (void)state;
    assert_int_equal(rename(at("conf/c"), at("conf/was")), 0);
    assert_noticed();
    assert_int_equal(mkdir(at("conf/c"), 0700), 0);
    assert_noticed();
    put("conf/was/a.json", "not ours any more");
    assert_false(wait_for_change(1));
    put("conf/c/a.json", "x");
    assert_noticed();
}

static void the_whole_configuration_may_be_swapped(void **state)
{
    (void)state;
    assert_int_equal(mkdir(at("next"), 0700), 0);
    assert_int_equal(mkdir(at("next/c"), 0700), 0);
    assert_int_equal(rename(at("conf"), at("was")), 0);
    assert_int_equal(rename(at("next"), at("conf")), 0);
    assert_noticed();
    put("conf/c/a.json", "x");
    assert_noticed();
}

static void too_many_changes_for_the_queue_are_still_a_change(void **state)
{
    char name[32];
    (void)state;
    for (int i = 0; i < 20000; i++) { /* more than fs.inotify.max_queued_events */
        snprintf(name, sizeof name, "conf/c/.%d", i);
        put(name, "");
    }
    assert_noticed(); /* hidden files alone would not be */
}

static void who_is_told_may_free_the_watcher(void **state)
{
    (void)state;
    free_when_told = true;
    put("conf/c/a.json", "x");
    assert_noticed();
}

static size_t open_files(void)
{
    size_t n = 0;
    for (int fd = 0; fd < 256; fd++) n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void changes_leave_no_files_open(void **state)
{
    (void)state;
    put("conf/c/a.json", "x");
    assert_noticed();
    size_t before = open_files();
    for (int i = 0; i < 3; i++) {
        put("conf/c/a.json", "x");
        assert_noticed();
    }
    assert_int_equal(open_files(), before);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_file_written_renamed_or_taken_away_is_noticed),
        TEST(the_configuration_is_noticed_and_its_neighbours_are_not),
        TEST(many_changes_are_told_once),
        TEST(it_is_told_when_things_are_quiet),
        TEST(a_file_written_to_without_a_pause_does_not_hold_up_the_rest),
        TEST(a_folder_that_appears_later_is_watched_from_then_on),
        TEST(a_folder_renamed_and_made_anew_is_watched_in_its_new_self),
        TEST(the_whole_configuration_may_be_swapped),
        TEST(too_many_changes_for_the_queue_are_still_a_change),
        TEST(who_is_told_may_free_the_watcher),
        TEST(changes_leave_no_files_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
