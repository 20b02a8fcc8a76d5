#include "locale.h"
#include <stdio.h>

#define NBSP "\u00a0"
#define NARROW_NBSP "\u202f"

enum money_place {
    MONEY_SIGN_FIRST, /* -€1.50, -CHF 1.50 */
    MONEY_FIRST,      /* € -1,50 */
    MONEY_LAST,       /* -1,50 € */
};

enum column { EN, NL, RU, DE, FR, ES, LANGUAGES };

struct locale {
    enum column column; /* in the table of currencies */
    const char *language, *decimal, *group;
    size_t group_from; /* whole digits from which on they are grouped */
    enum money_place money;
    const char *date; /* the long date, as a pattern */
    const char *half[2];
    const char *months[12], *months_short[12];
    const char *months_alone[12], *months_short_alone[12]; /* without a day; NULL: no difference */
    const char *days[7], *days_short[7];                   /* from Monday */
};

/* clang-format off */
static const struct locale locales[LANGUAGES] = {
    {.column = EN, .language = "en", .decimal = ".", .group = ",", .group_from = 4, .money = MONEY_SIGN_FIRST,
     .date = "%B %e, %Y",
     .half = {"AM", "PM"},
     .months = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                "November", "December"},
     .months_short = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
     .days = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"},
     .days_short = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}},
    {.column = NL, .language = "nl", .decimal = ",", .group = ".", .group_from = 4, .money = MONEY_FIRST,
     .date = "%e %B %Y",
     .half = {"a.m.", "p.m."},
     .months = {"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober",
                "november", "december"},
     .months_short = {"jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"},
     .days = {"maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"},
     .days_short = {"ma", "di", "wo", "do", "vr", "za", "zo"}},
    {.column = RU, .language = "ru", .decimal = ",", .group = NBSP, .group_from = 4, .money = MONEY_LAST,
     .date = "%e %B %Y г.",
     .half = {"AM", "PM"},
     .months = {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября",
                "ноября", "декабря"},
     .months_short = {"янв.", "февр.", "мар.", "апр.", "мая", "июн.", "июл.", "авг.", "сент.", "окт.", "нояб.", "дек."},
     .months_alone = {"январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь",
                      "ноябрь", "декабрь"},
     .months_short_alone = {"янв.", "февр.", "март", "апр.", "май", "июнь", "июль", "авг.", "сент.", "окт.", "нояб.",
                            "дек."},
     .days = {"понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"},
     .days_short = {"пн", "вт", "ср", "чт", "пт", "сб", "вс"}},
    {.column = DE, .language = "de", .decimal = ",", .group = ".", .group_from = 4, .money = MONEY_LAST,
     .date = "%e. %B %Y",
     .half = {"AM", "PM"},
     .months = {"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
                "November", "Dezember"},
     .months_short = {"Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."},
     .months_short_alone = {"Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"},
     .days = {"Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"},
     .days_short = {"Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"}},
    {.column = FR, .language = "fr", .decimal = ",", .group = NARROW_NBSP, .group_from = 4, .money = MONEY_LAST,
     .date = "%e %B %Y",
     .half = {"AM", "PM"},
     .months = {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
                "novembre", "décembre"},
     .months_short = {"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."},
     .days = {"lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"},
     .days_short = {"lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."}},
    {.column = ES, .language = "es", .decimal = ",", .group = ".", .group_from = 5, .money = MONEY_LAST,
     .date = "%e de %B de %Y",
     .half = {"a." NARROW_NBSP "m.", "p." NARROW_NBSP "m."},
     .months = {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
                "noviembre", "diciembre"},
     .months_short = {"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"},
     .days = {"lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"},
     .days_short = {"lun", "mar", "mié", "jue", "vie", "sáb", "dom"}},
};

/* Symbols by language; NULL: the code itself. */
static const struct symbols {
    const char *code, *in[LANGUAGES];
} symbols[] = {
    {"EUR", {"€", "€", "€", "€", "€", "€"}},
    {"USD", {"$", "US$", "$", "$", "$US", "US$"}},
    {"GBP", {"£", "£", "£", "£", "£GB", NULL}},
    {"RUB", {NULL, NULL, "₽", NULL, NULL, NULL}},
    {"UAH", {NULL, NULL, "₴", NULL, NULL, NULL}},
    {"JPY", {"¥", "JP¥", "¥", "¥", NULL, NULL}},
    {"CNY", {"CN¥", "CN¥", "CN¥", "CN¥", NULL, NULL}},
    {"KRW", {"₩", "₩", "₩", "₩", "₩", NULL}},
    {"INR", {"₹", "₹", "₹", "₹", "₹", NULL}},
    {"AUD", {"A$", "AU$", "A$", "AU$", "$AU", NULL}},
    {"CAD", {"CA$", "C$", "CA$", "CA$", "$CA", NULL}},
    {"NZD", {"NZ$", "NZ$", "NZ$", "NZ$", "$NZ", NULL}},
    {"BRL", {"R$", "R$", "R$", "R$", "R$", NULL}},
    {"MXN", {"MX$", "MX$", "MX$", "MX$", "$MX", NULL}},
    {"HKD", {"HK$", "HK$", "HK$", "HK$", NULL, NULL}},
    {"TWD", {"NT$", "NT$", "NT$", "NT$", NULL, NULL}},
    {"ILS", {"₪", "₪", "₪", "₪", "₪", NULL}},
    {"VND", {"₫", "₫", "₫", "₫", "₫", "₫"}},
    {"PHP", {"₱", NULL, NULL, NULL, NULL, NULL}},
    {"THB", {NULL, "฿", "฿", "฿", NULL, "฿"}},
};
/* clang-format on */

/* Digits behind the point where they are not two. */
static const char without_minor[] = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
static const char with_thousandths[] = "BHD IQD JOD KWD LYD OMR TND";

const struct locale *locale_of(struct str language)
{
    if (language.n < 2 || (language.n > 2 && language.p[2] != '-' && language.p[2] != '_'))
        return &locales[EN];
    char tag[2] = {(char)(language.p[0] | 0x20), (char)(language.p[1] | 0x20)};
    for (size_t i = 0; i < LANGUAGES; i++)
        if (memcmp(locales[i].language, tag, 2) == 0) return &locales[i];
    return &locales[EN];
}

/* ---- amounts */

static void text_put(struct buf *to, const char *z)
{
    buf_str_put(to, str_of(z));
}

/* The amount rounded, without its sign, as plain digits. */
static struct str amount_digits(num_t v, int digits, bool *negative, char room[NUM_TEXT])
{
    static const uint64_t units[LOCALE_DIGITS_MAX + 1] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    uint64_t unit = units[digits], u = v < 0 ? -(uint64_t)v : (uint64_t)v;
    u = (u + unit / 2) / unit * unit;
    *negative = v < 0 && u > 0;
    unsigned long long whole = u / NUM_ONE, fraction = u % NUM_ONE / unit;
    int n = digits ? snprintf(room, NUM_TEXT, "%llu.%0*llu", whole, digits, fraction)
                   : snprintf(room, NUM_TEXT, "%llu", whole);
    return (struct str){room, (size_t)n};
}

static void amount_put(const struct locale *l, struct str digits, struct buf *to)
{
    struct str whole = str_cut(&digits, '.');
    for (size_t i = 0; i < whole.n; i++) {
        if (i && (whole.n - i) % 3 == 0 && whole.n >= l->group_from) text_put(to, l->group);
        buf_char(to, whole.p[i]);
    }
    if (digits.n) text_put(to, l->decimal);
    buf_str_put(to, digits);
}

void locale_number(const struct locale *l, num_t v, int digits, struct buf *to)
{
    bool negative;
    char room[NUM_TEXT];
    struct str plain = amount_digits(v, digits, &negative, room);
    if (negative) buf_char(to, '-');
    amount_put(l, plain, to);
}

static bool letter_is(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The code in capitals; false when this has not the form of a code. */
static bool currency_code(struct str currency, char code[4])
{
    if (currency.n != 3) return false;
    for (size_t i = 0; i < 3; i++) {
        if (!letter_is(currency.p[i])) return false;
        code[i] = (char)(currency.p[i] & ~0x20);
    }
    code[3] = 0;
    return true;
}

static int currency_digits(const char *code)
{
    return strstr(without_minor, code) ? 0 : strstr(with_thousandths, code) ? 3 : 2;
}

static struct str currency_symbol(const struct locale *l, struct str code)
{
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++)
        if (str_eq(code, str_of(symbols[i].code)))
            return symbols[i].in[l->column] ? str_of(symbols[i].in[l->column]) : code;
    return code;
}

void locale_money(const struct locale *l, num_t v, struct str currency, struct buf *to)
{
    bool negative;
    char room[NUM_TEXT], code[4];
    bool known = currency_code(currency, code);
    struct str symbol = known ? currency_symbol(l, str_of(code)) : currency;
    struct str plain = amount_digits(v, known ? currency_digits(code) : 2, &negative, room);
    bool first = symbol.n && l->money != MONEY_LAST;
    if (negative && l->money != MONEY_FIRST) buf_char(to, '-');
    if (first) buf_str_put(to, symbol);
    if (first && (l->money == MONEY_FIRST || letter_is(symbol.p[symbol.n - 1]))) text_put(to, NBSP);
    if (negative && l->money == MONEY_FIRST) buf_char(to, '-');
    amount_put(l, plain, to);
    if (symbol.n && l->money == MONEY_LAST) {
        text_put(to, NBSP);
        buf_str_put(to, symbol);
    }
}

/* ---- dates */

static void digits_put(struct buf *to, int v, int width)
{
    char room[16];
    int n = snprintf(room, sizeof room, "%0*d", width, v);
    buf_put(to, room, (size_t)n);
}

static const char *month_name(const struct locale *l, int month, bool is_short, bool alone)
{
    const char *name = is_short ? l->months_short_alone[month - 1] : l->months_alone[month - 1];
    if (alone && name) return name;
    return is_short ? l->months_short[month - 1] : l->months[month - 1];
}

static int year_day(const struct civil *c)
{
    return (int)(civil_days(c->year, c->month, c->day) - civil_days(c->year, 1, 1)) + 1;
}

/* alone: no day of the month stands in the same pattern. */
static void date_field_put(const struct locale *l, const struct civil *c, char field, bool alone,
                           struct buf *to)
{
    /* clang-format off */
    switch (field) {
    case 'd': digits_put(to, c->day, 2); break;
    case 'e': digits_put(to, c->day, 1); break;
    case 'm': digits_put(to, c->month, 2); break;
    case 'B': text_put(to, month_name(l, c->month, false, alone)); break;
    case 'b': text_put(to, month_name(l, c->month, true, alone)); break;
    case 'Y': digits_put(to, c->year, 4); break;
    case 'y': digits_put(to, c->year % 100, 2); break;
    case 'H': digits_put(to, c->hour, 2); break;
    case 'I': digits_put(to, c->hour % 12 ? c->hour % 12 : 12, 2); break;
    case 'M': digits_put(to, c->minute, 2); break;
    case 'p': text_put(to, l->half[c->hour >= 12]); break;
    case 'A': text_put(to, l->days[c->weekday]); break;
    case 'a': text_put(to, l->days_short[c->weekday]); break;
    case 'j': digits_put(to, year_day(c), 3); break;
    default: buf_char(to, field); break;
    }
    /* clang-format on */
}

bool locale_pattern_check(struct str pattern, size_t *bad)
{
    for (size_t i = 0; i < pattern.n; i++) {
        if (pattern.p[i] != '%') continue;
        *bad = i++;
        if (i == pattern.n || !memchr("demBbYyHIMpAaj%", pattern.p[i], 15)) return false;
    }
    return true;
}

static bool pattern_has_day(struct str pattern)
{
    for (size_t i = 0; i + 1 < pattern.n; i++)
        if (pattern.p[i] == '%' && (pattern.p[++i] == 'd' || pattern.p[i] == 'e')) return true;
    return false;
}

void locale_date(const struct locale *l, const struct civil *c, struct str pattern, struct buf *to)
{
    if (pattern.n == 0) pattern = str_of(l->date);
    bool alone = !pattern_has_day(pattern);
    for (size_t i = 0; i < pattern.n; i++) {
        if (pattern.p[i] == '%' && i + 1 < pattern.n)
            date_field_put(l, c, pattern.p[++i], alone, to);
        else
            buf_char(to, pattern.p[i]);
    }
}
