/* SPDX-License-Identifier: MIT */
/* Packets and options as JSON has them. */
#include "driver_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void driver_die(const char *what)
{
    fprintf(stderr, "client_driver: %s\n", what);
    exit(2);
}

void driver_write(json_t *fields)
{
    if (!fields || json_dumpf(fields, stdout, JSON_COMPACT | JSON_ENSURE_ASCII))
        driver_die("an event cannot be written");
    putchar('\n');
    fflush(stdout);
    json_decref(fields);
}

json_t *driver_text(const char *text)
{
    json_t *value = text ? json_string(text) : NULL;
    return value ? value : json_null();
}

/* ---- Packets -------------------------------------------------------------------------------------- */

json_t *driver_hex(const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    char *text = malloc(2 * len + 1);
    json_t *value;
    size_t i;
    if (!text)
        driver_die("out of memory");
    for (i = 0; i < len; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    value = json_stringn_nocheck(text, 2 * len);
    free(text);
    return value;
}

json_t *driver_packet(const struct mqw_packet *packet, uint8_t version)
{
    struct mqw_options options = {0};
    struct mqw_result result;
    uint8_t *bytes;
    json_t *value;
    options.version = version;
    result = mqw_encode(packet, &options, NULL, 0);
    bytes = result.code == MQW_OK ? malloc(result.size) : NULL;
    if (!bytes || mqw_encode(packet, &options, bytes, result.size).code != MQW_OK)
        driver_die("the library tells a packet that breaks a rule");
    value = driver_hex(bytes, result.size);
    free(bytes);
    return value;
}

static unsigned digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a' + 10);
    driver_die("this is not hex");
}

uint8_t *driver_read_hex(const json_t *text, size_t *len)
{
    const char *digits = json_string_value(text);
    size_t i;
    uint8_t *bytes;
    *len = json_string_length(text) / 2;
    bytes = malloc(*len + 1);
    if (!bytes)
        driver_die("out of memory");
    for (i = 0; i < *len; i++)
        bytes[i] = (uint8_t)(digit(digits[2 * i]) << 4 | digit(digits[2 * i + 1]));
    return bytes;
}

struct driver_packet driver_read_packet(const json_t *command, const char *member, uint8_t version)
{
    struct driver_packet made = {0};
    struct mqw_options options = {0};
    const json_t *text = json_object_get(command, member);
    size_t len;
    if (!text)
        return made;
    options.version = version;
    made.bytes = driver_read_hex(text, &len);
    if (mqw_decode(made.bytes, len, &options, &made.packet).code != MQW_OK)
        driver_die("a command's packet breaks a rule");
    return made;
}

/* ---- Options -------------------------------------------------------------------------------------- */

void driver_read_options(const json_t *json, struct mqw_client_options *options)
{
    const json_t *value;
#define NUMBER(member)                                                                             \
    if ((value = json_object_get(json, #member)))                                                  \
    options->member = (__typeof__(options->member))json_integer_value(value)
#define FLAG(member) options->member = json_is_true(json_object_get(json, #member))
#define TEXT(member) options->member = json_string_value(json_object_get(json, #member))
    TEXT(url);
    NUMBER(version);
    TEXT(tls.ca_file);
    TEXT(tls.cert_file);
    TEXT(tls.key_file);
    FLAG(tls.insecure);
    TEXT(bind_address);
    TEXT(websocket_path);
    NUMBER(connect_timeout);
    NUMBER(ping_timeout);
    NUMBER(backoff_first);
    NUMBER(backoff_most);
    NUMBER(attempts);
    FLAG(no_reconnect);
    NUMBER(queue_messages);
    NUMBER(queue_bytes);
    NUMBER(overflow);
    FLAG(queue_qos_0);
    NUMBER(topic_aliases);
    NUMBER(receive_limit);
    TEXT(store_path);
    FLAG(store_full);
    TEXT(authentication_method);
#undef NUMBER
#undef FLAG
#undef TEXT
}
