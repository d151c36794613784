/* SPDX-License-Identifier: MIT */
/*
 * wslay has the frames.  What is written goes out as one binary message; of what comes, messages do
 * not matter, so that their bytes are handed on as they come [MQTT-6.0.0-2].
 */
#include "websocket.h"

#include "fail.h"
#include "text.h"
#include "upgrade.h"

#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

struct websocket {
    struct net_layer layer;
    bool server;
    bool open;      /* the upgrade is done */
    bool over;      /* the peer says nothing more, or nothing that makes sense */
    bool finishing; /* this side has said that it ends */
    char key[NET_UPGRADE_KEY];
    struct net_buffer head; /* of the client's request that is sent; then, of what comes */
    char **origins;         /* NULL: any */
    uint64_t most, message; /* bytes that a message may have, and has */
    wslay_event_context_ptr frames;
    const uint8_t *data; /* for wslay */
    size_t len;
    struct net_buffer out; /* from wslay */
    bool binary;           /* the frame belongs to a message */
    const char *problem;   /* with what wslay has nothing against */
    char reason[124];      /* why the peer ends */
};

static struct websocket *of(struct net_layer *layer)
{
    return (struct websocket *)layer;
}

/* ---- What wslay calls ----------------------------------------------------------------------- */

static ssize_t give(wslay_event_context_ptr frames, uint8_t *buffer, size_t cap, int flags,
                    void *arg)
{
    struct websocket *ws = arg;
    (void)flags;
    if (cap > ws->len)
        cap = ws->len;
    if (!cap || net_layer_gone(&ws->layer)) {
        wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    memcpy(buffer, ws->data, cap);
    ws->data += cap;
    ws->len -= cap;
    return (ssize_t)cap;
}

static ssize_t take(wslay_event_context_ptr frames, const uint8_t *data, size_t len, int flags,
                    void *arg)
{
    struct websocket *ws = arg;
    (void)flags;
    if (net_buffer_add(&ws->out, data, len))
        return (ssize_t)len;
    wslay_event_set_error(frames, WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

/* RFC 6455 5.3: from a strong source. */
static int make_mask(wslay_event_context_ptr frames, uint8_t *buffer, size_t len, void *arg)
{
    (void)arg;
    if (!uv_random(NULL, NULL, buffer, len, 0, NULL))
        return 0;
    wslay_event_set_error(frames, WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static void refuse(struct websocket *ws, uint16_t code, const char *problem)
{
    ws->problem = problem;
    ws->binary = false;
    wslay_event_queue_close(ws->frames, code, NULL, 0);
    wslay_event_shutdown_read(ws->frames);
}

/* wslay counts no fragments that it does not gather. */
static void frame_begins(wslay_event_context_ptr frames,
                         const struct wslay_event_on_frame_recv_start_arg *frame, void *arg)
{
    struct websocket *ws = arg;
    (void)frames;
    ws->binary = !wslay_is_ctrl_frame(frame->opcode);
    if (frame->opcode == WSLAY_TEXT_FRAME)
        refuse(ws, WSLAY_CODE_UNSUPPORTED_DATA, "text in the WebSocket, where MQTT is binary");
    if (!ws->binary)
        return;
    if (frame->opcode != WSLAY_CONTINUATION_FRAME)
        ws->message = 0;
    if (ws->most && frame->payload_length > ws->most - ws->message)
        refuse(ws, WSLAY_CODE_MESSAGE_TOO_BIG, "a message in the WebSocket is too long");
    else if (ws->most)
        ws->message += frame->payload_length;
}

static void frame_goes_on(wslay_event_context_ptr frames,
                          const struct wslay_event_on_frame_recv_chunk_arg *chunk, void *arg)
{
    struct websocket *ws = arg;
    (void)frames;
    if (ws->binary && chunk->data_length)
        ws->layer.above->calls->feed(ws->layer.above, chunk->data, chunk->data_length);
}

static void message_came(wslay_event_context_ptr frames,
                         const struct wslay_event_on_msg_recv_arg *message, void *arg)
{
    struct websocket *ws = arg;
    (void)frames;
    if (message->opcode != WSLAY_CONNECTION_CLOSE || message->msg_length < 2)
        return;
    /* wslay 1.1.1 does not see each byte that is not UTF-8. */
    net_text_quote(ws->reason, sizeof ws->reason, message->msg + 2, message->msg_length - 2);
}

static const struct wslay_event_callbacks callbacks = {
    .recv_callback = give,
    .send_callback = take,
    .genmask_callback = make_mask,
    .on_frame_recv_start_callback = frame_begins,
    .on_frame_recv_chunk_callback = frame_goes_on,
    .on_msg_recv_callback = message_came,
};

/* ---- Frames --------------------------------------------------------------------------------- */

static bool flush(struct websocket *ws)
{
    bool done =
        !ws->out.len || ws->layer.below->calls->write(ws->layer.below, ws->out.bytes, ws->out.len);
    net_buffer_free(&ws->out);
    return done;
}

static bool send_frames(struct websocket *ws)
{
    if (wslay_event_send(ws->frames))
        return net_layer_fail(&ws->layer, NET_MEMORY, "out of memory");
    return flush(ws);
}

static void ended_by_peer(struct websocket *ws)
{
    unsigned code = wslay_event_get_status_code_received(ws->frames);
    if (code == WSLAY_CODE_NORMAL_CLOSURE || code == WSLAY_CODE_GOING_AWAY ||
        code == WSLAY_CODE_NO_STATUS_RCVD)
        ws->layer.above->calls->ended(ws->layer.above);
    else
        net_layer_fail(&ws->layer, NET_WEBSOCKET, "the peer ended the WebSocket: %u %s", code,
                       ws->reason);
}

static void read_frames(struct websocket *ws, const uint8_t *data, size_t len)
{
    bool failed, ended;

    ws->data = data;
    ws->len = len;
    failed = wslay_event_recv(ws->frames);
    if (net_layer_gone(&ws->layer) || !send_frames(ws))
        return;
    ended = wslay_event_get_close_received(ws->frames);
    if (!failed && !ended && wslay_event_get_read_enabled(ws->frames))
        return;
    ws->over = true;
    if (ws->finishing)
        ws->layer.below->calls->finish(ws->layer.below);
    else if (ended)
        ended_by_peer(ws);
    else
        net_layer_fail(&ws->layer, NET_WEBSOCKET, "%s",
                       ws->problem ? ws->problem : "a frame breaks RFC 6455");
}

/* ---- The upgrade ---------------------------------------------------------------------------- */

static bool upgrade(struct websocket *ws, size_t head_len, struct net_error *error)
{
    struct net_http http;
    bool read = head_len && net_http_read(&http, (char *)ws->head.bytes, head_len), done;

    if (!ws->server)
        return read ? net_upgrade_accepted(&http, ws->key, error)
                    : net_fail(error, NET_WEBSOCKET, "the server's answer is not that of HTTP");
    done =
        net_upgrade_answer(&ws->out, read ? &http : NULL, (const char *const *)ws->origins, error);
    flush(ws);
    return done;
}

/* Takes bytes of the head.  The answer: how many; what follows is frames. */
static size_t read_head(struct websocket *ws, const uint8_t *data, size_t len)
{
    size_t before = ws->head.len, end;
    struct net_error error;

    if (len > NET_HTTP_MAX - before)
        len = NET_HTTP_MAX - before;
    if (!net_buffer_add(&ws->head, data, len)) {
        net_layer_fail(&ws->layer, NET_MEMORY, "out of memory");
        return len;
    }
    end = net_http_end((const char *)ws->head.bytes, ws->head.len, before);
    if (!end && ws->head.len < NET_HTTP_MAX)
        return len;
    ws->over = !upgrade(ws, end, &error);
    net_buffer_free(&ws->head);
    if (ws->over) {
        net_layer_fail(&ws->layer, error.failure, "%s", error.text);
        return len;
    }
    ws->open = true;
    ws->layer.above->calls->start(ws->layer.above);
    return end - before;
}

/* ---- The layer ------------------------------------------------------------------------------ */

static void websocket_start(struct net_layer *layer)
{
    struct websocket *ws = of(layer);
    if (!ws->server)
        layer->below->calls->write(layer->below, ws->head.bytes, ws->head.len);
    net_buffer_free(&ws->head);
}

static void websocket_feed(struct net_layer *layer, const uint8_t *data, size_t len)
{
    struct websocket *ws = of(layer);
    if (!ws->open && !ws->over) {
        size_t taken = read_head(ws, data, len);
        data += taken;
        len -= taken;
    }
    if (ws->open && !ws->over && len && !net_layer_gone(layer))
        read_frames(ws, data, len);
}

static void websocket_ended(struct net_layer *layer)
{
    struct websocket *ws = of(layer);
    ws->over = true;
    if (ws->finishing)
        layer->below->calls->finish(layer->below);
    else if (ws->open)
        net_layer_fail(layer, NET_BROKEN, "the connection ended without a word of WebSocket");
    else
        net_layer_fail(layer, NET_WEBSOCKET, "the peer closed the connection before the upgrade");
}

static bool websocket_write(struct net_layer *layer, const uint8_t *data, size_t len)
{
    struct websocket *ws = of(layer);
    struct wslay_event_msg message = {WSLAY_BINARY_FRAME, data, len};
    int status = wslay_event_queue_msg(ws->frames, &message);
    if (status == WSLAY_ERR_NO_MORE_MSG)
        return true; /* the peer ends just now */
    if (status)
        return net_layer_fail(layer, NET_MEMORY, "out of memory");
    return send_frames(ws);
}

/* RFC 6455 7.1.2: the peer answers a close frame with its own. */
static void websocket_finish(struct net_layer *layer)
{
    struct websocket *ws = of(layer);
    if (!ws->open || ws->over) {
        layer->below->calls->finish(layer->below);
        return;
    }
    ws->finishing = true;
    wslay_event_queue_close(ws->frames, WSLAY_CODE_NORMAL_CLOSURE, NULL, 0);
    send_frames(ws);
}

static void websocket_free(struct net_layer *layer)
{
    struct websocket *ws = of(layer);
    wslay_event_context_free(ws->frames);
    net_buffer_free(&ws->head);
    net_buffer_free(&ws->out);
    for (char **origin = ws->origins; origin && *origin; origin++)
        free(*origin);
    free(ws->origins);
    free(ws);
}

static const struct net_layer_calls websocket_calls = {
    websocket_start, websocket_feed,   websocket_ended,
    websocket_write, websocket_finish, websocket_free,
};

static struct websocket *new_websocket(bool server, struct net_error *error)
{
    struct websocket *ws = calloc(1, sizeof *ws);
    if (ws) {
        ws->layer.calls = &websocket_calls;
        ws->server = server;
        if (!(server ? wslay_event_context_server_init
                     : wslay_event_context_client_init)(&ws->frames, &callbacks, ws)) {
            wslay_event_config_set_no_buffering(ws->frames, 1);
            wslay_event_config_set_max_recv_msg_length(ws->frames, UINT64_MAX);
            return ws;
        }
        free(ws);
    }
    net_fail(error, NET_MEMORY, "out of memory");
    return NULL;
}

struct net_layer *net_websocket_client(const struct net_peer *peer, struct net_error *error)
{
    struct websocket *ws = new_websocket(false, error);
    if (!ws)
        return NULL;
    if (net_upgrade_request(&ws->head, peer, ws->key, error))
        return &ws->layer;
    websocket_free(&ws->layer);
    return NULL;
}

static bool copy_origins(struct websocket *ws, const char *const *origins)
{
    size_t count = 0;
    while (origins[count])
        count++;
    ws->origins = calloc(count + 1, sizeof *ws->origins);
    for (size_t i = 0; ws->origins && i < count; i++) {
        ws->origins[i] = strdup(origins[i]);
        if (!ws->origins[i])
            return false;
    }
    return ws->origins;
}

struct net_layer *net_websocket_server(const struct net_terms *terms, struct net_error *error)
{
    struct websocket *ws = new_websocket(true, error);
    if (!ws)
        return NULL;
    ws->most = terms->websocket_max;
    if (!terms->origins || copy_origins(ws, terms->origins))
        return &ws->layer;
    net_fail(error, NET_MEMORY, "out of memory");
    websocket_free(&ws->layer);
    return NULL;
}
