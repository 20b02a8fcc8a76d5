/* hiredis' reader building our replies: compact, and in an arena. */
#include "redis_reply.h"

static struct arena *task_arena(const redisReadTask *task)
{
    return *(struct arena **)task->privdata;
}

/* Where the element goes: into its parent's items, or a new top. */
static struct reply *reply_place(const redisReadTask *task)
{
    if (!task->parent) return arena_zalloc(task_arena(task), sizeof(struct reply));
    return &((struct reply *)task->parent->obj)->items[task->idx];
}

static void *create_string(const redisReadTask *task, char *p, size_t n)
{
    struct reply *r = reply_place(task);
    r->type = task->type == REDIS_REPLY_ERROR ? REPLY_ERROR : task->type == REDIS_REPLY_STATUS ? REPLY_STATUS : REPLY_TEXT;
    r->text = arena_str(task_arena(task), (struct str){p, n}).p;
    r->n = (uint32_t)n;
    return r;
}

#if HIREDIS_MAJOR >= 1
static void *create_array(const redisReadTask *task, size_t n)
#else
static void *create_array(const redisReadTask *task, int n)
#endif
{
    struct reply *r = reply_place(task);
    r->type = REPLY_ARRAY;
    r->n = (uint32_t)n;
    r->items = arena_alloc(task_arena(task), (size_t)n * sizeof *r->items);
    return r;
}

static void *create_integer(const redisReadTask *task, long long v)
{
    struct reply *r = reply_place(task);
    r->type = REPLY_INTEGER, r->n = 0;
    r->integer = v;
    return r;
}

static void *create_nil(const redisReadTask *task)
{
    struct reply *r = reply_place(task);
    *r = (struct reply){.type = REPLY_NIL};
    return r;
}

static void free_object(void *r)
{
    (void)r; /* the arena's owner does */
}

redisReader *reply_reader_new(struct arena **into)
{
    static redisReplyObjectFunctions functions = {
        .createString = create_string, .createArray = create_array, .createInteger = create_integer, .createNil = create_nil,
        .freeObject = free_object};
    redisReader *reader = redisReaderCreateWithFunctions(&functions);
    if (!reader) return NULL;
    reader->privdata = into;
    reader->maxbuf = 1 << 20; /* kept between replies */
    return reader;
}

const struct reply *reply_named(const struct reply *pairs, const char *name)
{
    for (uint32_t i = 0; pairs->type == REPLY_ARRAY && i + 1 < pairs->n; i += 2)
        if (str_eq(reply_str(&pairs->items[i]), str_of(name))) return &pairs->items[i + 1];
    return NULL;
}
