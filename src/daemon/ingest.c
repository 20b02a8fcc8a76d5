/* Reading the stream: what was delivered before and never acknowledged first (recover.c), then what is new. */
#include "daemon.h"
#include "nudge/crash.h"
#include "nudge/mem.h"
#include <stdio.h>
#include <stdlib.h>

#define BLOCK_MOST ((int64_t)1000) /* ms a read waits; well below the lease, so that a stopped owner's read ends before its lease */
#define ERROR_PAUSE ((int64_t)250)

/* ---- a batch */

static bool all_done(const struct partition *p)
{
    return !p->n_batches && !p->waiting && !p->committing;
}

/* Batches and their arenas are used again: fresh memory for each would be a page fault every few events. */
static struct batch *batch_new(struct partition *p)
{
    struct batch *b = p->spare_batches;
    if (!b) return mem_alloc(sizeof *b);
    p->spare_batches = b->next;
    struct arena warm = b->arena;
    *b = (struct batch){.arena = warm};
    return b;
}

void batch_free(struct partition *p, struct batch *b)
{
    arena_reset(&b->arena);
    b->next = p->spare_batches;
    p->spare_batches = b;
}

static void batch_fill(struct batch *b, const struct reply *entries)
{
    b->n = entries->n;
    b->items = arena_zalloc(&b->arena, b->n * sizeof *b->items);
    for (size_t i = 0; i < b->n; i++) {
        const struct reply *entry = &entries->items[i];
        b->items[i].entry = reply_str(&entry->items[0]);
        b->items[i].fields = &entry->items[1];
    }
}

void batch_add(struct partition *p, struct batch *b)
{
    struct batch **end = &p->batches;
    while (*end) end = &(*end)->next;
    *end = b;
    p->n_batches++;
    partition_wake(p);
}

static void cursor_move(struct partition *p, const struct reply *entries)
{
    if (!p->history) return;
    if (entries->n == 0) {
        p->history = p->careful = false; /* nothing old is left */
        return;
    }
    snprintf(p->cursor, sizeof p->cursor, "%s", entries->items[entries->n - 1].items[0].text);
}

struct read {
    struct partition *partition;
    struct batch *batch;
};

static void group_lost(struct partition *p)
{
    struct buf b = {0};
    command_words(&b, "XGROUP", "CREATE", p->keys.events.p, GROUP, "0", "MKSTREAM", NULL);
    redis_send(p->loader, buf_str(&b), 1, NULL, 0, NULL, NULL);
    buf_release(&b);
    p->daemon->metrics.v[METRIC_GROUPS_RECREATED]++;
    p->recover = true;
}

static void read_failed(struct partition *p, const struct reply *r)
{
    bool group = reply_error(r, "NOGROUP") || reply_error(r, "UNBLOCKED");
    log_at(LOG_WARNING, group ? "the consumer group had vanished and is made again" : "reading the stream failed", "partition=%u error=%s",
           p->number, r->text);
    trouble_set(p->daemon, p->trouble, group ? "" : r->text);
    p->read_again = clock_steady() + ERROR_PAUSE;
    if (group) group_lost(p);
}

static const struct reply *read_entries(const struct reply *r)
{
    bool right = r->type == REPLY_ARRAY && r->n == 1 && r->items[0].type == REPLY_ARRAY && r->items[0].n == 2;
    const struct reply *entries = right ? &r->items[0].items[1] : NULL;
    return entries && entries->type == REPLY_ARRAY ? entries : NULL;
}

static void on_read(void *arg, const struct reply *r)
{
    struct read *read = arg;
    struct partition *p = read->partition;
    struct batch *b = read->batch;
    free(read);
    p->reading = false;
    const struct reply *entries = r ? read_entries(r) : NULL;
    if (r && r->type == REPLY_ERROR) read_failed(p, r);
    if (entries) cursor_move(p, entries);
    if (entries && entries->n && p->state == PARTITION_RUNNING) {
        crash_point("after_read");
        batch_fill(b, entries);
        if (p->careful)
            recover_mark(p, b);
        else
            batch_add(p, b);
    } else {
        batch_free(p, b);
    }
    if (r) ingest_read(p);
}

static bool may_read(const struct partition *p)
{
    if (p->state != PARTITION_RUNNING || p->reading || p->recover || !partition_leased(p)) return false;
    if (p->careful && !all_done(p)) return false;
    return p->n_batches < BATCHES_AHEAD && clock_steady() >= p->read_again;
}

void ingest_read(struct partition *p)
{
    if (p->state == PARTITION_RUNNING && p->recover && !p->reading && all_done(p)) recover_begin(p);
    if (!may_read(p)) return;
    struct read *read = mem_alloc(sizeof *read);
    read->partition = p;
    read->batch = batch_new(p);
    int64_t block = p->daemon->options->lease / 4 < BLOCK_MOST ? p->daemon->options->lease / 4 : BLOCK_MOST;
    struct buf b = {0};
    command(&b, p->history ? 9 : 11);
    command_str(&b, STR("XREADGROUP"));
    command_str(&b, STR("GROUP"));
    command_str(&b, STR(GROUP));
    command_str(&b, STR(GROUP));
    command_str(&b, STR("COUNT"));
    command_int(&b, p->careful ? 1 : p->daemon->options->batch);
    if (!p->history) {
        command_str(&b, STR("BLOCK"));
        command_int(&b, block);
    }
    command_str(&b, STR("STREAMS"));
    command_str(&b, p->keys.events);
    command_str(&b, p->history ? str_of(p->cursor) : STR(">"));
    p->reading = redis_send(p->reader, buf_str(&b), 1, &read->batch->arena, block, on_read, read);
    buf_release(&b);
    if (!p->reading) {
        batch_free(p, read->batch);
        free(read);
    }
}

void ingest_stop(struct partition *p)
{
    while (p->batches && !p->waiting) ingest_done(p); /* undecided: they stay pending, for the next owner */
}

/* ---- decoding */

static const char *fields_pairs(struct batch *b, const struct item *item, struct field_pair **pairs, size_t *n)
{
    const struct reply *f = item->fields;
    *n = 0;
    if (f->type != REPLY_ARRAY) return "the entry was trimmed from the stream before it was read";
    *n = f->n / 2;
    *pairs = arena_alloc(&b->arena, (*n + 1) * sizeof **pairs);
    for (size_t i = 0; i < *n; i++) (*pairs)[i] = (struct field_pair){reply_str(&f->items[2 * i]), reply_str(&f->items[2 * i + 1])};
    return NULL;
}

/* The time part of an entry's ID; a backend may give IDs of up to 64 bits. */
static int64_t entry_ms(struct str id)
{
    int64_t ms = 0;
    for (size_t i = 0; i < id.n && id.p[i] >= '0' && id.p[i] <= '9'; i++) {
        if (ms > INT64_MAX / 10 - 1) return INT64_MAX;
        ms = ms * 10 + (id.p[i] - '0');
    }
    return ms;
}

static void item_decode(struct partition *p, struct batch *b, struct item *item, int64_t now)
{
    struct field_pair *pairs;
    size_t n;
    char why[256];
    struct str unfit;
    item->refused = fields_pairs(b, item, &pairs, &n);
    if (!item->refused) item->refused = recover_refuses(p, b, item->entry);
    if (item->refused) return;
    struct event_source source = {item->entry, entry_ms(item->entry), now};
    if (!event_decode(&b->arena, &source, pairs, n, &item->event, why, sizeof why))
        item->refused = arena_str(&b->arena, str_of(why)).p;
    else if (!engine_admit(p->daemon->rules, &b->arena, &item->event, &unfit))
        item->refused = unfit.p;
}

struct batch *ingest_batch(struct partition *p)
{
    struct batch *b = p->batches;
    if (!b || b->decoded) return b;
    int64_t now = clock_wall();
    for (size_t i = 0; i < b->n; i++) item_decode(p, b, &b->items[i], now);
    b->decoded = true;
    return b;
}

void ingest_done(struct partition *p)
{
    struct batch *b = p->batches;
    p->batches = b->next;
    p->n_batches--;
    batch_free(p, b);
}

void ingest_release(struct partition *p)
{
    if (p->marking) batch_free(p, p->marking);
    p->marking = NULL;
    while (p->batches) ingest_done(p);
    while (p->spare_batches) {
        struct batch *b = p->spare_batches;
        p->spare_batches = b->next;
        arena_release(&b->arena);
        free(b);
    }
}

/* ---- now and then: entries that a stopped owner's read took along, the stream's length, the lag */

static int64_t named_integer(const struct reply *pairs, const char *name)
{
    const struct reply *r = reply_named(pairs, name);
    return r && r->type == REPLY_INTEGER ? r->integer : 0;
}

static size_t in_hand(const struct partition *p)
{
    size_t n = 0;
    for (const struct batch *b = p->batches; b; b = b->next) n += b->n;
    return n + (p->committing ? p->committing->commit.n_acks : 0) + (p->waiting ? p->waiting->commit.n_acks : 0);
}

static void on_groups(void *arg, const struct reply *r)
{
    struct partition *p = arg;
    if (!r || r->type != REPLY_ARRAY || p->state != PARTITION_RUNNING) return;
    for (uint32_t i = 0; i < r->n; i++) {
        const struct reply *name = reply_named(&r->items[i], "name");
        if (!name || !str_eq(reply_str(name), STR(GROUP))) continue;
        p->lag = named_integer(&r->items[i], "lag");
        /* A read may be on its way with up to a batch that we do not know of yet: then look again later. */
        if (named_integer(&r->items[i], "pending") > 0 && in_hand(p) == 0 && all_done(p) && !p->history) p->recover = true;
    }
    if (stream_trims(p->daemon)) stream_trim(p->loader, p->keys.events, r);
    ingest_read(p);
}

void ingest_renew(struct partition *p)
{
    struct buf b = {0};
    command_words(&b, "XINFO", "GROUPS", p->keys.events.p, NULL);
    redis_send(p->loader, buf_str(&b), 1, NULL, 0, on_groups, p);
    buf_release(&b);
    ingest_read(p);
}
