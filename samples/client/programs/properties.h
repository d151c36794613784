/* SPDX-License-Identifier: MIT */
/* -D COMMAND NAME VALUE: properties by mosquitto's names, from the codec's own table. */
#ifndef PROGRAMS_PROPERTIES_H
#define PROGRAMS_PROPERTIES_H

#include <mqttwire/mqttwire.h>
#include <stdio.h>

struct config;

/* Whose properties can be set: X(place of the codec, name) */
#define PROPERTY_COMMANDS(X)                                                                       \
    X(CONNECT, "connect")                                                                          \
    X(WILL, "will")                                                                                \
    X(PUBLISH, "publish")                                                                          \
    X(SUBSCRIBE, "subscribe")                                                                      \
    X(UNSUBSCRIBE, "unsubscribe")                                                                  \
    X(DISCONNECT, "disconnect")

enum property_command {
#define PROPERTY_ROW(PLACE, name) FOR_##PLACE,
    PROPERTY_COMMANDS(PROPERTY_ROW)
#undef PROPERTY_ROW
        PROPERTY_SETS
};

/* Properties of one packet, with the lists that they point to. */
struct property_set {
    struct mqw_properties properties;
    struct mqw_pair *pairs;
    uint32_t *ids;
    size_t pair_count, id_count;
};

/* Reads the words behind -D; answers how many they were, or -1 where it has said what is wrong. */
int property_option(struct config *config, const char *const *words, int count);

/* Sets a property unless it is there.  False: it is there. */
bool property_once(struct mqw_properties *properties, enum mqw_property id);

/* Has the codec judge all that was set; false: it has said what is wrong. */
bool property_check(const struct config *config);

/* All of them in a line, "name (type), ...", to be freed; NULL: no memory. */
char *property_list(enum property_command command);

/* "connect" */
const char *property_command_name(enum property_command command);

#endif
