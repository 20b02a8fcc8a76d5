/* A JSON file (RFC 8259) with the place of each value in it. jansson parses; a second pass over the text, already known
 * to be valid, notes where each value stands, since jansson keeps no positions. Duplicate keys are errors.
 * A `struct node` is a value with its place; the reading calls add an error to the list when the value is not what was
 * asked for, and answer false. Depth is bounded by jansson (2048). */
#ifndef NUDGE_DOC_H
#define NUDGE_DOC_H

#include "nudge/arena.h"
#include "nudge/error.h"
#include "nudge/num.h"
#include <jansson.h>

struct doc;

struct node {
    const struct doc *doc;
    json_t *value; /* borrowed from the file; NULL = absent */
    size_t place;  /* index of its position in the file */
};

/* NULL and an error if the text is not one JSON value. `path` is copied. */
struct doc *doc_parse(const char *path, struct str text, struct errors *);
void doc_free(struct doc *);
struct node doc_root(const struct doc *);

struct node node_get(struct node object, const char *key); /* .value NULL when absent */
struct node node_item(struct node array, size_t i);
/* Walk a list in time linear in its length: for (size_t i = 0; node_each(array, i, &item); i++); item is left alone in between. */
bool node_each(struct node array, size_t i, struct node *item);
size_t node_size(struct node); /* of an array or object, else 0 */
/* Walk an object in file order: for (size_t i = 0; node_member(object, i, &key, &value); i++) */
bool node_member(struct node object, size_t i, struct str *key, struct node *value);

/* An error at this value (node_fail) or at the key it stands under (node_fail_key). */
void node_fail(struct node, struct errors *, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void node_fail_key(struct node, struct errors *, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* An error at a byte of a text (at the text itself when it has escapes). */
void node_fail_text(struct node, size_t offset, struct errors *, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void node_warn(struct node, struct errors *, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Each member's key must be one of the words; else an error at the key with the nearest right word. */
bool node_known_keys(struct node object, const struct str *words, size_t n, struct errors *);
/* The named type, else an error "expected X, found Y". Strings are borrowed from the file. */
bool node_text(struct node, struct str *out, struct errors *);
bool node_number(struct node, num_t *out, struct errors *); /* a number, or a string holding a decimal */
bool node_integer(struct node, int64_t min, int64_t max, int64_t *out, struct errors *);
bool node_boolean(struct node, bool *out, struct errors *);
bool node_is_object(struct node, struct errors *);
bool node_is_array(struct node, struct errors *);
/* One of the words: its index in *out. */
bool node_word(struct node, const struct str *words, size_t n, size_t *out, struct errors *);
/* "3h", "90 m", "7d", "2w", "1500ms" -> ms, above 0 and at most 10 years. Units: ms s m min h d w. */
bool node_duration(struct node, int64_t *ms, struct errors *);
bool duration_parse(struct str, int64_t *ms);
const char *json_type_name(const json_t *); /* "a string", "an object" … */

#endif
