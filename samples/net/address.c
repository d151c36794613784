/* SPDX-License-Identifier: MIT */
/* uriparser reads the URL by RFC 3986; what a scheme means is said here. */
#include "address.h"

#include "fail.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <uriparser/Uri.h>

static const struct scheme {
    const char *name;
    uint16_t port;
    bool local, tls, websocket;
} schemes[] = {
    {"mqtt", 1883, false, false, false},      {"mqtts", 8883, false, true, false},
    {"tcp", 1883, false, false, false},       {"ssl", 8883, false, true, false},
    {"tls", 8883, false, true, false},        {"ws", NET_PORT_WS, false, false, true},
    {"wss", NET_PORT_WSS, false, true, true}, {"unix", 0, true, false, false},
};

static size_t range_len(const UriTextRangeA *range)
{
    return range->first ? (size_t)(range->afterLast - range->first) : 0;
}

static const struct scheme *find_scheme(const UriTextRangeA *name)
{
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (strlen(schemes[i].name) == range_len(name) &&
            !strncasecmp(schemes[i].name, name->first, range_len(name)))
            return &schemes[i];
    return NULL;
}

static bool copy(char **text, const char *first, const char *end, struct net_error *error)
{
    *text = strndup(first, (size_t)(end - first));
    return *text || net_fail(error, NET_MEMORY, "out of memory");
}

static bool decode(char **text, const char *first, const char *end, struct net_error *error)
{
    const char *decoded;
    if (!copy(text, first, end, error))
        return false;
    decoded = uriUnescapeInPlaceExA(*text, URI_FALSE, URI_BR_DONT_TOUCH);
    return strlen(*text) == (size_t)(decoded - *text) ||
           net_fail(error, NET_ADDRESS, "a URL with %%00 cannot be used");
}

static bool read_user(struct net_address *address, const UriTextRangeA *user,
                      struct net_error *error)
{
    const char *colon;
    if (!user->first)
        return true;
    colon = memchr(user->first, ':', range_len(user));
    return decode(&address->username, user->first, colon ? colon : user->afterLast, error) &&
           (!colon || decode(&address->password, colon + 1, user->afterLast, error));
}

static bool read_port(struct net_address *address, const UriTextRangeA *text,
                      struct net_error *error)
{
    unsigned long port = 0;
    if (!range_len(text))
        return true;
    for (const char *at = text->first; at < text->afterLast && port <= UINT16_MAX; at++)
        port = port * 10 + (unsigned long)(*at - '0');
    if (!port || port > UINT16_MAX)
        return net_fail(error, NET_ADDRESS, "the port of a URL is a number from 1 to 65535");
    address->port = (uint16_t)port;
    return true;
}

/* Of a unix socket the path is the place; of the others a host is. */
static bool read_place(struct net_address *address, const UriUriA *uri, const char *path,
                       struct net_error *error)
{
    const UriTextRangeA *host = &uri->hostText;
    const char *end = path + strlen(path);

    if (address->local) {
        if (range_len(host) || *path != '/' || range_len(&uri->portText) || uri->query.first)
            return net_fail(error, NET_ADDRESS, "a unix socket is written unix:///path/of/socket");
        return copy(&address->path, end, end, error) && decode(&address->host, path, end, error);
    }
    if (!range_len(host))
        return net_fail(error, NET_ADDRESS, "the URL names no host");
    if (memchr(host->first, '%', range_len(host)))
        return net_fail(error, NET_ADDRESS, "a host name has no %%");
    return copy(&address->host, host->first, host->afterLast, error) &&
           copy(&address->path, path, end, error) && read_port(address, &uri->portText, error);
}

static bool read_uri(struct net_address *address, const UriUriA *uri, struct net_error *error)
{
    const struct scheme *scheme = find_scheme(&uri->scheme);
    const char *path;

    if (!scheme || strncmp(uri->scheme.afterLast, "://", 3))
        return net_fail(error, NET_ADDRESS,
                        "a URL begins with mqtt://, mqtts://, ws://, wss:// or unix://");
    if (uri->fragment.first)
        return net_fail(error, NET_ADDRESS, "the URL has a fragment (#), which means nothing here");
    address->port = scheme->port;
    address->local = scheme->local;
    address->tls = scheme->tls;
    address->websocket = scheme->websocket;
    path = uri->scheme.afterLast + 3;
    path += strcspn(path, "/?");
    return read_place(address, uri, path, error) && read_user(address, &uri->userInfo, error);
}

bool net_address_parse(struct net_address *address, const char *url, struct net_error *error)
{
    UriUriA uri;
    const char *wrong;
    bool read;
    int code = uriParseSingleUriA(&uri, url, &wrong);

    memset(address, 0, sizeof *address);
    if (code == URI_ERROR_MALLOC)
        return net_fail(error, NET_MEMORY, "out of memory");
    if (code)
        return net_fail(error, NET_ADDRESS, "this is no URL from its character %zu on",
                        (size_t)(wrong - url) + 1);
    read = read_uri(address, &uri, error);
    uriFreeUriMembersA(&uri);
    if (!read)
        net_address_free(address);
    return read;
}

void net_address_free(struct net_address *address)
{
    free(address->host);
    free(address->path);
    free(address->username);
    free(address->password);
    memset(address, 0, sizeof *address);
}
