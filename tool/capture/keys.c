/* SPDX-License-Identifier: MIT */
#include "keys.h"

#include "hash.h"
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { BUCKETS = 64 /* at first */, SHARE = 4 /* of the memory, this part is for keys at most */ };

static const char *const labels[SECRETS] = {
    "CLIENT_RANDOM",
    "CLIENT_EARLY_TRAFFIC_SECRET",
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    "CLIENT_TRAFFIC_SECRET_0",
    "SERVER_TRAFFIC_SECRET_0",
};

void keys_open(struct keys *keys, struct memory *memory)
{
    memset(keys, 0, sizeof *keys);
    keys->memory = memory;
    keys->file = -1;
    hash_key(keys->key);
}

static struct session **bucket(const struct keys *keys, const uint8_t random[RANDOM_SIZE])
{
    uint64_t words[RANDOM_SIZE / 8];
    memcpy(words, random, sizeof words);
    return &keys->buckets[hash(keys->key, words, RANDOM_SIZE / 8) & (keys->bucket_count - 1)];
}

static struct session *look_up(const struct keys *keys, const uint8_t random[RANDOM_SIZE])
{
    struct session *session = keys->buckets ? *bucket(keys, random) : NULL;
    while (session && memcmp(session->random, random, RANDOM_SIZE) != 0)
        session = session->next;
    return session;
}

static bool rehash(struct keys *keys)
{
    size_t old_count = keys->bucket_count, i;
    struct session **old = keys->buckets;
    size_t count = old_count ? old_count * 2 : BUCKETS;
    struct session **grown = memory_take(keys->memory, count * sizeof *grown);

    if (!grown)
        return false;
    keys->buckets = grown;
    keys->bucket_count = count;
    for (i = 0; i < old_count; i++) {
        struct session *session = old[i];
        while (session) {
            struct session *next = session->next;
            struct session **to = bucket(keys, session->random);
            session->next = *to;
            *to = session;
            session = next;
        }
    }
    memory_drop(keys->memory, old, old_count * sizeof *old);
    return true;
}

static struct session *add(struct keys *keys, const uint8_t random[RANDOM_SIZE])
{
    struct session *session;
    struct session **to;

    if (keys->count * sizeof *session > keys->memory->limit / SHARE)
        return NULL;
    if (keys->count >= keys->bucket_count && !rehash(keys) && !keys->buckets)
        return NULL;
    session = memory_take(keys->memory, sizeof *session);
    if (!session)
        return NULL;
    memcpy(session->random, random, RANDOM_SIZE);
    to = bucket(keys, random);
    session->next = *to;
    *to = session;
    keys->count++;
    return session;
}

static int digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Reads hex digits up to a blank or the end; the number of bytes, or 0 where they are none. */
static size_t hex(const char **text, uint8_t *out, size_t room)
{
    size_t n = 0;
    for (; digit((*text)[0]) >= 0 && digit((*text)[1]) >= 0 && n < room; *text += 2)
        out[n++] = (uint8_t)(digit((*text)[0]) << 4 | digit((*text)[1]));
    return **text && **text != ' ' ? 0 : n;
}

static void take_line(struct keys *keys, char *line)
{
    uint8_t random[RANDOM_SIZE], secret[SECRET_MAX];
    char *blank = strchr(line, ' ');
    const char *rest = blank ? blank + 1 : line;
    struct session *session;
    size_t size, i;

    if (!blank)
        return;
    *blank = 0;
    for (i = 0; i < SECRETS && strcmp(labels[i], line) != 0; i++)
        ;
    if (i == SECRETS || hex(&rest, random, sizeof random) != RANDOM_SIZE || *rest++ != ' ')
        return;
    size = hex(&rest, secret, sizeof secret);
    if (!size || *rest)
        return;
    keys->read++;
    session = look_up(keys, random);
    if (!session)
        session = add(keys, random);
    if (!session)
        return;
    memcpy(session->secrets[i], secret, size);
    session->sizes[i] = (uint8_t)size;
}

static void end_line(struct keys *keys)
{
    size_t len = keys->len;
    keys->len = 0;
    if (len >= sizeof keys->line)
        return;
    while (len && (keys->line[len - 1] == '\r' || keys->line[len - 1] == ' '))
        len--;
    keys->line[len] = 0;
    take_line(keys, keys->line);
}

static void take_text(struct keys *keys, const uint8_t *text, size_t len)
{
    size_t i;
    for (i = 0; i < len; i++) {
        if (text[i] == '\n')
            end_line(keys);
        else if (keys->len < sizeof keys->line)
            keys->line[keys->len++] = (char)text[i];
    }
}

void keys_add(struct keys *keys, const uint8_t *text, size_t len)
{
    char line[sizeof keys->line]; /* of the file: part of one may be there */
    size_t had = keys->len;
    uint64_t read = keys->read;

    memcpy(line, keys->line, sizeof line);
    keys->given = true;
    keys->len = 0;
    take_text(keys, text, len);
    end_line(keys);
    keys->len = had;
    keys->read = read;
    memcpy(keys->line, line, sizeof line);
}

/* The last line may never have an end: it is taken as it is, and again when more of it comes. */
static void take_unended(struct keys *keys)
{
    char line[sizeof keys->line];
    size_t len = keys->len;
    if (!len)
        return;
    memcpy(line, keys->line, sizeof line);
    end_line(keys);
    memcpy(keys->line, line, sizeof line);
    keys->len = len;
}

/* Reads what the file has grown by.  False: errno says why. */
static bool read_more(struct keys *keys)
{
    uint8_t text[4096];
    ssize_t count = 0;
    while (keys->file >= 0 && (count = read(keys->file, text, sizeof text)) > 0)
        take_text(keys, text, (size_t)count);
    take_unended(keys);
    return count >= 0;
}

bool keys_read(struct keys *keys, const char *path, struct capture_error *error)
{
    keys->given = true;
    keys->file = open(path, O_RDONLY | O_CLOEXEC);
    if (keys->file >= 0 && read_more(keys))
        return true;
    capture_fail(error, errno, "%s: %s", path, strerror(errno));
    return false;
}

const struct session *keys_find(struct keys *keys, const uint8_t random[RANDOM_SIZE])
{
    const struct session *session = look_up(keys, random);
    if (session && (session->sizes[SECRET_MASTER] ||
                    (session->sizes[SECRET_CLIENT] && session->sizes[SECRET_SERVER])))
        return session;
    read_more(keys);
    return look_up(keys, random);
}

void keys_close(struct keys *keys)
{
    size_t i;
    for (i = 0; i < keys->bucket_count; i++) {
        while (keys->buckets[i]) {
            struct session *session = keys->buckets[i];
            keys->buckets[i] = session->next;
            memory_drop(keys->memory, session, sizeof *session);
        }
    }
    memory_drop(keys->memory, keys->buckets, keys->bucket_count * sizeof *keys->buckets);
    if (keys->file >= 0)
        close(keys->file);
    memset(keys, 0, sizeof *keys);
    keys->file = -1;
}
