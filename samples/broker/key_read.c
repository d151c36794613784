/* SPDX-License-Identifier: MIT */
/* How a key's value is read and stored. */
#include "keys.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool wrong(struct reading *reading, const char *format, ...)
{
    char text[PROBLEM_SIZE];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    snprintf(reading->problem, PROBLEM_SIZE, "%.100s, line %u: %.40s: %.340s", reading->path,
             reading->line, reading->key->name, text);
    return false;
}

bool folder_is_there(struct reading *reading, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) + 1 : 0;
    char *folder = memcpy(kept(reading->settings, len + 1), path, len);
    struct stat status;

    return !len || !stat(folder, &status) || wrong(reading, "%s: %s", path, strerror(errno));
}

struct memory {
    struct memory *next;
    max_align_t bytes[];
};

void *kept(struct settings *settings, size_t size)
{
    struct memory *memory = calloc(1, sizeof *memory + size);
    if (!memory) {
        fputs("mqttwire-broker: out of memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    memory->next = settings->memory;
    settings->memory = memory;
    return memory->bytes;
}

void configuration_free(struct settings *settings)
{
    for (struct memory *memory = settings->memory, *next; memory; memory = next) {
        next = memory->next;
        free(memory);
    }
    *settings = (struct settings){0};
}

void list_add(struct settings *settings, const char ***list, const char *text)
{
    const char **longer;
    size_t count = 0;

    while (*list && (*list)[count])
        count++;
    longer = kept(settings, (count + 2) * sizeof *longer);
    if (count)
        memcpy(longer, *list, count * sizeof *longer);
    longer[count] = text;
    *list = longer;
}

bool number_read(const char *text, uint64_t low, uint64_t high, uint64_t *number)
{
    char *end;

    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return !errno && !*end && *number >= low && *number <= high;
}

struct listener_settings *key_listener(struct reading *reading)
{
    return reading->in_first ? &reading->first : &reading->settings->listeners[reading->listener];
}

bool key_is_first(const struct reading *reading)
{
    return !reading->given[reading->key - keys].line;
}

static void *member_of(struct reading *reading)
{
    const struct key *key = reading->key;
    void *whole =
        key_is_of_listener(key) ? (void *)key_listener(reading) : (void *)reading->settings;
    return (char *)whole + key->offset;
}

/* mosquitto's, who knows no others: NULL. */
static const char *plain_flag(const char *value)
{
    if (strcmp(value, "true") == 0 || strcmp(value, "1") == 0)
        return "true";
    return strcmp(value, "false") == 0 || strcmp(value, "0") == 0 ? "false" : NULL;
}

static bool read_flag(struct reading *reading, const char *value)
{
    const char *flag = plain_flag(value);

    if (!flag)
        return wrong(reading, "wants true or false, not '%s'", value);
    if (reading->key->size)
        *(bool *)member_of(reading) = flag[0] == 't';
    return true;
}

static bool read_number(struct reading *reading, const char *value)
{
    const struct key *key = reading->key;
    void *member = member_of(reading);
    uint64_t number;

    if (!number_read(value, key->low, key->high, &number))
        return wrong(reading, "wants a number from %llu to %llu, not '%s'",
                     (unsigned long long)key->low, (unsigned long long)key->high, value);
    switch (key->size) {
    case 0:
        break;
    case sizeof(uint8_t):
        *(uint8_t *)member = (uint8_t)number;
        break;
    case sizeof(uint16_t):
        *(uint16_t *)member = (uint16_t)number;
        break;
    case sizeof(uint32_t):
        *(uint32_t *)member = (uint32_t)number;
        break;
    default:
        *(uint64_t *)member = number;
    }
    return true;
}

static bool read_text(struct reading *reading, const char *value)
{
    const char **member = member_of(reading);

    /* Texts of a listener have no default. */
    if (key_is_of_listener(reading->key) ? *member != NULL : !key_is_first(reading))
        return wrong(reading, "is there twice");
    if (reading->key->kind == READ_FILE && faccessat(AT_FDCWD, value, R_OK, AT_EACCESS))
        return wrong(reading, "%s: %s", value, strerror(errno));
    *member = value;
    return true;
}

static bool read_list(struct reading *reading, const char *value)
{
    list_add(reading->settings, member_of(reading), value);
    return true;
}

static bool read_only(struct reading *reading, const char *value)
{
    const struct key *key = reading->key;
    const char *flag = plain_flag(value);

    return strcmp(value, key->fallback) == 0 || (flag && strcmp(flag, key->fallback) == 0) ||
           wrong(reading, "%s", key->text);
}

static bool store(struct reading *reading, char *value)
{
    const struct key *key = reading->key;

    switch (key->kind) {
    case READ_FLAG:
        return read_flag(reading, value);
    case READ_NUMBER:
        return read_number(reading, value);
    case READ_TEXT:
    case READ_FILE:
        return read_text(reading, value);
    case READ_LIST:
        return read_list(reading, value);
    case READ_CALL:
        return key->call(reading, value);
    case READ_ONLY:
        return read_only(reading, value);
    default:
        return wrong(reading, "%s", key->text);
    }
}

bool key_read(struct reading *reading, const struct key *key, const char *value)
{
    size_t size = strlen(value) + 1;
    char *copy = memcpy(kept(reading->settings, size), value, size);

    reading->key = key;
    if (!*value && key->likeness != KEY_REFUSED)
        return wrong(reading, "wants %s", key->takes);
    if (!store(reading, copy))
        return false;
    if (!reading->by_default)
        reading->given[key - keys] = (struct place){reading->path, reading->line};
    return true;
}
