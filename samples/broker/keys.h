/* SPDX-License-Identifier: MIT */
/*
 * The keys of the configuration, each written once, in keys.c: how it is read, its default, and what
 * it is beside mosquitto's.  The manual page and docs/broker-options.md are made from these rows.
 */
#ifndef BROKER_KEYS_H
#define BROKER_KEYS_H

#include "configuration.h"

/* X(NAME, title) */
#define KEY_SECTIONS(X)                                                                            \
    X(LISTENER, "Listeners")                                                                       \
    X(TLS, "TLS of a listener")                                                                    \
    X(ACCESS, "Who may do what")                                                                   \
    X(LIMIT, "Limits")                                                                             \
    X(MESSAGE, "Messages and sessions")                                                            \
    X(STORE, "Persistence")                                                                        \
    X(LOG, "Logs")                                                                                 \
    X(WATCH, "Seeing into it")                                                                     \
    X(PROCESS, "The process")                                                                      \
    X(PLUGIN, "Plugins, which are not there")                                                      \
    X(BRIDGE, "Bridges, which are not there")

enum key_section {
#define KEY_ROW(NAME, title) KEYS_##NAME,
    KEY_SECTIONS(KEY_ROW)
#undef KEY_ROW
        KEY_SECTION_COUNT
};

/* What it is beside mosquitto's.  X(NAME, word) */
#define KEY_LIKENESSES(X)                                                                          \
    X(SAME, "same")                                                                                \
    X(DIFFERS, "differs")                                                                          \
    X(ACCEPTED, "accepted, without effect")                                                        \
    X(REFUSED, "refused")                                                                          \
    X(OWN, "not mosquitto's")

enum key_likeness {
#define KEY_ROW(NAME, word) KEY_##NAME,
    KEY_LIKENESSES(KEY_ROW)
#undef KEY_ROW
};

enum key_kind {
    READ_FLAG,   /* bool */
    READ_NUMBER, /* uint8_t to uint64_t, from low to high */
    READ_TEXT,   /* const char * */
    READ_FILE,   /* likewise, of a file or folder that can be read */
    READ_LIST,   /* const char **, ending with NULL */
    READ_CALL,   /* does more */
    READ_ONLY,   /* the default is accepted, and nothing else */
    READ_NOTHING /* it is refused */
};

struct key;

/* Where a key was last. */
struct place {
    const char *path;
    unsigned line; /* 0: nowhere */
};

/* The files while they are read. */
struct reading {
    struct settings *settings;
    struct listener_settings plain; /* with the defaults */
    struct listener_settings first; /* the default one: of the keys before all listeners */
    bool in_first;                  /* no listener has begun in this file; else which one */
    size_t listener;
    bool first_opened;        /* a key says that the default one is to be reached */
    char stray[PROBLEM_SIZE]; /* why its keys are wrong where it is not, and others are */
    struct place *given;      /* of each key */
    bool by_default;          /* it is a default that is read */
    const struct key *key;
    const char *path;
    unsigned line;
    bool included;
    char *problem;
};

/* Reads a key's value, which lasts and may be changed.  False: it has called wrong. */
typedef bool key_call(struct reading *reading, char *value);

struct key {
    const char *name; /* that ends with *: all that begin so */
    enum key_section section;
    const char *takes;
    enum key_likeness likeness;
    const char *fallback; /* the default, as it would be written; NULL: none */
    const char *text;
    enum key_kind kind;
    size_t offset, size; /* in struct settings or listener_settings; 0: it is not stored */
    uint64_t low, high;
    key_call *call;
};

extern const struct key keys[];
extern const size_t key_count;
extern const char *const key_section_titles[], *const key_likeness_words[];

/* Does it belong to a listener, rather than to the broker? */
bool key_is_of_listener(const struct key *key);

/* Reads a key's value, which is copied.  False: *reading->problem says why not. */
bool key_read(struct reading *reading, const struct key *key, const char *value);

/* Fills in the problem, with file, line and key before it, and answers false. */
bool wrong(struct reading *reading, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Is the folder there that a file is to be in?  If not, it is wrong. */
bool folder_is_there(struct reading *reading, const char *path);

/* The listener whose keys are read. */
struct listener_settings *key_listener(struct reading *reading);

/* Is the key there for the first time, its default aside? */
bool key_is_first(const struct reading *reading);

/* Reads a whole text as a number.  False: it is none, or not one of these. */
bool number_read(const char *text, uint64_t low, uint64_t high, uint64_t *number);

/* Memory that lasts as the settings do; ends the program where there is none. */
void *kept(struct settings *settings, size_t size);

/* Adds to a list. */
void list_add(struct settings *settings, const char ***list, const char *text);

#endif
