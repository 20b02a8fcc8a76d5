#include "condition.h"

/* Tables that stand in no other: those that a condition's kind or a trigger's points to are found through it.
 */
static const struct key_table *const tables[] = {&campaign_table,   &push_table,   &language_text_table,
                                                 &schedule_table,   &every_table,  &segment_table,
                                                 &local_time_table, &places_table, &moment_table};
#define TABLES (sizeof tables / sizeof *tables)

bool language_table(size_t i, struct key_table *out)
{
    if (i < TABLES) {
        *out = *tables[i];
        return true;
    }
    size_t n_triggers = 0;
    while (trigger_table(n_triggers)) n_triggers++;
    i -= TABLES;
    if (i >= n_triggers) return false;
    *out = *trigger_table(i);
    return true;
}
