/* SPDX-License-Identifier: MIT */
/*
 * What the configuration says: filled in by configuration.c from the table of keys, where the
 * defaults stand; read by everybody else.
 */
#ifndef BROKER_SETTINGS_H
#define BROKER_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of one listener; those of TLS are OpenSSL's words and paths of files, NULL: not given. */
struct listener_settings {
    const char *file; /* of the configuration, and its line there; 0: it is a default */
    unsigned line;
    const char *host;           /* address, name or interface to bind to; NULL: all */
    const char *bind_interface; /* NULL: any */
    const char *path;           /* of a unix socket; NULL: TCP */
    uint16_t port;
    bool loopback;        /* its addresses, without a host: nobody configured a listener */
    int family;           /* AF_INET, AF_INET6, AF_UNSPEC */
    bool websocket;       /* protocol websockets */
    bool proxy;           /* each connection begins with PROXY protocol v2 */
    const char **origins; /* that a WebSocket may come from, ending with NULL; also "own", "any" */
    uint32_t max_connections; /* 0: no limit but the broker's */
    uint16_t max_topic_alias; /* that clients may use */
    uint8_t max_qos;
    bool use_username_as_clientid;

    const char *cafile, *capath, *certfile, *keyfile, *crlfile;
    const char *ciphers, *ciphers_tls13, *tls_version;
    bool require_certificate, use_identity_as_username, use_subject_as_username;
};

/* X(NAME, bit, word of log_type and of the lines in JSON, severity of RFC 5424).  CONNECTION: who
 * comes and goes.  TRACE: packets of settings->traces and ->printed, which are always
 * wanted. */
/* clang-format off: a table is read in columns */
#define LOG_TYPES(X)                                                                               \
    X(ERROR, 1, "error", 3)                                                                        \
    X(WARNING, 2, "warning", 4)                                                                    \
    X(NOTICE, 4, "notice", 5)                                                                      \
    X(INFORMATION, 8, "information", 6)                                                            \
    X(SUBSCRIBE, 16, "subscribe", 6)                                                               \
    X(UNSUBSCRIBE, 32, "unsubscribe", 6)                                                           \
    X(DEBUG, 64, "debug", 7)                                                                       \
    X(CONNECTION, 128, "connection", 5)                                                            \
    X(TRACE, 256, "trace", 7)
/* clang-format on */

enum log_type {
#define LOG_ROW(NAME, bit, word, severity) LOG_##NAME = (bit),
    LOG_TYPES(LOG_ROW)
#undef LOG_ROW
};

/* Behind persistence_path: a file that one broker alone has locked. */
#define STORE_LOCK "-lock"

enum { LOG_DESTS_MOST = 8 };

struct settings {
    struct memory *memory; /* that all of it is in */
    struct listener_settings *listeners;
    size_t listener_count;
    bool local_only; /* none is configured: they are on the loopback interface */

    /* Who may come in, and what he may do. */
    bool allow_anonymous;
    const char *password_file, *acl_file, *scram_file;
    bool allow_zero_length_clientid;
    const char *auto_id_prefix;

    /* Limits; 0 is none, unless said otherwise. */
    uint32_t max_connections;       /* of all listeners together */
    uint32_t max_connection_rate;   /* accepted a second */
    uint32_t connect_timeout;       /* seconds until CONNACK */
    uint32_t max_packet_size;       /* bytes */
    uint16_t max_inflight_messages; /* to a client at a time; also what it may have in flight */
    uint32_t max_queued_messages;   /* of a session, beyond those in flight */
    uint64_t max_queued_bytes;
    uint64_t memory_limit;      /* bytes: broker_has_room */
    uint32_t max_subscriptions; /* of a session */
    uint32_t max_topic_levels;
    uint32_t max_retained_messages;
    uint32_t max_sessions; /* kept for clients that are not connected */
    uint32_t
        max_message_rate;   /* PUBLISHes a second of one client, beyond which it is slowed down */
    uint16_t max_keepalive; /* seconds; 0: clients may turn it off */
    uint32_t session_expiry_max; /* persistent_client_expiration, seconds; UINT32_MAX: none */
    bool retain_available;
    bool queue_qos0_messages;  /* for clients that are not connected */
    bool upgrade_outgoing_qos; /* messages have the subscription's QoS, whatever they came with */

    /* Durability. */
    bool persistence;
    bool persistence_full; /* synchronous full: survives the loss of power */
    const char *persistence_location, *persistence_file;
    const char *persistence_path; /* made of them */

    /* Logs, and the process. */
    unsigned log_types;     /* of enum log_type */
    const char **log_dests; /* "stderr", "file PATH", ..., ending with NULL */
    int log_facility;       /* of syslog: 0 to 7, local0 to local7; -1: daemon */
    bool log_timestamp;
    const char *log_timestamp_format;
    bool log_json;
    bool connection_messages;
    const char *pid_file, *user;
    uint32_t sys_interval; /* seconds; 0: no $SYS */
    const char **traces;   /* client identifiers whose packets are logged, ending with NULL */
    const char **printed;  /* likewise, of those to be printed on standard output: --trace */
    const char *http_host; /* NULL: no metrics, no status page */
    uint16_t http_port;
    const char *http_user_file; /* who may see the status page; NULL: password_file */
};

#endif
