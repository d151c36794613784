/* SPDX-License-Identifier: MIT */
/* What the functions of binding.h have in common: options, input and packets out of Lua, packets and
 * failures into it. */
#ifndef CALL_H
#define CALL_H

#include "binding.h"
#include "values.h"

enum { STACK = 40 }; /* slots that a function takes besides its arguments */

/* The table of options at this place of the stack, which may be nil; a Lua error if impossible. */
void options_from(lua_State *L, int at, struct mqw_options *out);

/* The name of the option whose value is on top, in a table that is walked. */
const char *option_name(lua_State *L);

/* Takes over what is at the top of the stack, if it is `allow`, `refuse` or `max_size`. */
bool decoding_option(lua_State *L, const char *name, struct mqw_options *out);

/* A whole number from low to high, which the text says, at the top of the stack. */
uint32_t number_within(lua_State *L, uint32_t low, uint32_t high, const char *text);

/* 3, 4 or 5, at the top of the stack. */
uint8_t version_from(lua_State *L);

/* A sender, at the top of the stack. */
uint8_t sender_from(lua_State *L);

/* Bytes, and how to read them. */
struct input {
    const uint8_t *bytes;
    size_t len;
    struct mqw_options options;
};

/* The string at this place of the stack, with the options that follow it. */
void input_from(lua_State *L, int at, struct input *in);

struct mqw_bytes text_argument(lua_State *L, int at);

/* Pushes nil and the error for a result that is not OK; answers 2, as a function of Lua does. */
int failure(lua_State *L, enum mqw_code code, uint32_t size, uint32_t offset, const char *field,
            uint8_t version);

/* The same for bytes that were not decoded. */
int decode_failure(lua_State *L, struct mqw_result r, const uint8_t *bytes, size_t len,
                   const struct mqw_options *options);

/* Pushes a packet as it is, or in the JSON form. */
void push_packet(lua_State *L, const struct mqw_packet *packet, bool json);

/*
 * Fills a packet from the table at this place of the stack; what it points into stays on the stack.
 * The version is this one, or where that is 0, the table's, or else the usual one.  Answers 0, or what
 * a function of Lua answers: there are nil and an error on the stack.
 */
int packet_from(lua_State *L, int at, bool json, uint8_t version, uint8_t usual,
                struct mqw_packet *packet);

/* Pushes the bytes of a packet, or nil and an error; answers how many values these are. */
int encoded(lua_State *L, const struct mqw_packet *packet, const struct mqw_options *options);

/* A visitor (of mqw_explain) that notes the version which a CONNECT tells, and ends there. */
bool note_version(void *arg, const struct mqw_field *field);

#endif
