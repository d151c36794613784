/* SPDX-License-Identifier: MIT */
/* Packets and texts that are kept. */
#include "packet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum mqw_code packet_keep(struct packet *kept, const struct mqw_packet *packet,
                          enum mqw_sender sender, uint8_t version, char *problem, size_t cap)
{
    struct mqw_options options = {0};
    struct mqw_result result;
    uint8_t *bytes = NULL;
    char field[128];

    options.version = version;
    options.sender = (uint8_t)sender;
    result = mqw_encode(packet, &options, NULL, 0);
    if (result.code == MQW_OK) {
        bytes = malloc(result.size);
        if (!bytes)
            return MQW_SPACE;
        result = mqw_encode(packet, &options, bytes, result.size);
    }
    if (result.code == MQW_OK) {
        kept->bytes = bytes;
        kept->size = result.size;
        kept->version = version;
        return MQW_OK;
    }
    mqw_encode_field(packet, &options, bytes, bytes ? result.size : 0, field, sizeof field);
    snprintf(problem, cap, "%s%s%s", field, *field ? ": " : "", mqw_rule_of(result.code)->text);
    free(bytes);
    return result.code;
}

bool packet_copy(struct packet *kept, struct mqw_bytes bytes, uint8_t version)
{
    kept->bytes = malloc(bytes.len);
    if (!kept->bytes)
        return false;
    memcpy(kept->bytes, bytes.ptr, bytes.len);
    kept->size = bytes.len;
    kept->version = version;
    return true;
}

bool packet_read(const struct packet *kept, uint8_t version, struct mqw_packet *packet)
{
    struct mqw_options options = {.version = kept->version, .allow = MQW_ALLOW_MQTT_3_1};
    if (!kept->bytes || mqw_decode(kept->bytes, kept->size, &options, packet).code != MQW_OK)
        return false;
    if (packet->type == MQW_PUBLISH && version != MQW_VERSION_5)
        packet->publish.properties.present = 0;
    return true;
}

void packet_drop(struct packet *kept)
{
    free(kept->bytes);
    memset(kept, 0, sizeof *kept);
}

void packet_set_id(struct mqw_packet *packet, uint16_t packet_id)
{
    if (packet->type == MQW_PUBLISH)
        packet->publish.packet_id = packet_id;
    else if (packet->type == MQW_SUBSCRIBE)
        packet->subscribe.packet_id = packet_id;
    else
        packet->unsubscribe.packet_id = packet_id;
}

bool packet_text_set(struct packet_text *text, struct mqw_bytes value)
{
    uint8_t *ptr = malloc(value.len + (size_t)1); /* and a NUL, for those who like one */
    if (!ptr)
        return false;
    if (value.len)
        memcpy(ptr, value.ptr, value.len);
    ptr[value.len] = 0;
    free(text->ptr);
    text->ptr = ptr;
    text->len = value.len;
    return true;
}

struct mqw_bytes packet_text_view(const struct packet_text *text)
{
    return mqw_view(text->ptr, text->len);
}

void packet_text_drop(struct packet_text *text)
{
    free(text->ptr);
    text->ptr = NULL;
    text->len = 0;
}

/* FNV-1a */
uint32_t packet_hash(struct mqw_bytes bytes)
{
    uint32_t value = 2166136261U, i;
    for (i = 0; i < bytes.len; i++)
        value = (value ^ bytes.ptr[i]) * 16777619U;
    return value;
}
