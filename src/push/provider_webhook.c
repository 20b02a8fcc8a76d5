/* Pushes as Standard Webhooks, to whatever the app's backend has for sending them on. The specification:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
#include "nudge/clock.h"
#include "nudge/mem.h"
#include "nudge/zone.h"
#include "provider_ops.h"
#include "webhook_sign.h"
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>

#define SECRET_FILE_MAX 4096

struct webhook {
    struct webhook_keys *keys; /* NULL: not signed */
};

static struct webhook_keys *keys_read(const char *path, char *why, size_t why_size)
{
    struct buf text = {.max = SECRET_FILE_MAX};
    struct webhook_keys *keys = NULL;
    char reason[160];
    if (buf_read_file(&text, path, reason, sizeof reason) == 0)
        keys = webhook_keys_new(buf_str(&text), reason, sizeof reason);
    if (!keys) snprintf(why, why_size, "secret_file %s: %s", path, reason);
    if (text.p) OPENSSL_cleanse(text.p, text.cap);
    buf_release(&text);
    return keys;
}

static void *webhook_open(const struct provider_options *o, char *why, size_t why_size)
{
    struct webhook_keys *keys = o->secret_file.n ? keys_read(o->secret_file.p, why, why_size) : NULL;
    if (o->secret_file.n && !keys) return NULL;
    struct webhook *w = mem_alloc(sizeof *w);
    w->keys = keys;
    return w;
}

static void webhook_close(void *self)
{
    struct webhook *w = self;
    webhook_keys_free(w->keys);
    free(w);
}

static void field_put(struct buf *b, struct str before, struct str value)
{
    if (!value.n) return;
    buf_str_put(b, before);
    buf_json(b, value);
}

static void body_put(struct buf *b, const struct message *m)
{
    char created[32];
    int n = time_format(m->created, created);
    buf_str_put(b, STR("{\"type\":\"push\",\"timestamp\":\""));
    buf_put(b, created, (size_t)n);
    buf_str_put(b, STR("\",\"data\":{\"id\":"));
    buf_json(b, m->id);
    field_put(b, STR(",\"user\":"), m->user);
    field_put(b, STR(",\"campaign\":"), m->campaign);
    field_put(b, STR(",\"title\":"), m->title);
    field_put(b, STR(",\"body\":"), m->body);
    field_put(b, STR(",\"url\":"), m->url);
    field_put(b, STR(",\"language\":"), m->language);
    if (m->data.n) {
        buf_str_put(b, STR(",\"data\":"));
        buf_str_put(b, m->data);
    }
    buf_str_put(b, STR("}}"));
}

/* The id as a header can hold it. What is signed is what is sent. */
static struct str id_clean(struct str id, char *out, size_t size)
{
    size_t n = id.n < size ? id.n : size;
    for (size_t i = 0; i < n; i++) out[i] = id.p[i] > ' ' && id.p[i] < 0x7f ? id.p[i] : '_';
    return (struct str){out, n};
}

static void webhook_build(void *self, const struct message *m, int64_t now, struct http_request *r)
{
    struct webhook *w = self;
    struct buf *body = http_request_body(r);
    char id_text[128], seconds[24];
    struct str id = id_clean(m->id, id_text, sizeof id_text);
    struct str timestamp = {seconds,
                            (size_t)snprintf(seconds, sizeof seconds, "%lld", (long long)(now / SECOND))};

    body_put(body, m);
    buf_str_put(http_request_header(r, "webhook-id"), id);
    buf_str_put(http_request_header(r, "webhook-timestamp"), timestamp);
    if (w->keys)
        webhook_sign(w->keys, id, timestamp, buf_str(body), http_request_header(r, "webhook-signature"));
}

static const char *const webhook_headers[] = {"Content-Type: application/json", "User-Agent: nudge", NULL};

const struct provider_ops provider_webhook = {
    .name = "webhook",
    .open = webhook_open,
    .close = webhook_close,
    .headers = webhook_headers,
    .build = webhook_build,
};
