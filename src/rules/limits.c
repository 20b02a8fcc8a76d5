#include "nudge/limits.h"

static bool count_parse(struct str s, unsigned *out)
{
    unsigned n = 0;
    if (s.n == 0 || s.n > 7) return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return false;
        n = n * 10 + (unsigned)(s.p[i] - '0');
    }
    *out = n;
    return n > 0 && n <= CAP_COUNT_MAX;
}

bool cap_parse(struct str s, struct cap *out)
{
    static const struct str per = {" per ", 5};
    s = str_trim(s);
    ptrdiff_t at = str_find(s, per);
    if (at < 0) return false;
    size_t behind = (size_t)at + per.n;
    return count_parse(str_trim((struct str){s.p, (size_t)at}), &out->count) &&
           duration_parse(str_trim((struct str){s.p + behind, s.n - behind}), &out->window);
}

static bool node_cap(struct node at, struct cap *out, struct errors *errors)
{
    struct str text;
    if (!node_text(at, &text, errors)) return false;
    if (cap_parse(text, out)) return true;
    node_fail(at, errors, "\"%.*s\" is not a cap: expected a number, \"per\" and a time span, such as \"2 per 7d\"", STR_ARG(text));
    return false;
}

bool node_caps(struct node list, struct arena *arena, const struct cap **out, size_t *n, struct errors *errors)
{
    if (!list.value) return true;
    if (!node_is_array(list, errors)) return false;
    size_t count = node_size(list);
    if (count > CAPS_MAX) {
        node_fail(list, errors, "expected at most %d caps, found %zu", CAPS_MAX, count);
        return false;
    }
    struct cap *caps = arena_alloc(arena, (count + 1) * sizeof *caps);
    bool right = true;
    for (size_t i = 0; i < count; i++) right &= node_cap(node_item(list, i), &caps[i], errors);
    *out = caps;
    *n = count;
    return right;
}

static bool node_time_of_day(struct node object, const char *key, int *minutes, struct errors *errors)
{
    struct node at = node_get(object, key);
    struct str text;
    if (!at.value) {
        node_fail(object, errors, "quiet_hours needs \"%s\": a time of day, such as \"21:00\"", key);
        return false;
    }
    if (!node_text(at, &text, errors)) return false;
    if (time_of_day_parse(text, minutes)) return true;
    node_fail(at, errors, "\"%.*s\" is not a time of day: expected one from \"00:00\" to \"24:00\"", STR_ARG(text));
    return false;
}

bool node_quiet_hours(struct node at, struct quiet_hours *out, struct errors *errors)
{
    static const struct str keys[] = {{"from", 4}, {"to", 2}, {"then", 4}}, thens[] = {{"drop", 4}, {"defer", 5}};
    struct quiet_hours q = {0, 0, true};
    size_t then = 1;
    if (!at.value) return true;
    if (json_is_false(at.value)) {
        *out = q;
        return true;
    }
    if (!json_is_object(at.value)) {
        node_fail(at, errors, "expected an object with \"from\" and \"to\", or false, found %s", json_type_name(at.value));
        return false;
    }
    struct node choice = node_get(at, "then");
    bool right = node_known_keys(at, keys, 3, errors);
    right &= node_time_of_day(at, "from", &q.from, errors);
    right &= node_time_of_day(at, "to", &q.to, errors);
    if (choice.value) right &= node_word(choice, thens, 2, &then, errors);
    if (!right) return false;
    q.from %= 1440, q.to %= 1440; /* 24:00 is the next day's 00:00 */
    if (q.from == q.to) {
        node_fail(at, errors, "\"from\" and \"to\" are the same time of day: for no quiet hours write false");
        return false;
    }
    q.defer = then == 1;
    *out = q;
    return true;
}
