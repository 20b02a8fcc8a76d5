#include "nudge/map.h"
#include "unit.h"

#define KEYS 400

/* The model: for each possible key its value, NULL = absent. */
struct model {
    char names[KEYS][8];
    char *values[KEYS]; /* pointers into marks */
    char marks[1000];
    size_t count;
};

static struct str key_of(const struct model *m, size_t i)
{
    return str_of(m->names[i]);
}

static void map_agrees(const struct map *map, const struct model *m)
{
    size_t seen = 0;
    assert_int_equal(map->count, m->count);
    for (size_t i = 0; i < KEYS; i++) assert_ptr_equal(map_get(map, key_of(m, i)), m->values[i]);
    for (struct map_slot *s = NULL; (s = map_next(map, s)); seen++)
        assert_ptr_equal(map_get(map, s->key), s->value);
    assert_int_equal(seen, m->count);
}

/* Few keys of many and many of few: dense tables are where deletion by moving back goes wrong. */
static void any_order_of_calls_agrees_with_a_list(void **state)
{
    (void)state;
    struct dice dice = dice_new(3);
    for (size_t range = 8; range <= KEYS; range *= 2) {
        struct map map = {0};
        static struct model m;
        m = (struct model){.count = 0};
        for (size_t i = 0; i < KEYS; i++) snprintf(m.names[i], sizeof m.names[i], "k%zu", i);
        for (int step = 0; step < 20000; step++) {
            size_t i = dice_below(&dice, range);
            if (dice_below(&dice, 100) < (uint64_t)(step / 5000 % 2 ? 60 : 40)) {
                char *value = &m.marks[dice_below(&dice, sizeof m.marks)];
                assert_ptr_equal(map_put(&map, key_of(&m, i), value), m.values[i]);
                m.count += !m.values[i], m.values[i] = value;
            } else {
                assert_ptr_equal(map_del(&map, key_of(&m, i)), m.values[i]);
                m.count -= !!m.values[i], m.values[i] = NULL;
            }
            if (step % 100 == 0) map_agrees(&map, &m);
        }
        map_agrees(&map, &m);
        map_release(&map);
    }
}

/* Keys chosen to share one home, the last slot, so that the run wraps round the table's end. */
static void deleting_from_a_run_moves_the_rest_back(void **state)
{
    (void)state;
    char names[6][12];
    size_t found = 0;
    for (unsigned i = 0; found < 6; i++) {
        snprintf(names[found], sizeof names[found], "%u", i);
        if ((str_hash(str_of(names[found])) & 15) == 15) found++;
    }
    for (size_t gone = 0; gone < 6; gone++) {
        struct map map = {0};
        for (size_t i = 0; i < 6; i++) map_put(&map, str_of(names[i]), names[i]);
        assert_int_equal(map.size, 16);
        assert_ptr_equal(map_del(&map, str_of(names[gone])), names[gone]);
        for (size_t i = 0; i < 6; i++)
            assert_ptr_equal(map_get(&map, str_of(names[i])), i == gone ? NULL : names[i]);
        assert_int_equal(map.count, 5);
        map_release(&map);
    }
}

static void an_empty_map_answers(void **state)
{
    (void)state;
    struct map map = {0};
    assert_null(map_get(&map, STR("x")));
    assert_null(map_slot(&map, STR("x")));
    assert_null(map_del(&map, STR("x")));
    assert_null(map_next(&map, NULL));
    map_release(&map);
}

static void the_empty_key_and_keys_with_nul_are_keys(void **state)
{
    (void)state;
    struct map map = {0};
    int one, two, three;
    map_put(&map, STR_NONE, &one);
    map_put(&map, STR("a\0b"), &two);
    map_put(&map, STR("a"), &three);
    assert_int_equal(map.count, 3);
    assert_ptr_equal(map_get(&map, STR("")), &one);
    assert_ptr_equal(map_get(&map, STR("a\0b")), &two);
    assert_ptr_equal(map_put(&map, STR(""), &two), &one);
    assert_int_equal(map.count, 3);
    assert_ptr_equal(map_del(&map, STR_NONE), &two);
    assert_null(map_get(&map, STR("")));
    assert_int_equal(map.count, 2);
    map_release(&map);
}

static void replacing_takes_the_new_keys_bytes(void **state)
{
    (void)state;
    struct map map = {0};
    char first[] = "key", second[] = "key";
    int v;
    map_put(&map, str_of(first), &v);
    map_put(&map, str_of(second), &v);
    memset(first, 'x', 3); /* the first bytes may go */
    assert_ptr_equal(map_get(&map, STR("key")), &v);
    assert_ptr_equal(map_slot(&map, STR("key"))->key.p, second);
    map_release(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(any_order_of_calls_agrees_with_a_list),
                                       cmocka_unit_test(deleting_from_a_run_moves_the_rest_back),
                                       cmocka_unit_test(an_empty_map_answers),
                                       cmocka_unit_test(the_empty_key_and_keys_with_nul_are_keys),
                                       cmocka_unit_test(replacing_takes_the_new_keys_bytes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
