/* SPDX-License-Identifier: MIT */
#include "told.h"

#include "target.h"

/* ---- Names ---- */

/* Goes past a part of a path: "properties." */
static bool begins(const char **path, const char *part)
{
    size_t len = strlen(part);
    if (strncmp(*path, part, len))
        return false;
    *path += len;
    return true;
}

/* Goes past "name[7]". */
static bool element(const char **path, const char *name, uint32_t *index)
{
    char *end;
    if (!begins(path, name) || !begins(path, "["))
        return false;
    *index = (uint32_t)strtoul(*path, &end, 10);
    *path = end;
    return begins(path, "]");
}

/* Room for one more in an array whose room doubles. */
static void *more(void *items, uint32_t count, size_t size)
{
    if (count & (count - 1))
        return items;
    items = realloc(items, (count ? 2 * (size_t)count : 1) * size);
    MUST(items);
    return items;
}

/* ---- Properties ---- */

static void tell_BYTE(uint8_t *member, const struct mqw_field *field)
{
    *member = (uint8_t)field->number;
}

static void tell_TWO(uint16_t *member, const struct mqw_field *field)
{
    *member = (uint16_t)field->number;
}

static void tell_FOUR(uint32_t *member, const struct mqw_field *field)
{
    *member = field->number;
}

static void tell_TEXT(struct mqw_bytes *member, const struct mqw_field *field)
{
    *member = field->bytes;
}
#define tell_TOPIC  tell_TEXT
#define tell_BINARY tell_TEXT

/* Lists come element by element. */
static void tell_VARINTS(struct mqw_id_list *member, const struct mqw_field *field)
{
    (void)member;
    (void)field;
}

static void tell_PAIRS(struct mqw_pair_list *member, const struct mqw_field *field)
{
    (void)member;
    (void)field;
}

static bool pair(struct told *told, int which, const char *path, const struct mqw_field *field)
{
    uint32_t *count = &told->pair_count[which], at;
    if (!element(&path, "user_properties", &at))
        return false;
    if (!strcmp(path, ".name")) {
        MUST(at == *count);
        told->pairs[which] = more(told->pairs[which], *count, sizeof(struct mqw_pair));
        told->pairs[which][(*count)++].name = field->bytes;
        return true;
    }
    MUST(at + 1 == *count);
    told->pairs[which][at].value = field->bytes;
    return !strcmp(path, ".value");
}

static bool id(struct told *told, const char *path, const struct mqw_field *field)
{
    uint32_t at;
    if (!element(&path, "subscription_identifiers", &at))
        return false;
    MUST(at == told->id_count);
    told->ids = more(told->ids, told->id_count, sizeof *told->ids);
    told->ids[told->id_count++] = field->number;
    return true;
}

static bool property(struct told *told, int which, struct mqw_properties *out, const char *path,
                     const struct mqw_field *field)
{
    if (!strcmp(path, "length"))
        return true;
    if (field->kind == MQW_KIND_LENGTH) /* of a text */
        return true;
    if (field->kind == MQW_KIND_IDENTIFIER) {
        if (field->note) /* it is one that is known */
            out->present |= UINT64_C(1) << (field->number & 63);
        return true;
    }
    if (field->kind == MQW_KIND_UNREAD || pair(told, which, path, field) || id(told, path, field))
        return true;
#define MQW_ROW(number, NAME, member, TYPE, places, low, high, rule, text)                         \
    if (!strcmp(path, #member)) {                                                                  \
        tell_##TYPE(&out->member, field);                                                          \
        return true;                                                                               \
    }
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    return false;
}

static struct mqw_properties *properties_of(struct mqw_packet *packet)
{
    switch (packet->type) {
    case MQW_CONNECT:
        return &packet->connect.properties;
    case MQW_CONNACK:
        return &packet->connack.properties;
    case MQW_PUBLISH:
        return &packet->publish.properties;
    case MQW_SUBSCRIBE:
        return &packet->subscribe.properties;
    case MQW_SUBACK:
    case MQW_UNSUBACK:
        return &packet->suback.properties;
    case MQW_UNSUBSCRIBE:
        return &packet->unsubscribe.properties;
    case MQW_DISCONNECT:
    case MQW_AUTH:
        return &packet->disconnect.properties;
    default:
        return &packet->ack.properties;
    }
}

/* ---- Lists ---- */

static bool subscription(struct told *told, const char *path, const struct mqw_field *field)
{
    struct mqw_subscription *made;
    uint32_t at;
    if (!element(&path, "subscriptions", &at))
        return false;
    if (!strcmp(path, ".topic_filter")) {
        MUST(at == told->count);
        told->subscriptions = more(told->subscriptions, told->count, sizeof *made);
        memset(&told->subscriptions[told->count], 0, sizeof *made);
        told->subscriptions[told->count++].topic_filter = field->bytes;
        return true;
    }
    MUST(at + 1 == told->count);
    made = &told->subscriptions[at];
    if (!strcmp(path, ".qos"))
        made->qos = (uint8_t)field->number;
    else if (!strcmp(path, ".no_local"))
        made->no_local = field->number;
    else if (!strcmp(path, ".retain_as_published"))
        made->retain_as_published = field->number;
    else if (!strcmp(path, ".retain_handling"))
        made->retain_handling = (uint8_t)field->number;
    else
        return !strcmp(path, ".options") || !strcmp(path, ".reserved");
    return true;
}

static bool filter(struct told *told, const char *path, const struct mqw_field *field)
{
    uint32_t at;
    if (!element(&path, "topic_filters", &at))
        return false;
    MUST(at == told->count);
    told->filters = more(told->filters, told->count, sizeof *told->filters);
    told->filters[told->count++] = field->bytes;
    return true;
}

static bool code(struct told *told, const char *path, const struct mqw_field *field)
{
    uint32_t at;
    if (!element(&path, "reason_codes", &at))
        return false;
    MUST(at == told->count);
    told->codes = more(told->codes, told->count, 1);
    told->codes[told->count++] = (uint8_t)field->number;
    return true;
}

/* ---- Fields of packets ---- */

static bool connect_field(struct told *told, const char *path, const struct mqw_field *field)
{
    struct mqw_connect *out = &told->packet.connect;
    if (begins(&path, "will.properties."))
        return property(told, 1, &out->will.properties, path, field);
    if (!strcmp(path, "username_flag"))
        out->has_username = field->number;
    else if (!strcmp(path, "password_flag"))
        out->has_password = field->number;
    else if (!strcmp(path, "will_flag"))
        out->has_will = field->number;
    else if (!strcmp(path, "clean_start"))
        out->clean_start = field->number;
    else if (!strcmp(path, "keep_alive"))
        out->keep_alive = (uint16_t)field->number;
    else if (!strcmp(path, "client_id"))
        out->client_id = field->bytes;
    else if (!strcmp(path, "will.retain"))
        out->will.retain = field->number;
    else if (!strcmp(path, "will.qos"))
        out->will.qos = (uint8_t)field->number;
    else if (!strcmp(path, "will.topic"))
        out->will.topic = field->bytes;
    else if (!strcmp(path, "will.payload"))
        out->will.payload = field->bytes;
    else if (!strcmp(path, "username"))
        out->username = field->bytes;
    else if (!strcmp(path, "password"))
        out->password = field->bytes;
    else
        return !strcmp(path, "protocol_name") || !strcmp(path, "protocol_version") ||
               !strcmp(path, "reserved");
    return true;
}

static bool publish_field(struct told *told, const char *path, const struct mqw_field *field)
{
    struct mqw_publish *out = &told->packet.publish;
    if (!strcmp(path, "retain"))
        out->retain = field->number;
    else if (!strcmp(path, "qos"))
        out->qos = (uint8_t)field->number;
    else if (!strcmp(path, "dup"))
        out->dup = field->number;
    else if (!strcmp(path, "packet_id"))
        out->packet_id = (uint16_t)field->number;
    else if (!strcmp(path, "topic"))
        out->topic = field->bytes;
    else if (!strcmp(path, "payload"))
        out->payload = field->bytes;
    else
        return false;
    return true;
}

static bool other_field(struct told *told, const char *path, const struct mqw_field *field)
{
    struct mqw_packet *out = &told->packet;
    uint16_t *ids[] = {&out->ack.packet_id, &out->subscribe.packet_id, &out->suback.packet_id,
                       &out->unsubscribe.packet_id};
    if (!strcmp(path, "packet_id")) {
        *ids[out->type < MQW_SUBSCRIBE                              ? 0
             : out->type == MQW_SUBSCRIBE                           ? 1
             : out->type == MQW_SUBACK || out->type == MQW_UNSUBACK ? 2
                                                                    : 3] = (uint16_t)field->number;
        return true;
    }
    if (!strcmp(path, "session_present")) {
        out->connack.session_present = field->number;
        return true;
    }
    if (!strcmp(path, "reason_code")) {
        *(out->type == MQW_CONNACK   ? &out->connack.reason_code
          : out->type > MQW_PINGRESP ? &out->disconnect.reason_code
                                     : &out->ack.reason_code) = (uint8_t)field->number;
        return true;
    }
    return subscription(told, path, field) || filter(told, path, field) ||
           code(told, path, field) || !strcmp(path, "reserved");
}

static bool see(void *arg, const struct mqw_field *field)
{
    struct told *told = arg;
    const char *path = field->path;
    struct mqw_packet *packet = &told->packet;
    bool known;

    if (!strcmp(path, "type")) {
        packet->type = (uint8_t)field->number;
        return true;
    }
    if (field->kind == MQW_KIND_UNREAD || field->kind == MQW_KIND_OCTET || !strcmp(path, "flags") ||
        !strcmp(path, "remaining_length"))
        return true;
    if (begins(&path, "properties."))
        known = property(told, 0, properties_of(packet), path, field);
    else if (field->kind == MQW_KIND_LENGTH)
        known = true; /* of a text */
    else if (packet->type == MQW_CONNECT)
        known = connect_field(told, path, field);
    else if (packet->type == MQW_PUBLISH)
        known = publish_field(told, path, field);
    else
        known = other_field(told, path, field);
    told->strange |= !known;
    return true;
}

struct mqw_result told_packet(struct told *told, const uint8_t *data, size_t size,
                              const struct mqw_options *options)
{
    struct mqw_packet *packet = &told->packet;
    struct mqw_result result;
    struct mqw_properties *properties;

    memset(told, 0, sizeof *told);
    result = mqw_explain(data, size, options, see, told);
    if (packet->type == MQW_CONNECT) {
        properties = &packet->connect.will.properties;
        properties->user_properties = mqw_pairs(told->pairs[1], told->pair_count[1]);
    }
    properties = properties_of(packet);
    properties->user_properties = mqw_pairs(told->pairs[0], told->pair_count[0]);
    properties->subscription_identifiers = mqw_ids(told->ids, told->id_count);
    if (packet->type == MQW_SUBSCRIBE)
        packet->subscribe.subscriptions = mqw_subscriptions(told->subscriptions, told->count);
    if (packet->type == MQW_UNSUBSCRIBE)
        packet->unsubscribe.topic_filters = mqw_filters(told->filters, told->count);
    if (packet->type == MQW_SUBACK || packet->type == MQW_UNSUBACK)
        packet->suback.reason_codes = mqw_codes(told->codes, told->count);
    return result;
}

void told_free(struct told *told)
{
    free(told->pairs[0]);
    free(told->pairs[1]);
    free(told->ids);
    free(told->subscriptions);
    free(told->filters);
    free(told->codes);
}
