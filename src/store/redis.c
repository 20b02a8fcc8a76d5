#include "nudge/clock.h"
#include "nudge/log.h"
#include "nudge/mem.h"
#include "redis_reply.h"
#include <errno.h>
#include <event2/util.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#define READ_CHUNK ((size_t)128 << 10)
#define RETRY_FIRST ((int64_t)100)  /* ms */
#define RETRY_LAST ((int64_t)2000)
#define CONNECT_TIMEOUT ((int64_t)5000)

enum state { RESTING, CONNECTING, GREETING, UP };

struct request {
    unsigned replies;
    struct arena *into;
    int64_t deadline; /* steady ms */
    redis_done *done;
    void *arg;
};

struct redis {
    struct event_base *base;
    struct redis_options options;
    struct redis_events events;
    void *arg;
    enum state state;
    evutil_socket_t fd;
    struct event *readable, *writable, *timer; /* timer: reconnect, or the watch over the oldest request */
    redisReader *reader;
    struct arena scratch, *into;               /* into: where the next reply is parsed to */
    struct request *queue;                     /* a ring of the requests without all their replies */
    size_t first, count, cap;
    struct buf out;
    size_t sent;                               /* bytes of out that are written */
    int64_t pause;
    bool failing;
};

static void redis_connect(struct redis *);

/* ---- the queue */

static struct request *queue_head(struct redis *r)
{
    return r->count ? &r->queue[r->first] : NULL;
}

static void queue_add(struct redis *r, const struct request *q)
{
    if (r->count == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 16;
        struct request *bigger = mem_alloc(cap * sizeof *bigger);
        for (size_t i = 0; i < r->count; i++) bigger[i] = r->queue[(r->first + i) % r->cap];
        free(r->queue);
        r->queue = bigger, r->cap = cap, r->first = 0;
    }
    r->queue[(r->first + r->count++) % r->cap] = *q;
    if (r->count == 1) r->into = q->into ? q->into : &r->scratch;
}

static void queue_drop(struct redis *r)
{
    r->first = (r->first + 1) % r->cap;
    r->count--;
    struct request *head = queue_head(r);
    r->into = head && head->into ? head->into : &r->scratch;
}

/* ---- losing the connection */

static void socket_close(struct redis *r)
{
    if (r->readable) event_free(r->readable);
    if (r->writable) event_free(r->writable);
    r->readable = r->writable = NULL;
    if (r->fd >= 0) close(r->fd);
    r->fd = -1;
    if (r->reader) redisReaderFree(r->reader);
    r->reader = NULL;
    buf_clear(&r->out);
    r->sent = 0;
}

static void timer_set(struct redis *r, int64_t ms)
{
    struct timeval t = {ms / 1000, (ms % 1000) * 1000};
    event_add(r->timer, &t);
}

static void pause_then_retry(struct redis *r)
{
    uint32_t noise;
    evutil_secure_rng_get_bytes(&noise, sizeof noise);
    r->state = RESTING;
    timer_set(r, r->pause / 2 + (int64_t)(noise % (uint32_t)r->pause)); /* jitter: not all instances at once */
    r->pause = r->pause * 2 > RETRY_LAST ? RETRY_LAST : r->pause * 2;
}

static void requests_end(struct redis *r)
{
    while (r->count) {
        struct request q = *queue_head(r);
        queue_drop(r);
        if (q.done) q.done(q.arg, NULL);
    }
}

static void redis_lose(struct redis *r, const char *why)
{
    char kept[160];
    snprintf(kept, sizeof kept, "%s", why); /* it may stand in a reply that goes with the connection */
    r->state = RESTING;
    socket_close(r);
    requests_end(r);
    pause_then_retry(r);
    r->events.down(r->arg, kept);
}

void redis_reset(struct redis *r, const char *why)
{
    if (r->state != RESTING) redis_lose(r, why);
}

/* ---- reading */

static void reply_deliver(struct redis *r, const struct reply *reply)
{
    struct request *q = queue_head(r);
    struct request now = *q;
    if (--q->replies == 0) queue_drop(r);
    if (now.done) now.done(now.arg, reply);
    if (!now.into) arena_reset(&r->scratch); /* between two replies: nothing half-read is in it */
}

static void replies_read(struct redis *r)
{
    redisReader *reader = r->reader;
    void *reply;
    while (r->reader == reader) { /* done() may have dropped the connection */
        if (redisReaderGetReply(reader, &reply) != REDIS_OK) {
            redis_lose(r, reader->errstr);
            return;
        }
        if (!reply) break;
        if (!r->count) {
            redis_lose(r, "a reply that nobody asked for");
            return;
        }
        reply_deliver(r, reply);
    }
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct redis *r = arg;
    static char chunk[READ_CHUNK]; /* one thread; too large for the stack */
    (void)what;
    ssize_t n = read(fd, chunk, sizeof chunk);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
        redis_lose(r, n ? strerror(errno) : "closed by Redis");
        return;
    }
    if (redisReaderFeed(r->reader, chunk, (size_t)n) != REDIS_OK)
        redis_lose(r, r->reader->errstr);
    else
        replies_read(r);
}

/* ---- writing */

static void out_write(struct redis *r)
{
    while (r->sent < r->out.n) {
        ssize_t n = send(r->fd, r->out.p + r->sent, r->out.n - r->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) break;
        if (n < 0) return; /* the read side notices, and reports */
        r->sent += (size_t)n;
    }
    if (r->sent < r->out.n) {
        event_add(r->writable, NULL);
        return;
    }
    buf_clear(&r->out);
    r->sent = 0;
    if (r->out.cap > (size_t)8 << 20) buf_release(&r->out); /* one giant commit must not hold its memory for ever */
}

/* ---- greeting */

static void on_greeted(void *arg, const struct reply *reply)
{
    struct redis *r = arg;
    if (!reply) return;
    if (reply->type == REPLY_ERROR && !r->failing) {
        r->failing = true; /* AUTH's or PING's own words say best what is wrong */
        redis_lose(r, reply->text);
        return;
    }
    if (r->count || r->state != GREETING) return;
    r->state = UP;
    r->pause = RETRY_FIRST;
    r->events.up(r->arg);
}

static void greet(struct redis *r)
{
    struct buf b = {0};
    unsigned n = 2;
    if (r->options.password.n) {
        command(&b, r->options.user.n ? 3 : 2);
        command_str(&b, STR("AUTH"));
        if (r->options.user.n) command_str(&b, r->options.user);
        command_str(&b, r->options.password);
        n++;
    }
    command(&b, 2);
    command_str(&b, STR("SELECT"));
    command_int(&b, r->options.url.db);
    command_words(&b, "PING", NULL);
    r->state = GREETING;
    r->failing = false;
    timer_set(r, r->options.timeout / 2); /* from now on the time-out counts, not that of connecting */
    redis_send(r, buf_str(&b), n, NULL, 0, on_greeted, r);
    buf_release(&b);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct redis *r = arg;
    (void)what;
    if (r->state != CONNECTING) {
        out_write(r);
        return;
    }
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error)
        redis_lose(r, strerror(error));
    else
        greet(r);
}

/* ---- connecting */

static int socket_local(const struct redis_url *url, int *error)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    memcpy(a.sun_path, url->path, sizeof a.sun_path - 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    *error = fd < 0 || (connect(fd, (struct sockaddr *)&a, sizeof a) < 0 && errno != EINPROGRESS) ? errno : 0;
    return fd;
}

static int socket_remote(const struct redis_url *url, int *error)
{
    char port[8];
    struct evutil_addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = EVUTIL_AI_ADDRCONFIG}, *found = NULL;
    snprintf(port, sizeof port, "%d", url->port);
    if (evutil_getaddrinfo(url->host, port, &hints, &found) != 0 || !found) {
        *error = EHOSTUNREACH;
        return -1;
    }
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    *error = fd < 0 || (connect(fd, found->ai_addr, found->ai_addrlen) < 0 && errno != EINPROGRESS) ? errno : 0;
    if (fd >= 0) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    evutil_freeaddrinfo(found);
    return fd;
}

static void redis_connect(struct redis *r)
{
    int error;
    r->fd = r->options.url.local ? socket_local(&r->options.url, &error) : socket_remote(&r->options.url, &error);
    if (error || !(r->reader = reply_reader_new(&r->into))) {
        redis_lose(r, strerror(error ? error : ENOMEM));
        return;
    }
    r->state = CONNECTING;
    r->readable = event_new(r->base, r->fd, EV_READ | EV_PERSIST, on_readable, r);
    r->writable = event_new(r->base, r->fd, EV_WRITE, on_writable, r);
    event_add(r->readable, NULL);
    event_add(r->writable, NULL);
    timer_set(r, CONNECT_TIMEOUT);
}

/* ---- the watch: a connection that has gone silent is dead */

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct redis *r = arg;
    (void)fd, (void)what;
    if (r->state == RESTING) {
        redis_connect(r);
        return;
    }
    struct request *head = queue_head(r);
    if (r->state == CONNECTING || (head && clock_steady() >= head->deadline))
        redis_lose(r, r->state == CONNECTING ? "no answer to connecting" : "no answer in time");
    else
        timer_set(r, r->options.timeout / 2);
}

bool redis_send(struct redis *r, struct str commands, unsigned replies, struct arena *into, int64_t wait, redis_done *done, void *arg)
{
    if (r->state != UP && !(r->state == GREETING && done == on_greeted)) return false;
    queue_add(r, &(struct request){replies, into, clock_steady() + r->options.timeout + wait, done, arg});
    bool idle = r->out.n == 0;
    r->out.max = (size_t)2 << 30;
    buf_str_put(&r->out, commands);
    if (idle) out_write(r);
    return true;
}

/* ---- life */

struct redis *redis_new(struct event_base *base, const struct redis_options *options, const struct redis_events *events, void *arg)
{
    struct redis *r = mem_alloc(sizeof *r);
    r->base = base, r->options = *options, r->events = *events, r->arg = arg;
    r->fd = -1;
    r->pause = RETRY_FIRST;
    r->into = &r->scratch;
    r->timer = evtimer_new(base, on_timer, r);
    timer_set(r, 0);
    return r;
}

void redis_free(struct redis *r)
{
    if (!r) return;
    r->state = RESTING; /* nothing more is sent */
    socket_close(r);
    requests_end(r);
    event_free(r->timer);
    arena_release(&r->scratch);
    buf_release(&r->out);
    free(r->queue);
    free(r);
}

bool redis_up(const struct redis *r)
{
    return r->state == UP;
}
