/* SPDX-License-Identifier: MIT */
/* What programs say of themselves, on standard output: help in columns, manual pages, tables,
 * completion. */
#ifndef PAGES_PAGES_H
#define PAGES_PAGES_H

#include <stdbool.h>
#include <stddef.h>

/* Prints text from column `from` to 79, where later lines begin; the first goes on at column at. */
void page_filled(const char *text, int at, int from);
/* An option in --help; letter 0, name and takes NULL: none. */
void page_option(char letter, const char *name, const char *takes, const char *help);

/* For roff: text in which nothing is a request and characters are those that are typed. */
void page_text(const char *text);
void page_paragraph(const char *text);
void page_section(const char *title);
/* The head of a manual page of section 1, down to its name and what it is. */
void page_title(const char *name, const char *summary);
/* The head of an option, whose text follows. */
void page_option_head(char letter, const char *name, const char *takes);

struct page_option {
    char letter;       /* 0: none */
    const char *name;  /* NULL: none */
    const char *takes; /* NULL: nothing; "a|b": one of these; "FILE", "PATH", "DIRECTORY" */
    const char *help;
};

struct page_program {
    const char *name;
    bool takes_files; /* as words that are no options */
    const struct page_option *options;
    size_t count;
};

#define PAGE_SHELLS "bash|zsh|fish"
/* What completes the program's command line in a shell.  False: there is no such shell. */
bool page_completion(const struct page_program *program, const char *shell);

/* Text in a cell of a Markdown table. */
void page_cell(const char *text);

#endif
