/* Files with mistakes: tests/invalid/<case>/ holds input.json (a campaign), or files named campaign*,
 * segment* or stores*, and `error`: the lines that must come out. Beside them there are stores centre and
 * harbour, the area Soho and the segment regulars. NUDGE_WRITE_ERRORS=1 writes the `error` files anew, to be
 * read by a person before they are kept. */
#include "rules_world.h"
#include <dirent.h>

#define FOLDER "tests/invalid"

static int name_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in the folder, sorted; malloc. */
static char **names_list(const char *folder, size_t *n)
{
    char **names = NULL;
    DIR *d = opendir(folder);
    assert_non_null(d);
    *n = 0;
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.') continue;
        names = realloc(names, (*n + 1) * sizeof *names);
        names[(*n)++] = strdup(e->d_name);
    }
    closedir(d);
    if (*n) qsort(names, *n, sizeof *names, name_compare);
    return names;
}

static void names_free(char **names, size_t n)
{
    for (size_t i = 0; i < n; i++) free(names[i]);
    free(names);
}

static struct str text_of(struct world *w, const char *folder, const char *name)
{
    struct buf b = {0};
    char why[256], path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (buf_read_file(&b, path, why, sizeof why)) fail_msg("%s %s", path, why);
    struct str s = arena_str(&w->arena, buf_str(&b));
    buf_release(&b);
    return s;
}

static void case_load(struct world *w, const char *folder)
{
    size_t n;
    char **names = names_list(folder, &n);
    world_stores(w, "known.csv", "id,name,lat,lon\ncentre,Centre,52.37,4.89\nharbour,Harbour,52.38,4.92\n");
    world_stores(w, "known.geojson",
                 "{'type':'Feature','properties':{'name':'Soho'},'geometry':{'type':'Polygon','coordinates':["
                 "[[0,0],[1,0],[1,1],[0,0]]]}}");
    world_segment(w, "known.json", "{'name':'regulars','audience':{'performed':'purchase'}}");
    for (size_t i = 0; i < n; i++) {
        const char *name = arena_str(&w->arena, str_of(names[i])).p;
        struct rules_file f = {name, text_of(w, folder, name)};
        if (strncmp(name, "segment", 7) == 0)
            w->segments[w->n_segments++] = f;
        else if (strncmp(name, "stores", 6) == 0)
            w->stores[w->n_stores++] = f;
        else if (strcmp(name, "error") != 0)
            w->campaigns[w->n_campaigns++] = f;
    }
    names_free(names, n);
}

static void error_write(const char *folder, const char *text)
{
    char path[600];
    snprintf(path, sizeof path, "%s/error", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* True: as expected. */
static bool case_run(const char *name)
{
    char folder[512];
    snprintf(folder, sizeof folder, "%s/%s", FOLDER, name);
    struct world *w = world_new();
    case_load(w, folder);
    world_build(w);
    const char *found = world_errors(w);
    if (getenv("NUDGE_WRITE_ERRORS")) error_write(folder, found);
    const char *expected = text_of(w, folder, "error").p;
    bool right = strcmp(found, expected) == 0;
    if (!right) print_error("%s: expected\n%sfound\n%s", name, expected, found);
    bool failed = false;
    for (size_t i = 0; i < w->n_campaigns + w->n_segments + w->n_stores; i++) failed |= w->failed[i];
    if (failed != (w->errors.count > 0)) right = false;
    world_free(w);
    return right;
}

static void each_mistake_is_told_with_its_place_and_the_right_word(void **state)
{
    (void)state;
    size_t n, wrong = 0;
    char **names = names_list(FOLDER, &n);
    for (size_t i = 0; i < n; i++) wrong += !case_run(names[i]);
    names_free(names, n);
    assert_true(n > 40);
    assert_int_equal(wrong, 0);
}

static void only_what_failed_is_left_out(void **state)
{
    (void)state;
    struct world *w = world_new();
    world_campaign(w, "good.json",
                   "{'name':'good','trigger':{'event':'x'},'purpose':'p','push':{'title':'t'}}");
    world_campaign(w, "bad.json", "{'name':'bad','trigger':{'event':'x'},'purpose':'p'}");
    world_campaign(w, "rests.json",
                   "{'name':'rests','trigger':{'enter':{'stores':['lost'],'within':'1 "
                   "km'}},'purpose':'p','push':{'title':'t'}}");
    world_segment(w, "fine.json", "{'name':'fine','audience':{'performed':'x'}}");
    world_stores(w, "lost.csv", "id,name,lat,lon\nlost,Lost,1,2\nfar,Far,91,2\n");
    world_stores(w, "kept.csv", "id,name,lat,lon\nkept,Kept,1,2\n");
    world_build(w);
    static const bool expected[] = {false, true, true, false, true, false};
    assert_memory_equal(w->failed, expected, sizeof expected);
    assert_int_equal(w->rules->n_campaigns, 1);
    assert_non_null(ruleset_campaign(w->rules, STR("good")));
    assert_null(ruleset_store(w->rules, STR("lost")));
    assert_non_null(ruleset_store(w->rules, STR("kept")));
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mistake_is_told_with_its_place_and_the_right_word),
        cmocka_unit_test(only_what_failed_is_left_out)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
