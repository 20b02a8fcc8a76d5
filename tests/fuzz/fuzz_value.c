/* clang -std=c11 -D_GNU_SOURCE -Iinclude -g -fsanitize=fuzzer,address,undefined \
 *     tests/fuzz/fuzz_value.c build/libnudge.a -lm
 * The input is a customer's record of values. What is decoded survives being encoded again. */
#include "nudge/value.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void value_check(const struct value *v)
{
    struct buf bytes = {0}, text = {0};
    value_encode(v, &bytes);
    struct str in = buf_str(&bytes);
    struct value back;
    if (!value_decode(&in, &back) || in.n || !value_eq(v, &back) || back.kind != v->kind) abort();
    value_text(v, &text);
    struct value as_text = VALUE_TEXT_OF(buf_str(&text));
    if (v->kind != VALUE_NONE && !value_eq(v, &as_text)) abort();
    num_t number;
    value_number(v, &number);
    buf_release(&bytes);
    buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str in = {(const char *)data, size};
    struct value v;
    while (value_decode(&in, &v)) value_check(&v);
    return 0;
}
