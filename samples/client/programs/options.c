/* SPDX-License-Identifier: MIT */
/* The table of options. */
#include "options.h"

#include "bench.h"
#include "calls.h"
#include "pages.h"

#define TALK (PUB | SUB | RR)
#define ALL  (PUB | SUB | RR | BENCH)
#define HEAR (SUB | RR)
#define OWN  0

#define FLAG(member)              STORE_FLAG, offsetof(struct config, member), 0, 0, NULL
#define TEXT(member)              STORE_TEXT, offsetof(struct config, member), 0, 0, NULL
#define LIST(member)              STORE_LIST, offsetof(struct config, member), 0, 0, NULL
#define NUMBER(member, low, high) STORE_NUMBER, offsetof(struct config, member), low, high, NULL
#define REAL(member, low, high)   STORE_REAL, offsetof(struct config, member), low, high, NULL
#define CALL(function)            STORE_CALL, 0, 0, 0, function
#define GAP                       STORE_GAP, 0, 0, 0, NULL

/* clang-format off */
const struct option options[] = {
    /* letter, name, takes, mosquitto's programs, ours, section, help, storing */
    {'h', "host", "HOST", TALK, ALL, SECTION_CONNECTION,
     "Server: a name or an address.  Default: localhost.", TEXT(host)},
    {'p', "port", "PORT", TALK, ALL, SECTION_CONNECTION,
     "Port.  Default: 1883, with TLS 8883, for WebSocket 80 and 443.", NUMBER(port, 0, 65535)},
    {'L', "url", "URL", TALK, ALL, SECTION_CONNECTION,
     "Server, user name, password and topic in one: mqtt://user:password@host:port/topic; mqtts "
     "likewise.  Of ws://host:port/mqtt and wss the path is the WebSocket's, and -t has the topic.  "
     "What is percent-encoded in user name and password is decoded.",
     CALL(call_url)},
    {0, "unix", "PATH", TALK, ALL, SECTION_CONNECTION,
     "Connect to a unix domain socket.", TEXT(unix_path)},
    {'A', NULL, "ADDRESS", TALK, ALL, SECTION_CONNECTION,
     "Local address to connect from.", TEXT(bind_address)},
    {0, "ws", NULL, OWN, ALL, SECTION_CONNECTION,
     "Connect over WebSocket.", FLAG(websocket)},
    {0, "ws-path", "PATH", OWN, ALL, SECTION_CONNECTION,
     "Path of the WebSocket's URL.  Default: /mqtt.", TEXT(websocket_path)},
    {0, "ws-header", "HEADER", OWN, ALL, SECTION_CONNECTION,
     "Header of the WebSocket's request, 'Name: value'.  May be repeated.",
     LIST(websocket_headers)},
    {0, "nodelay", NULL, TALK, ALL, SECTION_CONNECTION,
     "Send small packets at once (TCP_NODELAY).  It is so in any case.", FLAG(nodelay)},
    {'k', "keepalive", "SECONDS", TALK, ALL, SECTION_CONNECTION,
     "Keep alive; 0: none.  Default: 60.", NUMBER(keep_alive, 0, 65535)},
    {'V', "protocol-version", "311|5|mqttv311|mqttv5", TALK, ALL, SECTION_CONNECTION,
     "Version of MQTT.  Default: 311, of mqttwire-rr 5.  MQTT 3.1 (31) is refused.",
     CALL(call_version)},
    {'u', "username", "NAME", TALK, ALL, SECTION_CONNECTION,
     "User name.", TEXT(username)},
    {'P', "pw", "PASSWORD", TALK, ALL, SECTION_CONNECTION,
     "Password.  All users of the machine may see it: better is a file or the environment.",
     TEXT(password)},
    {0, "password-file", "FILE", OWN, ALL, SECTION_CONNECTION,
     "File whose first line is the password.", TEXT(password_file)},
    {0, "auth-method", "SCRAM-SHA-1|SCRAM-SHA-256", OWN, ALL, SECTION_CONNECTION,
     "Prove that the password is known without sending it: enhanced authentication of MQTT 5.0.",
     TEXT(authentication_method)},
    {'D', "property", "COMMAND NAME VALUE", TALK, ALL, SECTION_CONNECTION,
     "Property of MQTT 5.0, as in -D publish content-type text/plain.  user-property takes a "
     "name and a value.  Chooses -V 5.  May be repeated.", CALL(property_option)},
    {0, "reconnect", NULL, OWN, TALK, SECTION_CONNECTION,
     "Go on trying where the first connection fails, and whenever it is lost.", FLAG(reconnect)},
    {0, "no-reconnect", NULL, OWN, TALK, SECTION_CONNECTION,
     "End when the connection is lost.  Without either, mqttwire-sub and mqttwire-pub -l connect "
     "again once they were connected, and the others do not.", FLAG(no_reconnect)},
    {'S', NULL, NULL, TALK, 0, SECTION_CONNECTION,
     "Servers are not looked up by SRV records: Debian's mosquitto_pub does not, either.", GAP},
    {0, "proxy", "URL", TALK, 0, SECTION_CONNECTION,
     "SOCKS5 is not spoken: libuv and OpenSSL have no part in it, and ssh -L, socat or tsocks do "
     "the same for any program.", GAP},
    {'i', "id", "ID", TALK, TALK, SECTION_SESSION,
     "Client identifier.  Default: the server assigns one.", TEXT(id)},
    {'I', "id-prefix", "PREFIX", TALK, ALL, SECTION_SESSION,
     "Client identifier made of this and the number of the process.", TEXT(id_prefix)},
    {'c', "disable-clean-session", NULL, TALK, TALK, SECTION_SESSION,
     "Go on with the session of an earlier connection, and have the server keep it.",
     FLAG(keep_session)},
    {'x', NULL, "SECONDS", TALK, TALK, SECTION_SESSION,
     "How long the server keeps the session, in MQTT 5.0; -1, 4294967295 or the sign of "
     "infinity: for ever.  Default: 0, with -c for ever.", CALL(call_session_expiry)},
    {0, "store", "FILE", OWN, TALK, SECTION_SESSION,
     "With -c, keep the client's part of the session in an SQLite file, so that it survives its "
     "end.",
     TEXT(store_path)},
    {'M', NULL, "NUMBER", PUB, ALL, SECTION_SESSION,
     "Messages of QoS 1 and 2 that are under way at once.  Default: 20.",
     NUMBER(inflight, 1, 65535)},
    {0, "topic-alias", "NUMBER", OWN, TALK, SECTION_SESSION,
     "Topic aliases to be given to topics that repeat, in MQTT 5.0.",
     NUMBER(topic_aliases, 0, 65535)},
    {'t', "topic", "TOPIC", TALK, ALL, SECTION_MESSAGE,
     "Topic.  mqttwire-sub takes a filter, and as many as there are.  mqttwire-bench puts the "
     "publisher's number in place of %i.", CALL(call_topic)},
    {'q', "qos", "0|1|2", TALK, ALL, SECTION_MESSAGE,
     "Quality of service.  Default: 0.", NUMBER(qos, 0, 2)},
    {'m', "message", "MESSAGE", PUB | RR, PUB | RR, SECTION_MESSAGE,
     "Message to send.", CALL(call_message)},
    {'f', "file", "FILE", PUB | RR, PUB | RR, SECTION_MESSAGE,
     "Send a file as the message.", CALL(call_file)},
    {'l', "stdin-line", NULL, PUB, PUB, SECTION_MESSAGE,
     "Send each line of standard input as a message.", CALL(call_lines)},
    {'n', "null-message", NULL, PUB | RR, PUB | RR, SECTION_MESSAGE,
     "Send an empty message.", CALL(call_null)},
    {'s', "stdin-file", NULL, PUB | RR, PUB | RR, SECTION_MESSAGE,
     "Send all of standard input as one message.", CALL(call_stdin)},
    {'r', "retain", NULL, PUB, PUB, SECTION_MESSAGE,
     "Have the server retain the message.", FLAG(retain)},
    {0, "repeat", "NUMBER", PUB, PUB, SECTION_MESSAGE,
     "Send the message so often; not with -l.", NUMBER(repeat, 1, 2147483647)},
    {0, "repeat-delay", "SECONDS", PUB, PUB, SECTION_MESSAGE,
     "Wait so long between repetitions.  Default: 0.", REAL(repeat_delay, 0, 1e6)},
    {'e', NULL, "TOPIC", RR, RR, SECTION_MESSAGE,
     "Topic of the response.  In MQTT 5.0 it may be left out: then it is made up, and the "
     "response has to carry the Correlation Data of the request.", CALL(call_response_topic)},
    {'U', "unsubscribe", "FILTER", SUB, SUB, SECTION_SUBSCRIPTION,
     "Unsubscribe.  May be repeated.", CALL(call_unsubscribe)},
    {'T', "filter-out", "FILTER", SUB, SUB, SECTION_SUBSCRIPTION,
     "Leave out messages whose topics match.  May be repeated.", CALL(call_filter_out)},
    {'C', NULL, "NUMBER", SUB, SUB, SECTION_SUBSCRIPTION,
     "End after so many messages, when all are acknowledged.", NUMBER(count, 1, 2147483647)},
    {'W', NULL, "SECONDS", HEAR, HEAR, SECTION_SUBSCRIPTION,
     "End after this time, with 27.", NUMBER(timeout, 1, 2147483647)},
    {'E', NULL, NULL, SUB, SUB, SECTION_SUBSCRIPTION,
     "End when the server has answered all subscriptions.", FLAG(end_when_subscribed)},
    {'R', NULL, NULL, HEAR, HEAR, SECTION_SUBSCRIPTION,
     "Leave out retained messages.", FLAG(not_retained)},
    {0, "retained-only", NULL, SUB, SUB, SECTION_SUBSCRIPTION,
     "Take retained messages alone, and end with the first other one.", FLAG(retained_only)},
    {0, "remove-retained", NULL, SUB, SUB, SECTION_SUBSCRIPTION,
     "Have the server forget the retained messages that come, but for those of -T.",
     FLAG(remove_retained)},
    {0, "retain-as-published", NULL, HEAR, HEAR, SECTION_SUBSCRIPTION,
     "Have messages carry RETAIN as their publisher set it, in MQTT 5.0.",
     FLAG(retain_as_published)},
    {0, "random-filter", "PERCENT", SUB, SUB, SECTION_SUBSCRIPTION,
     "Print so much of the messages, drawn by chance: 0.1 to 100.", REAL(random_filter, 0.1, 100)},
    {'F', NULL, "FORMAT", HEAR, HEAR, SECTION_OUTPUT,
     "How to print a message; see below.", CALL(call_format)},
    {'v', "verbose", NULL, HEAR, HEAR, SECTION_OUTPUT,
     "Print the topic before the message.", FLAG(verbose)},
    {'N', NULL, NULL, HEAR, HEAR, SECTION_OUTPUT,
     "No newline after a message.", FLAG(no_newline)},
    {0, "pretty", NULL, HEAR, HEAR, SECTION_OUTPUT,
     "Print the JSON of %j and %J on several lines.", FLAG(pretty)},
    {0, "quiet", NULL, TALK, ALL, SECTION_OUTPUT,
     "Print no errors but those of the command line.", FLAG(quiet)},
    {0, "will-topic", "TOPIC", TALK, TALK, SECTION_WILL,
     "Topic of the will, which the server publishes when the connection breaks.",
     CALL(call_will_topic)},
    {0, "will-payload", "MESSAGE", TALK, TALK, SECTION_WILL,
     "Message of the will.  Default: an empty one.", TEXT(will_payload)},
    {0, "will-qos", "0|1|2", TALK, TALK, SECTION_WILL,
     "Quality of service of the will.", NUMBER(will_qos, 0, 2)},
    {0, "will-retain", NULL, TALK, TALK, SECTION_WILL,
     "Have the server retain the will.", FLAG(will_retain)},
    {0, "cafile", "FILE", TALK, ALL, SECTION_TLS,
     "Use TLS, and trust the certificates in this file.", TEXT(tls_options.ca_file)},
    {0, "capath", "DIRECTORY", TALK, ALL, SECTION_TLS,
     "Use TLS, and trust the certificates in this directory, which 'openssl rehash' made ready.",
     TEXT(tls_options.ca_path)},
    {0, "tls-use-os-certs", NULL, TALK, ALL, SECTION_TLS,
     "Use TLS, and trust the certificates that the system trusts.", FLAG(tls)},
    {0, "cert", "FILE", TALK, ALL, SECTION_TLS,
     "Certificate of the client.", TEXT(tls_options.cert_file)},
    {0, "key", "FILE", TALK, ALL, SECTION_TLS,
     "Private key of the client's certificate.", TEXT(tls_options.key_file)},
    {0, "keyform", "pem|engine", TALK, TALK, SECTION_TLS,
     "Form of the key.  There is pem alone: engine is a gap, as OpenSSL 3 has given engines up.",
     CALL(call_key_form)},
    {0, "ciphers", "CIPHERS", TALK, ALL, SECTION_TLS,
     "Ciphers for TLS 1.2, as in ciphers(1).", TEXT(tls_options.ciphers)},
    {0, "ciphers-1.3", "CIPHERS", OWN, ALL, SECTION_TLS,
     "Cipher suites for TLS 1.3.", TEXT(tls_options.ciphers_1_3)},
    {0, "tls-version", "tlsv1.2|tlsv1.3", TALK, ALL, SECTION_TLS,
     "Least version of TLS.  Default: tlsv1.2.  tlsv1.1 is refused: RFC 8996 forbids it.",
     CALL(call_tls_version)},
    {0, "tls-alpn", "PROTOCOL", TALK, ALL, SECTION_TLS,
     "Protocol to ask for where a port serves several.", TEXT(tls_options.alpn)},
    {0, "insecure", NULL, TALK, ALL, SECTION_TLS,
     "Take a certificate of any host, and any certificate without --cafile and --capath.  Whoever "
     "is in between may read and change everything.", FLAG(tls_options.insecure)},
    {0, "psk", "HEX", TALK, ALL, SECTION_TLS,
     "Use TLS with a key that both sides know, in place of certificates.", TEXT(tls_options.psk)},
    {0, "psk-identity", "NAME", TALK, ALL, SECTION_TLS,
     "Name of that key.", TEXT(tls_options.psk_identity)},
    {0, "tls-engine", "ENGINE", TALK, 0, SECTION_TLS,
     "Engines are not used: OpenSSL 3 has given them up for providers, which its configuration "
     "file loads.", GAP},
    {0, "tls-engine-kpass-sha1", "SHA1", TALK, 0, SECTION_TLS,
     "As --tls-engine.", GAP},
    {0, "tls-keylog", "FILE", OWN, ALL, SECTION_TLS,
     "Append the secrets of TLS sessions to a file, with which Wireshark and mqttwire inspect "
     "decrypt captures.", TEXT(tls_options.keylog_file)},
    {0, "publishers", "NUMBER", OWN, BENCH, SECTION_BENCHMARK,
     "Clients that publish.  Default: 1.", NUMBER(publishers, 0, 100000)},
    {0, "subscribers", "NUMBER", OWN, BENCH, SECTION_BENCHMARK,
     "Clients that subscribe to what all publish.  Default: 1.", NUMBER(subscribers, 0, 100000)},
    {0, "rate", "NUMBER", OWN, BENCH, SECTION_BENCHMARK,
     "Messages a second and publisher; 0: as many as go.  Default: 100.", REAL(rate, 0, 1e7)},
    {0, "duration", "SECONDS", OWN, BENCH, SECTION_BENCHMARK,
     "How long to publish.  Default: 10.", REAL(duration, 0.1, 1e6)},
    {0, "size", "BYTES", OWN, BENCH, SECTION_BENCHMARK,
     "Size of a payload.  Default: 64.", NUMBER(size, BENCH_STAMP, MQW_LENGTH_MAX / 2)},
    {0, "json", NULL, OWN, BENCH, SECTION_BENCHMARK,
     "Print the summary as JSON.", FLAG(json)},
    {'d', "debug", NULL, TALK, TALK, SECTION_DIAGNOSIS,
     "Print each packet on standard error.", FLAG(trace)},
    {0, "trace", NULL, OWN, TALK, SECTION_DIAGNOSIS,
     "The same.", FLAG(trace)},
    {0, "pcap", "FILE", OWN, TALK, SECTION_DIAGNOSIS,
     "Record each packet in a capture, as plain TCP, for mqttwire inspect and Wireshark.",
     TEXT(pcap_file)},
    {'o', NULL, "FILE", OWN, ALL, SECTION_OTHER,
     "Read options from this file in place of the usual one: an option and its value on a line; "
     "# begins a line that is none.",
     TEXT(options_file)},
    {0, "no-config", NULL, OWN, ALL, SECTION_OTHER,
     "Read no file of options.", FLAG(no_config)},
    {0, "completion", PAGE_SHELLS, OWN, ALL, SECTION_OTHER,
     "Print what completes the command line in a shell.", CALL(call_later)},
    {0, "manual", NULL, OWN, ALL, SECTION_OTHER,
     "Print the manual page, for 'man -l -'.", CALL(call_later)},
    {0, "options", NULL, OWN, ALL, SECTION_OTHER,
     "Print the table of all programs' options.", CALL(call_later)},
    {0, "help", NULL, TALK, ALL, SECTION_OTHER,
     "Print this.", CALL(call_later)},
    {0, "version", NULL, OWN, ALL, SECTION_OTHER,
     "Print the version.", CALL(call_later)},
};
/* clang-format on */

const size_t option_count = sizeof options / sizeof *options;

const char *const option_section_titles[] = {
#define OPTION_ROW(NAME, title) title,
    OPTION_SECTIONS(OPTION_ROW)
#undef OPTION_ROW
};

bool option_is_of(const struct option *option, enum program program)
{
    return (option->store == STORE_GAP ? option->mosquitto : option->programs) & program;
}
