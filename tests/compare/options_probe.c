/* The table of options as README's list (`markdown`) and as the JSON Schema of nudged.json (`schema`). */
#include "nudge/conf.h"
#include "nudge/limits.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- for people */

static void print_type(const struct option_row *r)
{
    if (!r->n_words) printf("%s", r->type);
    for (size_t i = 0; i < r->n_words; i++) printf("%s`%.*s`", i ? ", " : "", STR_ARG(r->words[i]));
    if (strcmp(r->type, "integer") == 0) printf(", %" PRId64 "–%" PRId64, r->min, r->max);
}

static void print_row(const struct option_row *r)
{
    printf("| `%s` | ", r->name);
    print_type(r);
    printf(" | ");
    if (r->required)
        printf("required");
    else if (r->fallback)
        printf("`%s`", r->fallback);
    printf(" | %s |\n", r->help);
}

static void print_markdown(void)
{
    struct option_row row;
    printf("| option | type | default | meaning |\n| --- | --- | --- | --- |\n");
    for (size_t i = 0; options_row(i, &row); i++) print_row(&row);
}

/* ---- for editors */

static json_t *pattern(const char *regex)
{
    return json_pack("{s:s, s:s}", "type", "string", "pattern", regex);
}

static json_t *integer_schema(const struct option_row *r)
{
    return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", (json_int_t)r->min, "maximum", (json_int_t)r->max);
}

static json_t *word_schema(const struct option_row *r)
{
    json_t *words = json_array();
    for (size_t i = 0; i < r->n_words; i++) json_array_append_new(words, json_stringn(r->words[i].p, r->words[i].n));
    return json_pack("{s:o}", "enum", words);
}

static json_t *bytes_schema(const struct option_row *r)
{
    return json_pack("{s:[o, o]}", "anyOf", integer_schema(r), pattern("^[0-9]{1,9} *(B|kB|KB|MB|GB|KiB|MiB|GiB)$"));
}

static json_t *caps_schema(void)
{
    json_t *cap = pattern("^ *[0-9]{1,7} +per +[0-9]+ *(ms|s|m|min|h|d|w) *$");
    return json_pack("{s:s, s:i, s:o}", "type", "array", "maxItems", CAPS_MAX, "items", cap);
}

static json_t *quiet_schema(void)
{
    const char *time = "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$";
    json_t *hours = json_pack("{s:s, s:b, s:[s, s], s:{s:o, s:o, s:{s:[s, s]}}}", "type", "object", "additionalProperties", 0, "required",
                              "from", "to", "properties", "from", pattern(time), "to", pattern(time), "then", "enum", "defer", "drop");
    return json_pack("{s:[{s:b}, o]}", "anyOf", "const", 0, hours);
}

static json_t *row_schema(const struct option_row *r)
{
    if (strcmp(r->type, "integer") == 0) return integer_schema(r);
    if (strcmp(r->type, "word") == 0) return word_schema(r);
    if (strcmp(r->type, "duration") == 0) return pattern("^[0-9]+ *(ms|s|m|min|h|d|w)$");
    if (strcmp(r->type, "bytes") == 0) return bytes_schema(r);
    if (strcmp(r->type, "boolean") == 0) return json_pack("{s:s}", "type", "boolean");
    if (strcmp(r->type, "caps") == 0) return caps_schema();
    if (strcmp(r->type, "quiet hours") == 0) return quiet_schema();
    return json_pack("{s:s}", "type", "string"); /* text and path */
}

static json_t *child(json_t *parent, const char *key, json_t *fresh)
{
    json_t *found = json_object_get(parent, key);
    if (!found) json_object_set_new(parent, key, found = fresh);
    else json_decref(fresh);
    return found;
}

static json_t *object_schema(void)
{
    return json_pack("{s:s, s:b, s:{}}", "type", "object", "additionalProperties", 0, "properties");
}

/* "providers.<name>.url" goes into providers' additionalProperties, "admin.listen" into admin's properties. */
static void row_place(json_t *root, const struct option_row *r)
{
    char name[96], *key = name, *dot;
    json_t *at = root, *schema = row_schema(r);
    snprintf(name, sizeof name, "%s", r->name);
    for (; (dot = strchr(key, '.')); key = dot + 1) {
        *dot = 0;
        if (strcmp(key, "<name>") == 0) {
            if (!json_is_object(json_object_get(at, "additionalProperties")))
                json_object_set_new(at, "additionalProperties", object_schema());
            at = json_object_get(at, "additionalProperties");
        } else {
            at = child(json_object_get(at, "properties"), key, object_schema());
        }
    }
    json_object_set_new(schema, "description", json_string(r->help));
    if (r->fallback) json_object_set_new(schema, "default", json_loads(r->fallback, JSON_DECODE_ANY, NULL));
    json_object_set_new(json_object_get(at, "properties"), key, schema);
    if (r->required) json_array_append_new(child(at, "required", json_array()), json_string(key));
}

static void print_schema(void)
{
    struct option_row row;
    json_t *root = json_pack("{s:s, s:s, s:s, s:b, s:{s:{s:s}}}", "$schema", "http://json-schema.org/draft-07/schema#", "title",
                             "nudged.json: the configuration of nudged", "type", "object", "additionalProperties", 0, "properties",
                             "$schema", "type", "string");
    for (size_t i = 0; options_row(i, &row); i++) row_place(root, &row);
    json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    putchar('\n');
    json_decref(root);
}

int main(int argc, char **argv)
{
    if (argc != 2) return 2;
    if (strcmp(argv[1], "markdown") == 0)
        print_markdown();
    else if (strcmp(argv[1], "schema") == 0)
        print_schema();
    else
        return 2;
    return 0;
}
