#include "condition.h"

const struct zone *ruleset_zone(const struct ruleset *rules, const struct customer *c)
{
    const struct value *told = customer_attribute(c, STR("timezone"));
    const struct zone *zone = NULL;
    if (told && told->kind == VALUE_TEXT) zone = zones_get(rules->zones, told->text);
    if (!zone && c->zone.n) zone = zones_get(rules->zones, c->zone);
    return zone ? zone : rules->zone;
}

/* ---- where the customer was at the moment asked about */

static bool past_fix(const struct customer *c, int64_t at, struct fix *out)
{
    for (size_t i = customer_history_after(c, at); i-- > 0;) {
        if (!c->history[i].positioned || !past_position(c, &c->history[i], &out->point, &out->accuracy))
            continue;
        out->at = c->history[i].ts;
        return true;
    }
    return false;
}

bool subject_fix(const struct subject *s, struct fix *out)
{
    const struct event *e = s->event;
    const struct customer *c = s->customer;
    if (e && e->has_position && e->ts == s->at) {
        *out = (struct fix){e->position, e->accuracy, e->ts};
        return true;
    }
    if (c->has_position && c->position_at > s->at) return past_fix(c, s->at, out); /* a late event */
    *out = (struct fix){c->position, c->accuracy, c->position_at};
    return c->has_position;
}

/* ---- languages */

struct str ruleset_language(const struct ruleset *rules, const struct customer *c)
{
    const struct value *told = customer_attribute(c, STR("language"));
    if (told && told->kind == VALUE_TEXT && told->text.n) return told->text;
    const struct device *newest = NULL;
    for (size_t i = 0; i < c->n_devices; i++)
        if (!newest || c->devices[i].registered >= newest->registered) newest = &c->devices[i];
    return newest && newest->locale.n ? newest->locale : rules->language;
}

static char tag_byte(char c)
{
    if (c == '_') return '-'; /* as in nl_BE */
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

/* Is `tag` the language, or does it begin it as in "nl" for "nl-BE"? Then its length, else 0. */
static size_t language_match(struct str language, struct str tag)
{
    if (tag.n == 0 || tag.n > language.n) return 0;
    for (size_t i = 0; i < tag.n; i++)
        if (tag_byte(tag.p[i]) != tag_byte(language.p[i])) return 0;
    return tag.n == language.n || tag_byte(language.p[tag.n]) == '-' ? tag.n : 0;
}

const struct push_text *campaign_text(const struct campaign *campaign, const struct ruleset *rules,
                                      const struct customer *c)
{
    struct str language = ruleset_language(rules, c);
    size_t best = 0, best_length = 0;
    for (size_t i = 1; i < campaign->n_texts; i++) {
        size_t length = language_match(language, campaign->texts[i].language);
        if (length > best_length) best = i, best_length = length;
    }
    return &campaign->texts[best];
}

/* ---- fields of templates */

static bool text_field(struct str text, struct value *out)
{
    *out = VALUE_TEXT_OF(text);
    return text.n > 0;
}

static bool degrees_field(double degrees, struct value *out)
{
    *out = (struct value){.kind = VALUE_NUMBER};
    return num_of_double(degrees, &out->number);
}

/* Of the trigger, else the one that the event's `store` names; an id may look like a number. */
static const struct store *subject_store(const struct subject *s)
{
    char room[NUM_TEXT];
    const struct value *id = s->store || !s->event ? NULL : event_prop(s->event, FIELD_STORE);
    if (id && id->kind == VALUE_TEXT) return ruleset_store(s->rules, id->text);
    if (!id || id->kind != VALUE_NUMBER) return s->store;
    return ruleset_store(s->rules, (struct str){room, (size_t)num_format(id->number, id->scale, room)});
}

static bool store_field(const struct store *s, struct str name, struct value *out)
{
    if (str_eq(name, STR("id"))) return text_field(s->id, out);
    if (str_eq(name, STR("name"))) return text_field(s->name, out);
    if (str_eq(name, STR("zone"))) return text_field(s->zone, out);
    if (str_eq(name, STR("lat"))) return degrees_field(s->at.lat, out);
    if (str_eq(name, STR("lon"))) return degrees_field(s->at.lon, out);
    for (size_t i = 0; i < s->n_props; i++) {
        if (!str_eq(s->props[i].name, name)) continue;
        *out = s->props[i].value;
        return true;
    }
    return false;
}

/* Cuts the prefix off. */
static bool name_under(struct str *name, struct str prefix)
{
    if (!str_starts(*name, prefix)) return false;
    name->p += prefix.n, name->n -= prefix.n;
    return true;
}

static bool field_get(void *ctx, struct str name, struct value *out)
{
    const struct subject *s = ctx;
    const struct value *attribute;
    struct str under = name;
    if (str_eq(name, STR("user"))) return text_field(s->customer->user, out);
    if (str_eq(name, STR("campaign"))) return s->campaign && text_field(s->campaign->name, out);
    if (name_under(&under, STR("event."))) return s->event && event_value(s->event, under, out);
    if (name_under(&under, STR("store."))) {
        const struct store *store = subject_store(s);
        return store && store_field(store, under, out);
    }
    if ((attribute = customer_attribute(s->customer, name))) {
        *out = *attribute;
        return true;
    }
    return s->event && event_value(s->event, name, out);
}

struct fields subject_fields(const struct subject *s, struct str language)
{
    const struct value *currency = s->event ? event_prop(s->event, FIELD_CURRENCY) : NULL;
    bool told = currency && currency->kind == VALUE_TEXT && currency->text.n;
    return (struct fields){.get = field_get,
                           .ctx = (void *)(uintptr_t)s,
                           .language = language,
                           .currency = told ? currency->text : s->rules->currency,
                           .zone = ruleset_zone(s->rules, s->customer)};
}
