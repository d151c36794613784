/* SPDX-License-Identifier: MIT */
/* The beginning of a payload in a line. */
#include "preview.h"

#include <string.h>

enum { MOST = 40 }; /* characters */

/* The size of the UTF-8 character at text that may be printed, or 0. */
static size_t character(const uint8_t *text, size_t len)
{
    size_t size = text[0] < 0x80   ? 1
                  : text[0] < 0xC2 ? 0
                  : text[0] < 0xE0 ? 2
                  : text[0] < 0xF0 ? 3
                  : text[0] < 0xF5 ? 4
                                   : 0;
    struct mqw_bytes one = mqw_view(text, size);
    /* The codec knows what is UTF-8; these it takes in a topic, which are no wildcards to us. */
    bool wildcard = size == 1 && (text[0] == '+' || text[0] == '#');
    struct mqw_options strict = {.refuse = MQW_REFUSE_CONTROL_CHARACTERS};

    if (size == 1 && strchr("\n\r\t", text[0]) && text[0])
        return 1;
    if (!size || size > len)
        return 0;
    return wildcard || mqw_topic_name_check(one, &strict).code == MQW_OK ? size : 0;
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
