/* SPDX-License-Identifier: MIT */
/* --manual: the manual page, and --options: the table for docs/client-options.md. */
#include "usage.h"

#include "exits.h"
#include "pages.h"

#include <stdlib.h>
#include <string.h>

static void put_option(const struct option *option)
{
    page_option_head(option->letter, option->name, option->takes);
    if (option->store == STORE_GAP)
        puts("Not there.");
    page_paragraph(option->help);
}

static void put_escape(const char *escape, const char *text)
{
    fputs(".TP\n\\fB", stdout);
    page_text(escape);
    puts("\\fR");
    page_paragraph(text);
}

static void put_properties(void)
{
    page_section("properties");
    page_paragraph("What -D COMMAND NAME VALUE may set.  Bytes are given as text.");
    for (enum property_command i = 0; i < PROPERTY_SETS; i++) {
        char *list = property_list(i);
        if (!list)
            return;
        printf(".TP\n\\fB%s\\fR\n", property_command_name(i));
        page_paragraph(list);
        free(list);
    }
}

static void put_title(const struct about *what, const char *name)
{
    page_title(name, what->summary);
    page_section("synopsis");
    for (size_t i = 0; what->usage[i]; i++) {
        fputs(i ? ".br\n\\fB" : "\\fB", stdout);
        page_text(name);
        fputs("\\fR ", stdout);
        page_paragraph(what->usage[i]);
    }
    page_section("description");
    page_paragraph(what->description);
}

static void put_options(enum program program)
{
    page_section("options");
    for (int section = 0; section < OPTION_SECTION_COUNT; section++) {
        bool begun = false;
        for (size_t i = 0; i < option_count; i++) {
            if ((int)options[i].section != section || !option_is_of(&options[i], program))
                continue;
            if (!begun)
                printf(".SS \"%s\"\n", option_section_titles[section]);
            begun = true;
            put_option(&options[i]);
        }
    }
}

void print_manual(enum program program)
{
    const struct about *what = about(program);
    const char *name = program_name(program);

    put_title(what, name);
    put_options(program);
    if (program == SUB || program == RR) {
        page_section("format");
        page_paragraph(
            "In the FORMAT of -F these stand for something.  Behind % there may be -, to "
            "put blanks on the right, or 0, for zeros on the left; a width; and .most, "
            "the most characters of a text.  A payload is cut to its width.");
        format_each(put_escape);
        puts(".PP");
        page_paragraph(
            "%j is one JSON object: tst, topic, qos, retain, payloadlen, mid (QoS 1 and "
            "2), properties (MQTT 5.0) and payload.  A payload that is UTF-8 is a "
            "string, an empty one null; any other, and Correlation Data that is not "
            "UTF-8, is {\"hex\": \"00ff\"}.  A user property or subscription identifier "
            "that is there several times has a list of values.  %J puts a payload that is "
            "JSON there as it is, without blanks; any other is told on standard error, "
            "and printed as %j has it.");
    }
    put_properties();
    page_section("exit status");
#define EXIT_ROW(code, NAME, text) printf(".TP\n\\fB%d\\fR\n", code), page_paragraph(text);
    EXIT_CODES(EXIT_ROW)
#undef EXIT_ROW
    page_section("environment");
    puts(".TP\n\\fBMQTTWIRE_PASSWORD\\fR\nThe password, where no option has it.");
    page_section("files");
    for (int i = 0; i < 2; i++) {
        printf(".TP\n\\fI%s/", i ? "\\(ti/.config" : "$XDG_CONFIG_HOME");
        page_text(name);
        puts(i ? "\\fR\nLikewise, where the variable is not set."
               : "\\fR\nOptions, one on a line with its value, that go before those of the command "
                 "line.  A line that begins with # is a comment.");
    }
    page_section("examples");
    puts(".EX");
    for (size_t i = 0; what->examples[i]; i++)
        page_paragraph(what->examples[i]);
    puts(".EE");
    page_section("see also");
    for (unsigned other = PUB, some = 0; other <= BENCH; other <<= 1) {
        if (other == program)
            continue;
        fputs(some++ ? ", \\fB" : "\\fB", stdout);
        page_text(program_name((enum program)other));
        fputs("\\fR(1)", stdout);
    }
    puts(", \\fBmqttwire\\fR(1)");
}

void print_options(void)
{
    puts("| option | takes | pub | sub | rr | bench | mosquitto has it | what it does |");
    puts("|---|---|---|---|---|---|---|---|");
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &options[i];
        fputs("| ", stdout);
        if (option->letter)
            printf("`-%c`%s", option->letter, option->name ? ", " : "");
        if (option->name)
            printf("`--%s`", option->name);
        fputs(" | ", stdout);
        page_cell(option->takes ? option->takes : "");
        for (unsigned program = PUB; program <= BENCH; program <<= 1)
            printf(" | %s", option->programs & program                                  ? "yes"
                            : option->store == STORE_GAP && option->mosquitto & program ? "gap"
                                                                                        : "");
        printf(" | %s%s%s | ", option->mosquitto & PUB ? "pub " : "",
               option->mosquitto & SUB ? "sub " : "", option->mosquitto & RR ? "rr" : "");
        page_cell(option->help);
        puts(" |");
    }
}
