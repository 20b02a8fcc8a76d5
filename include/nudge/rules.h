/* Campaign, segment and store files -> an immutable compiled ruleset -> candidates for an event -> verdicts.
 *
 * Invariants: a ruleset is built whole and never changes; it owns one arena with all that it points to. Conditions have three values;
 * unknown is not true. The core reads no clock and opens nothing. conf/README.md is the language's reference: what
 * each word means, for unknown values, empty history and a window's edge too. */
#ifndef NUDGE_RULES_H
#define NUDGE_RULES_H

#include "nudge/arena.h"
#include "nudge/customer.h"
#include "nudge/error.h"
#include "nudge/template.h"
#include "nudge/zone.h"

/* ---- what a ruleset is made of */

struct store {
    struct str id, name;
    struct point at;
    struct str zone;           /* IANA; empty = not told */
    struct prop *props;        /* further columns or GeoJSON properties */
    size_t n_props;
};

struct area { /* a named polygon */
    struct str id, name;
    const struct polygon *polygon;
};

enum attribute_type { ATTRIBUTE_TEXT, ATTRIBUTE_NUMBER, ATTRIBUTE_BOOLEAN, ATTRIBUTE_DATE, ATTRIBUTE_SET };
struct attribute_rule { /* a declared attribute: undeclared ones are not kept */
    struct str name;
    enum attribute_type type;
    struct str purpose; /* what it is needed for */
};

struct cap { /* at most `count` pushes in any `window` ms */
    unsigned count;
    int64_t window;
};

struct quiet_hours {
    int from, to; /* minutes of the customer's day; from > to spans midnight; from == to: none */
    bool defer;   /* else drop */
};

struct push_text { /* one language; NULL: neither it nor the default has such a template */
    struct str language; /* empty = the default */
    const struct template *title, *body, *url;
};

enum trigger_kind { TRIGGER_EVENT, TRIGGER_ENTER, TRIGGER_EXIT, TRIGGER_DWELL, TRIGGER_SCHEDULE };

/* Where: a set of fences. Stores within a radius, or areas. */
struct fence {
    uint64_t key;         /* place_key(): names it in a customer's records */
    const struct store *store;
    const struct area *area; /* one of the two */
    double radius;        /* metres, of a store's circle */
};
struct fence_set {
    const struct fence *const *fences; /* sorted by key */
    size_t n;
    const struct fence_index *index;   /* ids index into fences; NULL: so few that they are looked through */
};

struct schedule {
    bool recurring;
    bool customer_zone;       /* times are each customer's own; else `zone` */
    const struct zone *zone;
    struct civil at;          /* once */
    unsigned days;            /* recurring: bit 0 = Monday */
    int minute;               /* of the day */
};

struct trigger {
    enum trigger_kind kind;
    struct str event;             /* TRIGGER_EVENT: its type */
    const struct condition *where;/* on the event's properties; NULL = any */
    const struct fence_set *fences;
    int64_t dwell;                /* ms inside */
    int64_t cooldown;             /* ms: after leaving a place, entering the same again does not count for so long */
    const struct schedule *schedule;
};

struct campaign {
    uint32_t index;               /* in ruleset->campaigns: by name */
    struct str name, file, description, purpose, provider;
    uint64_t hash;                /* str_hash(name) */
    struct trigger trigger;
    const struct condition *audience, *unless; /* NULL = everyone; nothing */
    int64_t delay, expires;       /* ms; 0 = none */
    int64_t starts, ends;         /* INT64_MIN / INT64_MAX when open */
    int priority;                 /* 0..100, default 50 */
    const struct cap *caps;
    size_t n_caps;
    struct quiet_hours quiet;     /* the campaign's own, or the settings' */
    const struct push_text *texts;/* [0] = the default language */
    size_t n_texts;
    struct str data;              /* JSON object text, or empty */
};

/* From the daemon's configuration: what every campaign shares. Borrowed during rules_build only. */
struct rules_settings {
    struct zones *zones;          /* outlives the ruleset */
    const struct zone *zone;      /* the shop's own */
    struct str currency, language, provider; /* defaults; provider may be empty */
    const struct str *providers;  /* names known, for the nearest right word */
    size_t n_providers;
    const struct attribute_rule *attributes;
    size_t n_attributes;
    const struct cap *caps;       /* over all campaigns together */
    size_t n_caps;
    struct quiet_hours quiet;
    struct history_limits history;
    double max_accuracy;          /* metres: a position worse than this says nothing about areas */
};

struct rules_file {
    const char *path; /* for messages */
    struct str text;
};

/* The files of one moment, read by whoever calls. stores: .csv or .json/.geojson, by the path's ending. */
struct rules_sources {
    const struct rules_file *campaigns, *segments, *stores;
    size_t n_campaigns, n_segments, n_stores;
};

struct ruleset {
    struct arena arena;
    struct zones *zones;
    const struct zone *zone;
    struct str currency, language;
    const struct campaign *const *campaigns; /* by name */
    size_t n_campaigns;
    const struct attribute_rule *attributes;
    size_t n_attributes;
    const struct cap *caps;
    size_t n_caps;
    struct history_limits history;
    double max_accuracy;
    const struct fence_set *places; /* every fence that an enter, exit or dwell trigger watches */
    struct rules_index *index;      /* private */
    struct rules_names *names;      /* private: campaigns, stores, areas, segments by name */
};

/* ---- building */

/* All files -> a ruleset. A file with an error is left out, all its errors are in the list, and failed[i] (campaigns first, then
 * segments, then stores, in the sources' order; may be NULL) says so; whoever calls decides what stands in for it. A campaign that
 * refers to something a failed file would have defined fails as well. Never NULL. */
struct ruleset *rules_build(const struct rules_settings *, const struct rules_sources *, struct errors *, bool *failed);
void ruleset_free(struct ruleset *);

const struct campaign *ruleset_campaign(const struct ruleset *, struct str name);
const struct store *ruleset_store(const struct ruleset *, struct str id);
/* Declared, or one that always is: timezone, language, first_name. */
const struct attribute_rule *ruleset_attribute(const struct ruleset *, struct str name);
uint64_t place_key(const struct store *, const struct area *, double radius);
/* The fences of the set that hold the point, ascending; returns how many of them are in out (at most cap). */
size_t fence_set_find(const struct fence_set *, struct point, const struct fence **out, size_t cap);
const struct fence *fence_set_get(const struct fence_set *, uint64_t key);
/* Out for certain: past the edge by a margin (a tenth of the radius, at least 20 m, at least the fix's accuracy), so that jitter at
 * the edge makes no exits. */
bool fence_left(const struct fence *, struct point, double accuracy);
/* True when the fix is good enough to say something of this fence: accuracy <= its radius (areas: max_accuracy). */
bool fence_judges(const struct ruleset *, const struct fence *, double accuracy);

/* ---- asking */

enum verdict { VERDICT_FALSE, VERDICT_TRUE, VERDICT_UNKNOWN };

/* Whom a condition is asked about. */
struct subject {
    const struct ruleset *rules;
    const struct customer *customer;
    const struct event *event;   /* what triggered; NULL = a schedule or a timer without one: `property` is then unknown */
    const struct store *store;   /* of the trigger: the fence's, or the event's `store`; for templates; may be NULL */
    int64_t at;                  /* the moment asked about: windows end here (included), `local_time` is this */
    const struct campaign *campaign; /* for the template field of that name; may be NULL */
};

enum verdict condition_verdict(const struct condition *, const struct subject *);

/* Campaigns with trigger `event` that this event may set off: superset of those whose `where` is true and whose audience's indexed parts hold. In
 * arena; by priority (highest first), then name. */
size_t ruleset_candidates(const struct ruleset *, struct arena *, const struct subject *, const struct campaign *const **out);
/* Campaigns whose enter/exit/dwell trigger has this fence; likewise ordered. */
size_t ruleset_fence_campaigns(const struct ruleset *, enum trigger_kind, const struct fence *, const struct campaign *const **out);
/* trigger.where on the subject's event: true, false or unknown. */
enum verdict trigger_verdict(const struct trigger *, const struct subject *);

/* The customer's zone: attribute `timezone`, else of the position's store, else the ruleset's. */
const struct zone *ruleset_zone(const struct ruleset *, const struct customer *);
/* The zone of the store nearest to a point, if one that names a zone is within STORE_ZONE_REACH; else empty. */
struct str ruleset_zone_at(const struct ruleset *, struct point);
#define STORE_ZONE_REACH 50000.0 /* metres */
/* The next moment > after that the schedule is due in this zone (customer_zone) or its own; INT64_MAX = never again. */
int64_t schedule_next(const struct schedule *, const struct zone *customer, int64_t after);
/* Quiet now? Then *until = when it ends. */
bool quiet_at(const struct quiet_hours *, const struct zone *, int64_t now, int64_t *until);
/* The customer's language: attribute `language`, else the newest device's locale, else the ruleset's. */
struct str ruleset_language(const struct ruleset *, const struct customer *);
/* The text for that language; "nl-BE" falls back to "nl", then to the default. What a language's text leaves out is filled in from the default's. */
const struct push_text *campaign_text(const struct campaign *, const struct ruleset *, const struct customer *);
/* Fields for the templates: customer's attributes, `user`, event properties (also `event.<name>`), `store.<name>`, `campaign`. */
struct fields subject_fields(const struct subject *, struct str language);

#endif
