#include "options_table.h"
#include "nudge/clock.h"

#define WORD(text) {text, sizeof(text) - 1}
#define WORDS(list) .words = (list), .n_words = sizeof(list) / sizeof *(list)
#define FIELD(of, member) .offset = offsetof(struct of, member), .size = sizeof(((struct of *)0)->member)

static const struct str clocks[] = {WORD("wall"), WORD("events")};
static const struct str trims[] = {WORD("none"), WORD("acknowledged")};
static const struct str levels[] = {WORD("error"), WORD("warning"), WORD("notice"), WORD("info"), WORD("debug")};
static const struct str provider_types[] = {WORD("webhook"), WORD("console")};
static const struct str attribute_types[] = {WORD("text"), WORD("number"), WORD("boolean"), WORD("date"), WORD("set")};

const struct option options_table[] = {
    {.name = WORD("redis"), .type = OPTION_TEXT, FIELD(options, redis), .fallback = "\"redis://127.0.0.1:6379/0\"",
     .check = option_check_redis, .help = "where Redis is: `redis://host:port/db` or `unix:///path?db=0`"},
    {.name = WORD("redis_user"), .type = OPTION_TEXT, FIELD(options, redis_user),
     .help = "Redis ACL user; absent: Redis' `default`"},
    {.name = WORD("redis_password_file"), .type = OPTION_SECRET, FIELD(options, redis_password_file),
     .help = "file with the password of Redis; absent: none"},
    {.name = WORD("prefix"), .type = OPTION_TEXT, FIELD(options, prefix), .fallback = "\"nudge\"", .check = option_check_name,
     .help = "what every key begins with"},
    {.name = WORD("partitions"), .type = OPTION_INTEGER, FIELD(options, partitions), .fallback = "1", .min = 1, .max = 4096,
     .help = "into how many partitions customers are spread; fixed for the life of the data, the same in every instance and backend"},
    {.name = WORD("instance"), .type = OPTION_TEXT, FIELD(options, instance), .check = option_check_name,
     .help = "this instance's name, unlike any other's; absent: host name and process id"},
    {.name = WORD("lease"), .type = OPTION_DURATION, FIELD(options, lease), .fallback = "\"10s\"", .min = SECOND, .max = HOUR,
     .help = "how long a partition stays with an instance that is not heard of: the time until another takes over"},
    {.name = WORD("batch"), .type = OPTION_INTEGER, FIELD(options, batch), .fallback = "512", .min = 1, .max = 10000,
     .help = "at most so many events in one commit"},
    {.name = WORD("max_deliveries"), .type = OPTION_INTEGER, FIELD(options, max_deliveries), .fallback = "5", .min = 1, .max = 1000,
     .help = "an event that was delivered so often without a commit becomes a dead letter"},
    {.name = WORD("cache"), .type = OPTION_BYTES, FIELD(options, cache_bytes), .fallback = "\"64 MB\"", .min = 1000000,
     .max = INT64_C(1) << 40, .help = "memory for customers' cards"},
    {.name = WORD("clock"), .type = OPTION_WORD, FIELD(options, event_clock), .fallback = "\"wall\"", WORDS(clocks),
     .help = "`events`: the time is that of the newest event, for recorded streams and tests"},
    {.name = WORD("stream_trim"), .type = OPTION_WORD, FIELD(options, stream_trim), .fallback = "\"none\"", WORDS(trims),
     .help = "`acknowledged`: entries that every consumer group has done leave the stream; `none`: they stay"},
    {.name = WORD("log"), .type = OPTION_WORD, FIELD(options, log), .fallback = "\"info\"", WORDS(levels), .min = LOG_ERROR,
     .help = "the least important messages that are logged"},
    {.name = WORD("admin.listen"), .type = OPTION_TEXT, FIELD(options, admin_listen), .fallback = "\"127.0.0.1:8787\"",
     .check = option_check_listen, .help = "address and port of the status page and metrics; port 0: any free one; `\"\"`: none"},
    {.name = WORD("campaigns"), .type = OPTION_PATH, FIELD(options, campaigns), .fallback = "\"campaigns\"",
     .help = "folder of campaign files"},
    {.name = WORD("segments"), .type = OPTION_PATH, FIELD(options, segments), .fallback = "\"segments\"",
     .help = "folder of segment files"},
    {.name = WORD("stores"), .type = OPTION_PATH, FIELD(options, stores), .fallback = "\"stores\"",
     .help = "folder of stores and areas"},
    {.name = WORD("zone"), .type = OPTION_TEXT, FIELD(options, zone_name), .fallback = "\"UTC\"",
     .help = "the shop's own time zone, for customers whose zone is not known: `Europe/Amsterdam`"},
    {.name = WORD("currency"), .type = OPTION_TEXT, FIELD(options, rules.currency), .fallback = "\"EUR\"", .check = option_check_currency,
     .help = "ISO 4217 code of amounts that name none"},
    {.name = WORD("language"), .type = OPTION_TEXT, FIELD(options, rules.language), .fallback = "\"en\"", .check = option_check_language,
     .help = "of customers whose language is not known, and of push texts outside `languages`"},
    {.name = WORD("provider"), .type = OPTION_TEXT, FIELD(options, rules.provider),
     .help = "the provider of campaigns that name none: a name of `providers`"},
    {.name = WORD("providers.<name>.type"), .type = OPTION_WORD, FIELD(provider_options, type), .required = true, WORDS(provider_types),
     .help = "`webhook`: signed HTTP POST (Standard Webhooks); `console`: a line on standard output, for trying out"},
    {.name = WORD("providers.<name>.url"), .type = OPTION_TEXT, FIELD(provider_options, url), .help = "where a webhook's pushes go"},
    {.name = WORD("providers.<name>.secret_file"), .type = OPTION_SECRET, FIELD(provider_options, secret_file),
     .help = "file with the signing secret (`whsec_…`); two lines while one replaces the other: both sign"},
    {.name = WORD("providers.<name>.allow_http"), .type = OPTION_BOOLEAN, FIELD(provider_options, allow_http), .fallback = "false",
     .help = "allow plain http"},
    {.name = WORD("providers.<name>.allow_private"), .type = OPTION_BOOLEAN, FIELD(provider_options, allow_private), .fallback = "false",
     .help = "allow addresses on loopback and private networks"},
    {.name = WORD("providers.<name>.ca_file"), .type = OPTION_PATH, FIELD(provider_options, ca_file),
     .help = "PEM file of trusted authorities; absent: the system's"},
    {.name = WORD("providers.<name>.concurrency"), .type = OPTION_INTEGER, FIELD(provider_options, concurrency), .fallback = "64", .min = 1,
     .max = 10000, .help = "requests under way at once"},
    {.name = WORD("providers.<name>.rate"), .type = OPTION_INTEGER, FIELD(provider_options, rate), .fallback = "0", .min = 0,
     .max = 1000000, .help = "at most so many pushes a second; 0: no limit"},
    {.name = WORD("providers.<name>.connect_timeout"), .type = OPTION_DURATION, FIELD(provider_options, connect_timeout),
     .fallback = "\"5s\"", .min = 1, .max = HOUR, .help = "to connect"},
    {.name = WORD("providers.<name>.timeout"), .type = OPTION_DURATION, FIELD(provider_options, timeout), .fallback = "\"15s\"", .min = 1,
     .max = HOUR, .help = "for a request in all"},
    {.name = WORD("providers.<name>.retry_first"), .type = OPTION_DURATION, FIELD(provider_options, retry_first), .fallback = "\"1s\"",
     .min = 1, .max = DAY, .help = "pause before the first retry; doubles with each, with jitter"},
    {.name = WORD("providers.<name>.retry_max"), .type = OPTION_DURATION, FIELD(provider_options, retry_max), .fallback = "\"5m\"",
     .min = 1, .max = DAY, .help = "longest pause; caps `Retry-After` too"},
    {.name = WORD("providers.<name>.give_up"), .type = OPTION_DURATION, FIELD(provider_options, give_up), .fallback = "\"1h\"", .min = 1,
     .max = 30 * DAY, .help = "a push that could not be sent for so long has failed"},
    {.name = WORD("providers.<name>.breaker_failures"), .type = OPTION_INTEGER, FIELD(provider_options, breaker_failures),
     .fallback = "10", .min = 1, .max = 100000, .help = "so many failures in a row open the breaker: nothing is sent for a while"},
    {.name = WORD("providers.<name>.breaker_pause"), .type = OPTION_DURATION, FIELD(provider_options, breaker_pause),
     .fallback = "\"30s\"", .min = 1, .max = DAY, .help = "for how long; then one push is tried"},
    {.name = WORD("attributes.<name>.type"), .type = OPTION_WORD, FIELD(attribute_rule, type), .required = true, WORDS(attribute_types),
     .help = "of a customer's attribute; what is not declared is not kept"},
    {.name = WORD("attributes.<name>.purpose"), .type = OPTION_TEXT, FIELD(attribute_rule, purpose), .required = true,
     .help = "what the attribute is needed for"},
    {.name = WORD("frequency_cap"), .type = OPTION_CAPS, FIELD(options, rules),
     .help = "caps over all campaigns together, per customer: `[\"1 per 1d\", \"3 per 7d\"]`"},
    {.name = WORD("quiet_hours"), .type = OPTION_QUIET, FIELD(options, rules.quiet),
     .help = "of campaigns that have none of their own: `{ \"from\": \"21:00\", \"to\": \"09:00\", \"then\": \"defer\" }`, or `\"drop\"`"},
    {.name = WORD("history.days"), .type = OPTION_INTEGER, FIELD(options, rules.history.age), .fallback = "400", .min = 1, .max = 3660,
     .scale = DAY, .help = "how long a customer's events are kept"},
    {.name = WORD("history.events"), .type = OPTION_INTEGER, FIELD(options, rules.history.events), .fallback = "500", .min = 1,
     .max = 60000, .help = "and at most so many of a customer"},
    {.name = WORD("max_accuracy"), .type = OPTION_METRES, FIELD(options, rules.max_accuracy), .fallback = "200", .min = 1, .max = 100000,
     .help = "metres; a position worse than this says nothing about areas"},
};
const size_t options_table_size = sizeof options_table / sizeof *options_table;

const char *option_type_name(enum option_type type)
{
    static const char *const names[OPTION_TYPES] = {
        [OPTION_TEXT] = "text",       [OPTION_PATH] = "path",   [OPTION_SECRET] = "path",     [OPTION_DURATION] = "duration",
        [OPTION_INTEGER] = "integer", [OPTION_METRES] = "integer", [OPTION_BYTES] = "bytes",  [OPTION_WORD] = "word",
        [OPTION_BOOLEAN] = "boolean", [OPTION_CAPS] = "caps",   [OPTION_QUIET] = "quiet hours"};
    return names[type];
}

size_t option_words(struct str prefix, struct str *words)
{
    size_t n = 0;
    for (size_t i = 0; i < options_table_size && n < OPTION_WORDS_MAX; i++) {
        struct str rest = options_table[i].name;
        if (!str_starts(rest, prefix)) continue;
        rest.p += prefix.n, rest.n -= prefix.n;
        struct str word = str_cut(&rest, '.');
        if (n == 0 || !str_eq(words[n - 1], word)) words[n++] = word; /* rows of a group stand together */
    }
    return n;
}

const struct option *option_find(struct str prefix, struct str word)
{
    for (size_t i = 0; i < options_table_size; i++) {
        struct str name = options_table[i].name;
        if (name.n == prefix.n + word.n && str_starts(name, prefix) && memcmp(name.p + prefix.n, word.p, word.n) == 0)
            return &options_table[i];
    }
    return NULL;
}

bool options_row(size_t i, struct option_row *out)
{
    if (i >= options_table_size) return false;
    const struct option *o = &options_table[i];
    *out = (struct option_row){o->name.p, option_type_name(o->type), o->fallback, o->help, o->required, o->min, o->max,
                               o->words, o->n_words};
    return true;
}
