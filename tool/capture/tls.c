/* SPDX-License-Identifier: MIT */
/*
 * Records are gathered, opened with the keys of their phase, and what is in them is told.  The
 * handshake is read for what keys need: two random numbers, the suite, and where keys change.
 */
#include "tls_parts.h"

#include <string.h>

struct tls *tls_new(struct memory *memory, struct keys *keys, int client, bool wait)
{
    struct tls *tls = memory_take(memory, sizeof *tls);
    if (!tls)
        return NULL;
    tls->memory = memory;
    tls->keys = keys;
    tls->client = client;
    tls->wait = wait;
    tls->verdict = CAPTURE_TLS_MIDWAY;
    memory->used += CONTEXTS;
    return tls;
}

bool tls_give(struct tls *tls, int end, const uint8_t *data, size_t len)
{
    struct end *side = &tls->ends[end];
    side->received += len;
    return side->dead || buffer_add(tls->memory, &side->raw, data, len);
}

static struct tls_event event_of(enum tls_kind kind, const uint8_t *data, size_t len)
{
    struct tls_event event;
    memset(&event, 0, sizeof event);
    event.kind = kind;
    event.data = data;
    event.len = len;
    return event;
}

/* Nothing more is read of this end. */
static struct tls_event give_up(struct tls *tls, struct end *side, enum capture_note note)
{
    struct tls_event event = event_of(TLS_END, NULL, 0);
    event.note = note;
    side->dead = true;
    side->at = 0;
    buffer_free(tls->memory, &side->raw);
    opener_close(&side->opener);
    return event;
}

/* ---- Keys ---- */

static bool is_client(const struct tls *tls, const struct end *side)
{
    return side == &tls->ends[tls->client];
}

/* The secret of a phase of an end. */
static enum secret secret_of(const struct tls *tls, const struct end *side, enum phase phase)
{
    bool client = is_client(tls, side);
    if (phase == PHASE_EARLY)
        return SECRET_EARLY;
    if (phase == PHASE_HANDSHAKE)
        return client ? SECRET_CLIENT_HANDSHAKE : SECRET_SERVER_HANDSHAKE;
    return client ? SECRET_CLIENT : SECRET_SERVER;
}

/* NULL: they are not known, or not what they are for. */
static const struct session *session_of(struct tls *tls)
{
    const struct session *session;
    if (!tls->suite)
        return NULL;
    session = keys_find(tls->keys, tls->hellos.client);
    if (!session && tls->keys->given)
        tls->verdict = CAPTURE_KEYS_MISSING;
    return session;
}

/* 1.3: the keys of a phase, or of the first one after it that has some. */
static bool enter(struct tls *tls, struct end *side, enum phase phase)
{
    const struct session *session = session_of(tls);
    for (; session && phase <= PHASE_DATA; phase++) {
        enum secret which = secret_of(tls, side, phase);
        if (!session->sizes[which] ||
            !opener_secret(&side->opener, tls->suite, session->secrets[which],
                           session->sizes[which]))
            continue;
        side->phase = phase;
        return true;
    }
    if (session)
        tls->verdict = CAPTURE_KEYS_MISSING;
    return false;
}

/* 1.2: what follows CHANGE_CIPHER_SPEC is protected. */
static bool change_cipher(struct tls *tls, struct end *side)
{
    const struct session *session = session_of(tls);
    if (!session)
        return false;
    if (session->sizes[SECRET_MASTER] &&
        opener_master(&side->opener, tls->suite, session->secrets[SECRET_MASTER],
                      session->sizes[SECRET_MASTER], &tls->hellos, is_client(tls, side))) {
        side->phase = PHASE_DATA;
        return true;
    }
    tls->verdict = CAPTURE_KEYS_MISSING;
    return false;
}

/* ---- Handshake ---- */

static void take_message(struct tls *tls, struct end *side, const struct message *message)
{
    struct server_hello hello;
    switch (message->type) {
    case CLIENT_HELLO:
        if (is_client(tls, side))
            (void)handshake_client_hello(message, tls->hellos.client);
        break;
    case SERVER_HELLO:
        /* Once only in 1.3; in 1.2 both may begin anew. */
        if (is_client(tls, side) || !handshake_server_hello(message, &hello) ||
            (side->phase != PHASE_PLAIN && hello.version != VERSION_1_2))
            break;
        tls->version = hello.version;
        memcpy(tls->hellos.server, hello.random, RANDOM_SIZE);
        tls->hellos.mac_last = hello.mac_last;
        tls->suite = hello.version == VERSION_1_2 || hello.version == VERSION_1_3
                         ? suite_find(hello.suite, hello.version == VERSION_1_3)
                         : NULL;
        break;
    case ENCRYPTED_EXTENSIONS:
        tls->early = handshake_early_data(message) ? EARLY_TAKEN : EARLY_REFUSED;
        break;
    case END_OF_EARLY_DATA:
        if (side->phase == PHASE_EARLY)
            (void)enter(tls, side, PHASE_HANDSHAKE);
        break;
    case FINISHED:
        if (side->phase == PHASE_HANDSHAKE)
            (void)enter(tls, side, PHASE_DATA);
        break;
    case KEY_UPDATE:
        if (side->phase == PHASE_DATA && tls->version == VERSION_1_3)
            (void)opener_update(&side->opener);
        break;
    default:
        break;
    }
}

static void take_handshake(struct tls *tls, struct end *side, const uint8_t *data, size_t len)
{
    struct message message;
    while (handshake_next(&side->handshake, tls->memory, &data, &len, &message))
        take_message(tls, side, &message);
}

/* ---- Records ---- */

enum answer {
    PASSED,   /* the record held nothing of interest */
    TOLD,     /* it did: its text */
    LATER,    /* not before the other end says more */
    NOT_YET,  /* keys are missing */
    IS_WRONG, /* it does not open */
};

/* One before there are keys. */
static enum answer read_plain(struct tls *tls, struct end *side, const uint8_t *record, size_t len)
{
    switch (record[0]) {
    case HANDSHAKE:
        take_handshake(tls, side, record + HEADER, len);
        return PASSED;
    case CHANGE_CIPHER_SPEC:
        if (tls->version == VERSION_1_3)
            return PASSED;
        return tls->suite && change_cipher(tls, side) ? PASSED : NOT_YET;
    case DATA: /* of 1.3, before the keys are changed: see read_protected */
        return NOT_YET;
    default:
        return PASSED;
    }
}

int tls_open_later(struct tls *tls, struct end *side, const uint8_t *record, size_t len,
                   uint8_t *type)
{
    struct opener before = side->opener;
    enum phase phase = side->phase;
    int size = -1;

    side->opener.context = NULL;
    if (enter(tls, side, phase + 1))
        size = opener_open(&side->opener, record, record + HEADER, len, tls->keys->text, type);
    if (size >= 0) {
        opener_close(&before);
        return size;
    }
    opener_close(&side->opener);
    side->opener = before;
    side->phase = phase;
    return size;
}

static enum answer read_protected(struct tls *tls, struct end *side, const uint8_t *record,
                                  size_t len, size_t *text)
{
    bool version_1_3 = tls->version == VERSION_1_3;
    uint8_t type = 0;
    int size;

    if (version_1_3 && record[0] != DATA)
        return PASSED;
    size = opener_open(&side->opener, record, record + HEADER, len, tls->keys->text, &type);
    if (size < 0 && side->phase < PHASE_DATA)
        size = tls_open_later(tls, side, record, len, &type);
    if (size < 0) {
        tls->verdict = CAPTURE_KEYS_WRONG;
        return version_1_3 && !side->told && ++side->passed <= PASSED_MAX ? PASSED : IS_WRONG;
    }
    tls->opened = true;
    switch (type) {
    case HANDSHAKE:
        take_handshake(tls, side, tls->keys->text, (size_t)size);
        return PASSED;
    case CHANGE_CIPHER_SPEC: /* in a renegotiation */
        return change_cipher(tls, side) ? PASSED : IS_WRONG;
    case DATA:
        side->told = true;
        *text = (size_t)size;
        return size ? TOLD : PASSED;
    default:
        return PASSED;
    }
}

/* 1.3: the first protected record of an end.  That of a client may be early data, or refused. */
static enum answer begin_protected(struct tls *tls, struct end *side)
{
    const struct end *server = &tls->ends[!tls->client];
    enum phase phase = PHASE_HANDSHAKE;
    if (is_client(tls, side) && tls->early != EARLY_REFUSED) {
        if (tls->early == EARLY_UNKNOWN && server->phase != PHASE_DATA && !server->dead)
            return LATER;
        phase = PHASE_EARLY;
    }
    return enter(tls, side, phase) ? PASSED : NOT_YET;
}

static enum answer read_record(struct tls *tls, struct end *side, const uint8_t *record, size_t len,
                               size_t *text)
{
    enum answer answer = PASSED;
    if (side->phase == PHASE_PLAIN && tls->version == VERSION_1_3 && record[0] == DATA)
        answer = begin_protected(tls, side);
    if (answer != PASSED)
        return answer;
    return side->phase == PHASE_PLAIN ? read_plain(tls, side, record, len)
                                      : read_protected(tls, side, record, len, text);
}

/* ---- Events ---- */

/* Drops what was read from the front. */
static void compact(struct tls *tls, struct end *side)
{
    struct buffer *raw = &side->raw;
    if (!side->at)
        return;
    raw->len -= side->at;
    memmove(raw->data, raw->data + side->at, raw->len);
    side->at = 0;
    if (!raw->len)
        buffer_clear(tls->memory, raw);
}

/* Nothing can be read now.  If so much is held back that it never will, this is the end. */
static struct tls_event pause(struct tls *tls, struct end *side, bool keys)
{
    compact(tls, side);
    if (keys && tls->version && !tls->suite)
        return give_up(tls, side, CAPTURE_CIPHER_UNKNOWN);
    if ((keys && tls->version && !tls->wait) || side->raw.len > TLS_HOLD)
        return give_up(tls, side, tls->verdict);
    tls->waiting |= keys && tls->version;
    return event_of(TLS_NOTHING, NULL, 0);
}

struct tls_event tls_next(struct tls *tls, int end)
{
    struct end *side = &tls->ends[end];
    size_t text = 0, len;

    while (!side->dead) {
        const uint8_t *record;
        if (side->untold) {
            side->untold = false;
            return event_of(TLS_MISSING, NULL, side->missing);
        }
        if (side->skip) {
            size_t part = side->raw.len - side->at;
            part = part < side->skip ? part : (size_t)side->skip;
            side->skip -= part;
            side->at += part;
        }
        if ((side->seeking && !tls_seek(tls, side)) || side->raw.len - side->at < HEADER)
            return pause(tls, side, false);
        record = side->raw.data + side->at;
        len = tls_length(record);
        if (!tls_plausible(record, false))
            return give_up(tls, side, tls->opened ? CAPTURE_TLS_RECORD : tls->verdict);
        if (side->raw.len - side->at < HEADER + len)
            return pause(tls, side, false);
        switch (read_record(tls, side, record, len, &text)) {
        case TOLD:
            side->at += HEADER + len;
            return event_of(TLS_DATA, tls->keys->text, text);
        case PASSED:
            side->at += HEADER + len;
            break;
        case LATER:
            return pause(tls, side, false);
        case NOT_YET:
            return pause(tls, side, true);
        case IS_WRONG:
            return give_up(tls, side, side->told ? CAPTURE_TLS_RECORD : CAPTURE_KEYS_WRONG);
        }
    }
    return event_of(TLS_NOTHING, NULL, 0);
}

bool tls_waits(struct tls *tls)
{
    tls->waiting = tls->waiting && !keys_find(tls->keys, tls->hellos.client);
    return tls->waiting;
}

uint16_t tls_version(const struct tls *tls)
{
    return tls->opened ? tls->version : 0;
}

enum capture_note tls_verdict(const struct tls *tls)
{
    return tls->verdict;
}

void tls_free(struct tls *tls)
{
    int i;
    if (!tls)
        return;
    for (i = 0; i < 2; i++) {
        struct end *side = &tls->ends[i];
        buffer_free(tls->memory, &side->raw);
        handshake_free(&side->handshake, tls->memory);
        opener_close(&side->opener);
    }
    tls->memory->used -= CONTEXTS;
    memory_drop(tls->memory, tls, sizeof *tls);
}
