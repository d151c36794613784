/* SPDX-License-Identifier: MIT */
/* Every prefix, every smaller buffer, every byte changed: of all packets in packets.c. */
#include "packets.h"

/* How many bytes a header of this packet takes, read by hand. */
static size_t header_size(struct wire wire)
{
    size_t at = 1;
    while (wire.ptr[at] & 0x80)
        at++;
    return at + 1;
}

static void whole(const struct sample *sample, uint8_t version, struct wire wire)
{
    struct mqw_options options =
        options_of(version, sample->sender == MQW_EITHER ? 0 : sample->sender);
    struct mqw_options connect = options_of(0, MQW_CLIENT);
    struct mqw_result r = expect_laws(wire.ptr, wire.len, &options);
    struct mqw_packet packet;
    struct wire made;
    ck_assert_msg(r.code == MQW_OK && r.size == wire.len, "%s of %u: %s at %lu", sample->name,
                  version, code_name(r.code), (unsigned long)r.offset);
    mqw_decode(wire.ptr, wire.len, &options, &packet);
    ck_assert_uint_eq(packet.version, version);
    ck_assert_uint_eq(packet.type, wire.ptr[0] >> 4);
    made = encode_exactly(&packet, &options);
    if (sample->canonical)
        ck_assert_msg(made.len == wire.len && !memcmp(made.ptr, wire.ptr, wire.len),
                      "%s of %u encodes to %s", sample->name, version, hex_of(made.ptr, made.len));
    else
        ck_assert_msg(made.len != wire.len || memcmp(made.ptr, wire.ptr, wire.len),
                      "%s of %u is canonical", sample->name, version);
    wire_free(&made);

    /* Without a version a CONNECT says it itself; the others cannot be read. */
    r = expect_laws(wire.ptr, wire.len, &connect);
    if (packet.type == MQW_CONNECT)
        ck_assert_int_eq(r.code, MQW_OK);
    else
        ck_assert_int_eq(r.code, MQW_MISUSE);
}

START_TEST(whole_packets)
{
    each_sample(whole);
}
END_TEST

static void senders(const struct sample *sample, uint8_t version, struct wire wire)
{
    for (uint8_t sender = 0; sender <= 2; sender++) {
        struct mqw_options options = options_of(version, sender);
        struct mqw_packet packet;
        struct mqw_result r = mqw_decode(wire.ptr, wire.len, &options, &packet);
        if (sender == MQW_NEITHER || sample->sender & sender)
            ck_assert_msg(r.code == MQW_OK, "%s from %u: %s", sample->name, sender,
                          code_name(r.code));
        else
            ck_assert_msg(r.code >= MQW_RULE_FIRST, "%s from %u is accepted", sample->name, sender);
    }
}

START_TEST(sides)
{
    each_sample(senders);
}
END_TEST

static void cut(const struct sample *sample, uint8_t version, struct wire wire)
{
    struct mqw_options options = options_of(version, MQW_NEITHER);
    size_t header = header_size(wire);
    for (size_t len = 0; len < wire.len; len++) {
        struct wire prefix = wire_copy(wire.ptr, len);
        struct mqw_result framed = mqw_frame(prefix.ptr, len, &options);
        struct mqw_result r = expect_laws(prefix.ptr, len, &options);
        size_t least = len < header ? len + 1 : wire.len;
        ck_assert_msg(r.code == MQW_MORE, "%s cut at %lu: %s", sample->name, (unsigned long)len,
                      code_name(r.code));
        ck_assert_msg(r.size >= least && r.size <= wire.len, "%s cut at %lu wants %lu",
                      sample->name, (unsigned long)len, (unsigned long)r.size);
        ck_assert_int_eq(framed.code, MQW_MORE);
        ck_assert_uint_eq(framed.size, r.size);
        wire_free(&prefix);
    }
}

START_TEST(prefixes)
{
    each_sample(cut);
}
END_TEST

static void follow(const struct sample *sample, uint8_t version, struct wire wire)
{
    struct mqw_options options = options_of(version, MQW_NEITHER);
    struct wire longer = wire_copy(wire.ptr, wire.len);
    struct mqw_packet packet, alone;
    struct mqw_result r;
    char *one, *other;
    free(longer.ptr);
    longer.ptr = malloc(wire.len + 3);
    ck_assert_ptr_nonnull(longer.ptr);
    memcpy(longer.ptr, wire.ptr, wire.len);
    memset(longer.ptr + wire.len, 0xFF, 3);
    r = expect_laws(longer.ptr, wire.len + 3, &options);
    ck_assert_msg(r.code == MQW_OK && r.size == wire.len, "%s", sample->name);
    mqw_decode(longer.ptr, wire.len + 3, &options, &packet);
    mqw_decode(wire.ptr, wire.len, &options, &alone);
    one = packet_text(&packet);
    other = packet_text(&alone);
    ck_assert_str_eq(one, other);
    free(one);
    free(other);
    wire_free(&longer);
}

START_TEST(what_follows_is_left)
{
    each_sample(follow);
}
END_TEST

static void rooms(const struct sample *sample, uint8_t version, struct wire wire)
{
    struct mqw_options options = options_of(version, MQW_NEITHER);
    struct mqw_packet packet;
    struct mqw_result measured;
    ck_assert_int_eq(mqw_decode(wire.ptr, wire.len, &options, &packet).code, MQW_OK);
    measured = mqw_encode(&packet, &options, NULL, 0);
    ck_assert_int_eq(measured.code, MQW_OK);
    for (size_t cap = 0; cap < measured.size; cap++) {
        uint8_t *out = malloc(cap);
        struct mqw_result r;
        ck_assert(out || !cap);
        if (!out)
            continue; /* NULL measures */
        r = mqw_encode(&packet, &options, out, cap);
        ck_assert_msg(r.code == MQW_SPACE && r.size == measured.size, "%s into %lu: %s %lu",
                      sample->name, (unsigned long)cap, code_name(r.code), (unsigned long)r.size);
        free(out);
    }
}

START_TEST(smaller_buffers)
{
    each_sample(rooms);
}
END_TEST

/* A body that ends early, with a length that says so: cut inside fields instead of by the input. */
static void shorten(const struct sample *sample, uint8_t version, struct wire wire)
{
    struct mqw_options options = options_of(version, MQW_NEITHER);
    size_t header = header_size(wire);
    (void)sample;
    for (size_t body = 0; header + body < wire.len; body++) {
        struct wire shorter = {0};
        struct mqw_result r;
        shorter.ptr = malloc(header + body);
        shorter.len = header + body;
        ck_assert_ptr_nonnull(shorter.ptr);
        memcpy(shorter.ptr, wire.ptr, header + body);
        for (size_t i = 1, left = body; i < header; i++, left >>= 7)
            shorter.ptr[i] = (uint8_t)((left & 0x7F) | (i + 1 < header ? 0x80 : 0));
        options.allow = header > 2 && body < 128 ? MQW_ALLOW_PADDED_INTEGERS : 0;
        r = expect_laws(shorter.ptr, shorter.len, &options);
        ck_assert_msg(r.code == MQW_OK || r.code >= MQW_RULE_FIRST, "%s", code_name(r.code));
        ck_assert_uint_eq(r.size, shorter.len);
        wire_free(&shorter);
    }
}

START_TEST(shorter_lengths)
{
    each_sample(shorten);
}
END_TEST

static void flip(const struct sample *sample, uint8_t version, struct wire wire)
{
    static const uint8_t masks[] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20,
                                    0x40, 0x80, 0xFF, 0x7F, 0x81};
    struct mqw_options options =
        options_of(version, sample->sender == MQW_EITHER ? 0 : sample->sender);
    struct wire changed = wire_copy(wire.ptr, wire.len);
    for (size_t at = 0; at < wire.len; at++)
        for (size_t i = 0; i < COUNT(masks); i++) {
            changed.ptr[at] ^= masks[i];
            expect_laws(changed.ptr, changed.len, &options);
            options.allow = MQW_ALLOW_ALL;
            expect_laws(changed.ptr, changed.len, &options);
            options.allow = 0;
            options.refuse = MQW_REFUSE_ALL;
            expect_laws(changed.ptr, changed.len, &options);
            options.refuse = 0;
            changed.ptr[at] ^= masks[i];
        }
    wire_free(&changed);
}

START_TEST(changed_bytes)
{
    each_sample(flip);
}
END_TEST

/* ---- Payloads that stream ----------------------------------------------------------------------
 */

static size_t payload_of(const struct mqw_packet *packet, struct wire wire)
{
    return wire.len - packet->publish.payload.len;
}

static void stream(const struct sample *sample, uint8_t version, struct wire wire)
{
    struct mqw_options options = options_of(version, MQW_NEITHER);
    struct mqw_packet packet, part;
    size_t begins;
    if (wire.ptr[0] >> 4 != MQW_PUBLISH)
        return;
    ck_assert_int_eq(mqw_decode(wire.ptr, wire.len, &options, &packet).code, MQW_OK);
    begins = payload_of(&packet, wire);
    options.partial = true;
    for (size_t len = 0; len <= wire.len; len++) {
        struct wire prefix = wire_copy(wire.ptr, len);
        struct mqw_result r = expect_laws(prefix.ptr, len, &options);
        if (len < begins) {
            ck_assert_msg(r.code == MQW_MORE && r.size > len && r.size <= begins,
                          "%s cut at %lu of %lu: %s %lu", sample->name, (unsigned long)len,
                          (unsigned long)begins, code_name(r.code), (unsigned long)r.size);
        } else {
            ck_assert_msg(r.code == MQW_OK && r.size == wire.len, "%s cut at %lu: %s %lu",
                          sample->name, (unsigned long)len, code_name(r.code),
                          (unsigned long)r.size);
            mqw_decode(prefix.ptr, len, &options, &part);
            ck_assert_uint_eq(part.publish.payload.len, len - begins);
            ck_assert(len == begins || part.publish.payload.ptr == prefix.ptr + begins);
            ck_assert_uint_eq(part.publish.topic.len, packet.publish.topic.len);
            ck_assert_uint_eq(part.publish.packet_id, packet.publish.packet_id);
        }
        wire_free(&prefix);
    }
}

START_TEST(partial_decoding)
{
    each_sample(stream);
}
END_TEST

static void stop_early(const struct sample *sample, uint8_t version, struct wire wire)
{
    struct mqw_options options = options_of(version, MQW_NEITHER);
    struct mqw_packet packet;
    struct mqw_result r;
    struct wire all, head;
    size_t payload;
    if (wire.ptr[0] >> 4 != MQW_PUBLISH)
        return;
    ck_assert_int_eq(mqw_decode(wire.ptr, wire.len, &options, &packet).code, MQW_OK);
    all = encode_exactly(&packet, &options);
    payload = packet.publish.payload.len;
    packet.publish.payload.ptr = NULL;
    options.partial = true;
    head = encode_exactly(&packet, &options);
    ck_assert_msg(head.len + payload == all.len && !memcmp(head.ptr, all.ptr, head.len), "%s: %s",
                  sample->name, hex_of(head.ptr, head.len));
    r = mqw_encode(&packet, &options, head.ptr, head.len - 1);
    ck_assert_int_eq(r.code, MQW_SPACE);
    ck_assert_uint_eq(r.size, head.len);
    wire_free(&all);
    wire_free(&head);
}

START_TEST(partial_encoding)
{
    each_sample(stop_early);
}
END_TEST

/* Other packets are the same with and without `partial`. */
static void not_publish(const struct sample *sample, uint8_t version, struct wire wire)
{
    struct mqw_options options = options_of(version, MQW_NEITHER);
    (void)sample;
    if (wire.ptr[0] >> 4 == MQW_PUBLISH)
        return;
    options.partial = true;
    for (size_t len = 0; len <= wire.len; len++) {
        struct wire prefix = wire_copy(wire.ptr, len);
        struct mqw_result r = expect_laws(prefix.ptr, len, &options);
        ck_assert_int_eq(r.code, len < wire.len ? MQW_MORE : MQW_OK);
        wire_free(&prefix);
    }
}

START_TEST(partial_is_for_publish)
{
    each_sample(not_publish);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        whole_packets,    sides,
        prefixes,         what_follows_is_left,
        smaller_buffers,  shorter_lengths,
        changed_bytes,    partial_decoding,
        partial_encoding, partial_is_for_publish,
    };
    return run("prefixes", tests, COUNT(tests));
}
