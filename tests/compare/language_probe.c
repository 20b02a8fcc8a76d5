/* Prints the tables of keys that campaign and segment files are read by, one a line: `name key key …`. The
 * names are those of the schema's $defs. */
#include "../../src/rules/condition.h"
#include <stdio.h>

static void word_print(struct str word)
{
    printf(" %.*s", STR_ARG(word));
}

static void table_print(const struct key_table *t)
{
    for (const char *p = t->name; *p; p++) putchar(*p == ' ' ? '-' : *p);
    for (size_t i = 0; i < t->n; i++) word_print(t->keys[i].name);
    putchar('\n');
}

static void operators_print(bool comparison)
{
    for (size_t i = 0; operator_word(i, comparison).p; i++) word_print(operator_word(i, comparison));
}

static void kind_print(const struct condition_kind *kind)
{
    printf("condition-%.*s", STR_ARG(kind->name));
    if (!kind->keys || kind->keys->n == 0) word_print(kind->name);
    if (!kind->keys) operators_print(false);
    for (size_t i = 0; kind->keys && i < kind->keys->n; i++) word_print(kind->keys->keys[i].name);
    putchar('\n');
}

int main(void)
{
    struct key_table t;
    for (size_t i = 0; language_table(i, &t); i++) table_print(&t);
    for (size_t i = 0; condition_kind_row(i); i++) kind_print(condition_kind_row(i));
    printf("operators");
    operators_print(false);
    printf("\ncomparisons");
    operators_print(true);
    putchar('\n');
    return 0;
}
