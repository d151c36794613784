/* SPDX-License-Identifier: MIT */
/*
 * %j and %J: a message as JSON, with mosquitto_sub's fields.  jansson writes it: unlike others it
 * takes texts with NUL by their length, keeps the order, and judges UTF-8.
 */
#include "format.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static json_t *hex_of(struct mqw_bytes bytes)
{
    static const char digits[] = "0123456789abcdef";
    char *text = malloc(2 * (size_t)bytes.len + 1);
    json_t *hex;

    if (!text)
        return NULL;
    for (uint32_t i = 0; i < bytes.len; i++) {
        text[2 * i] = digits[bytes.ptr[i] >> 4];
        text[2 * i + 1] = digits[bytes.ptr[i] & 15];
    }
    hex = json_pack("{s:s#}", "hex", text, (int)(2 * bytes.len));
    free(text);
    return hex;
}

/* Bytes that are UTF-8 are a string, others an object that cannot be mistaken for one. */
static json_t *text_of(struct mqw_bytes bytes)
{
    json_t *text = json_stringn(bytes.len ? (const char *)bytes.ptr : "", bytes.len);

    return text ? text : hex_of(bytes);
}

/* Adds a value to a name that may be there: then it has a list of values. */
static void add(json_t *object, const char *name, json_t *value)
{
    json_t *before = json_object_get(object, name);

    if (json_is_array(before)) {
        json_array_append_new(before, value);
    } else if (before) {
        json_t *both = json_array();
        json_array_append(both, before);
        json_array_append_new(both, value);
        json_object_set_new(object, name, both);
    } else {
        json_object_set_new(object, name, value);
    }
}

static json_t *pairs_of(const struct mqw_pair_list *pairs)
{
    json_t *object = json_object();
    struct mqw_pair pair;

    for (uint32_t at = 0; mqw_next_pair(pairs, &at, &pair);) {
        char *name = strndup((const char *)pair.name.ptr, pair.name.len);
        if (name)
            add(object, name, text_of(pair.value));
        free(name);
    }
    return object;
}

static json_t *properties_of(const struct mqw_properties *properties)
{
    json_t *object = json_object();
    uint32_t id;

#define SET(PROPERTY, name, value)                                                                 \
    if (mqw_has(properties, MQW_PROPERTY_##PROPERTY))                                              \
    json_object_set_new(object, name, value)
    SET(PAYLOAD_FORMAT_INDICATOR, "payload-format-indicator",
        json_integer(properties->payload_format_indicator));
    SET(MESSAGE_EXPIRY_INTERVAL, "message-expiry-interval",
        json_integer(properties->message_expiry_interval));
    SET(CONTENT_TYPE, "content-type", text_of(properties->content_type));
    SET(RESPONSE_TOPIC, "response-topic", text_of(properties->response_topic));
    SET(CORRELATION_DATA, "correlation-data", text_of(properties->correlation_data));
    if (mqw_has(properties, MQW_PROPERTY_SUBSCRIPTION_IDENTIFIER))
        for (uint32_t at = 0; mqw_next_id(&properties->subscription_identifiers, &at, &id);)
            add(object, "subscription-identifier", json_integer(id));
    SET(TOPIC_ALIAS, "topic-alias", json_integer(properties->topic_alias));
    SET(USER_PROPERTY, "user-properties", pairs_of(&properties->user_properties));
#undef SET
    return object;
}

/* 2026-08-10T09:47:38.125000+0100 */
static json_t *time_of(const struct timespec *time)
{
    struct tm local;
    char text[64], zone[16], whole[128];

    localtime_r(&time->tv_sec, &local);
    strftime(text, sizeof text, "%FT%T", &local);
    strftime(zone, sizeof zone, "%z", &local);
    snprintf(whole, sizeof whole, "%s.%06ld%s", text, time->tv_nsec / 1000, zone);
    return json_string(whole);
}

static bool is_json(struct mqw_bytes payload)
{
    json_t *value = json_loadb((const char *)payload.ptr, payload.len,
                               JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);

    json_decref(value);
    return value;
}

/* Prints JSON as it is, without the blanks between its parts: its numbers keep all their digits. */
static void print_compact(FILE *out, struct mqw_bytes json)
{
    bool quoted = false;

    for (uint32_t i = 0; i < json.len; i++) {
        char c = (char)json.ptr[i];
        if (quoted || !strchr(" \t\r\n", c))
            putc(c, out);
        if (quoted && c == '\\' && i + 1 < json.len)
            putc(json.ptr[++i], out);
        else if (c == '"')
            quoted = !quoted;
    }
}

bool json_print(FILE *out, const struct printed *message, bool payload_is_json)
{
    const struct mqw_publish *publish = message->publish;
    bool good = !payload_is_json || !publish->payload.len || is_json(publish->payload);
    bool as_it_is = payload_is_json && good && publish->payload.len;
    json_t *object = json_object();
    char *text;

    json_object_set_new(object, "tst", time_of(&message->time));
    json_object_set_new(object, "topic", text_of(publish->topic));
    json_object_set_new(object, "qos", json_integer(publish->qos));
    json_object_set_new(object, "retain", json_integer(publish->retain));
    json_object_set_new(object, "payloadlen", json_integer(publish->payload.len));
    if (publish->qos)
        json_object_set_new(object, "mid", json_integer(publish->packet_id));
    if (publish->properties.present)
        json_object_set_new(object, "properties", properties_of(&publish->properties));
    if (!publish->payload.len)
        json_object_set_new(object, "payload", json_null());
    else if (!as_it_is)
        json_object_set_new(object, "payload", text_of(publish->payload));
    text = json_dumps(object, message->pretty ? JSON_INDENT(4) : JSON_COMPACT);
    json_decref(object);
    if (!text)
        return false;
    if (as_it_is) { /* its place is before the last brace */
        size_t end = strlen(text) - (message->pretty ? 2 : 1);
        fprintf(out, "%.*s,%s\"payload\":%s", (int)end, text, message->pretty ? "\n    " : "",
                message->pretty ? " " : "");
        print_compact(out, publish->payload);
        fputs(message->pretty ? "\n}" : "}", out);
    } else {
        fputs(text, out);
    }
    free(text);
    return good;
}
