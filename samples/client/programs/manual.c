/* SPDX-License-Identifier: MIT */
/* --manual: the manual page, and --options: the table for docs/client-options.md. */
#include "usage.h"

#include "exits.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Text for roff, in which nothing is a request and characters are those that are typed. */
static void put(const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '\\':
            fputs("\\e", stdout);
            break;
        case '-':
            fputs("\\-", stdout);
            break;
        case '\'':
            fputs("\\(aq", stdout);
            break;
        case '`':
            fputs("\\(ga", stdout);
            break;
        case '^':
            fputs("\\(ha", stdout);
            break;
        case '~':
            fputs("\\(ti", stdout);
            break;
        default:
            putchar(*text);
        }
    }
}

static void put_paragraph(const char *text)
{
    if (*text == '.')
        fputs("\\&", stdout);
    put(text);
    putchar('\n');
}

static void put_section(const char *title)
{
    fputs(".SH \"", stdout);
    while (*title)
        putchar(toupper((unsigned char)*title++));
    puts("\"");
}

static void put_option(const struct option *option)
{
    puts(".TP");
    if (option->letter)
        printf("\\fB\\-%c\\fR", option->letter);
    if (option->name) {
        fputs(option->letter ? ", \\fB\\-\\-" : "\\fB\\-\\-", stdout);
        put(option->name);
        fputs("\\fR", stdout);
    }
    if (option->takes) {
        fputs(" \\fI", stdout);
        put(option->takes);
        fputs("\\fR", stdout);
    }
    putchar('\n');
    if (option->store == STORE_GAP)
        puts("Not there.");
    put_paragraph(option->help);
}

static void put_escape(const char *escape, const char *text)
{
    fputs(".TP\n\\fB", stdout);
    put(escape);
    puts("\\fR");
    put_paragraph(text);
}

static void put_properties(void)
{
    put_section("properties");
    put_paragraph("What -D COMMAND NAME VALUE may set.  Bytes are given as text.");
    for (enum property_command i = 0; i < PROPERTY_SETS; i++) {
        char *list = property_list(i);
        if (!list)
            return;
        printf(".TP\n\\fB%s\\fR\n", property_command_name(i));
        put_paragraph(list);
        free(list);
    }
}

static void put_title(const struct about *what, const char *name)
{
    puts(".\\\" SPDX-License-Identifier: MIT");
    fputs(".TH \"", stdout);
    for (const char *at = name; *at; at++)
        putchar(toupper((unsigned char)*at));
    printf("\" \"1\" \"\" \"mqttwire %s\" \"mqttwire\"\n", MQTTWIRE_VERSION);
    put_section("name");
    put(name);
    fputs(" \\- ", stdout);
    put_paragraph(what->summary);
    put_section("synopsis");
    for (size_t i = 0; what->usage[i]; i++) {
        fputs(i ? ".br\n\\fB" : "\\fB", stdout);
        put(name);
        fputs("\\fR ", stdout);
        put_paragraph(what->usage[i]);
    }
    put_section("description");
    put_paragraph(what->description);
}

static void put_options(enum program program)
{
    put_section("options");
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
        put_section("format");
        put_paragraph("In the FORMAT of -F these stand for something.  Behind % there may be -, to "
                      "put blanks on the right, or 0, for zeros on the left; a width; and .most, "
                      "the most characters of a text.  A payload is cut to its width.");
        format_each(put_escape);
        puts(".PP");
        put_paragraph(
            "%j is one JSON object: tst, topic, qos, retain, payloadlen, mid (QoS 1 and "
            "2), properties (MQTT 5.0) and payload.  A payload that is UTF-8 is a "
            "string, an empty one null; any other, and Correlation Data that is not "
            "UTF-8, is {\"hex\": \"00ff\"}.  A user property or subscription identifier "
            "that is there several times has a list of values.  %J puts a payload that is "
            "JSON there as it is, without blanks; any other is told on standard error, "
            "and printed as %j has it.");
    }
    put_properties();
    put_section("exit status");
#define EXIT_ROW(code, NAME, text) printf(".TP\n\\fB%d\\fR\n", code), put_paragraph(text);
    EXIT_CODES(EXIT_ROW)
#undef EXIT_ROW
    put_section("environment");
    puts(".TP\n\\fBMQTTWIRE_PASSWORD\\fR\nThe password, where no option has it.");
    put_section("files");
    for (int i = 0; i < 2; i++) {
        printf(".TP\n\\fI%s/", i ? "\\(ti/.config" : "$XDG_CONFIG_HOME");
        put(name);
        puts(i ? "\\fR\nLikewise, where the variable is not set."
               : "\\fR\nOptions, one on a line with its value, that go before those of the command "
                 "line.  A line that begins with # is a comment.");
    }
    put_section("examples");
    puts(".EX");
    for (size_t i = 0; what->examples[i]; i++)
        put_paragraph(what->examples[i]);
    puts(".EE");
    put_section("see also");
    for (unsigned other = PUB, some = 0; other <= BENCH; other <<= 1) {
        if (other == program)
            continue;
        fputs(some++ ? ", \\fB" : "\\fB", stdout);
        put(program_name((enum program)other));
        fputs("\\fR(1)", stdout);
    }
    puts(", \\fBmqttwire\\fR(1)");
}

static void put_cell(const char *text)
{
    for (; *text; text++)
        printf("%s%c", *text == '|' ? "\\" : "", *text);
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
        put_cell(option->takes ? option->takes : "");
        for (unsigned program = PUB; program <= BENCH; program <<= 1)
            printf(" | %s", option->programs & program                                  ? "yes"
                            : option->store == STORE_GAP && option->mosquitto & program ? "gap"
                                                                                        : "");
        printf(" | %s%s%s | ", option->mosquitto & PUB ? "pub " : "",
               option->mosquitto & SUB ? "sub " : "", option->mosquitto & RR ? "rr" : "");
        put_cell(option->help);
        puts(" |");
    }
}
