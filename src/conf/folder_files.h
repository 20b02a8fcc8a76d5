/* The files of one folder as they are now: looked up, read, or an error each. Private to src/conf. */
#ifndef FOLDER_FILES_H
#define FOLDER_FILES_H

#include "nudge/conf.h"

struct folder_file {
    char *path;      /* owned, as is the text */
    char *text;      /* NULL = could not be read: the error is in the list */
    size_t size;
};

struct folder_files {
    struct folder_file *files; /* by name */
    size_t n, cap;
    bool unread;               /* the folder itself could not be read: nothing is known of what is in it */
};

/* `endings` ends with NULL. A folder that is not there holds no files. */
void folder_files_read(struct folder_files *, const char *folder, const char *const *endings, struct errors *);
void folder_files_release(struct folder_files *);
/* Editors' and copiers' scratch files: hidden, or ending in ~ .tmp .swp. */
bool file_name_ignored(const char *name);

#endif
