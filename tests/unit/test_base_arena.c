#include "nudge/arena.h"
#include "unit.h"

static struct arena a;

static int teardown(void **state)
{
    (void)state;
    arena_release(&a);
    return 0;
}

static void pieces_are_aligned_and_apart(void **state)
{
    (void)state;
    enum { N = 3000 };
    static char *pieces[N];
    static size_t sizes[N];
    struct dice dice = dice_new(4);
    for (size_t i = 0; i < N; i++) {
        sizes[i] = dice_below(&dice, dice_below(&dice, 100) ? 200 : 100000);
        pieces[i] = arena_alloc(&a, sizes[i]);
        assert_int_equal((uintptr_t)pieces[i] % 8, 0);
        memset(pieces[i], (int)(i & 0xff), sizes[i]);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < sizes[i]; k++)
            if (pieces[i][k] != (char)(i & 0xff)) fail_msg("piece %zu was written over", i);
}

static void a_reset_arena_serves_the_same_again_without_the_system(void **state)
{
    (void)state;
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 1000; i++) assert_non_null(arena_alloc(&a, 100));
        static size_t settled;
        if (round == 5) settled = arena_used(&a);
        if (round > 5) assert_int_equal(arena_used(&a), settled);
        arena_reset(&a);
    }
}

static void a_giant_piece_is_given_back_at_reset(void **state)
{
    (void)state;
    memset(arena_alloc(&a, (size_t)32 << 20), 1, (size_t)32 << 20);
    assert_true(arena_used(&a) >= (size_t)32 << 20);
    arena_reset(&a);
    assert_int_equal(arena_used(&a), 0);
    assert_non_null(arena_alloc(&a, 8));
}

static void nothing_at_all_is_a_piece_too(void **state)
{
    (void)state;
    assert_non_null(arena_alloc(&a, 0));
    struct str s = arena_str(&a, STR_NONE);
    assert_int_equal(s.n, 0);
    assert_int_equal(s.p[0], 0);
    arena_reset(&a);
    arena_release(&a);
    arena_reset(&a);
}

static void copies_and_prints_end_with_nul(void **state)
{
    (void)state;
    struct str s = arena_str(&a, STR("a\0b"));
    assert_int_equal(s.n, 3);
    assert_memory_equal(s.p, "a\0b\0", 4);
    s = arena_printf(&a, "%s-%d", "partition", 7);
    assert_string_equal(s.p, "partition-7");
    assert_int_equal(s.n, 11);
    s = arena_printf(&a, "%0100000d", 1);
    assert_int_equal(s.n, 100000);
    assert_int_equal(s.p[99999], '1');
    memset(arena_alloc(&a, 64), 0xff, 64);
    const char *zeroed = arena_zalloc(&a, 64);
    for (int i = 0; i < 64; i++) assert_int_equal(zeroed[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(pieces_are_aligned_and_apart, teardown),
        cmocka_unit_test_teardown(a_reset_arena_serves_the_same_again_without_the_system, teardown),
        cmocka_unit_test_teardown(a_giant_piece_is_given_back_at_reset, teardown),
        cmocka_unit_test_teardown(nothing_at_all_is_a_piece_too, teardown),
        cmocka_unit_test_teardown(copies_and_prints_end_with_nul, teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
