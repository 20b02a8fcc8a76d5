#include "ctl.h"
#include <stdio.h>

struct findings {
    const struct options *options; /* NULL = the configuration itself has errors */
    const struct ruleset *rules;
    struct errors errors;
};

static void print_json(const struct findings *f)
{
    struct buf out = {0};
    buf_printf(&out, "{\"ok\":%s,\"campaigns\":%zu,\"errors\":[", f->errors.count ? "false" : "true", f->rules ? f->rules->n_campaigns : 0);
    for (size_t i = 0; i < f->errors.n; i++) {
        const struct error *e = &f->errors.list[i];
        buf_printf(&out, "%s{\"file\":", i ? "," : "");
        buf_json(&out, str_of(e->file));
        buf_printf(&out, ",\"line\":%d,\"column\":%d,\"warning\":%s,\"text\":", e->line, e->column, e->warning ? "true" : "false");
        buf_json(&out, str_of(e->text));
        buf_char(&out, '}');
    }
    buf_printf(&out, "]}\n");
    fwrite(out.p, 1, out.n, stdout);
    buf_release(&out);
}

static size_t warnings_count(const struct errors *errors)
{
    size_t n = 0;
    for (size_t i = 0; i < errors->n; i++) n += errors->list[i].warning;
    return n;
}

static void print_words(const struct findings *f, const char *file)
{
    size_t warnings = warnings_count(&f->errors);
    ctl_print_errors(&f->errors);
    printf("%s: ", file);
    if (f->rules) printf("%zu campaign%s right, ", f->rules->n_campaigns, f->rules->n_campaigns == 1 ? "" : "s");
    printf("%zu error%s, %zu warning%s\n", f->errors.count, f->errors.count == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
}

static void providers_check(const struct options *o, const char *file, struct errors *errors)
{
    char why[256];
    for (size_t i = 0; i < o->n_providers; i++) {
        const struct provider_options *p = &o->providers[i];
        if (!provider_usable(p, why, sizeof why)) errors_add(errors, file, 0, 0, "provider \"%.*s\": %s", STR_ARG(p->name), why);
        if (p->type == PROVIDER_WEBHOOK && !p->secret_file.n)
            errors_warn(errors, file, 0, 0, "provider \"%.*s\" has no secret_file: its pushes are not signed", STR_ARG(p->name));
    }
}

static int check_run(const struct ctl_args *args)
{
    struct findings f = {0};
    struct zones *zones = zones_new(NULL);
    struct folder_set *folders = folder_set_new();
    struct options *options = options_load(args->file, zones, &f.errors);
    struct ruleset *rules = options ? folder_set_build(folders, options, &f.errors) : NULL;
    f.options = options, f.rules = rules;
    if (options) providers_check(options, args->file, &f.errors);
    if (args->json)
        print_json(&f);
    else
        print_words(&f, args->file);
    int code = f.errors.count ? EXIT_NO : 0;
    if (rules) ruleset_free(rules);
    errors_release(&f.errors);
    folder_set_free(folders);
    options_free(options);
    zones_free(zones);
    return code;
}

const struct command command_check = {
    "check", "[--json]", "read the configuration and every campaign, segment and store file",
    "Reads everything as nudged would and prints each mistake: file:line:column: what, and what was expected.\n"
    "Exits with 1 if there is an error; warnings alone are fine.",
    "j", check_run};
