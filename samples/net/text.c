/* SPDX-License-Identifier: MIT */
/* What of a peer's text may be shown. */
#include "text.h"

#include <mqttwire/mqttwire.h>
#include <string.h>

static const struct {
    uint32_t first, last;
} unseen[] = {
    {0x00AD, 0x00AD}, {0x0600, 0x0605}, {0x061C, 0x061C}, {0x180E, 0x180E}, {0x200B, 0x200F},
    {0x2028, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE0FFF},
};

size_t net_text_size(uint8_t first)
{
    return first < 0x80   ? 1
           : first < 0xC2 ? 0
           : first < 0xE0 ? 2
           : first < 0xF0 ? 3
           : first < 0xF5 ? 4
                          : 0;
}

uint32_t net_text_code(const uint8_t *text, size_t size)
{
    uint32_t code = size == 1 ? text[0] : text[0] & (0xFFU >> (size + 1));

    for (size_t i = 1; i < size; i++)
        code = code << 6 | (text[i] & 0x3F);
    return code;
}

bool net_text_is_seen(uint32_t code)
{
    for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
        if (code >= unseen[i].first && code <= unseen[i].last)
            return false;
    return true;
}

size_t net_text_character(const uint8_t *text, size_t len)
{
    size_t size = net_text_size(text[0]);
    /* The codec knows what is UTF-8; these it refuses in a topic alone. */
    bool wildcard = text[0] == '+' || text[0] == '#';
    struct mqw_options strict = {.refuse = MQW_REFUSE_CONTROL_CHARACTERS};

    if (!size || size > len)
        return 0;
    if (!wildcard && mqw_topic_name_check(mqw_view(text, size), &strict).code != MQW_OK)
        return 0;
    return net_text_is_seen(net_text_code(text, size)) ? size : 0;
}

void net_text_quote(char *copy, size_t cap, const uint8_t *text, size_t len)
{
    size_t to = 0;

    while (len) {
        size_t size = net_text_character(text, len), taken = net_text_size(text[0]);
        if (to + (size ? size : 1) >= cap)
            break;
        if (size)
            memcpy(copy + to, text, size);
        else
            copy[to] = '?';
        to += size ? size : 1;
        if (!taken || taken > len)
            taken = 1;
        text += taken;
        len -= taken;
    }
    copy[to] = 0;
}
