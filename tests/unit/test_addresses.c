/* Where Redis is, where to listen, and which partition a customer lives in. */
#include "nudge/crc16.h"
#include "nudge/listen.h"
#include "nudge/redis_url.h"
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka needs the three standard ones above */
#include <cmocka.h>

static void crc16_is_the_one_that_redis_uses(void **state)
{
    (void)state;
    assert_int_equal(crc16(STR("123456789")), 0x31c3);
    assert_int_equal(crc16(STR("foo")) % 16384, 12182); /* CLUSTER KEYSLOT foo */
    assert_int_equal(crc16(STR_NONE), 0);
    assert_int_equal(crc16(STR("\xff\xfe\x00z")), crc16((struct str){"\xff\xfe\x00z", 4}));
    assert_int_equal(partition_of(STR("123456789"), 16), 3);
    assert_int_equal(partition_of(STR("anyone"), 1), 0);
}

static void redis_addresses_are_read(void **state)
{
    (void)state;
    const struct {
        const char *text, *host, *path;
        int port, db;
        bool tls;
    } rows[] = {
        {"redis://localhost", "localhost", "", 6379, 0, false},
        {"redis://10.0.0.1:7000/3", "10.0.0.1", "", 7000, 3, false},
        {"rediss://r.example:6380/", "r.example", "", 6380, 0, true},
        {"redis://[::1]:7000/15", "::1", "", 7000, 15, false},
        {"redis://[::1]", "::1", "", 6379, 0, false},
        {"unix:///run/redis.sock", "", "/run/redis.sock", 6379, 0, false},
        {"unix:///run/redis.sock?db=4", "", "/run/redis.sock", 6379, 4, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct redis_url url;
        char why[160] = "";
        if (!redis_url_parse(str_of(rows[i].text), &url, why, sizeof why)) fail_msg("%s: %s", rows[i].text, why);
        assert_string_equal(url.host, rows[i].host);
        assert_string_equal(url.path, rows[i].path);
        assert_int_equal(url.port, rows[i].port);
        assert_int_equal(url.db, rows[i].db);
        assert_int_equal(url.tls, rows[i].tls);
        assert_int_equal(url.local, *rows[i].path != 0);
    }
}

static void wrong_redis_addresses_are_refused_with_a_reason(void **state)
{
    (void)state;
    const char *const rows[] = {"",
                                "localhost",
                                "http://x",
                                "redis://",
                                "redis://:6379",
                                "redis://h:0",
                                "redis://h:65536",
                                "redis://h:x",
                                "redis://h/x",
                                "redis://h/1/2",
                                "redis://user:pw@h",
                                "redis://[::1",
                                "redis://[]",
                                "unix://relative",
                                "unix:///p?base=1",
                                "unix:///p?db="};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct redis_url url;
        char why[160] = "";
        if (redis_url_parse(str_of(rows[i]), &url, why, sizeof why)) fail_msg("taken: %s", rows[i]);
        assert_true(*why != 0);
    }
}

static void listening_addresses_are_numbers(void **state)
{
    (void)state;
    struct sockaddr_storage at;
    int size;
    assert_true(listen_parse(STR("127.0.0.1:8787"), &at, &size));
    assert_int_equal(at.ss_family, AF_INET);
    assert_int_equal(ntohs(((struct sockaddr_in *)&at)->sin_port), 8787);
    assert_true(listen_parse(STR("0.0.0.0:0"), &at, &size));
    assert_true(listen_parse(STR("[::1]:65535"), &at, &size));
    assert_int_equal(at.ss_family, AF_INET6);
    assert_int_equal(size, sizeof(struct sockaddr_in6));
    const char *const wrong[] = {"", ":", "8787", "127.0.0.1", "127.0.0.1:", "localhost:1", "127.0.0.1:65536", "::1:80", "[::1]", "[::1:80", "1.2.3:4"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (listen_parse(str_of(wrong[i]), &at, &size)) fail_msg("taken: %s", wrong[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc16_is_the_one_that_redis_uses),
        cmocka_unit_test(redis_addresses_are_read),
        cmocka_unit_test(wrong_redis_addresses_are_refused_with_a_reason),
        cmocka_unit_test(listening_addresses_are_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
