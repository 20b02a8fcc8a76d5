/* Sending pushes over HTTP: providers, one queue each, with concurrency, rate, time-outs, retry and a breaker. Knows nothing of Redis,
 * campaigns or customers: a message goes in, one final outcome comes back. Built on libcurl's multi interface
 * (https://curl.se/libcurl/c/curl_multi_socket_action.html) on the caller's libevent loop; nothing here blocks.
 *
 *   dispatch_send -> queue -> [rate, breaker] -> HTTP -> ok ------------------------------> SENT
 *                      ^                           |---> refused (4xx) --------------------> REFUSED
 *                      '--- backoff, Retry-After --'---> failed, until give_up or expires -> FAILED / EXPIRED
 */
#ifndef NUDGE_PUSH_H
#define NUDGE_PUSH_H

#include "nudge/buf.h"
#include "nudge/error.h"
#include <event2/event.h>

/* What is sent; the caller's bytes are copied by dispatch_send. */
struct message {
    struct str id;       /* the push's id: constant over retries and redeliveries; goes out as webhook-id */
    struct str provider; /* name in the configuration */
    struct str user, campaign;
    struct str title, body, url, language;
    struct str data;     /* a JSON object, or empty */
    int64_t created;     /* wall ms */
    int64_t expires;     /* wall ms; 0 = never: not sent at or after it */
};

enum push_outcome { PUSH_SENT, PUSH_REFUSED, PUSH_FAILED, PUSH_EXPIRED };

struct push_result {
    enum push_outcome outcome;
    int status;         /* last HTTP status, 0 = none */
    int attempts;
    const char *detail; /* in words, for the log and the card; no secret, no payload; lives during the callback */
};

typedef void push_done(void *arg, const struct message *, const struct push_result *);

enum provider_type { PROVIDER_WEBHOOK, PROVIDER_CONSOLE };

/* One row of "providers" in the configuration. All times ms. Zero = the default beside it. */
struct provider_options {
    struct str name;
    enum provider_type type;
    struct str url;             /* webhook: https, or http if allow_http; without user:password */
    struct str secret_file;     /* webhook: whsec_… base64 (Standard Webhooks); two lines while a key rotates: both sign. Empty: unsigned */
    bool allow_http, allow_private; /* plain http; addresses on loopback and private nets (checked on the connected address) */
    struct str ca_file;         /* PEM; default: the system's */
    int concurrency;            /* 64: requests under way at once */
    int rate;                   /* 0 = unlimited; pushes a second, smoothed */
    int64_t connect_timeout;    /* 5 s */
    int64_t timeout;            /* 15 s in all */
    int64_t retry_first;        /* 1 s; doubles, full jitter */
    int64_t retry_max;          /* 5 min; caps Retry-After too, which holds back the provider's whole queue */
    int64_t give_up;            /* 1 h after `created`; what was older when it came still has one attempt */
    int breaker_failures;       /* 10 in a row open it */
    int64_t breaker_pause;      /* 30 s, then one trial */
};

/* Could it be set up? Its secret is read and thrown away. False and why. */
bool provider_usable(const struct provider_options *, char *why, size_t why_size);

struct dispatch; /* all providers and their queues */

/* The process must ignore SIGPIPE (OpenSSL writes to sockets). */
struct dispatch *dispatch_new(struct event_base *, push_done *done, void *arg);
/* Asked just before each request (a retry too): false, and the message is forgotten, as by dispatch_drop. `arg` is dispatch_new's. */
void dispatch_guard(struct dispatch *, bool (*allowed)(void *arg, const struct message *));
/* Replaces the providers, whole or not at all (errors in why). Breakers close. Requests under way finish under their old options; queued messages
 * of a provider that is gone end as FAILED. Secrets are read from their files here, again at every call. The options are copied. */
bool dispatch_configure(struct dispatch *, const struct provider_options *, size_t n, char *why, size_t why_size);
/* True if such a provider exists; else false and nothing is kept. done() is called exactly once per message taken, never from inside
 * dispatch_send, unless dispatch_drop took it or a drain is on (then: true, and dropped silently). done() may call anything here but
 * dispatch_free. */
bool dispatch_send(struct dispatch *, const struct message *);
size_t dispatch_pending(const struct dispatch *); /* taken and without an outcome yet */
/* Clean shutdown: start nothing new; requests under way may end (done() is called); queued ones are dropped silently – their rows stay in
 * the outbox. dispatch_in_flight() reaches 0 within the time-outs. */
void dispatch_drain(struct dispatch *);
size_t dispatch_in_flight(const struct dispatch *);
/* Forget queued messages and ignore the outcome of running ones for which match() is true (a partition was lost). */
void dispatch_drop(struct dispatch *, bool (*match)(void *arg, const struct message *), void *arg);
/* A partition is handed over: forget its queued messages, but let those on their way come to their outcome; dispatch_running() counts them, to
 * the last done(). */
void dispatch_withdraw(struct dispatch *, bool (*match)(void *arg, const struct message *), void *arg);
size_t dispatch_running(const struct dispatch *, bool (*match)(void *arg, const struct message *), void *arg);
void dispatch_free(struct dispatch *);

/* Per provider, for metrics and the status page. */
struct provider_status {
    struct str name;
    uint64_t sent, refused, failed, expired, retries;
    size_t queued, in_flight;
    bool breaker_open;
    char last_error[160];
};
bool dispatch_status(const struct dispatch *, size_t i, struct provider_status *);

/* Retry-After (RFC 9110, 10.2.3): seconds or an HTTP date, relative to now (wall ms). -1 if it is neither; else ms >= 0, capped at max. */
int64_t retry_after_parse(struct str value, int64_t now, int64_t max);

#endif
