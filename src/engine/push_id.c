#include "parts.h"
#include <openssl/sha.h>
#include <stdio.h>

/* The parts are joined by NUL, which no part holds. */
struct push_id push_id_make(struct str campaign, struct str user, struct str cause, unsigned step)
{
    static const char hex[] = "0123456789abcdef";
    struct push_id id;
    unsigned char digest[SHA256_DIGEST_LENGTH];
    struct buf b = {0};
    buf_str_put(&b, campaign);
    buf_char(&b, 0);
    buf_str_put(&b, user);
    buf_char(&b, 0);
    buf_str_put(&b, cause);
    buf_printf(&b, "%c%u", 0, step);
    SHA256((const unsigned char *)b.p, b.n, digest);
    buf_release(&b);
    id.half = 0;
    for (int i = 0; i < PUSH_ID_TEXT / 2; i++) {
        if (i < 8) id.half = id.half << 8 | digest[i];
        id.text[2 * i] = hex[digest[i] >> 4];
        id.text[2 * i + 1] = hex[digest[i] & 15];
    }
    id.text[PUSH_ID_TEXT] = 0;
    return id;
}

bool push_id_of_text(struct str text, struct push_id *id)
{
    if (text.n != PUSH_ID_TEXT) return false;
    memcpy(id->text, text.p, text.n);
    id->text[text.n] = 0;
    return sscanf(id->text, "%16lx", &id->half) == 1;
}
