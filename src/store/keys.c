#include "nudge/keys.h"

void keys_init(struct keys *k, struct arena *a, struct str prefix, unsigned partition)
{
    const struct {
        struct str *key;
        const char *name;
    } names[] = {{&k->events, "events"},       {&k->owner, "owner"}, {&k->outbox, "outbox"},       {&k->timers, "timers"},
                 {&k->customers, "customers"}, {&k->dead, "dead"},   {&k->schedules, "schedules"}, {&k->zones, "zones"},
                 {&k->turn, "turn"},           {&k->suspect, "suspect"},           {&k->customer, "customer:"},  {&k->stats, "stats:"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        *names[i].key = arena_printf(a, "%.*s:{%u}:%s", STR_ARG(prefix), partition, names[i].name);
}
