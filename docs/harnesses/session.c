/* SPDX-License-Identifier: MIT */
/* A broker without its sockets in libFuzzer: docs/harnesses/README.md says how to build and run it. */
#include <mqttwire/mqttwire.h>

/* ---- Yours to change ----------------------------------------------------------------------- */

#include "broker.h"

static struct broker *broker;

static void begin(void)
{
    broker = broker_new();
}

static void *connect_to_it(void)
{
    return broker_open(broker);
}

/* Bytes from a client; false: the broker closes the connection. */
static bool receive(void *connection, const uint8_t *data, size_t size)
{
    return broker_input((struct connection *)connection, data, size);
}

static void disconnect_from_it(void *connection)
{
    broker_close((struct connection *)connection);
}

static void end(void)
{
    broker_free(broker);
}

/* ---- This can stay ------------------------------------------------------------------------- */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Another client, which gets what is published: CONNECT, and SUBSCRIBE to #. */
static const uint8_t watcher[] = "\x10\x13\0\4MQTT\4\2\0\0\0\7watcher\x82\6\0\1\0\1#\2";

/* Where the first packet ends; where none begins, it is all that there is. */
static size_t first_packet(const uint8_t *data, size_t size)
{
    struct mqw_options options = {0};
    struct mqw_result r = mqw_frame(data, size, &options);
    return r.code == MQW_OK ? r.size : size;
}

/* An input is a stream of packets.  Where the broker closes the connection, the rest comes on a new
   one: so a stream holds clients that come back, too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *client;
    begin();
    receive(connect_to_it(), watcher, sizeof watcher - 1);
    client = connect_to_it();
    while (size) {
        size_t n = first_packet(data, size);
        if (!receive(client, data, n)) {
            disconnect_from_it(client);
            client = connect_to_it();
        }
        data += n;
        size -= n;
    }
    disconnect_from_it(client);
    end();
    return 0;
}
