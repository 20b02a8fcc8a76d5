/* Why the daemon is not ready: each source has a slot of its own; ready is when all are empty. Told wherever somebody may look – /readyz,
 * systemd, the log – once. */
#include "daemon.h"
#include <stdio.h>
#include <systemd/sd-daemon.h>

static const char *trouble_first(const struct daemon *d)
{
    if (d->control_trouble[0]) return d->control_trouble;
    if (d->router && d->router_trouble[0]) return d->router_trouble;
    for (int64_t i = 0; d->partitions && i < d->boot->partitions; i++)
        if (d->partitions[i] && d->partitions[i]->trouble[0]) return d->partitions[i]->trouble;
    return "";
}

void trouble_tell(struct daemon *d)
{
    const char *why = trouble_first(d);
    if (strcmp(d->trouble, why) == 0) return;
    snprintf(d->trouble, sizeof d->trouble, "%s", why);
    sd_notifyf(0, "STATUS=%s", *why ? why : "ready");
    if (*why)
        log_at(LOG_WARNING, "not ready", "why=%s", why);
    else
        log_at(LOG_NOTICE, "ready", NULL);
}

void trouble_set(struct daemon *d, char slot[TROUBLE_SIZE], const char *why)
{
    if (strcmp(slot, why) == 0) return;
    snprintf(slot, TROUBLE_SIZE, "%s", why);
    trouble_tell(d);
}
