#include "request.h"
#include <strings.h>

static bool is_token(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && (!c || !strchr("!#$%&'*+-.^_`|~", c))) return false;
    }
    return s.n > 0;
}

static bool is_visible(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= 0x20 || s.p[i] >= 0x7f) return false;
    return s.n > 0;
}

/* A field value holds no control character but the tab; NUL and a lone CR are how smugglers work. */
static bool is_field_value(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f) return false;
    return true;
}

static struct str line_cut(struct str *rest)
{
    ptrdiff_t end = str_find(*rest, STR("\r\n"));
    struct str line = {rest->p, end < 0 ? rest->n : (size_t)end};
    size_t used = end < 0 ? rest->n : (size_t)end + 2;
    rest->p += used, rest->n -= used;
    return line;
}

static bool request_line_parse(struct str line, struct request *out)
{
    out->method = str_cut(&line, ' ');
    struct str target = str_cut(&line, ' ');
    if (!is_token(out->method) || !is_visible(target) || target.p[0] != '/') return false;
    out->path = str_cut(&target, '?');
    return str_eq(line, STR("HTTP/1.1")) || str_eq(line, STR("HTTP/1.0"));
}

static bool field_parse(struct str line, struct request *out)
{
    if (str_find(line, STR(":")) < 0) return false;
    struct str name = str_cut(&line, ':'), value = str_trim(line);
    if (!is_token(name) || !is_field_value(value)) return false;
    if (name.n != 4 || strncasecmp(name.p, "host", 4) != 0) return true;
    if (out->host.n || value.n == 0) return false; /* two hosts: whom would one believe */
    out->host = value;
    return true;
}

int request_parse(struct str bytes, struct request *out)
{
    ptrdiff_t end = str_find(bytes, STR("\r\n\r\n"));
    if (end < 0) return 0;
    struct str rest = {bytes.p, (size_t)end + 2};
    *out = (struct request){0};
    if (!request_line_parse(line_cut(&rest), out)) return -400;
    while (rest.n)
        if (!field_parse(line_cut(&rest), out)) return -400;
    return (int)end + 4;
}

static struct str host_without_port(struct str host)
{
    if (str_starts(host, STR("["))) {
        ptrdiff_t end = str_find(host, STR("]"));
        return end < 0 ? host : (struct str){host.p, (size_t)end + 1};
    }
    return str_cut(&host, ':');
}

bool request_host_allowed(struct str host, struct str own)
{
    static const struct str loopback[] = {{"localhost", 9}, {"127.0.0.1", 9}, {"[::1]", 5}};
    host = host_without_port(host);
    if (!host.n) return false;
    for (size_t i = 0; i < sizeof loopback / sizeof *loopback; i++)
        if (host.n == loopback[i].n && strncasecmp(host.p, loopback[i].p, host.n) == 0) return true;
    return host.n == own.n && strncasecmp(host.p, own.p, host.n) == 0;
}
