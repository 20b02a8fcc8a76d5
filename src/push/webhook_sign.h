/* Standard Webhooks signatures, symmetric scheme:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
#ifndef PUSH_WEBHOOK_SIGN_H
#define PUSH_WEBHOOK_SIGN_H

#include "nudge/buf.h"

#define WEBHOOK_KEYS_MAX 2 /* the new one and the one it replaces */

struct webhook_keys;

/* One secret a line, "whsec_" and base64 of 24 to 64 bytes; blank lines are skipped. NULL and why, which
 * never quotes the text. */
struct webhook_keys *webhook_keys_new(struct str text, char *why, size_t why_size);
void webhook_keys_free(struct webhook_keys *);
/* Appends "v1,<base64>" per key, a space between: HMAC-SHA256 of "id.timestamp.body". timestamp: decimal
 * seconds. */
void webhook_sign(struct webhook_keys *, struct str id, struct str timestamp, struct str body,
                  struct buf *out);

#endif
