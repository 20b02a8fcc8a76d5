#include "nudge/value.h"

/* The kind byte: the kind in the low half; in the high half a number's scale, or a boolean's truth. */
#define KIND_BITS 4
#define KIND_MASK 0x0f
#define SCALE_MAX 6

static const num_t unit_of_scale[SCALE_MAX + 1] = {1000000, 100000, 10000, 1000, 100, 10, 1};

bool value_number(const struct value *v, num_t *out)
{
    if (v->kind == VALUE_TEXT) return num_parse(v->text, out, NULL);
    if (v->kind != VALUE_NUMBER) return false;
    *out = v->number;
    return true;
}

bool list_next(struct str *list, struct str *item)
{
    uint64_t n;
    return list->n && str_varint(list, &n) && n <= list->n && str_bytes(list, (size_t)n, item);
}

void list_put(struct buf *list, struct str item)
{
    buf_varint(list, item.n);
    buf_str_put(list, item);
}

/* The text of anything but a list: borrowed from the value, or written into room. */
static struct str scalar_text(const struct value *v, char room[NUM_TEXT])
{
    if (v->kind == VALUE_TEXT) return v->text;
    if (v->kind == VALUE_BOOLEAN) return v->boolean ? STR("true") : STR("false");
    if (v->kind == VALUE_NUMBER) return (struct str){room, (size_t)num_format(v->number, v->scale, room)};
    return STR_NONE;
}

void value_text(const struct value *v, struct buf *out)
{
    char room[NUM_TEXT];
    if (v->kind != VALUE_LIST) {
        buf_str_put(out, scalar_text(v, room));
        return;
    }
    struct str rest = v->text, item;
    for (bool first = true; !out->full && list_next(&rest, &item); first = false) {
        if (!first) buf_str_put(out, STR(", "));
        buf_str_put(out, item);
    }
}

/* Moves *s past the prefix, or answers false. */
static bool text_skip(struct str *s, struct str prefix)
{
    if (!str_starts(*s, prefix)) return false;
    if (prefix.n) s->p += prefix.n, s->n -= prefix.n; /* else s may be nowhere, STR_NONE */
    return true;
}

/* Does value_text() of the list write just this? Without writing it. */
static bool list_writes(struct str list, struct str text)
{
    struct str item;
    for (bool first = true; list_next(&list, &item); first = false)
        if ((!first && !text_skip(&text, STR(", "))) || !text_skip(&text, item)) return false;
    return text.n == 0;
}

bool value_eq(const struct value *a, const struct value *b)
{
    if (a->kind == VALUE_NONE || b->kind == VALUE_NONE) return a->kind == b->kind;
    if (a->kind == VALUE_LIST && b->kind == VALUE_LIST) return str_eq(a->text, b->text);
    char room_a[NUM_TEXT], room_b[NUM_TEXT];
    if (a->kind == VALUE_LIST) return list_writes(a->text, scalar_text(b, room_b));
    if (b->kind == VALUE_LIST) return list_writes(b->text, scalar_text(a, room_a));
    num_t x, y;
    /* Two texts compare as texts: "007" is an article's number and not "7". */
    bool amounts = a->kind == VALUE_NUMBER || b->kind == VALUE_NUMBER;
    if (amounts && value_number(a, &x) && value_number(b, &y)) return x == y;
    return str_eq(scalar_text(a, room_a), scalar_text(b, room_b));
}

/* The fewest digits behind the point, but at least those written, that lose nothing. */
static int number_scale(const struct value *v)
{
    int scale = v->scale < SCALE_MAX ? v->scale : SCALE_MAX;
    while (v->number % unit_of_scale[scale]) scale++;
    return scale;
}

void value_encode(const struct value *v, struct buf *out)
{
    unsigned kind = v->kind;
    switch (v->kind) {
    case VALUE_NUMBER: {
        int scale = number_scale(v);
        buf_char(out, (char)(kind | (unsigned)scale << KIND_BITS));
        buf_zigzag(out, v->number / unit_of_scale[scale]);
        break;
    }
    case VALUE_BOOLEAN:
        buf_char(out, (char)(kind | (unsigned)v->boolean << KIND_BITS));
        break;
    case VALUE_TEXT:
    case VALUE_LIST:
        buf_char(out, (char)kind);
        list_put(out, v->text);
        break;
    default:
        buf_char(out, VALUE_NONE);
        break;
    }
}

static bool number_decode(struct str *in, unsigned scale, struct value *out)
{
    int64_t scaled;
    if (scale > SCALE_MAX || !str_zigzag(in, &scaled)) return false;
    out->scale = (uint8_t)scale;
    return !__builtin_mul_overflow(scaled, unit_of_scale[scale], &out->number);
}

static bool list_is_whole(struct str list)
{
    struct str item;
    while (list.n)
        if (!list_next(&list, &item)) return false;
    return true;
}

bool value_decode(struct str *in, struct value *out)
{
    struct str head;
    if (!str_bytes(in, 1, &head)) return false;
    unsigned kind = (unsigned char)head.p[0] & KIND_MASK, high = (unsigned char)head.p[0] >> KIND_BITS;
    *out = (struct value){.kind = (enum value_kind)kind};
    if (kind == VALUE_NUMBER) return number_decode(in, high, out);
    out->boolean = kind == VALUE_BOOLEAN && high == 1;
    if (kind > VALUE_LIST || high != out->boolean) return false; /* no writer sets these bits */
    if (kind != VALUE_TEXT && kind != VALUE_LIST) return true;
    if (!list_next(in, &out->text)) return false;
    return kind == VALUE_TEXT || list_is_whole(out->text);
}
