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
 *         seen = mqw_connection_unread(&connection, MQW_CLIENT, buf, len, now);
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

/* One use of a packet identifier.  The caller gives arrays of these, and reads nothing in them; but
 * where tags stand for memory, `first` and `last` of entries with a type and of their side's epoch
 * are the ones that may still be told, with connect_tag and ping_tag. */
struct mqw_exchange {
    uint64_t first;  /* tag of the packet that began it */
    uint64_t last;   /* tag of the packet that the next acknowledgement answers */
    uint32_t number; /* in the order of its packets, or of filters asked for; 0: not judged */
    uint32_t due;    /* acknowledgements that may still come: 4 bits a type, from PUBACK on */
    uint16_t epoch;  /* the entry is taken where this is its side's */
    uint16_t id;
    uint8_t type; /* PUBLISH, SUBSCRIBE, UNSUBSCRIBE; 0: free */
    uint8_t qos;
    uint8_t state;
    uint8_t counted; /* type of the acknowledgement that `number` is about */
};

/* What a topic alias stands for.  Likewise. */
struct mqw_alias {
    struct mqw_bytes topic; /* empty: not kept */
    uint32_t epoch;         /* the alias is bound where this is its side's alias_epoch */
};

/*
 * What is remembered of one side's packets.  Owned by the caller; lasts as the connection, or until
 * mqw_connection_move.  Exchanges: as many as identifiers may be in use at once (Receive Maximum,
 * and SUBSCRIBEs and UNSUBSCRIBEs); 65,535 always suffice.  A search takes one step where
 * identifiers are given out in turn, and at worst one for each exchange.  Aliases: 1, 2, ...; those
 * above the count are not followed.
 */
struct mqw_storage {
    struct mqw_exchange *exchanges;
    struct mqw_alias *aliases;
    uint32_t exchange_count;
    uint32_t alias_count;
};

/*
 * Releases old, unless it is empty, and answers a lasting copy of topic, or an empty view where
 * topic is empty or cannot be kept.  alias: of this sender, 1, 2, ... its storage's alias_count.
 */
typedef struct mqw_bytes mqw_keep(void *arg, enum mqw_sender sender, uint16_t alias,
                                  struct mqw_bytes old, struct mqw_bytes topic);

/* All zero is a connection from its first byte on, without storage. */
struct mqw_connection_config {
    struct mqw_storage client, server; /* by sender */
    /* Of packets by sender: mqw_connection_options hands them on, with its version and sender. */
    struct mqw_options client_options, server_options;
    bool midway;        /* packets may have gone before: absence proves nothing until a CONNECT */
    bool one_sided;     /* only one side's packets are ever passed: absence proves nothing at all */
    bool enforce_sizes; /* leave Maximum Packet Size to decoding; else it is reported here */
    mqw_keep *keep;     /* NULL: it is known whether an alias is bound, and not to what */
    void *arg;          /* for keep */
};

/* What one side said of itself, and where it stands.  To be read, not written. */
struct mqw_side {
    struct mqw_storage storage;
    struct mqw_options options;
    uint32_t stored;              /* entries of storage.exchanges that are taken */
    uint32_t untracked;           /* exchanges for which there was no room */
    uint32_t in_flight;           /* QoS 1 and 2 messages that were sent and not settled: 4.9 */
    uint32_t surplus;             /* acknowledgements that came when none was in flight */
    uint32_t maximum_packet_size; /* what this side takes, bytes; 0: anything */
    uint32_t alias_epoch;         /* goes on where aliases are forgotten */
    uint16_t epoch;               /* goes on where exchanges are forgotten */
    uint16_t reach;               /* how far from its place an exchange may be: exchanges.c */
    uint16_t receive_maximum;     /* of this side */
    uint16_t topic_alias_maximum; /* of this side */
    uint16_t last_id;             /* that mqw_connection_next_id gave */
    bool aliases_missed;          /* it used one for which there was no room */
    bool known;                   /* the three maxima are: CONNECT or CONNACK was seen, in 5.0 */
    bool spoke;                   /* it sent a packet */
    bool left;                    /* it sent DISCONNECT */
    bool settled;                 /* a message of its was acknowledged for good */
    bool repeated;                /* it sent a message again: before 5.0 it may then be misled */
};

/* A connection.  May be moved, and dropped after mqw_connection_end; the library writes it. */
struct mqw_connection {
    struct mqw_side client, server;
    mqw_keep *keep;
    void *arg;
    uint64_t method_hash;              /* of the authentication method */
    uint64_t subscription_identifiers; /* bit n: one that is n modulo 64 was given */
    uint64_t heard;                    /* when the client's last packet was seen, milliseconds */
    uint64_t connect_tag;
    uint64_t ping_tag;
    uint32_t pings;                   /* PINGREQs without PINGRESP */
    uint32_t session_expiry_interval; /* CONNECT's, seconds */
    uint32_t numbered;                /* packets that are to be acknowledged in order, counted */
    uint32_t judged[3];  /* PUBACK, PUBREC, PUBREL: number of what the client answered last */
    uint16_t keep_alive; /* seconds, in force; 0: off or not known */
    uint8_t version;     /* enum mqw_version; 0: not known yet */
    bool midway;         /* CONNECT may have been missed */
    bool one_sided;
    bool enforce_sizes;
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
    uint8_t maximum_qos;       /* CONNACK's, or what holds without it; so the next four */
    bool retain_available;
    bool wildcard_subscription_available;
    bool subscription_identifier_available;
    bool shared_subscription_available;
};

enum { MQW_FINDINGS = 8 }; /* no packet earns more */

struct mqw_finding {
    enum mqw_code code; /* a rule */
    uint32_t item;      /* index of the element, where one of a list is at fault */
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
    bool untracked; /* its exchange found no room: it is not followed, and repeats are not told */
    bool aliased;   /* PUBLISH: its own topic is empty, and `topic` what its alias stands for */
    uint64_t tag;   /* PUBCOMP answers PUBREL, PUBREL answers PUBREC ... */
    uint64_t first; /* tag of the packet that began the exchange: the PUBLISH, the request */
    struct mqw_bytes topic; /* PUBLISH: its own, or the one its alias stands for, which lasts until
                               the alias changes; ptr is NULL where that is unknown */
};

/* Begins a connection.  Clears the storage; topics that were in it are not released. */
MQW_API void mqw_connection_init(struct mqw_connection *connection,
                                 const struct mqw_connection_config *config);

/*
 * Says the version where no packet has: of what one joins midway, of a server's stream alone, or of
 * the CONNECT that one is going to send.  Of no effect where it is known.  A CONNECT of another
 * version is then refused by decoding.
 */
MQW_API void mqw_connection_version(struct mqw_connection *connection, enum mqw_version version);

/* Options for decoding, or encoding, the next packet of sender (MQW_CLIENT or MQW_SERVER). */
MQW_API struct mqw_options mqw_connection_options(const struct mqw_connection *connection,
                                                  enum mqw_sender sender);

/*
 * Takes note of a packet of sender and tells what it means.  size: of the whole packet, bytes, as
 * decoding and encoding answer it, and with a payload that is written apart.  now: milliseconds of
 * any clock that does not go back.  tag: what answers to this packet shall carry.  The packet may be
 * dropped afterwards.  Cost is linear in its size, and at worst in the exchanges stored.
 */
MQW_API struct mqw_seen mqw_connection_packet(struct mqw_connection *connection,
                                              enum mqw_sender sender,
                                              const struct mqw_packet *packet, uint32_t size,
                                              uint64_t now, uint64_t tag);

/*
 * What mqw_connection_packet would find, without taking note: for whoever wants to know before he
 * sends a packet whether the other side takes it (QoS, retained messages, sizes, aliases, kinds of
 * subscription) and whether it is time for it.  Identifiers are not judged, which is the business of
 * mqw_connection_next_id and mqw_connection_quota, nor whether an alias is bound.  It tells findings
 * alone.
 */
MQW_API struct mqw_seen mqw_connection_check(const struct mqw_connection *connection,
                                             enum mqw_sender sender,
                                             const struct mqw_packet *packet, uint32_t size,
                                             uint64_t now);

/*
 * Takes note of a packet of sender that could not be decoded, from its first bytes: as many as are
 * there, NULL and 0 for lost bytes.  From here on the absence of a packet proves nothing.
 */
MQW_API struct mqw_seen mqw_connection_unread(struct mqw_connection *connection,
                                              enum mqw_sender sender, const void *buf, size_t len,
                                              uint64_t now);

/*
 * The name of a finding's field, with the element where one is at fault: "subscriptions[2]".  Writes
 * at most cap bytes with a NUL; answers the length of the whole name.
 */
MQW_API size_t mqw_finding_field(const struct mqw_finding *finding, char *out, size_t cap);

/*
 * Where in its packet a finding is, given the packet and its options: offset of the field's value,
 * or of a list's element; the packet's end where the field is not there; 0 for the packet as a
 * whole.  Reads the packet once again.
 */
MQW_API uint32_t mqw_finding_offset(const struct mqw_finding *finding, const void *buf, size_t len,
                                    const struct mqw_options *options);

/*
 * Goes on in other storage for the packets of sender, larger or smaller: copies into either array
 * that is a new one, and gives the old one back to the caller.  They must not overlap.  False, and
 * nothing changed, where there are fewer exchanges than are stored, or fewer aliases than before.
 * A packet takes one exchange at most: whoever moves when `stored` has come to
 * storage.exchange_count, before the next packet, has nothing untracked.
 */
MQW_API bool mqw_connection_move(struct mqw_connection *connection, enum mqw_sender sender,
                                 const struct mqw_storage *storage);

/*
 * A packet identifier for sender's next PUBLISH, SUBSCRIBE or UNSUBSCRIBE: not in use, not held, and
 * with room for its exchange; 0 where there is none.  It is taken once the packet has been passed.
 * Whether a message may be sent is another question, for mqw_connection_quota.
 */
MQW_API uint16_t mqw_connection_next_id(struct mqw_connection *connection, enum mqw_sender sender);

/*
 * Says that a message of sender is open under this identifier since an earlier connection of the
 * session: of one's own what was not settled, of the other side's what was answered by PUBREC.  For
 * when it is known that the session goes on, before identifiers are asked for.  The identifier is
 * held until the message, or its PUBREL, is sent again and settled; `repeats` then tells that it
 * was sent before, and the quota counts it.  tag: that of the message, until it is sent again; it may
 * be told anew.  False: there is no room.
 */
MQW_API bool mqw_connection_hold(struct mqw_connection *connection, enum mqw_sender sender,
                                 uint16_t packet_id, uint64_t tag);

/* How many messages of QoS 1 and 2 sender may send now: section 4.9 of 5.0; 3.1.1 has no limit but
 * the number of packet identifiers. */
MQW_API uint32_t mqw_connection_quota(const struct mqw_connection *connection,
                                      enum mqw_sender sender);

/* When the client will have been silent for one and a half times the keep alive, in the clock of
 * `now`; UINT64_MAX where it need not speak. */
MQW_API uint64_t mqw_connection_deadline(const struct mqw_connection *connection);

/* Ends a connection: has keep release the topics.  Of no other effect. */
MQW_API void mqw_connection_end(struct mqw_connection *connection);

#ifdef __cplusplus
}
#endif

#endif
