/* SPDX-License-Identifier: MIT */
/*
 * Judged by what mqw_explain tells of the bytes: shortest integers, properties by identifier, and
 * the shortest form of the packets that may leave out their end.
 */
#include "canonical.h"

#include <string.h>

struct form {
    uint8_t type;
    bool good;
    bool has_code;       /* a reason code is written, */
    uint32_t code;       /* which is this */
    bool has_length;     /* a property length is written, */
    uint32_t length;     /* which is this */
    uint32_t identifier; /* of the last property */
};

static uint32_t varint_size(uint32_t value)
{
    return value < 128 ? 1 : value < 16384 ? 2 : value < 2097152 ? 3 : 4;
}

static bool see(void *arg, const struct mqw_field *field)
{
    struct form *form = arg;
    uint32_t size = field->end - field->start;
    if (!strcmp(field->path, "remaining_length"))
        form->good &= size == varint_size(field->number);
    if (strstr(field->path, "subscription_identifiers") && field->kind == MQW_KIND_INTEGER)
        form->good &= size == varint_size(field->number);
    if (!strcmp(field->path, "reason_code")) {
        form->has_code = true;
        form->code = field->number;
    }
    if (strstr(field->path, "properties.length")) {
        form->has_length = true;
        form->length = field->number;
        form->good &= size == varint_size(field->number);
        form->identifier = 0;
    }
    if (field->kind == MQW_KIND_IDENTIFIER) {
        form->good &= field->number >= form->identifier;
        form->identifier = field->number;
    }
    return true;
}

bool is_canonical(const uint8_t *packet, const struct mqw_options *options,
                  struct mqw_result decoded)
{
    struct form form = {0};
    form.type = packet[0] >> 4;
    form.good = true;
    (void)mqw_explain(packet, decoded.size, options, see, &form);
    switch (form.type) {
    case MQW_PUBACK:
    case MQW_PUBREC:
    case MQW_PUBREL:
    case MQW_PUBCOMP:
    case MQW_DISCONNECT:
        /* 3.4.2.1, 3.14.2.1: the code may be left out if it is 0 and there are no properties, the
           length if it is 0. */
        if (form.has_length && !form.length)
            form.good = false;
        if (form.has_code && !form.code && !form.has_length)
            form.good = false;
        break;
    case MQW_AUTH: /* 3.15.2.1: both, or none; AUTH without a method is let through on request only */
        form.good &= !form.has_code || form.has_length;
        if (form.has_code && !form.code && !form.length)
            form.good = false;
        break;
    default:
        break;
    }
    return form.good;
}
