/* SPDX-License-Identifier: MIT */
/* --completion: scripts for bash, zsh and fish, from a table of options. */
#include "pages.h"

#include <stdio.h>
#include <string.h>

/* What an option takes that a shell can complete: words with | between them, files, folders. */
static bool takes_choice(const struct page_option *option)
{
    return option->takes && strchr(option->takes, '|');
}

static bool takes_file(const struct page_option *option)
{
    return option->takes &&
           (strcmp(option->takes, "FILE") == 0 || strcmp(option->takes, "PATH") == 0);
}

static bool takes_folder(const struct page_option *option)
{
    return option->takes && strcmp(option->takes, "DIRECTORY") == 0;
}

static const struct page_program *described;

static void each(void (*tell)(const struct page_option *option))
{
    for (size_t i = 0; i < described->count; i++)
        tell(&described->options[i]);
}

static void put_choices(const struct page_option *option, char between)
{
    for (const char *at = option->takes; *at; at++)
        putchar(*at == '|' ? between : *at);
}

/* The first sentence of an option's help, without what a quoted text of a shell has not. */
static void put_sentence(const struct page_option *option)
{
    for (const char *at = option->help; *at && !(at[0] == '.' && (at[1] == ' ' || !at[1])); at++)
        if (!strchr("'\"[]:\\$`", *at))
            putchar(*at);
}

/* ---- bash ----------------------------------------------------------------------------------- */

static void bash_words(const struct page_option *option)
{
    if (option->letter)
        printf("-%c ", option->letter);
    if (option->name)
        printf("--%s ", option->name);
}

static void bash_case(const struct page_option *option)
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

static void print_bash(void)
{
    const char *name = described->name;

    printf("# %s for bash\n_%s() {\n", name, name);
    puts("    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
         "    COMPREPLY=()\n    case $before in");
    each(bash_case);
    fputs("    *) COMPREPLY=($(compgen -W '", stdout);
    each(bash_words);
    printf("' -- \"$word\")) ;;\n    esac\n}\ncomplete %s-F _%s %s\n",
           described->takes_files ? "-o default " : "", name, name);
}

/* ---- zsh ------------------------------------------------------------------------------------ */

static void zsh_one(const struct page_option *option, bool letter)
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

static void zsh_option(const struct page_option *option)
{
    if (option->letter)
        zsh_one(option, true);
    if (option->name)
        zsh_one(option, false);
}

static void print_zsh(void)
{
    const char *name = described->name;

    printf("#compdef %s\n# Put it as _%s into a folder of $fpath, or eval it.\n_%s() {\n"
           "    _arguments \\\n",
           name, name, name);
    each(zsh_option);
    printf("    %s\n}\nif [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n    _%s \"$@\"\n"
           "else\n    compdef _%s %s\nfi\n",
           described->takes_files ? "'*: :_files'" : "''", name, name, name);
}

/* ---- fish ----------------------------------------------------------------------------------- */

static void fish_option(const struct page_option *option)
{
    printf("complete -c %s", described->name);
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

bool page_completion(const struct page_program *program, const char *shell)
{
    described = program;
    if (strcmp(shell, "bash") == 0) {
        print_bash();
    } else if (strcmp(shell, "zsh") == 0) {
        print_zsh();
    } else if (strcmp(shell, "fish") == 0) {
        printf("# %s for fish\n", program->name);
        if (!program->takes_files)
            printf("complete -c %s -f\n", program->name);
        each(fish_option);
    } else {
        return false;
    }
    return true;
}
