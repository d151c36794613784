/* SPDX-License-Identifier: MIT */
/* -F: how a message is printed, in mosquitto_sub's words. */
#ifndef PROGRAMS_FORMAT_H
#define PROGRAMS_FORMAT_H

#include <mqttwire/mqttwire.h>
#include <stdio.h>
#include <time.h>

/*
 * X(letter, text): what may stand behind %.  Width and the like have an effect on those that
 * mosquitto's manual says.
 */
/* A table is read in columns. */
/* clang-format off */
#define FORMAT_ESCAPES(X)                                                                          \
    X('%', "%")                                                                                    \
    X('t', "the topic")                                                                            \
    X('p', "the payload")                                                                          \
    X('x', "the payload in hexadecimal digits")                                                    \
    X('X', "likewise, with capitals")                                                              \
    X('l', "the payload's length, bytes")                                                          \
    X('q', "the QoS")                                                                              \
    X('r', "RETAIN: 0 or 1")                                                                       \
    X('m', "the packet identifier; 0 at QoS 0")                                                    \
    X('j', "the message as JSON")                                                                  \
    X('J', "likewise, with a payload that is JSON itself")                                         \
    X('I', "date and time, as 2026-08-10T09:47:38+0100")                                           \
    X('U', "seconds since 1970, to the nanosecond")                                                \
    X('A', "the Topic Alias")                                                                      \
    X('C', "the Content Type")                                                                     \
    X('D', "the Correlation Data")                                                                 \
    X('E', "the Message Expiry Interval, seconds")                                                 \
    X('F', "the Payload Format Indicator")                                                         \
    X('P', "the user properties, as name:value")                                                   \
    X('R', "the Response Topic")                                                                   \
    X('S', "the Subscription Identifier")

/* X(letter, character, text): behind a backslash. */
#define FORMAT_CHARACTERS(X)                                                                       \
    X('\\', '\\', "a backslash")                                                                   \
    X('0', '\0', "the character NUL")                                                              \
    X('a', '\a', "a bell")                                                                         \
    X('e', '\033', "an escape, as of colours")                                                     \
    X('n', '\n', "a newline")                                                                      \
    X('r', '\r', "a carriage return")                                                              \
    X('t', '\t', "a tab")                                                                          \
    X('v', '\v', "a vertical tab")
/* clang-format on */

/* A message, and when it came. */
struct printed {
    const struct mqw_publish *publish;
    struct timespec time;
    bool pretty;
};

/* Is the format as it should be?  If not, problem says why not. */
bool format_check(const char *format, char problem[static 80]);

/* Prints a message.  False: the payload of a %J is no JSON. */
bool format_print(FILE *out, const char *format, const struct printed *message);

/* Prints a message as a JSON object: %J, or else %j.  False: as above. */
bool json_print(FILE *out, const struct printed *message, bool payload_is_json);

#endif
