/* libcurl's multi interface on libevent: its sockets and its one timer become events
 * (https://curl.se/libcurl/c/curl_multi_socket_action.html). */
#ifndef PUSH_HTTP_LOOP_H
#define PUSH_HTTP_LOOP_H

#include <curl/curl.h>
#include <event2/event.h>

struct http_loop;

/* ended() is called from the loop for each transfer that is over, already removed from the multi handle. */
typedef void http_ended(CURL *, CURLcode);

struct http_loop *http_loop_new(struct event_base *, http_ended *);
void http_loop_free(struct http_loop *); /* after all its transfers have been removed */
CURLM *http_loop_multi(struct http_loop *);

#endif
