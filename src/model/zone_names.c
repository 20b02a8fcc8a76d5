#include "zone_names.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nudge/mem.h"

#define DEPTH_MAX 4 /* America/Argentina/Ushuaia is the deepest; links in a circle end here */

struct list {
    struct str *names;
    size_t n, cap;
};

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '+' || c == '-' || c == '.';
}

bool zone_name_plain(struct str name)
{
    if (!name.n || name.n > ZONE_NAME_MAX) return false;
    char before = '/';
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (before == '/' && (c == '/' || c == '.')) return false;
        if (c != '/' && !name_char(c)) return false;
        before = c;
    }
    return before != '/';
}

bool zone_path(char out[ZONE_PATH_MAX], const char *dir, struct str name)
{
    int n = snprintf(out, ZONE_PATH_MAX, "%s/%.*s", dir, STR_ARG(name));
    return n > 0 && n < ZONE_PATH_MAX;
}

static bool name_left_out(struct str name)
{
    return str_eq(name, STR("posix")) || str_eq(name, STR("right")) || str_eq(name, STR("localtime")) ||
           str_eq(name, STR("posixrules"));
}

static bool file_is_tzif(const char *path)
{
    char magic[4];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return false;
    bool is = read(fd, magic, sizeof magic) == (ssize_t)sizeof magic && memcmp(magic, "TZif", 4) == 0;
    close(fd);
    return is;
}

static void list_dir(struct list *, struct arena *, const char *dir, struct str below, int depth);

static void list_entry(struct list *l, struct arena *a, const char *dir, struct str name, int depth)
{
    char path[ZONE_PATH_MAX];
    struct stat st;
    if (!zone_name_plain(name) || name_left_out(name)) return;
    if (!zone_path(path, dir, name) || stat(path, &st) < 0) return;
    if (S_ISDIR(st.st_mode)) {
        if (depth < DEPTH_MAX) list_dir(l, a, dir, name, depth + 1);
    } else if (S_ISREG(st.st_mode) && file_is_tzif(path)) {
        l->names = mem_grow(l->names, &l->cap, l->n + 1, sizeof *l->names);
        l->names[l->n++] = arena_str(a, name);
    }
}

/* Lists what lies in dir/below. */
static void list_dir(struct list *l, struct arena *a, const char *dir, struct str below, int depth)
{
    char path[ZONE_PATH_MAX], name[ZONE_NAME_MAX + 1];
    if (!zone_path(path, dir, below)) return;
    DIR *d = opendir(path);
    if (!d) return;
    for (struct dirent *e; (e = readdir(d));) {
        int n = snprintf(name, sizeof name, "%.*s%s%s", STR_ARG(below), below.n ? "/" : "", e->d_name);
        if (n > 0 && n < (int)sizeof name) list_entry(l, a, dir, str_of(name), depth);
    }
    closedir(d);
}

static int str_order(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

const struct str *zone_names_list(struct arena *a, const char *dir, size_t *n)
{
    struct list l = {0};
    list_dir(&l, a, dir, STR(""), 1);
    if (l.n) qsort(l.names, l.n, sizeof *l.names, str_order);
    struct str *names = arena_alloc(a, (l.n + 1) * sizeof *names); /* never of size 0 */
    if (l.n) memcpy(names, l.names, l.n * sizeof *names);
    free(l.names);
    *n = l.n;
    return names;
}
