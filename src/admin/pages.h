/* What the admin server answers, as bytes: each page from one view. Private to src/admin. */
#ifndef ADMIN_PAGES_H
#define ADMIN_PAGES_H

#include "nudge/admin.h"

typedef int page_render(const struct admin_view *, struct buf *out); /* returns the HTTP status */

page_render page_health, page_ready, page_metrics, page_status, page_style, page_json;

void buf_html(struct buf *, struct str); /* escaped for text and quoted attributes; control characters and bad UTF-8 as U+FFFD */

#endif
