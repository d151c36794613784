/* SPDX-License-Identifier: MIT */
/* Texts and payloads in a line. */
#include "preview.h"

#include <string.h>

enum { MOST = 40 }; /* characters */

/* Characters that are not seen but do something: turn the direction of writing, say. */
static const struct {
    uint32_t first, last;
} unseen[] = {
    {0x00AD, 0x00AD}, {0x0600, 0x0605}, {0x061C, 0x061C}, {0x180E, 0x180E}, {0x200B, 0x200F},
    {0x2028, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE0FFF},
};

static uint32_t code_point(const uint8_t *text, size_t size)
{
    uint32_t code = size == 1 ? text[0] : text[0] & (0xFFU >> (size + 1));

    for (size_t i = 1; i < size; i++)
        code = code << 6 | (text[i] & 0x3F);
    return code;
}

static bool is_seen(uint32_t code)
{
    for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
        if (code >= unseen[i].first && code <= unseen[i].last)
            return false;
    return true;
}

static size_t size_of(uint8_t first)
{
    return first < 0x80   ? 1
           : first < 0xC2 ? 0
           : first < 0xE0 ? 2
           : first < 0xF0 ? 3
           : first < 0xF5 ? 4
                          : 0;
}

/* The size of the UTF-8 character at text that may be printed, or 0. */
static size_t character(const uint8_t *text, size_t len)
{
    size_t size = size_of(text[0]);
    /* The codec knows what is UTF-8; these it refuses in a topic alone. */
    bool wildcard = text[0] == '+' || text[0] == '#';
    struct mqw_options strict = {.refuse = MQW_REFUSE_CONTROL_CHARACTERS};

    if (text[0] && strchr("\n\r\t", text[0]))
        return 1;
    if (!size || size > len)
        return 0;
    if (!wildcard && mqw_topic_name_check(mqw_view(text, size), &strict).code != MQW_OK)
        return 0;
    return is_seen(code_point(text, size)) ? size : 0;
}

void print_safely(FILE *out, const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0, size; i < len; i += size) {
        const uint8_t *at = (const uint8_t *)text + i;
        uint32_t code;
        size = size_of(at[0]) && size_of(at[0]) <= len - i ? size_of(at[0]) : 1;
        code = code_point(at, size);
        if (is_seen(code))
            fwrite(at, 1, size, out);
        else
            fprintf(out, code < 0x100 ? "\\x%02x" : code < 0x10000 ? "\\u%04x" : "\\U%08x", code);
    }
}

static void print_hex(FILE *out, struct mqw_bytes payload)
{
    uint32_t some = payload.len > MOST / 2 ? MOST / 2 : payload.len;

    fputs("0x", out);
    for (uint32_t i = 0; i < some; i++)
        fprintf(out, "%02x", payload.ptr[i]);
    if (some < payload.len)
        fprintf(out, "... (%u bytes)", payload.len);
}

static void print_character(FILE *out, const uint8_t *text, size_t size)
{
    switch (text[0]) {
    case '\n':
        fputs("\\n", out);
        break;
    case '\r':
        fputs("\\r", out);
        break;
    case '\t':
        fputs("\\t", out);
        break;
    case '"':
    case '\\':
        putc('\\', out);
        putc(text[0], out);
        break;
    default:
        fwrite(text, 1, size, out);
    }
}

void preview(FILE *out, struct mqw_bytes payload)
{
    uint32_t at = 0, shown = 0; /* bytes of the first MOST characters, and of all but the last */
    size_t size;

    for (int count = 0; at < payload.len && count < MOST; count++) {
        size = character(payload.ptr + at, payload.len - at);
        if (!size) {
            print_hex(out, payload);
            return;
        }
        shown = at;
        at += (uint32_t)size;
    }
    if (at == payload.len)
        shown = at;
    putc('"', out);
    for (uint32_t i = 0; i < shown; i += (uint32_t)size) {
        size = character(payload.ptr + i, payload.len - i);
        print_character(out, payload.ptr + i, size);
    }
    putc('"', out);
    if (shown < payload.len)
        fprintf(out, "... (%u bytes)", payload.len);
}
