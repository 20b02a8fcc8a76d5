#include "nudge/listen.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

static bool port_parse(struct str s, in_port_t *out)
{
    unsigned n = 0;
    if (s.n == 0 || s.n > 5) return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return false;
        n = n * 10 + (unsigned)(s.p[i] - '0');
    }
    *out = htons((uint16_t)n);
    return n <= 65535;
}

bool listen_parse(struct str s, struct sockaddr_storage *out, int *size)
{
    struct sockaddr_in *four = (struct sockaddr_in *)out;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
    char host[INET6_ADDRSTRLEN];
    const char *colon = s.n ? memrchr(s.p, ':', s.n) : NULL;
    *out = (struct sockaddr_storage){0};
    if (!colon) return false;
    struct str name = {s.p, (size_t)(colon - s.p)}, port = {colon + 1, s.n - name.n - 1};
    bool bracketed = name.n >= 2 && name.p[0] == '[' && name.p[name.n - 1] == ']';
    if (bracketed) name.p++, name.n -= 2;
    if (name.n >= sizeof host || memchr(name.p, 0, name.n)) return false;
    snprintf(host, sizeof host, "%.*s", STR_ARG(name));
    if (bracketed) {
        six->sin6_family = AF_INET6;
        *size = sizeof *six;
        return inet_pton(AF_INET6, host, &six->sin6_addr) == 1 && port_parse(port, &six->sin6_port);
    }
    four->sin_family = AF_INET;
    *size = sizeof *four;
    return inet_pton(AF_INET, host, &four->sin_addr) == 1 && port_parse(port, &four->sin_port);
}
