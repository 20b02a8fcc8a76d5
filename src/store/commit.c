#include "nudge/commit.h"
#include "nudge/zone.h"
#include <stdio.h>

static void begin_command(struct commit *t, unsigned arguments)
{
    command(&t->bytes, arguments);
    t->commands++;
}

void commit_begin(struct commit *t, const struct keys *keys, struct arena *arena, int64_t lease, int64_t now,
                  struct str turn)
{
    char day[32];
    time_format(now, day);
    t->keys = keys, t->arena = arena;
    buf_clear(&t->bytes);
    buf_clear(&t->acks);
    buf_clear(&t->settled);
    map_release(&t->stats);
    t->n_acks = t->n_settled = t->commands = 0;
    t->day = arena_str(arena, (struct str){day, 10});
    command_words(&t->bytes, "MULTI", NULL);
    begin_command(t, 3);
    command_str(&t->bytes, STR("PEXPIRE"));
    command_str(&t->bytes, keys->owner);
    command_int(&t->bytes, lease);
    begin_command(t, 3);
    command_str(&t->bytes, STR("SET"));
    command_str(&t->bytes, keys->turn);
    command_str(&t->bytes, turn);
}

void commit_release(struct commit *t)
{
    buf_release(&t->bytes);
    buf_release(&t->acks);
    buf_release(&t->settled);
    map_release(&t->stats);
}

bool commit_empty(const struct commit *t)
{
    return t->commands == 2 && !t->n_acks && !t->n_settled && !t->stats.count;
}

void commit_append(struct commit *t, struct str user, bool first, struct str log)
{
    begin_command(t, 3);
    command_str(&t->bytes, STR("APPEND"));
    command_joined(&t->bytes, t->keys->customer, user);
    command_header(&t->bytes, '$', log.n + first);
    if (first) buf_char(&t->bytes, CUSTOMER_VERSION);
    buf_str_put(&t->bytes, log);
    buf_put(&t->bytes, "\r\n", 2);
}

void commit_snapshot(struct commit *t, struct str user, struct str snapshot)
{
    begin_command(t, 3);
    command_str(&t->bytes, STR("SET"));
    command_joined(&t->bytes, t->keys->customer, user);
    command_str(&t->bytes, snapshot);
}

void commit_new_customer(struct commit *t, struct str user)
{
    begin_command(t, 4);
    command_str(&t->bytes, STR("ZADD"));
    command_str(&t->bytes, t->keys->customers);
    command_str(&t->bytes, STR("0"));
    command_str(&t->bytes, user);
}

void commit_erase(struct commit *t, struct str user)
{
    begin_command(t, 2);
    command_str(&t->bytes, STR("DEL"));
    command_joined(&t->bytes, t->keys->customer, user);
    begin_command(t, 3);
    command_str(&t->bytes, STR("ZREM"));
    command_str(&t->bytes, t->keys->customers);
    command_str(&t->bytes, user);
}

struct str timer_member(struct arena *a, uint64_t id, struct str user)
{
    return arena_printf(a, "%016llx:%.*s", (unsigned long long)id, STR_ARG(user));
}

bool timer_member_read(struct str member, uint64_t *id, struct str *user)
{
    if (member.n < 18 || member.p[16] != ':') return false;
    *user = (struct str){member.p + 17, member.n - 17};
    *id = 0;
    for (int i = 0; i < 16; i++) {
        char c = member.p[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) return false;
        *id = *id << 4 | (unsigned)digit;
    }
    return true;
}

void commit_timer_done(struct commit *t, struct str member)
{
    begin_command(t, 3);
    command_str(&t->bytes, STR("ZREM"));
    command_str(&t->bytes, t->keys->timers);
    command_str(&t->bytes, member);
}

void commit_timer(struct commit *t, struct str user, const struct timer_change *change)
{
    struct str member = timer_member(t->arena, change->id, user);
    if (!change->set) {
        commit_timer_done(t, member);
        return;
    }
    begin_command(t, 4);
    command_str(&t->bytes, STR("ZADD"));
    command_str(&t->bytes, t->keys->timers);
    command_int(&t->bytes, change->due);
    command_str(&t->bytes, member);
}

unsigned commit_push(struct commit *t, struct str user, const struct push *p)
{
    struct buf *b = &t->bytes;
    char created[24], expires[24];
    int n_created = snprintf(created, sizeof created, "%lld", (long long)p->created);
    int n_expires = snprintf(expires, sizeof expires, "%lld", (long long)p->expires);
    const struct field_pair fields[] = {
        {STR("id"), str_of(p->id.text)},     {STR("user"), user},          {STR("campaign"), p->campaign->name},
        {STR("provider"), p->provider},      {STR("title"), p->title},     {STR("body"), p->body},
        {STR("url"), p->url},                {STR("data"), p->data},       {STR("language"), p->language},
        {STR("created"), {created, (size_t)n_created}}, {STR("expires"), {expires, (size_t)n_expires}}};
    size_t n = sizeof fields / sizeof *fields;
    begin_command(t, (unsigned)(3 + 2 * n));
    command_str(b, STR("XADD"));
    command_str(b, t->keys->outbox);
    command_str(b, STR("*"));
    for (size_t i = 0; i < n; i++) {
        command_str(b, fields[i].name);
        command_str(b, fields[i].value);
    }
    return t->commands - 1;
}

void commit_settled(struct commit *t, struct str row)
{
    command_str(&t->settled, row);
    t->n_settled++;
}

void commit_stat(struct commit *t, struct str campaign, enum reason reason)
{
    struct str name = reason_name(reason);
    char key[256];
    if (campaign.n > sizeof key / 2) campaign.n = sizeof key / 2; /* no campaign has such a name */
    int n = snprintf(key, sizeof key, "%.*s:%.*s", STR_ARG(campaign), STR_ARG(name));
    uintptr_t count = (uintptr_t)map_get(&t->stats, (struct str){key, (size_t)n});
    if (!count)
        map_put(&t->stats, arena_str(t->arena, (struct str){key, (size_t)n}), (void *)(uintptr_t)1);
    else
        map_put(&t->stats, map_slot(&t->stats, (struct str){key, (size_t)n})->key, (void *)(count + 1));
}

void commit_ack(struct commit *t, struct str entry)
{
    command_str(&t->acks, entry);
    t->n_acks++;
}

void commit_dead(struct commit *t, struct str entry, const char *why, const struct field_pair *fields, size_t n)
{
    struct buf *b = &t->bytes;
    begin_command(t, (unsigned)(7 + 2 * n));
    command_str(b, STR("XADD"));
    command_str(b, t->keys->dead);
    command_str(b, STR("*"));
    command_str(b, STR("reason"));
    command_str(b, str_of(why));
    command_str(b, STR("entry"));
    command_str(b, entry);
    for (size_t i = 0; i < n; i++) {
        command_joined(b, STR("event."), fields[i].name);
        command_str(b, fields[i].value);
    }
}

void commit_schedule(struct commit *t, struct str field, struct str progress)
{
    begin_command(t, 4);
    command_str(&t->bytes, STR("HSET"));
    command_str(&t->bytes, t->keys->schedules);
    command_str(&t->bytes, field);
    command_str(&t->bytes, progress);
}

void commit_zone(struct commit *t, struct str zone)
{
    begin_command(t, 3);
    command_str(&t->bytes, STR("SADD"));
    command_str(&t->bytes, t->keys->zones);
    command_str(&t->bytes, zone);
}

/* ---- sealing */

static void seal_lists(struct commit *t)
{
    if (t->n_settled) {
        begin_command(t, 2 + t->n_settled);
        command_str(&t->bytes, STR("XDEL"));
        command_str(&t->bytes, t->keys->outbox);
        buf_str_put(&t->bytes, buf_str(&t->settled));
    }
    if (t->n_acks) {
        begin_command(t, 3 + t->n_acks);
        command_str(&t->bytes, STR("XACK"));
        command_str(&t->bytes, t->keys->events);
        command_str(&t->bytes, STR(GROUP));
        buf_str_put(&t->bytes, buf_str(&t->acks));
    }
}

static void seal_stats(struct commit *t)
{
    for (struct map_slot *s = NULL; (s = map_next(&t->stats, s));) {
        begin_command(t, 4);
        command_str(&t->bytes, STR("HINCRBY"));
        command_joined(&t->bytes, t->keys->stats, t->day);
        command_str(&t->bytes, s->key);
        command_int(&t->bytes, (int64_t)(uintptr_t)s->value);
    }
}

void commit_guard(struct buf *b, const struct keys *keys)
{
    command(b, 2);
    command_str(b, STR("WATCH"));
    command_str(b, keys->owner);
    command(b, 2);
    command_str(b, STR("GET"));
    command_str(b, keys->owner);
}

struct str commit_seal(struct commit *t, bool release, unsigned *replies)
{
    seal_stats(t);
    seal_lists(t);
    if (release) {
        begin_command(t, 2);
        command_str(&t->bytes, STR("DEL"));
        command_str(&t->bytes, t->keys->owner);
    }
    command_words(&t->bytes, "EXEC", NULL);
    commit_guard(&t->bytes, t->keys);
    *replies = 1 + t->commands + 1 + 2; /* MULTI, QUEUED each, EXEC, WATCH, GET */
    return buf_str(&t->bytes);
}
