/* Which version is in force, whatever happens to the files. The rules are a stand-in: a campaign "NAME" or "NAME needs SEGMENT" is right
 * if it is one such line and the segment is there; what was loaded can be read back as one text. */
#include "nudge/conf.h"
#include "nudge/mem.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka needs the three standard ones above */
#include <cmocka.h>

static char root[64];
static struct folder_set *set;
static struct options options;
static char loaded[65536]; /* "campaign campaign | segment | store" */
static struct errors errors;

/* ---- the stand-in */

static bool segment_loaded(const struct rules_sources *s, const bool *failed, struct str name)
{
    for (size_t i = 0; i < s->n_segments; i++)
        if (!failed[s->n_campaigns + i] && str_eq(str_trim(s->segments[i].text), name)) return true;
    return false;
}

static bool file_right(const struct rules_sources *s, const bool *failed, struct str text)
{
    struct str name = str_cut(&text, ' ');
    if (!name.n || str_find(name, STR("BROKEN")) >= 0) return false;
    if (!text.n) return true;
    return str_eq(str_cut(&text, ' '), STR("needs")) && segment_loaded(s, failed, text);
}

static void files_build(const struct rules_sources *s, const struct rules_file *files, size_t n, bool *failed, size_t at,
                        struct errors *e)
{
    for (size_t i = 0; i < n; i++) {
        struct str text = str_trim(files[i].text);
        failed[at + i] = !file_right(s, failed, text);
        if (failed[at + i]) errors_add(e, files[i].path, 1, 1, "broken: %.*s", (int)(text.n < 20 ? text.n : 20), text.p);
    }
}

static void loaded_put(const struct rules_file *files, size_t n, const bool *failed)
{
    for (size_t i = 0; i < n; i++) {
        struct str text = str_trim(files[i].text);
        size_t used = strlen(loaded);
        if (!failed[i]) snprintf(loaded + used, sizeof loaded - used, "%.*s ", (int)(text.n < 40 ? text.n : 40), text.p);
    }
}

struct ruleset *rules_build(const struct rules_settings *settings, const struct rules_sources *s, struct errors *e, bool *failed)
{
    (void)settings;
    files_build(s, s->stores, s->n_stores, failed, s->n_campaigns + s->n_segments, e);
    files_build(s, s->segments, s->n_segments, failed, s->n_campaigns, e);
    files_build(s, s->campaigns, s->n_campaigns, failed, 0, e);
    loaded[0] = 0;
    loaded_put(s->campaigns, s->n_campaigns, failed);
    strcat(loaded, "| ");
    loaded_put(s->segments, s->n_segments, failed + s->n_campaigns);
    strcat(loaded, "| ");
    loaded_put(s->stores, s->n_stores, failed + s->n_campaigns + s->n_segments);
    return mem_alloc(sizeof(struct ruleset));
}

void ruleset_free(struct ruleset *r)
{
    free(r);
}

/* ---- the tests' own words */

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
    FILE *f = fopen(at(name), "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void assert_loads(const char *expected, size_t n_errors)
{
    errors_release(&errors);
    ruleset_free(folder_set_build(set, &options, &errors));
    if (errors.count != n_errors)
        for (size_t i = 0; i < errors.n; i++) print_error("%s: %s\n", errors.list[i].file, errors.list[i].text);
    assert_string_equal(loaded, expected);
    assert_int_equal(errors.count, n_errors);
}

static void assert_told(const char *file, const char *words)
{
    for (size_t i = 0; i < errors.n; i++)
        if (strcmp(errors.list[i].file, at(file)) == 0 && strstr(errors.list[i].text, words)) return;
    fail_msg("nothing was said of %s: %s", file, words);
}

static int begin(void **state)
{
    (void)state;
    strcpy(root, "/tmp/nudge-folders-XXXXXX");
    if (!mkdtemp(root)) return -1;
    set = folder_set_new();
    options = (struct options){0};
    arena_init(&options.arena);
    const struct {
        struct str *option;
        const char *name;
    } folders[] = {{&options.campaigns, "c"}, {&options.segments, "s"}, {&options.stores, "t"}};
    for (size_t i = 0; i < 3; i++) {
        if (mkdir(at(folders[i].name), 0700) != 0) return -1;
        *folders[i].option = arena_str(&options.arena, str_of(at(folders[i].name)));
    }
    return 0;
}

static int end(void **state)
{
    char command[192];
    (void)state;
    folder_set_free(set);
    errors_release(&errors);
    arena_release(&options.arena);
    snprintf(command, sizeof command, "chmod -R u+rwx %s; rm -rf %s", root, root);
    return system(command);
}

/* ---- tests */

static void files_of_each_folder_load_by_name(void **state)
{
    (void)state;
    put("c/b.json", "b");
    put("c/a.json", "a");
    put("s/s.json", "seg");
    put("t/x.csv", "csv");
    put("t/y.geojson", "geo");
    assert_loads("a b | seg | csv geo ", 0);
}

static void scratch_files_are_not_looked_at(void **state)
{
    (void)state;
    put("c/a.json", "a");
    put("c/.a.json", "hidden");
    put("c/a.json~", "backup");
    put("c/a.json.tmp", "scratch");
    put("c/.a.json.swp", "scratch");
    assert_loads("a | | ", 0);
    assert_int_equal(errors.n, 0);
}

static void other_names_are_told_but_are_no_error(void **state)
{
    (void)state;
    put("c/a.jsn", "a");
    assert_loads("| | ", 0);
    assert_told("c/a.jsn", ".json");
}

static void a_broken_file_keeps_its_last_good_version(void **state)
{
    (void)state;
    put("c/a.json", "one");
    put("c/b.json", "b");
    assert_loads("one b | | ", 0);
    put("c/a.json", "BROKEN");
    assert_loads("one b | | ", 1);
    assert_told("c/a.json", "broken: BROKEN");
    assert_loads("one b | | ", 1); /* and goes on doing so */
    put("c/a.json", "two");
    assert_loads("two b | | ", 0);
    put("c/a.json", "");
    assert_loads("two b | | ", 1); /* half written */
}

static void a_file_that_never_was_good_is_left_out(void **state)
{
    (void)state;
    put("c/a.json", "BROKEN");
    put("c/b.json", "b");
    assert_loads("b | | ", 1);
    put("c/a.json", "a");
    assert_loads("a b | | ", 0);
}

static void a_file_taken_away_is_gone_for_good(void **state)
{
    (void)state;
    put("c/a.json", "a");
    assert_loads("a | | ", 0);
    unlink(at("c/a.json"));
    assert_loads("| | ", 0);
    put("c/a.json", "BROKEN"); /* a new file of that name has no past */
    assert_loads("| | ", 1);
}

static void a_file_renamed_over_is_the_new_one(void **state)
{
    (void)state;
    put("c/a.json", "one");
    assert_loads("one | | ", 0);
    put("c/.new", "two");
    assert_int_equal(rename(at("c/.new"), at("c/a.json")), 0);
    assert_loads("two | | ", 0);
}

static void a_segment_that_breaks_does_not_take_its_campaigns_along(void **state)
{
    (void)state;
    put("s/s.json", "seg");
    put("c/a.json", "one needs seg");
    assert_loads("one needs seg | seg | ", 0);
    put("s/s.json", "BROKEN");
    assert_loads("one needs seg | seg | ", 1);
    put("c/a.json", "two needs seg"); /* changed meanwhile: the new one is right with the old segment */
    assert_loads("two needs seg | seg | ", 1);
    assert_told("s/s.json", "broken");
    put("s/s.json", "seg");
    assert_loads("two needs seg | seg | ", 0);
}

static void a_segment_taken_away_stops_what_needs_it(void **state)
{
    (void)state;
    put("s/s.json", "seg");
    put("c/a.json", "one needs seg");
    put("c/b.json", "b");
    assert_loads("one needs seg b | seg | ", 0);
    unlink(at("s/s.json"));
    assert_loads("b | | ", 1);
    assert_told("c/a.json", "broken");
    put("s/s.json", "seg");
    assert_loads("one needs seg b | seg | ", 0);
}

static void a_campaign_that_came_to_need_what_is_not_there_keeps_its_old_version(void **state)
{
    (void)state;
    put("c/a.json", "one");
    assert_loads("one | | ", 0);
    put("c/a.json", "two needs seg");
    assert_loads("one | | ", 1);
    put("s/s.json", "seg");
    assert_loads("two needs seg | seg | ", 0);
}

static void a_fifo_is_an_error_and_blocks_nothing(void **state)
{
    (void)state;
    put("c/a.json", "a");
    assert_loads("a | | ", 0);
    unlink(at("c/a.json"));
    assert_int_equal(mkfifo(at("c/a.json"), 0600), 0);
    assert_loads("a | | ", 1);
    assert_told("c/a.json", "not a regular file");
}

static void links_are_followed_and_dangling_ones_told(void **state)
{
    (void)state;
    put("elsewhere", "a");
    assert_int_equal(symlink(at("elsewhere"), at("c/a.json")), 0);
    assert_int_equal(symlink("loop.json", at("c/loop.json")), 0);
    assert_int_equal(symlink("nowhere", at("c/lost.json")), 0);
    assert_int_equal(symlink("/dev/zero", at("c/zero.json")), 0);
    assert_loads("a | | ", 3);
    assert_told("c/lost.json", "cannot be opened");
    assert_told("c/zero.json", "not a regular file");
    unlink(at("elsewhere"));
    assert_loads("a | | ", 4); /* the link is still there: its last good version stands */
}

static void a_file_that_may_not_be_read_keeps_its_last_good_version(void **state)
{
    (void)state;
    put("c/a.json", "a");
    assert_loads("a | | ", 0);
    chmod(at("c/a.json"), 0);
    chmod(root, 0755), chmod(at("c"), 0755), chmod(at("s"), 0755), chmod(at("t"), 0755);
    bool root_user = geteuid() == 0; /* who may read everything */
    if (root_user) assert_int_equal(seteuid(65534), 0);
    assert_loads("a | | ", 1);
    if (root_user) assert_int_equal(seteuid(0), 0);
    assert_told("c/a.json", "Permission denied");
}

static void a_folder_that_cannot_be_read_keeps_its_files(void **state)
{
    (void)state;
    put("c/a.json", "a");
    assert_loads("a | | ", 0);
    rename(at("c"), at("was"));
    put("c", "not a folder");
    assert_loads("a | | ", 1);
    unlink(at("c"));
    assert_loads("| | ", 0); /* taken away, with all its files */
    rename(at("was"), at("c"));
    assert_loads("a | | ", 0);
}

static void a_file_of_100_megabytes_is_an_error(void **state)
{
    (void)state;
    put("c/a.json", "a");
    put("c/b.json", "b");
    assert_loads("a b | | ", 0);
    assert_int_equal(truncate(at("c/b.json"), 100 << 20), 0);
    assert_loads("a b | | ", 1);
    assert_told("c/b.json", "larger than");
}

static void folders_in_folders_are_told_but_not_read(void **state)
{
    (void)state;
    mkdir(at("c/more.json"), 0700);
    put("c/a.json", "a");
    assert_loads("a | | ", 0);
    assert_told("c/more.json", "not looked at");
}

static void ten_thousand_files_and_a_thousand_errors(void **state)
{
    char name[32];
    (void)state;
    for (int i = 0; i < 10000; i++) {
        snprintf(name, sizeof name, "c/%05d.json", i);
        put(name, i % 10 ? "a" : "BROKEN");
    }
    errors_release(&errors);
    ruleset_free(folder_set_build(set, &options, &errors));
    assert_int_equal(errors.count, 1000);
    assert_int_equal(errors.n, ERRORS_MAX);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(files_of_each_folder_load_by_name),
        TEST(scratch_files_are_not_looked_at),
        TEST(other_names_are_told_but_are_no_error),
        TEST(a_broken_file_keeps_its_last_good_version),
        TEST(a_file_that_never_was_good_is_left_out),
        TEST(a_file_taken_away_is_gone_for_good),
        TEST(a_file_renamed_over_is_the_new_one),
        TEST(a_segment_that_breaks_does_not_take_its_campaigns_along),
        TEST(a_segment_taken_away_stops_what_needs_it),
        TEST(a_campaign_that_came_to_need_what_is_not_there_keeps_its_old_version),
        TEST(a_fifo_is_an_error_and_blocks_nothing),
        TEST(links_are_followed_and_dangling_ones_told),
        TEST(a_file_that_may_not_be_read_keeps_its_last_good_version),
        TEST(a_folder_that_cannot_be_read_keeps_its_files),
        TEST(a_file_of_100_megabytes_is_an_error),
        TEST(folders_in_folders_are_told_but_not_read),
        TEST(ten_thousand_files_and_a_thousand_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
