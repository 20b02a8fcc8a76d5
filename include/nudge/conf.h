/* The daemon's configuration: one JSON file of options, and the folders beside it (campaigns, segments, stores). The options are one table
 * (src/conf/options.c: name, type, default, range, help): parsing, README's list and nudged.schema.json come from it. */
#ifndef NUDGE_CONF_H
#define NUDGE_CONF_H

#include "nudge/log.h"
#include "nudge/push.h"
#include "nudge/rules.h"

struct options {
    struct arena arena;            /* owns all below */
    struct str path, folder;       /* the file, and the folder it is in */
    struct str redis;              /* redis://host:port/db or unix:///path?db=0 */
    struct str redis_user, redis_password_file;
    struct str prefix;             /* of every key; "nudge" */
    int64_t partitions;            /* P; fixed for the life of the data */
    struct str instance;           /* name of this instance; default HOST-PID */
    int64_t lease;                 /* ms; 10 s */
    int64_t batch;                 /* events a commit; 512 */
    int64_t max_deliveries;        /* an event that was delivered so often without a commit is a dead letter; 5 */
    int64_t cache_bytes;           /* customers in memory; 64 MB */
    bool event_clock;              /* "clock": "events": the clock is the newest event's time (recorded streams, tests), else "wall" */
    struct str stream_trim;        /* "none" | "acknowledged": drop acknowledged entries from the stream */
    enum log_level log;
    struct str admin_listen;       /* "127.0.0.1:8787"; empty = no admin HTTP */
    struct str campaigns, segments, stores; /* folders; absolute after loading */
    struct provider_options *providers;
    size_t n_providers;
    struct rules_settings rules;   /* .zones is set by whoever builds */
    struct str zone_name;
};

/* Reads and checks the whole file. NULL and errors, or the options (warnings may stand in the list). Paths in it are relative to its folder. `zones`
 * must outlive the options. */
struct options *options_load(const char *path, struct zones *, struct errors *);
void options_free(struct options *);
/* One row of the table, for README, --help and the schema; false at the end. Names are dotted; <name> stands for any name. */
struct option_row {
    const char *name, *type, *fallback, *help; /* fallback: as JSON; NULL = none */
    bool required;
    int64_t min, max;        /* of integers and durations (ms) */
    const struct str *words; /* of type "word" */
    size_t n_words;
};
bool options_row(size_t i, struct option_row *);

/* The campaign, segment and store files in force: the newest version of each that was good. */
struct folder_set;
struct folder_set *folder_set_new(void);
void folder_set_free(struct folder_set *);
/* Reads the three folders anew and builds the next ruleset. A file that fails is replaced by its last good version, if it had one (its errors stay in
 * the list); a file that was taken away is gone. Never blocks on a FIFO, skips what is not a regular file or larger than FILE_MAX (an error). Hidden
 * files and names ending in ~ .tmp .swp are not looked at. Never NULL. */
struct ruleset *folder_set_build(struct folder_set *, const struct options *, struct errors *);
#define CONF_FILE_MAX ((size_t)64 << 20)

/* inotify on the configuration file and the folders (renames over, creation, deletion; a folder that appears later). `changed` is called once
 * things have been quiet for 200 ms, on the loop. */
struct watcher;
struct watcher *watcher_new(struct event_base *, const struct options *, void (*changed)(void *arg), void *arg);
void watcher_free(struct watcher *);

#endif
