/* SPDX-License-Identifier: MIT */
/* TLS around what is said. */
#include "parts.h"

#include <string.h>

/* Nothing more is read of an end. */
static void end_of(struct talk *talk, int end, enum capture_note note, struct moment when)
{
    if (talk->stage == TALK_MQTT)
        talk_note(talk->context, talk->info, sender_of(talk, end), note, 0, when);
    else
        talk_refuse(talk, note, when);
}

/* Passes on what can be read.  What one end says may hold the keys of the other one. */
static void pump(struct talk *talk, int first, struct moment when)
{
    int turn;
    for (turn = 0; turn < 3 && talk->stage != TALK_REFUSED; turn++) {
        int end = turn == 1 ? !first : first;
        struct tls_event event;
        do {
            event = tls_next(talk->tls, end);
            talk->info->about.tls = tls_version(talk->tls);
            if (event.kind == TLS_DATA)
                transport_data(talk, end, event.data, event.len, when);
            else if (event.kind == TLS_MISSING)
                transport_missing(talk, end, event.len ? event.len : TRANSPORT_UNKNOWN, when);
            else if (event.kind == TLS_END)
                end_of(talk, end, event.note, when);
        } while (talk->stage != TALK_REFUSED && event.kind != TLS_NOTHING && event.kind != TLS_END);
    }
}

bool secrecy_begin(struct talk *talk, int end, struct moment when)
{
    struct context *context = talk->context;
    bool good = true;
    int i;

    if (talk->tls || !context->keys.given)
        return false;
    talk->tls = tls_new(&context->memory, &context->keys, end, context->live);
    for (i = 0; i < 2 && talk->tls; i++) {
        struct side *side = &talk->sides[i];
        if (side->seek)
            good = good && tls_give(talk->tls, i, side->seek->bytes.data, side->seek->bytes.len);
        framing_free(talk, side);
        buffer_free(&context->memory, &side->head);
        side->framing = FRAMING_NEW;
        side->transport = TRANSPORT_NEW;
        side->start = true;
    }
    if (!talk->tls || !good)
        talk_refuse(talk, CAPTURE_FORGOTTEN, when);
    talk_is_client(talk, end);
    pump(talk, end, when);
    return true;
}

/* What came while secrets were waited for; its bytes follow, if there are any. */
struct late {
    int end;
    size_t len;
    uint64_t missing; /* or, instead: so many are */
    struct moment when;
};

static void take(struct talk *talk, const struct late *late, const uint8_t *data)
{
    if (late->missing)
        tls_miss(talk->tls, late->end, late->missing);
    else if (!tls_give(talk->tls, late->end, data, late->len))
        talk_refuse(talk, CAPTURE_FORGOTTEN, late->when);
    pump(talk, late->end, late->when);
}

/* Takes what comes in its order, which it keeps however late the secrets are. */
static void receive(struct talk *talk, const struct late *late, const uint8_t *data)
{
    struct memory *memory = &talk->context->memory;
    struct buffer before;
    size_t at = 0;

    if (tls_waits(talk->tls)) {
        if (talk->late.len > TLS_HOLD || !buffer_add(memory, &talk->late, late, sizeof *late) ||
            !buffer_add(memory, &talk->late, data, late->len))
            talk_refuse(talk, tls_verdict(talk->tls), late->when);
        return;
    }
    before = talk->late;
    memset(&talk->late, 0, sizeof talk->late);
    if (before.len) /* records that came before that may be read now */
        pump(talk, late->end, late->when);
    while (at < before.len && talk->stage != TALK_REFUSED) {
        struct late one;
        memcpy(&one, before.data + at, sizeof one);
        take(talk, &one, before.data + at + sizeof one);
        at += sizeof one + one.len;
    }
    buffer_free(memory, &before);
    if (talk->stage != TALK_REFUSED)
        take(talk, late, data);
}

void secrecy_data(struct talk *talk, int end, const uint8_t *data, size_t len, struct moment when)
{
    struct late late = {end, len, 0, when};
    receive(talk, &late, data);
}

void secrecy_missing(struct talk *talk, int end, uint64_t len, struct moment when)
{
    struct late late = {end, 0, len, when};
    receive(talk, &late, NULL);
}

void secrecy_finish(struct talk *talk, struct moment when)
{
    struct late nothing = {0, 0, 0, when};
    if (talk->late.len)
        receive(talk, &nothing, NULL);
}
