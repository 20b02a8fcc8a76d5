/* The daemon: how one event travels. Private to src/daemon.
 *
 *   stream --XREADGROUP--> batch --decode, load customers--> turn --engine--> commit --MULTI/EXEC--> Redis
 *     ingest.c              ingest.c                          turn.c            commit.h               |
 *   timers, schedules --due.c--------------------------------^                                         v
 *   outcomes of pushes --outbox.c----------------------------^      dispatch (push.h) <--outbox.c-- outbox rows
 *
 * A partition goes through one turn after the other. While a turn's commit is under way, the next is read, loaded and decided in
 * memory: Redis and the daemon work at the same time. A commit refused, or a connection lost, throws away whatever was decided and not
 * confirmed; the partition then starts again from what Redis holds. */
#ifndef NUDGE_DAEMON_H
#define NUDGE_DAEMON_H

#include "nudge/cache.h"
#include "nudge/clock.h"
#include "nudge/commit.h"
#include "nudge/conf.h"
#include "nudge/lease.h"
#include "nudge/metrics.h"
#include "nudge/push.h"

#define BATCHES_AHEAD 2      /* batches read and not yet decided */
#define OUTSTANDING_MOST 20000 /* pushes in memory per partition; the outbox holds the rest */
#define SETTLE_MOST 1000     /* outcomes settled in one turn */
#define PAGE 256             /* timers or customers gone through in one turn */

#define TROUBLE_SIZE 200

struct partition;

struct daemon {
    struct event_base *base;
    const char *conf_path;
    struct options *options;     /* in force */
    struct options *boot;        /* as at the start: what cannot change while running is read here */
    struct zones *zones;
    struct folder_set *folders;
    struct ruleset *rules;
    struct errors errors;        /* of the last reading of the folders */
    struct watcher *watcher;
    uint64_t conf_hash;          /* of the configuration file as last read */
    struct metrics metrics;
    uint64_t turns;              /* ever begun: part of their names */
    struct map tally;            /* campaign -> its decisions by reason, since the start */
    int64_t reloaded;            /* wall ms */
    struct redis_options redis;
    struct buf secret;           /* Redis' password */
    struct redis *control;       /* leases */
    struct leases *leases;
    struct partition **partitions; /* [options->partitions]; NULL = not ours */
    struct router *router;       /* NULL = not ours */
    struct dispatch *dispatch;
    struct admin *admin;
    struct event *signals[3], *tick;
    bool stopping;
    int exit_code;               /* if it cannot begin */
    int64_t stop_by;             /* steady ms */
    char control_trouble[TROUBLE_SIZE], router_trouble[TROUBLE_SIZE]; /* empty = none */
    char trouble[TROUBLE_SIZE];  /* the first there is: why not ready */
};

/* ---- a partition's parts */

/* Entries read in one go. */
struct item {
    struct str entry;
    const struct reply *fields; /* nil: trimmed before it was read */
    struct event event;
    struct cached *cached;
    const char *refused;        /* why it is a dead letter; NULL = a good event */
};
struct batch {
    struct batch *next;
    struct arena arena;
    struct item *items;
    size_t n, at;               /* at: the first not yet decided */
    bool decoded;
};

/* A push in the outbox whose outcome is awaited, or not yet settled. */
struct outstanding {
    struct outstanding *next;   /* in the list of those to settle */
    char id[PUSH_ID_TEXT + 1], row[ENTRY_ID_SIZE];
    uint64_t half;
    struct str user, campaign;  /* behind this struct */
    enum reason outcome;        /* REASON_PENDING: under way */
    int64_t created;
};

/* What a turn sends once it is confirmed. */
struct turn_push {
    struct push push;
    struct str user, campaign;
    unsigned place;             /* in EXEC's array */
};

enum turn_kind { TURN_EVENTS, TURN_TIMERS, TURN_SCHEDULE, TURN_RENEW };

struct turn {
    uint64_t number;
    enum turn_kind kind;
    struct arena arena;
    struct commit commit;
    size_t events_end;          /* TURN_EVENTS: items [batch->at, events_end) */
    struct reply rows;          /* timers due, or a page of customers; in the arena */
    struct schedule_due *schedule;
    int64_t occurrence;         /* of the schedule, when its page was asked for */
    struct outstanding *settles;
    size_t n_settles;
    struct turn_push *pushes;
    size_t n_pushes, cap_pushes;
    struct str *load;           /* users asked for */
    size_t n_load, cap_load;
    unsigned reply;             /* index of the commit's next reply */
    unsigned replies;
    struct str bytes;
    int64_t sent;               /* steady ms */
    bool decided, releases;
    bool refused;               /* the transaction was refused as a whole: send it again */
    char name[160];             /* the commit's, in the turn key */
};

/* A schedule campaign's next occurrence in one zone. */
struct schedule_due {
    struct str field, campaign, zone;
    int64_t done;               /* through this occurrence; INT64_MIN = not known yet */
    int64_t next;               /* INT64_MAX = never */
    char cursor[EVENT_USER_MAX + 1]; /* in the middle of `next`: the last user gone through */
    bool begun, told;           /* told: Redis knows `done` */
};

enum partition_state { PARTITION_STARTING, PARTITION_RUNNING, PARTITION_LEAVING, PARTITION_GONE };

struct partition {
    struct daemon *daemon;
    unsigned number;
    enum partition_state state;
    struct arena arena;          /* the partition's life */
    struct keys keys;
    char trouble[TROUBLE_SIZE];  /* why it is not at work; empty = it is */
    struct redis *reader, *writer, *loader; /* a blocking read; commits; loads, which need not wait behind them */
    struct event *wake, *renew;
    bool restarting;
    bool renewing;               /* a commit was refused; the lease is renewed by itself meanwhile */
    char refusal[160];           /* what Redis said of the first command it refused */
    int64_t leave_by;            /* steady ms: PARTITION_LEAVING waits for its pushes so long */
    struct cache cache;
    bool guarded;                /* WATCH and GET said that the lease is ours, and no EXEC since */
    int64_t lease_until;         /* steady ms */
    uint64_t begun, confirmed;   /* turns */
    unsigned commit_reply, commit_replies; /* of the commit under way: the last one seen, and how many there are */
    struct turn *waiting, *committing; /* decided or being loaded; on its way */
    struct turn *spare_turn;
    bool due_last;               /* by the wall clock, what is due and the events take turns */
    bool loading, fetching;      /* customers of `waiting`; timers or a page for the next turn */
    bool renew_due;
    /* ingest.c */
    struct batch *batches, *spare_batches; /* spare: their arenas are warm */
    size_t n_batches;
    bool reading, history, careful, recover;
    char cursor[ENTRY_ID_SIZE];
    /* recover.c */
    bool looked;                 /* at what was pending, since this process has the partition */
    char suspect[ENTRY_ID_SIZE]; /* the entry taken alone last, by this process (suspect_ours) or one before it */
    int64_t suspect_times;       /* how often it was begun on */
    bool suspect_ours;
    struct batch *marking;       /* waits until Redis knows that it is begun on */
    int64_t lag;                 /* entries not read yet, as Redis said last */
    int64_t read_again;          /* steady ms: a pause after an error */
    /* due.c */
    int64_t now;                 /* the events' clock */
    int64_t next_timer;          /* not later than the next timer; INT64_MAX = none */
    struct arena due_arena;      /* schedules and zones, until they are read anew */
    struct schedule_due **schedules;
    size_t n_schedules, cap_schedules;
    struct map zones;
    bool schedules_known;
    bool schedules_begun;        /* events' clock: the first event has come */
    struct turn *fetched;        /* waits for its timers or customers */
    int64_t due_limit;           /* what is due by then is decided now */
    /* outbox.c */
    struct map outstanding;      /* id -> struct outstanding */
    struct outstanding *settle, **settle_end;
    size_t n_settle;
    char outbox_cursor[ENTRY_ID_SIZE];
    bool outbox_more, outbox_reading; /* rows in Redis that are not in memory */
    bool outbox_behind;          /* rows were added since the reading under way began */
    struct outstanding *ghosts;
    struct effects effects;
    struct buf log;
};

/* partition.c: its life */
struct partition *partition_start(struct daemon *, unsigned number);
void partition_leave(struct partition *);            /* finish what is begun, release the lease */
void partition_restart(struct partition *, const char *why);
void partition_lost(struct partition *, const char *why);
void partition_wake(struct partition *);             /* run it from the loop */
bool partition_message(void *partition, const struct message *); /* is it this partition's? */
int64_t partition_now(const struct partition *);
bool partition_leased(const struct partition *);
void partition_free(struct partition *);
void partition_running(struct partition *);          /* started: guarded, group made, state read */

/* ingest.c: reading the stream */
void ingest_read(struct partition *);
void ingest_stop(struct partition *);
void ingest_renew(struct partition *);               /* now and then: stray pending entries, trimming, lag */
void batch_free(struct partition *, struct batch *);
void ingest_release(struct partition *);
struct batch *ingest_batch(struct partition *);      /* the oldest, decoded; NULL = none */
void ingest_done(struct partition *);                /* the oldest is decided to its end */

void batch_add(struct partition *, struct batch *);

/* recover.c: what was delivered before */
void recover_begin(struct partition *);
void recover_mark(struct partition *, struct batch *); /* of one entry */
const char *recover_refuses(const struct partition *, struct batch *, struct str entry); /* why it is a dead letter, or NULL */

/* trim.c */
bool stream_trims(const struct daemon *); /* is it wanted? */
/* `groups`: what XINFO GROUPS said of the stream (NUL-terminated, as long-lived as the connection). */
void stream_trim(struct redis *, struct str stream, const struct reply *groups);

/* turn.c */
void turn_run(struct partition *);
void turn_free(struct partition *, struct turn *);   /* kept for the next, warm */
void turn_release(struct partition *);
struct turn *turn_new(struct partition *, enum turn_kind);
void turn_ready(struct partition *, struct turn *);  /* its input is complete: load customers, decide, commit */
/* The customer, from memory or asked for with this turn's load; it stays until the turn is confirmed. */
struct cached *turn_need(struct partition *, struct turn *, struct str user);
/* Runs the core on one customer, and takes its effects into the commit. */
void turn_customer(struct partition *, struct turn *, struct cached *, void (*decide)(struct partition *, struct customer *, void *arg),
                   void *arg);

/* confirm.c: true if the turn that waits was sent */
bool commit_next(struct partition *);

/* due.c: timers and schedules */
int64_t due_next(const struct partition *);
void due_fetch(struct partition *, int64_t limit);   /* asks for the first that is due by then */
void due_decide(struct partition *, struct turn *);
void due_timer_set(struct partition *, int64_t due);
void due_schedules(struct partition *, int64_t now); /* campaigns or zones have changed */
void due_zone(struct partition *, struct turn *, const struct customer *);
void due_begin(struct partition *);                  /* events' clock: now there is a time for schedules to begin at */
void due_release(struct partition *);
void due_loaded(struct partition *, const struct reply *schedules, const struct reply *zones, const struct reply *first_timer);
void due_tell(struct partition *, struct turn *);

/* outbox.c: pushes between the commit and their outcome */
void outbox_confirmed(struct partition *, struct turn *, const struct reply *exec);
void outbox_more(struct partition *);
void outbox_outcome(struct daemon *, const struct message *, const struct push_result *);
bool outbox_allowed(struct daemon *, const struct message *); /* may it be sent, as far as the lease goes? */
void outbox_take(struct partition *, struct turn *); /* outcomes to settle */
void outbox_return(struct partition *, struct turn *); /* they were not settled after all */
void outbox_settled(struct partition *, struct turn *);
void outbox_forget(struct partition *);  /* the connection is gone */
void outbox_release(struct partition *);

/* router.c: nudge:ingest -> the partitions */
struct router *router_start(struct daemon *);
void router_leave(struct router *);                   /* gone soon, with the lease released */
void router_free(struct router *);
bool router_gone(const struct router *);

/* reload.c */
bool reload_first(struct daemon *);
void reload(struct daemon *, bool asked);              /* asked: by SIGHUP; else files have changed */
/* tally.c */
void tally_add(struct daemon *, struct str campaign, enum reason);
const uint64_t *tally_get(const struct daemon *, struct str campaign); /* [REASON_COUNT]; NULL = nothing yet */
void tally_release(struct daemon *);
/* view.c */
struct admin *view_start(struct daemon *, char *why, size_t why_size);
/* trouble.c */
void trouble_set(struct daemon *, char slot[TROUBLE_SIZE], const char *why); /* "" = none */
void trouble_tell(struct daemon *);                    /* a source has come or gone */

#endif
