#include "endpoint.h"
#include "nudge/clock.h"
#include "nudge/mem.h"
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static struct str text_own(struct str s)
{
    if (!s.n) return STR_NONE;
    return (struct str){memcpy(mem_alloc(s.n + 1), s.p, s.n), s.n};
}

static void text_free(struct str s)
{
    free((char *)s.p); /* made by text_own */
}

static void options_copy(struct provider_options *to, const struct provider_options *from)
{
    *to = *from;
    to->name = text_own(from->name);
    to->url = text_own(from->url);
    to->secret_file = text_own(from->secret_file);
    to->ca_file = text_own(from->ca_file);
#define DEFAULT(field, value)                                                                                \
    if (to->field == 0) to->field = value
    DEFAULT(concurrency, 64);
    DEFAULT(connect_timeout, 5 * SECOND);
    DEFAULT(timeout, 15 * SECOND);
    DEFAULT(retry_first, 1 * SECOND);
    DEFAULT(retry_max, 5 * MINUTE);
    DEFAULT(give_up, 1 * HOUR);
    DEFAULT(breaker_failures, 10);
    DEFAULT(breaker_pause, 30 * SECOND);
#undef DEFAULT
}

static bool numbers_valid(const struct provider_options *o)
{
    return o->concurrency > 0 && o->rate >= 0 && o->connect_timeout > 0 && o->timeout > 0 &&
           o->retry_first > 0 && o->retry_max > 0 && o->give_up > 0 && o->breaker_failures > 0 &&
           o->breaker_pause > 0;
}

/* What is wrong with the URL, or NULL. libcurl reads it with the same parser when it sends. */
static const char *url_fault(const struct provider_options *o)
{
    const char *fault = NULL;
    char *scheme = NULL, *user = NULL;
    CURLU *u = curl_url();
    if (!u) mem_exhausted();
    if (!o->url.n || curl_url_set(u, CURLUPART_URL, o->url.p, 0) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
        fault = "url: expected https://host/path";
    else if (strcasecmp(scheme, "https") != 0 && strcasecmp(scheme, "http") != 0)
        fault = "url: expected https://";
    else if (!o->allow_http && strcasecmp(scheme, "http") == 0)
        fault = "url: expected https (allow_http is off)";
    else if (curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK)
        fault = "url: holds a user name; secrets belong in files";
    curl_free(user);
    curl_free(scheme);
    curl_url_cleanup(u);
    return fault;
}

static bool options_check(const struct endpoint *e, char *why, size_t why_size)
{
    const char *fault = NULL;
    if (!e->options.name.n)
        fault = "a provider needs a name";
    else if (!e->ops)
        fault = "unknown type of provider";
    else if (!numbers_valid(&e->options))
        fault = "numbers and durations must be above 0";
    else if (e->ops->build)
        fault = url_fault(&e->options);
    if (fault) snprintf(why, why_size, "%s", fault);
    return !fault;
}

static struct http *client_new(struct event_base *base, const struct endpoint *e, http_done *done)
{
    const struct provider_options *o = &e->options;
    return http_new(base,
                    &(struct http_options){.url = o->url.p,
                                           .ca_file = o->ca_file.p,
                                           .headers = e->ops->headers,
                                           .allow_http = o->allow_http,
                                           .allow_private = o->allow_private,
                                           .connections = o->concurrency,
                                           .connect_timeout = o->connect_timeout,
                                           .timeout = o->timeout},
                    done);
}

struct endpoint *endpoint_new(struct event_base *base, const struct provider_options *o, http_done *done,
                              char *why, size_t why_size)
{
    char reason[256];
    struct endpoint *e = mem_alloc(sizeof *e);
    options_copy(&e->options, o);
    e->ops = provider_ops_of(o->type);
    if (options_check(e, reason, sizeof reason)) e->self = e->ops->open(&e->options, reason, sizeof reason);
    if (!e->self) {
        snprintf(why, why_size, "provider %.*s: %s", STR_ARG(o->name), reason);
        endpoint_free(e);
        return NULL;
    }
    if (e->ops->build) e->http = client_new(base, e, done);
    return e;
}

void endpoint_free(struct endpoint *e)
{
    if (!e) return;
    http_free(e->http);
    if (e->self) e->ops->close(e->self);
    text_free(e->options.name);
    text_free(e->options.url);
    text_free(e->options.secret_file);
    text_free(e->options.ca_file);
    free(e);
}
