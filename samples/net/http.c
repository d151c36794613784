/* SPDX-License-Identifier: MIT */
/* Strict: no folded lines, no bare CR or LF, no space before a colon (RFC 9112 2.2, 5.1, 5.2). */
#include "http.h"

#include <string.h>
#include <strings.h>

size_t net_http_end(const char *head, size_t len, size_t from)
{
    for (size_t at = from < 3 ? 3 : from; at < len; at++)
        if (!memcmp(head + at - 3, "\r\n\r\n", 4))
            return at + 1;
    return 0;
}

/* RFC 9110 5.6.2 */
static bool is_token(const char *text)
{
    static const char letters[] = "!#$%&'*+-.^_`|~0123456789"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    return *text && !text[strspn(text, letters)];
}

static bool is_printable(const char *text)
{
    for (; *text; text++)
        if (((unsigned char)*text < ' ' && *text != '\t') || *text == 0x7f)
            return false;
    return true;
}

static bool is_ascii(const char *text)
{
    while (*text && !(*text & 0x80))
        text++;
    return !*text;
}

/* "Name: value" becomes two texts. */
static bool split(char *line, const char **name, const char **value)
{
    char *colon = strchr(line, ':'), *end;
    if (!colon)
        return false;
    *colon = 0;
    *name = line;
    line = colon + 1 + strspn(colon + 1, " \t");
    for (end = strchr(line, 0); end > line && (end[-1] == ' ' || end[-1] == '\t'); end--)
        ;
    *end = 0;
    *value = line;
    return is_token(*name);
}

bool net_http_read(struct net_http *http, char *head, size_t len)
{
    char *end = head + len - 2; /* the empty line */

    http->line = NULL;
    http->count = 0;
    if (memchr(head, 0, len))
        return false;
    for (char *next; head < end; head = next) {
        char *cr = strchr(head, '\r');
        *cr = 0;
        next = cr + 2;
        if (cr[1] != '\n' || !is_printable(head))
            return false;
        if (!http->line) {
            http->line = head; /* it is shown to people, whatever else there may be in a field */
            if (!is_ascii(head))
                return false;
            continue;
        }
        if (http->count == NET_HTTP_FIELDS ||
            !split(head, &http->fields[http->count].name, &http->fields[http->count].value))
            return false;
        http->count++;
    }
    return http->line != NULL;
}

const char *net_http_field(const struct net_http *http, const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < http->count; i++) {
        if (strcasecmp(http->fields[i].name, name))
            continue;
        if (value)
            return NULL;
        value = http->fields[i].value;
    }
    return value;
}

static bool list_has(const char *list, const char *word, bool exact)
{
    while (*list) {
        size_t len;
        list += strspn(list, " \t,");
        len = strcspn(list, " \t,");
        if (len == strlen(word) && !(exact ? strncmp : strncasecmp)(list, word, len))
            return true;
        list += len;
    }
    return false;
}

bool net_http_lists(const struct net_http *http, const char *name, const char *word, bool exact)
{
    for (size_t i = 0; i < http->count; i++)
        if (!strcasecmp(http->fields[i].name, name) && list_has(http->fields[i].value, word, exact))
            return true;
    return false;
}

bool net_http_field_valid(const char *field)
{
    char name[128];
    size_t len = strcspn(field, ":");
    if (!field[len] || len >= sizeof name)
        return false;
    memcpy(name, field, len);
    name[len] = 0;
    return is_token(name) && is_printable(field);
}
