/* SPDX-License-Identifier: MIT */
/* WebSocket as a layer of a stream. */
#ifndef NET_WEBSOCKET_H
#define NET_WEBSOCKET_H

#include "layer.h"
#include "stream.h"

/* NULL: *error says why. */
struct net_layer *net_websocket_client(const struct net_peer *peer, struct net_error *error);
struct net_layer *net_websocket_server(const struct net_terms *terms, struct net_error *error);

#endif
