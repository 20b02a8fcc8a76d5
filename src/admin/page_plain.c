#include "pages.h"

/* That this is answered at all is the news: the loop runs. */
int page_health(const struct admin_view *v, struct buf *out)
{
    (void)v;
    buf_printf(out, "ok\n");
    return 200;
}

int page_ready(const struct admin_view *v, struct buf *out)
{
    if (v->ready)
        buf_printf(out, "ready\n");
    else
        buf_printf(out, "not ready: %.*s\n", STR_ARG(v->unready));
    return v->ready ? 200 : 503;
}

int page_metrics(const struct admin_view *v, struct buf *out)
{
    if (!v->metrics) return 503;
    metrics_render(v->metrics, out);
    return 200;
}

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1b1f24;--soft:#59636e;--line:#d5dae0;--paper:#fff;--card:#f5f7f9;--good:#176f2c;--bad:#b3261e}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#9aa5b1;--line:#343b44;--paper:#14171b;--card:#1d2127;"
    "--good:#63cf7c;--bad:#ff8a80}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;padding:1rem;max-width:70rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}\n"
    "h1{font-size:1.4rem;margin:0}\n"
    "h2{font-size:1.1rem;margin:2rem 0 .5rem}\n"
    "p{margin:.25rem 0}\n"
    ".soft,.none,td p{color:var(--soft)}\n"
    "td p{font-size:.9rem;margin:0}\n"
    ".good{color:var(--good)}\n"
    ".bad{color:var(--bad)}\n"
    ".good,.bad{font-weight:600}\n"
    "dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.5rem;margin:1rem 0}\n"
    "dl div{background:var(--card);border-radius:.5rem;padding:.6rem .8rem}\n"
    "dt{color:var(--soft);font-size:.85rem}\n"
    "dd{margin:0;font-size:1.3rem;font-variant-numeric:tabular-nums}\n"
    ".wide{overflow-x:auto}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "th,td{text-align:left;vertical-align:top;padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line)}\n"
    "th{font-weight:600;font-size:.85rem;color:var(--soft)}\n"
    ".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
    "ul{margin:0;padding:0;list-style:none}\n"
    "li{padding:.4rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}\n"
    "code{font:.9em ui-monospace,monospace}\n";

int page_style(const struct admin_view *v, struct buf *out)
{
    (void)v;
    buf_put(out, style, sizeof style - 1);
    return 200;
}
