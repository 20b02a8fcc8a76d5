/* Frequency caps and quiet hours, which campaign files and nudged.json write alike (conf/README.md). An absent value is right and leaves
 * *out as it was, so a campaign starts from the shop's own. */
#ifndef NUDGE_LIMITS_H
#define NUDGE_LIMITS_H

#include "nudge/doc.h"
#include "nudge/rules.h"

#define CAPS_MAX 16           /* of one campaign: more are a mistake, and each costs time per push */
#define CAP_COUNT_MAX 1000000

bool cap_parse(struct str, struct cap *out); /* "2 per 7d" */
/* ["1 per 7d", …] -> an array in the arena. */
bool node_caps(struct node, struct arena *, const struct cap **, size_t *n, struct errors *);
/* { "from": "21:00", "to": "09:00", "then": "defer" }; `then` may be left out (defer). false: none (from == to). */
bool node_quiet_hours(struct node, struct quiet_hours *, struct errors *);

#endif
