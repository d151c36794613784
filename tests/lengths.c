/* SPDX-License-Identifier: MIT */
/*
 * Which Remaining Lengths a packet can have, and which flags: every length of every packet up to
 * the whole of one, against the lengths that the text allows.
 */
#include "help.h"

static const struct row {
    uint8_t type, flags, version;
    const char *body;  /* cut after 0, 1, 2, ... bytes */
    const char *legal; /* the lengths, from 0 on: 0 to 9, then : ; < = */
    uint32_t allow;
} rows[] = {
    {MQW_CONNACK, 0, 4, "0000 00", "2", 0},
    {MQW_PUBACK, 0, 4, "0001 00", "2", 0},
    {MQW_PUBREC, 0, 4, "0001 00", "2", 0},
    {MQW_PUBREL, 2, 4, "0001 00", "2", 0},
    {MQW_PUBCOMP, 0, 4, "0001 00", "2", 0},
    {MQW_UNSUBACK, 0, 4, "0001 00", "2", 0},
    {MQW_PINGREQ, 0, 4, "00 00", "0", 0},
    {MQW_PINGRESP, 0, 4, "00 00", "0", 0},
    {MQW_DISCONNECT, 0, 4, "00 00", "0", 0},
    {MQW_SUBACK, 0, 4, "0001 00 01 02 80 00", "34567", 0},
    {MQW_SUBSCRIBE, 2, 4, "0001 ('a') 00", "6", 0},
    {MQW_UNSUBSCRIBE, 2, 4, "0001 ('a')", "5", 0},
    {MQW_CONNECT, 0, 4, "('MQTT') 04 02 0000 () 00", "<", 0},
    {MQW_PUBLISH, 0, 4, "('a') 7878", "345", 0},
    {MQW_PUBLISH, 2, 4, "('a') 0001 7878", "567", 0},
    {MQW_PUBLISH, 4, 4, "('a') 0001 7878", "567", 0},

    {MQW_CONNACK, 0, 5, "0000 00 00", "3", 0},
    {MQW_PUBACK, 0, 5, "0001 00 00 00", "234", 0},
    {MQW_PUBREC, 0, 5, "0001 10 00 00", "234", 0},
    {MQW_PUBREL, 2, 5, "0001 92 00 00", "234", 0},
    {MQW_PUBCOMP, 0, 5, "0001 92 00 00", "234", 0},
    {MQW_PUBACK, 0, 5, "0001 00 {1F('w')}", "238", 0},
    {MQW_SUBACK, 0, 5, "0001 00 00 01 80", "456", 0},
    {MQW_UNSUBACK, 0, 5, "0001 00 00 11 80", "456", 0},
    {MQW_PINGREQ, 0, 5, "00 00 00 00", "0", 0},
    {MQW_PINGRESP, 0, 5, "00 00 00 00", "0", 0},
    {MQW_DISCONNECT, 0, 5, "00 00 00", "012", 0},
    {MQW_DISCONNECT, 0, 5, "81 {1F('w')}", "016", 0},
    {MQW_AUTH, 0, 5, "18 {15('m')} 00", "6", 0},
    {MQW_AUTH, 0, 5, "00 00 00", "", 0},
    {MQW_AUTH, 0, 5, "00 00 00", "012", MQW_ALLOW_MISSING_METHOD},
    {MQW_SUBSCRIBE, 2, 5, "0001 00 ('a') 00", "7", 0},
    {MQW_UNSUBSCRIBE, 2, 5, "0001 00 ('a')", "6", 0},
    {MQW_CONNECT, 0, 5, "('MQTT') 05 02 0000 00 () 00", "=", 0},
    {MQW_PUBLISH, 0, 5, "('a') 00 7878", "456", 0},
    {MQW_PUBLISH, 0, 5, "() {23 0001} 78", "67", 0},
    {MQW_PUBLISH, 2, 5, "('a') 0001 00 7878", "678", 0},
};

START_TEST(remaining_lengths)
{
    const struct row *row = &rows[_i];
    struct wire body = wire_of(row->version, row->body);
    struct mqw_options options = options_of(row->version, MQW_NEITHER);
    options.allow = row->allow;
    for (size_t len = 0; len <= body.len; len++) {
        struct wire wire = {malloc(len + 2), len + 2, 0, false};
        struct mqw_result r;
        bool good = strchr(row->legal, (int)('0' + len)) != NULL;
        wire.ptr[0] = (uint8_t)(row->type << 4 | row->flags);
        wire.ptr[1] = (uint8_t)len;
        memcpy(wire.ptr + 2, body.ptr, len);
        r = expect_laws(wire.ptr, wire.len, &options);
        ck_assert_msg(good ? r.code == MQW_OK : r.code >= MQW_RULE_FIRST, "%s of %u: %s",
                      hex_of(wire.ptr, wire.len), row->version, code_name(r.code));
        ck_assert_uint_eq(r.size, wire.len);
        if (!good)
            ck_assert_msg(
                mqw_rule_of(r.code)->kind == MQW_CLASS_MALFORMED ||
                    r.code == MQW_RULE_AUTH_METHOD_MISSING || r.code == MQW_RULE_TOPIC_EMPTY ||
                    r.code == MQW_RULE_SUBSCRIBE_EMPTY || r.code == MQW_RULE_UNSUBSCRIBE_EMPTY,
                "%s of %u: %s", hex_of(wire.ptr, wire.len), row->version, code_name(r.code));
        wire_free(&wire);
    }
    wire_free(&body);
}
END_TEST

/* The least packets of each type, as they would be with other flags. */
START_TEST(flags)
{
    static const struct {
        uint8_t type;
        const char *legal; /* nibbles */
        const char *body;
    } types[] = {
        {0, "", "{}"},
        {MQW_CONNECT, "0", "{('MQTT') % 02 0000 ~ ()}"},
        {MQW_CONNACK, "0", "{00 00 ~}"},
        {MQW_PUBLISH, "012345:;<=", "{('a') 0001 ~}"},
        {MQW_PUBACK, "0", "{0001}"},
        {MQW_PUBREC, "0", "{0001}"},
        {MQW_PUBREL, "2", "{0001}"},
        {MQW_PUBCOMP, "0", "{0001}"},
        {MQW_SUBSCRIBE, "2", "{0001 ~ ('a') 00}"},
        {MQW_SUBACK, "0", "{0001 ~ 00}"},
        {MQW_UNSUBSCRIBE, "2", "{0001 ~ ('a')}"},
        {MQW_UNSUBACK, "0", "{0001 [00 00]}"},
        {MQW_PINGREQ, "0", "{}"},
        {MQW_PINGRESP, "0", "{}"},
        {MQW_DISCONNECT, "0", "{}"},
        {MQW_AUTH, "0", "{18 {15('m')}}"},
    };
    for (size_t i = 0; i < COUNT(types); i++)
        for (unsigned nibble = 0; nibble < 16; nibble++)
            for (uint8_t version = 4; version <= 5; version++) {
                struct mqw_options options = options_of(version, MQW_NEITHER);
                bool good = strchr(types[i].legal, (int)('0' + nibble)) &&
                            !(types[i].type == MQW_AUTH && version == 4);
                char text[80];
                struct wire wire;
                struct mqw_result r;
                /* At QoS 0 there is no identifier: the two bytes are an empty block and payload. */
                const char *body =
                    types[i].type == MQW_PUBLISH && !(nibble & 6) ? "{('a') 00 01}" : types[i].body;
                snprintf(text, sizeof text, "%X%X%s", types[i].type, nibble, body);
                wire = wire_of(version, text);
                r = expect_laws(wire.ptr, wire.len, &options);
                ck_assert_msg(good ? r.code == MQW_OK
                                   : r.code >= MQW_RULE_FIRST && r.offset == 0 &&
                                         mqw_rule_of(r.code)->kind == MQW_CLASS_MALFORMED,
                              "%s of %u: %s at %lu", text, version, code_name(r.code),
                              (unsigned long)r.offset);
                wire_free(&wire);
            }
}
END_TEST

/* Payloads of all sizes behind topics of ASCII and of more, whole and left out. */
START_TEST(payloads)
{
    static const char *const topics[] = {"a", "\xC3\xA9/\xE2\x82\xAC"};
    const char *topic = topics[_i];
    for (size_t len = 0; len <= 300; len++) {
        struct mqw_options options = options_of(4, MQW_CLIENT);
        struct mqw_packet packet = {.type = MQW_PUBLISH};
        size_t body = 2 + strlen(topic) + len;
        size_t head = (body < 128 ? 2u : 3u) + 2 + strlen(topic); /* bytes before the payload */
        struct wire payload = {malloc(len + 1), len, 0, false};
        struct wire out = {malloc(head + len), head + len, 0, false};
        for (size_t i = 0; i < len; i++)
            payload.ptr[i] = (uint8_t)(7 * i + 3);
        packet.publish.topic = mqw_text(topic);
        packet.publish.payload = mqw_view(payload.ptr, len);
        for (int partial = 0; partial <= 1; partial++) {
            struct mqw_result r;
            options.partial = partial;
            memset(out.ptr, 0xEE, out.len);
            r = mqw_encode(&packet, &options, out.ptr, partial ? head : out.len);
            ck_assert_int_eq(r.code, MQW_OK);
            ck_assert_uint_eq(r.size, partial ? head : out.len);
            ck_assert_uint_eq(out.ptr[0], 0x30);
            ck_assert_uint_eq(out.ptr[1], body < 128 ? body : (body & 127) | 128);
            ck_assert(memcmp(out.ptr + head - strlen(topic), topic, strlen(topic)) == 0);
            for (size_t i = 0; i < len; i++)
                ck_assert_uint_eq(out.ptr[head + i], partial ? 0xEE : payload.ptr[i]);
            r = mqw_encode(&packet, &options, out.ptr, (partial ? head : out.len) - 1);
            ck_assert_int_eq(r.code, MQW_SPACE);
        }
        wire_free(&payload);
        wire_free(&out);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("lengths");
    tcase_add_loop_test(tcase, remaining_lengths, 0, (int)COUNT(rows));
    tcase_add_test(tcase, flags);
    tcase_add_loop_test(tcase, payloads, 0, 2);
    return run_case("lengths", tcase);
}
