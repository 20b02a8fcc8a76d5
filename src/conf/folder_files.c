#include "folder_files.h"
#include "nudge/mem.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static bool name_ends(const char *name, const char *ending)
{
    size_t n = strlen(name), m = strlen(ending);
    return n > m && strcmp(name + n - m, ending) == 0;
}

bool file_name_ignored(const char *name)
{
    return name[0] == '.' || name_ends(name, "~") || name_ends(name, ".tmp") || name_ends(name, ".swp");
}

static bool ending_known(const char *name, const char *const *endings)
{
    for (; *endings; endings++)
        if (name_ends(name, *endings)) return true;
    return false;
}

static char *path_join(const char *folder, const char *name)
{
    char *path;
    if (asprintf(&path, "%s/%s", folder, name) < 0) mem_exhausted();
    return path;
}

static void file_load(struct folder_file *f, struct errors *errors)
{
    struct buf text = {.max = CONF_FILE_MAX};
    char why[160];
    if (buf_read_file(&text, f->path, why, sizeof why) == 0) {
        f->text = mem_resize(text.p, text.n); /* the buffer's spare room would stay for as long as the version does */
        f->size = text.n;
        return;
    }
    errors_add(errors, f->path, 0, 0, "%s", why);
    buf_release(&text);
}

static void file_take(struct folder_files *l, const char *folder, const char *name, const char *const *endings,
                      struct errors *errors)
{
    char *path = path_join(folder, name);
    struct stat st;
    if (lstat(path, &st) != 0 && errno == ENOENT) { /* taken away since the folder was listed */
        free(path);
        return;
    }
    if (!ending_known(name, endings) || S_ISDIR(st.st_mode)) {
        errors_warn(errors, path, 0, 0, "is not looked at: expected a file with a name ending in %s", *endings);
        free(path);
        return;
    }
    l->files = mem_grow(l->files, &l->cap, l->n + 1, sizeof *l->files);
    l->files[l->n] = (struct folder_file){.path = path};
    file_load(&l->files[l->n++], errors);
}

static int file_compare(const void *a, const void *b)
{
    return strcmp(((const struct folder_file *)a)->path, ((const struct folder_file *)b)->path);
}

static void folder_list(struct folder_files *l, DIR *dir, const char *folder, const char *const *endings, struct errors *errors)
{
    struct dirent *entry;
    while (errno = 0, (entry = readdir(dir)))
        if (!file_name_ignored(entry->d_name)) file_take(l, folder, entry->d_name, endings, errors);
    l->unread = errno != 0;
    if (l->unread) errors_add(errors, folder, 0, 0, "cannot be listed: %s", strerror(errno));
    if (l->n) qsort(l->files, l->n, sizeof *l->files, file_compare);
}

void folder_files_read(struct folder_files *l, const char *folder, const char *const *endings, struct errors *errors)
{
    *l = (struct folder_files){0};
    DIR *dir = opendir(folder);
    if (dir) {
        folder_list(l, dir, folder, endings, errors);
        closedir(dir);
    } else if (errno == ENOENT) {
        errors_warn(errors, folder, 0, 0, "there is no such folder");
    } else {
        l->unread = true;
        errors_add(errors, folder, 0, 0, "cannot be opened: %s", strerror(errno));
    }
}

void folder_files_release(struct folder_files *l)
{
    for (size_t i = 0; i < l->n; i++) {
        free(l->files[i].path);
        free(l->files[i].text);
    }
    free(l->files);
    *l = (struct folder_files){0};
}
