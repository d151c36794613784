/* SPDX-License-Identifier: MIT */
/*
 * MQTT packets out of pcap and pcapng files, pipes and network interfaces.
 *
 *     struct capture_error error;
 *     struct capture *capture = capture_open("trace.pcapng", NULL, &error);
 *     struct capture_batch batch;
 *     while (capture_read(capture, &batch, &error) > 0)
 *         for (size_t i = 0; i < batch.count; i++)
 *             ...
 *     capture_close(capture);
 *
 * IP and TCP are put together again, TLS is opened where there are keys, WebSocket framing taken off,
 * and both directions of each connection are followed with mqw_connection.  Which connections are MQTT, and which version, is told by
 * their bytes on any port; where a capture begins in the middle of a connection it is a guess, and
 * said to be one.  Memory is bounded whatever the capture holds, and no input costs more than its
 * size.
 */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include <mqttwire/mqttwire.h>

/*
 * What is told beside packets.  X(number, NAME, name, LEVEL, statements, text)
 * Levels: INFO; LOSS: the capture lacks something; FAULT: what was sent breaks a rule.
 */
/* clang-format off: a table is read in columns */
#define CAPTURE_NOTES(X)                                                                           \
    X(1, OPENED, opened, INFO, "", "the connection's first packet follows")                        \
    X(2, CLOSED, closed, INFO, "", "the connection was closed")                                    \
    X(3, RESET, reset, INFO, "", "the connection was reset")                                       \
    X(4, REPLACED, replaced, INFO, "", "a new connection uses the same ports")                     \
    X(5, FORGOTTEN, forgotten, LOSS, "",                                                           \
      "too many connections: this one, idle for longest, is followed no more")                     \
    X(6, REVISED, revised, INFO, "",                                                               \
      "earlier packets were read with a guess that these bytes refute")                            \
    X(7, UNANSWERED, unanswered, INFO, "", "a packet was never answered")                          \
    X(10, HOLE, hole, LOSS, "", "bytes of this direction are missing from the capture")            \
    X(11, CUT, cut, LOSS, "",                                                                      \
      "bytes are missing because the frame was cut short when it was captured")                    \
    X(12, SKIPPED, skipped, LOSS, "", "bytes were passed over until a packet began")               \
    X(13, FRAGMENTED, fragmented, LOSS, "",                                                        \
      "IP packets are passed over because not all of their fragments are in the capture")          \
    X(14, INPUT_CUT, input_cut, LOSS, "",                                                          \
      "the input ends in the middle of a frame, or before the first one")                          \
    X(15, DROPPED, dropped, LOSS, "", "frames came too fast and were dropped")                     \
    X(16, ONE_SIDED, one_sided, LOSS, "", "this direction is not in the capture")                  \
    X(17, COMPRESSION_CUT, compression_cut, LOSS, "",                                              \
      "the compressed input ends early: what there is of it was read")                             \
    X(18, COMPRESSION_DAMAGED, compression_damaged, LOSS, "",                                      \
      "the compressed input is damaged: what comes before that was read")                          \
    X(19, LINK_UNKNOWN, link_unknown, LOSS, "",                                                    \
      "frames of a link type that is not read are passed over")                                    \
    X(20, NOT_MQTT, not_mqtt, INFO, "", "this connection is not MQTT")                             \
    X(21, ENCRYPTED, encrypted, LOSS, "",                                                          \
      "this connection is TLS, and there are no keys to read it with")                             \
    X(22, UNREADABLE, unreadable, FAULT, "",                                                       \
      "where the next packet begins is unknown: the rest of this direction is not read")           \
    X(23, KEYS_MISSING, keys_missing, LOSS, "",                                                    \
      "this connection is TLS, and the keys that there are are not of it")                         \
    X(24, KEYS_WRONG, keys_wrong, LOSS, "",                                                        \
      "this connection is TLS, and the keys that are said to be of it do not fit")                 \
    X(25, CIPHER_UNKNOWN, cipher_unknown, LOSS, "",                                                \
      "this connection is TLS of a version, or with a cipher suite, that is not decrypted")        \
    X(26, TLS_RECORD, tls_record, LOSS, "",                                                        \
      "a TLS record cannot be decrypted: the rest of this direction is not read")                  \
    X(27, TLS_MIDWAY, tls_midway, LOSS, "",                                                        \
      "this connection is TLS, and its handshake, which keys depend on, is not all in the "        \
      "capture")                                                                                   \
    X(28, SILENT, silent, FAULT, "",                                                               \
      "at the end the client was silent for more than one and a half times the keep alive")        \
    X(30, WEBSOCKET_NOT_BINARY, websocket_not_binary, FAULT, "MQTT-6.0.0-1",                       \
      "MQTT in a WebSocket text frame")                                                            \
    X(31, WEBSOCKET_PROTOCOL, websocket_protocol, FAULT, "MQTT-6.0.0-3 MQTT-6.0.0-4",              \
      "the WebSocket subprotocol is not mqtt")                                                     \
    X(32, WEBSOCKET_MASK, websocket_mask, FAULT, "",                                               \
      "a WebSocket client masks its frames and a server does not")                                 \
    X(33, WEBSOCKET_FRAME, websocket_frame, FAULT, "",                                             \
      "this is no WebSocket frame: the rest of this direction is not read")                        \
    X(34, WEBSOCKET_COMPRESSED, websocket_compressed, LOSS, "",                                    \
      "a compressed WebSocket message cannot be read without those before it, which are missing: " \
      "the rest of this direction is not read")                                                    \
    X(35, WEBSOCKET_DEFLATE, websocket_deflate, FAULT, "",                                         \
      "a compressed WebSocket message is damaged: the rest of this direction is not read")         \
    X(36, WEBSOCKET_BOMB, websocket_bomb, FAULT, "",                                               \
      "a compressed WebSocket message has far more in it than its size lets expect: "              \
      "the rest of this direction is not read")                                                    \
    X(37, WEBSOCKET_REFUSED, websocket_refused, LOSS, "", "the server refused a WebSocket for MQTT")
/* clang-format on */

enum capture_note {
    CAPTURE_PACKET = 0, /* no note: a packet */
#define CAPTURE_ROW(number, NAME, name, level, ids, text) CAPTURE_##NAME = (number),
    CAPTURE_NOTES(CAPTURE_ROW)
#undef CAPTURE_ROW
};

enum capture_level { CAPTURE_LEVEL_INFO, CAPTURE_LEVEL_LOSS, CAPTURE_LEVEL_FAULT };

struct capture_note_row {
    enum capture_note number;
    enum capture_level level;
    const char *name, *ids, *text;
};

/* The rows in order: index 0, 1, ... and NULL after the last one. */
const struct capture_note_row *capture_note_at(size_t index);

/* A time that is not known. */
#define CAPTURE_UNKNOWN UINT64_MAX

/* Some bytes of a batch's arena. */
struct capture_span {
    size_t offset;
    uint32_t len;
};

/* How sure the version, and who is the client, is: X(NAME, name). */
#define CAPTURE_GUESSES(X)                                                                         \
    X(CERTAIN, "certain") /* what was read can be nothing else */                                  \
    X(LIKELY, "likely")   /* it can, but more speaks for this */                                   \
    X(OPEN, "open")       /* as much speaks for another */

enum capture_guess {
    CAPTURE_TOLD, /* it is no guess: CONNECT said so */
#define CAPTURE_GUESS(NAME, name) CAPTURE_##NAME,
    CAPTURE_GUESSES(CAPTURE_GUESS)
#undef CAPTURE_GUESS
};

/* "certain", ..., or NULL: it is no guess. */
const char *capture_guess_name(uint8_t guess);

/* A packet, or a note. */
struct capture_record {
    uint64_t number;       /* of the packet: 1, 2, ... over the capture; a note: 0 */
    uint64_t time;         /* nanoseconds since the epoch, when its last byte was captured */
    uint64_t begun;        /* when its first byte was; a note: 0 */
    uint64_t frame;        /* the captured frame with that byte: 1, 2, ... */
    uint64_t acknowledges; /* number of the packet that it answers, or 0 */
    uint64_t begins;     /* number of the packet that began this exchange, or 0; CAPTURE_UNANSWERED:
                              of the packet, whose sender, identifier and first byte are here, too */
    uint64_t latency;    /* nanoseconds since the packet that it answers, or CAPTURE_UNKNOWN;
                              CAPTURE_UNANSWERED: since the packet */
    uint64_t size;       /* bytes, of the whole packet; a note: of what it is about */
    uint32_t connection; /* 1, 2, ...; 0: a note on the capture */
    uint8_t note;        /* enum capture_note; CAPTURE_PACKET: a packet */
    uint8_t sender;      /* MQW_CLIENT, MQW_SERVER; a note on the whole connection: MQW_NEITHER */
    uint8_t version;     /* enum mqw_version, 0 where not known */
    uint8_t guessed;     /* enum capture_guess: the version, and who is the client */
    bool repeats;        /* PUBLISH, PUBREL: it was sent before on this connection */
    bool settles;        /* it ends its exchange */
    bool holed;          /* bytes of it are missing, and the stream goes on after them */
    bool ignored;        /* the server must not process it */
    bool aliased;        /* topic is what a topic alias stands for */
    uint16_t packet_id;  /* 0: it has none */
    struct mqw_result result;  /* of decoding; OK with too few bytes: a PUBLISH's header was read */
    struct capture_span bytes; /* those that are there: fewer than size where some are missing;
                                  CAPTURE_UNANSWERED: the packet's first;
                                  CAPTURE_WEBSOCKET_REFUSED: the server's status line */
    struct capture_span topic; /* PUBLISH: its own or its alias's; empty where unknown */
    struct capture_span payload; /* PUBLISH: what of it is there */
    size_t finding;              /* index of its first finding in the batch */
    uint32_t findings;           /* how many it has: broken rules of the connection */
};

/* What is in it lasts until the next call. */
struct capture_batch {
    const struct capture_record *records;
    size_t count;
    const uint8_t *arena;
    size_t size; /* of the arena, bytes */
    const struct mqw_finding *findings;
    size_t finding_count;
};

struct capture_endpoint {
    char address[46]; /* "192.0.2.1", "2001:db8::1" */
    uint16_t port;
};

enum capture_transport { CAPTURE_TCP, CAPTURE_WEBSOCKET };

/* A connection as it is known now; views last until the next call. */
struct capture_connection {
    uint32_t number;
    struct capture_endpoint client, server;
    enum capture_transport transport;
    uint8_t version;
    uint8_t guessed; /* enum capture_guess: the version, and who is the client */
    bool whole;      /* it was captured from its first byte on */
    uint16_t tls;    /* 0x0303: in TLS 1.2, 0x0304: in TLS 1.3, which was opened; 0: not */
    bool mqtt;       /* as far as can be told */
    bool over;
    uint64_t opened, last;      /* time of the first and of the last segment */
    uint64_t packets;           /* with those that could not be read */
    uint64_t bytes;             /* of those packets */
    struct mqw_bytes client_id; /* of CONNECT, or as CONNACK assigned it; ptr NULL: not seen */
};

static inline const char *capture_transport_name(enum capture_transport transport)
{
    return transport == CAPTURE_WEBSOCKET ? "websocket" : "tcp";
}

/* "1.3", or NULL. */
static inline const char *capture_tls_name(uint16_t tls)
{
    return tls == 0x0304 ? "1.3" : tls == 0x0303 ? "1.2" : NULL;
}

struct capture_counts {
    uint64_t frames;      /* read */
    uint64_t segments;    /* of TCP */
    uint64_t repeated;    /* segments whose bytes had all come before */
    uint64_t fragments;   /* of IP */
    uint64_t others;      /* frames that hold no TCP */
    uint64_t damaged;     /* frames whose headers are cut off or nonsense */
    uint64_t connections; /* of TCP */
    uint64_t packets;     /* of MQTT */
    uint64_t read;        /* bytes of the file, compressed ones as they are; live: 0 */
    uint64_t dropped;     /* live: frames that came too fast, as far as the system tells */
    uint64_t keys;        /* secrets in the key log file, as often as they were read */
};

/* All zero, or a NULL pointer, is what most want. */
struct capture_options {
    uint32_t allow, refuse; /* for decoding; MQW_ALLOW_MQTT_3_1 is always on */
    size_t records;         /* in a batch, about; 0: 4096 */
    size_t packet;          /* largest packet that is kept whole, bytes; 0: 16 MiB */
    size_t memory; /* for connections and what waits in them, bytes; 0: 256 MiB; about 1 MiB is the
                      least */
    uint32_t connections; /* followed at once; 0: 65,536 */
    const char *keylog; /* path of a TLS key log file, beside secrets in the capture; NULL: none */
    bool follow;        /* a file goes on where it ends now, until capture_finish */
};

struct capture_error {
    int number; /* errno */
    char text[512];
};

struct capture;

/*
 * Opens a file, gzip's too, or standard input as "-".  NULL: error says why.  One that ends early is no error,
 * even inside its header: that is told as CAPTURE_INPUT_CUT, beside whatever is in it.
 */
struct capture *capture_open(const char *path, const struct capture_options *options,
                             struct capture_error *error);

/* Listens at a network interface; filter is libpcap's, or NULL. */
struct capture *capture_open_live(const char *interface, const char *filter,
                                  const struct capture_options *options,
                                  struct capture_error *error);

/*
 * Reads until a batch is full, or the input ends, or 16 MiB of frames were read, or, where more may
 * come later, it has been a tenth of a second.  1: a batch, which may be empty then; 0: there is no more; -1: error says why,
 * and what was read before has been told.
 */
int capture_read(struct capture *capture, struct capture_batch *batch, struct capture_error *error);

/* False where there is none of this number, or it ended so long ago that it was forgotten. */
bool capture_connection(const struct capture *capture, uint32_t number,
                        struct capture_connection *out);

/* What has not come yet is not waited for: reading ends with what is there, or in a second. */
void capture_finish(struct capture *capture);

struct capture_counts capture_counts(const struct capture *capture);

void capture_close(struct capture *capture);

#endif
