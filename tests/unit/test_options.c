#include "nudge/conf.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
/* cmocka needs the three standard ones above */
#include <cmocka.h>

static struct zones *zones;
static char folder[64], path[96];

static struct options *load(const char *json, struct errors *errors)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(json, f);
    fclose(f);
    return options_load(path, zones, errors);
}

static struct options *load_right(const char *json)
{
    struct errors errors = {0};
    struct options *o = load(json, &errors);
    for (size_t i = 0; i < errors.n; i++) print_error("%d:%d %s\n", errors.list[i].line, errors.list[i].column, errors.list[i].text);
    assert_non_null(o);
    assert_int_equal(errors.count, 0);
    errors_release(&errors);
    return o;
}

/* Exactly one error, at line 1 and this column, holding these words. */
static void assert_refused(const char *json, int column, const char *words)
{
    struct errors errors = {0};
    struct options *o = load(json, &errors);
    assert_null(o);
    assert_int_equal(errors.count, 1);
    if (errors.list[0].column != column || !strstr(errors.list[0].text, words))
        fail_msg("%s: expected column %d and \"%s\", got %d: %s", json, column, words, errors.list[0].column, errors.list[0].text);
    assert_string_equal(errors.list[0].file, path);
    assert_int_equal(errors.list[0].line, 1);
    errors_release(&errors);
}

static void assert_str(struct str s, const char *expected)
{
    assert_int_equal(s.n, strlen(expected));
    assert_memory_equal(s.p, expected, s.n);
}

static void an_empty_file_gives_the_defaults(void **state)
{
    (void)state;
    struct options *o = load_right("{}");
    char campaigns[96];
    snprintf(campaigns, sizeof campaigns, "%s/campaigns", folder);
    assert_str(o->redis, "redis://127.0.0.1:6379/0");
    assert_str(o->prefix, "nudge");
    assert_int_equal(o->partitions, 1);
    assert_int_equal(o->lease, 10000);
    assert_int_equal(o->batch, 512);
    assert_int_equal(o->max_deliveries, 5);
    assert_int_equal(o->cache_bytes, 64000000);
    assert_false(o->event_clock);
    assert_str(o->stream_trim, "none");
    assert_int_equal(o->log, LOG_INFO);
    assert_str(o->admin_listen, "127.0.0.1:8787");
    assert_str(o->campaigns, campaigns);
    assert_str(o->zone_name, "UTC");
    assert_non_null(o->rules.zone);
    assert_str(o->rules.currency, "EUR");
    assert_int_equal(o->rules.history.age, INT64_C(400) * 86400000);
    assert_int_equal(o->rules.history.events, 500);
    assert_int_equal((int)o->rules.max_accuracy, 200);
    assert_true(o->instance.n > 0);
    options_free(o);
}

static void every_value_arrives_where_it_belongs(void **state)
{
    (void)state;
    struct options *o = load_right(
        "{\"$schema\":\"x\",\"redis\":\"unix:///run/r.sock?db=3\",\"redis_user\":\"u\",\"prefix\":\"shop\",\"partitions\":16,"
        "\"instance\":\"a-1\",\"lease\":\"30s\",\"batch\":100,\"cache\":\"2 GiB\",\"clock\":\"events\",\"stream_trim\":\"acknowledged\","
        "\"log\":\"debug\",\"admin\":{\"listen\":\"[::1]:0\"},\"campaigns\":\"/srv/c\",\"segments\":\"s\",\"zone\":\"Europe/Amsterdam\","
        "\"currency\":\"USD\",\"language\":\"nl-BE\",\"provider\":\"w\",\"providers\":{\"w\":{\"type\":\"webhook\",\"url\":"
        "\"http://x/\",\"allow_http\":true,\"concurrency\":3,\"rate\":7,\"retry_max\":\"2m\"},\"c\":{\"type\":\"console\"}},"
        "\"attributes\":{\"age\":{\"type\":\"number\",\"purpose\":\"offers\"},\"tastes\":{\"type\":\"set\",\"purpose\":\"p\"}},"
        "\"frequency_cap\":[\"1 per 1d\",\"3 per 7d\"],\"quiet_hours\":{\"from\":\"21:00\",\"to\":\"09:30\",\"then\":\"drop\"},"
        "\"history\":{\"days\":30,\"events\":9},\"max_accuracy\":50}");
    assert_str(o->redis, "unix:///run/r.sock?db=3");
    assert_int_equal(o->partitions, 16);
    assert_int_equal(o->lease, 30000);
    assert_int_equal(o->cache_bytes, INT64_C(2) << 30);
    assert_true(o->event_clock);
    assert_str(o->stream_trim, "acknowledged");
    assert_int_equal(o->log, LOG_DEBUG);
    assert_str(o->admin_listen, "[::1]:0");
    assert_str(o->campaigns, "/srv/c");
    assert_str(o->rules.language, "nl-BE");
    assert_int_equal(o->n_providers, 2);
    assert_str(o->providers[0].name, "w");
    assert_int_equal(o->providers[0].type, PROVIDER_WEBHOOK);
    assert_int_equal(o->providers[0].concurrency, 3);
    assert_int_equal(o->providers[0].rate, 7);
    assert_int_equal(o->providers[0].retry_max, 120000);
    assert_int_equal(o->providers[0].give_up, 3600000);
    assert_int_equal(o->providers[1].type, PROVIDER_CONSOLE);
    assert_int_equal(o->rules.n_providers, 2);
    assert_str(o->rules.providers[1], "c");
    assert_int_equal(o->rules.n_attributes, 2);
    assert_int_equal(o->rules.attributes[1].type, ATTRIBUTE_SET);
    assert_str(o->rules.attributes[0].purpose, "offers");
    assert_int_equal(o->rules.n_caps, 2);
    assert_int_equal(o->rules.caps[1].count, 3);
    assert_int_equal(o->rules.caps[1].window, INT64_C(7) * 86400000);
    assert_int_equal(o->rules.quiet.from, 21 * 60);
    assert_int_equal(o->rules.quiet.to, 9 * 60 + 30);
    assert_false(o->rules.quiet.defer);
    assert_int_equal(o->rules.history.events, 9);
    options_free(o);
}

static void each_mistake_is_told_where_it_stands(void **state)
{
    (void)state;
    assert_refused("{\"leese\":\"3s\"}", 2, "did you mean \"lease\"?");
    assert_refused("{\"admin\":{\"lisen\":\"\"}}", 11, "did you mean \"listen\"?");
    assert_refused("{\"lease\":\"1ms\"}", 10, "time span from");
    assert_refused("{\"lease\":\"soon\"}", 10, "not a time span");
    assert_refused("{\"partitions\":0}", 15, "from 1 to 4096");
    assert_refused("{\"partitions\":1.5}", 15, "a whole number");
    assert_refused("{\"cache\":\"64 XB\"}", 10, "64 MB");
    assert_refused("{\"cache\":1}", 10, "from 1000000");
    assert_refused("{\"clock\":\"evnts\"}", 10, "did you mean \"events\"?");
    assert_refused("{\"log\":7}", 8, "expected a text");
    assert_refused("{\"zone\":\"Europe/Amsterdm\"}", 9, "did you mean \"Europe/Amsterdam\"?");
    assert_refused("{\"currency\":\"eur\"}", 13, "three capital letters");
    assert_refused("{\"language\":\"e\"}", 13, "a language");
    assert_refused("{\"prefix\":\"{a}\"}", 11, "letters, digits");
    assert_refused("{\"admin\":{\"listen\":\"8787\"}}", 20, "an address and a port");
    assert_refused("{\"campaigns\":\"\"}", 14, "a path");
    assert_refused("{\"redis\":\"localhost\"}", 10, "redis://host:port/db");
    assert_refused("{\"provider\":\"p\",\"providers\":{\"q\":{\"type\":\"console\"}}}", 13, "not known here");
    assert_refused("{\"providers\":{\"q\":{}}}", 19, "\"type\" is missing");
    assert_refused("{\"providers\":{\"q\":{\"type\":\"webhook\"}}}", 19, "a webhook needs \"url\"");
    assert_refused("{\"providers\":{\"q\":{\"type\":\"webhook\",\"url\":\"http://x\"}}}", 43, "https://");
    assert_refused("{\"providers\":{\"q r\":{\"type\":\"console\"}}}", 15, "is no name");
    assert_refused("{\"providers\":[]}", 14, "an object");
    assert_refused("{\"attributes\":{\"age\":{\"type\":\"number\"}}}", 22, "\"purpose\" is missing");
    assert_refused("{\"frequency_cap\":[\"2 per 7\"]}", 19, "is not a cap");
    assert_refused("{\"quiet_hours\":{\"from\":\"21:00\"}}", 16, "needs \"to\"");
    assert_refused("{\"quiet_hours\":{\"from\":\"21:00\",\"to\":\"21:00\"}}", 16, "same time");
    assert_refused("{\"max_accuracy\":0}", 17, "from 1");
    assert_refused("{\"zone\":\"a\\u0000b\"}", 18, "not valid JSON");
    assert_refused("[]", 1, "an object");
}

static void all_mistakes_are_told_at_once_and_in_order(void **state)
{
    (void)state;
    struct errors errors = {0};
    assert_null(load("{\"lease\":1,\n\"batch\":\"x\",\n\"log\":\"loud\"}", &errors));
    assert_int_equal(errors.count, 3);
    for (int i = 0; i < 3; i++) assert_int_equal(errors.list[i].line, i + 1);
    errors_release(&errors);
}

static void a_password_in_the_address_is_refused_and_not_repeated(void **state)
{
    (void)state;
    struct errors errors = {0};
    assert_null(load("{\"redis\":\"redis://u:hunter2@h/0\"}", &errors));
    assert_int_equal(errors.count, 1);
    assert_null(strstr(errors.list[0].text, "hunter2"));
    errors_release(&errors);
}

static void a_file_that_cannot_be_read_is_one_error(void **state)
{
    (void)state;
    const char *const paths[] = {"/nonexistent/nudged.json", "/dev/null", folder};
    for (size_t i = 0; i < 3; i++) {
        struct errors errors = {0};
        assert_null(options_load(paths[i], zones, &errors));
        assert_int_equal(errors.count, 1);
        errors_release(&errors);
    }
}

static void credentials_come_before_the_files_folder(void **state)
{
    (void)state;
    char credentials[] = "/tmp/nudge-credentials-XXXXXX", secret[96], expected[128];
    assert_non_null(mkdtemp(credentials));
    snprintf(secret, sizeof secret, "%s/pw", credentials);
    fclose(fopen(secret, "w"));
    setenv("CREDENTIALS_DIRECTORY", credentials, 1);
    struct options *o = load_right("{\"redis_password_file\":\"pw\"}");
    assert_str(o->redis_password_file, secret);
    options_free(o);
    unlink(secret);
    snprintf(expected, sizeof expected, "%s/pw", folder);
    o = load_right("{\"redis_password_file\":\"pw\"}"); /* and a warning that there is none */
    assert_str(o->redis_password_file, expected);
    options_free(o);
    unsetenv("CREDENTIALS_DIRECTORY");
    rmdir(credentials);
}

static void paths_hang_on_the_files_folder_wherever_one_stands(void **state)
{
    (void)state;
    char here[256], expected[96];
    struct errors errors = {0};
    assert_non_null(getcwd(here, sizeof here));
    options_free(load_right("{\"stores\":\"shops\"}"));
    assert_int_equal(chdir(folder), 0);
    struct options *o = options_load("nudged.json", zones, &errors);
    assert_int_equal(chdir(here), 0);
    assert_non_null(o);
    snprintf(expected, sizeof expected, "%s/shops", folder);
    assert_str(o->stores, expected);
    options_free(o);
}

static void the_table_says_everything_of_each_option(void **state)
{
    (void)state;
    struct option_row row;
    size_t n = 0;
    for (; options_row(n, &row); n++) {
        assert_non_null(row.name);
        assert_non_null(row.type);
        assert_true(strlen(row.help) > 3);
        if (strcmp(row.type, "word") == 0) assert_true(row.n_words >= 2);
        if (strcmp(row.type, "integer") == 0 || strcmp(row.type, "duration") == 0) assert_true(row.max > row.min);
    }
    assert_true(n > 40);
}

static int begin(void **state)
{
    (void)state;
    zones = zones_new(NULL);
    strcpy(folder, "/tmp/nudge-options-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/nudged.json", folder);
    return 0;
}

static int end(void **state)
{
    (void)state;
    unlink(path);
    rmdir(folder);
    zones_free(zones);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_file_gives_the_defaults),
        cmocka_unit_test(every_value_arrives_where_it_belongs),
        cmocka_unit_test(each_mistake_is_told_where_it_stands),
        cmocka_unit_test(all_mistakes_are_told_at_once_and_in_order),
        cmocka_unit_test(a_password_in_the_address_is_refused_and_not_repeated),
        cmocka_unit_test(a_file_that_cannot_be_read_is_one_error),
        cmocka_unit_test(credentials_come_before_the_files_folder),
        cmocka_unit_test(paths_hang_on_the_files_folder_wherever_one_stands),
        cmocka_unit_test(the_table_says_everything_of_each_option),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
