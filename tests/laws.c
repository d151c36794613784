/* SPDX-License-Identifier: MIT */
/* What holds for every input, whatever it is. */
#include "help.h"

/* ---- explain's leaves are the bytes of the packet ---------------------------------------------
 */

struct leaves {
    const uint8_t *buf;
    uint32_t next;  /* where the next leaf begins */
    uint32_t octet; /* where the last OCTET was, */
    uint8_t bits;   /* and which of its bits were told */
    bool octet_seen, unread;
};

static uint32_t number_at(const uint8_t *at, uint32_t len)
{
    uint32_t number = 0;
    for (uint32_t i = 0; i < len; i++)
        number = number << 8 | at[i];
    return number;
}

static void expect_bits(struct leaves *l, const struct mqw_field *f)
{
    unsigned mask = ((1U << f->width) - 1) << f->bit;
    ck_assert_msg(l->octet_seen && f->start == l->octet && f->end == f->start + 1,
                  "%s is in no byte of bits", f->path);
    ck_assert_msg(f->width >= 1 && f->bit + f->width <= 8, "%s has no such bits", f->path);
    ck_assert_msg(!(l->bits & mask), "%s was told twice", f->path);
    l->bits |= (uint8_t)mask;
    ck_assert_uint_eq(f->number, (l->buf[f->start] & mask) >> f->bit);
}

static bool see(void *arg, const struct mqw_field *f)
{
    struct leaves *l = arg;
    ck_assert_ptr_nonnull(f->path);
    if (f->kind == MQW_KIND_BITS) {
        expect_bits(l, f);
        return true;
    }
    ck_assert_msg(!f->bit && !f->width, "%s has bits", f->path);
    ck_assert_msg(!l->unread, "%s follows what was not read", f->path);
    ck_assert_msg(f->start == l->next, "%s begins at %lu, not %lu: %s", f->path,
                  (unsigned long)f->start, (unsigned long)l->next, hex_of(l->buf, f->end));
    ck_assert_msg(f->end >= f->start, "%s ends before it begins", f->path);
    l->next = f->end;
    switch (f->kind) {
    case MQW_KIND_OCTET:
        ck_assert_uint_eq(f->end - f->start, 1);
        l->octet = f->start;
        l->octet_seen = true;
        l->bits = 0;
        ck_assert_uint_eq(f->number, l->buf[f->start]);
        break;
    case MQW_KIND_INTEGER:
    case MQW_KIND_REASON:
        /* A Subscription Identifier is the one integer whose first byte may have its top bit set
           and not be the most significant. */
        if (f->end - f->start <= 4 && !strstr(f->path, "subscription_identifiers"))
            ck_assert_uint_eq(f->number, number_at(l->buf + f->start, f->end - f->start));
        break;
    case MQW_KIND_TEXT:
    case MQW_KIND_BINARY:
    case MQW_KIND_UNREAD:
        ck_assert_uint_eq(f->bytes.len, f->end - f->start);
        ck_assert(!f->bytes.len || f->bytes.ptr == l->buf + f->start);
        break;
    default:
        break;
    }
    return true;
}

static void expect_explained(const void *buf, size_t len, const struct mqw_options *options,
                             struct mqw_result decoded)
{
    struct leaves l = {0};
    struct mqw_result told;
    char what[300];
    uint32_t end = decoded.size && decoded.size < len ? decoded.size : (uint32_t)len;
    l.buf = buf;
    told = mqw_explain(buf, len, options, see, &l);
    snprintf(what, sizeof what, "explain of %s", hex_of(buf, len));
    expect_result(told, decoded, what);
    if (decoded.code == MQW_MISUSE)
        return;
    ck_assert_msg(l.next == end, "the leaves end at %lu of %lu: %s", (unsigned long)l.next,
                  (unsigned long)end, hex_of(buf, len));
}

/* ---- names and lines fit what room there is ----------------------------------------------------
 */

static void expect_cut(const char *whole, const char *cut, size_t cap, size_t answer)
{
    ck_assert_uint_eq(answer, strlen(whole));
    ck_assert_uint_lt(strlen(cut), cap);
    ck_assert_msg(strncmp(whole, cut, strlen(cut)) == 0, "\"%s\" does not begin \"%s\"", cut,
                  whole);
    if (strlen(whole) < cap)
        ck_assert_str_eq(whole, cut);
}

static void expect_field_name(const void *buf, size_t len, const struct mqw_options *options,
                              struct mqw_result decoded)
{
    char whole[256];
    size_t wanted = mqw_decode_field(buf, len, options, whole, sizeof whole);
    ck_assert_uint_lt(wanted, sizeof whole);
    ck_assert_uint_eq(wanted, strlen(whole));
    if (decoded.code >= MQW_RULE_FIRST)
        ck_assert_msg(wanted > 0, "%s has no field: %s", code_name(decoded.code), hex_of(buf, len));
    if (decoded.code < MQW_RULE_FIRST)
        ck_assert_str_eq(whole, "");
    ck_assert_uint_eq(mqw_decode_field(buf, len, options, NULL, 0), wanted);
    for (size_t cap = 1; cap <= wanted + 1; cap += 1 + wanted / 4) {
        char *out = malloc(cap);
        ck_assert_ptr_nonnull(out);
        expect_cut(whole, out, cap, mqw_decode_field(buf, len, options, out, cap));
        free(out);
    }
}

static void expect_line(const void *buf, size_t len, const struct mqw_options *options,
                        struct mqw_result decoded)
{
    char whole[4096];
    size_t wanted = mqw_line(buf, len, options, whole, sizeof whole);
    ck_assert_uint_eq(mqw_line(buf, len, options, NULL, 0), wanted);
    ck_assert_uint_lt(strlen(whole), sizeof whole);
    ck_assert_ptr_null(strchr(whole, '\n'));
    if (decoded.code >= MQW_RULE_FIRST && wanted < sizeof whole)
        ck_assert_msg(strstr(whole, mqw_rule_of(decoded.code)->name) ||
                          strstr(whole, mqw_rule_of(decoded.code)->text),
                      "no word of %s in: %s", code_name(decoded.code), whole);
    if (wanted >= sizeof whole)
        return;
    for (size_t cap = 1; cap <= wanted + 1; cap += 1 + wanted / 3) {
        char *out = malloc(cap);
        ck_assert_ptr_nonnull(out);
        expect_cut(whole, out, cap, mqw_line(buf, len, options, out, cap));
        free(out);
    }
}

/* ---- what decodes encodes ----------------------------------------------------------------------
 */

struct wire encode_exactly(const struct mqw_packet *packet, const struct mqw_options *options)
{
    struct mqw_result measured = mqw_encode(packet, options, NULL, 0);
    struct mqw_result written;
    struct wire wire = {0};
    ck_assert_msg(measured.code == MQW_OK, "measuring answers %s", code_name(measured.code));
    wire.len = measured.size;
    wire.ptr = malloc(wire.len);
    ck_assert_ptr_nonnull(wire.ptr);
    memset(wire.ptr, 0xA5, wire.len);
    written = mqw_encode(packet, options, wire.ptr, wire.len);
    expect_result(written, measured, "encode");
    return wire;
}

static void expect_encodes(const struct mqw_packet *packet, size_t size,
                           const struct mqw_options *options)
{
    struct mqw_packet again;
    struct mqw_options whole = options ? *options : options_of(0, 0);
    struct mqw_result r;
    struct wire first, second;
    char *wanted = packet_text(packet), *got;
    whole.version = packet->version;
    first = encode_exactly(packet, &whole);
    ck_assert_msg(first.len <= size, "canonical is longer: %lu bytes of %lu",
                  (unsigned long)first.len, (unsigned long)size);
    r = mqw_encode(packet, &whole, first.ptr, first.len - 1);
    ck_assert_msg(r.code == MQW_SPACE && r.size == first.len, "too little room answers %s %lu",
                  code_name(r.code), (unsigned long)r.size);
    r = mqw_encode(packet, &whole, first.ptr, first.len);
    ck_assert_int_eq(r.code, MQW_OK);

    r = mqw_decode(first.ptr, first.len, &whole, &again);
    ck_assert_msg(r.code == MQW_OK && r.size == first.len, "%s does not decode: %s",
                  hex_of(first.ptr, first.len), code_name(r.code));
    got = packet_text(&again);
    ck_assert_str_eq(got, wanted);
    second = encode_exactly(&again, &whole);
    ck_assert_msg(second.len == first.len && memcmp(second.ptr, first.ptr, first.len) == 0,
                  "encoding is not stable: %s", hex_of(second.ptr, second.len));
    wire_free(&first);
    wire_free(&second);
    free(wanted);
    free(got);
}

struct mqw_result expect_laws(const void *buf, size_t len, const struct mqw_options *options)
{
    struct mqw_packet packet;
    struct mqw_result r;
    memset(&packet, 0x5A, sizeof packet);
    r = mqw_decode(buf, len, options, &packet);
    expect_explained(buf, len, options, r);
    expect_field_name(buf, len, options, r);
    expect_line(buf, len, options, r);
    if (r.code == MQW_OK && !(options && options->partial))
        expect_encodes(&packet, r.size, options);
    return r;
}
