/* SPDX-License-Identifier: MIT */
/* What all programs use: complaints, lists of texts, files. */
#include "config.h"

#include "exits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *program_name(enum program program)
{
    return program == PUB   ? "mqttwire-pub"
           : program == SUB ? "mqttwire-sub"
           : program == RR  ? "mqttwire-rr"
                            : "mqttwire-bench";
}

bool misused(const struct config *config, const char *format, ...)
{
    const char *name = program_name(config->program);
    va_list args;

    fprintf(stderr, "%s: ", name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nUse '%s --help' to see usage.\n", name);
    return false;
}

void complain(const struct config *config, const char *format, ...)
{
    va_list args;

    if (config->quiet)
        return;
    fprintf(stderr, "%s: ", program_name(config->program));
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

void *sized(void *memory, size_t size)
{
    void *made = realloc(memory, size ? size : 1);

    if (!made) {
        fputs("out of memory\n", stderr);
        exit(EXIT_CODE_ERROR);
    }
    return made;
}

char *kept(const char *text, size_t len)
{
    char *copy = sized(NULL, len + 1);

    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

void texts_add(struct texts *list, const char *text)
{
    list->items = sized(list->items, (list->count + 2) * sizeof *list->items);
    list->items[list->count++] = text;
    list->items[list->count] = NULL;
}

bool read_whole(const struct config *config, const char *path, char **bytes, size_t *len)
{
    FILE *file = path ? fopen(path, "rb") : stdin;
    const char *name = path ? path : "standard input";
    size_t cap = 0;
    bool good;

    *bytes = NULL;
    *len = 0;
    if (!file) {
        complain(config, "%s: %s", name, strerror(errno));
        return false;
    }
    do {
        if (*len == cap)
            *bytes = sized(*bytes, cap = cap ? 2 * cap : 4096);
        *len += fread(*bytes + *len, 1, cap - *len, file);
    } while (*len <= MQW_LENGTH_MAX && !feof(file) && !ferror(file));
    good = !ferror(file) && *len <= MQW_LENGTH_MAX;
    if (!good)
        complain(config, "%s: %s", name, ferror(file) ? strerror(errno) : "too large");
    if (path)
        fclose(file);
    return good;
}
