/* Why a push was sent, or not: the closed list. One row per reason; the number is stored in customers' records (append only). */
#ifndef NUDGE_REASON_H
#define NUDGE_REASON_H

#include "nudge/str.h"

#define REASONS(X)                                                                                                     \
    X(1, SENT, "sent", "the provider accepted it")                                                                     \
    X(2, NO_MATCH, "no_match", "the audience's conditions are false")                                                  \
    X(3, UNKNOWN, "unknown", "a condition rests on something unknown")                                                 \
    X(4, NO_CONSENT, "no_consent", "the customer has not granted the campaign's purpose")                              \
    X(5, NO_DEVICE, "no_device", "the provider needs a device and the customer has none")                              \
    X(6, HOLDOUT, "holdout", "the customer is in the campaign's holdout")                                              \
    X(7, QUIET_HOURS, "quiet_hours", "it is the customer's quiet time and the campaign drops")                         \
    X(8, FREQUENCY_CAP, "frequency_cap", "the customer has heard enough for now")                                      \
    X(9, OUTRANKED, "outranked", "a campaign of higher priority took the last place under a cap")                      \
    X(10, EXCEPTED, "excepted", "the exception (`unless`) is true")                                                    \
    X(11, EXPIRED, "expired", "too late to be of use")                                                                 \
    X(12, NOT_ACTIVE, "not_active", "before `starts`, after `ends`, or the file is gone")                              \
    X(13, PROVIDER_REFUSED, "provider_refused", "the provider refused it for good")                                    \
    X(14, PROVIDER_FAILED, "provider_failed", "the provider could not be reached in time")                             \
    X(15, DUPLICATE, "duplicate", "the same push was decided before")

#define X(number, name, text, help) REASON_##name = number,
enum reason { REASON_PENDING = 0, REASONS(X) REASON_COUNT };
#undef X

struct str reason_name(enum reason); /* "pending" for 0 */
struct str reason_help(enum reason);

#endif
