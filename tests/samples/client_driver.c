/* SPDX-License-Identifier: MIT */
/*
 * Drives the client library for tests, within a loop of the caller's: commands are JSON objects, one
 * on each line of stdin, and what the library tells is written to stdout likewise.  Packets in both
 * are their bytes in hex.  tests/client_driver.py is the other side.
 */
#include "driver_json.h"

#include <buffer.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* A handler of messages. */
struct handler {
    struct handler *next;
    char *name;
    bool holds; /* it is not done with a message when it returns */
};

static uv_loop_t loop;
static uv_pipe_t input;
static struct net_buffer line;
static struct mqw_client *client;
static uint8_t version;
static struct handler *handlers, others;  /* others: what mqw_client_options.message is */
static json_t *hooks;                     /* commands that run within callbacks */
static json_t *words;                     /* what the authentication method says, in hex */
static uint8_t *word;                     /* the last of it */
static const struct mqw_publish *current; /* while a handler runs */

static void run(const json_t *command, const char *event);

/* ---- What the library tells --------------------------------------------------------------------- */

static json_t *status_name(enum mqw_client_status status)
{
    static const char *const names[] = {
#define ROW(number, NAME, text) [number] = #NAME,
        MQW_CLIENT_STATUSES(ROW)
#undef ROW
    };
    return json_string(names[status]);
}

/* Writes the event, and runs the first command that waits for one of its name. */
static void tell(const char *event, json_t *fields)
{
    const json_t *hook;
    size_t i;
    json_object_set_new(fields, "event", json_string(event));
    json_object_set_new(fields, "at", json_real((double)uv_hrtime() / 1e9));
    driver_write(fields);
    json_array_foreach(hooks, i, hook)
    {
        if (!strcmp(json_string_value(json_object_get(hook, "event")), event)) {
            json_t *command = json_incref(json_object_get(hook, "run"));
            if (!json_is_true(json_object_get(hook, "always")))
                json_array_remove(hooks, i);
            run(command, "hooked");
            json_decref(command);
            return;
        }
    }
}

static json_t *any_packet(const struct mqw_packet *packet)
{
    return packet ? driver_packet(packet, version) : json_null();
}

static json_t *publish_packet(const struct mqw_publish *publish)
{
    struct mqw_packet packet = {0};
    packet.type = MQW_PUBLISH;
    if (publish)
        packet.publish = *publish;
    return any_packet(publish ? &packet : NULL);
}

static void connected(struct mqw_client *of, void *arg, const struct mqw_connack *connack)
{
    struct mqw_packet packet = {0};
    (void)of;
    (void)arg;
    packet.type = MQW_CONNACK;
    packet.connack = *connack;
    tell("connected", json_pack("{so}", "packet", any_packet(&packet)));
}

static void disconnected(struct mqw_client *of, void *arg, const struct mqw_client_end *end)
{
    json_t *retry = end->retry == UINT64_MAX ? json_null() : json_integer((json_int_t)end->retry);
    (void)of;
    (void)arg;
    tell("disconnected",
         json_pack("{so si so so so}", "status", status_name(end->status), "reason_code",
                   end->reason_code, "packet", any_packet(end->packet), "retry", retry, "text",
                   driver_text(end->text)));
}

static void tell_result(const char *event, void *id, const struct mqw_client_result *result)
{
    tell(event, json_pack("{sI so si so so}", "id", (json_int_t)(intptr_t)id, "status",
                          status_name(result->status), "reason_code", result->reason_code, "packet",
                          any_packet(result->packet), "text", driver_text(result->text)));
}

static void done(struct mqw_client *of, void *id, const struct mqw_client_result *result)
{
    (void)of;
    tell_result("result", id, result);
}

static void settled(struct mqw_client *of, void *arg, const struct mqw_client_result *result)
{
    (void)of;
    (void)arg;
    tell_result("settled", NULL, result);
}

static void replied(struct mqw_client *of, void *id, enum mqw_client_status status,
                    const struct mqw_publish *reply)
{
    (void)of;
    tell("reply", json_pack("{sI so so}", "id", (json_int_t)(intptr_t)id, "status",
                            status_name(status), "packet", publish_packet(reply)));
}

static bool handle(struct mqw_client *of, void *arg, const struct mqw_client_message *message)
{
    struct handler *handler = arg;
    bool holds = handler->holds; /* a command may free it */
    (void)of;
    current = message->publish;
    tell("message", json_pack("{ss? so sI sb}", "handler", handler->name, "packet",
                              publish_packet(message->publish), "token", (json_int_t)message->token,
                              "repeat", message->repeat));
    current = NULL;
    return !holds;
}

static bool handle_other(struct mqw_client *of, void *arg, const struct mqw_client_message *message)
{
    (void)arg;
    return handle(of, &others, message);
}

static void watched(struct mqw_client *of, void *arg, enum mqw_sender sender, const uint8_t *bytes,
                    size_t len)
{
    (void)of;
    (void)arg;
    tell("packet", json_pack("{ss so}", "sender", sender == MQW_CLIENT ? "client" : "server",
                             "bytes", driver_hex(bytes, len)));
}

/* Says the next word; null, or none left: the server is not trusted. */
static bool authenticate(void *arg, bool begin, bool final, struct mqw_bytes in,
                         struct mqw_bytes *out)
{
    json_t *next = json_incref(json_array_get(words, 0));
    size_t len = 0;
    (void)arg;
    json_array_remove(words, 0);
    free(word);
    word = json_is_string(next) ? driver_read_hex(next, &len) : NULL;
    json_decref(next);
    *out = mqw_view(word, len);
    tell("authenticate",
         json_pack("{sb sb so}", "begin", begin, "final", final, "in", driver_hex(in.ptr, in.len)));
    return word;
}

/* ---- Commands ------------------------------------------------------------------------------------- */

static enum mqw_client_status make(const json_t *command)
{
    const json_t *json = json_object_get(command, "options");
    struct mqw_client_options options = {0};
    struct driver_packet connect = driver_read_packet(json, "connect", 0);
    driver_read_options(json, &options);
    options.connect = connect.bytes ? &connect.packet.connect : NULL;
    options.connected = connected;
    options.disconnected = disconnected;
    options.message = handle_other;
    options.settled = settled;
    options.packet = json_is_true(json_object_get(json, "packets")) ? watched : NULL;
    json_decref(words);
    words = json_copy(json_object_get(json, "authenticate"));
    options.authenticate = words ? authenticate : NULL;
    others.holds = json_is_true(json_object_get(json, "hold"));
    client = mqw_client_new(&options, &loop, NULL);
    version = options.version ? options.version : MQW_VERSION_5;
    free(connect.bytes);
    return client ? MQW_CLIENT_OK : MQW_CLIENT_CONFIGURATION;
}

static enum mqw_client_status handle_more(const json_t *command)
{
    const char *name = json_string_value(json_object_get(command, "name"));
    const json_t *filter = json_object_get(command, "filter");
    struct handler *made = NULL;
    if (name) { /* or the handler is taken away */
        made = calloc(1, sizeof *made);
        if (!made)
            driver_die("out of memory");
        made->name = strdup(name);
        made->holds = json_is_true(json_object_get(command, "hold"));
        made->next = handlers;
        handlers = made;
    }
    if (filter)
        return mqw_client_handle_filter(client, mqw_text(json_string_value(filter)),
                                        made ? handle : NULL, made);
    return mqw_client_handle_identifier(
        client, (uint32_t)json_integer_value(json_object_get(command, "identifier")),
        made ? handle : NULL, made);
}

/* Those that carry a packet. */
static enum mqw_client_status send_packet(const char *what, const json_t *command)
{
    struct driver_packet made = driver_read_packet(command, "packet", version);
    const struct mqw_packet *packet = &made.packet;
    void *id = (void *)(intptr_t)json_integer_value(json_object_get(command, "id"));
    enum mqw_client_status status = MQW_CLIENT_INVALID;
    if (!strcmp(what, "publish"))
        status = mqw_client_publish(client, &packet->publish, done, id);
    else if (!strcmp(what, "subscribe"))
        status = mqw_client_subscribe(client, &packet->subscribe, done, id);
    else if (!strcmp(what, "unsubscribe"))
        status = mqw_client_unsubscribe(client, &packet->unsubscribe, done, id);
    else if (!strcmp(what, "request"))
        status = mqw_client_request(
            client, &packet->publish,
            (uint32_t)json_integer_value(json_object_get(command, "timeout")), replied, id);
    else if (!strcmp(what, "respond") && current)
        status = mqw_client_respond(client, current, &packet->publish, done, id);
    else if (!strcmp(what, "disconnect"))
        status = mqw_client_disconnect(client, made.bytes ? &packet->disconnect : NULL);
    else
        driver_die(what);
    free(made.bytes);
    return status;
}

static void end_client(void)
{
    mqw_client_free(client);
    client = NULL;
}

/* event: tells what came of it. */
static void run(const json_t *command, const char *event)
{
    const char *what = json_string_value(json_object_get(command, "do"));
    json_int_t token = json_integer_value(json_object_get(command, "token"));
    json_int_t id = json_integer_value(json_object_get(command, "id"));
    enum mqw_client_status status = MQW_CLIENT_OK;
    if (!strcmp(what, "new"))
        status = make(command);
    else if (!strcmp(what, "on"))
        json_array_append(hooks, json_object_get(command, "hook"));
    else if (!client && strcmp(what, "ask") != 0)
        driver_die("there is no client");
    else if (!strcmp(what, "connect"))
        status = mqw_client_connect(client);
    else if (!strcmp(what, "handle"))
        status = handle_more(command);
    else if (!strcmp(what, "acknowledge"))
        status = mqw_client_acknowledge(client, (uint64_t)token);
    else if (!strcmp(what, "refuse"))
        status =
            mqw_client_refuse(client, (uint64_t)token,
                              (uint8_t)json_integer_value(json_object_get(command, "reason_code")));
    else if (!strcmp(what, "reauthenticate"))
        status = mqw_client_reauthenticate(client, done, (void *)(intptr_t)id);
    else if (!strcmp(what, "free"))
        end_client();
    else if (strcmp(what, "ask") != 0)
        status = send_packet(what, command);
    tell(event,
         json_pack("{ss so so sI so}", "what", what, "status", status_name(status), "problem",
                   driver_text(client ? mqw_client_problem(client) : mqw_client_new_error()),
                   "pending", (json_int_t)(client ? mqw_client_pending(client) : 0), "client_id",
                   client ? json_stringn((const char *)mqw_client_id(client).ptr,
                                         mqw_client_id(client).len)
                          : json_null()));
}

/* ---- Its life ------------------------------------------------------------------------------------- */

/* searched: bytes at the front that have no newline. */
static void run_lines(size_t searched)
{
    const uint8_t *end;
    while (line.len > searched &&
           (end = memchr(line.bytes + searched, '\n', line.len - searched))) {
        size_t len = (size_t)(end - line.bytes);
        json_t *command = json_loadb((const char *)line.bytes, len, 0, NULL);
        if (!command)
            driver_die("a command is not JSON");
        net_buffer_take(&line, len + 1);
        searched = 0;
        run(command, "did");
        json_decref(command);
    }
}

static void make_room(uv_handle_t *handle_of, size_t suggested, uv_buf_t *buffer)
{
    (void)handle_of;
    buffer->base = (char *)net_buffer_room(&line, suggested);
    buffer->len = buffer->base ? suggested : 0;
}

/* The end of stdin frees what there is, and lets the loop run out. */
static void got(uv_stream_t *stream, ssize_t len, const uv_buf_t *buffer)
{
    (void)buffer;
    if (len > 0) {
        line.len += (size_t)len;
        run_lines(line.len - (size_t)len);
    } else if (len < 0) {
        end_client();
        uv_close((uv_handle_t *)stream, NULL);
    }
}

int main(void)
{
    struct handler *next;
    hooks = json_array();
    uv_loop_init(&loop);
    uv_pipe_init(&loop, &input, 0);
    if (uv_pipe_open(&input, 0) || uv_read_start((uv_stream_t *)&input, make_room, got))
        driver_die("stdin is no pipe");
    uv_run(&loop, UV_RUN_DEFAULT);
    /* A library that leaves a handle behind has the loop busy. */
    tell("end", json_pack("{sb}", "clean", uv_loop_close(&loop) == 0));
    for (; handlers; handlers = next) {
        next = handlers->next;
        free(handlers->name);
        free(handlers);
    }
    free(word);
    json_decref(words);
    json_decref(hooks);
    net_buffer_free(&line);
    return 0;
}
