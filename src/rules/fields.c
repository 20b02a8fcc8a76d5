/* The names that templates may use, so that a misspelt one is noticed. */
#include "build.h"
#include "nudge/mem.h"

static void field_add(struct build *b, size_t *cap, struct str name)
{
    b->fields = mem_grow(b->fields, cap, b->n_fields + 1, sizeof *b->fields);
    b->fields[b->n_fields++] = name;
}

static bool field_known(const struct build *b, struct str name)
{
    for (size_t i = 0; i < b->n_fields; i++)
        if (str_eq(b->fields[i], name)) return true;
    return false;
}

/* Each column once: a hundred thousand stores have the same ones. */
static void store_fields_add(struct build *b, size_t *cap)
{
    struct map columns = {0};
    const struct map *stores = &b->rules->names->stores;
    for (struct map_slot *slot = NULL; (slot = map_next(stores, slot));) {
        const struct store *s = slot->value;
        for (size_t i = 0; i < s->n_props; i++) {
            struct str column = s->props[i].name;
            if (map_get(&columns, column)) continue;
            map_put(&columns, column, b);
            field_add(b, cap, arena_printf(build_arena(b), "store.%.*s", STR_ARG(column)));
        }
    }
    map_release(&columns);
}

void fields_build(struct build *b)
{
    size_t cap = 0;
    static const struct str own[] = {WORD("user"),       WORD("campaign"),   WORD("store.id"),
                                     WORD("store.name"), WORD("store.zone"), WORD("store.lat"),
                                     WORD("store.lon")};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) field_add(b, &cap, own[i]);
    for (size_t i = 0; i < b->rules->n_attributes; i++) field_add(b, &cap, b->rules->attributes[i].name);
    for (int f = 1; f < FIELD_COUNT; f++) field_add(b, &cap, field_name((enum field)f));
    store_fields_add(b, &cap);
}

void field_check(struct reader *r, struct node at, const struct template *t)
{
    struct str name;
    for (size_t i = 0; template_field(t, i, &name); i++) {
        static const struct str event = {"event.", 6};
        bool own = str_starts(name, event);
        struct str bare = own ? (struct str){name.p + event.n, name.n - event.n} : name;
        if (field_known(r->build, bare)) continue;
        struct str near = str_nearest(bare, r->build->fields, r->build->n_fields);
        if (near.p)
            node_warn(at, r->errors,
                      "\"%.*s\" is no field known here; if it is not a property of your own, did you mean "
                      "\"%s%.*s\"?",
                      STR_ARG(name), own ? "event." : "", STR_ARG(near));
    }
}
