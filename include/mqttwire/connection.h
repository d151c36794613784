/* SPDX-License-Identifier: MIT */
/*
 * The rules of a connection: what neither packet shows alone.  mqttwire.h includes this file.
 *
 * mqw_connection follows both directions of one network connection from decoded packets: who may
 * speak when, packet identifiers and acknowledgements, topic aliases, what either side announced
 * about itself.  It holds no memory of its own and reads no clock.  Each packet gets an answer: the
 * rules that it breaks, the topic that it means, the packet that it answers.
 *
 *     mqw_connection_init(&connection, &config);
 *     options = mqw_connection_options(&connection, MQW_CLIENT);
 *     result = mqw_decode(buf, len, &options, &packet);
 *     if (result.code == MQW_OK)
 *         seen = mqw_connection_packet(&connection, MQW_CLIENT, &packet, result.size, now, 0);
 *     else if (result.code != MQW_MORE)
 *         seen = mqw_connection_unread(&connection, MQW_CLIENT, buf[0] >> 4, result.size, now);
 *
 * An inspector passes what it captured; a client or a broker passes what it receives, and what it
 * sends when it sends it.  A finding is a proof: where storage ran out, packets were missed, or an
 * earlier connection of the session may explain a packet, there is none.  docs/connection.md lists
 * which statements of the specifications are enforced, and when.
 */
#ifndef MQTTWIRE_CONNECTION_H
#define MQTTWIRE_CONNECTION_H

#include <mqttwire/mqttwire.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One use of a packet identifier.  The caller gives arrays of these and reads nothing in them.
 * An acknowledgement may be due more than once, where a PUBLISH was repeated.
 */
struct mqw_exchange {
    uint64_t first; /* tag of the packet that began it */
    uint64_t last;  /* tag of the packet that the next acknowledgement answers */
    uint64_t order; /* number among the packets to be answered in order; 0: not judged */
    uint32_t asked; /* filters of the request; 0: not known */
    uint32_t epoch; /* the entry is taken where this is its side's */
    uint16_t id;
    uint8_t type; /* PUBLISH, SUBSCRIBE, UNSUBSCRIBE */
    uint8_t qos;
    uint8_t ordered; /* type of the answers that `order` is about */
    bool open;       /* the packet identifier is in use */
    bool released;   /* PUBREL was sent */
    uint8_t due[8];  /* which acknowledgements may still come: by type, from PUBACK to UNSUBACK */
};

/* What a topic alias stands for. */
struct mqw_alias {
    struct mqw_bytes topic; /* empty: not kept */
    uint32_t epoch;         /* the alias is bound where this is its side's alias_epoch */
};

/*
 * What is remembered of one side's packets.  Owned by the caller; lasts as the connection.
 * Exchanges: as many as identifiers may be in use at once, and twice that where they are not given
 * out in turn; 65,535 always suffice.  Aliases: 1, 2, ...; those above the count are not followed.
 */
struct mqw_storage {
    struct mqw_exchange *exchanges;
    struct mqw_alias *aliases;
    uint32_t exchange_count;
    uint32_t alias_count;
};

/*
 * Releases old, unless it is empty, and answers a lasting copy of topic, or an empty view where
 * topic is empty or cannot be kept.
 */
typedef struct mqw_bytes mqw_keep(void *arg, struct mqw_bytes old, struct mqw_bytes topic);

/* All zero is a connection from its first byte on, without storage. */
struct mqw_connection_config {
    struct mqw_options options; /* version: with midway, 0 where unknown; allow, refuse, partial and
                                   max_size are handed on by mqw_connection_options */
    bool midway;        /* packets may have gone before: absence proves nothing until a CONNECT */
    bool enforce_sizes; /* leave Maximum Packet Size to decoding; else it is reported here */
    struct mqw_storage client, server; /* by sender */
    mqw_keep *keep; /* NULL: it is known whether an alias is bound, and not to what */
    void *arg;      /* for keep */
};

/* What one side said of itself, and where it stands.  To be read, not written. */
struct mqw_side {
    struct mqw_storage storage;
    uint32_t epoch;               /* goes on where exchanges are forgotten */
    uint32_t alias_epoch;         /* goes on where aliases are forgotten */
    uint32_t stored;              /* entries of storage.exchanges that are taken */
    uint32_t untracked;           /* exchanges for which there was no room */
    uint32_t in_flight;           /* QoS 1 and 2 messages that were sent and not settled: 4.9 */
    uint32_t surplus;             /* acknowledgements that came when none was in flight */
    uint32_t maximum_packet_size; /* what this side takes, bytes; 0: anything */
    uint16_t receive_maximum;     /* of this side */
    uint16_t topic_alias_maximum; /* of this side */
    uint16_t last_id;             /* that mqw_connection_next_id gave */
    bool known;                   /* the three maxima are: CONNECT or CONNACK was seen, in 5.0 */
    bool spoke;                   /* it sent a packet */
    bool left;                    /* it sent DISCONNECT */
    bool settled;                 /* a message of its was acknowledged for good */
    bool repeated;                /* it sent a message again: before 5.0 it may then be misled */
    uint64_t numbered;            /* packets that are to be acknowledged in order, counted */
    uint64_t judged[8]; /* by type of its acknowledgements: number of the last one acknowledged */
};

/* A connection.  May be moved, and dropped after mqw_connection_end; the library writes it. */
struct mqw_connection {
    struct mqw_options options;
    mqw_keep *keep;
    void *arg;
    struct mqw_side client, server;
    uint8_t version; /* enum mqw_version; 0: not known yet */
    bool enforce_sizes;
    bool midway;       /* CONNECT may have been missed */
    bool complete;     /* no packet was missed since CONNECT */
    bool connected;    /* CONNECT was seen */
    bool answered;     /* CONNACK was seen, or may have been missed */
    bool acknowledged; /* CONNACK was seen */
    bool refused;      /* and refused the connection */
    bool session_present;
    bool clean_start;
    bool client_id_empty;
    bool has_method;           /* CONNECT named an authentication method, in 5.0 */
    bool response_information; /* CONNECT asked for it */
    bool problem_information;  /* CONNECT did not decline it */
    uint8_t maximum_qos;       /* CONNACK's, or what holds without it */
    bool retain_available;
    bool wildcard_subscription_available;
    bool subscription_identifier_available;
    bool shared_subscription_available;
    uint16_t keep_alive;              /* seconds, in force; 0: off or not known */
    uint32_t session_expiry_interval; /* CONNECT's, seconds */
    uint32_t pings;                   /* PINGREQs without PINGRESP */
    uint32_t method_length;           /* of the authentication method, bytes */
    uint64_t method_hash;
    uint64_t subscription_identifiers; /* bit n: one that is n modulo 64 was given */
    uint64_t heard;                    /* when the client's last packet was seen, milliseconds */
    uint64_t connect_tag;
    uint64_t ping_tag;
};

enum { MQW_FINDINGS = 8 }; /* no packet earns more */

struct mqw_finding {
    enum mqw_code code; /* a rule */
    uint32_t item;      /* index of the element, where the field is a list */
    const char *field;  /* "properties.topic_alias"; "": the packet as a whole */
};

/* What a packet means for its connection. */
struct mqw_seen {
    uint32_t count; /* findings */
    struct mqw_finding findings[MQW_FINDINGS];
    bool answers;   /* it answers a packet that was seen: `tag` is that one's */
    bool repeats;   /* PUBLISH, PUBREL: it was sent before; QoS 2 is not to be delivered again */
    bool settles;   /* it ends an exchange: the identifier is free again */
    bool ignored;   /* the server must not process it: 3.1.4 */
    uint64_t tag;   /* PUBCOMP answers PUBREL, PUBREL answers PUBREC ... */
    uint64_t first; /* tag of the packet that began the exchange: the PUBLISH, the request */
    struct mqw_bytes topic; /* PUBLISH: its own, or the one its alias stands for, which lasts until
                               the alias changes; ptr is NULL where that is unknown */
};

/* Begins a connection.  Clears the storage; topics that were in it are not released. */
MQW_API void mqw_connection_init(struct mqw_connection *connection,
                                 const struct mqw_connection_config *config);

/* Options for decoding, or encoding, the next packet of sender (MQW_CLIENT or MQW_SERVER). */
MQW_API struct mqw_options mqw_connection_options(const struct mqw_connection *connection,
                                                  uint8_t sender);

/*
 * Takes note of a packet of sender and tells what it means.  size: the whole packet, bytes.  now:
 * milliseconds of any clock that does not go back.  tag: what answers to this packet shall carry.
 * The packet may be dropped afterwards.  Cost is linear in its size.
 */
MQW_API struct mqw_seen mqw_connection_packet(struct mqw_connection *connection, uint8_t sender,
                                              const struct mqw_packet *packet, uint32_t size,
                                              uint64_t now, uint64_t tag);

/*
 * Takes note of a packet of sender that could not be decoded, or of lost bytes (type 0).  size: 0
 * where it is unknown.  From here on the absence of a packet proves nothing.
 */
MQW_API struct mqw_seen mqw_connection_unread(struct mqw_connection *connection, uint8_t sender,
                                              uint8_t type, uint32_t size, uint64_t now);

/*
 * A packet identifier for sender's next request that is not in use on this connection and for which
 * there is room; 0 where there is none.  It is taken once the packet has been passed.  Messages
 * that an earlier connection of the session left open count from when they are sent again.
 */
MQW_API uint16_t mqw_connection_next_id(struct mqw_connection *connection, uint8_t sender);

/* How many messages of QoS 1 and 2 sender may send now: section 4.9 of 5.0; 3.1.1 has no limit but
 * the number of packet identifiers. */
MQW_API uint32_t mqw_connection_quota(const struct mqw_connection *connection, uint8_t sender);

/* When the client will have been silent for one and a half times the keep alive, in the clock of
 * `now`; UINT64_MAX where it need not speak. */
MQW_API uint64_t mqw_connection_deadline(const struct mqw_connection *connection);

/* Ends a connection: has keep release the topics.  Of no other effect. */
MQW_API void mqw_connection_end(struct mqw_connection *connection);

#ifdef __cplusplus
}
#endif

#endif
