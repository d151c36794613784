/* SPDX-License-Identifier: MIT */
/* The table of keys. */
#include "keys.h"

#include "key_calls.h"

#include <limits.h>

#define SIZE(type, member)  sizeof(((struct type *)NULL)->member)
#define PLACE(type, member) offsetof(struct type, member), SIZE(type, member)

/* Of the broker; those with L are a listener's. */
#define FLAG(member)                READ_FLAG, PLACE(settings, member), 0, 0, NULL
#define L_FLAG(member)              READ_FLAG, PLACE(listener_settings, member), 0, 0, NULL
#define TEXT(member)                READ_TEXT, PLACE(settings, member), 0, 0, NULL
#define L_TEXT(member)              READ_TEXT, PLACE(listener_settings, member), 0, 0, NULL
#define FILE(member)                READ_FILE, PLACE(settings, member), 0, 0, NULL
#define L_FILE(member)              READ_FILE, PLACE(listener_settings, member), 0, 0, NULL
#define LIST(member)                READ_LIST, PLACE(settings, member), 0, 0, NULL
#define NUMBER(member, low, high)   READ_NUMBER, PLACE(settings, member), low, high, NULL
#define L_NUMBER(member, low, high) READ_NUMBER, PLACE(listener_settings, member), low, high, NULL
#define ANY_FLAG                    READ_FLAG, 0, 0, 0, 0, NULL
#define ANY_NUMBER                  READ_NUMBER, 0, 0, 0, UINT32_MAX, NULL
#define CALL(function)              READ_CALL, 0, 0, 0, 0, function
#define ONLY                        READ_ONLY, 0, 0, 0, 0, NULL
#define NOTHING                     READ_NOTHING, 0, 0, 0, 0, NULL

#define BOOL "true|false"

#define NO_BRIDGE                                                                                  \
    "The broker connects to no other.  A mosquitto beside it can bridge: it is a client of both."
#define NO_PLUGIN "The broker loads no code of others."
#define NO_PSK                                                                                     \
    "Listeners have certificates; pre-shared keys would be a second way to say who one is."
#define NO_ENGINE "OpenSSL 3 has done away with engines; keys are in files."

/* clang-format off */
const struct key keys[] = {
    /* name, section, takes, likeness, default, text, reading */

    /* ---- Listeners ---- */
    {"listener", KEYS_LISTENER, "PORT [HOST|PATH]", KEY_DIFFERS, NULL,
     "Listens at the port: at all addresses of the machine, IPv4 and IPv6, or at those of HOST.  "
     "Port 0 and a path: at a unix socket.  The keys of listeners that follow are this one's, up to "
     "the end of the file.  What stands behind them is an error; mosquitto passes it over.",
     CALL(call_listener)},
    {"port", KEYS_LISTENER, "PORT", KEY_SAME, NULL,
     "Port of the default listener, whose keys stand before the first `listener`.  Deprecated in "
     "mosquitto.", CALL(call_port)},
    {"bind_address", KEYS_LISTENER, "HOST", KEY_SAME, NULL,
     "Address of the default listener.  Deprecated in mosquitto.", CALL(call_bind_address)},
    {"bind_interface", KEYS_LISTENER, "INTERFACE", KEY_SAME, NULL,
     "Listens at the addresses of this interface alone, whatever HOST says.",
     CALL(call_bind_interface)},
    {"socket_domain", KEYS_LISTENER, "ipv4|ipv6", KEY_SAME, NULL,
     "Listens at addresses of one family alone.", CALL(call_socket_domain)},
    {"protocol", KEYS_LISTENER, "mqtt|websockets", KEY_SAME, "mqtt",
     "MQTT on TCP, or within WebSocket.", CALL(call_protocol)},
    {"max_connections", KEYS_LISTENER, "COUNT", KEY_DIFFERS, "-1",
     "Connections of this listener; more are accepted and closed.  -1: no limit but that of "
     "`global_max_connections`, which mosquitto 2.0 does not have.  0 and numbers below -1, "
     "which mean the same to mosquitto, are errors.", CALL(call_max_connections)},
    {"max_qos", KEYS_LISTENER, "QOS", KEY_SAME, "2",
     "Highest QoS that clients may publish with, and are granted.", L_NUMBER(max_qos, 0, 2)},
    {"max_topic_alias", KEYS_LISTENER, "COUNT", KEY_SAME, "10",
     "Topic aliases that a client may use.", L_NUMBER(max_topic_alias, 0, UINT16_MAX)},
    {"mount_point", KEYS_LISTENER, "PREFIX", KEY_REFUSED, NULL,
     "A topic is the same for all.  `pattern` in the ACL file keeps clients to topics of their own.",
     NOTHING},
    {"use_username_as_clientid", KEYS_LISTENER, BOOL, KEY_SAME, "false",
     "The user name takes the place of the client identifier; who has none is refused.",
     L_FLAG(use_username_as_clientid)},
    {"websocket_origin", KEYS_LISTENER, "ORIGIN|own|any", KEY_OWN, "own",
     "Pages that may open a WebSocket, as https://example.org; may be repeated.  own: those of the "
     "address that is asked, or of localhost, at any port.  What is no browser is always let in.",
     CALL(call_origin)},
    {"proxy_protocol", KEYS_LISTENER, BOOL, KEY_OWN, "false",
     "Each connection begins with a header of PROXY protocol, version 2, whose addresses are "
     "believed: only for a listener that a proxy alone can reach.", L_FLAG(proxy)},
    {"http_dir", KEYS_LISTENER, "FOLDER", KEY_REFUSED, NULL,
     "No files are served: that is a web server's work, such as nginx, which passes /mqtt on.",
     NOTHING},
    {"websockets_log_level", KEYS_LISTENER, "LEVEL", KEY_ACCEPTED, NULL,
     "It is for libwebsockets, which is not used; `trace` and `log_type debug` tell more.", ANY_NUMBER},
    {"websockets_headers_size", KEYS_LISTENER, "BYTES", KEY_ACCEPTED, NULL,
     "The head of a WebSocket's request may have 8192 bytes.", ANY_NUMBER},

    /* ---- TLS ---- */
    {"certfile", KEYS_TLS, "FILE", KEY_DIFFERS, NULL,
     "The listener's certificate, and those between it and its authority, as PEM.  The listener "
     "speaks TLS.  Read again at SIGHUP.  The other keys of TLS without it are errors; mosquitto "
     "speaks in the clear.", L_FILE(certfile)},
    {"keyfile", KEYS_TLS, "FILE", KEY_DIFFERS, NULL,
     "Its private key, as PEM.  Without it, the key is in `certfile`.", L_FILE(keyfile)},
    {"cafile", KEYS_TLS, "FILE", KEY_SAME, NULL,
     "Authorities that sign certificates of clients.", L_FILE(cafile)},
    {"capath", KEYS_TLS, "FOLDER", KEY_SAME, NULL,
     "Likewise, in files whose names `openssl rehash` has made.", L_FILE(capath)},
    {"crlfile", KEYS_TLS, "FILE", KEY_DIFFERS, NULL,
     "Certificates of clients that are revoked.  Read again at SIGHUP.  Without "
     "`require_certificate` it is an error; mosquitto does not care.", L_FILE(crlfile)},
    {"require_certificate", KEYS_TLS, BOOL, KEY_SAME, "false",
     "Clients without a good certificate get no connection.", L_FLAG(require_certificate)},
    {"use_identity_as_username", KEYS_TLS, BOOL, KEY_DIFFERS, "false",
     "The name (CN) in the client's certificate is its user name, and no password is asked for.  "
     "Without `require_certificate` it is an error; mosquitto does not care.",
     L_FLAG(use_identity_as_username)},
    {"use_subject_as_username", KEYS_TLS, BOOL, KEY_DIFFERS, "false",
     "Likewise, with the whole subject, as CN=alice,O=Example.", L_FLAG(use_subject_as_username)},
    {"tls_version", KEYS_TLS, "tlsv1.2|tlsv1.3", KEY_DIFFERS, "tlsv1.2",
     "The lowest version.  " NO_OLD_TLS, CALL(call_tls_version)},
    {"ciphers", KEYS_TLS, "CIPHERS", KEY_SAME, NULL,
     "Ciphers of TLS 1.2, in OpenSSL's words.  Default: OpenSSL's.", L_TEXT(ciphers)},
    {"ciphers_tls1.3", KEYS_TLS, "CIPHERS", KEY_SAME, NULL,
     "Ciphers of TLS 1.3, likewise.", L_TEXT(ciphers_tls13)},
    {"dhparamfile", KEYS_TLS, "FILE", KEY_REFUSED, NULL,
     "Keys are exchanged with elliptic curves, which need no parameters: leave it out.", NOTHING},
    {"psk_file", KEYS_TLS, "FILE", KEY_REFUSED, NULL, NO_PSK, NOTHING},
    {"psk_hint", KEYS_TLS, "HINT", KEY_REFUSED, NULL, NO_PSK, NOTHING},
    {"tls_engine", KEYS_TLS, "ENGINE", KEY_REFUSED, NULL, NO_ENGINE, NOTHING},
    {"tls_engine_kpass_sha1", KEYS_TLS, "HASH", KEY_REFUSED, NULL, NO_ENGINE, NOTHING},
    {"tls_keyform", KEYS_TLS, "pem|engine", KEY_REFUSED, "pem", "Only pem.  " NO_ENGINE, ONLY},

    /* ---- Access ---- */
    {"allow_anonymous", KEYS_ACCESS, BOOL, KEY_SAME, NULL,
     "Clients without a user name are let in.  Default: false; true where no listener is "
     "configured.", FLAG(allow_anonymous)},
    {"password_file", KEYS_ACCESS, "FILE", KEY_DIFFERS, NULL,
     "Users and passwords, as mosquitto_passwd and mqttwire-passwd write them.  Read again at "
     "SIGHUP.  What is stricter than in mosquitto: docs/broker-access.md.", FILE(password_file)},
    {"scram_file", KEYS_ACCESS, "FILE", KEY_OWN, NULL,
     "Users for SCRAM-SHA-1 and SCRAM-SHA-256, as mqttwire-passwd writes them.  Read again at "
     "SIGHUP.", FILE(scram_file)},
    {"acl_file", KEYS_ACCESS, "FILE", KEY_DIFFERS, NULL,
     "Who may read and write which topics, in mosquitto's form.  Without it all may.  Read again at "
     "SIGHUP.  What is stricter than in mosquitto: docs/broker-access.md.", FILE(acl_file)},
    {"allow_zero_length_clientid", KEYS_ACCESS, BOOL, KEY_SAME, "true",
     "Clients without a client identifier are given one.", FLAG(allow_zero_length_clientid)},
    {"auto_id_prefix", KEYS_ACCESS, "PREFIX", KEY_SAME, "auto-",
     "What such an identifier begins with.", TEXT(auto_id_prefix)},
    {"check_retain_source", KEYS_ACCESS, BOOL, KEY_REFUSED, "false",
     "Only false, where mosquitto's default is true: a right to write is checked when a message is "
     "published, and not again when it is delivered later.  To revoke what was retained, clear it.",
     ONLY},
    {"per_listener_settings", KEYS_ACCESS, BOOL, KEY_REFUSED, "false",
     "Only false: who may come in does not depend on the door.  Two brokers, or certificates on one "
     "of the listeners, do what it is used for.", ONLY},
    {"clientid_prefixes", KEYS_ACCESS, "PREFIX", KEY_REFUSED, NULL,
     "Deprecated in mosquitto: a client may call itself what it likes.  `use_username_as_clientid` "
     "binds the identifier to the user.", NOTHING},

    /* ---- Limits ---- */
    {"global_max_connections", KEYS_LIMIT, "COUNT", KEY_OWN, "10000",
     "Connections of all listeners; more are accepted and closed.  0: as many as the limit of open "
     "files allows.", NUMBER(max_connections, 0, UINT32_MAX)},
    {"max_connection_rate", KEYS_LIMIT, "COUNT", KEY_OWN, "1000",
     "Connections that are accepted in a second; more wait.  0: no limit.",
     NUMBER(max_connection_rate, 0, UINT32_MAX)},
    {"connect_timeout", KEYS_LIMIT, "SECONDS", KEY_OWN, "10",
     "From the connection to the end of its CONNECT and authentication.",
     NUMBER(connect_timeout, 1, 3600)},
    {"max_packet_size", KEYS_LIMIT, "BYTES", KEY_DIFFERS, "1048576",
     "Of a packet from a client, 20 at least.  0: no limit, which is mosquitto's default, and a "
     "value that it refuses: any client could have the broker hold 256 MiB.",
     CALL(call_max_packet_size)},
    {"message_size_limit", KEYS_LIMIT, "BYTES", KEY_REFUSED, "0",
     "Only 0: `max_packet_size` is told to the client, and costs nothing to enforce.", ONLY},
    {"max_inflight_messages", KEYS_LIMIT, "COUNT", KEY_DIFFERS, "20",
     "Messages of QoS 1 and 2 that are under way to a client, and from one (Receive Maximum).  0: "
     "65535.  Negative numbers, which mosquitto takes, are errors.", NUMBER(max_inflight_messages, 0, UINT16_MAX)},
    {"max_inflight_bytes", KEYS_LIMIT, "BYTES", KEY_REFUSED, "0",
     "Only 0: what is under way is bounded by `max_inflight_messages` and `max_packet_size`.", ONLY},
    {"max_queued_messages", KEYS_LIMIT, "COUNT", KEY_DIFFERS, "1000",
     "Messages that wait for a client beyond those, and beyond the retained ones that it asked for; "
     "the newest are dropped.  0: no limit.  Negative numbers, which mosquitto takes, are errors.",
     NUMBER(max_queued_messages, 0, UINT32_MAX)},
    {"max_queued_bytes", KEYS_LIMIT, "BYTES", KEY_DIFFERS, "16777216",
     "Likewise in bytes.  0: no limit, which is mosquitto's default: a client that is away could "
     "fill the memory with large messages.", NUMBER(max_queued_bytes, 0, UINT64_MAX)},
    {"memory_limit", KEYS_LIMIT, "BYTES", KEY_DIFFERS, "1073741824",
     "Of what clients have the broker keep: messages that are queued, under way, retained, or wills, "
     "their places in queues, and filters.  Mosquitto counts all memory, if it was built so, and has "
     "no limit by default.  0: none.",
     NUMBER(memory_limit, 0, UINT64_MAX)},
    {"max_subscriptions", KEYS_LIMIT, "COUNT", KEY_OWN, "10000",
     "Of a session.  0: no limit.", NUMBER(max_subscriptions, 0, UINT32_MAX)},
    {"max_topic_levels", KEYS_LIMIT, "COUNT", KEY_OWN, "64",
     "Of a topic or filter: the cost of matching grows with them.  Mosquitto has 200, for good.  "
     "0: no limit.", NUMBER(max_topic_levels, 0, UINT16_MAX)},
    {"max_retained_messages", KEYS_LIMIT, "COUNT", KEY_OWN, "100000",
     "Topics that have one.  0: no limit.", NUMBER(max_retained_messages, 0, UINT32_MAX)},
    {"max_sessions", KEYS_LIMIT, "COUNT", KEY_OWN, "100000",
     "Sessions that are kept for clients that are away: no new one begins while there are more.  "
     "0: no limit.",
     NUMBER(max_sessions, 0, UINT32_MAX)},
    {"max_message_rate", KEYS_LIMIT, "COUNT", KEY_OWN, "0",
     "PUBLISH packets of a client in a second; it is read more slowly where it sends more.  0: no "
     "limit.", NUMBER(max_message_rate, 0, UINT32_MAX)},
    {"max_keepalive", KEYS_LIMIT, "SECONDS", KEY_SAME, "65535",
     "Longest keep alive; clients of MQTT 5.0 are told it.  65535: clients may turn it off.",
     NUMBER(max_keepalive, 10, UINT16_MAX)},

    /* ---- Messages and sessions ---- */
    {"persistent_client_expiration", KEYS_MESSAGE, "COUNT{h|d|w|m|y}|never", KEY_SAME, "never",
     "Longest time that a session is kept for a client that is away: hours, days, weeks, months of "
     "30 days, years of 365.", CALL(call_expiration)},
    {"retain_available", KEYS_MESSAGE, BOOL, KEY_SAME, "true",
     "Retained messages are there; where not, publishing one is an error.", FLAG(retain_available)},
    {"queue_qos0_messages", KEYS_MESSAGE, BOOL, KEY_SAME, "false",
     "Messages of QoS 0 wait for clients that are away, too.", FLAG(queue_qos0_messages)},
    {"upgrade_outgoing_qos", KEYS_MESSAGE, BOOL, KEY_SAME, "false",
     "Messages have the QoS of the subscription, whatever they were published with.",
     FLAG(upgrade_outgoing_qos)},
    {"allow_duplicate_messages", KEYS_MESSAGE, BOOL, KEY_ACCEPTED, NULL,
     "A message goes once to a client, however many of its subscriptions match, with the highest "
     "QoS and all their identifiers.  Deprecated in mosquitto.", ANY_FLAG},
    {"set_tcp_nodelay", KEYS_MESSAGE, BOOL, KEY_ACCEPTED, NULL,
     "It is always set: packets that go out together are gathered by the broker.", ANY_FLAG},
    {"retry_interval", KEYS_MESSAGE, "SECONDS", KEY_ACCEPTED, NULL,
     "Messages are sent again on a new connection only, as in mosquitto, which has given it up, too.",
     ANY_NUMBER},

    /* ---- Persistence ---- */
    {"persistence", KEYS_STORE, BOOL, KEY_DIFFERS, "false",
     "Sessions, messages and wills are in an SQLite file, before they are acknowledged; "
     "mosquitto's is another file, written from time to time.", FLAG(persistence)},
    {"persistence_location", KEYS_STORE, "FOLDER", KEY_DIFFERS, NULL,
     "Where the file is.  Default: the working folder.  It has to be there; mosquitto starts without "
     "it, and saves nothing.", TEXT(persistence_location)},
    {"persistence_file", KEYS_STORE, "NAME", KEY_DIFFERS, "mqttwire-broker.db",
     "Its name.  Mosquitto's, mosquitto.db, is of another form, and stays as it is.",
     TEXT(persistence_file)},
    {"synchronous", KEYS_STORE, "normal|full", KEY_OWN, "normal",
     "What is acknowledged survives the end of the process; with full, the loss of power, too.",
     CALL(call_synchronous)},
    {"autosave_interval", KEYS_STORE, "SECONDS", KEY_ACCEPTED, NULL,
     "All is saved before it is acknowledged: there is nothing to wait for.", ANY_NUMBER},
    {"autosave_on_changes", KEYS_STORE, BOOL, KEY_ACCEPTED, NULL, "Likewise.", ANY_FLAG},

    /* ---- Logs ---- */
    {"log_dest", KEYS_LOG, "stderr|stdout|syslog|none|file FILE", KEY_DIFFERS, "stderr",
     "Where logs go, one place in a line; may be repeated.  Files are opened anew at SIGHUP.  "
     NO_LOG_DEST,
     CALL(call_log_dest)},
    {"log_type", KEYS_LOG, "TYPE", KEY_SAME, "error warning notice information",
     "error, warning, notice, information, subscribe, unsubscribe, debug, websockets and internal "
     "(there are none), connection (who comes and goes; notice has it, too), all or none; may be repeated.", CALL(call_log_type)},
    {"connection_messages", KEYS_LOG, BOOL, KEY_SAME, "true",
     "Notices tell who comes and goes.", FLAG(connection_messages)},
    {"log_timestamp", KEYS_LOG, BOOL, KEY_SAME, "true", "Lines begin with the time.",
     FLAG(log_timestamp)},
    {"log_timestamp_format", KEYS_LOG, "FORMAT", KEY_SAME, NULL,
     "For strftime.  Default: seconds since 1970.", TEXT(log_timestamp_format)},
    {"log_facility", KEYS_LOG, "0 to 7", KEY_SAME, "daemon",
     "Of syslog: local0 to local7.", CALL(call_log_facility)},
    {"log_format", KEYS_LOG, "text|json", KEY_OWN, "text",
     "json: each line is an object with time (UTC), type and text.", CALL(call_log_format)},

    /* ---- Seeing into it ---- */
    {"sys_interval", KEYS_WATCH, "SECONDS", KEY_SAME, "10",
     "How often $SYS is published.  0: never.", NUMBER(sys_interval, 0, UINT16_MAX)},
    {"http_listener", KEYS_WATCH, "[HOST:]PORT", KEY_OWN, NULL,
     "Metrics, health and the status page, over HTTP.  HOST is 127.0.0.1 where it is not said; "
     "elsewhere than on the loopback interface logins are in the clear, and the broker warns.",
     CALL(call_http_listener)},
    {"http_user_file", KEYS_WATCH, "FILE", KEY_OWN, NULL,
     "Who may see the status page, in the form of `password_file`, whose users may, without it.",
     FILE(http_user_file)},
    {"trace", KEYS_WATCH, "CLIENTID", KEY_OWN, NULL,
     "This client's packets are in the log; may be repeated.", LIST(traces)},

    /* ---- The process ---- */
    {"include_dir", KEYS_PROCESS, "FOLDER", KEY_SAME, NULL,
     "Reads the files whose names end with .conf there, in the order of the alphabet.  They may not "
     "include others.", CALL(call_include_dir)},
    {"pid_file", KEYS_PROCESS, "FILE", KEY_SAME, NULL,
     "Has the number of the process.  It is removed at the end, where `user` may remove it.",
     TEXT(pid_file)},
    {"user", KEYS_PROCESS, "USER", KEY_SAME, "mosquitto",
     "Started as root, the broker becomes this user once it listens and has read its files.  If "
     "there is no mosquitto: nobody.  root: it stays root, and warns.", TEXT(user)},

    /* ---- Plugins ---- */
    {"plugin", KEYS_PLUGIN, "FILE", KEY_REFUSED, NULL, NO_PLUGIN, NOTHING},
    {"plugin_opt_*", KEYS_PLUGIN, "VALUE", KEY_REFUSED, NULL, NO_PLUGIN, NOTHING},
    {"auth_plugin", KEYS_PLUGIN, "FILE", KEY_REFUSED, NULL, NO_PLUGIN, NOTHING},
    {"auth_opt_*", KEYS_PLUGIN, "VALUE", KEY_REFUSED, NULL, NO_PLUGIN, NOTHING},
    {"auth_plugin_deny_special_chars", KEYS_PLUGIN, BOOL, KEY_ACCEPTED, NULL,
     "A user name or client identifier with + or # matches no pattern of the ACL file.", ANY_FLAG},

    /* ---- Bridges ---- */
#define BRIDGE(name, takes) {name, KEYS_BRIDGE, takes, KEY_REFUSED, NULL, NO_BRIDGE, NOTHING}
    BRIDGE("connection", "NAME"),
    BRIDGE("address", "HOST[:PORT] ..."),
    BRIDGE("addresses", "HOST[:PORT] ..."),
    BRIDGE("topic", "FILTER ..."),
    BRIDGE("bridge_alpn", "PROTOCOL"),
    BRIDGE("bridge_attempt_unsubscribe", BOOL),
    BRIDGE("bridge_bind_address", "ADDRESS"),
    BRIDGE("bridge_cafile", "FILE"),
    BRIDGE("bridge_capath", "FOLDER"),
    BRIDGE("bridge_certfile", "FILE"),
    BRIDGE("bridge_identity", "IDENTITY"),
    BRIDGE("bridge_insecure", BOOL),
    BRIDGE("bridge_keyfile", "FILE"),
    BRIDGE("bridge_max_packet_size", "BYTES"),
    BRIDGE("bridge_outgoing_retain", BOOL),
    BRIDGE("bridge_protocol_version", "VERSION"),
    BRIDGE("bridge_psk", "KEY"),
    BRIDGE("bridge_require_ocsp", BOOL),
    BRIDGE("bridge_tls_version", "VERSION"),
    BRIDGE("cleansession", BOOL),
    BRIDGE("local_cleansession", BOOL),
    BRIDGE("clientid", "ID"),
    BRIDGE("username", "NAME"),
    BRIDGE("password", "PASSWORD"),
    BRIDGE("keepalive_interval", "SECONDS"),
    BRIDGE("idle_timeout", "SECONDS"),
    BRIDGE("local_clientid", "ID"),
    BRIDGE("local_password", "PASSWORD"),
    BRIDGE("local_username", "NAME"),
    BRIDGE("notifications", BOOL),
    BRIDGE("notifications_local_only", BOOL),
    BRIDGE("notification_topic", "TOPIC"),
    BRIDGE("remote_clientid", "ID"),
    BRIDGE("remote_password", "PASSWORD"),
    BRIDGE("remote_username", "NAME"),
    BRIDGE("restart_timeout", "SECONDS [SECONDS]"),
    BRIDGE("round_robin", BOOL),
    BRIDGE("start_type", "TYPE"),
    BRIDGE("threshold", "COUNT"),
    BRIDGE("try_private", BOOL),
#undef BRIDGE
};
/* clang-format on */

const size_t key_count = sizeof keys / sizeof *keys;

#define KEY_ROW(NAME, text) text,
const char *const key_section_titles[] = {KEY_SECTIONS(KEY_ROW)};
const char *const key_likeness_words[] = {KEY_LIKENESSES(KEY_ROW)};
#undef KEY_ROW

bool key_is_of_listener(const struct key *key)
{
    return key->section == KEYS_LISTENER || key->section == KEYS_TLS;
}
