/* clang -std=c11 -D_GNU_SOURCE -Iinclude -g -fsanitize=fuzzer,address,undefined \
 *     tests/fuzz/fuzz_request.c src/admin/request.c src/admin/page_status.c build/libnudge.a -lm
 * The input is what a client sends to the admin server, and a text that the page shows. */
#include "../../src/admin/pages.h"
#include "../../src/admin/request.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool within(struct str part, struct str whole)
{
    return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str bytes = {(const char *)data, size};
    struct buf html = {0};
    struct request r;
    int n = request_parse(bytes, &r);
    if (n > (int)size) abort();
    if (n > 0) {
        if (!within(r.method, bytes) || !within(r.path, bytes) || !within(r.host, bytes) || r.path.p[0] != '/') abort();
        request_host_allowed(r.host, STR("[::1]"));
    }
    buf_html(&html, bytes);
    if (html.n && (memchr(html.p, '<', html.n) || memchr(html.p, '"', html.n) || !str_is_utf8(buf_str(&html)))) abort();
    buf_release(&html);
    return 0;
}
