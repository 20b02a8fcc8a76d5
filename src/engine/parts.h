/* What the core's files share. Private to the engine. */
#ifndef NUDGE_ENGINE_PARTS_H
#define NUDGE_ENGINE_PARTS_H

#include "nudge/engine.h"

/* One campaign set off for one customer, on its way to a push. */
struct cause {
    const struct campaign *campaign;
    struct subject subject;  /* whom it is about, and the moment of the trigger */
    struct push_id id;
    int64_t trigger;         /* the trigger's own time */
};

struct push_id push_id_make(struct str campaign, struct str user, struct str cause, unsigned step);
bool push_id_of_text(struct str, struct push_id *);

/* At the trigger: in force, audience; then to cause_send at once, or after the delay. `pushed_before` = effects->n_pushes before this event. */
void cause_decide(struct customer *, const struct cause *, int64_t now, size_t pushed_before, struct effects *);
/* Just before sending: exception, consent, quiet hours, caps; then the push. */
void cause_send(struct customer *, const struct cause *, int64_t now, size_t pushed_before, struct effects *);
/* Something that waits: a delayed or deferred push. */
void cause_wait(struct customer *, const struct cause *, int64_t due, struct effects *);
bool cause_read(struct customer *, const struct ruleset *, const struct timer *, int64_t now, struct effects *, struct cause *,
                struct event *);

/* Set or cleared, on the card and for the partition's timers alike. */
void effects_set_timer(struct effects *, struct customer *, const struct timer *);
void effects_clear_timer(struct effects *, struct customer *, const struct timer *);
void effects_decide(struct effects *, struct str campaign, enum reason, int64_t later);

/* Room for one item more in a list that lives in the arena. */
void *list_room(struct arena *, void *list, size_t n, size_t *cap, size_t item_size);

/* A position went in or out of the places that campaigns watch. */
struct crossing {
    const struct fence *fence;
    enum trigger_kind kind;  /* TRIGGER_ENTER or TRIGGER_EXIT */
    int64_t left;            /* enter: when the place was last left; 0 = never */
};
/* All that this position crosses, in the effects' arena. */
size_t places_cross(const struct ruleset *, struct customer *, const struct event *, struct effects *, struct crossing **out);
bool crossing_counts(const struct campaign *, const struct crossing *, int64_t ts); /* for this campaign, as its cooldown goes */
void dwell_start(const struct crossing *, const struct subject *, struct customer *, struct effects *);
/* The dwell that this timer stood for: false if the customer has left since. */
bool dwell_read(struct customer *, const struct ruleset *, const struct timer *, struct effects *, struct cause *);

#endif
