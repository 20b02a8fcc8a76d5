#include "breaker.h"

int64_t breaker_ready_at(const struct breaker *b)
{
    if (!b->open) return 0;
    return b->trial ? -1 : b->until;
}

bool breaker_take(struct breaker *b)
{
    if (b->open) b->trial = true;
    return b->open;
}

bool breaker_succeed(struct breaker *b)
{
    bool was_open = b->open;
    b->failures = 0;
    b->open = b->trial = false;
    return was_open;
}

bool breaker_fail(struct breaker *b, bool trial, int64_t now)
{
    b->failures++;
    if (b->open ? !trial || !b->trial : b->failures < b->limit) return false;
    b->open = true;
    b->trial = false;
    b->until = now + b->pause;
    return true;
}
