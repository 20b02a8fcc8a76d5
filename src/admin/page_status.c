/* The status page. Whatever came from a file or a network passes through buf_html. */
#include "pages.h"

#define REFRESH 15 /* seconds */

static const char *html_entity(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

static size_t sequence_length(struct str s)
{
    for (size_t n = 1; n <= 4 && n <= s.n; n++)
        if (str_is_utf8((struct str){s.p, n})) return n;
    return 0;
}

void buf_html(struct buf *out, struct str s)
{
    while (s.n) {
        const char *entity = html_entity(s.p[0]);
        bool control = ((unsigned char)s.p[0] < 0x20 && s.p[0] != '\n' && s.p[0] != '\t') || s.p[0] == 0x7f;
        size_t n = control ? 0 : sequence_length(s);
        if (entity)
            buf_str_put(out, str_of(entity));
        else if (n)
            buf_put(out, s.p, n);
        else
            buf_put(out, "\xef\xbf\xbd", 3);
        if (!n) n = 1;
        s.p += n, s.n -= n;
    }
}

/* ---- pieces */

static void text_put(struct buf *out, const char *html)
{
    buf_str_put(out, str_of(html));
}

static void number_put(struct buf *out, int64_t n)
{
    if (n < 0)
        text_put(out, "<td class=\"n\">–</td>");
    else
        buf_printf(out, "<td class=\"n\">%lld</td>", (long long)n);
}

static void cell_put(struct buf *out, struct str s)
{
    text_put(out, "<td>");
    buf_html(out, s);
    text_put(out, "</td>");
}

static void figure_put(struct buf *out, const char *label, uint64_t n)
{
    buf_printf(out, "<div><dt>%s</dt><dd>%llu</dd></div>\n", label, (unsigned long long)n);
}

static void table_begin(struct buf *out, const char *title, const char *heads)
{
    buf_printf(out, "<h2>%s</h2>\n<div class=\"wide\"><table>\n<tr>%s</tr>\n", title, heads);
}

static void table_end(struct buf *out)
{
    text_put(out, "</table></div>\n");
}

static void time_put(struct buf *out, int64_t at)
{
    char text[32];
    time_format(at, text);
    buf_printf(out, "<time datetime=\"%s\">%.10s %.5s UTC</time>", text, text, text + 11);
}

/* ---- sections */

static void head_put(struct buf *out, const struct admin_view *v)
{
    buf_printf(out,
               "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
               "<meta http-equiv=\"refresh\" content=\"%d\">\n"
               "<link rel=\"stylesheet\" href=\"/style.css\">\n<title>Nudge: ",
               REFRESH);
    buf_html(out, v->instance);
    text_put(out, "</title>\n</head>\n<body>\n<header>\n<h1>Nudge</h1>\n<p>");
    if (v->ready) {
        text_put(out, "<span class=\"good\">ready</span>");
    } else {
        text_put(out, "<span class=\"bad\">not ready: ");
        buf_html(out, v->unready);
        text_put(out, "</span>");
    }
    text_put(out, " · instance <code>");
    buf_html(out, v->instance);
    text_put(out, "</code></p>\n<p class=\"soft\">Since ");
    time_put(out, v->started);
    text_put(out, "; as of ");
    time_put(out, v->now);
    text_put(out, "</p>\n</header>\n<main>\n");
}

static void figures_put(struct buf *out, const struct metrics *m)
{
    if (!m) return;
    text_put(out, "<dl>\n");
    figure_put(out, "events", m->v[METRIC_EVENTS]);
    figure_put(out, "pushes decided", m->v[METRIC_PUSHES_DECIDED]);
    figure_put(out, "pushes sent", m->v[METRIC_PUSHES_SENT]);
    figure_put(out, "in the outbox", m->v[METRIC_OUTBOX_PENDING]);
    figure_put(out, "events waiting", m->v[METRIC_STREAM_LAG]);
    figure_put(out, "dead letters", m->v[METRIC_EVENTS_DEAD]);
    text_put(out, "</dl>\n");
}

static void errors_put(struct buf *out, const struct errors *errors)
{
    char line[1024];
    if (!errors || !errors->n) return;
    buf_printf(out, "<h2>Errors in files: %zu</h2>\n"
               "<p class=\"soft\">A file with an error does not load; its version before stays in force.</p>\n<ul>\n",
               errors->count);
    for (size_t i = 0; i < errors->n; i++) {
        error_format(&errors->list[i], line, sizeof line);
        buf_printf(out, "<li class=\"%s\"><code>", errors->list[i].warning ? "soft" : "bad");
        buf_html(out, str_of(line));
        text_put(out, "</code></li>\n");
    }
    text_put(out, "</ul>\n");
}

static const char *campaign_state(const struct campaign *c, int64_t now)
{
    return now < c->starts ? "not yet" : now >= c->ends ? "over" : "in force";
}

static uint64_t held_back(const uint64_t *counts)
{
    uint64_t n = 0;
    for (size_t i = 0; i < REASON_COUNT; i++) n += i == REASON_PENDING || i == REASON_SENT ? 0 : counts[i];
    return n;
}

static void campaigns_put(struct buf *out, const struct admin_view *v)
{
    if (!v->rules || !v->rules->n_campaigns) {
        text_put(out, "<h2>Campaigns</h2>\n<p class=\"none\">None in force.</p>\n");
        return;
    }
    table_begin(out, "Campaigns",
                "<th>name</th><th>state</th><th class=\"n\">priority</th><th class=\"n\">sent</th><th class=\"n\">not sent</th>");
    for (size_t i = 0; i < v->rules->n_campaigns; i++) {
        const struct campaign *c = v->rules->campaigns[i];
        const uint64_t *counts = v->counts ? v->counts + i * REASON_COUNT : NULL;
        text_put(out, "<tr><td>");
        buf_html(out, c->name);
        text_put(out, "<p>");
        buf_html(out, c->description);
        buf_printf(out, "</p></td><td>%s</td>", campaign_state(c, v->now));
        number_put(out, c->priority);
        number_put(out, counts ? (int64_t)counts[REASON_SENT] : -1);
        number_put(out, counts ? (int64_t)held_back(counts) : -1);
        text_put(out, "</tr>\n");
    }
    table_end(out);
}

static void reasons_put(struct buf *out, const struct metrics *m)
{
    if (!m) return;
    table_begin(out, "Decisions", "<th>reason</th><th>meaning</th><th class=\"n\">count</th>");
    for (enum reason r = REASON_PENDING + 1; r < REASON_COUNT; r++) {
        text_put(out, "<tr>");
        cell_put(out, reason_name(r));
        cell_put(out, reason_help(r));
        number_put(out, (int64_t)m->decisions[r]);
        text_put(out, "</tr>\n");
    }
    table_end(out);
}

static void providers_put(struct buf *out, const struct admin_view *v)
{
    if (!v->n_providers) return;
    table_begin(out, "Providers",
                "<th>name</th><th>state</th><th class=\"n\">sent</th><th class=\"n\">refused</th><th class=\"n\">failed</th>"
                "<th class=\"n\">expired</th><th class=\"n\">retries</th><th class=\"n\">waiting</th>");
    for (size_t i = 0; i < v->n_providers; i++) {
        const struct provider_status *p = &v->providers[i];
        text_put(out, "<tr>");
        cell_put(out, p->name);
        buf_printf(out, "<td><span class=\"%s\">%s</span><p>", p->breaker_open ? "bad" : "good", p->breaker_open ? "paused" : "working");
        buf_html(out, str_of(p->last_error));
        text_put(out, "</p></td>");
        number_put(out, (int64_t)p->sent);
        number_put(out, (int64_t)p->refused);
        number_put(out, (int64_t)p->failed);
        number_put(out, (int64_t)p->expired);
        number_put(out, (int64_t)p->retries);
        number_put(out, (int64_t)(p->queued + p->in_flight));
        text_put(out, "</tr>\n");
    }
    table_end(out);
}

static void partitions_put(struct buf *out, const struct admin_view *v)
{
    if (!v->n_partitions) return;
    table_begin(out, "Partitions",
                "<th class=\"n\">number</th><th>owner</th><th class=\"n\">not read</th><th class=\"n\">not committed</th>"
                "<th class=\"n\">outbox</th><th class=\"n\">dead letters</th>");
    for (size_t i = 0; i < v->n_partitions; i++) {
        const struct admin_partition *p = &v->partitions[i];
        text_put(out, "<tr>");
        number_put(out, p->number);
        cell_put(out, p->owned ? STR("this instance") : p->owner.n ? p->owner : STR("none"));
        number_put(out, p->lag);
        number_put(out, p->pending);
        number_put(out, p->outbox);
        number_put(out, p->dead);
        text_put(out, "</tr>\n");
    }
    table_end(out);
}

int page_status(const struct admin_view *v, struct buf *out)
{
    head_put(out, v);
    figures_put(out, v->metrics);
    errors_put(out, v->errors);
    campaigns_put(out, v);
    providers_put(out, v);
    partitions_put(out, v);
    reasons_put(out, v->metrics);
    text_put(out, "</main>\n</body>\n</html>\n");
    return 200;
}
