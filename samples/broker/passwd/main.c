/* SPDX-License-Identifier: MIT */
/* mqttwire-passwd: password files and SCRAM files. */
#include "edit.h"
#include "options.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TYPED_MOST = 1024 }; /* bytes of a password that is typed */

/* ---- The password --------------------------------------------------------------------------- */

static char password[MQW_TEXT_MAX + 1];

static bool read_password(const char *path)
{
    FILE *file = strcmp(path, "-") ? fopen(path, "re") : stdin;
    size_t len = 0;
    int c = EOF;
    bool good;

    if (!file)
        return complain("%s: %s", path, strerror(errno));
    setvbuf(file, NULL, _IONBF, 0); /* no other copy of it */
    while (len < sizeof password - 1 && (c = getc(file)) > 0 && c != '\n')
        password[len++] = (char)c;
    if (len && password[len - 1] == '\r')
        len--;
    password[len] = '\0';
    good = !ferror(file) && (c == EOF || c == '\n');
    if (file != stdin)
        fclose(file);
    return good || complain("%s: its first line is no password", path);
}

static bool get_password(const struct options *options)
{
    if (options->password) {
        if (strlen(options->password) >= sizeof password)
            return complain("the password is longer than %d bytes", MQW_TEXT_MAX);
        strcpy(password, options->password);
        OPENSSL_cleanse(options->password, strlen(options->password));
    } else if (options->password_file) {
        if (!read_password(options->password_file))
            return false;
    } else if (EVP_read_pw_string(password, TYPED_MOST, "Password: ", 1)) {
        return complain("no password was given twice");
    }
    return *password || complain("the password is empty");
}

/* ---- Lines ---------------------------------------------------------------------------------- */

struct change {
    struct edit edit; /* the first member */
    const struct options *options;
    struct mqw_bytes name;
    char hash[HASH_TEXT];
    bool done;
};

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool is_scram(const char *text)
{
    return begins(text, "SCRAM-SHA-");
}

static bool is_hashed(const char *text)
{
    return begins(text, "$6$") || begins(text, "$7$") || begins(text, "$argon2id$");
}

/* A file has either passwords or keys of SCRAM. */
static bool belongs(const struct options *options, struct lines *lines, const char *text)
{
    if (!(options->scram ? is_hashed(text) : is_scram(text)))
        return true;
    lines_fail(lines, "this is a file of %s", options->scram ? "passwords" : "SCRAM: use --scram");
    return false;
}

static bool is_named(const struct change *change, struct mqw_bytes name)
{
    return name.len == change->name.len && memcmp(name.ptr, change->name.ptr, name.len) == 0;
}

static void put_line(struct edit *edit, struct lines *lines, struct mqw_bytes name,
                     const char *rest, FILE *out)
{
    struct change *change = (struct change *)edit;
    const struct options *options = change->options;

    if (!belongs(options, lines, rest))
        return;
    if (!is_named(change, name) ||
        (options->scram && is_scram(rest) && !begins(rest, hash_names[options->kind]))) {
        fprintf(out, "%s\n", lines->text);
        return;
    }
    if (!change->done)
        fprintf(out, "%.*s:%s\n", (int)name.len, (const char *)name.ptr, change->hash);
    change->done = true;
}

static bool put_end(struct edit *edit, FILE *out, char *problem)
{
    struct change *change = (struct change *)edit;

    (void)problem;
    if (!change->done)
        fprintf(out, "%.*s:%s\n", (int)change->name.len, (const char *)change->name.ptr,
                change->hash);
    return true;
}

static void remove_line(struct edit *edit, struct lines *lines, struct mqw_bytes name,
                        const char *rest, FILE *out)
{
    struct change *change = (struct change *)edit;

    (void)rest;
    if (is_named(change, name))
        change->done = true;
    else
        fprintf(out, "%s\n", lines->text);
}

static bool remove_end(struct edit *edit, FILE *out, char *problem)
{
    struct change *change = (struct change *)edit;

    (void)out;
    if (!change->done)
        snprintf(problem, 256, "%s: there is no such user", change->options->file);
    return change->done;
}

static void upgrade_line(struct edit *edit, struct lines *lines, struct mqw_bytes name,
                         const char *rest, FILE *out)
{
    struct change *change = (struct change *)edit;
    const struct options *options = change->options;
    const char *why;

    if (!belongs(options, lines, rest))
        return;
    if (is_hashed(rest) || is_scram(rest))
        fprintf(out, "%s\n", lines->text);
    else if (!*rest)
        lines_fail(lines, "the password is empty");
    else if ((why = hash_make(options->kind, options->iterations, rest, change->hash)))
        lines_fail(lines, "%s", why);
    else
        fprintf(out, "%.*s:%s\n", (int)name.len, (const char *)name.ptr, change->hash);
}

static bool upgrade_end(struct edit *edit, FILE *out, char *problem)
{
    (void)edit;
    (void)out;
    (void)problem;
    return true;
}

/* ---- All of it ------------------------------------------------------------------------------ */

static bool make_hash(struct change *change)
{
    const struct options *options = change->options;
    const char *why = "";
    bool got = get_password(options);

    if (got)
        why = hash_make(options->kind, options->iterations, password, change->hash);
    OPENSSL_cleanse(password, sizeof password);
    return got && (!why || complain("%s", why));
}

/* Before the password is asked for. */
static bool is_there(const struct options *options)
{
    return options->create || !access(options->file, F_OK) || errno != ENOENT ||
           complain("%s: %s; -c makes a new file", options->file, strerror(errno));
}

int main(int argc, char **argv)
{
    struct options options = {0};
    struct change change = {.options = &options};
    char problem[256], *name = NULL;
    bool good;

    switch (options_read(&options, argc, argv)) {
    case OPTIONS_PRINTED:
        return 0;
    case OPTIONS_WRONG:
        return 1;
    case OPTIONS_GOOD:
        break;
    }
    if (sodium_init() < 0)
        return !complain("there is no randomness");
    if (options.name) {
        name = options.scram ? hash_user(options.name) : strdup(options.name);
        if (!name)
            return !complain("the name has characters that SCRAM does not take (RFC 4013)");
        change.name = mqw_text(name);
    }
    if (options.upgrade)
        change.edit = (struct edit){upgrade_line, upgrade_end};
    else if (options.remove)
        change.edit = (struct edit){remove_line, remove_end};
    else
        change.edit = (struct edit){put_line, put_end};
    good = options.upgrade || options.remove || (is_there(&options) && make_hash(&change));
    if (good && !edit_file(options.file, options.create, &change.edit, problem))
        good = complain("%s", problem);
    free(name);
    return !good;
}
