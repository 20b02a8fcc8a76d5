/* The bare limit: libcurl's multi interface on libevent, posting the same small request N times with C
 * handles, and nothing else. Usage: curl_loop URL N C. Prints requests a second. The request and the settings
 * are those of src/push. */
#include <curl/curl.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BODY                                                                                                 \
    "{\"type\":\"push\",\"timestamp\":\"2026-01-01T00:00:00Z\",\"data\":{\"id\":\"0123456789abcdef\","       \
    "\"user\":"                                                                                              \
    "\"u12345\",\"campaign\":\"friday-pizza\",\"title\":\"Hi, pizza tonight?\",\"body\":\"20% off until "    \
    "20:00\"}}"

static const char *const lines[] = {
    "webhook-id: 0123456789abcdef",
    "webhook-timestamp: 1764000000",
    "webhook-signature: v1,wWEH2yqLXewce0+GSGnkFUWqjMtEYA1Lj0bnx3XYKHo=",
    "Expect:",
    "Content-Type: application/json",
    "User-Agent: nudge",
};
static struct event_base *base;
static struct event *timer;
static CURLM *multi;
static struct curl_slist *headers;
static long to_start, to_end, refused;

static size_t on_data(char *p, size_t size, size_t n, void *arg)
{
    (void)p, (void)arg;
    return size * n;
}

static CURL *handle_new(const char *url)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 15000L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_data);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)sizeof BODY - 1);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, BODY);
    return easy;
}

static void handle_ended(CURL *easy, CURLcode code)
{
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK || status != 200) refused++;
    curl_multi_remove_handle(multi, easy);
    if (--to_end == 0) event_base_loopbreak(base);
    if (to_start > 0 && to_start--)
        curl_multi_add_handle(multi, easy);
    else
        curl_easy_cleanup(easy);
}

static void act(evutil_socket_t fd, int action)
{
    int n;
    CURLMsg *message;
    curl_multi_socket_action(multi, fd, action, &n);
    while ((message = curl_multi_info_read(multi, &n)))
        if (message->msg == CURLMSG_DONE) handle_ended(message->easy_handle, message->data.result);
}

static void on_event(evutil_socket_t fd, short what, void *arg)
{
    (void)arg;
    act(fd, (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_due(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what, (void)arg;
    act(CURL_SOCKET_TIMEOUT, 0);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *assigned)
{
    struct event *e = assigned;
    (void)easy, (void)arg;
    if (e) event_free(e);
    e = NULL;
    if (what != CURL_POLL_REMOVE) {
        short events =
            EV_PERSIST | (what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0);
        e = event_new(base, fd, events, on_event, NULL);
        event_add(e, NULL);
    }
    curl_multi_assign(multi, fd, e);
    return 0;
}

static int on_timer(CURLM *m, long ms, void *arg)
{
    struct timeval t = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
    (void)m, (void)arg;
    if (ms < 0)
        evtimer_del(timer);
    else
        evtimer_add(timer, &t);
    return 0;
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    if (argc != 4) return fprintf(stderr, "usage: curl_loop URL N C\n"), 2;
    long n = atol(argv[2]), c = atol(argv[3]);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    base = event_base_new();
    multi = curl_multi_init();
    timer = evtimer_new(base, on_due, NULL);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) headers = curl_slist_append(headers, lines[i]);
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, c);

    double start = seconds_now();
    to_end = n;
    to_start = n > c ? n - c : 0;
    for (long i = 0; i < c && i < n; i++) curl_multi_add_handle(multi, handle_new(argv[1]));
    event_base_dispatch(base);
    printf("%.0f requests/s, %ld not 200\n", (double)n / (seconds_now() - start), refused);

    curl_multi_cleanup(multi);
    event_free(timer);
    event_base_free(base);
    curl_slist_free_all(headers);
    return refused != 0;
}
