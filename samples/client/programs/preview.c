/* SPDX-License-Identifier: MIT */
/* Texts and payloads in a line. */
#include "preview.h"

#include "text.h"

#include <string.h>

enum { MOST = 40 }; /* characters */

/* The size of the UTF-8 character at text that may be printed, or 0. */
static size_t character(const uint8_t *text, size_t len)
{
    return text[0] && strchr("\n\r\t", text[0]) ? 1 : net_text_character(text, len);
}

void print_safely(FILE *out, const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0, size; i < len; i += size) {
        const uint8_t *at = (const uint8_t *)text + i;
        uint32_t code;
        size = net_text_size(at[0]);
        if (!size || size > len - i)
            size = 1;
        code = net_text_code(at, size);
        if (net_text_is_seen(code))
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
