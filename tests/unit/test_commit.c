/* A commit's bytes: whole commands, one reply each, and nothing in a customer's name or a text gets out of
 * its place. */
#include "nudge/commit.h"
#include "unit.h"
#include <hiredis/hiredis.h>

#define NOON INT64_C(1772622000000) /* 2026-03-04 */

static struct arena arena;
static struct keys keys;
static struct commit t;

static int setup(void **state)
{
    (void)state;
    keys_init(&keys, &arena, STR("nudge"), 3);
    t = (struct commit){0};
    commit_begin(&t, &keys, &arena, 10000, NOON, STR("host-1:1:1"));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    commit_release(&t);
    arena_release(&arena);
    return 0;
}

/* The commands in the bytes, as hiredis reads them; each in one line, its arguments with | between. */
static size_t commands_of(struct str bytes, const char **lines, size_t max)
{
    redisReader *reader = redisReaderCreate();
    void *reply;
    size_t n = 0;
    assert_int_equal(redisReaderFeed(reader, bytes.p, bytes.n), REDIS_OK);
    while (redisReaderGetReply(reader, &reply) == REDIS_OK && reply) {
        redisReply *r = reply;
        struct buf b = {0};
        assert_int_equal(r->type, REDIS_REPLY_ARRAY);
        for (size_t i = 0; i < (size_t)r->elements; i++) {
            assert_int_equal(r->element[i]->type, REDIS_REPLY_STRING);
            if (i) buf_char(&b, '|');
            buf_put(&b, r->element[i]->str, (size_t)r->element[i]->len);
        }
        if (n < max) lines[n] = arena_str(&arena, buf_str(&b)).p;
        n++;
        buf_release(&b);
        freeReplyObject(r);
    }
    assert_int_equal(reader->err, 0);
    assert_int_equal(reader->pos, reader->len); /* nothing half said at the end */
    redisReaderFree(reader);
    return n;
}

#define LINES 64
static const char *lines[LINES];

static size_t sealed(bool release)
{
    unsigned replies;
    size_t n = commands_of(commit_seal(&t, release, &replies), lines, LINES);
    assert_int_equal(replies, n); /* one each: OK, QUEUED …, EXEC's array, OK, the owner */
    return n;
}

static void lines_are(size_t n, const char *const *expected, size_t n_expected)
{
    for (size_t i = 0; i < n && i < n_expected; i++) assert_string_equal(lines[i], expected[i]);
    assert_int_equal(n, n_expected);
}
#define assert_commit(release, ...)                                                                          \
    do {                                                                                                     \
        static const char *const expected_[] = {__VA_ARGS__};                                                \
        lines_are(sealed(release), expected_, sizeof expected_ / sizeof *expected_);                         \
    } while (0)
#define HEAD "MULTI", "PEXPIRE|nudge:{3}:owner|10000", "SET|nudge:{3}:turn|host-1:1:1"
#define TAIL "EXEC", "WATCH|nudge:{3}:owner", "GET|nudge:{3}:owner"

static void without_changes_it_is_empty_but_for_the_lease(void **state)
{
    (void)state;
    assert_true(commit_empty(&t));
    assert_commit(false, HEAD, TAIL);
}

static void any_change_makes_it_not_empty(void **state)
{
    (void)state;
    const struct timer_change timer = {1, NOON, true};
    for (int i = 0; i < 9; i++) {
        commit_begin(&t, &keys, &arena, 10000, NOON, STR("t"));
        assert_true(commit_empty(&t));
        if (i == 0) commit_append(&t, STR("u"), false, STR("x"));
        if (i == 1) commit_timer(&t, STR("u"), &timer);
        if (i == 2) commit_settled(&t, STR("1-0"));
        if (i == 3) commit_stat(&t, STR("c"), REASON_SENT);
        if (i == 4) commit_ack(&t, STR("1-0"));
        if (i == 5) commit_dead(&t, STR("1-0"), "why", NULL, 0);
        if (i == 6) commit_erase(&t, STR("u"));
        if (i == 7) commit_schedule(&t, STR("f"), STR("p"));
        if (i == 8) commit_zone(&t, STR("UTC"));
        assert_false(commit_empty(&t));
    }
}

static void a_card_grows_by_its_log_or_is_written_afresh(void **state)
{
    (void)state;
    commit_new_customer(&t, STR("ann"));
    commit_append(&t, STR("ann"), true, STR("first"));
    commit_append(&t, STR("ann"), false, STR("more"));
    commit_snapshot(&t, STR("bob"), STR("\x01whole"));
    commit_erase(&t, STR("carl"));
    assert_commit(false, HEAD, "ZADD|nudge:{3}:customers|0|ann",
                  "APPEND|nudge:{3}:customer:ann|\x01"
                  "first",
                  "APPEND|nudge:{3}:customer:ann|more", "SET|nudge:{3}:customer:bob|\x01whole",
                  "DEL|nudge:{3}:customer:carl", "ZREM|nudge:{3}:customers|carl", TAIL);
}

static void timers_are_a_set_by_due_time(void **state)
{
    (void)state;
    commit_timer(&t, STR("ann"), &(struct timer_change){0xabc, NOON, true});
    commit_timer(&t, STR("ann"), &(struct timer_change){UINT64_MAX, NOON, false});
    commit_timer_done(&t, STR("0000000000000001:bob"));
    assert_commit(false, HEAD, "ZADD|nudge:{3}:timers|1772622000000|0000000000000abc:ann",
                  "ZREM|nudge:{3}:timers|ffffffffffffffff:ann", "ZREM|nudge:{3}:timers|0000000000000001:bob",
                  TAIL);
}

static void a_push_becomes_a_row_of_the_outbox_and_knows_its_place(void **state)
{
    (void)state;
    struct campaign k = {.name = STR("friday")};
    struct push p = {.id = {.text = "00112233445566778899aabbccddeeff"},
                     .campaign = &k,
                     .provider = STR("app"),
                     .title = STR("Hi\r\n$5\r\n"),
                     .body = STR(""),
                     .url = STR("app://x"),
                     .language = STR("en"),
                     .data = STR("{}"),
                     .created = NOON,
                     .expires = 0};
    commit_zone(&t, STR("UTC"));
    unsigned place = commit_push(&t, STR("ann"), &p);
    commit_ack(&t, STR("1-0"));
    size_t n = sealed(false);
    assert_int_equal(place, 3); /* behind PEXPIRE, SET and SADD in EXEC's array */
    assert_string_equal(lines[1 + place],
                        "XADD|nudge:{3}:outbox|*|id|00112233445566778899aabbccddeeff|user|ann|campaign|"
                        "friday|provider|app|title|Hi\r\n$5\r\n|"
                        "body||url|app://x|data|{}|language|en|created|1772622000000|expires|0");
    assert_int_equal(n, 3 + 3 + 3);
}

static void lists_are_gathered_into_one_command_each(void **state)
{
    (void)state;
    commit_ack(&t, STR("1-0"));
    commit_settled(&t, STR("9-0"));
    commit_ack(&t, STR("2-0"));
    commit_ack(&t, STR("3-0"));
    commit_settled(&t, STR("9-1"));
    commit_schedule(&t, STR("c UTC"), STR("5"));
    assert_commit(false, HEAD, "HSET|nudge:{3}:schedules|c UTC|5", "XDEL|nudge:{3}:outbox|9-0|9-1",
                  "XACK|nudge:{3}:events|nudged|1-0|2-0|3-0", TAIL);
}

static void outcomes_are_counted_by_campaign_reason_and_day(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) commit_stat(&t, STR("friday"), REASON_SENT);
    assert_commit(false, HEAD, "HINCRBY|nudge:{3}:stats:2026-03-04|friday:sent|5", TAIL);
    commit_begin(&t, &keys, &arena, 10000, NOON, STR("host-1:1:1"));
    char names[100][8];
    for (size_t i = 0; i < 100; i++) {
        snprintf(names[i], sizeof names[i], "c%zu", i);
        for (size_t k = 0; k <= i; k++)
            commit_stat(&t, str_of(names[i]), k % 2 ? REASON_SENT : REASON_NO_CONSENT);
    }
    unsigned replies;
    static const char *many[300];
    size_t n = commands_of(commit_seal(&t, false, &replies), many, 300), counted = 0;
    assert_int_equal(n, replies);
    for (size_t i = 3; i < n - 3; i++) counted += strtoul(strrchr(many[i], '|') + 1, NULL, 10);
    assert_int_equal(counted, 5050);
}

static void a_dead_letter_holds_the_event_as_it_came(void **state)
{
    (void)state;
    const struct field_pair fields[] = {
        {STR("type"), STR("x")}, {STR(""), STR("\xff\r\n")}, {STR("user"), STR("")}};
    commit_dead(&t, STR("7-0"), "lat: expected degrees", fields, 3);
    assert_commit(false, HEAD,
                  "XADD|nudge:{3}:dead|*|reason|lat: expected "
                  "degrees|entry|7-0|event.type|x|event.|\xff\r\n|event.user|",
                  TAIL);
}

static void releasing_gives_the_lease_up_in_the_same_transaction(void **state)
{
    (void)state;
    commit_ack(&t, STR("1-0"));
    assert_commit(true, HEAD, "XACK|nudge:{3}:events|nudged|1-0", "DEL|nudge:{3}:owner", TAIL);
}

static void a_commit_begun_again_has_forgotten_the_last(void **state)
{
    (void)state;
    commit_ack(&t, STR("1-0"));
    commit_stat(&t, STR("c"), REASON_SENT);
    commit_settled(&t, STR("2-0"));
    commit_append(&t, STR("u"), false, STR("x"));
    sealed(false);
    commit_begin(&t, &keys, &arena, 10000, NOON, STR("host-1:1:1"));
    assert_true(commit_empty(&t));
    assert_commit(false, HEAD, TAIL);
}

/* Whatever a name holds, it stays one argument. */
static void any_name_stays_one_argument(void **state)
{
    (void)state;
    struct dice dice = dice_new(9);
    for (int round = 0; round < 300; round++) {
        char user[EVENT_USER_MAX];
        size_t n = 1 + dice_below(&dice, sizeof user);
        for (size_t i = 0; i < n; i++) user[i] = "\r\n$*0123:{}|\xff"[dice_below(&dice, 14)];
        struct str who = {user, n};
        commit_begin(&t, &keys, &arena, 10000, NOON, who);
        commit_new_customer(&t, who);
        commit_append(&t, who, round % 2, who);
        commit_timer(&t, who, &(struct timer_change){dice_roll(&dice), NOON, round % 3});
        commit_settled(&t, who);
        commit_ack(&t, who);
        commit_schedule(&t, who, who);
        assert_int_equal(sealed(false), 3 + 4 + 2 + 3);
    }
}

static void a_timers_member_tells_its_number_and_customer(void **state)
{
    (void)state;
    const struct str users[] = {STR("ann"), STR("a:b"), STR(":"), STR("\xc3\xa9 \n"),
                                STR("0123456789abcdef:x")};
    const uint64_t ids[] = {0, 1, 0xdeadbeef, UINT64_MAX};
    for (size_t i = 0; i < 5; i++) {
        for (size_t k = 0; k < 4; k++) {
            uint64_t id;
            struct str user;
            assert_true(timer_member_read(timer_member(&arena, ids[k], users[i]), &id, &user));
            assert_true(id == ids[k] && str_eq(user, users[i]));
        }
    }
}

static void what_is_no_timers_member_is_refused(void **state)
{
    (void)state;
    const struct str wrong[] = {STR(""),
                                STR("ann"),
                                STR("0123456789abcdef:"),
                                STR("0123456789abcdef"),
                                STR("0123456789abcdeg:x"),
                                STR("0123456789ABCDEF:x"),
                                STR("0123456789abcde:xx"),
                                STR("0123456789abcdef0:x"),
                                STR("-123456789abcdef:x")};
    uint64_t id;
    struct str user;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(timer_member_read(wrong[i], &id, &user));
}

static void all_keys_of_a_partition_are_in_one_slot(void **state)
{
    (void)state;
    const struct str all[] = {keys.events,    keys.owner,    keys.outbox,    keys.timers,
                              keys.customers, keys.dead,     keys.schedules, keys.zones,
                              keys.turn,      keys.customer, keys.stats};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        assert_true(str_starts(all[i], STR("nudge:{3}:")));
        for (size_t k = 0; k < i; k++) assert_false(str_eq(all[i], all[k]));
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {T(without_changes_it_is_empty_but_for_the_lease),
                                       T(any_change_makes_it_not_empty),
                                       T(a_card_grows_by_its_log_or_is_written_afresh),
                                       T(timers_are_a_set_by_due_time),
                                       T(a_push_becomes_a_row_of_the_outbox_and_knows_its_place),
                                       T(lists_are_gathered_into_one_command_each),
                                       T(outcomes_are_counted_by_campaign_reason_and_day),
                                       T(a_dead_letter_holds_the_event_as_it_came),
                                       T(releasing_gives_the_lease_up_in_the_same_transaction),
                                       T(a_commit_begun_again_has_forgotten_the_last),
                                       T(any_name_stays_one_argument),
                                       T(a_timers_member_tells_its_number_and_customer),
                                       T(what_is_no_timers_member_is_refused),
                                       T(all_keys_of_a_partition_are_in_one_slot)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
