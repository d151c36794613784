/* SPDX-License-Identifier: MIT */
/* Clients' sockets, and the judge. */
#include "broker_client.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 16384 /* bytes that the system keeps for a client that does not read */ };

static struct mqw_bytes keep(void *arg, enum mqw_sender sender, uint16_t alias,
                             struct mqw_bytes old, struct mqw_bytes topic)
{
    (void)arg;
    (void)sender;
    (void)alias;
    free((uint8_t *)(uintptr_t)old.ptr);
    return topic.len ? mqw_view(copy_of(topic.ptr, topic.len), topic.len) : mqw_view(NULL, 0);
}

/* It reads what the broker reads. */
static void begin_judge(struct client *client, uint32_t max_size)
{
    struct mqw_connection_config config = {.keep = keep};
    config.client =
        (struct mqw_storage){client->exchanges[0], client->aliases[0], EXCHANGES, ALIASES};
    config.server =
        (struct mqw_storage){client->exchanges[1], client->aliases[1], EXCHANGES, ALIASES};
    config.client_options.allow = MQW_ALLOW_MQTT_3_1;
    config.client_options.max_size = max_size;
    mqw_connection_init(&client->judge, &config);
}

void client_open(struct client *client, struct world *world, bool judged)
{
    int ends[2], size = BUFFER;
    client_close(client);
    MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    MUST(connection_open(&world->broker, &world->door, ends[1]));
    client->fd = ends[0];
    client->judged = judged;
    client->deaf = client->broken = false;
    client->version = 0;
    begin_judge(client, world->settings.max_packet_size);
    world_turn(world);
}

void client_close(struct client *client)
{
    if (client->fd < 0)
        return;
    close(client->fd);
    client->fd = -1;
    mqw_connection_end(&client->judge);
    free(client->in.bytes);
    free(client->out.bytes);
    client->in = client->out = (struct heap){0}; /* `owed` may be said on its next connection */
}

/* ---- To the broker -------------------------------------------------------------------------- */

static void add(struct heap *heap, const uint8_t *data, size_t len)
{
    heap->bytes = realloc(heap->bytes, heap->len + len);
    MUST(heap->bytes);
    memcpy(heap->bytes + heap->len, data, len);
    heap->len += len;
}

static void drop(struct heap *heap, size_t len)
{
    heap->len -= len;
    memmove(heap->bytes, heap->bytes + len, heap->len);
}

/* The judge is told before the broker is.  What cannot be read ends the connection. */
static void tell_judge(struct client *client, const uint8_t *data, size_t len)
{
    struct mqw_packet packet;
    add(&client->out, data, len);
    while (client->out.len && !client->broken) {
        struct mqw_options options = mqw_connection_options(&client->judge, MQW_CLIENT);
        struct mqw_result result =
            mqw_decode(client->out.bytes, client->out.len, &options, &packet);
        if (result.code == MQW_MORE) {
            client->judged = false; /* what comes next is in one piece with it */
            return;
        }
        client->broken = result.code != MQW_OK;
        if (client->broken)
            mqw_connection_unread(&client->judge, MQW_CLIENT, client->out.bytes, client->out.len,
                                  world_now());
        else
            mqw_connection_packet(&client->judge, MQW_CLIENT, &packet, result.size, world_now(), 0);
        drop(&client->out, client->broken ? client->out.len : result.size);
    }
}

static bool write_all(struct client *client, struct world *world, const uint8_t *data, size_t len)
{
    unsigned tries = 0;
    while (len && tries++ < 100) {
        ssize_t taken = send(client->fd, data, len, MSG_NOSIGNAL);
        if (taken < 0 && errno != EAGAIN)
            return false;
        if (taken > 0) {
            data += taken;
            len -= (size_t)taken;
        }
        world_turn(world);
    }
    return !len;
}

/* Where the first packet ends; all of it where that cannot be told. */
static size_t first_packet(const uint8_t *data, size_t len)
{
    struct mqw_options options = {0};
    struct mqw_result result = mqw_frame(data, len, &options);
    return result.code == MQW_OK && result.size && result.size < len ? result.size : len;
}

void client_send(struct client *client, struct world *world, const uint8_t *data, size_t len)
{
    while (len && client->fd >= 0) {
        size_t part = client->judged ? first_packet(data, len) : len;
        tell_judge(client, data, part);
        if (!write_all(client, world, data, part))
            return;
        data += part;
        len -= part;
        if (client->judged && !client->deaf)
            client_read(client);
    }
}

/* ---- From the broker ------------------------------------------------------------------------ */

static void owe(struct client *client, uint8_t type, uint16_t packet_id)
{
    if (client->owed_count < OWED)
        client->owed[client->owed_count++] = (struct owed){type, packet_id};
}

static void came(struct client *client, const struct mqw_packet *packet)
{
    switch (packet->type) {
    case MQW_PUBLISH:
        if (packet->publish.qos)
            owe(client, packet->publish.qos == 1 ? MQW_PUBACK : MQW_PUBREC,
                packet->publish.packet_id);
        break;
    case MQW_PUBREC:
        owe(client, MQW_PUBREL, packet->ack.packet_id);
        break;
    case MQW_PUBREL:
        owe(client, MQW_PUBCOMP, packet->ack.packet_id);
        break;
    default:
        break;
    }
}

static void blame(const struct mqw_seen *seen, const struct mqw_packet *packet)
{
    uint32_t i;
    for (i = 0; i < seen->count; i++)
        fprintf(stderr, "the broker sent %s: %s\n", mqw_type_name(packet->type),
                mqw_rule_of(seen->findings[i].code)->text);
    MUST(!seen->count);
}

/* The next packet that is there as a whole; answers its size, 0: there is none. */
static size_t next(struct client *client, const uint8_t *data, size_t len)
{
    struct mqw_options options = mqw_connection_options(&client->judge, MQW_SERVER);
    struct mqw_packet packet;
    struct mqw_result result;
    struct mqw_seen seen;

    options.sender = MQW_SERVER;
    if (!options.version) /* of a CONNECT that made no sense */
        options.version = MQW_VERSION_5;
    result = mqw_decode(data, len, &options, &packet);
    if (result.code == MQW_MORE || !len)
        return 0;
    if (result.code != MQW_OK && !client->judge.version)
        return len;
    if (result.code != MQW_OK)
        fprintf(stderr, "the broker sent what breaks %s\n", mqw_rule_of(result.code)->name);
    MUST(result.code == MQW_OK);
    seen = mqw_connection_packet(&client->judge, MQW_SERVER, &packet, result.size, world_now(), 0);
    if (client->judged && client->judge.version)
        blame(&seen, &packet);
    came(client, &packet);
    return result.size;
}

void client_read(struct client *client)
{
    uint8_t bytes[16384];
    ssize_t len;
    size_t taken;
    while (client->fd >= 0 && (len = recv(client->fd, bytes, sizeof bytes, 0)) > 0) {
        add(&client->in, bytes, (size_t)len);
        while ((taken = next(client, client->in.bytes, client->in.len)))
            drop(&client->in, taken);
    }
}
