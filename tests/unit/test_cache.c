/* Customers in memory: a bound that is kept, the longest unused out first, and none that is not yet safe in
 * Redis. */
#include "nudge/cache.h"
#include "nudge/clock.h"
#include "unit.h"

#define NOW INT64_C(1764000000000)
static const struct history_limits limits = {30 * DAY, 500};
static struct cache k;
static struct buf log_bytes;

static int teardown(void **state)
{
    (void)state;
    cache_clear(&k);
    k = (struct cache){0};
    buf_release(&log_bytes);
    return 0;
}

static struct str name_of(unsigned i)
{
    static char room[16];
    return (struct str){room, (size_t)snprintf(room, sizeof room, "user%u", i)};
}

static struct cached *add(unsigned i)
{
    return cache_add(&k, customer_new(name_of(i), limits), false);
}

static void happens(struct customer *c, int64_t ts)
{
    struct event e = {.user = c->user, .type = EVENT_VIEW, .type_name = STR("view"), .ts = ts};
    customer_event(c, &e, &log_bytes);
}

static size_t counted(void)
{
    size_t n = 0;
    const struct cached *before = NULL;
    for (const struct cached *c = k.newest; c; before = c, c = c->older) {
        assert_ptr_equal(c->newer, before);
        assert_ptr_equal(map_get(&k.map, c->customer->user), c);
        n += c->memory;
    }
    assert_ptr_equal(k.oldest, before);
    return n;
}

static void a_customer_is_found_until_removed(void **state)
{
    (void)state;
    assert_null(cache_get(&k, STR("user1")));
    struct cached *one = add(1), *two = add(2);
    assert_ptr_equal(cache_get(&k, STR("user1")), one);
    assert_ptr_equal(cache_get(&k, STR("user2")), two);
    assert_true(counted() == k.memory && k.memory > 0);
    cache_remove(&k, one);
    assert_null(cache_get(&k, STR("user1")));
    assert_int_equal(counted(), k.memory);
    cache_remove(&k, two);
    assert_int_equal(k.memory, 0);
    assert_null(k.newest);
    assert_null(k.oldest);
}

static void the_least_recently_used_goes_first(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 10; i++) add(i);
    cache_get(&k, STR("user0"));
    cache_get(&k, STR("user3"));
    cache_get(&k, STR("user3"));
    k.bound = k.memory / 2;
    cache_trim(&k, 0);
    assert_true(k.memory <= k.bound);
    static const char *const kept[] = {"user0", "user3", "user9", "user8"}, *const gone[] = {"user1", "user2",
                                                                                             "user4"};
    for (size_t i = 0; i < 3; i++) assert_null(map_get(&k.map, str_of(gone[i])));
    for (size_t i = 0; i < 4; i++) assert_non_null(map_get(&k.map, str_of(kept[i])));
    assert_int_equal(counted(), k.memory);
}

static void one_touched_by_an_unconfirmed_commit_stays(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 10; i++) cache_touch(&k, add(i), i + 1);
    k.bound = 1;
    cache_trim(&k, 0);
    assert_int_equal(k.map.count, 10);
    cache_trim(&k, 4); /* commits 1 to 4 are in Redis */
    assert_int_equal(k.map.count, 6);
    assert_null(map_get(&k.map, STR("user3")));
    assert_non_null(map_get(&k.map, STR("user4")));
    cache_touch(&k, cache_get(&k, STR("user4")), 20); /* changed again meanwhile: the newest now */
    cache_trim(&k, 10);
    assert_int_equal(k.map.count, 1);
    assert_non_null(map_get(&k.map, STR("user4")));
    cache_touch(&k, cache_get(&k, STR("user4")), 0); /* looked at without a change: still of commit 20 */
    cache_trim(&k, 19);
    assert_int_equal(k.map.count, 1);
    cache_trim(&k, 20);
    assert_int_equal(k.map.count, 0);
    assert_int_equal(k.memory, 0);
}

static void what_a_card_takes_is_counted_as_it_grows(void **state)
{
    (void)state;
    struct cached *c = add(1);
    size_t before = k.memory;
    for (int i = 0; i < 400; i++) happens(c->customer, NOW + i);
    cache_touch(&k, c, 1);
    assert_true(k.memory > before + 400 * sizeof(struct past));
    assert_int_equal(counted(), k.memory);
}

/* A snapshot rebuilds the card, and the bytes that the map knows it by must stay good. */
static void a_rebuilt_card_is_found_under_its_name(void **state)
{
    (void)state;
    struct buf snapshot = {0};
    for (unsigned i = 0; i < 50; i++) add(i);
    for (unsigned i = 0; i < 50; i++) {
        struct cached *c = cache_get(&k, name_of(i));
        for (int n = 0; n < 20; n++) happens(c->customer, NOW + n);
        buf_clear(&snapshot);
        customer_snapshot(c->customer, &snapshot);
        cache_touch(&k, c, i);
        assert_ptr_equal(cache_get(&k, name_of(i)), c);
    }
    for (unsigned i = 50; i < 200; i++) add(i); /* the map grows, and compares keys */
    for (unsigned i = 0; i < 200; i++) assert_non_null(cache_get(&k, name_of(i)));
    assert_int_equal(counted(), k.memory);
    buf_release(&snapshot);
}

/* An erased customer's place is taken by a new, empty one of the same name. */
static void another_customer_of_the_name_may_take_the_place(void **state)
{
    (void)state;
    struct cached *c = add(1);
    struct customer *gone = c->customer;
    for (int n = 0; n < 20; n++) happens(gone, NOW + n);
    cache_touch(&k, c, 1);
    size_t before = k.memory;
    c->customer = customer_new(gone->user, limits);
    cache_touch(&k, c, 2);
    customer_free(gone);
    assert_ptr_equal(cache_get(&k, STR("user1")), c);
    assert_true(customer_is_new(c->customer) && k.memory < before);
    assert_int_equal(counted(), k.memory);
}

static void any_order_of_calls_keeps_the_bound_and_the_order(void **state)
{
    (void)state;
    enum { USERS = 300 };
    struct dice d = dice_new(10);
    uint64_t commit = 1, confirmed = 0, last_used[USERS] = {0}, tick = 0, touched[USERS] = {0};
    k.bound = 60000;
    for (int step = 0; step < 30000; step++) {
        unsigned i = (unsigned)dice_below(&d, USERS);
        struct cached *c = cache_get(&k, name_of(i));
        if (!c) c = add(i), touched[i] = 0;
        assert_ptr_equal(k.newest, c);
        last_used[i] = ++tick;
        if (dice_below(&d, 2)) {
            happens(c->customer, NOW + step);
            cache_touch(&k, c, commit);
            touched[i] = commit;
        }
        if (dice_below(&d, 10) == 0) commit++;
        if (dice_below(&d, 10) == 0 && confirmed < commit - 1)
            confirmed += 1 + dice_below(&d, commit - 1 - confirmed);
        if (dice_below(&d, 5)) continue;
        cache_trim(&k, confirmed);
        if (k.memory > k.bound) assert_true(k.oldest->touched > confirmed);
        for (unsigned u = 0; u < USERS; u++)
            if (touched[u] > confirmed) assert_non_null(map_get(&k.map, name_of(u)));
        uint64_t before = UINT64_MAX;
        for (const struct cached *at = k.newest; at; at = at->older) {
            uint64_t used = last_used[strtoul(at->customer->user.p + 4, NULL, 10)];
            assert_true(used < before);
            before = used;
        }
        assert_int_equal(counted(), k.memory);
    }
    cache_trim(&k, commit);
    assert_true(k.memory <= k.bound);
}

int main(void)
{
#define T(name) cmocka_unit_test_teardown(name, teardown)
    const struct CMUnitTest tests[] = {T(a_customer_is_found_until_removed),
                                       T(the_least_recently_used_goes_first),
                                       T(one_touched_by_an_unconfirmed_commit_stays),
                                       T(what_a_card_takes_is_counted_as_it_grows),
                                       T(a_rebuilt_card_is_found_under_its_name),
                                       T(another_customer_of_the_name_may_take_the_place),
                                       T(any_order_of_calls_keeps_the_bound_and_the_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
