/* Drives src/push for tests/push/test_dispatch.py: reads one JSON command a line on stdin, prints one JSON
 * line per thing that happened on stdout.
 *
 *   {"configure": [{"name": "a", "url": "...", "rate": 5, ...}]}   -> {"configured": true} or {"configured":
 * false, "why": "..."}
 *   {"send": {"id": "1", "provider": "a", "title": "...", ...}}    -> {"taken": "1"} or {"unknown": "1"}, and
 * once it is over
 *                                                                     {"done": "1", "outcome": "sent",
 * "status": 200, ...}
 *   {"drop": "user"}  {"drain": true}                              -> {"dropped": …} {"drained": true}
 *   {"status": true}                                               -> {"pending": 3, "in_flight": 1,
 * "providers": [{...}]} end of input                                                   -> everything is freed
 * and it exits
 *
 * Bytes outside UTF-8 go in as {"title_hex": "c3"}. Names under ".hang.test" take forever to resolve, in
 * their resolver's thread, and those under ".moves.test" resolve to what the file in $PROBE_ADDRESS holds. */
#include "nudge/clock.h"
#include "nudge/push.h"
#include <dlfcn.h>
#include <jansson.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct event_base *base;
static struct dispatch *dispatch;

/* Takes the place of the C library's: libcurl's resolver calls it from a thread of its own. */
int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
    static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    char address[64] = "";
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    if (host && strstr(host, ".hang.test"))
        for (;;) pause();
    if (host && strstr(host, ".moves.test")) {
        FILE *f = fopen(getenv("PROBE_ADDRESS"), "r");
        if (!f || !fgets(address, sizeof address, f)) return EAI_AGAIN;
        fclose(f);
        host = address;
    }
    return real(host, service, hints, out);
}

static void line_print(json_t *line)
{
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
    json_decref(line);
}

static struct str text_of(json_t *object, const char *key)
{
    json_t *v = json_object_get(object, key);
    return v ? (struct str){json_string_value(v), json_string_length(v)} : STR_NONE;
}

static int64_t number_of(json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void on_done(void *arg, const struct message *m, const struct push_result *r)
{
    static const char *const names[] = {"sent", "refused", "failed", "expired"};
    (void)arg;
    line_print(json_pack("{s:s%, s:s, s:i, s:i, s:s}", "done", m->id.p, m->id.n, "outcome", names[r->outcome],
                         "status", r->status, "attempts", r->attempts, "detail", r->detail));
}

static struct provider_options options_read(json_t *o)
{
    return (struct provider_options){
        .name = text_of(o, "name"),
        .type = str_eq(text_of(o, "type"), STR("console")) ? PROVIDER_CONSOLE : PROVIDER_WEBHOOK,
        .url = text_of(o, "url"),
        .secret_file = text_of(o, "secret_file"),
        .ca_file = text_of(o, "ca_file"),
        .allow_http = json_is_true(json_object_get(o, "allow_http")),
        .allow_private = json_is_true(json_object_get(o, "allow_private")),
        .concurrency = (int)number_of(o, "concurrency"),
        .rate = (int)number_of(o, "rate"),
        .connect_timeout = number_of(o, "connect_timeout"),
        .timeout = number_of(o, "timeout"),
        .retry_first = number_of(o, "retry_first"),
        .retry_max = number_of(o, "retry_max"),
        .give_up = number_of(o, "give_up"),
        .breaker_failures = (int)number_of(o, "breaker_failures"),
        .breaker_pause = number_of(o, "breaker_pause"),
    };
}

#define PROVIDERS_MAX 8

static void configure(json_t *list)
{
    struct provider_options options[PROVIDERS_MAX];
    char why[300] = "";
    size_t n = json_array_size(list);
    for (size_t i = 0; i < n && i < PROVIDERS_MAX; i++) options[i] = options_read(json_array_get(list, i));
    bool ok = dispatch_configure(dispatch, options, n, why, sizeof why);
    line_print(json_pack("{s:b, s:s}", "configured", ok, "why", why));
}

/* "title", or the bytes that "title_hex" spells, kept in `bytes`. */
static struct str bytes_of(json_t *o, const char *key, char *bytes, size_t size)
{
    char name[32];
    snprintf(name, sizeof name, "%s_hex", key);
    struct str hex = text_of(o, name);
    if (!hex.n) return text_of(o, key);
    size_t n = 0;
    for (unsigned byte; n < hex.n / 2 && n < size && sscanf(hex.p + 2 * n, "%2x", &byte) == 1; n++)
        bytes[n] = (char)byte;
    return (struct str){bytes, n};
}

static void message_send(json_t *o)
{
    char title[256], body[256], id[256];
    int64_t now = clock_wall();
    struct message m = {
        .id = bytes_of(o, "id", id, sizeof id),
        .provider = text_of(o, "provider"),
        .user = text_of(o, "user"),
        .campaign = text_of(o, "campaign"),
        .title = bytes_of(o, "title", title, sizeof title),
        .body = bytes_of(o, "body", body, sizeof body),
        .url = text_of(o, "url"),
        .language = text_of(o, "language"),
        .data = text_of(o, "data"),
        .created = json_object_get(o, "created") ? number_of(o, "created") : now + number_of(o, "created_in"),
        .expires = json_object_get(o, "expires_in") ? now + number_of(o, "expires_in") : 0,
    };
    if (!dispatch_send(dispatch, &m)) line_print(json_pack("{s:s%}", "unknown", m.id.p, m.id.n));
}

static bool user_matches(void *arg, const struct message *m)
{
    return str_eq(m->user, str_of(arg));
}

static json_t *provider_json(const struct provider_status *s)
{
    return json_pack("{s:s%, s:I, s:I, s:I, s:I, s:I, s:i, s:i, s:b, s:s}", "name", s->name.p, s->name.n,
                     "sent", (json_int_t)s->sent, "refused", (json_int_t)s->refused, "failed",
                     (json_int_t)s->failed, "expired", (json_int_t)s->expired, "retries",
                     (json_int_t)s->retries, "queued", (int)s->queued, "in_flight", (int)s->in_flight,
                     "breaker_open", s->breaker_open, "last_error", s->last_error);
}

static void status_print(void)
{
    json_t *list = json_array();
    struct provider_status s;
    for (size_t i = 0; dispatch_status(dispatch, i, &s); i++) json_array_append_new(list, provider_json(&s));
    line_print(json_pack("{s:i, s:i, s:o}", "pending", (int)dispatch_pending(dispatch), "in_flight",
                         (int)dispatch_in_flight(dispatch), "providers", list));
}

static void command_run(json_t *c)
{
    json_t *v;
    if ((v = json_object_get(c, "configure")))
        configure(v);
    else if ((v = json_object_get(c, "send")))
        message_send(v);
    else if ((v = json_object_get(c, "drop")))
        dispatch_drop(dispatch, user_matches, (char *)json_string_value(v));
    else if (json_object_get(c, "drain"))
        dispatch_drain(dispatch);
    else if (json_object_get(c, "status"))
        status_print();
}

static void on_input(evutil_socket_t fd, short what, void *arg)
{
    static struct buf input;
    (void)what, (void)arg;
    buf_reserve(&input, 65536);
    ssize_t n = read(fd, input.p + input.n, 65536);
    if (n <= 0) {
        buf_release(&input);
        event_base_loopbreak(base);
        return;
    }
    input.n += (size_t)n;
    for (char *end; (end = memchr(input.p, '\n', input.n));) {
        json_t *c = json_loadb(input.p, (size_t)(end - input.p), JSON_ALLOW_NUL, NULL);
        if (!c) fprintf(stderr, "not JSON: %.*s\n", (int)(end - input.p), input.p);
        command_run(c);
        json_decref(c);
        input.n -= (size_t)(end + 1 - input.p);
        memmove(input.p, end + 1, input.n);
    }
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    base = event_base_new();
    dispatch = dispatch_new(base, on_done, NULL);
    struct event *input = event_new(base, STDIN_FILENO, EV_READ | EV_PERSIST, on_input, NULL);
    event_add(input, NULL);
    event_base_dispatch(base);
    event_free(input);
    dispatch_free(dispatch);
    event_base_free(base);
    return 0;
}
