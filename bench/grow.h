/* SPDX-License-Identifier: MIT */
/*
 * Part of bench.c: packets of ELEMENTS and of twice as many elements, good and spoiled at their
 * very end, through every entry point.  Twice the elements may cost twice as much.
 */

enum { ELEMENTS = 100 };

static bool visit(void *arg, const struct mqw_field *field)
{
    *(size_t *)arg += field->start;
    return true;
}

static size_t loop_explain(const struct job *job, size_t rounds)
{
    size_t sum = 0;
    while (rounds--)
        mqw_explain(job->bytes, job->size, &job->options, visit, &sum);
    return sum;
}

static size_t loop_line(const struct job *job, size_t rounds)
{
    char text[256];
    size_t sum = 0;
    while (rounds--)
        sum += mqw_line(job->bytes, job->size, &job->options, text, sizeof text);
    return sum;
}

static size_t loop_decode_field(const struct job *job, size_t rounds)
{
    char name[64];
    size_t sum = 0;
    while (rounds--)
        sum += mqw_decode_field(job->bytes, job->size, &job->options, name, sizeof name);
    return sum;
}

/* A name of so many levels against a filter of as many. */
static size_t loop_match(const struct job *job, size_t rounds)
{
    struct mqw_bytes name = mqw_view(job->bytes, job->size);
    struct mqw_bytes filter = mqw_view(job->bytes + job->size, job->size);
    size_t sum = 0;
    while (rounds--)
        sum += mqw_topic_match(filter, name, MQW_VERSION_5);
    return sum;
}

/* The same jobs on one packet: what they have in common ends each name. */
static void grow_packet(const char *what, const char *const names[7], uint8_t version,
                        uint8_t sender, size_t (*loop)(const struct job *, size_t),
                        const struct mqw_packet *packet, uint8_t last)
{
    struct mqw_options options = {0};
    options.version = version;
    options.sender = sender;
    struct mqw_result r = mqw_encode(packet, &options, NULL, 0);
    struct mqw_packet *decoded = (struct mqw_packet *)need(sizeof *decoded);
    uint8_t *good = (uint8_t *)need(r.size), *bad = (uint8_t *)need(r.size);
    r = mqw_encode(packet, &options, good, r.size);
    if (r.code != MQW_OK || mqw_decode(good, r.size, &options, decoded).code != MQW_OK) {
        fprintf(stderr, "%s is wrong\n", names[0]);
        wrong = true;
    }
    memcpy(bad, good, r.size);
    bad[r.size - 1] = last;

    size_t (*const loops[7])(const struct job *, size_t) = {
        loop, loop_encode, loop_encode, loop_refuse, loop_decode_field, loop_explain, loop_line};
    for (int i = 0; i < 7; i++) {
        struct job *job = add(what, names[i], options);
        job->loop = loops[i];
        job->bytes = i == 3 || i == 4 ? bad : good;
        job->size = r.size;
        if (loops[i] == loop_encode) {
            job->packet = packet;
            job->bytes = (uint8_t *)need(r.size);
        }
        if (i == 2) /* what was decoded, again */
            job->packet = decoded;
    }
}

#define GROW_NAMES(kind)                                                                           \
    {                                                                                              \
        kind ": decode", kind ": encode", kind ": encode what was decoded", kind ": refuse",       \
            kind ": name the field", kind ": explain", kind ": line"                               \
    }

static void grow_lists(const char *what, uint32_t count)
{
    static const char *const pairs[7] = GROW_NAMES("user properties");
    static const char *const both[7] = GROW_NAMES("user properties and subscription identifiers");
    static const char *const filters[7] = GROW_NAMES("subscriptions");
    static const char *const names[7] = GROW_NAMES("topic filters");
    static const char *const codes[7] = GROW_NAMES("reason codes");
    struct mqw_pair *pair = (struct mqw_pair *)need(count * sizeof *pair);
    struct mqw_subscription *subscription =
        (struct mqw_subscription *)need(count * sizeof *subscription);
    struct mqw_bytes *filter = (struct mqw_bytes *)need(count * sizeof *filter);
    uint32_t *id = (uint32_t *)need(count * sizeof *id);
    uint8_t *code = (uint8_t *)need(count);
    for (uint32_t i = 0; i < count; i++) {
        pair[i].name = mqw_text("trace-id");
        pair[i].value = mqw_text("0gf765");
        subscription[i].topic_filter = filter[i] = mqw_text("sensors/+/temperature/#");
        id[i] = i + 1;
        code[i] = 2;
    }

    struct mqw_packet *p = (struct mqw_packet *)need(5 * sizeof *p);
    p[0].type = p[1].type = MQW_PUBLISH;
    p[0].publish.topic = p[1].publish.topic = mqw_text("a/b");
    mqw_set_user_properties(&p[0].publish.properties, mqw_pairs(pair, count));
    grow_packet(what, pairs, 5, MQW_CLIENT, loop_decode_publish_5, &p[0], 0xFF);
    mqw_set_user_properties(&p[1].publish.properties, mqw_pairs(pair, count));
    mqw_set_subscription_identifiers(&p[1].publish.properties, mqw_ids(id, count));
    grow_packet(what, both, 5, MQW_SERVER, loop_decode_publish_5, &p[1], 0xFF);
    p[2].type = MQW_SUBSCRIBE;
    p[2].subscribe.packet_id = 1;
    p[2].subscribe.subscriptions = mqw_subscriptions(subscription, count);
    grow_packet(what, filters, 5, MQW_CLIENT, loop_decode_subscribe_5, &p[2], 0xFF);
    p[3].type = MQW_UNSUBSCRIBE;
    p[3].unsubscribe.packet_id = 1;
    p[3].unsubscribe.topic_filters = mqw_filters(filter, count);
    grow_packet(what, names, 5, MQW_CLIENT, loop_decode_unsubscribe_5, &p[3], 0xFF);
    p[4].type = MQW_SUBACK;
    p[4].suback.packet_id = 1;
    p[4].suback.reason_codes = mqw_codes(code, count);
    grow_packet(what, codes, 5, MQW_SERVER, loop_decode_suback_5, &p[4], 3);
}

/* What a sniffer or broker might fear: one long text, and many levels. */
static void grow_topics(const char *what, uint32_t count)
{
    static const char *const topic[7] = GROW_NAMES("topic levels");
    struct mqw_options options = {0};
    struct job *match = add(what, "topic levels: match", options);
    match->loop = loop_match;
    match->size = 2 * (size_t)count;
    match->bytes = (uint8_t *)need(2 * match->size);
    for (size_t i = 0; i < match->size; i++) {
        match->bytes[i] = i % 2 ? '/' : 'a';
        match->bytes[match->size + i] = i % 2 ? '/' : '+';
    }
    struct mqw_packet *p = (struct mqw_packet *)need(sizeof *p);
    p->type = MQW_PUBLISH;
    p->publish.topic = mqw_view(match->bytes, match->size);
    grow_packet(what, topic, 4, MQW_CLIENT, loop_decode_publish_3_1_1, p, '#');
}

static void add_growing(void)
{
    grow_lists("grow", ELEMENTS);
    grow_lists("grow-double", 2 * ELEMENTS);
    grow_topics("grow", 50 * ELEMENTS);
    grow_topics("grow-double", 100 * ELEMENTS);
}
