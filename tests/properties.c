/* SPDX-License-Identifier: MIT */
/*
 * Every property in every place, from the tables of section 2.2.2.2 and the packets' own sections,
 * typed anew: what may stand there, once or twice, and with which values.
 */
#include "help.h"

enum type { BYTE, TWO, FOUR, VARINT, TEXT, BINARY, PAIR };

struct row {
    uint8_t id;
    enum type type;
    const char *name;
    const char
        *cells; /* by place: x allowed, c from clients, s from servers, t servers by meaning */
    uint32_t low, high;
    enum mqw_code below, above; /* rules for low - 1 and high + 1; 0: there is no such value */
};

/* C connect, W will, A connack, P publish, a puback, e pubrec, l pubrel, m pubcomp, S subscribe,
   s suback, U unsubscribe, u unsuback, D disconnect, H auth. */
/* clang-format off */
static const struct row rows[] = {
    /*                                             CWAPaelmSsUuDH */
    {0x01, BYTE, "payload_format_indicator",      " x x          ", 0, 1, 0, 0},
    {0x02, FOUR, "message_expiry_interval",       " x x          ", 0, 0xFFFFFFFF, 0, 0},
    {0x03, TEXT, "content_type",                  " x x          ", 0, 0, 0, 0},
    {0x08, TEXT, "response_topic",                " x x          ", 0, 0, 0, 0},
    {0x09, BINARY, "correlation_data",            " x x          ", 0, 0, 0, 0},
    {0x0B, VARINT, "subscription_identifiers",    "   s    x     ", 1, 268435455,
     MQW_RULE_SUBSCRIPTION_IDENTIFIER_ZERO, 0},
    {0x11, FOUR, "session_expiry_interval",       "x x         c ", 0, 0xFFFFFFFF, 0, 0},
    {0x12, TEXT, "assigned_client_identifier",    "  x           ", 0, 0, 0, 0},
    {0x13, TWO, "server_keep_alive",              "  x           ", 0, 65535, 0, 0},
    {0x15, TEXT, "authentication_method",         "x x          x", 0, 0, 0, 0},
    {0x16, BINARY, "authentication_data",         "x x          x", 0, 0, 0, 0},
    {0x17, BYTE, "request_problem_information",   "x             ", 0, 1, 0,
     MQW_RULE_REQUEST_PROBLEM_INFORMATION_VALUE},
    {0x18, FOUR, "will_delay_interval",           " x            ", 0, 0xFFFFFFFF, 0, 0},
    {0x19, BYTE, "request_response_information",  "x             ", 0, 1, 0,
     MQW_RULE_REQUEST_RESPONSE_INFORMATION_VALUE},
    {0x1A, TEXT, "response_information",          "  x           ", 0, 0, 0, 0},
    {0x1C, TEXT, "server_reference",              "  x         t ", 0, 0, 0, 0},
    {0x1F, TEXT, "reason_string",                 "  x xxxx x xxx", 0, 0, 0, 0},
    {0x21, TWO, "receive_maximum",                "x x           ", 1, 65535,
     MQW_RULE_RECEIVE_MAXIMUM_ZERO, 0},
    {0x22, TWO, "topic_alias_maximum",            "x x           ", 0, 65535, 0, 0},
    {0x23, TWO, "topic_alias",                    "   x          ", 1, 65535,
     MQW_RULE_TOPIC_ALIAS_ZERO, 0},
    {0x24, BYTE, "maximum_qos",                   "  x           ", 0, 1, 0,
     MQW_RULE_MAXIMUM_QOS_VALUE},
    {0x25, BYTE, "retain_available",              "  x           ", 0, 1, 0,
     MQW_RULE_RETAIN_AVAILABLE_VALUE},
    {0x26, PAIR, "user_properties",               "xxxxxxxxxxxxxx", 0, 0, 0, 0},
    {0x27, FOUR, "maximum_packet_size",           "x x           ", 1, 0xFFFFFFFF,
     MQW_RULE_MAXIMUM_PACKET_SIZE_ZERO, 0},
    {0x28, BYTE, "wildcard_subscription_available", "  x           ", 0, 1, 0,
     MQW_RULE_WILDCARD_SUBSCRIPTION_AVAILABLE_VALUE},
    {0x29, BYTE, "subscription_identifier_available", "  x           ", 0, 1, 0,
     MQW_RULE_SUBSCRIPTION_IDENTIFIER_AVAILABLE_VALUE},
    {0x2A, BYTE, "shared_subscription_available", "  x           ", 0, 1, 0,
     MQW_RULE_SHARED_SUBSCRIPTION_AVAILABLE_VALUE},
};
/* clang-format on */

/* Packets around a block; in the notation of help.h. */
static const struct place {
    const char *name, *before, *after;
    uint8_t senders;
} places[] = {
    {"CONNECT", "10{('MQTT') 05 02 0000 {", "} ('c')}", MQW_CLIENT},
    {"will", "10{('MQTT') 05 06 0000 00 ('c') {", "} ('t') ('p')}", MQW_CLIENT},
    {"CONNACK", "20{00 00 {", "}}", MQW_SERVER},
    {"PUBLISH", "30{('t') {", "} 'x'}", MQW_EITHER},
    {"PUBACK", "40{0001 00 {", "}}", MQW_EITHER},
    {"PUBREC", "50{0001 00 {", "}}", MQW_EITHER},
    {"PUBREL", "62{0001 00 {", "}}", MQW_EITHER},
    {"PUBCOMP", "70{0001 00 {", "}}", MQW_EITHER},
    {"SUBSCRIBE", "82{0001 {", "} ('a') 00}", MQW_CLIENT},
    {"SUBACK", "90{0001 {", "} 00}", MQW_SERVER},
    {"UNSUBSCRIBE", "A2{0001 {", "} ('a')}", MQW_CLIENT},
    {"UNSUBACK", "B0{0001 {", "} 00}", MQW_SERVER},
    {"DISCONNECT", "E0{00 {", "}}", MQW_EITHER},
    {"AUTH", "F0{18 {", "}}", MQW_EITHER},
};
enum { CONNECT, WILL, CONNACK, PUBLISH, SUBSCRIBE = 8, DISCONNECT = 12, AUTH, PLACES };

/* What else has to be in the block: a method with data, and in AUTH. */
static const char *company(const struct row *row, size_t place)
{
    return (place == AUTH && row->id != 0x15) || (place == CONNECT && row->id == 0x16) ? "15('m')"
                                                                                       : "";
}

static void add_value(char *out, const struct row *row, uint32_t value)
{
    unsigned v = value;
    switch (row->type) {
    case BYTE:
        sprintf(out, "%02X", v);
        break;
    case TWO:
        sprintf(out, "%04X", v);
        break;
    case FOUR:
        sprintf(out, "%08X", v);
        break;
    case VARINT:
        if (v < 128)
            sprintf(out, "%02X", v);
        else
            sprintf(out, "%02X%02X%02X%02X", (v & 127) | 128, (v >> 7 & 127) | 128,
                    (v >> 14 & 127) | 128, v >> 21);
        break;
    case TEXT:
    case BINARY:
        strcpy(out, "('v')");
        break;
    case PAIR:
        strcpy(out, "('k')('v')");
        break;
    }
}

/* Decodes; fails unless that gives rule (0: OK), at the mark and with the field. */
static struct mqw_result decodes(const struct row *row, size_t place, uint8_t sender,
                                 const char *block, enum mqw_code rule)
{
    char text[400], field[200];
    struct mqw_options options = options_of(5, sender);
    struct mqw_result r;
    struct wire wire;
    snprintf(text, sizeof text, "%s%s%s%s", places[place].before, company(row, place), block,
             places[place].after);
    wire = wire_of(5, text);
    r = expect_laws(wire.ptr, wire.len, &options);
    ck_assert_msg(r.code == rule, "%s from %u: %s, wanted %s", text, sender, code_name(r.code),
                  code_name(rule));
    if (rule) {
        ck_assert_msg(r.offset == wire.mark && r.size == wire.len, "%s: offset %lu", text,
                      (unsigned long)r.offset);
        mqw_decode_field(wire.ptr, wire.len, &options, field, sizeof field);
        ck_assert_msg(strstr(field, row->name), "%s: field %s", text, field);
        ck_assert_msg((place == WILL) == !strncmp(field, "will.properties", 15), "%s: field %s",
                      text, field);
    }
    wire_free(&wire);
    return r;
}

/* The rule that a property of this cell breaks by being there. */
static enum mqw_code wrong_here(const struct row *row, size_t place, uint8_t sender)
{
    char cell = row->cells[place];
    if (cell == ' ')
        return MQW_RULE_PROPERTY_MISPLACED;
    if (cell == 's' && sender == MQW_CLIENT)
        return MQW_RULE_SUBSCRIPTION_IDENTIFIER_FROM_CLIENT;
    if (cell == 'c' && sender == MQW_SERVER)
        return MQW_RULE_DISCONNECT_SESSION_EXPIRY;
    return MQW_OK;
}

static bool may_send(size_t place, uint8_t sender)
{
    return sender == MQW_NEITHER || places[place].senders & sender;
}

START_TEST(decoding)
{
    const struct row *row = &rows[_i];
    for (size_t place = 0; place < PLACES; place++)
        for (uint8_t sender = 0; sender <= 2; sender++) {
            char value[40], block[200];
            enum mqw_code wrong = wrong_here(row, place, sender);
            if (!may_send(place, sender))
                continue;
            add_value(value, row, row->high);
            snprintf(block, sizeof block, "%s%02X%s", wrong ? "!" : "", row->id, value);
            decodes(row, place, sender, block, wrong);
            if (wrong)
                continue;
            add_value(value, row, row->low);
            snprintf(block, sizeof block, "%02X%s", row->id, value);
            decodes(row, place, sender, block, MQW_OK);

            bool again = row->type == PAIR || (row->id == 0x0B && place == PUBLISH);
            snprintf(block, sizeof block, "%02X%s%s%02X%s", row->id, value, again ? "" : "!",
                     row->id, value);
            decodes(row, place, sender, block, again ? MQW_OK : MQW_RULE_PROPERTY_REPEATED);
            /* Not the same value either, and not beside each other. */
            snprintf(block, sizeof block, "%02X%s 26('a')('b') %s%02X%s", row->id, value,
                     again ? "" : "!", row->id, value);
            decodes(row, place, sender, block, again ? MQW_OK : MQW_RULE_PROPERTY_REPEATED);
            if (row->below) {
                add_value(value, row, row->low - 1);
                snprintf(block, sizeof block, "%02X!%s", row->id, value);
                decodes(row, place, sender, block, row->below);
            }
            if (row->above) {
                add_value(value, row, row->high + 1);
                snprintf(block, sizeof block, "%02X!%s", row->id, value);
                decodes(row, place, sender, block, row->above);
                add_value(value, row, 0xFF);
                snprintf(block, sizeof block, "%02X!%s", row->id, value);
                decodes(row, place, sender, block, row->above);
            }
        }
}
END_TEST

/* ---- Encoding ----------------------------------------------------------------------------------
 */

static struct mqw_properties *properties_of(struct mqw_packet *packet, size_t place)
{
    switch (packet->type) {
    case MQW_CONNECT:
        return place == WILL ? &packet->connect.will.properties : &packet->connect.properties;
    case MQW_CONNACK:
        return &packet->connack.properties;
    case MQW_PUBLISH:
        return &packet->publish.properties;
    case MQW_SUBSCRIBE:
        return &packet->subscribe.properties;
    case MQW_UNSUBSCRIBE:
        return &packet->unsubscribe.properties;
    case MQW_SUBACK:
    case MQW_UNSUBACK:
        return &packet->suback.properties;
    case MQW_DISCONNECT:
    case MQW_AUTH:
        return &packet->disconnect.properties;
    default:
        return &packet->ack.properties;
    }
}

static uint32_t ids[2];
static struct mqw_pair pairs[2];

#define SET_BYTE(member)    mqw_set_##member(p, (uint8_t)value)
#define SET_TWO(member)     mqw_set_##member(p, (uint16_t)value)
#define SET_FOUR(member)    mqw_set_##member(p, value)
#define SET_VARINTS(member) mqw_set_##member(p, (ids[0] = ids[1] = value, mqw_ids(ids, count)))
#define SET_TEXT(member)    mqw_set_##member(p, mqw_text("v"))
#define SET_TOPIC(member)   SET_TEXT(member)
#define SET_BINARY(member)  SET_TEXT(member)
#define SET_PAIRS(member)   mqw_set_##member(p, mqw_pairs(pairs, count))

static void set(struct mqw_properties *p, uint8_t id, uint32_t value, size_t count)
{
    for (size_t i = 0; i < 2; i++) {
        pairs[i].name = mqw_text("k");
        pairs[i].value = mqw_text("v");
    }
    switch (id) {
#define MQW_ROW(number, NAME, member, TYPE, in, low, high, rule, text)                             \
    case (number):                                                                                 \
        SET_##TYPE(member);                                                                        \
        break;
        MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    default:
        ck_abort_msg("no property %u", id);
    }
}

/* Sets the property in a packet that has no other, and encodes. */
static void encodes(const struct row *row, size_t place, uint8_t sender, uint32_t value,
                    size_t count, enum mqw_code rule)
{
    char text[400], shown[40], field[200];
    uint8_t out[200];
    struct mqw_options options = options_of(5, sender);
    struct mqw_packet packet;
    struct mqw_result r;
    struct wire bare, wanted;
    size_t used;
    snprintf(text, sizeof text, "%s%s%s", places[place].before, place == AUTH ? "15('m')" : "",
             places[place].after);
    bare = wire_of(5, text);
    ck_assert_int_eq(mqw_decode(bare.ptr, bare.len, &options, &packet).code, MQW_OK);
    if (*company(row, place))
        mqw_set_authentication_method(properties_of(&packet, place), mqw_text("m"));
    set(properties_of(&packet, place), row->id, value, count);

    add_value(shown, row, value);
    used = (size_t)snprintf(text, sizeof text, "%s%s%02X%s", places[place].before,
                            row->id > 0x15 ? company(row, place) : "", row->id, shown);
    if (count == 2)
        used += (size_t)snprintf(text + used, sizeof text - used, "%02X%s", row->id, shown);
    snprintf(text + used, sizeof text - used, "%s", places[place].after);
    wanted = wire_of(5, text);

    r = mqw_encode(&packet, &options, out, sizeof out);
    ck_assert_msg(r.code == rule, "encoding %s from %u: %s, wanted %s", text, sender,
                  code_name(r.code), code_name(rule));
    if (rule) {
        mqw_encode_field(&packet, &options, out, sizeof out, field, sizeof field);
        ck_assert_msg(strstr(field, row->name), "%s: field %s", text, field);
        ck_assert_msg((place == WILL) == !strncmp(field, "will.properties", 15), "%s: field %s",
                      text, field);
    } else {
        ck_assert_msg(r.size == wanted.len && !memcmp(out, wanted.ptr, wanted.len),
                      "%s encodes to %s", text, hex_of(out, r.size));
    }
    wire_free(&bare);
    wire_free(&wanted);
}

START_TEST(encoding)
{
    const struct row *row = &rows[_i];
    for (size_t place = 0; place < PLACES; place++)
        for (uint8_t sender = 0; sender <= 2; sender++) {
            enum mqw_code wrong = wrong_here(row, place, sender);
            if (!may_send(place, sender))
                continue;
            encodes(row, place, sender, row->high, 1, wrong);
            if (wrong)
                continue;
            encodes(row, place, sender, row->low, 1, MQW_OK);
            if (row->type == PAIR || (row->id == 0x0B && place == PUBLISH))
                encodes(row, place, sender, row->low, 2, MQW_OK);
            if (row->id == 0x0B && place == SUBSCRIBE)
                encodes(row, place, sender, row->low, 2, MQW_RULE_PROPERTY_REPEATED);
            if (row->below)
                encodes(row, place, sender, row->low - 1, 1, row->below);
            if (row->above)
                encodes(row, place, sender, row->high + 1, 1, row->above);
        }
}
END_TEST

/* Left free by the text, and refused where asked for. */
/* A packet with every property of its place, from the first or from the last, read the quick way or
   the telling one. */
static char *all_of(size_t place, bool from_last, bool telling)
{
    char text[1000], block[900] = "";
    struct mqw_options options = options_of(5, 0);
    struct mqw_packet packet;
    struct wire wire;
    char *told;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *row = &rows[from_last ? COUNT(rows) - 1 - i : i];
        if (row->cells[place] == ' ')
            continue;
        sprintf(block + strlen(block), " %02X", row->id);
        add_value(block + strlen(block), row, row->high & 0x01010101);
        if (row->cells[place] != 'x')
            options.sender = row->cells[place] == 'c' ? MQW_CLIENT : MQW_SERVER;
    }
    if (place == DISCONNECT) /* where each sender has one of its own */
        options.sender = MQW_NEITHER;
    options.refuse = telling ? MQW_REFUSE_CONTROL_CHARACTERS : 0;
    snprintf(text, sizeof text, "%s%s%s", places[place].before, block, places[place].after);
    wire = wire_of(5, text);
    ck_assert_int_eq(mqw_decode(wire.ptr, wire.len, &options, &packet).code, MQW_OK);
    told = packet_text(&packet);
    wire_free(&wire);
    return told;
}

START_TEST(any_order)
{
    char *first = all_of((size_t)_i, false, false);
    for (int way = 1; way < 4; way++) {
        char *other = all_of((size_t)_i, way & 1, way & 2);
        ck_assert_str_eq(first, other);
        free(other);
    }
    free(first);
}
END_TEST

START_TEST(wishes)
{
    struct mqw_options options = options_of(5, MQW_CLIENT);
    struct wire format = wire_of(5, "30{('t') {01 02}}");
    struct wire reference = wire_of(5, "E0{00 {1C('v')}}");
    ck_assert_int_eq(expect_laws(format.ptr, format.len, &options).code, MQW_OK);
    ck_assert_int_eq(expect_laws(reference.ptr, reference.len, &options).code, MQW_OK);
    options.refuse = MQW_REFUSE_PAYLOAD_FORMAT | MQW_REFUSE_CLIENT_REFERENCE;
    ck_assert_int_eq(expect_laws(format.ptr, format.len, &options).code,
                     MQW_RULE_PAYLOAD_FORMAT_INDICATOR_VALUE);
    ck_assert_int_eq(expect_laws(reference.ptr, reference.len, &options).code,
                     MQW_RULE_DISCONNECT_SERVER_REFERENCE);
    wire_free(&format);
    wire_free(&reference);
}
END_TEST

/* Identifiers of one byte: what is not in the table is unknown, in every place. */
START_TEST(unknown)
{
    for (unsigned id = 0; id < 128; id++) {
        struct row none = {(uint8_t)id, BYTE, "properties", "", 0, 0, 0, 0};
        char block[40];
        bool known = false;
        for (size_t i = 0; i < COUNT(rows); i++)
            known = known || rows[i].id == id;
        if (known)
            continue;
        snprintf(block, sizeof block, "!%02X 00", id);
        for (size_t place = 0; place < PLACES; place++)
            decodes(&none, place, MQW_NEITHER, block, MQW_RULE_PROPERTY_UNKNOWN);
    }
}
END_TEST

/* An identifier is a variable byte integer: section 2.2.2.2. */
START_TEST(long_identifiers)
{
    static const struct row none = {0, BYTE, "properties", "", 0, 0, 0, 0};
    static const struct {
        const char *block;
        enum mqw_code rule;
    } cases[] = {
        {"!81 00 01", MQW_RULE_INTEGER_PADDED},
        {"!A6 80 00 (61) (62)", MQW_RULE_INTEGER_PADDED},
        {"!81 80 80 80 00 01", MQW_RULE_INTEGER_TOO_LONG},
        {"!80", MQW_RULE_PROPERTY_OVERRUN},
        {"!81 01 00", MQW_RULE_PROPERTY_UNKNOWN},
        {"!FF FF FF 7F", MQW_RULE_PROPERTY_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t place = 0; place < PLACES; place++)
            decodes(&none, place, MQW_NEITHER, cases[i].block, cases[i].rule);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("properties");
    tcase_add_loop_test(tcase, decoding, 0, (int)COUNT(rows));
    tcase_add_loop_test(tcase, encoding, 0, (int)COUNT(rows));
    tcase_add_loop_test(tcase, any_order, 0, PLACES);
    tcase_add_test(tcase, wishes);
    tcase_add_test(tcase, unknown);
    tcase_add_test(tcase, long_identifiers);
    return run_case("properties", tcase);
}
