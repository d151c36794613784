/* SPDX-License-Identifier: MIT */
/*
 * A connection fed with any bytes from both sides holds together, and what it tells does not depend
 * on the pieces in which the bytes come.
 */
#include "target.h"

enum { EXCHANGES = 6, ALIASES = 3, SIDES = 2 };

/* One side's bytes that wait, and what becomes of the rest. */
struct stream {
    uint8_t *data;
    size_t have;
    bool dead; /* where the next packet begins is not known */
};

struct run {
    struct mqw_connection connection;
    struct mqw_exchange exchanges[SIDES][2 * EXCHANGES];
    struct mqw_alias aliases[SIDES][2 * ALIASES];
    struct stream streams[SIDES];
    uint64_t now, tag;
    uint64_t digest; /* of all that was told */
    long kept;       /* topics that are */
};

static const enum mqw_sender senders[SIDES] = {MQW_CLIENT, MQW_SERVER};

/* FNV-1a */
static void tell(struct run *run, uint64_t value)
{
    int i;
    for (i = 0; i < 8; i++)
        run->digest = (run->digest ^ (value >> 8 * i & 0xFF)) * UINT64_C(0x100000001B3);
}

static void tell_bytes(struct run *run, struct mqw_bytes bytes)
{
    uint32_t i;
    tell(run, bytes.ptr ? bytes.len : UINT64_MAX);
    for (i = 0; bytes.ptr && i < bytes.len; i++)
        tell(run, bytes.ptr[i]);
}

static struct mqw_bytes keep(void *arg, enum mqw_sender sender, uint16_t alias,
                             struct mqw_bytes old, struct mqw_bytes topic)
{
    struct run *run = arg;
    (void)sender;
    MUST(alias >= 1 && alias <= 2 * ALIASES);
    if (old.len) {
        free((uint8_t *)(uintptr_t)old.ptr);
        run->kept--;
    }
    if (!topic.len)
        return mqw_view(NULL, 0);
    run->kept++;
    return mqw_view(copy_of(topic.ptr, topic.len), topic.len);
}

static void tell_seen(struct run *run, const struct mqw_seen *seen, const uint8_t *data,
                      size_t size, const struct mqw_options *options)
{
    uint32_t i;
    MUST(seen->count <= MQW_FINDINGS);
    for (i = 0; i < seen->count; i++) {
        const struct mqw_finding *finding = &seen->findings[i];
        char name[128];
        MUST(finding->code >= MQW_RULE_FIRST && *mqw_rule_of(finding->code)->name);
        MUST(mqw_finding_field(finding, name, sizeof name) < sizeof name);
        MUST(mqw_finding_offset(finding, data, size, options) <= size);
        tell(run, finding->code);
        tell(run, finding->item);
    }
    tell(run, (uint64_t)seen->answers | (uint64_t)seen->repeats << 1 |
                  (uint64_t)seen->settles << 2 | (uint64_t)seen->ignored << 3 |
                  (uint64_t)seen->untracked << 4 | (uint64_t)seen->aliased << 5);
    if (seen->answers) {
        MUST(seen->tag < run->tag && seen->first <= seen->tag);
        tell(run, seen->tag);
        tell(run, seen->first);
    }
    if (seen->aliased)
        tell_bytes(run, seen->topic);
}

static void expect_sound(const struct run *run)
{
    const struct mqw_side *sides[SIDES] = {&run->connection.client, &run->connection.server};
    int i;
    for (i = 0; i < SIDES; i++) {
        MUST(sides[i]->stored <= sides[i]->storage.exchange_count);
        MUST(sides[i]->reach <= sides[i]->storage.exchange_count);
        MUST(mqw_connection_quota(&run->connection, senders[i]) <= UINT16_MAX);
    }
}

static void forget(struct stream *stream, size_t size)
{
    stream->have -= size;
    memmove(stream->data, stream->data + size, stream->have);
}

/* Reads what is there of packets that are there as a whole. */
static void drain(struct run *run, int side)
{
    struct stream *stream = &run->streams[side];
    while (stream->have && !stream->dead) {
        struct mqw_options options = mqw_connection_options(&run->connection, senders[side]);
        struct mqw_packet packet;
        uint8_t *copy = copy_of(stream->data, stream->have);
        struct mqw_result result = mqw_decode(copy, stream->have, &options, &packet);
        struct mqw_seen seen;
        size_t size = result.size;

        if (result.code == MQW_MORE || (size && size > stream->have)) {
            free(copy);
            return;
        }
        if (result.code == MQW_OK) {
            seen = mqw_connection_packet(&run->connection, senders[side], &packet, result.size,
                                         run->now, ++run->tag);
        } else {
            stream->dead = !size;
            size = size ? size : 1;
            seen = mqw_connection_unread(&run->connection, senders[side], copy, size, run->now);
        }
        tell(run, (uint64_t)result.code << 32 | result.size);
        run->tag++;
        tell_seen(run, &seen, copy, size, &options);
        run->tag--;
        expect_sound(run);
        free(copy);
        forget(stream, size);
    }
}

static void add(struct run *run, int side, struct mqw_bytes piece)
{
    struct stream *stream = &run->streams[side];
    if (!piece.len || stream->dead)
        return;
    stream->data = realloc(stream->data, stream->have + piece.len);
    MUST(stream->data);
    memcpy(stream->data + stream->have, piece.ptr, piece.len);
    stream->have += piece.len;
    drain(run, side);
}

/* Bytes of a side are lost. */
static void lose(struct run *run, int side)
{
    struct mqw_seen seen;
    run->streams[side].have = 0;
    seen = mqw_connection_unread(&run->connection, senders[side], NULL, 0, run->now);
    tell_seen(run, &seen, NULL, 0, NULL);
}

/* Goes on in the other half of its room, which is as large. */
static void move(struct run *run, int side)
{
    const struct mqw_side *now = side ? &run->connection.server : &run->connection.client;
    struct mqw_storage room = now->storage;
    bool first = room.exchanges == run->exchanges[side];
    room.exchanges = run->exchanges[side] + (first ? EXCHANGES : 0);
    room.exchange_count = EXCHANGES;
    MUST(mqw_connection_move(&run->connection, senders[side], &room));
}

static void begin(struct run *run, struct input *input)
{
    struct mqw_connection_config config;
    uint32_t flags = take(input, 1), room = take(input, 1);
    memset(&config, 0, sizeof config);
    config.midway = flags & 1;
    config.one_sided = flags >> 1 & 1;
    config.enforce_sizes = flags >> 2 & 1;
    config.keep = flags >> 3 & 1 ? keep : NULL;
    config.arg = run;
    config.client_options = take_options(input);
    config.client_options.version = 0;
    config.client_options.sender = 0;
    config.client_options.partial = false;
    config.server_options = config.client_options;
    config.client.exchanges = run->exchanges[0];
    config.client.exchange_count = room % (EXCHANGES + 1);
    config.client.aliases = run->aliases[0];
    config.client.alias_count = room >> 3 & ALIASES;
    config.server = config.client;
    config.server.exchanges = run->exchanges[1];
    config.server.aliases = run->aliases[1];
    mqw_connection_init(&run->connection, &config);
    if (flags >> 4 & 1)
        mqw_connection_version(&run->connection,
                               flags >> 5 & 1 ? MQW_VERSION_5 : MQW_VERSION_3_1_1);
}

static void next_id(struct run *run, int side)
{
    uint16_t id = mqw_connection_next_id(&run->connection, senders[side]);
    tell(run, id);
}

static uint64_t whole(const uint8_t *data, size_t size, bool byte_by_byte)
{
    static struct run run;
    struct input input = input_of(data, size);
    memset(&run, 0, sizeof run);
    run.digest = UINT64_C(0xCBF29CE484222325);
    begin(&run, &input);
    while (input.left) {
        uint32_t what = take(&input, 1);
        int side = what & 1;
        struct mqw_bytes piece;
        switch (what >> 1 & 7) {
        case 0:
            run.now += take(&input, 2) * 16;
            break;
        case 1:
            if (what >> 4 == 0)
                lose(&run, side);
            else if (what >> 4 == 1)
                move(&run, side);
            else if (what >> 4 == 2)
                next_id(&run, side);
            else if (what >> 4 == 3)
                tell(&run, mqw_connection_hold(&run.connection, senders[side],
                                               (uint16_t)(1 + (what >> 5)), ++run.tag));
            break;
        default:
            piece = take_bytes(&input, 1 + (what >> 1 & 7) * (what >> 4));
            if (!byte_by_byte)
                add(&run, side, piece);
            for (; byte_by_byte && piece.len; piece.ptr++, piece.len--)
                add(&run, side, mqw_view(piece.ptr, 1));
        }
        tell(&run, mqw_connection_deadline(&run.connection));
    }
    mqw_connection_end(&run.connection);
    MUST(run.kept == 0);
    free(run.streams[0].data);
    free(run.streams[1].data);
    return run.digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MUST(whole(data, size, false) == whole(data, size, true));
    return 0;
}
