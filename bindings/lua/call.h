/* SPDX-License-Identifier: MIT */
/* What the functions of binding.h have in common: options and input out of Lua, failures into it. */
#ifndef CALL_H
#define CALL_H

#include "binding.h"
#include "values.h"

enum { STACK = 40 }; /* slots that a function takes besides its arguments */

/* The table of options at this place of the stack, which may be nil; a Lua error if impossible. */
void options_from(lua_State *L, int at, struct mqw_options *out);

/* 3, 4 or 5, at the top of the stack. */
uint8_t version_from(lua_State *L);

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

/* A visitor (of mqw_explain) that notes the version which a CONNECT tells, and ends there. */
bool note_version(void *arg, const struct mqw_field *field);

#endif
