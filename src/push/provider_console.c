/* Prints pushes for people to read: for trying campaigns out. */
#include "nudge/clock.h"
#include "provider_ops.h"
#include <errno.h>
#include <stdio.h>
#include <time.h>

static void *console_open(const struct provider_options *o, char *why, size_t why_size)
{
    static char self; /* there is nothing to keep */
    (void)o, (void)why, (void)why_size;
    return &self;
}

static void console_close(void *self)
{
    (void)self;
}

/* Texts hold customers' names: a control character (C0, DEL, or C1 as UTF-8: C2 80 … C2 9F) could drive the
 * terminal. */
static void text_print(FILE *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool c1 = c == 0xc2 && i + 1 < s.n && ((unsigned char)s.p[i + 1] & 0xe0) == 0x80;
        putc(c < 0x20 || c == 0x7f || c1 ? ' ' : c, out);
        i += c1;
    }
}

static void field_print(FILE *out, const char *before, struct str s)
{
    if (!s.n) return;
    fputs(before, out);
    text_print(out, s);
}

static void console_deliver(void *self, const struct message *m, int64_t now, struct verdict *v)
{
    char when[16];
    time_t t = (time_t)(now / SECOND);
    struct tm local;
    (void)self;
    strftime(when, sizeof when, "%H:%M:%S", localtime_r(&t, &local));
    fputs(when, stdout);
    field_print(stdout, "  ", m->user);
    field_print(stdout, "  [", m->campaign);
    fputs(m->campaign.n ? "]" : "", stdout);
    field_print(stdout, "  ", m->title);
    field_print(stdout, "\n          ", m->body);
    field_print(stdout, "\n          ", m->url);
    putc('\n', stdout);

    *v = (struct verdict){.kind = VERDICT_SENT, .alive = true, .wait = -1};
    if (fflush(stdout) == 0 && !ferror(stdout)) return;
    v->kind = VERDICT_RETRY;
    v->alive = false;
    snprintf(v->detail, sizeof v->detail, "stdout: %s", strerror(errno));
    clearerr(stdout);
}

const struct provider_ops provider_console = {
    .name = "console",
    .open = console_open,
    .close = console_close,
    .deliver = console_deliver,
};
