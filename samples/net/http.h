/* SPDX-License-Identifier: MIT */
/* The head of an HTTP/1.1 message, which is all that WebSocket needs of HTTP. */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>

enum { NET_HTTP_MAX = 8192 /* bytes of a head */, NET_HTTP_FIELDS = 64 };

struct net_http {
    const char *line; /* of the request, or the status */
    struct {
        const char *name, *value;
    } fields[NET_HTTP_FIELDS];
    size_t count;
};

/* How long a head is with its empty line; 0: it is not all there.  Looked at before: from bytes. */
size_t net_http_end(const char *head, size_t len, size_t from);

/* Takes a whole head apart, in place.  False: it breaks RFC 9112. */
bool net_http_read(struct net_http *http, char *head, size_t len);

/* The value of the field; NULL: there is none, or more than one. */
const char *net_http_field(const struct net_http *http, const char *name);

/* Is the word in the comma-separated lists of the fields of that name?  exact: as to case, too. */
bool net_http_lists(const struct net_http *http, const char *name, const char *word, bool exact);

/* "Name: value" without anything that would begin another field. */
bool net_http_field_valid(const char *field);

#endif
