/* SPDX-License-Identifier: MIT */
/* The options, each written once: parsing, --help and the manual page are made from these rows. */
#include "options.h"

#include "pages.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME "mqttwire-passwd"

#define TEXT_OF(number) #number
#define TEXT(macro)     TEXT_OF(macro)

/* X(letter, "name", "takes" or NULL, text).  A table is read in columns. */
/* clang-format off */
#define OPTION_ROWS(X)                                                                             \
    X('b', "batch", NULL,                                                                          \
      "The password stands on the command line, where others on the machine may see it.")          \
    X('c', "create", NULL, "Make a new file.  One that is there is overwritten.")                  \
    X('D', "delete", NULL, "Delete the user.")                                                     \
    X('U', "upgrade", NULL,                                                                        \
      "Hash the passwords of a file that has them as they are: lines of NAME:PASSWORD.  Lines "    \
      "that are hashed stay.")                                                                     \
    X('H', "hash", "HASH",                                                                         \
      "sha512-pbkdf2, the default; sha512, for mosquitto 1.6 and older; SCRAM-SHA-256 or "         \
      "SCRAM-SHA-1, for the SCRAM file.")                                                          \
    X('I', "iterations", "NUMBER",                                                                 \
      "How often the password is hashed; default: " TEXT(ITERATIONS) ".  Each login costs the "    \
      "broker as much, and with SCRAM the client.")                                                \
    X('s', "scram", NULL,                                                                          \
      "The file is a SCRAM file, and the keys are for SCRAM-SHA-256 unless -H says otherwise.  A " \
      "user may have keys for both mechanisms.")                                                   \
    X('f', "password-file", "FILE", "File whose first line is the password; - is standard input.") \
    X('h', "help", NULL, "Print this.")                                                            \
    X('C', "completion", PAGE_SHELLS, "Print what completes the command line in a shell.")         \
    X('m', "manual", NULL, "Print the manual page.")                                               \
    X('V', "version", NULL, "Print the version.")
/* clang-format on */

#define DESCRIPTION                                                                                \
    "Keeps the broker's password file, which mosquitto 2.0 and newer read, too, and its file of "  \
    "SCRAM keys.  A user who is there gets a new password.  The password is asked for twice, "     \
    "without being shown, unless an option says where it is.  The file is written anew and "       \
    "replaced at once; it keeps its owner and mode, and a new one is for its owner alone.  The "   \
    "broker reads it again on signal HUP."

static const char *const usages[] = {"[OPTION ...] FILE NAME", "-b [OPTION ...] FILE NAME PASSWORD",
                                     "-D FILE NAME", "-U [OPTION ...] FILE"};

static const char *const examples[] = {
    NAME " -c passwords alice",
    NAME " --scram -f secret scram-keys alice",
    "kill -HUP $(pidof mqttwire-broker)",
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void print_help(void)
{
    puts(NAME " keeps the broker's files of passwords.\n");
    for (size_t i = 0; i < COUNT(usages); i++)
        printf("%s " NAME " %s\n", i ? "      " : "Usage:", usages[i]);
    page_filled(DESCRIPTION, 0, 0);
    puts("\nOptions:");
#define OPTION_ROW(letter, name, takes, text) page_option(letter, name, takes, text);
    OPTION_ROWS(OPTION_ROW)
#undef OPTION_ROW
    puts("\nExit codes:\n  0    The file is as it is to be.\n  1    It is as it was.\n\nExamples:");
    for (size_t i = 0; i < COUNT(examples); i++)
        printf("  %s\n", examples[i]);
}

static void print_manual(void)
{
    page_title(NAME, "keeps the broker's files of passwords");
    page_section("synopsis");
    for (size_t i = 0; i < COUNT(usages); i++) {
        fputs(i ? ".br\n\\fB" NAME "\\fR " : "\\fB" NAME "\\fR ", stdout);
        page_paragraph(usages[i]);
    }
    page_section("description");
    page_paragraph(DESCRIPTION);
    page_section("options");
#define OPTION_ROW(letter, name, takes, text)                                                      \
    page_option_head(letter, name, takes);                                                         \
    page_paragraph(text);
    OPTION_ROWS(OPTION_ROW)
#undef OPTION_ROW
    page_section("exit status");
    puts(".TP\n\\fB0\\fR\nThe file is as it is to be.\n.TP\n\\fB1\\fR\nIt is as it was.");
    page_section("examples");
    puts(".EX");
    for (size_t i = 0; i < COUNT(examples); i++)
        page_paragraph(examples[i]);
    puts(".EE");
    page_section("see also");
    puts("\\fBmqttwire\\-broker\\fR(1), \\fBmosquitto_passwd\\fR(1)");
}

bool complain(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputs(NAME ": ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return false;
}

static bool read_kind(struct options *options, const char *name)
{
    for (int i = 0; i < HASH_KIND_COUNT; i++)
        if (strcmp(name, hash_names[i]) == 0) {
            options->kind = (enum hash_kind)i;
            return true;
        }
#define HASH_ROW(NAME, row_name, scram) " " row_name
    return complain("there is no hash %s; there are" HASH_KINDS(HASH_ROW), name);
#undef HASH_ROW
}

static bool read_iterations(struct options *options, const char *text)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end || !number || number > PASSWORD_ITERATIONS_MOST)
        return complain("--iterations takes a number from 1 to %d", PASSWORD_ITERATIONS_MOST);
    options->iterations = (uint32_t)number;
    return true;
}

/* False: wrong. */
static bool set(struct options *options, int letter, const char *value)
{
    switch (letter) {
    case 'b':
        return options->batch = true;
    case 'c':
        return options->create = true;
    case 'D':
        return options->remove = true;
    case 'U':
        return options->upgrade = true;
    case 'H':
        return read_kind(options, value);
    case 'I':
        return read_iterations(options, value);
    case 's':
        return options->scram = true;
    case 'f':
        options->password_file = value;
        return true;
    case 'C':
        return complain("--completion takes %s", PAGE_SHELLS);
    default:
        return false; /* getopt has said why */
    }
}

static bool print(int letter, const char *value)
{
#define OPTION_ROW(row_letter, name, takes, text) {row_letter, name, takes, text},
    static const struct page_option rows[] = {OPTION_ROWS(OPTION_ROW)};
#undef OPTION_ROW
    static const struct page_program program = {NAME, true, rows, COUNT(rows)};

    if (letter == 'C')
        return page_completion(&program, value);
    if (letter == 'h')
        print_help();
    else if (letter == 'm')
        print_manual();
    else if (letter == 'V')
        puts(NAME " " MQTTWIRE_VERSION);
    else
        return false;
    return true;
}

/* What mosquitto's broker and ours would take for something else than a name. */
static bool check_name(const char *name)
{
    if (!*name || strlen(name) > MQW_TEXT_MAX)
        return complain("the name has no bytes, or more than %d", MQW_TEXT_MAX);
    if (*name == '#' || *name == ' ')
        return complain("the name begins with %s", *name == ' ' ? "a blank" : "#");
    for (; *name; name++)
        if (*name == ':' || (unsigned char)*name < ' ' || *name == 0x7F)
            return complain("the name has %s", *name == ':' ? "a colon" : "a control character");
    return true;
}

static bool fits_together(struct options *options)
{
    bool of_scram = hash_is_scram[options->kind];

    if (options->create + options->remove + options->upgrade > 1)
        return complain("-c, -D and -U do not go together");
    if (options->batch + options->remove + options->upgrade + (options->password_file != NULL) > 1)
        return complain("-b, -D, -U and --password-file do not go together");
    if (options->scram && !of_scram && options->kind != HASH_PBKDF2)
        return complain("-H %s is not of SCRAM", hash_names[options->kind]);
    if (options->scram && !of_scram)
        options->kind = HASH_SCRAM_SHA_256;
    options->scram = hash_is_scram[options->kind];
    if (options->iterations && options->kind == HASH_SHA512)
        return complain("-H sha512 has no iterations");
    if (!options->iterations)
        options->iterations = ITERATIONS;
    if (options->scram && (options->iterations < SCRAM_ITERATIONS_LEAST ||
                           options->iterations > SCRAM_ITERATIONS_MOST))
        return complain("SCRAM has %d to %d iterations", SCRAM_ITERATIONS_LEAST,
                        SCRAM_ITERATIONS_MOST);
    return !options->name || options->remove || check_name(options->name);
}

enum options_read options_read(struct options *options, int argc, char **argv)
{
    static const struct option rows[] = {
#define OPTION_ROW(letter, name, takes, text)                                                      \
    {name, (takes) != NULL ? required_argument : no_argument, NULL, letter},
        OPTION_ROWS(OPTION_ROW)
#undef OPTION_ROW
            {0},
    };
    char letters[2 * COUNT(rows)] = "";
    int letter, left, wanted;

    for (size_t i = 0; rows[i].name; i++) {
        char one[] = {(char)rows[i].val, rows[i].has_arg ? ':' : '\0', '\0'};
        strcat(letters, one);
    }
    while ((letter = getopt_long(argc, argv, letters, rows, NULL)) != -1) {
        if (print(letter, optarg))
            return OPTIONS_PRINTED;
        if (!set(options, letter, optarg))
            return OPTIONS_WRONG;
    }
    left = argc - optind;
    wanted = options->upgrade ? 1 : options->batch ? 3 : 2;
    if (left != wanted) {
        complain("%s: see --help", left < wanted ? "something is missing" : "there is too much");
        return OPTIONS_WRONG;
    }
    options->file = argv[optind];
    options->name = left > 1 ? argv[optind + 1] : NULL;
    options->password = left > 2 ? argv[optind + 2] : NULL;
    return fits_together(options) ? OPTIONS_GOOD : OPTIONS_WRONG;
}
