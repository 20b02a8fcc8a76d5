#include "ctl.h"
#include "nudge/log.h"
#include "nudge/mem.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct command *const commands[] = {&command_check, &command_status, &command_customer, &command_dead};
#define COMMANDS (sizeof commands / sizeof *commands)

static void usage(FILE *to)
{
    fprintf(to, "usage: nudgectl COMMAND [-c FILE] …\n\n");
    for (size_t i = 0; i < COMMANDS; i++) fprintf(to, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    fprintf(to, "\nnudgectl COMMAND --help says more. FILE: /etc/nudge/nudged.json, else conf/nudged.json.\n");
}

static void command_usage(const struct command *c, FILE *to)
{
    fprintf(to, "usage: nudgectl %s%s%s [-c FILE]\n\n%s\n", c->name, *c->arguments ? " " : "", c->arguments, c->help);
}

static const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i]->name, name) == 0) return commands[i];
    return NULL;
}

static int unknown_command(const char *name)
{
    struct str words[COMMANDS];
    for (size_t i = 0; i < COMMANDS; i++) words[i] = str_of(commands[i]->name);
    struct str near = str_nearest(str_of(name), words, COMMANDS);
    fprintf(stderr, "nudgectl: there is no command \"%s\"", name);
    if (near.n) fprintf(stderr, "; did you mean \"%.*s\"?", STR_ARG(near));
    fprintf(stderr, "\n");
    usage(stderr);
    return EXIT_USAGE;
}

static bool allows(const struct command *c, int option)
{
    return strchr(c->allowed, option) != NULL;
}

/* 0, or the exit code when there is nothing to run. */
static int arguments_parse(const struct command *c, int argc, char **argv, struct ctl_args *out, bool *done)
{
    static const struct option longs[] = {{"help", no_argument, NULL, 'h'}, {"json", no_argument, NULL, 'j'}, {0}};
    bool right = true;
    int o;
    *done = true;
    while ((o = getopt_long(argc, argv, "c:n:h", longs, NULL)) != -1) {
        if (o == 'h') {
            command_usage(c, stdout);
            return 0;
        }
        if (o == 'c') out->file = optarg;
        if (o == 'j') out->json = true;
        if (o == 'n') out->n = strtoll(optarg, NULL, 10);
        right &= o == 'c' || (o != '?' && allows(c, o));
        right &= o != 'n' || out->n > 0;
    }
    if (optind < argc && allows(c, 'w')) out->word = argv[optind++];
    if (!right || optind < argc || (allows(c, 'w') && !out->word)) {
        command_usage(c, stderr);
        return EXIT_USAGE;
    }
    *done = false;
    return 0;
}

int main(int argc, char **argv)
{
    static const char system_file[] = "/etc/nudge/nudged.json";
    struct ctl_args args = {.file = access(system_file, F_OK) == 0 ? system_file : "conf/nudged.json"};
    bool done;
    mem_for_libraries();
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        usage(stdout);
        return 0;
    }
    if (argc < 2) {
        usage(stderr);
        return EXIT_USAGE;
    }
    const struct command *c = command_find(argv[1]);
    if (!c) return unknown_command(argv[1]);
    int code = arguments_parse(c, argc - 1, argv + 1, &args, &done);
    log_set_level(LOG_WARNING);
    return done ? code : c->run(&args);
}
