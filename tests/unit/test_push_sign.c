/* Standard Webhooks signatures. The vectors were made with Python's hmac and checked with `openssl dgst -mac
 * HMAC`. */
#include "../../src/push/webhook_sign.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SECRET_1 "whsec_bnVkZ2UtdGVzdC1rZXktb2YtMjQtYnl0"
#define SECRET_2 "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define SIGNATURE_1 "v1,aDOaadVpPgP/xyN8sqlcD8vqw5mfgPMFkpXzwctXurM="
#define SIGNATURE_2 "v1,wWEH2yqLXewce0+GSGnkFUWqjMtEYA1Lj0bnx3XYKHo="

static char why[200];

static void signs(const char *secrets, const char *expected)
{
    struct webhook_keys *keys = webhook_keys_new(str_of(secrets), why, sizeof why);
    struct buf out = {0};
    assert_non_null(keys);
    for (int i = 0; i < 3; i++) { /* a key is used many times */
        buf_clear(&out);
        webhook_sign(keys, STR("msg_1"), STR("1764000000"), STR("{\"a\":\"\xc3\xa9\"}"), &out);
        assert_int_equal(out.n, strlen(expected));
        assert_memory_equal(out.p, expected, out.n);
    }
    buf_release(&out);
    webhook_keys_free(keys);
}

static void a_message_has_the_known_signature(void **state)
{
    (void)state;
    signs(SECRET_1, SIGNATURE_1);
    signs(SECRET_2 "\n", SIGNATURE_2);
}

static void both_keys_sign_while_one_replaces_the_other(void **state)
{
    (void)state;
    signs("\n  " SECRET_2 "\r\n\n" SECRET_1 "\n", SIGNATURE_2 " " SIGNATURE_1);
}

static void bad_secrets_are_refused_and_not_repeated(void **state)
{
    static const char *const bad[] = {
        "",
        "\n\n",
        "bnVkZ2UtdGVzdC1rZXktb2YtMjQtYnl0",
        "whsec_",
        "whsec_bnVkZ2U=",
        "whsec_bnVkZ2UtdGVzdC1rZXktb2YtMjQtYn",
        "whsec_bnVkZ2UtdGVzdC1rZXkt*2YtMjQtYnl0",
        "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        SECRET_1 "\n" SECRET_2 "\n" SECRET_1,
        SECRET_1 "\nnonsense",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (webhook_keys_new(str_of(bad[i]), why, sizeof why)) fail_msg("taken: %s", bad[i]);
        assert_null(strstr(why, "bnVk"));
        assert_true(*why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_has_the_known_signature),
        cmocka_unit_test(both_keys_sign_while_one_replaces_the_other),
        cmocka_unit_test(bad_secrets_are_refused_and_not_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
