/* SPDX-License-Identifier: MIT */
/*
 * The JSON form of a packet, made of the fields that mqw_explain tells: of one that breaks a rule it
 * is what could be read.
 */
#ifndef JSON_FORM_H
#define JSON_FORM_H

#include "out.h"

/* How packets are shown. */
struct json_style {
    bool show_secrets; /* else passwords and authentication data are {"hidden": bytes} */
    bool payload_text; /* beside a payload that is UTF-8 */
};

enum {
    JSON_SECTIONS = 12, /* objects and lists in a packet */
    JSON_MEMBERS = 40   /* of an object: more than there are properties */
};

/* "name": value */
struct json_member {
    size_t start, end; /* in the section's text */
    size_t name_len;
    struct json_section *child; /* its value, or NULL: that is in the text */
};

/* An object, or a list. */
struct json_section {
    struct json_out text;
    struct json_member members[JSON_MEMBERS]; /* of an object */
    unsigned count;
    bool list;
    bool pairs;       /* a list of [name, value] */
    uint32_t element; /* of a list of objects or pairs: 1 + the index of the last one, or 0 */
    size_t begun;     /* where that one starts */
    unsigned parts;   /* that it has already */
};

/* A packet's parts as they come, not always one after the other.  All zero at first; kept for the next. */
struct json_form {
    struct json_style style;
    struct json_section sections[JSON_SECTIONS]; /* the first one is the packet */
    unsigned used;
    const char *type; /* NULL: nothing was read */
    uint8_t version;
};

/* Reads the first packet in buf.  The result is mqw_decode's. */
struct mqw_result json_form_read(struct json_form *form, const uint8_t *buf, size_t len,
                                 const struct mqw_options *options, bool ascii);

/* Writes what was read; nothing, if form->type is NULL. */
void json_form_write(struct json_form *form, struct json_out *out);

void json_form_free(struct json_form *form);

/* Is a field of this path hidden? */
bool json_is_secret(const char *path);

#endif
