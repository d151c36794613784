/* SPDX-License-Identifier: MIT */
/* The PROXY protocol, version 2, as a layer of a stream: who is at the other end of a proxy. */
#ifndef NET_PROXY_H
#define NET_PROXY_H

#include "layer.h"

/* NULL: *error says why. */
struct net_layer *net_proxy_layer(struct net_error *error);

#endif
