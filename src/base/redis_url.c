#include "nudge/redis_url.h"
#include <stdio.h>

static bool fail(char *why, size_t why_size, const char *text)
{
    snprintf(why, why_size, "%s", text);
    return false;
}

static bool number_parse(struct str s, int max, int *out)
{
    int n = 0;
    if (s.n == 0 || s.n > 5) return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return false;
        n = n * 10 + (s.p[i] - '0');
    }
    *out = n;
    return n <= max;
}

static bool text_copy(struct str s, char *out, size_t size)
{
    if (s.n == 0 || s.n >= size || memchr(s.p, 0, s.n)) return false;
    memcpy(out, s.p, s.n);
    out[s.n] = 0;
    return true;
}

/* "[::1]" loses its brackets, which belong to the URL and not to the address. */
static struct str host_cut(struct str *rest)
{
    if (!str_starts(*rest, STR("["))) return str_cut(rest, ':');
    ptrdiff_t end = str_find(*rest, STR("]"));
    if (end < 0) return STR_NONE;
    struct str host = {rest->p + 1, (size_t)end - 1};
    rest->p += end + 1, rest->n -= (size_t)end + 1;
    if (str_starts(*rest, STR(":"))) rest->p++, rest->n--;
    return host;
}

static bool network_parse(struct str rest, struct redis_url *out, char *why, size_t why_size)
{
    if (str_find(rest, STR("@")) >= 0)
        return fail(why, why_size, "user and password do not belong in the address: expected redis_user and redis_password_file");
    struct str place = str_cut(&rest, '/'), db = rest;
    struct str host = host_cut(&place);
    if (!text_copy(host, out->host, sizeof out->host)) return fail(why, why_size, "expected a host behind ://");
    if (place.n && (!number_parse(place, 65535, &out->port) || !out->port))
        return fail(why, why_size, "expected a port from 1 to 65535 behind the host");
    if (db.n && !number_parse(db, 65535, &out->db)) return fail(why, why_size, "expected a database number behind the last /");
    return true;
}

static bool local_parse(struct str rest, struct redis_url *out, char *why, size_t why_size)
{
    struct str path = str_cut(&rest, '?');
    out->local = true;
    if (!str_starts(path, STR("/")) || !text_copy(path, out->path, sizeof out->path))
        return fail(why, why_size, "expected an absolute path of at most 107 bytes: unix:///run/redis.sock");
    if (!rest.n) return true;
    if (str_starts(rest, STR("db=")) && number_parse((struct str){rest.p + 3, rest.n - 3}, 65535, &out->db)) return true;
    return fail(why, why_size, "expected ?db=NUMBER behind the path");
}

static bool scheme_take(struct str *s, struct str scheme)
{
    if (!str_starts(*s, scheme)) return false;
    s->p += scheme.n, s->n -= scheme.n;
    return true;
}

bool redis_url_parse(struct str s, struct redis_url *out, char *why, size_t why_size)
{
    *out = (struct redis_url){.port = 6379};
    if (scheme_take(&s, STR("unix://"))) return local_parse(s, out, why, why_size);
    out->tls = scheme_take(&s, STR("rediss://"));
    if (out->tls || scheme_take(&s, STR("redis://"))) return network_parse(s, out, why, why_size);
    return fail(why, why_size, "expected redis://host:port/db, rediss://host:port/db or unix:///path");
}
