/* Zones from TZif files made by hand, right and broken, in a folder of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nudge/buf.h"
#include "nudge/clock.h"
#include "nudge/zone.h"

static int64_t utc(const char *text)
{
    int64_t at;
    if (!time_parse(str_of(text), NULL, &at)) fail_msg("not a time: %s", text);
    return at;
}

struct folder {
    char path[64];
    struct zones *zones;
};

static int setup(void **state)
{
    struct folder *f = calloc(1, sizeof *f);
    if (!f) return -1;
    snprintf(f->path, sizeof f->path, "/tmp/nudge-zones-XXXXXX");
    if (!mkdtemp(f->path)) return -1;
    f->zones = zones_new(f->path);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct folder *f = *state;
    char command[128];
    zones_free(f->zones);
    snprintf(command, sizeof command, "rm -rf '%s'", f->path);
    int r = system(command);
    free(f);
    return r;
}

static void folder_put(struct folder *f, const char *name, struct str bytes)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", f->path, name);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    if (bytes.n) assert_int_equal(fwrite(bytes.p, 1, bytes.n, out), bytes.n);
    assert_int_equal(fclose(out), 0);
}

static void put_be(struct buf *b, int64_t v, int size)
{
    while (size-- > 0) buf_char(b, (char)((uint64_t)v >> (8 * size)));
}

struct change {
    int64_t at;
    int offset;
};

/* One block of a file: type i + 1 belongs to change i, type 0 to the time before. */
static void put_block(struct buf *b, char version, int size, int first, const struct change *c, int n,
                      int leaps)
{
    buf_put(b, "TZif", 4);
    buf_char(b, version);
    for (int i = 0; i < 15; i++) buf_char(b, 0);
    const int counts[6] = {0, 0, leaps, n, n + 1, 4};
    for (int i = 0; i < 6; i++) put_be(b, counts[i], 4);
    for (int i = 0; i < n; i++) put_be(b, c[i].at, size);
    for (int i = 0; i < n; i++) buf_char(b, (char)(i + 1));
    for (int i = 0; i <= n; i++) {
        put_be(b, i ? c[i - 1].offset : first, 4);
        put_be(b, 0, 2);
    }
    buf_put(b, "LMT", 4);
    for (int i = 0; i < leaps; i++) put_be(b, 78796800, size), put_be(b, 1, 4);
}

static void put_file(struct buf *b, int first, const struct change *c, int n, const char *footer)
{
    put_block(b, '2', 4, 0, NULL, 0, 0);
    put_block(b, '2', 8, first, c, n, 0);
    buf_printf(b, "\n%s\n", footer);
}

static const struct zone *made_zone(struct folder *f, const char *name, int first, const struct change *c,
                                    int n, const char *footer)
{
    struct buf b = {0};
    put_file(&b, first, c, n, footer);
    folder_put(f, name, buf_str(&b));
    buf_release(&b);
    return zones_get(f->zones, str_of(name));
}

/* ---- footers */

static void footers_of_every_form_are_understood(void **state)
{
    static const struct {
        const char *footer, *at;
        int before, after;
    } rows[] = {
        {"<+0330>-3:30", "2026-01-01T00:00:00Z", 12600, 12600},
        {"ABC+1:02:03", "2026-01-01T00:00:00Z", -3723, -3723},
        {"AAA0BBB,J60,J300", "2028-03-01T02:00:00Z", 0, 3600}, /* J60 is 1 March in every year */
        {"AAA0BBB,J59,J300", "2028-02-28T02:00:00Z", 0, 3600},
        {"AAA0BBB,J60,J300", "2027-03-01T02:00:00Z", 0, 3600},
        {"AAA0BBB,59,300", "2028-02-29T02:00:00Z", 0, 3600}, /* 59 is 29 February in a leap year */
        {"AAA0BBB,59/-25,300", "2027-02-27T23:00:00Z", 0, 3600},
        {"AAA0BBB,M3.1.0/167,M10.1.0/-167", "2026-03-07T23:00:00Z", 0, 3600},
        {"AAA0BBB,M3.1.0/167,M10.1.0/-167", "2026-09-27T00:00:00Z", 3600, 0},
        {"AAA0BBB-2:30,M2.5.6/0,M9.5.1/24:30:01", "2026-02-28T00:00:00Z", 0, 9000},
        {"AAA0BBB-2:30,M2.5.6/0,M9.5.1/24:30:01", "2026-09-28T22:00:01Z", 9000, 0},
        {"XXX3EDT4,0/0,J365/23", "2026-06-01T00:00:00Z", -14400,
         -14400}, /* summer time all year (RFC 8536, 3.3.1) */
        {"XXX3EDT4,0/0,J365/23", "2027-01-01T04:00:00Z", -14400, -14400},
        {"IST-1GMT0,M10.5.0,M3.5.0/1", "2026-03-29T01:00:00Z", 0, 3600},
        {"EST5EDT,M3.2.0,M11.1.0", "5226-03-08T07:00:00Z", -18000, -14400},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[32];
        snprintf(name, sizeof name, "Z%zu", i);
        const struct zone *z = made_zone(*state, name, 0, NULL, 0, rows[i].footer);
        if (!z) fail_msg("refused: %s", rows[i].footer);
        int64_t at = utc(rows[i].at);
        if (zone_offset(z, at - 1) != rows[i].before || zone_offset(z, at) != rows[i].after)
            fail_msg("%s at %s: %d, then %d", rows[i].footer, rows[i].at, zone_offset(z, at - 1),
                     zone_offset(z, at));
    }
}

static void footers_that_are_no_rule_are_refused(void **state)
{
    static const char *const footers[] = {
        "A",
        "AB0",
        "ABC",
        "<ABC0",
        "<AB>0",
        "ABC25",
        "ABC0:60",
        "ABC0DEF",
        "ABC0DEF,",
        "ABC0DEF,M3.2.0",
        "ABC0DEF,M3.2.0,",
        "ABC0DEF,M13.2.0,M11.1.0",
        "ABC0DEF,M0.2.0,M11.1.0",
        "ABC0DEF,M3.6.0,M11.1.0",
        "ABC0DEF,M3.0.0,M11.1.0",
        "ABC0DEF,M3.2.7,M11.1.0",
        "ABC0DEF,J0,J1",
        "ABC0DEF,J366,J1",
        "ABC0DEF,366,1",
        "ABC0DEF,1/168,2",
        "ABC0DEF,1,2/-168",
        "ABC0DEF,1,2 ",
        "ABC0DEF,1,2,3",
        "ABC0DEF,1/,2",
        "ABC+-1",
        ":ABC0",
        "ABC99999999999999999999",
        "ABC0DEF,M3..0,M11.1.0",
        "ABC0DEF,M3.2,M11.1.0",
    };
    for (size_t i = 0; i < sizeof footers / sizeof *footers; i++) {
        char name[32];
        snprintf(name, sizeof name, "Z%zu", i);
        if (made_zone(*state, name, 0, NULL, 0, footers[i])) fail_msg("taken for a rule: %s", footers[i]);
    }
}

static void footer_takes_over_where_the_table_ends(void **state)
{
    const struct change changes[] = {{0, 1800}, {1000000, 7200}};
    const struct zone *z = made_zone(*state, "Table", 900, changes, 2, "CET-1CEST,M3.5.0,M10.5.0/3");
    assert_non_null(z);
    assert_int_equal(zone_offset(z, -1), 900);
    assert_int_equal(zone_offset(z, 0), 1800);
    assert_int_equal(zone_offset(z, 999999999), 1800);
    assert_int_equal(zone_offset(z, 1000000000), 7200); /* January 1970: the table's last word stands … */
    assert_int_equal(zone_offset(z, utc("1970-10-25T01:00Z") - 1), 7200);
    assert_int_equal(zone_offset(z, utc("1970-10-25T01:00Z")), 3600); /* … until the rule has its first */
    assert_int_equal(zone_offset(z, utc("1971-07-01T00:00Z")), 7200);

    z = made_zone(*state, "Stays", 900, changes, 2, "");
    assert_non_null(z);
    assert_int_equal(zone_offset(z, INT64_MAX), 7200);
}

static void version_one_is_read_from_its_32_bits(void **state)
{
    struct folder *f = *state;
    struct buf b = {0};
    const struct change changes[] = {{-1000, 60}, {1000, -60}};
    put_block(&b, 0, 4, 30, changes, 2, 0);
    folder_put(f, "Old", buf_str(&b));
    buf_release(&b);
    const struct zone *z = zones_get(f->zones, STR("Old"));
    assert_non_null(z);
    assert_int_equal(zone_offset(z, -1000001), 30);
    assert_int_equal(zone_offset(z, -1000000), 60);
    assert_int_equal(zone_offset(z, 1000000), -60);
}

/* ---- broken files */

static void files_cut_off_anywhere_are_refused(void **state)
{
    struct folder *f = *state;
    struct buf b = {0};
    const struct change changes[] = {{0, 1800}, {1000000, 7200}};
    put_file(&b, 900, changes, 2, "CET-1CEST,M3.5.0,M10.5.0/3");
    for (size_t n = 0; n < b.n; n++) {
        char name[32];
        snprintf(name, sizeof name, "Cut%zu", n);
        folder_put(f, name, (struct str){b.p, n});
        if (zones_get(f->zones, str_of(name))) fail_msg("%zu of %zu bytes taken for a zone", n, b.n);
    }
    buf_release(&b);
}

/* Whatever a wrong byte makes of a file, asking does no harm. */
static void files_with_a_wrong_byte_do_no_harm(void **state)
{
    struct folder *f = *state;
    struct buf b = {0};
    const struct change changes[] = {{0, 1800}, {1000000, 7200}};
    put_file(&b, 900, changes, 2, "CET-1CEST,M3.5.0,M10.5.0/3");
    for (size_t i = 0; i < b.n; i++) {
        static const char wrong[] = {0, 1, 0x7f, (char)0x80, (char)0xff, '9'};
        for (size_t w = 0; w < sizeof wrong; w++) {
            char name[32], right = b.p[i];
            snprintf(name, sizeof name, "Wrong%zu-%zu", i, w);
            b.p[i] = wrong[w];
            folder_put(f, name, buf_str(&b));
            b.p[i] = right;
            const struct zone *z = zones_get(f->zones, str_of(name));
            if (!z) continue;
            for (int64_t at = -HOUR * 24 * 365 * 300; at < HOUR * 24 * 365 * 900; at += HOUR * 24 * 99) {
                struct civil c = zone_local(z, at);
                int64_t away = zone_instant(z, &c) - at;
                assert_in_range(away + 72 * HOUR, 0, 144 * HOUR);
            }
        }
    }
    buf_release(&b);
}

static void assert_refused(struct folder *f, const char *name, struct buf *b)
{
    folder_put(f, name, buf_str(b));
    buf_release(b);
    if (zones_get(f->zones, str_of(name))) fail_msg("%s: taken for a zone", name);
}

static void files_that_contradict_themselves_are_refused(void **state)
{
    struct buf b = {0};
    put_file(&b, 900, (const struct change[]){{5, 1}, {5, 2}}, 2, "");
    assert_refused(*state, "Order", &b);
    put_file(&b, 93600, NULL, 0, "");
    assert_refused(*state, "Offset", &b);
    put_file(&b, -90000, NULL, 0, "");
    assert_refused(*state, "Offset2", &b);
    put_block(&b, 0, 4, 0, NULL, 0, 1);
    assert_refused(*state, "Leap", &b);
    put_block(&b, 0, 4, 0, (const struct change[]){{5, 1}}, 1, 0);
    b.p[44 + 4] = 2;
    assert_refused(*state, "Type", &b);
    put_block(&b, 0, 4, 0, NULL, 0, 0);
    b.p[20 + 4 * 3] = (char)0xff;
    assert_refused(*state, "Count", &b);
    put_block(&b, 0, 4, 0, NULL, 0, 0);
    b.p[20 + 4 * 4 + 3] = 0;
    assert_refused(*state, "NoType", &b);
}

static void what_is_no_regular_file_or_too_large_is_refused(void **state)
{
    struct folder *f = *state;
    struct buf b = {0};
    char path[128];
    put_file(&b, 0, NULL, 0, "UTC0");
    folder_put(f, "Good", buf_str(&b));
    while (b.n <= (size_t)1 << 20) buf_put(&b, "\0\0\0\0\0\0\0", 8);
    assert_refused(f, "Large", &b);
    snprintf(path, sizeof path, "%s/Fifo", f->path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_null(zones_get(f->zones, STR("Fifo")));
    snprintf(path, sizeof path, "%s/Loop", f->path);
    assert_int_equal(symlink(".", path), 0);

    size_t n;
    const struct str *names = zones_names(f->zones, &n);
    assert_true(n > 0);
    for (size_t i = 0; i < n; i++) assert_false(str_eq(names[i], STR("Fifo")));
    assert_non_null(zones_get(f->zones, STR("Good")));
}

static void folder_that_is_not_there_has_no_zones(void **state)
{
    (void)state;
    struct zones *zs = zones_new("/nonexistent/zoneinfo");
    size_t n = 1;
    zones_names(zs, &n);
    assert_int_equal(n, 0);
    assert_null(zones_get(zs, STR("UTC")));
    zones_free(zs);
    zones_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(footers_of_every_form_are_understood, setup, teardown),
        cmocka_unit_test_setup_teardown(footers_that_are_no_rule_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(footer_takes_over_where_the_table_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(version_one_is_read_from_its_32_bits, setup, teardown),
        cmocka_unit_test_setup_teardown(files_cut_off_anywhere_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(files_with_a_wrong_byte_do_no_harm, setup, teardown),
        cmocka_unit_test_setup_teardown(files_that_contradict_themselves_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_regular_file_or_too_large_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(folder_that_is_not_there_has_no_zones, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
