/* SPDX-License-Identifier: MIT */
/* The layers of a talk, which are a file each: talk.c, secrecy.c, transport.c, framing.c, packet.c. */
#ifndef CAPTURE_PARTS_H
#define CAPTURE_PARTS_H

#include "seek.h"
#include "talk.h"
#include "tls.h"
#include "waits.h"
#include "websocket.h"

enum transport { TRANSPORT_NEW, TRANSPORT_PLAIN, TRANSPORT_HEAD, TRANSPORT_FRAMES };

enum framing {
    FRAMING_NEW,
    FRAMING_SEEKING, /* where does a packet begin? */
    FRAMING_READING,
    FRAMING_OVER /* where the next packet begins will never be known */
};

/* What one end says. */
struct side {
    uint8_t transport;   /* enum transport */
    uint8_t framing;     /* enum framing */
    bool start;          /* the first byte that came was the first of all */
    bool other_protocol; /* the WebSocket subprotocol is not mqtt */
    bool torn;           /* bytes were missing */
    bool unheard;        /* nothing it says is in the capture, */
    bool told_unheard;   /* which has been said */
    bool out_of_step;    /* the next WebSocket frame has to be looked for */
    struct buffer head;  /* of HTTP */
    struct websocket *websocket;

    struct seek *seek;  /* while seeking */
    bool unread;        /* bytes came that are not read, or not yet, and may be packets */
    uint64_t passed;    /* bytes that were passed over before that began */
    struct buffer held; /* while reading: what is kept of a packet that has not all come */
    uint64_t got;       /* bytes of it that came, or are known to be missing; 0: there is none */
    uint64_t begun;  /* when the first byte of the packet came, or of the last one that was read */
    uint32_t wanted; /* bytes to come before there is anything to do */
    bool sized;      /* wanted is the whole packet */
    bool broken;     /* nothing is kept of it any more */
};

enum stage { TALK_UNDECIDED, TALK_MQTT, TALK_REFUSED };

struct talk {
    struct context *context;
    struct info *info;
    struct side sides[2];
    uint8_t stage;      /* enum stage */
    struct tls *tls;    /* NULL: it is none */
    struct buffer late; /* what came while it waits for secrets */
    uint8_t possible;   /* hypotheses, from what is known without a guess */
    uint8_t version;    /* guessed, or of a CONNECT that cannot be decoded; 0: as CONNECT says */
    bool websocket;
    struct websocket_terms terms; /* of its messages */
    int client;                   /* which of the sides */
    struct guess guess;           /* what still may be, where it was a guess */
    struct mqw_connection connection;
    bool begun; /* connection is */
    struct mqw_storage storage[2];
    uint64_t clock; /* milliseconds */
    struct waits waits;
};

static inline uint8_t sender_of(const struct talk *talk, int end)
{
    return talk->stage != TALK_MQTT ? MQW_NEITHER : end == talk->client ? MQW_CLIENT : MQW_SERVER;
}

/* ---- talk.c ---- */

/* The hypotheses that bytes are to be judged by. */
uint8_t talk_hypotheses(const struct talk *talk);

/* Those preferred without any other evidence: the server is at the well-known port, or at the lower
   one. */
uint8_t talk_likely_client(const struct talk *talk);

/* Says what an undecided talk is: MQTT, by a CONNECT or by a guess, or not.  The bytes just came.
 */
void talk_look(struct talk *talk, int end, const uint8_t *data, size_t len, struct moment when);
void talk_refuse(struct talk *talk, enum capture_note note, struct moment when);

/* The end must be the client, as CONNECT or an HTTP request tells. */
void talk_is_client(struct talk *talk, int end);

/* ---- secrecy.c ---- */

/* The bytes that an undecided talk begins with are TLS's.  False: there are no keys to open it. */
bool secrecy_begin(struct talk *talk, int end, struct moment when);
void secrecy_data(struct talk *talk, int end, const uint8_t *data, size_t len, struct moment when);
void secrecy_missing(struct talk *talk, int end, uint64_t len, struct moment when);
void secrecy_finish(struct talk *talk, struct moment when);

/* ---- transport.c ---- */

enum { TRANSPORT_UNKNOWN = 0 /* it is not known how many bytes are missing */ };

void transport_data(struct talk *talk, int end, const uint8_t *data, size_t len,
                    struct moment when);
void transport_missing(struct talk *talk, int end, uint64_t len, struct moment when);

/* Reads what was held back as if it began HTTP, if it cannot any more. */
void transport_settle(struct talk *talk, int end, struct moment when);

/* ---- framing.c ---- */

enum { LENGTH_UNKNOWN = -1 };

void framing_data(struct talk *talk, int end, const uint8_t *data, size_t len, struct moment when);
void framing_missing(struct talk *talk, int end, int64_t len, struct moment when);

/* The talk is MQTT, or one of its ends has found its place: what was held back is read. */
enum { BOTH_ENDS = -1 };
void framing_found(struct talk *talk, int end, uint8_t hypothesis);
void framing_finish(struct talk *talk, struct moment when);
void framing_free(struct talk *talk, struct side *side);

/* ---- packet.c ---- */

/* Makes ready for the first packet.  midway: of those that were seen. */
void packet_begin(struct talk *talk, bool midway);

/* A packet of size bytes (0: unknown), of which the first len are there.  last: nothing follows. */
void packet_read(struct talk *talk, int end, const uint8_t *data, size_t len, uint32_t size,
                 bool last, struct moment when);

/* Nothing follows: tells which packets were never answered, and of a client that was silent. */
void packet_finish(struct talk *talk, struct moment when);

/* Bytes are missing, or came and cannot be read: their sender was not silent. */
void packet_missing(struct talk *talk, int end, struct moment when);
void packet_end(struct talk *talk);

#endif
