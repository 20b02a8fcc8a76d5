/* Each path is watched together with every folder above it, each for the one name that leads to the path: so a folder that is renamed,
 * made anew or made only later is seen like a file that changes. After each change all watches are set afresh, before `changed` is
 * told: what happens while it reads is then seen too. */
#include "folder_files.h"
#include "nudge/clock.h"
#include "nudge/log.h"
#include "nudge/mem.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#define QUIET ((int64_t)200)  /* ms without a change, after which things are taken to be whole */
#define PATIENCE (2 * SECOND) /* a file that is written to without a pause must not hold up the others */
#define RETRY 5               /* seconds, when the system has no inotify to give */
#define TARGETS 4             /* the file, and three folders */
#define EVENTS (IN_CREATE | IN_DELETE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB)

struct watch {
    int wd;
    char *name; /* what matters in this folder; NULL = every file that folder_set looks at */
};

struct watcher {
    struct event_base *base;
    char *paths[TARGETS]; /* absolute */
    bool folder[TARGETS];
    int fd; /* -1 = none to be had: tried again every RETRY */
    struct event *readable, *timer;
    struct watch *watches;
    size_t n, cap;
    int64_t since; /* first change not yet told (steady ms); 0 = none */
    void (*changed)(void *arg);
    void *arg;
};

/* ---- setting the watches */

static void watch_add(struct watcher *w, const char *folder, const char *name)
{
    int wd = inotify_add_watch(w->fd, folder, EVENTS | IN_ONLYDIR);
    if (wd < 0) {
        if (errno == ENOSPC) log_at(LOG_WARNING, "too few inotify watches: changed files may go unseen", "folder=%s", folder);
        return; /* not there yet, or not ours to look into: a folder above it tells */
    }
    w->watches = mem_grow(w->watches, &w->cap, w->n + 1, sizeof *w->watches);
    struct watch *one = &w->watches[w->n++];
    *one = (struct watch){wd, NULL};
    if (name && !(one->name = strdup(name))) mem_exhausted();
}

/* "/a/b/c": c in /a/b, b in /a, a in /. */
static void path_watch(struct watcher *w, const char *path)
{
    char *folder = strdup(path), *slash;
    if (!folder) mem_exhausted();
    while ((slash = strrchr(folder, '/'))) {
        *slash = 0;
        if (slash[1]) watch_add(w, *folder ? folder : "/", slash + 1);
    }
    free(folder);
}

static void watches_clear(struct watcher *w)
{
    for (size_t i = 0; i < w->n; i++) free(w->watches[i].name);
    w->n = 0;
    if (w->readable) event_free(w->readable);
    w->readable = NULL;
    if (w->fd >= 0) close(w->fd);
    w->fd = -1;
}

static void inotify_ready(evutil_socket_t fd, short what, void *arg);

static bool watches_set(struct watcher *w)
{
    watches_clear(w);
    w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (w->fd < 0) {
        log_at(LOG_WARNING, "no inotify to be had: changed files may go unseen", "error=\"%s\" again_in_s=%d", strerror(errno), RETRY);
        event_add(w->timer, &(struct timeval){.tv_sec = RETRY});
        return false;
    }
    for (size_t i = 0; i < TARGETS; i++) {
        path_watch(w, w->paths[i]);
        if (w->folder[i]) watch_add(w, w->paths[i], NULL);
    }
    w->readable = event_new(w->base, w->fd, EV_READ | EV_PERSIST, inotify_ready, w);
    if (!w->readable || event_add(w->readable, NULL) < 0) mem_exhausted();
    return true;
}

/* ---- changes */

static bool watch_concerned(const struct watch *one, const struct inotify_event *e)
{
    if (one->wd != e->wd) return false;
    if (e->len == 0) return !one->name || (e->mask & IN_IGNORED); /* the folder itself */
    return one->name ? strcmp(one->name, e->name) == 0 : !file_name_ignored(e->name);
}

static bool change_concerns(const struct watcher *w, const struct inotify_event *e)
{
    if (e->mask & IN_Q_OVERFLOW) return true;
    for (size_t i = 0; i < w->n; i++)
        if (watch_concerned(&w->watches[i], e)) return true;
    return false;
}

static void change_note(struct watcher *w)
{
    int64_t now = clock_steady();
    if (!w->since) w->since = now;
    int64_t wait = w->since + PATIENCE - now;
    if (wait > QUIET) wait = QUIET;
    if (wait < 0) wait = 0;
    event_add(w->timer, &(struct timeval){.tv_usec = wait * 1000});
}

static void inotify_ready(evutil_socket_t fd, short what, void *arg)
{
    struct watcher *w = arg;
    _Alignas(struct inotify_event) char events[16384];
    ssize_t n;
    bool concerns = false;
    (void)what;
    while ((n = read(fd, events, sizeof events)) > 0) {
        const struct inotify_event *e;
        for (char *p = events; p < events + n; p += sizeof *e + e->len) {
            e = (const struct inotify_event *)p;
            concerns = concerns || change_concerns(w, e);
        }
    }
    if (concerns) change_note(w);
}

static void timer_due(evutil_socket_t fd, short what, void *arg)
{
    struct watcher *w = arg;
    (void)fd, (void)what;
    if (!watches_set(w)) return;
    w->since = 0;
    w->changed(w->arg); /* last: it may free the watcher */
}

/* ---- its life */

struct watcher *watcher_new(struct event_base *base, const struct options *o, void (*changed)(void *arg), void *arg)
{
    const struct str paths[TARGETS] = {o->path, o->campaigns, o->segments, o->stores};
    struct watcher *w = mem_alloc(sizeof *w);
    w->base = base;
    w->fd = -1;
    w->changed = changed;
    w->arg = arg;
    for (size_t i = 0; i < TARGETS; i++) {
        w->paths[i] = strndup(paths[i].p, paths[i].n);
        if (!w->paths[i]) mem_exhausted();
        w->folder[i] = i > 0;
    }
    w->timer = evtimer_new(base, timer_due, w);
    if (!w->timer) mem_exhausted();
    watches_set(w);
    return w;
}

void watcher_free(struct watcher *w)
{
    if (!w) return;
    watches_clear(w);
    event_free(w->timer);
    for (size_t i = 0; i < TARGETS; i++) free(w->paths[i]);
    free(w->watches);
    free(w);
}
