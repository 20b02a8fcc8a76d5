/* Why the daemon is not ready, told wherever somebody may look: /readyz, systemd, the log – once. */
#include "daemon.h"
#include <stdio.h>
#include <systemd/sd-daemon.h>

void daemon_trouble(struct daemon *d, const char *why)
{
    if (strcmp(d->trouble, why) == 0) return;
    snprintf(d->trouble, sizeof d->trouble, "%s", why);
    sd_notifyf(0, "STATUS=%s", *why ? why : "ready");
    if (*why)
        log_at(LOG_WARNING, "not ready", "why=%s", why);
    else
        log_at(LOG_NOTICE, "ready", NULL);
}
