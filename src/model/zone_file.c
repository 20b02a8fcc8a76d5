/* TZif files (RFC 8536, 9636), versions 1 to 4: header, transitions, types; from version 2 on all of it once
 * more with 64-bit times, and a POSIX TZ string that goes on where the table ends. */
#include "zone_parts.h"

#define HEADER_SIZE 44
#define TYPE_SIZE 6
#define YEAR_WITHOUT_TABLE 1600 /* a file of nothing but a rule starts here; before it, standard time */
#define YEAR_MIN (-9999)        /* of a last transition that a rule may follow */
#define YEAR_MAX 9999

/* One header and where its parts lie. */
struct block {
    unsigned char version; /* 0, or '2' … */
    size_t time_size;      /* bytes per time: 4 or 8 */
    uint32_t transitions, types, leaps;
    const unsigned char *times, *indexes, *type_list;
    size_t size; /* header and data */
};

static int64_t read_be(const unsigned char *p, size_t size)
{
    uint64_t v = p[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < size; i++) v = v << 8 | p[i];
    return (int64_t)v;
}

static uint32_t read_count(const unsigned char *header, int which)
{
    return (uint32_t)read_be(header + 20 + which * 4, 4);
}

static bool block_read(struct str file, size_t time_size, struct block *b)
{
    const unsigned char *p = (const unsigned char *)file.p;
    if (file.n < HEADER_SIZE || memcmp(p, "TZif", 4) != 0) return false;
    uint32_t ut_marks = read_count(p, 0), standard_marks = read_count(p, 1), letters = read_count(p, 5);
    *b = (struct block){.version = p[4], .time_size = time_size};
    b->leaps = read_count(p, 2);
    b->transitions = read_count(p, 3);
    b->types = read_count(p, 4);
    b->times = p + HEADER_SIZE;
    /* Six counts of 32 bits: the sum can't pass 64. */
    uint64_t size = HEADER_SIZE + (uint64_t)b->transitions * (time_size + 1) +
                    (uint64_t)b->types * TYPE_SIZE + letters + (uint64_t)b->leaps * (time_size + 4) +
                    standard_marks + ut_marks;
    if (size > file.n) return false;
    b->indexes = b->times + b->transitions * time_size;
    b->type_list = b->indexes + b->transitions;
    b->size = (size_t)size;
    return true;
}

static struct str str_from(struct str s, size_t at)
{
    return (struct str){s.p + at, s.n - at};
}

/* The line between two newlines at the file's end; false when it isn't there. */
static bool footer_read(struct str rest, struct str *text)
{
    if (!rest.n || *rest.p != '\n') return false;
    rest = str_from(rest, 1);
    if (str_find(rest, STR("\n")) < 0) return false;
    *text = str_cut(&rest, '\n');
    return true;
}

/* The block that counts, and the footer (empty in version 1). */
static bool file_open(struct str file, struct block *b, struct str *footer)
{
    *footer = STR("");
    if (!block_read(file, 4, b)) return false;
    if (b->version >= '2') {
        file = str_from(file, b->size);
        if (!block_read(file, 8, b) || !footer_read(str_from(file, b->size), footer)) return false;
    }
    return b->types > 0 && b->leaps == 0;
}

static bool offset_read(const struct block *b, uint32_t type, int *offset)
{
    if (type >= b->types) return false;
    int64_t v = read_be(b->type_list + (size_t)type * TYPE_SIZE, 4);
    *offset = (int)v;
    return v >= ZONE_OFFSET_MIN && v <= ZONE_OFFSET_MAX;
}

/* Times may come out of order where a rule's changes lie days outside their year; the later word counts. */
static void zone_append(struct zone *z, int64_t at, int offset)
{
    while (z->n && z->from[z->n - 1] >= at) z->n--;
    if (z->n && z->offset[z->n - 1] == offset) return;
    z->from[z->n] = at;
    z->offset[z->n++] = offset;
}

static bool transitions_valid(const struct block *b)
{
    int offset;
    int64_t last = INT64_MIN;
    if (!offset_read(b, 0, &offset)) return false;
    for (uint32_t i = 0; i < b->transitions; i++) {
        int64_t at = read_be(b->times + i * b->time_size, b->time_size);
        if (at <= last || !offset_read(b, b->indexes[i], &offset)) return false;
        last = at;
    }
    return true;
}

static void transitions_append(struct zone *z, const struct block *b)
{
    int offset;
    offset_read(b, 0, &offset);
    zone_append(z, INT64_MIN, offset);
    for (uint32_t i = 0; i < b->transitions; i++) {
        offset_read(b, b->indexes[i], &offset);
        zone_append(z, read_be(b->times + i * b->time_size, b->time_size), offset);
    }
}

static int year_of(int64_t at)
{
    int year, month, day;
    int64_t days = at / ZONE_DAY;
    int64_t least = civil_days(YEAR_MIN, 1, 1), most = civil_days(YEAR_MAX, 1, 1);
    civil_from_days(days < least ? least : days > most ? most : days, &year, &month, &day);
    return year;
}

/* What the rule changes after the file's last transition. Up to the first of its changes that transition
 * stands, though the rule may say otherwise: zic's slim files have a few whose rule came into force some
 * weeks later. */
static void rule_append(struct zone *z, const struct block *b, const struct zone_rule *r)
{
    bool table = b->transitions > 0;
    int64_t last = table ? read_be(b->times + (b->transitions - 1) * b->time_size, b->time_size) : INT64_MIN;
    int year = table ? year_of(last) : YEAR_WITHOUT_TABLE;
    if (!table) zone_append(z, last, r->standard);
    if (!r->changes) return;
    for (int y = year - 1; y <= year + ZONE_CYCLE_YEARS + 3; y++) {
        struct zone_change change[2];
        zone_rule_year(r, y, change);
        for (int i = 0; i < 2; i++)
            if (change[i].at > last) zone_append(z, change[i].at, change[i].offset);
    }
    z->repeats_from = civil_days(year + ZONE_CYCLE_YEARS + 2, 1, 1) * ZONE_DAY;
}

struct zone *zone_read(struct arena *arena, struct str name, struct str file)
{
    struct block b;
    struct str footer;
    struct zone_rule rule;
    if (!file_open(file, &b, &footer) || !transitions_valid(&b)) return NULL;
    if (footer.n && !zone_rule_parse(footer, &rule)) return NULL;

    size_t room = (size_t)b.transitions + 1 + (footer.n && rule.changes ? 2 * (ZONE_CYCLE_YEARS + 5) : 0);
    struct zone *z = arena_zalloc(arena, sizeof *z);
    z->name = arena_str(arena, name);
    z->from = arena_alloc(arena, room * sizeof *z->from);
    z->offset = arena_alloc(arena, room * sizeof *z->offset);
    z->repeats_from = INT64_MAX;
    transitions_append(z, &b);
    if (footer.n) rule_append(z, &b, &rule);
    return z;
}
