/* Questions to a zone, and the zones loaded so far. */
#include <stdlib.h>

#include "nudge/buf.h"
#include "nudge/clock.h"
#include "nudge/map.h"
#include "nudge/mem.h"
#include "zone_names.h"
#include "zone_parts.h"

#define ZONE_DIR "/usr/share/zoneinfo"
#define UNKNOWN_MAX 1024       /* wrong names remembered; past that they are forgotten all together */
#define YEAR_CLAMP 200000000LL /* keeps every sum of civil fields within 64 bits of milliseconds */

struct zones {
    char *dir;
    struct arena arena; /* zones and names */
    struct map known;   /* name -> struct zone */
    struct map unknown; /* name -> itself */
    struct arena unknown_names;
    struct buf file;
    const struct str *names;
    size_t n_names;
};

/* ---- one zone */

/* How far back the table's repeat of this time lies. */
static int64_t zone_shift(const struct zone *z, int64_t t)
{
    if (t < z->repeats_from) return 0;
    return ((t - z->repeats_from) / ZONE_CYCLE + 1) * ZONE_CYCLE;
}

/* The last span with from <= t. Without branches on the data: the path of a search is not predictable. */
static size_t span_at(const struct zone *z, int64_t t)
{
    size_t at = 0;
    for (size_t n = z->n; n > 1;) {
        size_t half = n / 2;
        at += z->from[at + half] <= t ? half : 0;
        n -= half;
    }
    return at;
}

static int offset_at(const struct zone *z, int64_t t)
{
    return z->offset[span_at(z, t - zone_shift(z, t))];
}

struct str zone_name(const struct zone *z)
{
    return z->name;
}

int zone_offset(const struct zone *z, int64_t at)
{
    return offset_at(z, floor_div(at, SECOND));
}

struct civil zone_local(const struct zone *z, int64_t at)
{
    struct civil c;
    int64_t t = floor_div(at, SECOND);
    c.ms = (int)(at % SECOND + (at % SECOND < 0 ? SECOND : 0));
    t += offset_at(z, t);
    int64_t days = floor_div(t, ZONE_DAY);
    int second = (int)(t - days * ZONE_DAY);
    civil_from_days(days, &c.year, &c.month, &c.day);
    c.weekday = civil_weekday(days);
    c.hour = second / 3600;
    c.minute = second / 60 % 60;
    c.second = second % 60;
    return c;
}

/* Milliseconds as if the fields were UTC. */
static int64_t civil_count(const struct civil *c)
{
    int64_t months = (int64_t)c->month - 1;
    int64_t year = c->year + floor_div(months, 12);
    if (year > YEAR_CLAMP) year = YEAR_CLAMP;
    if (year < -YEAR_CLAMP) year = -YEAR_CLAMP;
    int month = (int)(months - floor_div(months, 12) * 12) + 1;
    int64_t days = civil_days((int)year, month, 1) + c->day - 1;
    return days * DAY + c->hour * HOUR + c->minute * MINUTE + c->second * SECOND + c->ms;
}

int64_t zone_instant(const struct zone *z, const struct civil *c)
{
    int64_t count = civil_count(c);
    int64_t local = floor_div(count, SECOND), ms = count - local * SECOND;
    int64_t shift = zone_shift(z, local);
    local -= shift;
    /* The first span that the local time, read with its offset, does not lie behind. */
    size_t i = span_at(z, local - ZONE_OFFSET_MAX - 1);
    while (i + 1 < z->n && local - z->offset[i] >= z->from[i + 1]) i++;
    /* Before that span as well: the time is in the gap between the two. */
    if (i && local - z->offset[i] < z->from[i]) i--;
    return (local - z->offset[i] + shift) * SECOND + ms;
}

/* ---- all zones */

struct zones *zones_new(const char *dir)
{
    struct zones *zs = mem_alloc(sizeof *zs);
    struct str d = str_of(dir ? dir : ZONE_DIR);
    zs->dir = mem_alloc(d.n + 1);
    memcpy(zs->dir, d.p, d.n);
    zs->file.max = ZONE_FILE_MAX;
    arena_init(&zs->arena);
    arena_init(&zs->unknown_names);
    return zs;
}

void zones_free(struct zones *zs)
{
    if (!zs) return;
    map_release(&zs->known);
    map_release(&zs->unknown);
    arena_release(&zs->arena);
    arena_release(&zs->unknown_names);
    buf_release(&zs->file);
    free(zs->dir);
    free(zs);
}

static struct zone *zone_load(struct zones *zs, struct str name)
{
    char path[ZONE_PATH_MAX], why[128];
    if (!zone_path(path, zs->dir, name)) return NULL;
    buf_clear(&zs->file);
    if (buf_read_file(&zs->file, path, why, sizeof why) < 0) return NULL;
    return zone_read(&zs->arena, name, buf_str(&zs->file));
}

static void zones_forget_unknown(struct zones *zs)
{
    map_release(&zs->unknown);
    zs->unknown = (struct map){0};
    arena_reset(&zs->unknown_names);
}

const struct zone *zones_get(struct zones *zs, struct str name)
{
    if (!zone_name_plain(name)) return NULL;
    struct zone *z = map_get(&zs->known, name);
    if (z || map_get(&zs->unknown, name)) return z;
    z = zone_load(zs, name);
    if (z) {
        map_put(&zs->known, z->name, z);
        return z;
    }
    if (zs->unknown.count >= UNKNOWN_MAX) zones_forget_unknown(zs);
    struct str copy = arena_str(&zs->unknown_names, name);
    map_put(&zs->unknown, copy, zs);
    return NULL;
}

const struct str *zones_names(struct zones *zs, size_t *n)
{
    if (!zs->names) zs->names = zone_names_list(&zs->arena, zs->dir, &zs->n_names);
    *n = zs->n_names;
    return zs->names;
}
