#include "nudge/reason.h"

struct row {
    struct str name, help;
};

#define ROW_STR(s)                                                                                           \
    {                                                                                                        \
        s, sizeof(s) - 1                                                                                     \
    }
#define X(number, reason, name, help) [number] = {ROW_STR(name), ROW_STR(help)},
static const struct row rows[REASON_COUNT] = {
    [REASON_PENDING] = {ROW_STR("pending"), ROW_STR("decided, and on its way")}, REASONS(X)};
#undef X

static const struct row *row_of(enum reason r)
{
    static const struct row none = {ROW_STR("?"), ROW_STR("a reason that this version does not know")};
    return (unsigned)r < REASON_COUNT ? &rows[r] : &none;
}

struct str reason_name(enum reason r)
{
    return row_of(r)->name;
}

struct str reason_help(enum reason r)
{
    return row_of(r)->help;
}
