/* SPDX-License-Identifier: MIT */
/*
 * A header before all else says for whom the proxy speaks: version 2 of
 * https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt, section 2.2.  There is no telling
 * whether it is true: only a proxy may be able to connect.
 */
#include "proxy.h"

#include "fail.h"
#include "stream_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER = 16, /* bytes before the addresses */
    MOST = 4096, /* bytes of addresses, and what else a proxy may say */
    SIGNATURE = 12,
    LOCAL = 0x20, /* the proxy speaks for itself, as when it looks whether the server lives */
    PROXY = 0x21,
    UNKNOWN = 0, /* the proxy does not say */
    TCP_4 = 0x11,
    TCP_6 = 0x21,
    UNIX = 0x31, /* a stream */
    PATH = 108   /* bytes of each end's */
};

static const uint8_t signature[SIGNATURE] = "\r\n\r\n\0\r\nQUIT\n";

struct proxy {
    struct net_layer layer;
    bool open; /* the header has come */
    struct net_buffer head;
};

static struct proxy *of(struct net_layer *layer)
{
    return (struct proxy *)layer;
}

static char *name(int family, const uint8_t *address, const uint8_t *port)
{
    char host[64], text[80];
    uv_inet_ntop(family, address, host, sizeof host);
    snprintf(text, sizeof text, family == AF_INET ? "%s:%u" : "[%s]:%u", host,
             (unsigned)(port[0] << 8 | port[1]));
    return strdup(text);
}

static void rename_to(struct net_stream *stream, char *peer, char *own)
{
    free(stream->peer);
    free(stream->own);
    stream->peer = peer;
    stream->own = own;
}

/* Both ends, source first; then their ports. */
static void rename_ends(struct net_stream *stream, int family, size_t size, const uint8_t *at)
{
    rename_to(stream, name(family, at, at + 2 * size), name(family, at + size, at + 2 * size + 2));
}

/* The path of a unix socket; most clients' have none. */
static char *path(const uint8_t *at)
{
    return *at ? strndup((const char *)at, PATH) : strdup("unix");
}

/* False: what it says is of no stream. */
static bool read_ends(struct net_stream *stream, uint8_t family, const uint8_t *at, size_t len)
{
    if (family == TCP_4 && len >= 12)
        rename_ends(stream, AF_INET, 4, at);
    else if (family == TCP_6 && len >= 36)
        rename_ends(stream, AF_INET6, 16, at);
    else if (family == UNIX && len >= 2 * PATH)
        rename_to(stream, path(at), path(at + PATH));
    else
        return family == UNKNOWN;
    return true;
}

/* The length of the whole header; 0: it is not all there.  False: it is none. */
static bool read_header(struct proxy *proxy, size_t *size)
{
    const uint8_t *head = proxy->head.bytes;
    size_t len = proxy->head.len, addresses;
    *size = 0;
    if (memcmp(head, signature, len < SIGNATURE ? len : SIGNATURE))
        return net_layer_fail(&proxy->layer, NET_BROKEN, "no PROXY header comes first");
    if (len < HEADER)
        return true;
    addresses = (size_t)(head[14] << 8 | head[15]);
    if ((head[12] != PROXY && head[12] != LOCAL) || addresses > MOST)
        return net_layer_fail(&proxy->layer, NET_BROKEN, "the PROXY header makes no sense");
    if (len < HEADER + addresses)
        return true;
    if (head[12] == PROXY && !read_ends(proxy->layer.stream, head[13], head + HEADER, addresses))
        return net_layer_fail(&proxy->layer, NET_BROKEN, "the PROXY header makes no sense");
    *size = HEADER + addresses;
    return true;
}

static void proxy_start(struct net_layer *layer)
{
    (void)layer; /* what is above begins when the header has come */
}

static void proxy_feed(struct net_layer *layer, const uint8_t *data, size_t len)
{
    struct proxy *proxy = of(layer);
    struct net_layer *above = layer->above;
    struct net_buffer rest;
    size_t size;

    if (proxy->open) {
        above->calls->feed(above, data, len);
        return;
    }
    if (!net_buffer_add(&proxy->head, data, len)) {
        net_layer_fail(layer, NET_MEMORY, "out of memory");
        return;
    }
    if (!read_header(proxy, &size) || !size)
        return;
    proxy->open = true;
    rest = proxy->head;
    memset(&proxy->head, 0, sizeof proxy->head);
    net_buffer_take(&rest, size);
    above->calls->start(above);
    if (rest.len)
        above->calls->feed(above, rest.bytes, rest.len);
    net_buffer_free(&rest);
}

static void proxy_ended(struct net_layer *layer)
{
    layer->above->calls->ended(layer->above);
}

static bool proxy_write(struct net_layer *layer, const uint8_t *data, size_t len)
{
    return layer->below->calls->write(layer->below, data, len);
}

static void proxy_finish(struct net_layer *layer)
{
    layer->below->calls->finish(layer->below);
}

static void proxy_free(struct net_layer *layer)
{
    net_buffer_free(&of(layer)->head);
    free(layer);
}

struct net_layer *net_proxy_layer(struct net_error *error)
{
    static const struct net_layer_calls calls = {
        proxy_start, proxy_feed, proxy_ended, proxy_write, proxy_finish, proxy_free,
    };
    struct proxy *proxy = calloc(1, sizeof *proxy);
    if (!proxy) {
        net_fail(error, NET_MEMORY, "out of memory");
        return NULL;
    }
    proxy->layer.calls = &calls;
    return &proxy->layer;
}
