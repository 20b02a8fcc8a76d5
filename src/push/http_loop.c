#include "http_loop.h"
#include "nudge/mem.h"
#include <event2/event_struct.h>
#include <stdlib.h>

struct http_loop {
    CURLM *multi;
    struct event_base *base;
    struct event timer;
    http_ended *ended;
    struct watch *spare; /* watches to be used again: a socket comes and goes with each request */
};

struct watch { /* a socket that libcurl waits for */
    struct event event;
    struct watch *next;
};

static void transfers_collect(struct http_loop *loop)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(loop->multi, &left))) {
        if (message->msg != CURLMSG_DONE) continue;
        CURL *easy = message->easy_handle;
        CURLcode code = message->data.result; /* the message does not outlive the removal */
        curl_multi_remove_handle(loop->multi, easy);
        loop->ended(easy, code);
    }
}

static void socket_ready(evutil_socket_t fd, short what, void *arg)
{
    struct http_loop *loop = arg;
    int running;
    int action = (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0);
    curl_multi_socket_action(loop->multi, fd, action, &running);
    transfers_collect(loop);
}

static void timer_due(evutil_socket_t fd, short what, void *arg)
{
    struct http_loop *loop = arg;
    int running;
    (void)fd, (void)what;
    curl_multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    transfers_collect(loop);
}

static struct watch *watch_new(struct http_loop *loop, curl_socket_t fd)
{
    struct watch *w = loop->spare;
    if (w)
        loop->spare = w->next;
    else
        w = mem_alloc(sizeof *w);
    curl_multi_assign(loop->multi, fd, w);
    return w;
}

static void watch_end(struct http_loop *loop, struct watch *w)
{
    event_del(&w->event);
    w->next = loop->spare;
    loop->spare = w;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *assigned)
{
    struct http_loop *loop = arg;
    struct watch *w = assigned;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (w) watch_end(loop, w);
        return 0;
    }
    if (w)
        event_del(&w->event);
    else
        w = watch_new(loop, fd);
    short events = EV_PERSIST | (what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0);
    event_assign(&w->event, loop->base, fd, events, socket_ready, loop);
    event_add(&w->event, NULL);
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *arg)
{
    struct http_loop *loop = arg;
    (void)multi;
    if (ms < 0) {
        event_del(&loop->timer);
    } else if (ms == 0) { /* from the loop, never from here: libcurl is not re-entrant */
        event_active(&loop->timer, EV_TIMEOUT, 0);
    } else {
        struct timeval t = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
        event_add(&loop->timer, &t);
    }
    return 0;
}

struct http_loop *http_loop_new(struct event_base *base, http_ended *ended)
{
    struct http_loop *loop = mem_alloc(sizeof *loop);
    loop->base = base;
    loop->ended = ended;
    loop->multi = curl_multi_init();
    if (!loop->multi) mem_exhausted();
    event_assign(&loop->timer, base, -1, 0, timer_due, loop);
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
    return loop;
}

void http_loop_free(struct http_loop *loop)
{
    curl_multi_cleanup(loop->multi); /* still calls on_socket, on_timer */
    event_del(&loop->timer);
    while (loop->spare) {
        struct watch *w = loop->spare;
        loop->spare = w->next;
        free(w);
    }
    free(loop);
}

CURLM *http_loop_multi(struct http_loop *loop)
{
    return loop->multi;
}
