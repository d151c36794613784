/* SPDX-License-Identifier: MIT */
/* --completion: scripts for bash, zsh and fish, from the table of options. */
#include "usage.h"

#include <ctype.h>
#include <string.h>

/* What an option takes that a shell can complete: words with | between them, files, folders. */
static bool takes_choice(const struct option *option)
{
    return option->takes && strchr(option->takes, '|');
}

static bool takes_file(const struct option *option)
{
    return option->takes &&
           (strcmp(option->takes, "FILE") == 0 || strcmp(option->takes, "PATH") == 0);
}

static bool takes_folder(const struct option *option)
{
    return option->takes && strcmp(option->takes, "DIRECTORY") == 0;
}

/* Calls for each option that the program has. */
static void each(enum program program, void (*tell)(const struct option *option))
{
    for (size_t i = 0; i < option_count; i++)
        if (options[i].programs & program)
            tell(&options[i]);
}

static void put_choices(const struct option *option, char between)
{
    for (const char *at = option->takes; *at; at++)
        putchar(*at == '|' ? between : *at);
}

/* The first sentence of an option's help, without what a quoted text of a shell has not. */
static void put_sentence(const struct option *option)
{
    for (const char *at = option->help; *at && !(at[0] == '.' && (at[1] == ' ' || !at[1])); at++)
        if (!strchr("'\"[]:\\$`", *at))
            putchar(*at);
}

/* ---- bash ----------------------------------------------------------------------------------- */

static void bash_words(const struct option *option)
{
    if (option->letter)
        printf("-%c ", option->letter);
    if (option->name)
        printf("--%s ", option->name);
}

static void bash_case(const struct option *option)
{
    if (!option->takes)
        return;
    fputs("    ", stdout);
    if (option->letter)
        printf("-%c%s", option->letter, option->name ? "|" : "");
    if (option->name)
        printf("--%s", option->name);
    fputs(") ", stdout);
    if (takes_choice(option)) {
        fputs("COMPREPLY=($(compgen -W '", stdout);
        put_choices(option, ' ');
        puts("' -- \"$word\")) ;;");
    } else if (takes_file(option) || takes_folder(option)) {
        printf("compopt -o filenames; COMPREPLY=($(compgen -%c -- \"$word\")) ;;\n",
               takes_file(option) ? 'f' : 'd');
    } else {
        puts(";;");
    }
}

static void print_bash(enum program program)
{
    const char *name = program_name(program);

    printf("# %s for bash\n_%s() {\n", name, name);
    puts("    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
         "    COMPREPLY=()\n    case $before in");
    each(program, bash_case);
    fputs("    *) COMPREPLY=($(compgen -W '", stdout);
    each(program, bash_words);
    printf("' -- \"$word\")) ;;\n    esac\n}\ncomplete -F _%s %s\n", name, name);
}

/* ---- zsh ------------------------------------------------------------------------------------ */

static void zsh_one(const struct option *option, bool letter)
{
    if (letter)
        printf("    '*-%c", option->letter);
    else
        printf("    '*--%s", option->name);
    putchar('[');
    put_sentence(option);
    putchar(']');
    if (option->takes) {
        fputs(": :", stdout);
        if (takes_choice(option)) {
            putchar('(');
            put_choices(option, ' ');
            putchar(')');
        } else if (takes_file(option)) {
            fputs("_files", stdout);
        } else if (takes_folder(option)) {
            fputs("_files -/", stdout);
        } else {
            putchar(' ');
        }
    }
    puts("' \\");
}

static void zsh_option(const struct option *option)
{
    if (option->letter)
        zsh_one(option, true);
    if (option->name)
        zsh_one(option, false);
}

static void print_zsh(enum program program)
{
    const char *name = program_name(program);

    printf("#compdef %s\n# Put it as _%s into a folder of $fpath, or eval it.\n_%s() {\n"
           "    _arguments \\\n",
           name, name, name);
    each(program, zsh_option);
    printf("    ''\n}\nif [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n    _%s \"$@\"\n"
           "else\n    compdef _%s %s\nfi\n",
           name, name, name);
}

/* ---- fish ----------------------------------------------------------------------------------- */

static const char *fish_program;

static void fish_option(const struct option *option)
{
    printf("complete -c %s", fish_program);
    if (option->letter)
        printf(" -s %c", option->letter);
    if (option->name)
        printf(" -l %s", option->name);
    if (option->takes)
        fputs(takes_file(option) ? " -rF" : " -x", stdout);
    if (takes_choice(option)) {
        fputs(" -a '", stdout);
        put_choices(option, ' ');
        putchar('\'');
    } else if (takes_folder(option)) {
        fputs(" -a '(__fish_complete_directories)'", stdout);
    }
    fputs(" -d '", stdout);
    put_sentence(option);
    puts("'");
}

bool print_completion(enum program program, const char *shell)
{
    if (strcmp(shell, "bash") == 0) {
        print_bash(program);
    } else if (strcmp(shell, "zsh") == 0) {
        print_zsh(program);
    } else if (strcmp(shell, "fish") == 0) {
        fish_program = program_name(program);
        printf("# %s for fish\ncomplete -c %s -f\n", fish_program, fish_program);
        each(program, fish_option);
    } else {
        return false;
    }
    return true;
}
