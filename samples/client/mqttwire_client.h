/* SPDX-License-Identifier: MIT */
/*
 * A client for MQTT 3.1.1 and 5.0 on top of mqttwire and libuv.
 *
 *     struct mqw_client_options options = {.url = "mqtt://localhost", .message = got};
 *     struct mqw_client *client = mqw_client_new(&options, NULL, NULL);
 *     struct mqw_client_wait wait = {0};
 *
 *     mqw_client_connect(client);
 *     mqw_client_subscribe(client, &subscribe, mqw_client_remember, &wait);
 *     if (mqw_client_wait(client, &wait, 5000) == MQW_CLIENT_OK)
 *         mqw_client_run(client, -1);
 *     mqw_client_free(client);
 *
 * A client belongs to one libuv loop, its own or the caller's, and to that loop's thread.  Packets
 * are those of <mqttwire/mqttwire.h>: every field and property that the codec knows can be sent,
 * and is told.  What is given to a function is copied; what a callback is given lasts until it
 * returns.  docs/client.md walks through the library.
 */
#ifndef MQTTWIRE_CLIENT_H
#define MQTTWIRE_CLIENT_H

#include <mqttwire/mqttwire.h>

#ifdef __cplusplus
extern "C" {
#endif

struct uv_loop_s;
struct sqlite3;
struct mqw_client;

/* How things end.  X(number, NAME, text) */
/* clang-format off: a table is read in columns */
#define MQW_CLIENT_STATUSES(X)                                                                     \
    X(0, OK, "done")                                                                               \
    X(1, REFUSED, "the server refused it")                                                         \
    X(2, INVALID, "it would break a rule")                                                         \
    X(3, OFFLINE, "there is no connection")                                                        \
    X(4, FULL, "the queue is full")                                                                \
    X(5, DROPPED, "it gave way to newer messages")                                                 \
    X(6, TIMEOUT, "no answer came in time")                                                        \
    X(7, NETWORK, "the connection failed")                                                         \
    X(8, TLS, "TLS failed")                                                                        \
    X(9, PROTOCOL, "the server broke a rule")                                                      \
    X(10, AUTHENTICATION, "authentication failed")                                                 \
    X(11, STORE, "the session store failed")                                                       \
    X(12, CLOSED, "the client was closed")                                                         \
    X(13, CONFIGURATION, "the options do not fit together")                                        \
    X(14, MEMORY, "out of memory")
/* clang-format on */

enum mqw_client_status {
#define MQW_CLIENT_ROW(number, NAME, text) MQW_CLIENT_##NAME = (number),
    MQW_CLIENT_STATUSES(MQW_CLIENT_ROW)
#undef MQW_CLIENT_ROW
};

/* "the queue is full" */
const char *mqw_client_status_text(enum mqw_client_status status);

/* ---- What is told --------------------------------------------------------------------------- */

/* How a request ended. */
struct mqw_client_result {
    enum mqw_client_status status;
    uint8_t reason_code;             /* of the answer; of many, the worst */
    const struct mqw_packet *packet; /* the answer: PUBACK, PUBREC, PUBCOMP, SUBACK, UNSUBACK, AUTH,
                                        DISCONNECT; NULL: there was none */
    const char *text;                /* for people */
};

typedef void mqw_client_done(struct mqw_client *client, void *arg,
                             const struct mqw_client_result *result);

/* A message that came. */
struct mqw_client_message {
    const struct mqw_publish *publish; /* its topic is there even where an alias stood for it */
    uint64_t token;                    /* for mqw_client_acknowledge; 0 at QoS 0 */
    bool repeat; /* it may have been handed over before: it came with DUP, or lay in the store */
};

/*
 * True: the application is done with the message.  False: it will say so by
 * mqw_client_acknowledge; until then a message of QoS 1 or 2 is not settled, counts in the Receive
 * Maximum, and is handed over again after a restart: by the server, which has no PUBACK or PUBREC
 * yet, or in QoS 2 with a store by the client, which has kept it.
 */
typedef bool mqw_client_handler(struct mqw_client *client, void *arg,
                                const struct mqw_client_message *message);

/* Why there is no connection. */
struct mqw_client_end {
    enum mqw_client_status status; /* OK: the client was asked to disconnect */
    uint8_t reason_code;           /* of packet */
    const struct mqw_packet
        *packet;      /* the server's DISCONNECT, or the CONNACK that refused; NULL */
    uint64_t retry;   /* milliseconds until the next attempt; UINT64_MAX: there is none */
    const char *text; /* for people */
};

/* ---- Options -------------------------------------------------------------------------------- */

enum mqw_client_overflow {
    MQW_CLIENT_REFUSE_NEW, /* the publish that finds no room ends as FULL */
    MQW_CLIENT_DROP_OLDEST /* the oldest message that was not sent yet ends as DROPPED */
};

/* TLS, for a URL that says so: with another, none of these may be set.  Paths of files, and
 * OpenSSL's own words; NULL: OpenSSL's or the system's default. */
struct mqw_client_tls {
    const char *ca_file, *ca_path;
    const char *cert_file, *key_file, *key_password; /* of the client, for mutual TLS */
    const char *ciphers, *ciphers_1_3;
    const char *version; /* least: "tlsv1.2" (the default) or "tlsv1.3" */
    const char *alpn;
    const char *psk, *psk_identity; /* in place of certificates; the key in hex */
    const char *keylog_file;        /* secrets for Wireshark are appended */
    bool insecure; /* take a certificate of whatever host; without ca_file and ca_path, any */
};

/*
 * One exchange of enhanced authentication: section 4.12 of 5.0.  in: what the server said, empty at
 * the beginning; *out: what to say, which lasts until the next call.  final: the server has
 * accepted, and this is the last word.  False: the server is not who it claims to be.
 */
typedef bool mqw_client_authenticate(void *arg, bool begin, bool final, struct mqw_bytes in,
                                     struct mqw_bytes *out);

/* All zero but the URL is a client of 5.0 that reconnects and keeps its session in memory. */
struct mqw_client_options {
    const char *url; /* mqtt, mqtts, ws, wss, unix; a user name and password in it are used where
                        `connect` has none */
    uint8_t version; /* enum mqw_version; 0: 5.0 */

    /*
     * CONNECT, with its properties and will, as it is sent.  NULL: a clean start without a client
     * identifier, keep alive 60 s.  Authentication properties are set by the client itself.
     */
    const struct mqw_connect *connect;

    struct mqw_client_tls tls;
    const char *bind_address;
    const char *websocket_path;           /* NULL: the URL's, or /mqtt */
    const char *const *websocket_headers; /* "Name: value", ending with NULL */

    /* Times in milliseconds; 0: what is said here. */
    uint32_t connect_timeout; /* until CONNACK: 10,000 */
    uint32_t ping_timeout;    /* until PINGRESP: 10,000, or the keep alive if that is less */
    uint32_t backoff_first;   /* before the first attempt to reconnect: 1,000 */
    uint32_t backoff_most;    /* doubled each time up to 60,000; up to a tenth is added by chance */
    uint32_t attempts;        /* in a row, after which the client gives up; 0: it never does */
    bool no_reconnect;

    /* Publishes that wait for a connection, or for room in the server's Receive Maximum. */
    uint32_t queue_messages; /* 0: 1,000 */
    size_t queue_bytes;      /* 0: 64 MiB; no message may be larger */
    enum mqw_client_overflow overflow;
    uint16_t
        in_flight;    /* messages of QoS 1 and 2 that are open at once, beside the server's Receive
                           Maximum; 0: 20 in 3.1.1, where servers cannot say, and no limit in 5.0 */
    bool queue_qos_0; /* keep QoS 0 as well while there is no connection */
    uint16_t topic_aliases; /* that the client gives by itself, if the server takes as many */
    uint32_t receive_limit; /* bytes of the largest packet that is taken, where CONNECT has no
                                   Maximum Packet Size; 0: 256 MiB, MQTT's own */

    const char *store_path; /* SQLite file of the session, and beside it FILE-lock, FILE-wal and
                               FILE-shm; NULL: it is kept in memory */
    bool store_full;        /* survive power loss, not just the end of the process */

    /* Enhanced authentication: SCRAM-SHA-1 or SCRAM-SHA-256 with CONNECT's user name and password,
     * which are then not sent; or any other method, with a function that knows it. */
    const char *authentication_method;
    mqw_client_authenticate *authenticate;
    void *authenticate_arg;

    /* Callbacks; each may be NULL.  They may call any function; but those that run the loop,
     * mqw_client_run and mqw_client_wait and its like, answer INVALID there. */
    void (*connected)(struct mqw_client *client, void *arg, const struct mqw_connack *connack);
    void (*disconnected)(struct mqw_client *client, void *arg, const struct mqw_client_end *end);
    mqw_client_handler *message; /* what no other handler takes */
    /* A publish of an earlier run, from the store, was settled. */
    mqw_client_done *settled;
    /* Each whole packet as it is sent or received, decoded or not. */
    void (*packet)(struct mqw_client *client, void *arg, enum mqw_sender sender,
                   const uint8_t *bytes, size_t len);
};

/* ---- Life ----------------------------------------------------------------------------------- */

/*
 * Makes a client; nothing is sent yet.  loop: the caller's, whose thread is the only one to use the
 * client; NULL: it makes its own.  arg: for the callbacks.  NULL: mqw_client_new_error says why,
 * and a loop of the caller's is as it was.  The process has to have its descriptors 0, 1 and 2, if
 * on /dev/null: libuv aborts where one of its own has such a number.
 */
struct mqw_client *mqw_client_new(const struct mqw_client_options *options, struct uv_loop_s *loop,
                                  void *arg);

/* Why the thread's last mqw_client_new answered NULL. */
const char *mqw_client_new_error(void);

/*
 * Closes what is open, at once; a callback that is still owed is called with CLOSED, and can begin
 * nothing new.  A loop of the caller's has to run on until the client's handles are gone, which is
 * when its memory is freed.  In a callback: the connection ends, and the rest is done when the
 * function of the client that is under way returns, be it mqw_client_run.  The session stays in the
 * store.
 */
void mqw_client_free(struct mqw_client *client);

/* Begins to connect, and to reconnect whenever a connection is lost. */
enum mqw_client_status mqw_client_connect(struct mqw_client *client);

/*
 * Says DISCONNECT after what was sent before, from a handler after its message is acknowledged, and
 * does not reconnect.  packet: reason code and properties; NULL: normal disconnection.  What is not
 * settled stays in the session.
 */
enum mqw_client_status mqw_client_disconnect(struct mqw_client *client,
                                             const struct mqw_disconnect *packet);

bool mqw_client_is_connected(const struct mqw_client *client);

/* Publishes and requests that are not settled, whether sent or not. */
size_t mqw_client_pending(const struct mqw_client *client);

/* Bytes that were written, and that the system has not taken yet. */
size_t mqw_client_unsent(const struct mqw_client *client);

/* Is all settled that the application is done with, its own requests and the server's messages, and
 * is nothing unsent? */
bool mqw_client_is_settled(const struct mqw_client *client);

/* What is known of the connection: limits, keep alive, session.  Not to be written. */
const struct mqw_connection *mqw_client_connection(const struct mqw_client *client);

/* The client identifier that is in use, the server's if it assigned one. */
struct mqw_bytes mqw_client_id(const struct mqw_client *client);

/*
 * What was wrong with the last call that did not answer OK, whatever came after; "": none was.  Of one
 * that waited in vain, why there is no connection, if there is none: "connection refused".  A request
 * that was answered otherwise than OK is told by its result.
 */
const char *mqw_client_problem(const struct mqw_client *client);

/* ---- Requests -------------------------------------------------------------------------------- */

/*
 * Each answers OK where it was begun, and then calls done once, unless that is NULL, from the loop
 * or before it returns.  Another status: it was not begun, and mqw_client_problem says why.  Packet
 * identifiers, DUP and topic aliases are the client's own business: what the fields say of them is
 * not read, but for an alias that the caller gives where topic_aliases is 0.
 */

/*
 * QoS 0 is done when it was handed to the system, QoS 1 with PUBACK, QoS 2 with PUBCOMP or a PUBREC
 * that refuses.  QoS 1 and 2 are in the session from here on: they are sent again after a
 * reconnect, and with a store after a restart, and never by a timer.
 */
enum mqw_client_status mqw_client_publish(struct mqw_client *client,
                                          const struct mqw_publish *publish, mqw_client_done *done,
                                          void *arg);

/* Subscriptions are made again where the server has lost its session. */
enum mqw_client_status mqw_client_subscribe(struct mqw_client *client,
                                            const struct mqw_subscribe *subscribe,
                                            mqw_client_done *done, void *arg);

enum mqw_client_status mqw_client_unsubscribe(struct mqw_client *client,
                                              const struct mqw_unsubscribe *unsubscribe,
                                              mqw_client_done *done, void *arg);

/*
 * Sends a request (5.0) and tells the first reply, or TIMEOUT after so many milliseconds, or why
 * there will be none.  Where the properties have no Response Topic, the client subscribes to one of
 * its own, made from the Response Information and its identifier, for which there has to be a
 * connection; Correlation Data are its own where there are none.  reply: NULL unless the status is
 * OK.
 */
typedef void mqw_client_reply(struct mqw_client *client, void *arg, enum mqw_client_status status,
                              const struct mqw_publish *reply);
enum mqw_client_status mqw_client_request(struct mqw_client *client,
                                          const struct mqw_publish *request, uint32_t timeout,
                                          mqw_client_reply *reply, void *arg);

/* Answers a request: sets the topic and Correlation Data of response as request has it.  INVALID
 * where the request has no Response Topic. */
enum mqw_client_status mqw_client_respond(struct mqw_client *client,
                                          const struct mqw_publish *request,
                                          const struct mqw_publish *response, mqw_client_done *done,
                                          void *arg);

/* Authenticates anew on this connection: AUTH with reason 0x19. */
enum mqw_client_status mqw_client_reauthenticate(struct mqw_client *client, mqw_client_done *done,
                                                 void *arg);

/* ---- Messages ------------------------------------------------------------------------------- */

/*
 * Hands messages to a handler of their own: those that match a filter, or that came for a
 * subscription identifier, which are asked first.  All that fit get the message; it is done when
 * all say so.  The handlers of a filter end with NULL for handler, or when it is unsubscribed.
 */
enum mqw_client_status mqw_client_handle_filter(struct mqw_client *client, struct mqw_bytes filter,
                                                mqw_client_handler *handler, void *arg);
enum mqw_client_status mqw_client_handle_identifier(struct mqw_client *client, uint32_t identifier,
                                                    mqw_client_handler *handler, void *arg);

/* The application is done with a message that its handler answered false for.  OK, too, where the
 * connection of a message of QoS 1 is gone: it will come again. */
enum mqw_client_status mqw_client_acknowledge(struct mqw_client *client, uint64_t token);

/*
 * Refuses a message in place of that, with a reason code of PUBACK from 0x80 on, in 5.0: the server
 * does not send it again.  It may be refused until it is acknowledged; one of QoS 2 with a store
 * while its handler runs, as PUBREC is sent then.  What its handler answers does not matter any
 * more.
 */
enum mqw_client_status mqw_client_refuse(struct mqw_client *client, uint64_t token,
                                         uint8_t reason_code);

/*
 * The database of the store, or NULL.  While a callback runs, and until it returns, a transaction
 * is open in which a message is noted as received and as done, and what the callback publishes:
 * what the application writes there is committed with that, or not at all.  It must not end the
 * transaction; a SAVEPOINT may be used.  Outside of callbacks the application may have transactions
 * of its own: as long as one is open, what it calls answers STORE and nothing comes of it; in a
 * loop of the caller's, none may be open while that runs.  It finalises its statements before
 * mqw_client_free; a database with one that is left is freed with that.
 */
struct sqlite3 *mqw_client_database(struct mqw_client *client);

/* ---- The loop ------------------------------------------------------------------------------- */

/*
 * Works for so many milliseconds; -1: until there is nothing more to do: disconnected and not about
 * to reconnect, or mqw_client_stop was called.  0: does what is to be done, and does not wait.
 */
enum mqw_client_status mqw_client_run(struct mqw_client *client, int64_t milliseconds);

/* Has mqw_client_run return. */
void mqw_client_stop(struct mqw_client *client);

/*
 * For a loop of another kind: wait until the descriptor is readable, or for so many milliseconds
 * (-1: no limit), and then call mqw_client_run with 0.
 */
int mqw_client_descriptor(const struct mqw_client *client);
int mqw_client_timeout(const struct mqw_client *client);

/* For blocking use: mqw_client_remember is a `done` whose arg is one of these, all zero.  It is
 * written to until the request is over or mqw_client_wait has answered, and has to last as long. */
struct mqw_client_wait {
    bool over;
    enum mqw_client_status status;
    uint8_t reason_code;
};

mqw_client_done mqw_client_remember;

/* Works until the request is over, and answers how it ended, or was not begun; or TIMEOUT, or
 * CLOSED where it cannot come to its end: then it goes on, and nobody is told. */
enum mqw_client_status mqw_client_wait(struct mqw_client *client, struct mqw_client_wait *wait,
                                       int64_t milliseconds);

/* Works until there is a connection, or no hope of one: OK, or why not. */
enum mqw_client_status mqw_client_wait_connected(struct mqw_client *client, int64_t milliseconds);

/* Works until mqw_client_is_settled.  STORE: nothing is any more, as the store has failed. */
enum mqw_client_status mqw_client_wait_settled(struct mqw_client *client, int64_t milliseconds);

#ifdef __cplusplus
}
#endif

#endif
