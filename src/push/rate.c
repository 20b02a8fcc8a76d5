#include "rate.h"

#define NS_PER_MS ((int64_t)1000000)
#define NS_PER_SECOND (1000 * NS_PER_MS)

int64_t rate_ready_at(const struct rate *r)
{
    return r->per_second ? (r->next + NS_PER_MS - 1) / NS_PER_MS : 0;
}

void rate_take(struct rate *r, int64_t now)
{
    if (!r->per_second) return;
    int64_t earliest = (now - RATE_SLACK) * NS_PER_MS;
    if (r->next < earliest) r->next = earliest;
    r->next += NS_PER_SECOND / r->per_second;
}
