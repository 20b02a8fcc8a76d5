/* What became of each campaign's pushes since the start: for the page; the days' counts are in Redis. */
#include "daemon.h"
#include "nudge/mem.h"
#include <stdlib.h>

struct tally {
    uint64_t counts[REASON_COUNT];
    char name[];
};

void tally_add(struct daemon *d, struct str campaign, enum reason reason)
{
    struct tally *t = map_get(&d->tally, campaign);
    d->metrics.decisions[reason]++;
    if (!t) {
        t = mem_alloc(sizeof *t + campaign.n);
        memcpy(t->name, campaign.p, campaign.n);
        map_put(&d->tally, (struct str){t->name, campaign.n}, t);
    }
    t->counts[reason]++;
}

const uint64_t *tally_get(const struct daemon *d, struct str campaign)
{
    const struct tally *t = map_get(&d->tally, campaign);
    return t ? t->counts : NULL;
}

void tally_release(struct daemon *d)
{
    for (struct map_slot *s = NULL; (s = map_next(&d->tally, s));) free(s->value);
    map_release(&d->tally);
}
