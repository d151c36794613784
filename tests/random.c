/* SPDX-License-Identifier: MIT */
/*
 * Random changes to good packets: what holds for every input holds for these.  The seed is fixed;
 * MQW_SEED=n begins elsewhere, MQW_ROUNDS=n goes on for longer.
 */
#include "packets.h"

static uint64_t state;

/* xorshift64*, the upper half. */
static uint32_t draw(uint32_t below)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * 0x2545F4914F6CDD1DU) >> 32) % below;
}

static unsigned long setting(const char *name, unsigned long otherwise)
{
    const char *text = getenv(name);
    return text ? strtoul(text, NULL, 0) : otherwise;
}

enum { ROOM = 2048 };

/* Bytes that mean something somewhere. */
static uint8_t telling_byte(void)
{
    static const uint8_t bytes[] = {0x00, 0x01, 0x02, 0x03, 0x0B, 0x11, 0x15, 0x16, 0x1F, 0x21,
                                    0x23, 0x26, 0x27, 0x2B, '$',  '+',  '#',  '/',  0x7F, 0x80,
                                    0x81, 0xC0, 0xC2, 0xED, 0xEF, 0xF0, 0xF4, 0xFF};
    return draw(3) ? bytes[draw(COUNT(bytes))] : (uint8_t)draw(256);
}

/* One change; the answer is the new length, at least 1. */
static size_t change(uint8_t *buf, size_t len)
{
    uint8_t part[12];
    size_t at = draw((uint32_t)len), from, count;
    switch (draw(6)) {
    case 0:
        buf[at] ^= (uint8_t)(1 << draw(8));
        return len;
    case 1:
    case 2:
        buf[at] = telling_byte();
        return len;
    case 3: /* one byte more */
        if (len + 1 > ROOM)
            return len;
        memmove(buf + at + 1, buf + at, len - at);
        buf[at] = telling_byte();
        return len + 1;
    case 4: /* some less */
        count = 1 + draw(4);
        if (len - at <= count)
            return at ? at : 1;
        memmove(buf + at, buf + at + count, len - at - count);
        return len - count;
    default: /* a part twice */
        from = draw((uint32_t)len);
        count = 1 + draw(sizeof part);
        if (from + count > len || len + count > ROOM)
            return len;
        memcpy(part, buf + from, count);
        memmove(buf + at + count, buf + at, len - at);
        memcpy(buf + at, part, count);
        return len + count;
    }
}

/* Half of the time the Remaining Length is made true again, so that changes reach the body. */
static void mend(uint8_t *buf, size_t len)
{
    size_t body;
    if (len < 2 || draw(2))
        return;
    if (len - 2 < 128) {
        buf[1] = (uint8_t)(len - 2);
    } else if (len > 3) {
        body = len - 3;
        buf[1] = (uint8_t)(body | 0x80);
        buf[2] = (uint8_t)(body >> 7 & 0x7F);
    }
}

START_TEST(changed_packets)
{
    unsigned long rounds = setting("MQW_ROUNDS", 60000), good = 0;
    state = setting("MQW_SEED", 1) * 0x9E3779B97F4A7C15U + 1;
    for (unsigned long i = 0; i < rounds; i++) {
        const struct sample *sample = &samples[draw((uint32_t)sample_count)];
        const char *versions = sample->versions;
        uint8_t version = (uint8_t)(versions[draw((uint32_t)strlen(versions))] - '0');
        struct wire wire = wire_of(version, sample->bytes), changed;
        struct mqw_options options = options_of(version, (uint8_t)draw(3));
        uint8_t *buf = malloc(ROOM + 16);
        size_t len = wire.len;
        ck_assert(buf && len <= ROOM);
        memcpy(buf, wire.ptr, len);
        for (uint32_t changes = 1 + draw(4); changes > 0; changes--)
            len = change(buf, len);
        mend(buf, len);
        if (!draw(8))
            options.version = (uint8_t)(draw(2) ? 0 : 4 + draw(2));
        if (!draw(3))
            options.allow = draw(2) ? MQW_ALLOW_ALL : draw(1U << 27) & ~1U;
        if (!draw(3))
            options.refuse = draw(2) ? MQW_REFUSE_ALL : draw(1U << 11) & ~1U;
        if (!draw(8))
            options.max_size = 1 + draw(300);
        options.partial = !draw(8);
        /* The one form of AUTH that encoding has without properties is the one that this refuses. */
        if (options.refuse & MQW_REFUSE_SHORT_AUTH)
            options.allow &= ~(uint32_t)MQW_ALLOW_MISSING_METHOD;
        changed = wire_copy(buf, len);
        good += expect_laws(changed.ptr, changed.len, &options).code == MQW_OK;
        wire_free(&changed);
        wire_free(&wire);
        free(buf);
    }
    /* If next to nothing is accepted, nothing is tested. */
    ck_assert_msg(good > rounds / 50, "%lu of %lu are accepted", good, rounds);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {changed_packets};
    return run("random", tests, COUNT(tests));
}
