#include "nudge/admin.h"
#include "nudge/listen.h"
#include "nudge/log.h"
#include "nudge/mem.h"
#include "pages.h"
#include "request.h"
#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <unistd.h>

#define ACCEPT_PAUSE 1 /* seconds without accepting when the system has no more files to give */
#define BACKLOG 64

struct client {
    TAILQ_ENTRY(client) link;
    struct admin *admin;
    struct bufferevent *bev;
    struct event *deadline;
    bool answered;
    bool ended; /* the client has sent its last byte */
};

struct admin {
    struct event_base *base;
    struct evconnlistener *listener;
    struct event *resume; /* accepting again */
    struct admin_source source;
    TAILQ_HEAD(, client) clients; /* oldest first */
    size_t n;
    struct arena arena; /* of one answer */
    int port;
};

/* ---- answering */

static const struct route {
    struct str path;
    const char *type;
    page_render *render;
} routes[] = {
    {{"/", 1}, "text/html; charset=utf-8", page_status},
    {{"/style.css", 10}, "text/css; charset=utf-8", page_style},
    {{"/api/v1/status", 14}, "application/json", page_json},
    {{"/healthz", 8}, "text/plain; charset=utf-8", page_health},
    {{"/readyz", 7}, "text/plain; charset=utf-8", page_ready},
    {{"/metrics", 8}, "text/plain; version=0.0.4; charset=utf-8", page_metrics},
};

static const struct route *route_find(struct str path)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        if (str_eq(routes[i].path, path)) return &routes[i];
    return NULL;
}

static const char *status_phrase(int status)
{
    switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 431: return "Request Header Fields Too Large";
    default: return "Service Unavailable";
    }
}

static void answer_put(struct client *c, int status, const char *type, struct str body, bool with_body)
{
    evbuffer_add_printf(bufferevent_get_output(c->bev),
                        "HTTP/1.1 %d %s\r\n"
                        "Content-Type: %s\r\n"
                        "Content-Length: %zu\r\n"
                        "%s"
                        "Cache-Control: no-store\r\n"
                        "Content-Security-Policy: default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
                        "frame-ancestors 'none'\r\n"
                        "X-Content-Type-Options: nosniff\r\n"
                        "X-Frame-Options: DENY\r\n"
                        "Referrer-Policy: no-referrer\r\n"
                        "Cross-Origin-Resource-Policy: same-origin\r\n"
                        "Connection: close\r\n\r\n",
                        status, status_phrase(status), type, body.n, status == 405 ? "Allow: GET, HEAD\r\n" : "");
    if (with_body) bufferevent_write(c->bev, body.p, body.n);
    c->answered = true;
}

static void refuse(struct client *c, int status)
{
    char body[64];
    int n = snprintf(body, sizeof body, "%s\n", status_phrase(status));
    answer_put(c, status, "text/plain; charset=utf-8", (struct str){body, (size_t)n}, true);
}

static void page_answer(struct client *c, const struct route *route, bool with_body)
{
    struct admin *a = c->admin;
    struct admin_view view = {0};
    struct buf body = {0};
    a->source.view(a->source.arg, &a->arena, &view);
    int status = route->render(&view, &body);
    answer_put(c, status, route->type, buf_str(&body), with_body);
    buf_release(&body);
    arena_reset(&a->arena);
}

/* The address that was connected to, as a browser writes it into Host. */
static struct str own_address(struct client *c, char *out, size_t size)
{
    struct sockaddr_storage at = {0};
    socklen_t n = sizeof at;
    char text[INET6_ADDRSTRLEN] = "";
    getsockname(bufferevent_getfd(c->bev), (struct sockaddr *)&at, &n);
    const struct in6_addr *six = &((struct sockaddr_in6 *)&at)->sin6_addr;
    if (at.ss_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(six)) {
        inet_ntop(AF_INET6, six, text, sizeof text);
        return (struct str){out, (size_t)snprintf(out, size, "[%s]", text)};
    }
    const void *four = at.ss_family == AF_INET6 ? (const void *)&six->s6_addr[12] : &((struct sockaddr_in *)&at)->sin_addr;
    inet_ntop(AF_INET, four, text, sizeof text);
    return (struct str){out, (size_t)snprintf(out, size, "%s", text)};
}

static void request_answer(struct client *c, const struct request *r)
{
    char own[INET6_ADDRSTRLEN + 3];
    bool get = str_eq(r->method, STR("GET")), head = str_eq(r->method, STR("HEAD"));
    const struct route *route = route_find(r->path);
    if (!r->host.n)
        refuse(c, 400);
    else if (!request_host_allowed(r->host, own_address(c, own, sizeof own)))
        refuse(c, 403);
    else if (!get && !head)
        refuse(c, 405);
    else if (!route)
        refuse(c, 404);
    else
        page_answer(c, route, get);
}

/* ---- connections */

static void client_free(struct client *c)
{
    TAILQ_REMOVE(&c->admin->clients, c, link);
    c->admin->n--;
    event_free(c->deadline);
    bufferevent_free(c->bev);
    free(c);
}

static void client_read(struct bufferevent *bev, void *arg)
{
    struct client *c = arg;
    struct evbuffer *in = bufferevent_get_input(bev);
    size_t n = evbuffer_get_length(in);
    struct request request;
    if (!c->answered) {
        int parsed = request_parse((struct str){(char *)evbuffer_pullup(in, -1), n}, &request);
        if (parsed > 0)
            request_answer(c, &request);
        else if (parsed < 0)
            refuse(c, -parsed);
        else if (n >= ADMIN_REQUEST_MAX)
            refuse(c, 431);
        else
            return;
    }
    evbuffer_drain(in, n); /* a body, or more requests: not wanted, but left unread they would make the kernel reset the answer */
}

/* All written: our side ends here, and the client's end of the stream (or the deadline) ends the rest. */
static void client_written(struct bufferevent *bev, void *arg)
{
    struct client *c = arg;
    if (c->answered && c->ended)
        client_free(c);
    else if (c->answered)
        shutdown(bufferevent_getfd(bev), SHUT_WR);
}

static void client_ended(struct bufferevent *bev, short what, void *arg)
{
    struct client *c = arg;
    c->ended = true;
    bool waits = (what & BEV_EVENT_EOF) && c->answered && evbuffer_get_length(bufferevent_get_output(bev));
    if (!waits) client_free(c);
}

static void client_expired(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    client_free(arg);
}

static void client_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int size, void *arg)
{
    struct admin *a = arg;
    (void)listener, (void)from, (void)size;
    if (a->n >= ADMIN_CONNECTIONS) client_free(TAILQ_FIRST(&a->clients));
    struct client *c = mem_alloc(sizeof *c);
    c->admin = a;
    c->bev = bufferevent_socket_new(a->base, fd, BEV_OPT_CLOSE_ON_FREE);
    c->deadline = evtimer_new(a->base, client_expired, c);
    if (!c->bev || !c->deadline) mem_exhausted();
    TAILQ_INSERT_TAIL(&a->clients, c, link);
    a->n++;
    bufferevent_setcb(c->bev, client_read, client_written, client_ended, c);
    bufferevent_setwatermark(c->bev, EV_READ, 0, ADMIN_REQUEST_MAX);
    evtimer_add(c->deadline, &(struct timeval){.tv_sec = ADMIN_DEADLINE});
    bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

/* Out of files, most likely. The socket stays readable, so without a pause the loop would spin. */
static void accept_failed(struct evconnlistener *listener, void *arg)
{
    struct admin *a = arg;
    log_at(LOG_WARNING, "admin http cannot accept", "error=\"%s\" again_in_s=%d", strerror(errno), ACCEPT_PAUSE);
    evconnlistener_disable(listener);
    evtimer_add(a->resume, &(struct timeval){.tv_sec = ACCEPT_PAUSE});
}

static void accept_resume(evutil_socket_t fd, short what, void *arg)
{
    struct admin *a = arg;
    (void)fd, (void)what;
    evconnlistener_enable(a->listener);
}

/* ---- its life */

static bool address_listen(struct admin *a, struct str listen, char *why, size_t why_size)
{
    struct sockaddr_storage at;
    int size;
    socklen_t bound = sizeof at;
    if (!listen_parse(listen, &at, &size)) {
        snprintf(why, why_size, "admin.listen %.*s: expected an address and a port", STR_ARG(listen));
        return false;
    }
    unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE;
    a->listener = evconnlistener_new_bind(a->base, client_accept, a, flags, BACKLOG, (struct sockaddr *)&at, size);
    if (!a->listener) {
        snprintf(why, why_size, "admin.listen %.*s: %s", STR_ARG(listen), strerror(errno));
        return false;
    }
    evconnlistener_set_error_cb(a->listener, accept_failed);
    getsockname(evconnlistener_get_fd(a->listener), (struct sockaddr *)&at, &bound);
    a->port = ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port : ((struct sockaddr_in *)&at)->sin_port);
    const char *colon = memrchr(listen.p, ':', listen.n);
    log_at(LOG_NOTICE, "admin http listening", "address=%.*s:%d", (int)(colon - listen.p), listen.p, a->port);
    return true;
}

struct admin *admin_new(struct event_base *base, struct str listen, const struct admin_source *source, char *why, size_t why_size)
{
    struct admin *a = mem_alloc(sizeof *a);
    a->base = base;
    a->source = *source;
    TAILQ_INIT(&a->clients);
    arena_init(&a->arena);
    a->resume = evtimer_new(base, accept_resume, a);
    if (!a->resume) mem_exhausted();
    if (address_listen(a, listen, why, why_size)) return a;
    admin_free(a);
    return NULL;
}

int admin_port(const struct admin *a)
{
    return a->port;
}

void admin_free(struct admin *a)
{
    if (!a) return;
    while (!TAILQ_EMPTY(&a->clients)) client_free(TAILQ_FIRST(&a->clients));
    if (a->listener) evconnlistener_free(a->listener);
    event_free(a->resume);
    arena_release(&a->arena);
    free(a);
}
