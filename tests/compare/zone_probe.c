/* zone_probe DIR NAME offset    seconds UTC (int64) in, offsets (int32) out
 * zone_probe DIR NAME instant   local seconds (int64, counted as if UTC) in, seconds UTC (int64) out
 * zone_probe DIR - names        names of all zones, one a line
 * Numbers in the machine's own byte order. Exit 1: no such zone. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "nudge/clock.h"
#include "nudge/zone.h"

static void answer_offsets(const struct zone *z)
{
    int64_t at;
    while (fread(&at, sizeof at, 1, stdin) == 1) {
        int32_t offset = zone_offset(z, at * SECOND);
        fwrite(&offset, sizeof offset, 1, stdout);
    }
}

/* The C library takes the date apart, so that both directions of our own calendar are compared. */
static void answer_instants(const struct zone *z)
{
    int64_t local;
    while (fread(&local, sizeof local, 1, stdin) == 1) {
        struct tm t;
        time_t count = (time_t)local;
        gmtime_r(&count, &t);
        struct civil c = {t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, 0, 0};
        int64_t at = zone_instant(z, &c);
        struct civil back = zone_local(z, at), again = zone_local(z, zone_instant(z, &back));
        if (back.hour != again.hour || back.minute != again.minute || back.day != again.day) abort();
        at /= SECOND;
        fwrite(&at, sizeof at, 1, stdout);
    }
}

static int answer_names(struct zones *zs)
{
    size_t n;
    const struct str *names = zones_names(zs, &n);
    for (size_t i = 0; i < n; i++) printf("%.*s\n", STR_ARG(names[i]));
    return 0;
}

static int answer(struct zones *zs, const char *name, const char *question)
{
    if (strcmp(question, "names") == 0) return answer_names(zs);
    const struct zone *z = zones_get(zs, str_of(name));
    if (!z) return 1;
    if (strcmp(question, "offset") == 0)
        answer_offsets(z);
    else
        answer_instants(z);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 4) return 2;
    struct zones *zs = zones_new(argv[1]);
    int r = answer(zs, argv[2], argv[3]);
    zones_free(zs);
    return r;
}
