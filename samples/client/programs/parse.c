/* SPDX-License-Identifier: MIT */
/* Reads options from the command line and from a file. */
#include "options.h"

#include "usage.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WORDS = 4 }; /* of an option's value: -D connect user-property name value */

/* The option that a word names; *value: what stands behind "--name=". */
static const struct option *find(const struct config *config, const char *word, const char **value)
{
    const char *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - word) : strlen(word);

    *value = NULL;
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &options[i];
        if (!option_is_of(option, config->program))
            continue;
        if (option->letter && word[0] == '-' && word[1] == option->letter && !word[2])
            return option;
        if (!option->name || strncmp(word, "--", 2) != 0 || strlen(option->name) != len - 2 ||
            strncmp(word + 2, option->name, len - 2) != 0)
            continue;
        if (equals)
            *value = equals + 1;
        return option;
    }
    return NULL;
}

static bool read_number(const struct option *option, const char *text, double *number)
{
    char *end;

    *number = option->store == STORE_REAL ? strtod(text, &end) : (double)strtol(text, &end, 10);
    return end != text && !*end && *number >= option->low && *number <= option->high;
}

/* Takes an option's words, of which there are count; answers how many, or -1. */
static int take(struct config *config, const struct option *option, const char *name,
                const char *const *words, int count)
{
    void *member = (char *)config + option->offset;
    double number;

    if (option->takes && !count)
        return misused(config, "%s takes %s", name, option->takes) ? 0 : -1;
    switch (option->store) {
    case STORE_FLAG:
        *(bool *)member = true;
        return 0;
    case STORE_TEXT:
        *(const char **)member = words[0];
        return 1;
    case STORE_LIST:
        texts_add(member, words[0]);
        return 1;
    case STORE_NUMBER:
    case STORE_REAL:
        if (!read_number(option, words[0], &number))
            return misused(config, "%s takes a number from %.12g to %.12g, not '%s'", name,
                           option->low, option->high, words[0])
                       ? 0
                       : -1;
        if (option->store == STORE_REAL)
            *(double *)member = number;
        else
            *(long *)member = (long)number;
        return 1;
    case STORE_GAP:
        return misused(config, "%s: %s", name, option->help) ? 0 : -1;
    default:
        return option->call(config, words, count);
    }
}

bool options_read(struct config *config, const char *const *words, int count)
{
    for (int i = 0; i < count; i++) {
        const char *value, *name = words[i];
        const struct option *option = find(config, name, &value);
        int taken;

        if (!option)
            return misused(config, "there is no option '%s'", name);
        if (value && !option->takes)
            return misused(config, "--%s takes nothing", option->name);
        taken = value ? take(config, option, name, &value, 1)
                      : take(config, option, name, words + i + 1, count - i - 1);
        if (taken < 0)
            return false;
        if (!value)
            i += taken;
    }
    return true;
}

static const char blanks[] = " \t";

/* -o, --no-config, and what is printed in place of all. */
static bool is_looked_at_first(const struct option *option)
{
    return option->letter == 'o' || (option->name && strcmp(option->name, "no-config") == 0) ||
           (option->store == STORE_CALL && usage_is_asked(option));
}

/* "-D publish content-type text/plain": an option that takes several words has them by blanks, all
 * others take the rest of the line, without blanks around it. */
static bool read_line(struct config *config, char *line)
{
    const char *words[1 + MOST_WORDS];
    int count = 0;
    const struct option *option;
    const char *value;
    char *rest;

    words[count++] = strtok_r(line, blanks, &rest);
    option = find(config, words[0], &value);
    if (option && is_looked_at_first(option))
        return misused(config, "%s is for the command line", words[0]);
    if (option && option->takes && strchr(option->takes, ' '))
        while (count < MOST_WORDS && (words[count] = strtok_r(NULL, blanks, &rest)))
            count++;
    rest += strspn(rest, blanks);
    if (*rest)
        words[count++] = rest;
    return options_read(config, words, count);
}

/* The file that is read where -o names none; "" if that is unknown. */
static void usual_file(const struct config *config, char path[static PATH_MAX])
{
    const char *folder = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    const char *name = program_name(config->program);

    path[0] = '\0';
    if (folder && *folder)
        snprintf(path, PATH_MAX, "%s/%s", folder, name);
    else if (home)
        snprintf(path, PATH_MAX, "%s/.config/%s", home, name);
}

bool options_read_file(struct config *config)
{
    char usual[PATH_MAX];
    const char *path = config->options_file ? config->options_file : usual;
    FILE *file;
    char *line = NULL;
    size_t cap = 0;
    bool good = true;

    usual_file(config, usual);
    file = fopen(path, "r");
    if (!file)
        return !config->options_file || misused(config, "%s: %s", path, strerror(errno));
    while (good && getline(&line, &cap, file) >= 0) {
        char *begin = line + strspn(line, blanks);
        size_t len = strcspn(begin, "\r\n");
        while (len && strchr(blanks, begin[len - 1]))
            len--;
        if (!len || begin[0] == '#')
            continue;
        good = read_line(config, kept(begin, len)); /* options point into it */
    }
    if (!good)
        fprintf(stderr, "(in %s)\n", path);
    free(line);
    fclose(file);
    return good;
}

/* What has to be known before all else: -o, --no-config, and what is printed in place of all. */
static enum parsed look_ahead(struct config *config, int argc, const char *const *argv)
{
    for (int i = 1; i < argc; i++) {
        const char *value, *next = i + 1 < argc ? argv[i + 1] : NULL;
        const struct option *option = find(config, argv[i], &value);

        if (!option)
            continue;
        if (option->letter == 'o')
            config->options_file = next;
        else if (option->name && strcmp(option->name, "no-config") == 0)
            config->no_config = true;
        else if (is_looked_at_first(option))
            return usage_print(config, option, value ? value : next) ? PARSED_OTHER : PARSED_WRONG;
        if (option->takes && !value)
            i++;
    }
    return PARSED;
}

enum parsed options_parse(struct config *config, int argc, const char *const *argv)
{
    enum parsed early = look_ahead(config, argc, argv);

    if (early != PARSED)
        return early;
    return (config->no_config || options_read_file(config)) &&
                   options_read(config, argv + 1, argc - 1) && options_finish(config)
               ? PARSED
               : PARSED_WRONG;
}
