/* SPDX-License-Identifier: MIT */
/* samples/net: WebSocket with peers that are scripted, byte for byte; RFC 6455. */
#include "buffer.h"
#include "case.h"
#include "samples_net.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- A peer that says what it was told, without WebSocket ----------------------------------- */

struct text {
    const char *bytes;
    size_t len; /* 0: that of the text */
};

#define BYTES(literal)                                                                             \
    {                                                                                              \
        literal, sizeof literal - 1                                                                \
    }

static struct script {
    struct net_buffer heard, said; /* what came; what is to be said */
    struct net_buffer payload;     /* what our end received */
    bool slow;                     /* a byte at a time */
    bool hangs_up;                 /* when all is said */
} script;

static void say_on(struct end *end)
{
    size_t len = script.slow && script.said.len ? 1 : script.said.len;
    if (!end->stream)
        return;
    if (!len) {
        if (script.hangs_up)
            net_stream_close(end->stream, 2000);
        return;
    }
    if (net_stream_write(end->stream, script.said.bytes, len))
        net_buffer_take(&script.said, len);
}

static void say(const char *text, size_t len)
{
    ck_assert(net_buffer_add(&script.said, text, len ? len : strlen(text)));
}

static void keep(struct end *end, const uint8_t *data, size_t len)
{
    (void)end;
    ck_assert(net_buffer_add(&script.payload, data, len));
}

static void idle(struct end *end)
{
    (void)end;
}

static void forget(void)
{
    net_buffer_free(&script.heard);
    net_buffer_free(&script.said);
    net_buffer_free(&script.payload);
    memset(&script, 0, sizeof script);
}

static bool heard(const char *text, size_t len)
{
    len = len ? len : strlen(text);
    for (size_t at = 0; at + len <= script.heard.len; at++)
        if (!memcmp(script.heard.bytes + at, text, len))
            return true;
    return false;
}

static bool got(const char *text, size_t len)
{
    return script.payload.len == len && (!len || !memcmp(script.payload.bytes, text, len));
}

/* ---- Our client, and a scripted server ------------------------------------------------------ */

#define UPGRADE "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
#define ACCEPT  "Sec-WebSocket-Accept: $\r\n"
#define MQTT    "Sec-WebSocket-Protocol: mqtt\r\n"
#define GOOD    UPGRADE ACCEPT MQTT "\r\n"

/* The value that the key in the request wants: RFC 6455 1.3. */
static const char *accept_value(void)
{
    static char value[32];
    unsigned char digest[20];
    char text[128];
    const char *key;
    ck_assert(net_buffer_add(&script.heard, "", 1));
    script.heard.len--;
    key = strstr((char *)script.heard.bytes, "Sec-WebSocket-Key: ");
    ck_assert_ptr_nonnull(key);
    snprintf(text, sizeof text, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key + 19);
    EVP_Digest(text, strlen(text), digest, NULL, EVP_sha1(), NULL);
    EVP_EncodeBlock((unsigned char *)value, digest, 20);
    return value;
}

static struct text answer; /* '$' is the accept value */

static void answer_request(struct end *end, const uint8_t *data, size_t len)
{
    bool whole = heard("\r\n\r\n", 0);
    ck_assert(net_buffer_add(&script.heard, data, len));
    if (whole || !heard("\r\n\r\n", 0))
        return;
    for (size_t i = 0; i < answer.len; i++)
        if (answer.bytes[i] == '$')
            say(accept_value(), 0);
        else
            say(answer.bytes + i, 1);
    say_on(end);
}

static void connect_to(struct talk *talk, struct text text, bool slow, bool hangs_up)
{
    forget();
    answer = text;
    answer.len = text.len ? text.len : strlen(text.bytes);
    script.slow = slow;
    script.hangs_up = hangs_up;
    talk_begin(talk, "ws://127.0.0.1/mqtt");
    talk->terms.websocket = false;
    talk->server.on_opened = idle;
    talk->server.on_received = answer_request;
    talk->server.on_drained = say_on;
    talk->client.on_opened = idle;
    talk->client.on_received = keep;
    talk->client.on_drained = idle;
}

/* clang-format off: a table is read in rows */
static const struct answered {
    struct text answer;
    enum net_failure failure;
    const char *text;
    struct text payload, reply; /* what the client got, and what it said after the upgrade */
} answers[] = {
    /* The head */
    {{"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\noops", 0},
     NET_WEBSOCKET,
     "the server refused the upgrade: 404 Not Found",
     {0},
     {0}},
    {{"HTTP/1.1 500 \xff\x1b[2J\r\n\r\n", 0},
     NET_WEBSOCKET,
     "the server's answer is not that of HTTP",
     {0},
     {0}},
    {{"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\n\r\n", 0},
     NET_WEBSOCKET,
     "the server refused the upgrade: 302 Found",
     {0},
     {0}},
    {{"HTTP/1.0 101 Yes\r\n\r\n", 0},
     NET_WEBSOCKET,
     "the server does not speak HTTP/1.1",
     {0},
     {0}},
    {{UPGRADE "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" MQTT "\r\n", 0},
     NET_WEBSOCKET,
     "the server did not answer the WebSocket's key",
     {0},
     {0}},
    {{UPGRADE MQTT "\r\n", 0},
     NET_WEBSOCKET,
     "the server did not answer the WebSocket's key",
     {0},
     {0}},
    {{UPGRADE ACCEPT ACCEPT MQTT "\r\n", 0},
     NET_WEBSOCKET,
     "the server did not answer the WebSocket's key",
     {0},
     {0}},
    {{UPGRADE ACCEPT "\r\n", 0},
     NET_WEBSOCKET,
     "the server does not speak mqtt in a WebSocket",
     {0},
     {0}},
    {{UPGRADE ACCEPT "Sec-WebSocket-Protocol: mqttv3.1\r\n\r\n", 0},
     NET_WEBSOCKET,
     "the server does not speak mqtt in a WebSocket",
     {0},
     {0}},
    {{UPGRADE ACCEPT MQTT "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", 0},
     NET_WEBSOCKET,
     "the server uses an extension nobody asked for",
     {0},
     {0}},
    {{"HTTP/1.1 101 OK\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n" ACCEPT MQTT "\r\n", 0},
     NET_WEBSOCKET,
     "the server upgrades to something else",
     {0},
     {0}},
    {{"HTTP/1.1 101 OK\r\nUpgrade: websocket\r\n" ACCEPT MQTT "\r\n", 0},
     NET_WEBSOCKET,
     "the server upgrades to something else",
     {0},
     {0}},
    {{"\x20\x02\0\0\r\n\r\n", 8},
     NET_WEBSOCKET,
     "the server's answer is not that of HTTP",
     {0},
     {0}},
    {{UPGRADE ACCEPT " folded\r\n" MQTT "\r\n", 0},
     NET_WEBSOCKET,
     "the server's answer is not that of HTTP",
     {0},
     {0}},
    {{UPGRADE ACCEPT "Server : x\r\n" MQTT "\r\n", 0},
     NET_WEBSOCKET,
     "the server's answer is not that of HTTP",
     {0},
     {0}},
    {{UPGRADE ACCEPT "Server: x\n" MQTT "\r\n", 0},
     NET_WEBSOCKET,
     "the server's answer is not that of HTTP",
     {0},
     {0}},
    {{"HTTP/1.1 101 Switching", 0},
     NET_WEBSOCKET,
     "the peer closed the connection before the upgrade",
     {0},
     {0}},
    /* Frames */
    {BYTES(GOOD "\x82\3abc\x82\0\x82\1d\x88\2\3\xe8"),
     NET_END,
     "the peer closed the connection",
     BYTES("abcd"),
     {0}},
    {BYTES("HTTP/1.1 101 \r\nupgrade: WebSocket\r\nCONNECTION: keep-alive, upgrade\r\n"
           "sec-websocket-accept:$\r\nsec-websocket-protocol: \tmqtt \r\n\r\n\x82\1a\x88\0"),
     NET_END,
     NULL,
     BYTES("a"),
     {0}},
    {BYTES(GOOD "\2\3abc\x89\2hi\0\2de\x8a\0\x80\1f\x88\2\3\xe9"), /* 1001 */
     NET_END,
     NULL,
     BYTES("abcdef"),
     {0}},
    {BYTES(GOOD "\x88\7\3\xeaoh\xc3\xbc\n"),
     NET_WEBSOCKET,
     "the peer ended the WebSocket: 1002 oh\xc3\xbc?",
     {0},
     {0}},
    {BYTES(GOOD "\x82\1a\x81\1b"), /* [MQTT-6.0.0-1] */
     NET_WEBSOCKET,
     "text in the WebSocket, where MQTT is binary",
     BYTES("a"),
     {0}},
    {BYTES(GOOD "\x82\x81\0\0\0\0a"), /* 5.1: a server masks nothing */
     NET_WEBSOCKET,
     "a frame breaks RFC 6455",
     {0},
     {0}},
    {BYTES(GOOD "\xc2\1a"), NET_WEBSOCKET, "a frame breaks RFC 6455", {0}, {0}},
    {BYTES(GOOD "\x83\1a"), NET_WEBSOCKET, "a frame breaks RFC 6455", {0}, {0}},
    {BYTES(GOOD "\x80\1a"), NET_WEBSOCKET, "a frame breaks RFC 6455", {0}, {0}},
    {BYTES(GOOD "\2\1a\x82\1b"), NET_WEBSOCKET, "a frame breaks RFC 6455", BYTES("a"), {0}},
    {BYTES(GOOD "\x09\1a"), NET_WEBSOCKET, "a frame breaks RFC 6455", {0}, {0}},
    {BYTES(GOOD "\x89\x7e\0\x7e"), NET_WEBSOCKET, "a frame breaks RFC 6455", {0}, {0}},
    {BYTES(GOOD "\x82\x7e\0\1a"), NET_WEBSOCKET, "a frame breaks RFC 6455", {0}, {0}},
    {BYTES(GOOD "\x82\x7f\x80\0\0\0\0\0\0\1a"), NET_WEBSOCKET, "a frame breaks RFC 6455", {0}, {0}},
    {BYTES(GOOD "\x88\2\3\xe7"), NET_WEBSOCKET, "a frame breaks RFC 6455", {0}, {0}}, /* 999 */
    {BYTES(GOOD "\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"
                "abc"), /* as much as there may be */
     NET_BROKEN,
     "the connection ended without a word of WebSocket",
     BYTES("abc"),
     {0}},
    {BYTES(GOOD), NET_BROKEN, "the connection ended without a word of WebSocket", {0}, {0}},
};

/* clang-format on */
START_TEST(scripted_server)
{
    const struct answered *it = &answers[_i / 2];
    struct talk talk;
    connect_to(&talk, it->answer, _i % 2, true);
    talk_run(&talk);
    ck_assert_int_eq(talk.client.error.failure, it->failure);
    if (it->text)
        ck_assert_str_eq(talk.client.error.text, it->text);
    ck_assert(got(it->payload.bytes ? it->payload.bytes : "", it->payload.len));
    talk_end(&talk);
    forget();
}
END_TEST

/* A head without end: it is given up at 8,192 bytes, and 64 fields. */
START_TEST(endless_head)
{
    for (int way = 0; way < 3; way++) {
        static char text[20000];
        struct talk talk;
        size_t len = 0;
        strcpy(text, UPGRADE);
        if (way == 0)
            for (len = strlen(text); len < 9000; len++)
                text[len] = 'a';
        for (int i = 0; way && i < (way == 1 ? 65 : 2000); i++)
            strcat(text, "a: b\r\n");
        if (way == 1)
            strcat(text, "\r\n");
        text[way ? strlen(text) : len] = 0;
        connect_to(&talk, (struct text){text, 0}, false, false);
        talk_run(&talk);
        ck_assert_str_eq(talk.client.error.text, "the server's answer is not that of HTTP");
        talk_end(&talk);
        forget();
    }
}
END_TEST

/* What the client asks for, line by line. */
START_TEST(request)
{
    const char *const headers[] = {"X-Token: a b", "X-Other:", NULL};
    struct talk talk;
    char host[64];
    connect_to(&talk, (struct text)BYTES(GOOD "\x88\2\3\xe8"), false, true);
    talk.peer.websocket_path = "/a?b=c";
    talk.peer.websocket_origin = "https://page.example";
    talk.peer.websocket_headers = headers;
    talk_run(&talk);
    snprintf(host, sizeof host, "\r\nHost: 127.0.0.1:%u\r\n", talk.address.port);
    ck_assert(!memcmp(script.heard.bytes, "GET /a?b=c HTTP/1.1\r\n", 21));
    ck_assert(heard(host, 0));
    ck_assert(heard("\r\nUpgrade: websocket\r\n", 0));
    ck_assert(heard("\r\nConnection: Upgrade\r\n", 0));
    ck_assert(heard("\r\nSec-WebSocket-Version: 13\r\n", 0));
    ck_assert(heard("\r\nSec-WebSocket-Protocol: mqtt\r\n", 0));
    ck_assert(heard("\r\nOrigin: https://page.example\r\n", 0));
    ck_assert(heard("\r\nX-Token: a b\r\nX-Other:\r\n\r\n", 0));
    ck_assert_str_ne(accept_value(), "");
    talk_end(&talk);
    forget();
}
END_TEST

static const struct {
    const char *path, *origin, *header;
} smuggled[] = {
    {"/a b", NULL, NULL},   {"/a\r\nX: y", NULL, NULL}, {"/\xc3\xbc", NULL, NULL},
    {NULL, "a\nb", NULL},   {NULL, NULL, "X"},          {NULL, NULL, "X: y\r\nZ: a"},
    {NULL, NULL, "X y: z"}, {NULL, NULL, ": z"},
};

START_TEST(options)
{
    const char *const headers[] = {smuggled[_i].header, NULL};
    struct talk talk;
    connect_to(&talk, (struct text)BYTES(GOOD), false, true);
    talk.peer.websocket_path = smuggled[_i].path;
    talk.peer.websocket_origin = smuggled[_i].origin;
    talk.peer.websocket_headers = headers;
    talk_run(&talk);
    ck_assert_int_eq(talk.client.error.failure, NET_CONFIG);
    ck_assert_uint_eq(script.heard.len, 0);
    talk_end(&talk);
    forget();
}
END_TEST

/* ---- Our server, and a scripted client ------------------------------------------------------ */

#define GET     "GET /mqtt HTTP/1.1\r\nHost: a\r\n"
#define ASKS    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define KEY     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" /* RFC 6455 1.3 */
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define OPEN    GET ASKS KEY VERSION MQTT "\r\n"

static const char *const origins[] = {"https://page.example", "http://localhost:8080",
                                      NET_ORIGIN_OWN, NULL};

#define HOST(host) "GET /mqtt HTTP/1.1\r\nHost: " host "\r\n" ASKS KEY VERSION MQTT

#define FOREIGN(origin) ": websocket_origin has no '" origin "'"

/* clang-format off */
static const struct asked {
    struct text said;
    const char *answer; /* begins the answer */
    enum net_failure failure;
    const char *text; /* behind "the upgrade was refused: ", where there is no colon in it */
    struct text payload, reply; /* what the server got; what it says after the upgrade */
    size_t most;
} asks[] = {
    {BYTES(OPEN "\x82\x83\1\2\3\4\x60\x60\x60\x88\x82\0\0\0\0\3\xe8"),
     "HTTP/1.1 101 ",
     NET_END,
     NULL,
     BYTES("abc"),
     BYTES("\x88\2\3\xe8"),
     0},
    {BYTES(GET "Upgrade: a, websocket\r\nConnection: x\r\nConnection: keep-alive,UPGRADE\r\n" KEY
               VERSION "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: b, mqtt\r\n"
               "Origin: HTTPS://page.example\r\n\r\n\x88\x80\0\0\0\0"),
     "HTTP/1.1 101 ",
     NET_END,
     NULL,
     {0},
     BYTES("\x88\0"),
     0},
    {BYTES("POST /mqtt HTTP/1.1\r\nHost: a\r\n" ASKS KEY VERSION MQTT "\r\n"),
     "HTTP/1.1 400 Bad Request\r\n", NET_WEBSOCKET, "400 Bad Request", {0}, {0}, 0},
    {BYTES("GET /mqtt HTTP/1.0\r\nHost: a\r\n" ASKS KEY VERSION MQTT "\r\n"),
     "HTTP/1.1 400 ", NET_WEBSOCKET, "400 Bad Request", {0}, {0}, 0},
    {BYTES("GET  HTTP/1.1\r\nHost: a\r\n" ASKS KEY VERSION MQTT "\r\n"),
     "HTTP/1.1 400 ", NET_WEBSOCKET, "400 Bad Request", {0}, {0}, 0},
    {BYTES("GET /mqtt HTTP/1.1\r\n" ASKS KEY VERSION MQTT "\r\n"),
     "HTTP/1.1 400 ", NET_WEBSOCKET, "400 Bad Request", {0}, {0}, 0},
    {BYTES(GET ASKS VERSION MQTT "\r\n"), "HTTP/1.1 400 ", NET_WEBSOCKET, "400 Bad Request", {0},
     {0}, 0},
    {BYTES(GET ASKS KEY KEY VERSION MQTT "\r\n"), "HTTP/1.1 400 ", NET_WEBSOCKET,
     "400 Bad Request", {0}, {0}, 0},
    {BYTES(GET ASKS "Sec-WebSocket-Key: dGhl\r\n" VERSION MQTT "\r\n"), "HTTP/1.1 400 ",
     NET_WEBSOCKET, "400 Bad Request", {0}, {0}, 0},
    {BYTES(GET ASKS KEY VERSION "\r\n"), "HTTP/1.1 400 ", NET_WEBSOCKET, "400 Bad Request", {0},
     {0}, 0},
    {BYTES(GET ASKS KEY VERSION "Sec-WebSocket-Protocol: MQTT\r\n\r\n"), "HTTP/1.1 400 ",
     NET_WEBSOCKET, "400 Bad Request", {0}, {0}, 0},
    {BYTES(GET ASKS KEY VERSION MQTT "Content-Length: 5\r\n\r\nhello"), "HTTP/1.1 400 ",
     NET_WEBSOCKET, "400 Bad Request", {0}, {0}, 0},
    {BYTES(GET ASKS KEY VERSION MQTT "Transfer-Encoding: chunked\r\n\r\n"), "HTTP/1.1 400 ",
     NET_WEBSOCKET, "400 Bad Request", {0}, {0}, 0},
    {BYTES(GET KEY VERSION MQTT "\r\n"), "HTTP/1.1 426 Upgrade Required\r\n", NET_WEBSOCKET,
     "426 Upgrade Required", {0}, {0}, 0},
    {BYTES(GET ASKS KEY "Sec-WebSocket-Version: 8\r\n" MQTT "\r\n"),
     "HTTP/1.1 426 ", NET_WEBSOCKET, "426 Upgrade Required", {0}, {0}, 0},
    {BYTES(GET ASKS KEY VERSION MQTT "Origin: https://page.example.evil\r\n\r\n"),
     "HTTP/1.1 403 Forbidden\r\n", NET_WEBSOCKET,
     "403 Forbidden" FOREIGN("https://page.example.evil"), {0}, {0}, 0},
    {BYTES(GET ASKS KEY VERSION MQTT "Origin: https://page.example\r\nOrigin: null\r\n\r\n"),
     "HTTP/1.1 403 ", NET_WEBSOCKET, "403 Forbidden" FOREIGN("null"), {0}, {0}, 0},
    /* The own host: an address or localhost, at any port. */
    {BYTES(HOST("127.0.0.1:9001") "Origin: http://127.0.0.1:8080\r\n\r\n\x88\x80\0\0\0\0"),
     "HTTP/1.1 101 ", NET_END, NULL, {0}, BYTES("\x88\0"), 0},
    {BYTES(HOST("[::1]:9001") "Origin: https://[::1]\r\n\r\n\x88\x80\0\0\0\0"),
     "HTTP/1.1 101 ", NET_END, NULL, {0}, BYTES("\x88\0"), 0},
    {BYTES(HOST("LocalHost") "Origin: http://localhost:9002\r\n\r\n\x88\x80\0\0\0\0"),
     "HTTP/1.1 101 ", NET_END, NULL, {0}, BYTES("\x88\0"), 0},
    {BYTES(HOST("127.0.0.1") "Origin: http://127.0.0.10\r\n\r\n"), "HTTP/1.1 403 ",
     NET_WEBSOCKET, "403 Forbidden" FOREIGN("http://127.0.0.10"), {0}, {0}, 0},
    {BYTES(HOST("rebound.example") "Origin: http://rebound.example\r\n\r\n"), "HTTP/1.1 403 ",
     NET_WEBSOCKET, "403 Forbidden" FOREIGN("http://rebound.example"), {0}, {0}, 0},
    {BYTES(HOST("own") "Origin: own\r\n\r\n"), "HTTP/1.1 403 ", NET_WEBSOCKET,
     "403 Forbidden" FOREIGN("own"), {0}, {0}, 0},
    {BYTES(HOST("[") "Origin: http://[\r\n\r\n"), "HTTP/1.1 403 ", NET_WEBSOCKET,
     "403 Forbidden" FOREIGN("http://["), {0}, {0}, 0},
    {BYTES("\x10\x0c\0\4MQTT\4\2\0\0\0\0\r\n\r\n"), "HTTP/1.1 400 ", NET_WEBSOCKET,
     "400 Bad Request", {0}, {0}, 0},
    {BYTES(OPEN "\x82\1a"), "HTTP/1.1 101 ", NET_WEBSOCKET, ": a frame breaks RFC 6455", {0},
     BYTES("\x88\2\3\xea"), 0}, /* 5.1: a client masks everything */
    {BYTES(OPEN "\x81\x81\0\0\0\0a"), "HTTP/1.1 101 ", NET_WEBSOCKET,
     ": text in the WebSocket, where MQTT is binary", {0}, BYTES("\x88\2\3\xeb"), 0},
    {BYTES(OPEN "\x89\x82\1\2\3\4ik"), "HTTP/1.1 101 ", NET_BROKEN,
     ": the connection ended without a word of WebSocket", {0}, BYTES("\x8a\2hi"), 0},
    {BYTES(OPEN "\2\x82\0\0\0\0ab\0\x82\0\0\0\0cd\x80\x81\0\0\0\0e\x82\x81\0\0\0\0f"),
     "HTTP/1.1 101 ", NET_WEBSOCKET, ": a message in the WebSocket is too long", BYTES("abcd"),
     BYTES("\x88\2\3\xf1"), 4},
    {BYTES(OPEN "\2\x82\0\0\0\0ab\x80\x82\0\0\0\0cd\x82\x84\0\0\0\0efgh\x88\x80\0\0\0\0"),
     "HTTP/1.1 101 ", NET_END, NULL, BYTES("abcdefgh"), BYTES("\x88\0"), 4},
};

/* clang-format on */

/* A client that pings leaves when it has the pong. */
static void keep_answer(struct end *end, const uint8_t *data, size_t len)
{
    ck_assert(net_buffer_add(&script.heard, data, len));
    if (heard("\x8a\2hi", 4))
        net_stream_close(end->stream, 2000);
}

static void accept_from(struct talk *talk, struct text text, bool slow)
{
    forget();
    script.slow = slow;
    script.hangs_up = false;
    say(text.bytes, text.len);
    talk_begin(talk, "ws://127.0.0.1/mqtt");
    talk->address.websocket = false;
    talk->terms.origins = origins;
    talk->server.on_opened = idle;
    talk->server.on_received = keep;
    talk->server.on_drained = idle;
    talk->client.on_opened = say_on;
    talk->client.on_received = keep_answer;
    talk->client.on_drained = say_on;
}

START_TEST(scripted_client)
{
    const struct asked *it = &asks[_i / 2];
    struct talk talk;
    char text[256];
    accept_from(&talk, it->said, _i % 2);
    talk.terms.websocket_max = it->most;
    talk_run(&talk);
    ck_assert(heard(it->answer, 0));
    ck_assert_int_eq(talk.server.error.failure, it->failure);
    snprintf(text, sizeof text, "the upgrade was refused: %s", it->text ? it->text : "");
    if (it->text)
        ck_assert_str_eq(talk.server.error.text, it->text[0] == ':' ? it->text + 2 : text);
    if (!strcmp(it->answer, "HTTP/1.1 101 "))
        ck_assert(heard("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                        "Sec-WebSocket-Protocol: mqtt\r\n\r\n",
                        0));
    ck_assert(got(it->payload.bytes ? it->payload.bytes : "", it->payload.len));
    if (it->reply.len)
        ck_assert(script.heard.len > it->reply.len &&
                  !memcmp(script.heard.bytes + script.heard.len - it->reply.len, it->reply.bytes,
                          it->reply.len));
    talk_end(&talk);
    forget();
}
END_TEST

/* Pings all the time from somebody who reads none of the answers. */
static void ping_on(struct end *end)
{
    static char pings[131 * 500];
    if (!script.slow)
        net_stream_pause(end->stream, true);
    script.slow = true;
    for (size_t at = 0; at < sizeof pings; at += 131)
        memcpy(pings + at, "\x89\xfd\0\0\0\0", 6);
    if (script.said.len) {
        ck_assert(net_stream_write(end->stream, script.said.bytes, script.said.len));
        net_buffer_take(&script.said, script.said.len);
    }
    ck_assert(net_stream_write(end->stream, pings, sizeof pings));
}

START_TEST(ping_flood)
{
    struct talk talk;
    accept_from(&talk, (struct text)BYTES(OPEN), false);
    talk.client.on_opened = talk.client.on_drained = ping_on;
    talk_run(&talk);
    ck_assert_str_eq(talk.server.error.text, "the peer does not read what it asks for");
    talk_end(&talk);
    forget();
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("samples_websocket");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, scripted_server, 0, 2 * (int)(sizeof answers / sizeof *answers));
    tcase_add_test(tcase, endless_head);
    tcase_add_test(tcase, request);
    tcase_add_loop_test(tcase, options, 0, sizeof smuggled / sizeof *smuggled);
    tcase_add_loop_test(tcase, scripted_client, 0, 2 * (int)(sizeof asks / sizeof *asks));
    tcase_add_test(tcase, ping_flood);
    return run_case("samples_websocket", tcase);
}
