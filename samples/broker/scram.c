/* SPDX-License-Identifier: MIT */
/* SCRAM's keys: RFC 5803. */
#include "scram.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    size_t hash; /* bytes */
} mechanisms[SCRAM_MECHANISMS] = {{"SCRAM-SHA-1", 20}, {"SCRAM-SHA-256", 32}};

const char *scram_mechanism(int which)
{
    return mechanisms[which].name;
}

static int mechanism_of(const char *text, size_t len)
{
    for (int i = 0; i < SCRAM_MECHANISMS; i++)
        if (strlen(mechanisms[i].name) == len && memcmp(mechanisms[i].name, text, len) == 0)
            return i;
    return -1;
}

/* Copies base64 up to the character `end`, behind which *text then is.  bytes: how many it has to
 * be of; 0: any number. */
static bool take_base64(const char **text, char end, size_t bytes, char *out, size_t room)
{
    const char *stop = strchr(*text, end);
    size_t len = stop ? (size_t)(stop - *text) : 0, bytes_there;
    uint8_t decoded[64];

    if (!len || len >= room)
        return false;
    if (sodium_base642bin(decoded, sizeof decoded, *text, len, NULL, &bytes_there, NULL,
                          sodium_base64_VARIANT_ORIGINAL) ||
        (bytes && bytes_there != bytes))
        return false;
    memcpy(out, *text, len);
    out[len] = '\0';
    *text = end ? stop + 1 : stop;
    return true;
}

const char *scram_parse(struct net_sasl_keys *keys, int *which, const char *text)
{
    size_t len = strcspn(text, "$");
    unsigned long iterations;
    char *end;

    *which = mechanism_of(text, len);
    if (*which < 0)
        return "the mechanism is neither SCRAM-SHA-1 nor SCRAM-SHA-256";
    if (text[len] != '$' || text[len + 1] < '1' || text[len + 1] > '9')
        return "after the mechanism come $, the iterations, a colon and the salt";
    iterations = strtoul(text + len + 1, &end, 10);
    if (iterations > SCRAM_ITERATIONS_MOST)
        return "there are more than 5,000,000 iterations";
    keys->iterations = (unsigned)iterations;
    if (*end != ':')
        return "after the iterations come a colon and the salt";
    text = end + 1;
    len = mechanisms[*which].hash;
    if (!take_base64(&text, '$', 0, keys->salt, sizeof keys->salt))
        return "the salt is not base64 of 1 to 45 bytes";
    if (!take_base64(&text, ':', len, keys->stored_key, sizeof keys->stored_key))
        return "StoredKey is not base64 of as many bytes as the mechanism's hash has";
    if (!take_base64(&text, '\0', len, keys->server_key, sizeof keys->server_key))
        return "ServerKey is not base64 of as many bytes as the mechanism's hash has";
    return NULL;
}

void scram_write(const struct net_sasl_keys *keys, int which, char *out)
{
    snprintf(out, SCRAM_TEXT, "%s$%u:%s$%s:%s", mechanisms[which].name, keys->iterations,
             keys->salt, keys->stored_key, keys->server_key);
}

/* ---- The file ------------------------------------------------------------------------------- */

static void read_user(struct scram *scram, struct lines *lines)
{
    struct mqw_bytes name;
    const char *text = users_split(lines, &name), *why;
    struct net_sasl_keys keys;
    struct scram_user *user;
    int which;

    if (!text)
        return;
    if ((why = scram_parse(&keys, &which, text)))
        lines_fail(lines, "%s", why);
    else if ((user = users_add(&scram->users[which], lines, name, sizeof *user)))
        user->keys = keys;
}

bool scram_read(struct scram *scram, const char *path, char *problem)
{
    struct lines lines = LINES(path, problem);

    while (lines_next(&lines))
        if (lines.len && lines.text[0] != '#')
            read_user(scram, &lines);
    return !lines.failed;
}

bool scram_find(const struct scram *scram, const char *mechanism, const char *username,
                struct net_sasl_keys *keys)
{
    int which = mechanism_of(mechanism, strlen(mechanism));
    struct mqw_bytes name = mqw_text(username);
    const struct scram_user *user;

    if (which < 0)
        return false;
    user = users_find(&scram->users[which], name);
    if (user) {
        *keys = user->keys;
        return true;
    }
    user = users_stand_in(&scram->users[which], name);
    if (user)
        keys->iterations = user->keys.iterations;
    return false;
}

void scram_free(struct scram *scram)
{
    for (int i = 0; i < SCRAM_MECHANISMS; i++)
        users_free(&scram->users[i]);
}
