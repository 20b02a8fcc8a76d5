/* One configuration of a provider: its options, secrets and HTTP client. Immutable. A reload makes a new one;
 * the old one lives on until what was sent through it has been answered. */
#ifndef PUSH_ENDPOINT_H
#define PUSH_ENDPOINT_H

#include "provider_ops.h"

struct endpoint {
    struct provider_options options; /* defaults filled in; strings are its own and end with NUL */
    const struct provider_ops *ops;
    void *self;        /* of ops */
    struct http *http; /* NULL for a type without HTTP */
    size_t in_flight;
    struct endpoint *next; /* among the retired */
};

/* NULL and why, which begins with the provider's name. */
struct endpoint *endpoint_new(struct event_base *, const struct provider_options *, http_done *, char *why,
                              size_t why_size);
void endpoint_free(struct endpoint *);

#endif
