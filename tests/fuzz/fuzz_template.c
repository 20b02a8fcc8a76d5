/* clang -std=c11 -D_GNU_SOURCE -Iinclude -g -fsanitize=fuzzer,address,undefined \
 *     tests/fuzz/fuzz_template.c build/libnudge.a -lm
 * The input is a line (language, currency, a field's value) and, behind the newline, a template. */
#include "nudge/template.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct inputs {
    struct str field;
    bool list_read;
};

/* What a field is follows from its name's first letter, so that each kind is met. */
static bool field_get(void *ctx, struct str name, struct value *out)
{
    struct inputs *in = ctx;
    if (name.p[0] == 'u') return false;
    *out = VALUE_TEXT_OF(in->field);
    if (name.p[0] == 'l') out->kind = VALUE_LIST, in->list_read = true;
    if (name.p[0] == 'b') *out = (struct value){.kind = VALUE_BOOLEAN};
    if (name.p[0] == 'n') {
        *out = (struct value){.kind = VALUE_NUMBER, .scale = (uint8_t)in->field.n};
        size_t n = in->field.n < sizeof out->number ? in->field.n : sizeof out->number;
        if (n) memcpy(&out->number, in->field.p, n);
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size}, line = str_cut(&text, '\n');
    struct fields fields = {
        .get = field_get, .language = str_cut(&line, ' '), .currency = str_cut(&line, ' ')};
    struct inputs inputs = {.field = line};
    fields.ctx = &inputs;
    struct arena arena;
    arena_init(&arena);
    size_t offset = 0;
    char why[64];
    struct template *t = template_parse(&arena, text, &offset, why, sizeof why);
    struct buf out = {0};
    if (t) template_render(t, &fields, &out);
    if (offset > text.n || out.n > TEMPLATE_OUTPUT_MAX) abort();
    /* Good text in, good text out. A list's items are cut from the line anywhere, and so prove nothing. */
    bool good = str_is_utf8(text) && str_is_utf8(line) && str_is_utf8(fields.currency) && !inputs.list_read;
    if (good && !str_is_utf8(buf_str(&out))) abort();
    buf_release(&out);
    arena_release(&arena);
    return 0;
}
