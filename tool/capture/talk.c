/* SPDX-License-Identifier: MIT */
#include "parts.h"

#include <string.h>

enum {
    MQTT_PORT = 1883,
    MQTT_TLS_PORT = 8883,
    /* Bits of evidence, and bytes that may be passed over before there are enough: on MQTT's own
       port the one is less and the other more. */
    CERTAIN = 32,
    CERTAIN_ON_PORT = 16,
    CERTAIN_AT_END = 24,
    PASSED = 64 << 10,
    PASSED_ON_PORT = 4 << 20
};

struct talk *talk_new(struct context *context, struct info *info, enum talk_client client)
{
    struct talk *talk = memory_take(&context->memory, sizeof *talk);
    if (!talk)
        return NULL;
    talk->context = context;
    talk->info = info;
    talk->possible = client == TALK_CLIENT_0   ? GUESS_CLIENT_0
                     : client == TALK_CLIENT_1 ? GUESS_CLIENT_1
                                               : GUESS_ANY;
    return talk;
}

/* Is the port of this end MQTT's own? */
static bool is_port(const struct talk *talk, int end)
{
    uint16_t port = talk->info->ends[end].port;
    return port == MQTT_PORT || (talk->tls && port == MQTT_TLS_PORT);
}

uint8_t talk_likely_client(const struct talk *talk)
{
    const struct endpoint *ends = talk->info->ends;
    if (is_port(talk, 0) || is_port(talk, 1))
        return is_port(talk, 0) ? GUESS_CLIENT_1 : GUESS_CLIENT_0;
    return ends[0].port < ends[1].port ? GUESS_CLIENT_1 : GUESS_CLIENT_0;
}

static bool on_port(const struct talk *talk)
{
    return talk->websocket || is_port(talk, 0) || is_port(talk, 1);
}

void talk_note(struct context *context, struct info *info, uint8_t sender, enum capture_note note,
               uint64_t size, struct moment when)
{
    struct capture_record *record;
    info_number(&context->infos, &context->memory, info);
    record = batch_record(&context->batch);
    if (!record)
        return;
    record->note = (uint8_t)note;
    record->connection = info->about.number;
    record->sender = sender;
    record->version = info->about.version;
    record->guessed = info->about.guessed;
    record->size = size;
    record->time = when.time;
    record->frame = when.frame;
}

uint8_t talk_hypotheses(const struct talk *talk)
{
    if (talk->stage != TALK_MQTT)
        return talk->possible;
    return (uint8_t)(1 << ((talk->client << 1) + (talk->info->about.version == MQW_VERSION_5)));
}

void talk_is_client(struct talk *talk, int end)
{
    talk->possible = end ? GUESS_CLIENT_1 : GUESS_CLIENT_0;
    talk->client = talk->info->client = end;
}

void talk_refuse(struct talk *talk, enum capture_note note, struct moment when)
{
    if (talk->stage == TALK_REFUSED)
        return;
    talk->stage = TALK_REFUSED;
    talk_note(talk->context, talk->info, MQW_NEITHER, note, 0, when);
}

/* It is MQTT: tells so, and reads what was held back. */
static void accept(struct talk *talk, int hypothesis, enum capture_guess guessed, bool midway,
                   struct moment when)
{
    struct capture_connection *about = &talk->info->about;
    int end;

    talk->stage = TALK_MQTT;
    talk->client = talk->info->client = guess_client(hypothesis);
    about->mqtt = true;
    about->guessed = (uint8_t)guessed;
    about->version = guess_version(hypothesis);
    if (guessed)
        talk->version = about->version;
    packet_begin(talk, midway);
    talk_note(talk->context, talk->info, MQW_NEITHER, CAPTURE_OPENED, 0, when);
    for (end = 0; end < 2; end++)
        if (talk->sides[end].other_protocol)
            talk_note(talk->context, talk->info, sender_of(talk, end), CAPTURE_WEBSOCKET_PROTOCOL,
                      0, when);
    framing_found(talk, BOTH_ENDS, (uint8_t)(1 << hypothesis));
}

static void accept_connect(struct talk *talk, int end, struct moment when)
{
    const struct seek *seek = talk->sides[end].seek;
    uint8_t level = guess_level(seek->bytes.data, seek->bytes.len);
    talk_is_client(talk, end);
    talk->version = level >= MQW_VERSION_5 ? MQW_VERSION_5 : MQW_VERSION_3_1_1;
    talk->info->about.whole = talk->sides[end].start;
    accept(talk, (end << 1) + (talk->version == MQW_VERSION_5), CAPTURE_TOLD, false, when);
}

/* What both ends say for each hypothesis; where they contradict each other, the one that says more.
 */
static struct guess weigh(const struct talk *talk)
{
    struct guess both;
    const struct guess *ends[2] = {NULL, NULL};
    int end, h;

    memset(&both, 0, sizeof both);
    both.alive = talk->possible;
    for (end = 0; end < 2; end++) {
        const struct seek *seek = talk->sides[end].seek;
        if (seek && !seek->failed && seek_evidence(seek))
            ends[end] = &seek->guess;
    }
    if (ends[0] && ends[1] && !(ends[0]->alive & ends[1]->alive & talk->possible)) {
        bool second = seek_evidence(talk->sides[1].seek) > seek_evidence(talk->sides[0].seek);
        ends[!second] = NULL;
    }
    for (end = 0; end < 2; end++) {
        if (!ends[end])
            continue;
        both.alive &= ends[end]->alive;
        for (h = 0; h < GUESS_COUNT; h++)
            both.score[h] += ends[end]->score[h];
    }
    return both;
}

/* Accepts the best guess, if this much speaks for it. */
static bool accept_guess(struct talk *talk, unsigned wanted, struct moment when)
{
    struct guess guess = weigh(talk);
    uint8_t preferred = talk_likely_client(talk);
    int best = guess_best(&guess, preferred);
    bool start;

    if (best < 0 || guess.score[best] < wanted)
        return false;
    talk->guess = guess;
    start = talk->sides[guess_client(best)].start;
    talk->info->about.whole = false;
    accept(talk, best, guess_certainty(&guess, best, preferred), !start, when);
    return true;
}

static uint64_t passed(const struct talk *talk)
{
    uint64_t sum = 0;
    int end;
    for (end = 0; end < 2; end++)
        if (talk->sides[end].seek)
            sum += talk->sides[end].seek->passed;
    return sum;
}

/* It is TLS, and cannot be opened. */
static void refuse_tls(struct talk *talk, struct moment when)
{
    talk_refuse(talk, talk->context->keys.given ? CAPTURE_TLS_MIDWAY : CAPTURE_ENCRYPTED, when);
}

void talk_look(struct talk *talk, int end, const uint8_t *data, size_t len, struct moment when)
{
    const struct seek *seek = talk->sides[end].seek;
    bool port = on_port(talk);

    if (seek->fixed) {
        switch (guess_look(seek->bytes.data, seek->bytes.len, port && talk->sides[end].start)) {
        case LOOK_CONNECT:
            accept_connect(talk, end, when);
            return;
        case LOOK_TLS:
            if (!secrecy_begin(talk, end, when))
                refuse_tls(talk, when);
            return;
        case LOOK_MORE:
            return;
        default:
            break;
        }
    } else if (guess_look(data, len, false) == LOOK_TLS) {
        refuse_tls(talk, when);
        return;
    }
    if (accept_guess(talk, port ? CERTAIN_ON_PORT : CERTAIN, when))
        return;
    if (seek->failed || passed(talk) > (port ? PASSED_ON_PORT : PASSED))
        talk_refuse(talk, CAPTURE_NOT_MQTT, when);
}

void talk_data(struct talk *talk, int end, const uint8_t *data, size_t len, bool start,
               struct moment when)
{
    struct side *side = &talk->sides[end];
    if (talk->stage == TALK_REFUSED || !len)
        return;
    side->unheard = false;
    if (talk->tls) {
        secrecy_data(talk, end, data, len, when);
        return;
    }
    if (side->transport == TRANSPORT_NEW)
        side->start = start && !side->torn;
    transport_data(talk, end, data, len, when);
}

void talk_missing(struct talk *talk, int end, uint64_t len, bool cut, struct moment when)
{
    if (talk->stage == TALK_REFUSED)
        return;
    if (talk->stage == TALK_MQTT)
        talk_note(talk->context, talk->info, sender_of(talk, end), cut ? CAPTURE_CUT : CAPTURE_HOLE,
                  len, when);
    talk->sides[end].torn = true;
    if (talk->tls)
        secrecy_missing(talk, end, len, when);
    else
        transport_missing(talk, end, len, when);
}

void talk_unheard(struct talk *talk, int end)
{
    talk->sides[end].unheard = true;
}

void talk_finish(struct talk *talk, struct moment when)
{
    int end;
    if (talk->tls)
        secrecy_finish(talk, when);
    if (talk->stage == TALK_UNDECIDED &&
        !accept_guess(talk, on_port(talk) ? 1 : CERTAIN_AT_END, when))
        talk_refuse(talk,
                    talk->tls && !talk->info->about.tls ? tls_verdict(talk->tls) : CAPTURE_NOT_MQTT,
                    when);
    if (talk->stage != TALK_MQTT)
        return;
    for (end = 0; end < 2; end++)
        transport_settle(talk, end, when);
    framing_finish(talk, when);
    packet_finish(talk, when);
}

bool talk_refused(const struct talk *talk)
{
    return talk->stage == TALK_REFUSED;
}

bool talk_accepted(const struct talk *talk)
{
    return talk->stage == TALK_MQTT;
}

void talk_free(struct talk *talk)
{
    struct memory *memory;
    int end;
    if (!talk)
        return;
    memory = &talk->context->memory;
    packet_end(talk);
    tls_free(talk->tls);
    buffer_free(memory, &talk->late);
    for (end = 0; end < 2; end++) {
        struct side *side = &talk->sides[end];
        framing_free(talk, side);
        buffer_free(memory, &side->head);
        websocket_free(memory, side->websocket);
    }
    memory_drop(memory, talk, sizeof *talk);
}
