/* SPDX-License-Identifier: MIT */
/* `trace`: each packet of a client in the log, as `mqttwire inspect` words it. */
#include "connection.h"
#include "listeners.h"

static void watch(void *arg, enum mqw_sender sender, const uint8_t *bytes, size_t len)
{
    const struct connection *connection = arg;
    struct mqw_options options = mqw_connection_options(&connection->wire.rules, sender);
    char line[1024];
    mqw_line(bytes, len, &options, line, sizeof line);
    log_say(LOG_TRACE, "%.128s %c %s", connection->traced, sender == MQW_CLIENT ? '>' : '<', line);
}

void trace_connect(struct connection *connection, const struct mqw_connect *connect)
{
    const char *const *id = connection->broker->settings->traces;
    struct net_wire *wire = &connection->wire;
    struct mqw_bytes name = connect->client_id;
    if (connection->listener->settings->use_username_as_clientid && connect->has_username)
        name = connect->username;
    while (id && *id && !mqw_same(mqw_text(*id), name))
        id++;
    if (!id || !*id)
        return;
    connection->traced = *id;
    wire->watch = watch;
    wire->watch_arg = connection;
    watch(connection, MQW_CLIENT, wire->in.bytes, wire->current);
}
