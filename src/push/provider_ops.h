/* What differs from one type of provider to the next: how a message becomes a request, and what its answer
 * means. A row of provider_types per type; everything else (queue, rate, breaker, retry, HTTP) is the same
 * for all. */
#ifndef PUSH_PROVIDER_OPS_H
#define PUSH_PROVIDER_OPS_H

#include "http.h"
#include "nudge/push.h"

enum verdict_kind { VERDICT_SENT, VERDICT_REFUSED, VERDICT_RETRY };

struct verdict {
    enum verdict_kind kind;
    bool alarm;       /* people have to act: logged as an error */
    bool alive;       /* the provider works, whatever it thinks of this message: no failure for the breaker */
    bool hold;        /* `wait` holds for the provider as a whole, not only for this message */
    int64_t wait;     /* VERDICT_RETRY: ms told by the provider; -1 = none, back off */
    char detail[160]; /* in words, without secret or payload; may be empty when sent */
};

struct provider_ops {
    const char *name; /* as in the configuration */
    /* Reads the secrets and makes what the calls below are given as `self`; NULL and why. */
    void *(*open)(const struct provider_options *, char *why, size_t why_size);
    void (*close)(void *self);

    /* Over HTTP. build() adds headers and body. judge() starts from verdict_by_status and refines it; NULL =
     * nothing to refine. */
    const char *const *headers; /* of each request */
    void (*build)(void *self, const struct message *, int64_t now, struct http_request *);
    void (*judge)(void *self, const struct message *, const struct http_answer *, struct verdict *);

    /* Without HTTP: hands the message over at once. Then the three above are NULL. */
    void (*deliver)(void *self, const struct message *, int64_t now, struct verdict *);
};

extern const struct provider_ops provider_webhook, provider_console;
const struct provider_ops *provider_ops_of(enum provider_type);

/* What status, failure and Retry-After mean by themselves. now: wall ms; wait_max caps Retry-After. */
void verdict_by_status(const struct http_answer *, int64_t now, int64_t wait_max, struct verdict *);

#endif
