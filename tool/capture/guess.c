/* SPDX-License-Identifier: MIT */
#include "guess.h"

#include <string.h>

/* Bits of evidence for what all packets have in common: type, flags, a length that is borne out. */
enum { HEADER = 8, BYTE = 8, TOPIC_MAX = 12, NO_PROPERTIES = 6 };

/* Names that people give to things are printable: each such byte counts for one bit. */
static unsigned printable(struct mqw_bytes text)
{
    uint32_t i;
    for (i = 0; i < text.len && i < TOPIC_MAX; i++)
        if (text.ptr[i] < 0x20 || text.ptr[i] > 0x7E)
            return 0;
    return i;
}

/* A property block that could be read: few byte sequences can. */
static unsigned properties(const struct mqw_packet *p, const struct mqw_properties *set)
{
    if (p->version != MQW_VERSION_5)
        return 0;
    return set->present ? 2 * NO_PROPERTIES : NO_PROPERTIES;
}

static unsigned bits_of(const struct mqw_packet *p, uint32_t size)
{
    struct mqw_subscription subscription;
    struct mqw_bytes filter;
    uint32_t pos = 0;

    switch (p->type) {
    case MQW_CONNECT:
        return 8 * BYTE;
    case MQW_CONNACK:
        return HEADER + 2 * BYTE + properties(p, &p->connack.properties);
    case MQW_PUBLISH:
        return HEADER + printable(p->publish.topic) + properties(p, &p->publish.properties);
    case MQW_PUBACK:
    case MQW_PUBREC:
    case MQW_PUBREL:
    case MQW_PUBCOMP:
        return HEADER + BYTE + (size > 4 ? BYTE : 0);
    case MQW_SUBSCRIBE:
        if (!mqw_next_subscription(&p->subscribe.subscriptions, &pos, &subscription))
            return HEADER;
        return HEADER + BYTE + printable(subscription.topic_filter) +
               properties(p, &p->subscribe.properties);
    case MQW_UNSUBSCRIBE:
        if (!mqw_next_filter(&p->unsubscribe.topic_filters, &pos, &filter))
            return HEADER;
        return HEADER + BYTE + printable(filter) + properties(p, &p->unsubscribe.properties);
    case MQW_SUBACK:
    case MQW_UNSUBACK:
        return HEADER + BYTE + properties(p, &p->suback.properties);
    default:
        return HEADER + BYTE;
    }
}

/* The bits that a packet speaks for a hypothesis, or 0 where it cannot be, or not yet. */
static unsigned weigh(int hypothesis, int end, const uint8_t *data, size_t len, uint32_t size,
                      bool *more)
{
    struct mqw_options options;
    struct mqw_result result;
    struct mqw_packet packet;

    memset(&options, 0, sizeof options);
    options.version = guess_version(hypothesis);
    options.sender = guess_client(hypothesis) == end ? MQW_CLIENT : MQW_SERVER;
    options.partial = len < size;
    options.allow = MQW_ALLOW_MQTT_3_1;
    options.refuse = MQW_REFUSE_CONTROL_CHARACTERS | MQW_REFUSE_NONCHARACTERS;
    result = mqw_decode(data, len, &options, &packet);
    *more |= result.code == MQW_MORE;
    return result.code == MQW_OK ? bits_of(&packet, size) : 0;
}

enum guess_answer guess_packet(struct guess *guess, int end, const uint8_t *data, size_t len,
                               uint32_t size)
{
    unsigned bits[GUESS_COUNT] = {0};
    uint8_t alive = 0;
    bool more = false;
    int h;

    for (h = 0; h < GUESS_COUNT; h++) {
        if (!(guess->alive >> h & 1))
            continue;
        bits[h] = weigh(h, end, data, len, size, &more);
        if (bits[h])
            alive |= (uint8_t)(1 << h);
    }
    if (!alive)
        return more ? GUESS_MORE : GUESS_NO;
    guess->alive = alive;
    for (h = 0; h < GUESS_COUNT; h++)
        guess->score[h] += bits[h];
    return GUESS_YES;
}

int guess_best(const struct guess *guess, uint8_t preferred)
{
    int best = -1, h;
    for (h = 0; h < GUESS_COUNT; h++) {
        if (!(guess->alive >> h & 1))
            continue;
        if (best < 0 || guess->score[h] > guess->score[best] ||
            (guess->score[h] == guess->score[best] && (preferred >> h & 1) &&
             !(preferred >> best & 1)))
            best = h;
    }
    return best;
}

enum capture_guess guess_certainty(const struct guess *guess, int hypothesis, uint8_t preferred)
{
    unsigned score = guess->score[hypothesis];
    enum capture_guess sure = CAPTURE_CERTAIN;
    int h;
    for (h = 0; h < GUESS_COUNT; h++) {
        if (h == hypothesis || !(guess->alive >> h & 1))
            continue;
        if (guess->score[h] > score || (guess->score[h] == score && (preferred >> h & 1)))
            return CAPTURE_OPEN;
        sure = CAPTURE_LIKELY;
    }
    return sure;
}

const char *capture_guess_name(uint8_t guess)
{
#define NAME(NAME, name) name,
    static const char *const names[] = {NULL, CAPTURE_GUESSES(NAME)};
#undef NAME
    return names[guess];
}

/* The bytes of a CONNECT's fixed header, or 0 where there is none, or more are needed. */
static size_t connect_header(const uint8_t *data, size_t len)
{
    size_t i;
    for (i = 1; i < len && i < 5; i++)
        if (data[i] < 0x80)
            return i + 1;
    return 0;
}

enum look guess_look(const uint8_t *data, size_t len, bool lenient)
{
    static const uint8_t names[2][8] = {{0, 4, 'M', 'Q', 'T', 'T'},
                                        {0, 6, 'M', 'Q', 'I', 's', 'd', 'p'}};
    static const size_t sizes[2] = {6, 8};
    size_t at, i;

    if (!len)
        return LOOK_MORE;
    if (data[0] >= 0x14 && data[0] <= 0x17) { /* a TLS record; CONNECT's flags are zero */
        if (len < 3)
            return LOOK_MORE;
        if (data[1] == 3 && data[2] <= 4)
            return LOOK_TLS;
    }
    if (data[0] >> 4 != MQW_CONNECT)
        return LOOK_OTHER;
    if (lenient)
        return LOOK_CONNECT;
    at = connect_header(data, len);
    if (!at)
        return len < 5 ? LOOK_MORE : LOOK_OTHER;
    for (i = 0; i < 2; i++) {
        size_t n = len - at < sizes[i] ? len - at : sizes[i];
        if (memcmp(data + at, names[i], n) == 0)
            return n == sizes[i] ? LOOK_CONNECT : LOOK_MORE;
    }
    return LOOK_OTHER;
}

uint8_t guess_level(const uint8_t *data, size_t len)
{
    size_t at = connect_header(data, len);
    size_t name;
    if (!at || len - at < 2)
        return 0;
    name = (size_t)(data[at] << 8 | data[at + 1]);
    return len - at - 2 > name ? data[at + 2 + name] : 0;
}
