/* SPDX-License-Identifier: MIT */
/* Lines of text files. */
#include "lines.h"

#include <mqttwire/mqttwire.h>

#include <ctype.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* The longest name or filter, with something before or behind it. */
enum { LINE_MOST = MQW_TEXT_MAX + 1024 };

static bool begin(struct lines *lines)
{
    lines->text = malloc(LINE_MOST + 1);
    lines->file = lines->text ? fopen(lines->path, "re") : NULL;
    if (!lines->file) {
        lines->failed = true;
        snprintf(lines->problem, 256, "%s: %s", lines->path,
                 lines->text ? strerror(errno) : "out of memory");
    }
    return lines->file != NULL;
}

static bool end(struct lines *lines)
{
    if (lines->file)
        fclose(lines->file);
    if (lines->text)
        OPENSSL_cleanse(lines->text, LINE_MOST + 1);
    free(lines->text);
    lines->text = NULL;
    return false;
}

void lines_fail(struct lines *lines, const char *format, ...)
{
    int len = snprintf(lines->problem, 256, "%s, line %u: ", lines->path, lines->number);
    va_list arguments;

    lines->failed = true;
    if (len >= 256)
        return;
    va_start(arguments, format);
    vsnprintf(lines->problem + len, 256 - (size_t)len, format, arguments);
    va_end(arguments);
}

bool lines_next(struct lines *lines)
{
    int c = EOF;

    if (lines->failed || (!lines->file && !begin(lines)))
        return end(lines);
    lines->number++;
    lines->len = 0;
    while (lines->len < LINE_MOST && (c = getc(lines->file)) != EOF && c != '\n')
        if (!(lines->text[lines->len++] = (char)c))
            lines_fail(lines, "it has a NUL, which no text has");
    if (ferror(lines->file))
        lines_fail(lines, "%s", strerror(errno));
    else if (lines->len == LINE_MOST)
        lines_fail(lines, "it is longer than %d bytes", LINE_MOST);
    if (lines->failed || (c == EOF && !lines->len))
        return end(lines);
    while (lines->len && isspace((unsigned char)lines->text[lines->len - 1]))
        lines->len--;
    lines->text[lines->len] = '\0';
    return true;
}
