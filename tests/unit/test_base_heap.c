#include "nudge/heap.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct entry {
    int key;
    size_t at;
    bool in;
};

static bool entry_less(const void *a, const void *b)
{
    return ((const struct entry *)a)->key < ((const struct entry *)b)->key;
}

static void entry_moved(void *item, size_t at)
{
    ((struct entry *)item)->at = at;
}

static bool key_is_odd(void *arg, void *item)
{
    struct entry *e = item;
    if (e->key % 2 == 0) return false;
    e->in = false;
    ++*(int *)arg;
    return true;
}

static void indexes_hold(const struct heap *h)
{
    for (size_t i = 0; i < h->n; i++) {
        assert_int_equal(((struct entry *)h->items[i])->at, i);
        if (i) assert_false(entry_less(h->items[i], h->items[(i - 1) / 2]));
    }
}

#define N 500

static void any_order_of_calls_keeps_the_smallest_first(void **state)
{
    struct heap h = {.less = entry_less, .moved = entry_moved};
    struct entry entries[N] = {0};
    (void)state;
    srand(1);
    for (int step = 0; step < 20000; step++) {
        struct entry *e = &entries[rand() % N];
        if (e->in) {
            assert_ptr_equal(heap_take(&h, e->at), e);
        } else {
            e->key = rand() % 100;
            heap_put(&h, e);
        }
        e->in = !e->in;
        if (step % 50 == 0) indexes_hold(&h);
    }
    int gone = 0, before = (int)h.n;
    heap_filter(&h, key_is_odd, &gone);
    assert_int_equal((int)h.n + gone, before);
    assert_true(gone > 0);
    indexes_hold(&h);
    for (int last = -1; h.n;) {
        struct entry *e = heap_take(&h, 0);
        assert_true(e->key >= last && e->key % 2 == 0);
        last = e->key;
    }
    assert_null(heap_min(&h));
    heap_release(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(any_order_of_calls_keeps_the_smallest_first)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
