/* SPDX-License-Identifier: MIT */
/*
 * Twelve bugs, each off unless TOY_BUG in the environment is its number.  A bug is a check that is
 * not made, or a loop that is too slow; what comes of it is for sanitizers, or for toy_work, to see.
 */
#ifndef TOY_BUGS_H
#define TOY_BUGS_H

#include <stdbool.h>
#include <stddef.h>

/* A table is read in columns. */
/* clang-format off */

/* X(number, NAME, name, PARSER: in it, or SESSION: in the broker behind it, text) */
#define TOY_BUGS(X) \
    X( 1, LENGTH_FIVE,        length_five,        PARSER,  "Remaining Length has a fifth byte: written behind the bytes of the header") \
    X( 2, PACKET_ID_MISSING,  packet_id_missing,  PARSER,  "PUBLISH with QoS 1 or 2 ends behind the topic: the identifier is read all the same") \
    X( 3, PROPERTY_UNDERFLOW, property_underflow, PARSER,  "a property passes the end of its block: what is left becomes very much") \
    X( 4, USER_PROPERTIES,    user_properties,    PARSER,  "each user property is compared with all before it") \
    X( 5, TOPIC_EMPTY,        topic_empty,        PARSER,  "a topic without bytes: counting its levels does not end") \
    X( 6, SUBACK_EMPTY,       suback_empty,       PARSER,  "SUBACK without codes: the first one is read all the same") \
    X( 7, PUBREL_UNKNOWN,     pubrel_unknown,     SESSION, "PUBREL for no message: the one that is not there is published") \
    X( 8, ALIAS_UNKNOWN,      alias_unknown,      SESSION, "a topic alias that stands for nothing: its topic is read") \
    X( 9, SUBSCRIBE_EMPTY,    subscribe_empty,    SESSION, "SUBSCRIBE without filters: the last code of the answer is looked at") \
    X(10, QOS_2_REUSE,        qos_2_reuse,        SESSION, "an identifier that waits for PUBREL is used again: its message is freed and stays in the list") \
    X(11, WILL_EMPTY,         will_empty,         SESSION, "a will without payload: its first byte is looked at when it is published") \
    X(12, CONNECT_TWICE,      connect_twice,      SESSION, "a second CONNECT begins another session: the first one still belongs to the connection when that is gone")
/* clang-format on */

enum toy_bug {
#define TOY_ROW(number, NAME, name, PART, text) TOY_##NAME = number,
    TOY_BUGS(TOY_ROW)
#undef TOY_ROW
};

/* Is it on? */
bool toy_has(enum toy_bug bug);

/* Asked where a check found something wrong: does that pass, because this bug is on?  If a sanitizer
   stops the program later, the bug's number and name are said. */
bool toy_passes(enum toy_bug bug);

/* Steps of work on so many bytes: a program that takes too many hangs, and is stopped here. */
void toy_work(size_t steps, size_t bytes);

#endif
