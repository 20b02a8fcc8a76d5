#include "webhook_sign.h"
#include "nudge/mem.h"
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#define SECRET_MIN 24 /* bytes, by the specification */
#define SECRET_MAX 64
#define SECRET_TEXT_MAX ((SECRET_MAX + 2) / 3 * 4)
#define MAC_SIZE 32

struct webhook_keys {
    int n;
    EVP_MAC_CTX *keys[WEBHOOK_KEYS_MAX]; /* each holds its key, and is only started again for a message */
};

/* Bytes decoded into out, or -1. */
static int base64_decode(struct str s, unsigned char out[SECRET_TEXT_MAX])
{
    int padding = 0;
    if (s.n == 0 || s.n % 4 || s.n > SECRET_TEXT_MAX) return -1;
    while (padding < 2 && s.p[s.n - 1 - (size_t)padding] == '=') padding++;
    int n = EVP_DecodeBlock(out, (const unsigned char *)s.p, (int)s.n);
    return n < 0 ? -1 : n - padding;
}

static EVP_MAC_CTX *key_new(const unsigned char *secret, size_t n)
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                           OSSL_PARAM_construct_end()};
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *key = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
    EVP_MAC_free(hmac);
    if (!key || !EVP_MAC_init(key, secret, n, params)) mem_exhausted(); /* HMAC-SHA256 is always there */
    return key;
}

static bool key_add(struct webhook_keys *k, struct str line, char *why, size_t why_size)
{
    unsigned char secret[SECRET_TEXT_MAX];
    struct str prefix = STR("whsec_");
    if (k->n == WEBHOOK_KEYS_MAX) {
        snprintf(why, why_size, "more than %d secrets; while one replaces another there are two",
                 WEBHOOK_KEYS_MAX);
        return false;
    }
    int n = str_starts(line, prefix)
                ? base64_decode((struct str){line.p + prefix.n, line.n - prefix.n}, secret)
                : -1;
    bool ok = n >= SECRET_MIN && n <= SECRET_MAX;
    if (ok)
        k->keys[k->n++] = key_new(secret, (size_t)n);
    else
        snprintf(why, why_size, "expected whsec_ and base64 of %d to %d bytes on each line", SECRET_MIN,
                 SECRET_MAX);
    OPENSSL_cleanse(secret, sizeof secret);
    return ok;
}

struct webhook_keys *webhook_keys_new(struct str text, char *why, size_t why_size)
{
    struct webhook_keys *k = mem_alloc(sizeof *k);
    bool ok = true;
    while (ok && text.n) {
        struct str line = str_trim(str_cut(&text, '\n'));
        if (line.n) ok = key_add(k, line, why, why_size);
    }
    if (ok && k->n == 0) {
        snprintf(why, why_size, "no secret in it");
        ok = false;
    }
    if (ok) return k;
    webhook_keys_free(k);
    return NULL;
}

void webhook_keys_free(struct webhook_keys *k)
{
    if (!k) return;
    for (int i = 0; i < k->n; i++) EVP_MAC_CTX_free(k->keys[i]);
    free(k);
}

static void mac_add(EVP_MAC_CTX *mac, struct str s)
{
    EVP_MAC_update(mac, (const unsigned char *)s.p, s.n);
}

void webhook_sign(struct webhook_keys *k, struct str id, struct str timestamp, struct str body,
                  struct buf *out)
{
    for (int i = 0; i < k->n; i++) {
        unsigned char digest[MAC_SIZE], text[(MAC_SIZE + 2) / 3 * 4 + 1];
        size_t n = 0;
        EVP_MAC_init(k->keys[i], NULL, 0, NULL);
        mac_add(k->keys[i], id);
        mac_add(k->keys[i], STR("."));
        mac_add(k->keys[i], timestamp);
        mac_add(k->keys[i], STR("."));
        mac_add(k->keys[i], body);
        EVP_MAC_final(k->keys[i], digest, &n, sizeof digest);
        int length = EVP_EncodeBlock(text, digest, (int)n);
        buf_str_put(out, i ? STR(" v1,") : STR("v1,"));
        buf_put(out, text, (size_t)length);
    }
}
