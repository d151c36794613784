/* SPDX-License-Identifier: MIT */
/*
 * The options of all programs, each written once, in options.c: parsing, --help, the manual pages,
 * completion and docs/client-options.md are made from these rows.
 */
#ifndef PROGRAMS_OPTIONS_H
#define PROGRAMS_OPTIONS_H

#include "config.h"

/* X(NAME, title) */
#define OPTION_SECTIONS(X)                                                                         \
    X(CONNECTION, "Connection")                                                                    \
    X(SESSION, "Session")                                                                          \
    X(MESSAGE, "Message")                                                                          \
    X(SUBSCRIPTION, "Subscription")                                                                \
    X(OUTPUT, "Output")                                                                            \
    X(WILL, "Will")                                                                                \
    X(TLS, "TLS")                                                                                  \
    X(BENCHMARK, "Benchmark")                                                                      \
    X(DIAGNOSIS, "Diagnosis")                                                                      \
    X(OTHER, "Other")

enum option_section {
#define OPTION_ROW(NAME, title) SECTION_##NAME,
    OPTION_SECTIONS(OPTION_ROW)
#undef OPTION_ROW
        OPTION_SECTION_COUNT
};

enum option_store {
    STORE_FLAG,   /* bool */
    STORE_TEXT,   /* const char * */
    STORE_NUMBER, /* long, from low to high */
    STORE_REAL,   /* double, likewise */
    STORE_LIST,   /* struct texts */
    STORE_CALL,   /* does more */
    STORE_GAP     /* is known, and is not there */
};

/* Takes an option's words, of which there are count; answers how many, or -1: it has said why. */
typedef int option_call(struct config *config, const char *const *words, int count);

struct option {
    char letter;        /* 0: none */
    const char *name;   /* NULL: none */
    const char *takes;  /* NULL: nothing; "a|b": one of these */
    unsigned mosquitto; /* programs of mosquitto's that have it */
    unsigned programs;  /* of ours; 0 beside a gap: those of mosquitto's */
    enum option_section section;
    const char *help;
    enum option_store store;
    size_t offset; /* in struct config */
    double low, high;
    option_call *call;
};

extern const struct option options[];
extern const size_t option_count;

extern const char *const option_section_titles[];

/* Has the program this option, be it as a gap? */
bool option_is_of(const struct option *option, enum program program);

enum parsed { PARSED, PARSED_WRONG, PARSED_OTHER };

/*
 * Reads the file of options, the command line and the environment into *config, and checks that
 * they fit together.  PARSED_OTHER: what was asked for has been printed.
 */
enum parsed options_parse(struct config *config, int argc, const char *const *argv);

/* Reads words as they stand on a command line. */
bool options_read(struct config *config, const char *const *words, int count);

/* Checks what was read and works out what follows from it. */
bool options_finish(struct config *config);

/* Reads -o's file, or the usual one if it is there. */
bool options_read_file(struct config *config);

#endif
