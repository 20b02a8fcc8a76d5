/* Trimming a stream: what every consumer group has done may go. A group has done all that lies before its oldest pending entry, or, with
 * nothing pending, before the last entry delivered to it. */
#include "daemon.h"
#include "nudge/mem.h"
#include <stdio.h>
#include <stdlib.h>

struct trim {
    struct redis *redis;
    struct str stream;
    char least[48];   /* of the groups judged so far; empty = none yet */
    unsigned waiting; /* groups whose oldest pending entry was asked for */
    bool failed;
};

struct oldest {
    struct trim *trim;
    char delivered[48];
};

static bool id_less(const char *a, const char *b)
{
    unsigned long long ams, aseq = 0, bms, bseq = 0;
    if (sscanf(a, "%llu-%llu", &ams, &aseq) < 1 || sscanf(b, "%llu-%llu", &bms, &bseq) < 1) return false;
    return ams < bms || (ams == bms && aseq < bseq);
}

static void trim_note(struct trim *t, const char *id)
{
    if (!t->least[0] || id_less(id, t->least)) snprintf(t->least, sizeof t->least, "%s", id);
}

static void trim_end(struct trim *t)
{
    if (t->waiting) return;
    if (!t->failed && t->least[0]) {
        struct buf b = {0};
        command_words(&b, "XTRIM", t->stream.p, "MINID", "~", t->least, NULL);
        redis_send(t->redis, buf_str(&b), 1, NULL, 0, NULL, NULL);
        buf_release(&b);
    }
    free(t);
}

/* [how many are pending, the oldest, the newest, by consumer] */
static void on_oldest(void *arg, const struct reply *r)
{
    struct oldest *o = arg;
    struct trim *t = o->trim;
    bool summary = r && r->type == REPLY_ARRAY && r->n == 4;
    if (!summary)
        t->failed = true;
    else
        trim_note(t, r->items[1].type == REPLY_TEXT ? r->items[1].text : o->delivered); /* nothing is pending any more */
    free(o);
    t->waiting--;
    trim_end(t);
}

static void oldest_ask(struct trim *t, const char *group, const char *delivered)
{
    struct oldest *o = mem_alloc(sizeof *o);
    o->trim = t;
    snprintf(o->delivered, sizeof o->delivered, "%s", delivered);
    struct buf b = {0};
    command_words(&b, "XPENDING", t->stream.p, group, NULL);
    if (redis_send(t->redis, buf_str(&b), 1, NULL, 0, on_oldest, o)) {
        t->waiting++;
    } else {
        free(o);
        t->failed = true;
    }
    buf_release(&b);
}

bool stream_trims(const struct daemon *d)
{
    return str_eq(d->options->stream_trim, STR("acknowledged"));
}

void stream_trim(struct redis *redis, struct str stream, const struct reply *groups)
{
    struct trim *t = mem_alloc(sizeof *t);
    t->redis = redis, t->stream = stream;
    for (uint32_t i = 0; i < groups->n; i++) {
        const struct reply *name = reply_named(&groups->items[i], "name"), *pending = reply_named(&groups->items[i], "pending"),
                           *delivered = reply_named(&groups->items[i], "last-delivered-id");
        if (!name || !delivered || name->type != REPLY_TEXT || delivered->type != REPLY_TEXT)
            t->failed = true;
        else if (pending && pending->type == REPLY_INTEGER && pending->integer > 0)
            oldest_ask(t, name->text, delivered->text);
        else
            trim_note(t, delivered->text);
    }
    trim_end(t);
}
