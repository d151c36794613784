/* SPDX-License-Identifier: MIT */
#include "http.h"

#include <string.h>

struct text {
    const char *at;
    size_t len;
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Equal but for the case of ASCII letters; the second one is lower case. */
static bool equal(struct text t, const char *word)
{
    size_t i;
    for (i = 0; i < t.len; i++)
        if (!word[i] || lower(t.at[i]) != word[i])
            return false;
    return !word[i];
}

static struct text trimmed(struct text t)
{
    while (t.len && (*t.at == ' ' || *t.at == '\t')) {
        t.at++;
        t.len--;
    }
    while (t.len && (t.at[t.len - 1] == ' ' || t.at[t.len - 1] == '\t' || t.at[t.len - 1] == '\r'))
        t.len--;
    return t;
}

/* Takes what comes before the next separator off the front. */
static struct text before(struct text *t, char separator)
{
    struct text part = *t;
    const char *end = t->len ? memchr(t->at, separator, t->len) : NULL;
    if (end) {
        part.len = (size_t)(end - t->at);
        t->at = end + 1;
        t->len -= part.len + 1;
    } else {
        t->at += t->len;
        t->len = 0;
    }
    return part;
}

/* Is word one of the items of a list with commas, parameters aside? */
static bool lists(struct text list, const char *word)
{
    while (list.len) {
        struct text item = before(&list, ',');
        if (equal(trimmed(before(&item, ';')), word))
            return true;
    }
    return false;
}

/* What a list of extensions says of permessage-deflate. */
static void take_extensions(struct text list, struct http_head *head)
{
    while (list.len) {
        struct text item = before(&list, ',');
        if (!equal(trimmed(before(&item, ';')), "permessage-deflate"))
            continue;
        head->deflate = true;
        while (item.len) {
            struct text parameter = trimmed(before(&item, ';'));
            head->client_anew |= equal(parameter, "client_no_context_takeover");
            head->server_anew |= equal(parameter, "server_no_context_takeover");
        }
    }
}

/* The place after the empty line, or 0. */
static size_t end_of_head(const uint8_t *data, size_t len, size_t known)
{
    size_t i = known > 3 ? known - 3 : 0;
    for (; i + 4 <= len; i++) {
        const uint8_t *found = memchr(data + i, '\r', len - i);
        if (!found)
            return 0;
        i = (size_t)(found - data);
        if (i + 4 <= len && !memcmp(found, "\r\n\r\n", 4))
            return i + 4;
    }
    return 0;
}

enum http_answer http_read(const uint8_t *data, size_t len, size_t known, struct http_head *head)
{
    size_t size = end_of_head(data, len, known);
    struct text rest, line;
    bool upgrade = false;

    if (!size)
        return len < HTTP_HEAD_MAX ? HTTP_MORE : HTTP_OTHER;
    memset(head, 0, sizeof *head);
    head->size = size;
    rest.at = (const char *)data;
    rest.len = size;
    line = trimmed(before(&rest, '\n'));
    if (line.len >= 12 && !memcmp(line.at, "HTTP/1.1 101", 12))
        head->response = true;
    else if (line.len >= 12 && !memcmp(line.at, "HTTP/1.", 7)) {
        head->status = sizeof "HTTP/1.1 " - 1;
        head->status_len = line.len - head->status;
        return HTTP_OTHER;
    } else if (line.len < 4 || memcmp(line.at, "GET ", 4) != 0)
        return HTTP_OTHER;
    while (rest.len) {
        struct text value = before(&rest, '\n');
        struct text name = before(&value, ':');
        value = trimmed(value);
        if (equal(name, "upgrade"))
            upgrade |= lists(value, "websocket");
        else if (equal(name, "sec-websocket-protocol"))
            head->mqtt |= lists(value, "mqtt") || lists(value, "mqttv3.1");
        else if (equal(name, "sec-websocket-extensions"))
            take_extensions(value, head);
    }
    return upgrade ? HTTP_WEBSOCKET : HTTP_OTHER;
}
