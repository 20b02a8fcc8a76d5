/* The raw limit of the drain benchmark: reads and acknowledges a whole stream, and does nothing else.
 *   raw_drain PORT STREAM */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void ignore(redisReply *r)
{
    if (r) freeReplyObject(r);
}

static void acknowledge(redisContext *c, const char *stream, const redisReply *entries)
{
    size_t n = entries->elements;
    const char **words = malloc((n + 3) * sizeof *words);
    if (!words) return;
    words[0] = "XACK", words[1] = stream, words[2] = "raw";
    for (size_t i = 0; i < n; i++) words[3 + i] = entries->element[i]->element[0]->str;
    ignore(redisCommandArgv(c, (int)(n + 3), words, NULL));
    free(words);
}

static size_t drain(redisContext *c, const char *stream)
{
    size_t n = 0;
    for (redisReply *r; (r = redisCommand(c, "XREADGROUP GROUP raw r COUNT 512 STREAMS %s >", stream)); freeReplyObject(r)) {
        if (r->type != REDIS_REPLY_ARRAY) {
            freeReplyObject(r);
            break;
        }
        acknowledge(c, stream, r->element[0]->element[1]);
        n += r->element[0]->element[1]->elements;
    }
    return n;
}

int main(int argc, char **argv)
{
    if (argc != 3) return fprintf(stderr, "usage: raw_drain PORT STREAM\n"), 2;
    redisContext *c = redisConnect("127.0.0.1", atoi(argv[1]));
    if (!c || c->err) return fprintf(stderr, "raw_drain: no Redis\n"), 1;
    ignore(redisCommand(c, "XGROUP CREATE %s raw 0", argv[2]));
    double t = seconds();
    size_t n = drain(c, argv[2]);
    t = seconds() - t;
    ignore(redisCommand(c, "XGROUP DESTROY %s raw", argv[2]));
    redisFree(c);
    printf("%zu events in %.3f s = %.0f per second\n", n, t, (double)n / t);
    return 0;
}
