/* SPDX-License-Identifier: MIT */
/* --help, from the table of options. */
#include "usage.h"

#include "exits.h"
#include "pages.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = 2 };

static void print_option(const struct option *option)
{
    char text[512];

    snprintf(text, sizeof text, "%s%s", option->store == STORE_GAP ? "(Not there.)  " : "",
             option->help);
    page_option(option->letter, option->name, option->takes, text);
}

static void print_escape(const char *escape, const char *text)
{
    page_filled(text, printf("  %s", escape), 8);
}

static void print_properties(void)
{
    puts("\nProperties for -D COMMAND NAME VALUE:");
    for (enum property_command i = 0; i < PROPERTY_SETS; i++) {
        char *list = property_list(i);
        if (!list)
            return;
        page_filled(list, printf("  %s", property_command_name(i)), 16);
        free(list);
    }
}

void print_help(enum program program)
{
    const struct about *what = about(program);
    const char *name = program_name(program);

    printf("%s %s.\n\n", name, what->summary);
    for (size_t i = 0; what->usage[i]; i++) {
        int at = printf("%s %s", i ? "      " : "Usage:", name);
        page_filled(what->usage[i], at, at + ROOM);
    }
    page_filled(what->description, 0, 0);
    for (int section = 0; section < OPTION_SECTION_COUNT; section++) {
        bool begun = false;
        for (size_t i = 0; i < option_count; i++) {
            if ((int)options[i].section != section || !option_is_of(&options[i], program))
                continue;
            if (!begun)
                printf("\n%s:\n", option_section_titles[section]);
            begun = true;
            print_option(&options[i]);
        }
    }
    if (program == SUB || program == RR) {
        puts("\nFormat of -F, where -, 0, a width and .most may stand behind %:");
        format_each(print_escape);
    }
    print_properties();
    puts("\nEnvironment:\n  MQTTWIRE_PASSWORD  the password of -u, where no option has it");
    printf("\nFile of options: $XDG_CONFIG_HOME/%s or ~/.config/%s\n", name, name);
    puts("\nExit codes:");
#define EXIT_ROW(code, NAME, text) page_filled(text, printf("  %d", code), 7);
    EXIT_CODES(EXIT_ROW)
#undef EXIT_ROW
    puts("\nExamples:");
    for (size_t i = 0; what->examples[i]; i++)
        printf("  %s\n", what->examples[i]);
}

bool usage_is_asked(const struct option *option)
{
    static const char *const names[] = {"help", "version", "manual", "options", "completion"};

    for (size_t i = 0; option->name && i < sizeof names / sizeof *names; i++)
        if (strcmp(option->name, names[i]) == 0)
            return true;
    return false;
}

static bool print_completion(enum program program, const char *shell)
{
    struct page_option *rows = calloc(option_count, sizeof *rows);
    struct page_program described = {.name = program_name(program), .options = rows};
    bool good;

    for (size_t i = 0; rows && i < option_count; i++)
        if (options[i].programs & program)
            rows[described.count++] = (struct page_option){options[i].letter, options[i].name,
                                                           options[i].takes, options[i].help};
    good = page_completion(&described, shell);
    free(rows);
    return good;
}

bool usage_print(const struct config *config, const struct option *option, const char *value)
{
    switch (option->name[0]) {
    case 'c':
        return (value && print_completion(config->program, value)) ||
               misused(config, "--completion takes %s", option->takes);
    case 'm':
        print_manual(config->program);
        return true;
    case 'o':
        print_options();
        return true;
    case 'v':
        printf("%s %s\n", program_name(config->program), MQTTWIRE_VERSION);
        return true;
    default:
        print_help(config->program);
        return true;
    }
}
