/* The connection to Redis: against a real redis-server on a Unix socket in a folder of its own, and against
 * servers of the test that do what no good server does. Skipped, with a word, where there is no redis-server.
 */
#include "nudge/clock.h"
#include "nudge/commit.h"
#include "nudge/redis.h"
#include "unit.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE 20000 /* ms that anything may take before the test says it did not happen */

static struct event_base *base;
static char folder[64], path[100];
static pid_t server;
static struct redis *redis;

/* ---- the loop */

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what, (void)arg;
}

/* Runs the loop until the condition holds. */
#define wait_until(condition)                                                                                \
    do {                                                                                                     \
        int64_t end_ = clock_steady() + PATIENCE;                                                            \
        while (!(condition)) {                                                                               \
            if (clock_steady() > end_) fail_msg("line %d: never came: %s", __LINE__, #condition);            \
            event_base_loop(base, EVLOOP_ONCE);                                                              \
        }                                                                                                    \
    } while (0)

/* ---- what the connection says */

struct answers {
    unsigned replies, losses;
    const struct reply *last;
    char text[64]; /* of the last, while it was good */
};
static struct answers
    got[4]; /* static: the connection knows of them until it is freed, even when a test has failed */

static unsigned ups, downs;
static char down_why[200];

static void on_up(void *arg)
{
    (void)arg;
    ups++;
}

static void on_down(void *arg, const char *why)
{
    (void)arg;
    downs++;
    snprintf(down_why, sizeof down_why, "%s", why);
}

static void open_connection(const char *user, const char *password, int64_t timeout)
{
    static const struct redis_events events = {on_up, on_down};
    struct redis_options options = {.user = str_of(user), .password = str_of(password), .timeout = timeout};
    options.url.local = true;
    snprintf(options.url.path, sizeof options.url.path, "%s", path);
    ups = downs = 0;
    down_why[0] = 0;
    redis = redis_new(base, &options, &events, NULL);
}

static struct event *ticker;

static int setup(void **state)
{
    (void)state;
    memset(got, 0, sizeof got);
    strcpy(folder, "/tmp/nudge-redis-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/s", folder);
    base = event_base_new();
    ticker = event_new(base, -1, EV_PERSIST, on_tick, NULL); /* so that waiting looks at the clock */
    struct timeval tick = {0, 20000};
    event_add(ticker, &tick);
    return 0;
}

static void server_kill(void)
{
    if (server <= 0) return;
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    server = 0;
}

static int teardown(void **state)
{
    (void)state;
    char command_line[160];
    redis_free(redis);
    redis = NULL;
    server_kill();
    event_free(ticker);
    event_base_free(base);
    snprintf(command_line, sizeof command_line, "rm -rf %s", folder);
    return system(command_line);
}

/* ---- a real server */

static bool server_there(void)
{
    return system("command -v redis-server >/dev/null 2>&1") == 0;
}

static void server_log_print(void)
{
    char name[128], text[4096];
    snprintf(name, sizeof name, "%s/log", folder);
    FILE *f = fopen(name, "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f) fclose(f);
    text[n] = 0;
    print_error("redis-server's log:\n%s\n", text);
}

static void server_start(const char *password)
{
    server = fork();
    assert_true(server >= 0);
    if (server == 0) {
        char log[128];
        snprintf(log, sizeof log, "%s/log", folder);
        execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", path, "--dir", folder,
               "--logfile", log, "--save", "", "--appendonly", "no", "--requirepass", password, (char *)NULL);
        _exit(127);
    }
}

static void up_with(const char *password)
{
    if (!server_there()) {
        print_message("skipped: there is no redis-server\n");
        skip();
    }
    server_start(password);
    open_connection("", password, 5000);
    int64_t end = clock_steady() + PATIENCE;
    while (!redis_up(redis) && clock_steady() < end) event_base_loop(base, EVLOOP_ONCE);
    if (!redis_up(redis)) {
        server_log_print();
        fail_msg("redis-server did not start: %s", down_why);
    }
    ups = 1, downs = 0; /* what failed while it started does not count */
}

/* ---- asking */

static void on_answer(void *arg, const struct reply *r)
{
    struct answers *a = arg;
    if (!r) {
        a->losses++;
        return;
    }
    a->replies++;
    a->last = r;
    snprintf(a->text, sizeof a->text, "%.*s", STR_ARG(reply_str(r)));
}

static struct buf b;

static void ask(unsigned replies, struct arena *into, struct answers *a)
{
    assert_true(redis_send(redis, buf_str(&b), replies, into, 0, on_answer, a));
    buf_clear(&b);
}

static void replies_come_in_order_into_the_askers_arena(void **state)
{
    (void)state;
    enum { N = 2000 };
    static struct answers answers[N];
    static const struct reply *kept[N];
    struct arena arena;
    memset(answers, 0, sizeof answers);
    arena_init(&arena);
    up_with("");
    for (int i = 0; i < N; i++) {
        command(&b, 2);
        command_str(&b, STR("ECHO"));
        command_int(&b, i);
        if (i % 3 == 0) command_words(&b, "INCR", "n", NULL);
        ask(i % 3 ? 1 : 2, i % 2 ? &arena : NULL, &answers[i]); /* all are sent before any is answered */
        assert_int_equal(answers[0].replies, 0);
    }
    wait_until(answers[N - 1].replies == 1);
    for (int i = 0; i < N; i++) {
        assert_int_equal(answers[i].replies, i % 3 ? 1 : 2);
        assert_int_equal(answers[i].losses, 0);
        kept[i] = answers[i].last;
    }
    for (int i = 1; i < N; i += 2) { /* what stands in an arena stays, whatever came behind it */
        if (i % 3 == 0) {
            assert_int_equal(kept[i]->type, REPLY_INTEGER);
            assert_int_equal(kept[i]->integer, i / 3 + 1);
        } else {
            assert_int_equal(strtol(kept[i]->text, NULL, 10), i);
            assert_int_equal(kept[i]->text[kept[i]->n], 0);
        }
    }
    arena_release(&arena);
}

static void every_kind_of_reply_is_read(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    up_with("");
    command_words(&b, "GET", "absent", NULL);
    ask(1, &arena, &got[0]);
    wait_until(got[0].replies == 1);
    assert_int_equal(got[0].last->type, REPLY_NIL);
    command_words(&b, "NONSENSE", NULL);
    ask(1, &arena, &got[0]);
    wait_until(got[0].replies == 2);
    assert_int_equal(got[0].last->type, REPLY_ERROR);
    assert_true(reply_error(got[0].last, "ERR") && !reply_error(got[0].last, "OOM"));
    command_words(&b, "SET", "k", "", NULL);
    command_words(&b, "GET", "k", NULL);
    ask(2, &arena, &got[0]);
    wait_until(got[0].replies == 4);
    assert_int_equal(got[0].last->type, REPLY_TEXT);
    assert_int_equal(got[0].last->n, 0);
    command(&b, 3);
    command_str(&b, STR("SET"));
    command_str(&b, STR("bin\0ary"));
    command_str(&b, STR("\r\n\0\xff"));
    command(&b, 2);
    command_str(&b, STR("GET"));
    command_str(&b, STR("bin\0ary"));
    ask(2, &arena, &got[0]);
    wait_until(got[0].replies == 6);
    assert_true(str_eq(reply_str(got[0].last), STR("\r\n\0\xff")));
    command_words(&b, "EVAL",
                  "return {1, -9007199254740991, {}, {'a', {false, 'b'}}, {ok='fine'}, {err='BAD thing'}}",
                  "0", NULL);
    ask(1, &arena, &got[0]);
    wait_until(got[0].replies == 7);
    const struct reply *r = got[0].last;
    assert_true(r->type == REPLY_ARRAY && r->n == 6);
    assert_true(r->items[0].integer == 1 && r->items[1].integer == -9007199254740991);
    assert_true(r->items[2].type == REPLY_ARRAY && r->items[2].n == 0);
    assert_str(reply_str(&r->items[3].items[0]), "a");
    assert_int_equal(r->items[3].items[1].items[0].type, REPLY_NIL);
    assert_str(reply_str(&r->items[3].items[1].items[1]), "b");
    assert_int_equal(r->items[4].type, REPLY_STATUS);
    assert_true(r->items[5].type == REPLY_ERROR && reply_error(&r->items[5], "BAD"));
    assert_int_equal(downs, 0);
    arena_release(&arena);
}

static void a_giant_request_and_reply_pass(void **state)
{
    (void)state;
    size_t n = (size_t)40 << 20;
    struct arena arena;
    char *giant = malloc(n);
    assert_non_null(giant);
    for (size_t i = 0; i < n; i++) giant[i] = (char)(i * 31 >> 5);
    arena_init(&arena);
    up_with("");
    command(&b, 3);
    command_str(&b, STR("SET"));
    command_str(&b, STR("giant"));
    command_str(&b, (struct str){giant, n});
    command_words(&b, "GET", "giant", NULL);
    ask(2, &arena, &got[0]);
    command_words(&b, "PING", NULL);
    ask(1, NULL, &got[0]);
    wait_until(got[0].replies == 3);
    assert_string_equal(got[0].text, "PONG");
    command_words(&b, "GET", "giant", NULL);
    ask(1, &arena, &got[0]);
    wait_until(got[0].replies == 4);
    assert_true(got[0].last->n == n && memcmp(got[0].last->text, giant, n) == 0);
    free(giant);
    buf_release(&b);
    arena_release(&arena);
}

/* ---- losing it, and coming back */

static void a_lost_connection_ends_each_request_once_and_comes_back(void **state)
{
    (void)state;
    up_with("");
    command_words(&b, "PING", NULL);
    command_words(&b, "BLPOP", "nothing", "0", NULL);
    command_words(&b, "PING", NULL);
    ask(3, NULL, &got[0]); /* half answered when it is lost */
    for (int i = 1; i < 4; i++) {
        command_words(&b, "PING", NULL);
        ask(1, NULL, &got[i]);
    }
    wait_until(got[0].replies == 1);
    server_kill();
    wait_until(downs == 1);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(got[i].losses, 1);
        assert_int_equal(got[i].replies, i == 0);
    }
    assert_false(redis_up(redis));
    assert_false(redis_send(redis, STR("*1\r\n$4\r\nPING\r\n"), 1, NULL, 0, on_answer, &got[1]));
    wait_until(downs >= 3); /* it goes on trying, and says so */
    server_start("");
    wait_until(ups == 2);
    command_words(&b, "PING", NULL);
    ask(1, NULL, &got[1]);
    wait_until(got[1].replies == 1);
    assert_int_equal(got[1].losses, 1);
    assert_string_equal(got[1].text, "PONG");
}

static void a_connection_dropped_by_us_says_why_and_comes_back(void **state)
{
    (void)state;
    up_with("");
    command_words(&b, "PING", NULL);
    ask(1, NULL, &got[0]);
    redis_reset(redis, "a fault was noticed");
    assert_true(got[0].losses == 1 && got[0].replies == 0 && downs == 1);
    assert_string_equal(down_why, "a fault was noticed");
    redis_reset(redis, "again"); /* it is down already */
    assert_int_equal(downs, 1);
    wait_until(ups == 2);
    assert_true(got[0].losses == 1 && got[0].replies == 0);
}

static struct answers nested[3];

static void on_nested(void *arg, const struct reply *r)
{
    on_answer(arg, r);
    if (!r)
        assert_false(
            redis_send(redis, STR("*1\r\n$4\r\nPING\r\n"), 1, NULL, 0, on_answer, &nested[1])); /* too late */
    else if (nested[0].replies == 1)
        assert_true(redis_send(redis, STR("*1\r\n$4\r\nPING\r\n"), 1, NULL, 0, on_answer, &nested[1]));
    else
        redis_reset(redis, "from within");
}

static void done_may_ask_again_and_may_drop_the_connection(void **state)
{
    (void)state;
    memset(nested, 0, sizeof nested);
    up_with("");
    command_words(&b, "PING", NULL);
    command_words(&b, "PING", NULL);
    command_words(&b, "PING", NULL);
    assert_true(redis_send(redis, buf_str(&b), 3, NULL, 0, on_nested, &nested[0]));
    buf_clear(&b);
    wait_until(ups == 2);
    assert_true(nested[0].replies == 2 && nested[0].losses == 1);
    assert_true(nested[1].replies == 0 && nested[1].losses == 1);
    assert_string_equal(down_why, "from within");
}

static void freeing_ends_what_is_outstanding_without_a_word_of_being_down(void **state)
{
    (void)state;
    up_with("");
    for (int i = 0; i < 2; i++) {
        command_words(&b, "PING", NULL);
        ask(1, NULL, &got[i]);
    }
    redis_free(redis);
    redis = NULL;
    assert_true(got[0].losses == 1 && got[1].losses == 1 && downs == 0);
}

/* ---- passwords */

static void a_wrong_password_is_told_in_rediss_words(void **state)
{
    (void)state;
    up_with("right");
    redis_free(redis);
    open_connection("", "wrong", 5000);
    wait_until(downs == 2); /* it tries again: the password may be put right */
    assert_true(strncmp(down_why, "WRONGPASS", 9) == 0);
    assert_int_equal(ups, 0);
    redis_free(redis);
    open_connection("", "", 5000);
    wait_until(downs == 1);
    assert_true(strncmp(down_why, "NOAUTH", 6) == 0);
    redis_free(redis);
    open_connection("default", "right", 5000);
    wait_until(ups == 1);
    redis_free(redis);
    open_connection("nobody", "right", 5000);
    wait_until(downs == 1);
    assert_true(strncmp(down_why, "WRONGPASS", 9) == 0);
}

static void no_server_is_told_and_waited_for(void **state)
{
    (void)state;
    open_connection("", "", 5000);
    wait_until(downs == 2);
    assert_string_equal(down_why, "No such file or directory");
    assert_int_equal(ups, 0);
}

/* ---- a server of ours: it listens, and writes what it is told, so many bytes at a time */

static int listener = -1, peer = -1;
static struct event *accepting, *speaking;
static struct buf speech;
static size_t spoken, heard;
static size_t mouthful; /* bytes a time */

static void on_speak(evutil_socket_t fd, short what, void *arg)
{
    char room[4096];
    (void)fd, (void)what, (void)arg;
    ssize_t n;
    while ((n = recv(peer, room, sizeof room, MSG_DONTWAIT)) > 0) heard += (size_t)n;
    size_t more = speech.n - spoken < mouthful ? speech.n - spoken : mouthful;
    if (more && send(peer, speech.p + spoken, more, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)more)
        spoken += more;
}

static void on_accept(evutil_socket_t fd, short what, void *arg)
{
    (void)what, (void)arg;
    if (peer >= 0) close(peer);
    peer = accept(fd, NULL, NULL);
    spoken = heard = 0;
}

static void fake_start(const char *text, size_t bytes_a_time)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(listener, 5), 0);
    buf_clear(&speech);
    buf_str_put(&speech, str_of(text));
    mouthful = bytes_a_time;
    spoken = heard = 0;
    accepting = event_new(base, listener, EV_READ | EV_PERSIST, on_accept, NULL);
    event_add(accepting, NULL);
    speaking = event_new(base, -1, EV_PERSIST, on_speak, NULL);
    struct timeval often = {0, 1000};
    event_add(speaking, &often);
}

static void fake_stop(void)
{
    event_free(accepting);
    event_free(speaking);
    close(listener);
    if (peer >= 0) close(peer);
    listener = peer = -1;
    buf_release(&speech);
}

static void says(const char *text)
{
    buf_str_put(&speech, str_of(text));
}

#define GREETING_REPLIES "+OK\r\n+PONG\r\n"

static void replies_may_come_one_byte_at_a_time(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    fake_start(GREETING_REPLIES, 1);
    open_connection("", "", 60000);
    wait_until(ups == 1);
    command_words(&b, "ANY", NULL);
    ask(1, &arena, &got[0]);
    command_words(&b, "ANY", NULL);
    ask(2, NULL, &got[1]);
    command_words(&b, "ANY", NULL);
    ask(1, &arena, &got[2]);
    says("*3\r\n$5\r\nhello\r\n*2\r\n:-12\r\n$-1\r\n+fine\r\n-ERR bad\r\n$0\r\n\r\n*-1\r\n");
    wait_until(got[2].replies == 1);
    const struct reply *r = got[0].last;
    assert_true(got[0].replies == 1 && r->type == REPLY_ARRAY && r->n == 3);
    assert_str(reply_str(&r->items[0]), "hello");
    assert_true(r->items[1].items[0].integer == -12 && r->items[1].items[1].type == REPLY_NIL);
    assert_str(reply_str(&r->items[2]), "fine");
    assert_int_equal(got[1].replies, 2);
    assert_string_equal(got[1].text, "");
    assert_int_equal(got[2].last->type, REPLY_NIL);
    assert_int_equal(downs, 0);
    arena_release(&arena);
    fake_stop();
}

static void a_server_that_never_answers_is_given_up_in_time(void **state)
{
    (void)state;
    fake_start("", 1);
    int64_t start = clock_steady();
    open_connection("", "", 300);
    wait_until(downs == 1);
    int64_t took = clock_steady() - start;
    assert_string_equal(down_why, "no answer in time");
    assert_true(took >= 300 && took < 3000);
    wait_until(downs == 2); /* and tried again */
    fake_stop();
}

static void a_server_that_falls_silent_is_given_up_but_not_while_it_may_wait(void **state)
{
    (void)state;
    fake_start(GREETING_REPLIES, 100);
    open_connection("", "", 300);
    wait_until(ups == 1);
    int64_t idle = clock_steady();
    wait_until(clock_steady() - idle > 700); /* nothing asked: silence is right */
    assert_int_equal(downs, 0);
    int64_t start = clock_steady();
    command_words(&b, "XREADGROUP", NULL);
    assert_true(
        redis_send(redis, buf_str(&b), 1, NULL, 1000, on_answer, &got[0]));      /* may block for a second */
    assert_true(redis_send(redis, buf_str(&b), 1, NULL, 0, on_answer, &got[1])); /* and this one behind it */
    buf_clear(&b);
    wait_until(downs == 1);
    assert_true(clock_steady() - start >= 1300 && clock_steady() - start < 5000);
    assert_string_equal(down_why, "no answer in time");
    assert_true(got[0].losses == 1 && got[1].losses == 1);
    fake_stop();
}

static void a_reply_that_nobody_asked_for_drops_the_connection(void **state)
{
    (void)state;
    fake_start(GREETING_REPLIES, 100);
    open_connection("", "", 5000);
    wait_until(ups == 1);
    says("+surprise\r\n");
    wait_until(downs == 1);
    assert_string_equal(down_why, "a reply that nobody asked for");
    fake_stop();
}

static void what_is_not_redis_is_dropped(void **state)
{
    (void)state;
    fake_start("HTTP/1.1 400 Bad Request\r\n\r\n", 100);
    open_connection("", "", 5000);
    wait_until(downs == 1);
    assert_non_null(strstr(down_why, "Protocol error"));
    fake_stop();
    unlink(path);
    fake_start(GREETING_REPLIES, 100);
    wait_until(ups == 1);
    command_words(&b, "ANY", NULL);
    ask(1, NULL, &got[0]);
    says("*2\r\n+half\r\n");
    says("?x\r\n");
    wait_until(got[0].losses == 1);
    assert_int_equal(got[0].replies, 0); /* half a reply is none */
    fake_stop();
}

static void a_greeting_refused_while_loading_is_tried_again(void **state)
{
    (void)state;
    fake_start("-LOADING Redis is loading the dataset in memory\r\n-LOADING Redis is loading the dataset in "
               "memory\r\n",
               100);
    open_connection("", "", 5000);
    wait_until(downs == 1);
    assert_true(strncmp(down_why, "LOADING", 7) == 0);
    buf_clear(&speech);
    says(GREETING_REPLIES);
    wait_until(ups == 1);
    fake_stop();
}

/* ---- a commit on a real server */

struct commits {
    struct answers answers;
    unsigned n;
    struct reply exec;
    struct str owner;
};

static void on_commit(void *arg, const struct reply *r)
{
    struct commits *c = arg;
    assert_non_null(r);
    c->n++;
    if (r->type == REPLY_ARRAY || r->type == REPLY_NIL) c->exec = *r;
    assert_int_not_equal(r->type, REPLY_ERROR);
    c->owner = reply_str(r);
}

static void commit_send(struct commit *t, struct arena *arena, struct commits *c)
{
    unsigned replies;
    struct str bytes = commit_seal(t, false, &replies);
    *c = (struct commits){.exec.type = REPLY_ERROR};
    assert_true(redis_send(redis, bytes, replies, arena, 0, on_commit, c));
    wait_until(c->n == replies);
}

static void a_commit_is_applied_by_its_owner_and_by_nobody_else(void **state)
{
    (void)state;
    struct arena arena;
    struct keys keys;
    struct commit t = {0};
    static struct commits c;
    arena_init(&arena);
    keys_init(&keys, &arena, STR("nudge"), 0);
    up_with("");
    command_words(&b, "SET", "nudge:{0}:owner", "me", NULL);
    commit_guard(&b, &keys);
    ask(3, &arena, &got[0]);
    wait_until(got[0].replies == 3);
    assert_string_equal(got[0].text, "me");
    for (int round = 0; round < 3; round++) {
        commit_begin(&t, &keys, &arena, 60000, 1772622000000, STR("turn"));
        commit_new_customer(&t, STR("ann"));
        commit_append(&t, STR("ann"), round == 0, STR("log"));
        commit_timer(&t, STR("ann"), &(struct timer_change){7, 5, true});
        commit_stat(&t, STR("c"), REASON_SENT);
        commit_send(&t, &arena, &c);
        assert_true(c.exec.type == (round < 2 ? REPLY_ARRAY : REPLY_NIL));
        if (round < 2) assert_int_equal(c.exec.n, t.commands);
        assert_str(c.owner, round < 2 ? "me" : "other");
        if (round != 1) continue;
        static const struct redis_events quiet = {on_up, on_down};
        struct redis_options options = {.timeout = 5000};
        options.url.local = true;
        memcpy(options.url.path, path, sizeof path);
        struct redis *rival =
            redis_new(base, &options, &quiet, NULL); /* takes the lease between two commits */
        wait_until(redis_up(rival));
        command_words(&b, "SET", "nudge:{0}:owner", "other", NULL);
        assert_true(redis_send(rival, buf_str(&b), 1, NULL, 0, on_answer, &got[1]));
        buf_clear(&b);
        wait_until(got[1].replies == 1);
        redis_free(rival);
    }
    command_words(&b, "GET", "nudge:{0}:customer:ann", NULL);
    ask(1, &arena, &got[0]);
    wait_until(got[0].replies == 4);
    assert_string_equal(got[0].text, "\x01loglog"); /* the third was refused whole */
    commit_release(&t);
    arena_release(&arena);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {T(replies_come_in_order_into_the_askers_arena),
                                       T(every_kind_of_reply_is_read),
                                       T(a_giant_request_and_reply_pass),
                                       T(a_lost_connection_ends_each_request_once_and_comes_back),
                                       T(a_connection_dropped_by_us_says_why_and_comes_back),
                                       T(done_may_ask_again_and_may_drop_the_connection),
                                       T(freeing_ends_what_is_outstanding_without_a_word_of_being_down),
                                       T(a_wrong_password_is_told_in_rediss_words),
                                       T(no_server_is_told_and_waited_for),
                                       T(replies_may_come_one_byte_at_a_time),
                                       T(a_server_that_never_answers_is_given_up_in_time),
                                       T(a_server_that_falls_silent_is_given_up_but_not_while_it_may_wait),
                                       T(a_reply_that_nobody_asked_for_drops_the_connection),
                                       T(what_is_not_redis_is_dropped),
                                       T(a_greeting_refused_while_loading_is_tried_again),
                                       T(a_commit_is_applied_by_its_owner_and_by_nobody_else)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_release(&b);
    return failed;
}
