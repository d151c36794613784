/* SPDX-License-Identifier: MIT */
/* The text check equals a slow, obvious reference, whatever field the text is in. */
#include "../reference.h"
#include "target.h"

/* A PUBLISH of 5.0 with the text as content type: the first field of its kind. */
static struct mqw_result check(struct mqw_bytes text, const struct mqw_options *options,
                               uint32_t *start)
{
    size_t block = 3 + (size_t)text.len, size = 0;
    uint8_t *packet = malloc(16 + block);
    struct mqw_packet decoded;
    struct mqw_result result;
    uint8_t *at = packet;
    uint32_t length = 3 + (block < 128 ? 1U : block < 16384 ? 2U : 3U) + (uint32_t)block, rest;

    MUST(packet);
    *at++ = 0x30;
    for (rest = length; rest > 127; rest >>= 7)
        *at++ = (uint8_t)(rest | 0x80);
    *at++ = (uint8_t)rest;
    *at++ = 0;
    *at++ = 1;
    *at++ = 't';
    for (rest = (uint32_t)block; rest > 127; rest >>= 7)
        *at++ = (uint8_t)(rest | 0x80);
    *at++ = (uint8_t)rest;
    *at++ = MQW_PROPERTY_CONTENT_TYPE;
    *at++ = (uint8_t)(text.len >> 8);
    *at++ = (uint8_t)text.len;
    *start = (uint32_t)(at - packet);
    if (text.len)
        memcpy(at, text.ptr, text.len);
    size = *start + text.len;
    packet = realloc(packet, size); /* just as large, for a sanitizer */
    MUST(packet);
    result = mqw_decode(packet, size, options, &decoded);
    free(packet);
    return result;
}

/* The fault that comes first in the text, and what stands for it. */
static enum mqw_code expected(const uint8_t *text, size_t len, const struct mqw_options *options,
                              size_t *offset)
{
    static const enum mqw_code codes[TEXT_FAULTS] = {MQW_RULE_CONTENT_TYPE_UTF8, MQW_RULE_TEXT_NUL,
                                                     MQW_RULE_TEXT_CONTROL,
                                                     MQW_RULE_TEXT_NONCHARACTER};
    bool counts[TEXT_FAULTS];
    size_t first[TEXT_FAULTS] = {0};
    unsigned found = reference_text(text, len, first);
    enum mqw_code code = MQW_OK;
    int i;
    counts[0] = !(options->allow & MQW_ALLOW_UTF8);
    counts[1] = !(options->allow & MQW_ALLOW_NUL);
    counts[2] = options->refuse & MQW_REFUSE_CONTROL_CHARACTERS;
    counts[3] = options->refuse & MQW_REFUSE_NONCHARACTERS;
    for (i = 0; i < TEXT_FAULTS; i++) {
        if (!(found >> i & 1) || !counts[i] || (code != MQW_OK && first[i] >= *offset))
            continue;
        code = codes[i];
        *offset = first[i];
    }
    return code;
}

/* A topic name is judged by one rule after the other, each with the place of its first fault. */
static void name_check(struct mqw_bytes text, const struct mqw_options *options)
{
    struct mqw_result result = mqw_topic_name_check(text, options);
    size_t first[TEXT_FAULTS] = {0}, wildcard = 0;
    unsigned found = reference_text(text.ptr, text.len, first);
    while (wildcard < text.len && text.ptr[wildcard] != '+' && text.ptr[wildcard] != '#')
        wildcard++;
    if (!text.len)
        MUST(result.code == MQW_RULE_TOPIC_EMPTY && result.offset == 0);
    else if (found & TEXT_ILL_FORMED)
        MUST(result.code == MQW_RULE_TOPIC_UTF8 && result.offset == first[0]);
    else if ((found & TEXT_NUL) && !(options->allow & MQW_ALLOW_NUL))
        MUST(result.code == MQW_RULE_TOPIC_NUL && result.offset == first[1]);
    else if (wildcard < text.len)
        MUST(result.code == MQW_RULE_TOPIC_WILDCARD && result.offset == wildcard);
    else if ((found & TEXT_CONTROL) && (options->refuse & MQW_REFUSE_CONTROL_CHARACTERS))
        MUST(result.code == MQW_RULE_TEXT_CONTROL && result.offset == first[2]);
    else if ((found & TEXT_NONCHARACTER) && (options->refuse & MQW_REFUSE_NONCHARACTERS))
        MUST(result.code == MQW_RULE_TEXT_NONCHARACTER && result.offset == first[3]);
    else
        MUST(result.code == MQW_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_of(data, size);
    struct mqw_options options = {0};
    uint32_t switches = take(&input, 1), start;
    struct mqw_bytes text = take_bytes(&input, UINT16_MAX);
    struct mqw_result result;
    enum mqw_code code;
    size_t offset = 0;

    options.version = MQW_VERSION_5;
    options.allow = switches & 1 ? MQW_ALLOW_NUL : 0;
    options.refuse = (switches & 2 ? MQW_REFUSE_CONTROL_CHARACTERS : 0) |
                     (switches & 4 ? MQW_REFUSE_NONCHARACTERS : 0);
    result = check(text, &options, &start);
    code = expected(text.ptr, text.len, &options, &offset);
    MUST(result.code == code);
    MUST(code == MQW_OK || result.offset == start); /* of a fault in a text its field is told */
    name_check(text, &options);
    return 0;
}
