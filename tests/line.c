/* SPDX-License-Identifier: MIT */
/* Packets as lines of text. */
#include "help.h"

struct row {
    uint8_t version;
    const char *bytes;
    const char *line;
};

static const struct row rows[] = {
    {5, "", "(0 of 2 bytes)"},
    {5, "30", "PUBLISH (1 of 2 bytes)"},
    {4, "D000", "PINGRESP"},
    {4, "0000", "RESERVED !type_reserved at 0"},
    {5, "0000", "RESERVED !type_reserved at 0"},
    {0, "3000", "!misuse"},

    /* Bits that are set, numbers, texts; payloads by their size. */
    {4, "30{('a') 62}", "PUBLISH topic=\"a\" payload=(1 byte)"},
    {4, "30{('a')}", "PUBLISH topic=\"a\""},
    {4, "3D{('a') 000A 6869}",
     "PUBLISH retain qos=2 dup topic=\"a\" packet_id=10 payload=(2 bytes)"},
    {4, "39{('a')}", "PUBLISH retain dup !dup_qos_0 at 0"},
    {5, "30 0A ('a') 00 6162", "PUBLISH topic=\"a\" payload=(2 bytes, and more) (8 of 12 bytes)"},
    {5, "30 07 ('a') 00 6162", "PUBLISH topic=\"a\" payload=(2 bytes, and more) (8 of 9 bytes)"},
    {5, "32{('a') 000A {01 01 08('r') 09('c') 26('k')('v') 0B07}}",
     "PUBLISH qos=1 topic=\"a\" packet_id=10 payload_format_indicator=1 response_topic=\"r\" "
     "correlation_data=(1 byte) \"k\"=\"v\" subscription_identifiers=7"},

    {5, "30{('a') {03()}}", "PUBLISH topic=\"a\" content_type=\"\""},

    /* A password by its size, a will with its name. */
    {4, "10{('MQTT') 04 EE 003C ('id') ('w') ('m') ('u') ('secret')}",
     "CONNECT protocol_version=4 will.retain will.qos=1 clean_start keep_alive=60 "
     "client_id=\"id\" will.topic=\"w\" will.payload=(1 byte) username=\"u\" password=(6 bytes)"},
    {5, "10{('MQTT') 05 06 0000 {11 0000000A} () {18 00000005 03('t')} ('w') ()}",
     "CONNECT protocol_version=5 clean_start keep_alive=0 session_expiry_interval=10 "
     "client_id=\"\" will.will_delay_interval=5 will.content_type=\"t\" will.topic=\"w\" "
     "will.payload=(0 bytes)"},

    /* Lists; their rules, with the offset. */
    {5, "82{0001 {26('k')()} ('a/#') 2D ('b') 00}",
     "SUBSCRIBE packet_id=1 \"k\"=\"\" \"a/#\" qos=1 no_local retain_as_published "
     "retain_handling=2 \"b\""},
    {4, "A2{0001 ('a') ('b')}", "UNSUBSCRIBE packet_id=1 \"a\" \"b\""},
    {5, "90{0001 00 01 FE}", "SUBACK packet_id=1 granted_qos_1 0xfe !suback_reason at 6"},
    {4, "90{0001 80}", "SUBACK packet_id=1 failure"},
    {4, "20{01 00}", "CONNACK session_present connection_accepted"},
    {5, "40{0001 10}", "PUBACK packet_id=1 no_matching_subscribers"},
    {5, "E0{8E}", "DISCONNECT session_taken_over"},
    {5, "F0 00", "AUTH !auth_method_missing at 2"},
    {5, "60{0001}", "PUBREL !pubrel_flags at 0"},

    /* Text that a terminal should not get, and text that it may. */
    {4, "30{('a\"b\\c')}", "PUBLISH topic=\"a\\\"b\\\\c\""},
    {4, "30{(C3BC 7E)}", "PUBLISH topic=\"\xC3\xBC~\""},
    {4, "30{(C3BC 1B 7E 7F 20)}", "PUBLISH topic=\"\\xc3\\xbc\\x1b~\\x7f \""},
    {4, "30{(41 FF)}", "PUBLISH topic=\"A\\xff\" !topic_utf8 at 4"},
    {4, "30{(00)}", "PUBLISH topic=\"\\x00\" !topic_nul at 4"},
};

START_TEST(lines)
{
    const struct row *row = &rows[_i];
    struct mqw_options options = options_of(row->version, MQW_NEITHER);
    struct wire wire = wire_of(row->version, row->bytes);
    char line[300];
    size_t len = mqw_line(wire.ptr, wire.len, &options, line, sizeof line);
    ck_assert_str_eq(line, row->line);
    ck_assert_uint_eq(len, strlen(line));
    wire_free(&wire);
}
END_TEST

/* Not within a character: an e with an accent has two bytes, a euro sign three, a clef four. */
START_TEST(lines_are_cut_between_characters)
{
    struct mqw_options options = options_of(4, MQW_NEITHER);
    struct wire wire = wire_of(4, "30{('a' C3A9 E282AC F09D849E 'b')}");
    static const char whole[] = "PUBLISH topic=\"a\xC3\xA9\xE2\x82\xAC\xF0\x9D\x84\x9E"
                                "b\"";
    static const struct {
        size_t cap, len;
    } cuts[] = {
        {1, 0},   {16, 15}, {17, 16}, {18, 16}, {19, 18}, {20, 18}, {21, 18}, {22, 21},
        {23, 21}, {24, 21}, {25, 21}, {26, 25}, {27, 26}, {28, 27}, {29, 27},
    };
    for (size_t i = 0; i < COUNT(cuts); i++) {
        char *line = malloc(cuts[i].cap);
        ck_assert_ptr_nonnull(line);
        ck_assert_uint_eq(mqw_line(wire.ptr, wire.len, &options, line, cuts[i].cap), 27);
        ck_assert_uint_eq(strlen(line), cuts[i].len);
        ck_assert(memcmp(line, whole, cuts[i].len) == 0);
        free(line);
    }
    wire_free(&wire);
}
END_TEST

START_TEST(nothing_has_a_line)
{
    struct mqw_options options = options_of(5, MQW_NEITHER);
    struct mqw_packet packet;
    char line[32];
    ck_assert_uint_eq(mqw_line(NULL, 0, &options, line, sizeof line), 14);
    ck_assert_str_eq(line, "(0 of 2 bytes)");
    packet.type = packet.version = 0xFF;
    ck_assert_int_eq(mqw_decode(NULL, 0, &options, &packet).code, MQW_MORE);
    ck_assert(packet.type == 0 && packet.version == 0);
    ck_assert_uint_eq(mqw_decode_field(NULL, 0, &options, line, sizeof line), 0);
    ck_assert_str_eq(line, "");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("line");
    tcase_add_loop_test(tcase, lines, 0, (int)COUNT(rows));
    tcase_add_test(tcase, nothing_has_a_line);
    tcase_add_test(tcase, lines_are_cut_between_characters);
    return run_case("line", tcase);
}
