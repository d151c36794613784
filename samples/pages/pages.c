/* SPDX-License-Identifier: MIT */
/* Help, manual pages and tables. */
#include "pages.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 79, TEXT_COLUMN = 28, ROOM = 2 };

/* Columns of text: UTF-8's later bytes take none. */
static int columns(const char *text, size_t len)
{
    int wide = 0;

    for (size_t i = 0; i < len; i++)
        wide += ((unsigned char)text[i] & 0xC0) != 0x80;
    return wide;
}

void page_filled(const char *text, int at, int from)
{
    bool first = true;

    if (at + ROOM > from) {
        putchar('\n');
        at = 0;
    }
    printf("%*s", from - at, "");
    at = from;
    while (*text) {
        size_t len = strcspn(text, " ");
        int wide = columns(text, len);
        if (!first && at + 1 + wide > WIDTH) {
            printf("\n%*s", from, "");
            at = from;
            first = true;
        }
        at += printf("%s%.*s", first ? "" : " ", (int)len, text) - (int)len + wide;
        first = false;
        text += len;
        text += strspn(text, " ");
    }
    putchar('\n');
}

void page_option(char letter, const char *name, const char *takes, const char *help)
{
    char head[96];
    int at =
        snprintf(head, sizeof head, "  %c%c%s%s%s%s%s", letter ? '-' : ' ', letter ? letter : ' ',
                 letter && name ? ", "
                 : name         ? "  "
                                : "",
                 name ? "--" : "", name ? name : "", takes ? " " : "", takes ? takes : "");

    fputs(head, stdout);
    page_filled(help, at, TEXT_COLUMN);
}

void page_text(const char *text)
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

void page_paragraph(const char *text)
{
    if (*text == '.')
        fputs("\\&", stdout);
    page_text(text);
    putchar('\n');
}

void page_section(const char *title)
{
    fputs(".SH \"", stdout);
    while (*title)
        putchar(toupper((unsigned char)*title++));
    puts("\"");
}

void page_title(const char *name, const char *summary)
{
    puts(".\\\" SPDX-License-Identifier: MIT");
    fputs(".TH \"", stdout);
    for (const char *at = name; *at; at++)
        putchar(toupper((unsigned char)*at));
    printf("\" \"1\" \"\" \"mqttwire %s\" \"mqttwire\"\n", MQTTWIRE_VERSION);
    page_section("name");
    page_text(name);
    fputs(" \\- ", stdout);
    page_paragraph(summary);
}

void page_option_head(char letter, const char *name, const char *takes)
{
    puts(".TP");
    if (letter)
        printf("\\fB\\-%c\\fR", letter);
    if (name) {
        fputs(letter ? ", \\fB\\-\\-" : "\\fB\\-\\-", stdout);
        page_text(name);
        fputs("\\fR", stdout);
    }
    if (takes) {
        fputs(" \\fI", stdout);
        page_text(takes);
        fputs("\\fR", stdout);
    }
    putchar('\n');
}

void page_cell(const char *text)
{
    for (; *text; text++)
        printf("%s%c", *text == '|' ? "\\" : "", *text);
}
