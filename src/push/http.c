#include "http.h"
#include "address.h"
#include "http_loop.h"
#include "nudge/clock.h"
#include "nudge/mem.h"
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#define DNS_CACHE_S 30L        /* a new address is used within half a minute … */
#define CONNECTION_LIFE_S 300L /* … and under steady load, where connections never idle, within five */
#define RETRY_AFTER_MAX 64     /* bytes kept: an HTTP date has at most 33 */

struct http {
    struct http_loop *loop;
    http_done *done;
    struct http_request *all, *idle;
    struct curl_slist *headers; /* the constant ones */
    CURLU *url;
    char *ca_file;
    bool allow_http, allow_private;
    int64_t connect_timeout, timeout;
};

struct http_request {
    struct http *http;
    CURL *easy;
    void *owner;
    struct http_request *next_all, *next_idle;
    struct buf body;
    struct buf head; /* header lines, each with a NUL behind it */
    size_t line_at[HTTP_LINES_MAX];
    int lines;
    struct curl_slist slots[HTTP_LINES_MAX]; /* made from head by hand, so that a request allocates nothing */
    struct buf answer;
    size_t header_bytes;
    bool cut, overflown, closed_net; /* body cut off; headers too long; address refused */
    size_t retry_after_n;
    char retry_after[RETRY_AFTER_MAX];
    char error[CURL_ERROR_SIZE];
};

/* -- what libcurl calls -- */

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
    struct http_request *r = arg;
    buf_put(&r->answer, p, size * n < HTTP_BODY_MAX - r->answer.n ? size * n : HTTP_BODY_MAX - r->answer.n);
    r->cut = r->answer.n == HTTP_BODY_MAX;
    return r->cut ? 0 : n; /* 0 ends the transfer */
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
    static const char name[] = "retry-after:";
    struct http_request *r = arg;
    struct str line = {p, size * n};
    r->header_bytes += line.n;
    r->overflown = r->header_bytes > HTTP_HEADERS_MAX;
    if (line.n >= sizeof name - 1 && (*p | 0x20) == 'r' && strncasecmp(p, name, sizeof name - 1) == 0) {
        struct str value = str_trim((struct str){p + sizeof name - 1, line.n - (sizeof name - 1)});
        r->retry_after_n = value.n <= RETRY_AFTER_MAX ? value.n : 0;
        memcpy(r->retry_after, value.p, r->retry_after_n);
    }
    return r->overflown ? 0 : line.n;
}

static curl_socket_t on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
    struct http_request *r = arg;
    (void)purpose;
    if (!r->http->allow_private && !address_is_public(&a->addr)) {
        r->closed_net = true;
        return CURL_SOCKET_BAD;
    }
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* -- the handle -- */

static void safety_set(CURL *easy, const struct http *http)
{
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, http->allow_http ? "https,http" : "https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* the environment's are not looked at */
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    if (http->ca_file) curl_easy_setopt(easy, CURLOPT_CAINFO, http->ca_file);
    /* The system's folder would be trusted beside ca_file; and with a folder libcurl reads the CAs anew for
     * each connection. */
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
}

static void timing_set(CURL *easy, const struct http *http)
{
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)http->connect_timeout);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)http->timeout);
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, DNS_CACHE_S);
    curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, CONNECTION_LIFE_S);
    /* Else a transfer that ends while its name is being resolved waits for the resolver's thread, and the
     * loop with it. */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
}

static CURL *handle_new(struct http_request *r)
{
    CURL *easy = curl_easy_init();
    if (!easy) mem_exhausted();
    safety_set(easy, r->http);
    timing_set(easy, r->http);
    curl_easy_setopt(easy, CURLOPT_CURLU,
                     r->http->url); /* read once; text would be read anew for each request */
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, r->error);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, r);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, r);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, r);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, r);
    return easy;
}

/* -- a request -- */

static struct http_request *request_new(struct http *http)
{
    struct http_request *r = mem_alloc(sizeof *r);
    r->http = http;
    r->easy = handle_new(r);
    r->next_all = http->all;
    http->all = r;
    return r;
}

static void request_free(struct http_request *r)
{
    curl_easy_cleanup(r->easy);
    buf_release(&r->body);
    buf_release(&r->head);
    buf_release(&r->answer);
    free(r);
}

static void request_give_back(struct http_request *r)
{
    r->owner = NULL;
    r->next_idle = r->http->idle;
    r->http->idle = r;
}

struct http_request *http_request_take(struct http *http, void *owner)
{
    struct http_request *r = http->idle;
    if (r)
        http->idle = r->next_idle;
    else
        r = request_new(http);
    r->owner = owner;
    r->lines = 0;
    r->header_bytes = r->retry_after_n = 0;
    r->cut = r->overflown = r->closed_net = false;
    r->error[0] = 0;
    buf_clear(&r->body);
    buf_clear(&r->head);
    buf_clear(&r->answer);
    return r;
}

struct buf *http_request_body(struct http_request *r)
{
    return &r->body;
}

struct buf *http_request_header(struct http_request *r, const char *name)
{
    if (r->lines) buf_char(&r->head, 0);
    r->line_at[r->lines++] = r->head.n;
    buf_str_put(&r->head, str_of(name));
    buf_put(&r->head, ": ", 2);
    return &r->head;
}

static struct curl_slist *headers_link(struct http_request *r)
{
    if (r->lines) buf_char(&r->head, 0);
    for (int i = 0; i < r->lines; i++) {
        r->slots[i].data = r->head.p + r->line_at[i];
        r->slots[i].next = i + 1 < r->lines ? &r->slots[i + 1] : r->http->headers;
    }
    return r->lines ? r->slots : r->http->headers;
}

bool http_request_send(struct http_request *r)
{
    curl_easy_setopt(r->easy, CURLOPT_HTTPHEADER, headers_link(r));
    curl_easy_setopt(r->easy, CURLOPT_POSTFIELDSIZE, (long)r->body.n);
    curl_easy_setopt(r->easy, CURLOPT_POSTFIELDS, r->body.p);
    if (curl_multi_add_handle(http_loop_multi(r->http->loop), r->easy) == CURLM_OK) return true;
    request_give_back(r);
    return false;
}

static bool code_is_tls(CURLcode code)
{
    switch (code) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_USE_SSL_FAILED:
        return true;
    default:
        return false;
    }
}

static void answer_fill(const struct http_request *r, CURLcode code, struct http_answer *a)
{
    long status = 0;
    curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
    *a = (struct http_answer){.status = (int)status,
                              .body = buf_str(&r->answer),
                              .retry_after = {r->retry_after, r->retry_after_n},
                              .error = *r->error ? r->error : curl_easy_strerror(code)};
    if (code == CURLE_OK || (r->cut && code == CURLE_WRITE_ERROR))
        return; /* what was cut off was only more of the body */
    a->failure = code_is_tls(code) ? HTTP_UNTRUSTED : r->closed_net ? HTTP_CLOSED_NET : HTTP_UNREACHABLE;
    if (r->closed_net) a->error = "the address is not a public one";
    if (r->overflown) a->error = "the answer's headers are too long";
}

static void on_ended(CURL *easy, CURLcode code)
{
    struct http_request *r = NULL;
    struct http_answer answer;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&r);
    answer_fill(r, code, &answer);
    r->http->done(r->owner, &answer);
    request_give_back(r);
}

/* -- the client -- */

static struct curl_slist *headers_copy(const char *const *headers)
{
    struct curl_slist *list =
        curl_slist_append(NULL, "Expect:"); /* else libcurl asks before a body of 1 MB */
    while (list && headers && *headers) {
        struct curl_slist *longer = curl_slist_append(list, *headers++);
        if (!longer) curl_slist_free_all(list);
        list = longer;
    }
    if (!list) mem_exhausted();
    return list;
}

static char *text_copy(const char *z)
{
    return z ? memcpy(mem_alloc(strlen(z) + 1), z, strlen(z) + 1) : NULL;
}

struct http *http_new(struct event_base *base, const struct http_options *o, http_done *done)
{
    struct http *http = mem_alloc(sizeof *http);
    http->loop = http_loop_new(base, on_ended);
    http->done = done;
    http->headers = headers_copy(o->headers);
    http->url = curl_url();
    if (!http->url || curl_url_set(http->url, CURLUPART_URL, o->url, 0) != CURLUE_OK)
        mem_exhausted(); /* it was valid */
    http->ca_file = text_copy(o->ca_file);
    http->allow_http = o->allow_http;
    http->allow_private = o->allow_private;
    http->connect_timeout = o->connect_timeout;
    http->timeout = o->timeout;
    /* Left alone, libcurl keeps four for each transfer under way, and so closes most of them whenever the
     * load ebbs. */
    curl_multi_setopt(http_loop_multi(http->loop), CURLMOPT_MAXCONNECTS, (long)o->connections);
    return http;
}

void http_free(struct http *http)
{
    if (!http) return;
    for (struct http_request *r = http->all, *next; r; r = next) {
        next = r->next_all;
        if (r->owner) curl_multi_remove_handle(http_loop_multi(http->loop), r->easy);
        request_free(r);
    }
    http_loop_free(http->loop);
    curl_slist_free_all(http->headers);
    curl_url_cleanup(http->url);
    free(http->ca_file);
    free(http);
}
