/* The files of conf/ are what people start from: they load without a complaint. */
#include "rules_world.h"
#include <dirent.h>

static void folder_add(struct world *w, const char *folder, struct rules_file *files, size_t *n)
{
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        struct buf b = {0};
        char why[256];
        if (e->d_name[0] == '.') continue;
        struct str path = arena_printf(&w->arena, "%s/%s", folder, e->d_name);
        if (buf_read_file(&b, path.p, why, sizeof why)) fail_msg("%s %s", path.p, why);
        files[(*n)++] = (struct rules_file){path.p, arena_str(&w->arena, buf_str(&b))};
        buf_release(&b);
    }
    closedir(d);
}

static void samples_load_without_a_complaint(void **state)
{
    (void)state;
    struct world *w = world_new();
    folder_add(w, "conf/campaigns", w->campaigns, &w->n_campaigns);
    folder_add(w, "conf/segments", w->segments, &w->n_segments);
    folder_add(w, "conf/stores", w->stores, &w->n_stores);
    world_ready(w);
    assert_true(w->rules->n_campaigns >= 8);
    unsigned kinds = 0;
    for (size_t i = 0; i < w->rules->n_campaigns; i++) kinds |= 1u << w->rules->campaigns[i]->trigger.kind;
    assert_int_equal(kinds, (1u << (TRIGGER_SCHEDULE + 1)) - 1); /* one of each kind at least */
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(samples_load_without_a_complaint)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
