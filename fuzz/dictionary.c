/* SPDX-License-Identifier: MIT */
/* Prints a dictionary for fuzzers, in the format of AFL and libFuzzer, from tables.h. */
#include <mqttwire/mqttwire.h>

#include <stdio.h>
#include <string.h>

static void word(const char *kind, const char *name, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    printf("%s_%s=\"", kind, name);
    while (len--)
        printf("\\x%02X", *at++);
    printf("\"\n");
}

/* The first bytes of a packet that is as short as its type may be. */
static void packet(const char *name, uint8_t number, uint8_t flags)
{
    uint8_t bytes[2] = {(uint8_t)(number << 4 | flags), 0};
    word("packet", name, bytes, sizeof bytes);
}

/* A property that is as short as it may be, with its lowest and its highest value. */
enum { BYTE = 1, TWO = 2, FOUR = 4, VARINTS = 5, TEXT = 6, TOPIC = 6, BINARY = 6, PAIRS = 7 };

static size_t number(uint8_t *out, int type, uint32_t value)
{
    size_t len = 0;
    if (type != VARINTS) {
        for (; len < (size_t)type; len++)
            out[len] = (uint8_t)(value >> 8 * ((size_t)type - 1 - len));
        return len;
    }
    do {
        out[len++] = (uint8_t)((value & 0x7F) | (value > 0x7F ? 0x80 : 0));
        value >>= 7;
    } while (value);
    return len;
}

static void property(const char *name, uint8_t id, int type, uint32_t low, uint32_t high)
{
    uint8_t bytes[8] = {id, 0, 0, 0, 0};
    if (type >= TEXT) {
        word("property", name, bytes, type == PAIRS ? 5 : 3);
        return;
    }
    word("lowest", name, bytes, 1 + number(bytes + 1, type, low));
    word("highest", name, bytes, 1 + number(bytes + 1, type, high));
}

static void literal(const char *name, const char *text)
{
    word("text", name, text, strlen(text));
}

int main(void)
{
    uint8_t code;
#define MQW_ROW(value, NAME, name, flags, rule, old, new) packet(#name, value, flags);
    MQW_PACKETS(MQW_ROW)
#undef MQW_ROW
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    property(#member, id, TYPE, low, high);
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
#define MQW_ROW(value, NAME, name, client, server, text)                                           \
    code = value;                                                                                  \
    word("reason", #name, &code, 1);
    MQW_REASONS(MQW_ROW)
#undef MQW_ROW
    /* 3.1.2.1 with the level; MQTT 3.1; 4.8.2; 4.7.2; UTF-8 that is none, and that is rare */
    word("text", "mqtt_5", "\0\4MQTT\5", 7);
    word("text", "mqtt_3_1_1", "\0\4MQTT\4", 7);
    word("text", "mqtt_3_1", "\0\6MQIsdp\3", 9);
    literal("share", "$share/");
    literal("sys", "$SYS/");
    literal("surrogate", "\xED\xA0\x80");
    literal("overlong", "\xC0\x80");
    literal("beyond", "\xF4\x90\x80\x80");
    literal("noncharacter", "\xEF\xBF\xBF");
    literal("last", "\xF4\x8F\xBF\xBF");
    word("length", "longest", "\xFF\xFF\xFF\x7F", 4);
    word("length", "too_long", "\xFF\xFF\xFF\xFF\x01", 5);
    word("length", "padded", "\x80\x00", 2);
    return 0;
}
