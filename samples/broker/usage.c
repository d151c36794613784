/* SPDX-License-Identifier: MIT */
/* What the broker says of itself, from the tables of options and keys. */
#include "arguments.h"

#include "exits.h"
#include "keys.h"
#include "pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME    "mqttwire-broker"
#define SUMMARY "serves MQTT 3.1.1 and 5.0"

static const char synopsis[] = "[-c FILE] [-p PORT] [-v] [--trace CLIENTID] [--test-config]";
static const char description[] =
    "A server of MQTT 3.1.1 and 5.0, which also serves clients of 3.1.  Its configuration has the "
    "keys of mosquitto.conf(5), with the same meaning where the key says nothing else.  Without a "
    "listener in it, only this machine can connect, and anybody there may.";
static const char form[] =
    "A line has a key, a blank, and its value, up to the end of the line.  A line that begins with "
    "# is a comment.  Keys that are not there are errors, told with file and line.";
static const char *const examples[] = {
    NAME " -p 1884 -v",
    NAME " -c " MQTTWIRE_SYSCONFDIR "/mqttwire/broker.conf --test-config",
};

/* X(signal, text) */
#define SIGNALS(X)                                                                                 \
    X("SIGINT, SIGTERM", "Ends in order: clients are told so (DISCONNECT 0x8B), what is to last "  \
                         "is stored.  A second one ends at once.")                                 \
    X("SIGHUP",                                                                                    \
      "Reads password, SCRAM and ACL files, and certificates, again, and opens files of "          \
      "logs anew.  What is wrong stays as it was, and is logged.  Other keys are not read again.") \
    X("SIGUSR1, SIGUSR2", "Are ignored: there is nothing left to save, or to print.")

static void help_option(const struct option *option)
{
    char text[256];

    snprintf(text, sizeof text, "%s%s", option->asked == ASKED_WRONG ? "(Not there.)  " : "",
             option->help);
    page_option(option->letter, option->name, option->takes, text);
}

void print_help(void)
{
    puts(NAME " " SUMMARY ".\n");
    page_filled(synopsis, printf("Usage: " NAME), 24);
    page_filled(description, 0, 0);
    puts("\nOptions:");
    for (size_t i = 0; i < command_option_count; i++)
        help_option(&command_options[i]);
    puts("\nSignals:");
#define SIGNAL_ROW(signal, text) page_filled(text, printf("  " signal), 20);
    SIGNALS(SIGNAL_ROW)
#undef SIGNAL_ROW
    puts("\nExit codes:");
#define EXIT_ROW(code, NAME, text) page_filled(text, printf("  %d", code), 7);
    EXIT_CODES(EXIT_ROW)
#undef EXIT_ROW
    puts("\nExamples:");
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
        printf("  %s\n", examples[i]);
    puts("\nThe keys of the configuration: mqttwire-broker --options, or its manual page.");
}

bool print_completion(const char *shell)
{
    struct page_option *rows = calloc(command_option_count, sizeof *rows);
    struct page_program program = {.name = NAME, .options = rows};
    bool good;

    for (size_t i = 0; rows && i < command_option_count; i++) {
        const struct option *option = &command_options[i];
        if (option->asked != ASKED_WRONG)
            rows[program.count++] =
                (struct page_option){option->letter, option->name, option->takes, option->help};
    }
    good = page_completion(&program, shell);
    free(rows);
    return good;
}

/* ---- The manual page ------------------------------------------------------------------------ */

static void put_term(const char *name, const char *takes)
{
    fputs(".TP\n\\fB", stdout);
    page_text(name);
    fputs("\\fR", stdout);
    if (takes) {
        fputs(" \\fI", stdout);
        page_text(takes);
        fputs("\\fR", stdout);
    }
    putchar('\n');
}

static void put_option(const struct option *option)
{
    page_option_head(option->letter, option->name, option->takes);
    if (option->asked == ASKED_WRONG)
        puts("Not there.");
    page_paragraph(option->help);
}

/* What its number may be, or "". */
static const char *range_of(const struct key *key)
{
    static char range[64];

    range[0] = '\0';
    if (key->kind == READ_NUMBER && key->high < UINT32_MAX)
        snprintf(range, sizeof range, "%llu to %llu", (unsigned long long)key->low,
                 (unsigned long long)key->high);
    return range;
}

static void put_key(const struct key *key)
{
    put_term(key->name, key->takes);
    if (key->likeness == KEY_REFUSED && key->kind == READ_NOTHING)
        puts("Refused.");
    if (key->likeness == KEY_ACCEPTED)
        puts("Accepted, without effect.");
    page_paragraph(key->text);
    if (*range_of(key))
        printf("From %s.\n", range_of(key));
    if (key->fallback) {
        fputs("Default: ", stdout);
        page_text(key->fallback);
        puts(".");
    }
}

void print_manual(void)
{
    page_title(NAME, SUMMARY);
    page_section("synopsis");
    fputs("\\fB", stdout);
    page_text(NAME);
    fputs("\\fR ", stdout);
    page_paragraph(synopsis);
    page_section("description");
    page_paragraph(description);
    page_section("options");
    for (size_t i = 0; i < command_option_count; i++)
        put_option(&command_options[i]);
    page_section("configuration");
    page_paragraph(form);
    for (int section = 0; section < KEY_SECTION_COUNT; section++) {
        printf(".SS \"%s\"\n", key_section_titles[section]);
        for (const struct key *key = keys; key < keys + key_count; key++)
            if ((int)key->section == section)
                put_key(key);
    }
    page_section("signals");
#define SIGNAL_ROW(signal, text) put_term(signal, NULL), page_paragraph(text);
    SIGNALS(SIGNAL_ROW)
#undef SIGNAL_ROW
    page_section("exit status");
#define EXIT_ROW(code, NAME, text) printf(".TP\n\\fB%d\\fR\n", code), page_paragraph(text);
    EXIT_CODES(EXIT_ROW)
#undef EXIT_ROW
    page_section("examples");
    puts(".EX");
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
        page_paragraph(examples[i]);
    puts(".EE");
    page_section("see also");
    puts("\\fBmqttwire\\-passwd\\fR(1), \\fBmqttwire\\-pub\\fR(1), \\fBmqttwire\\-sub\\fR(1), "
         "\\fBmosquitto.conf\\fR(5)");
}

/* ---- The tables ----------------------------------------------------------------------------- */

/* Refused for the same reason, one after another: they share a row. */
static bool shares_row(const struct key *key, const struct key *other)
{
    return key->kind == READ_NOTHING && other < keys + key_count &&
           other->section == key->section && other->kind == READ_NOTHING &&
           strcmp(other->text, key->text) == 0;
}

/* Answers the last key of the row. */
static const struct key *put_row(const struct key *key)
{
    bool only = key->kind == READ_ONLY, alone = !shares_row(key, key + 1);

    printf("| `%s`", key->name);
    while (shares_row(key, key + 1))
        printf(", `%s`", (++key)->name);
    fputs(" | ", stdout);
    page_cell(alone ? key->takes : "");
    printf("%s%s | ", *range_of(key) ? ", " : "", range_of(key));
    page_cell(key->fallback ? key->fallback : "");
    printf(" | %s%s%s | ", key_likeness_words[key->likeness], only ? ", but for " : "",
           only ? key->fallback : "");
    page_cell(key->text);
    puts(" |");
    return key;
}

void print_options(void)
{
    for (const struct key *key = keys; key < keys + key_count; key++) {
        if (key == keys || key->section != key[-1].section)
            printf("%s### %s\n\n"
                   "| key | takes | default | beside mosquitto's | what it does, or why not |\n"
                   "|---|---|---|---|---|\n",
                   key == keys ? "" : "\n", key_section_titles[key->section]);
        key = put_row(key);
    }
}
