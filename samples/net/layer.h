/* SPDX-License-Identifier: MIT */
/*
 * A stream is a pile of layers: the application on top, WebSocket and TLS if they are wanted, and
 * the socket at the bottom.  Each calls its neighbours only.
 */
#ifndef NET_LAYER_H
#define NET_LAYER_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct net_stream;
struct net_layer;

struct net_layer_calls {
    /* From below.  A callback of the application may abort the stream meanwhile: what comes after
     * that is passed over by the layer on top. */
    void (*start)(struct net_layer *layer); /* what is below is open */
    void (*feed)(struct net_layer *layer, const uint8_t *data, size_t len);
    void (*ended)(struct net_layer *layer); /* the peer will say no more, which it said in order */

    /* From above. */
    bool (*write)(struct net_layer *layer, const uint8_t *data, size_t len); /* false: no memory */
    void (*finish)(struct net_layer *layer); /* nothing more is written: ends what is below */

    void (*free)(struct net_layer *layer);
};

struct net_layer {
    const struct net_layer_calls *calls;
    struct net_layer *above, *below;
    struct net_stream *stream;
};

/*
 * The stream fails, and ends in order: what is written before the call and in finish still goes out.
 * Does nothing when it ends already.  Always false.
 */
bool net_layer_fail(struct net_layer *layer, enum net_failure failure, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Is the stream gone, so that nothing is left to be done? */
bool net_layer_gone(const struct net_layer *layer);

#endif
