#include "../../src/push/address.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/un.h>

#include <cmocka.h>

static bool is_public(const char *text)
{
    struct sockaddr_storage at = {0};
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        memcpy(&at, &v4, sizeof v4);
    else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
        memcpy(&at, &v6, sizeof v6);
    else
        fail_msg("no address: %s", text);
    return address_is_public((struct sockaddr *)&at);
}

static const char *const open_nets[] = {
    "1.1.1.1",        "8.8.8.8",         "9.255.255.255",   "11.0.0.0",         "100.63.255.255",
    "100.128.0.0",    "126.255.255.255", "128.0.0.0",       "169.253.255.255",  "169.255.0.0",
    "172.15.255.255", "172.32.0.0",      "192.0.1.0",       "192.167.255.255",  "192.169.0.0",
    "198.17.255.255", "198.20.0.0",      "223.255.255.255", "2606:4700::1111",  "2a00:1450:4001::1",
    "2001:200::1",    "2400::1",         "::ffff:8.8.8.8",  "64:ff9b::8.8.8.8", "2002:0808:0808::1",
    "3fff:1000::1",
};

static const char *const closed_nets[] = {
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.0",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::2",
    "::10.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::10.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:1ff::1",
    "2001:db8::1",
    "2002:7f00:0001::1",
    "2002:0a00:0001::1",
    "2002:c0a8:0101::1",
    "3fff::1",
    "4000::1",
    "fc00::1",
    "fd00::2",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
};

static void the_open_net_is_public(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof open_nets / sizeof *open_nets; i++)
        if (!is_public(open_nets[i])) fail_msg("refused: %s", open_nets[i]);
}

static void every_other_net_is_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof closed_nets / sizeof *closed_nets; i++)
        if (is_public(closed_nets[i])) fail_msg("let through: %s", closed_nets[i]);
}

static void what_is_not_ip_is_not(void **state)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/run/redis.sock"};
    (void)state;
    assert_false(address_is_public((struct sockaddr *)&un));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_open_net_is_public),
        cmocka_unit_test(every_other_net_is_not),
        cmocka_unit_test(what_is_not_ip_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
