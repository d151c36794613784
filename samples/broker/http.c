/* SPDX-License-Identifier: MIT */
/* What is asked over HTTP, and answered. */
#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Answers ---------------------------------------------------------------------------------- */

struct answer {
    unsigned status;
    const char *type;
    const void *bytes;
    size_t len;
    bool owned; /* bytes are freed */
    const char *tag;
};

/* The page has nothing but its own files, and talks to this server and to the broker. */
static void add_policy(const struct request *request, struct MHD_Response *response)
{
    char policy[2 * HTTP_HOST_SIZE], url[HTTP_HOST_SIZE + 16] = "";
    if (*request->host) /* else it is not one of ours */
        http_websocket(request->http->broker, request->host, url, sizeof url);
    snprintf(policy, sizeof policy,
             "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
             "connect-src 'self' %s; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
             strchr(url, '[') ? "ws: wss:" : url); /* it has no word for addresses of IPv6 */
    MHD_add_response_header(response, "Content-Security-Policy", policy);
}

static enum MHD_Result reply(const struct request *request, const struct answer *answer)
{
    union {
        const void *in;
        void *out;
    } bytes = {answer->bytes};
    struct MHD_Response *response = MHD_create_response_from_buffer(
        answer->len, bytes.out, answer->owned ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result;
    if (!response) {
        if (answer->owned)
            free(bytes.out);
        return MHD_NO;
    }
    MHD_add_response_header(response, "Connection", "close");
    MHD_add_response_header(response, "Content-Type", answer->type);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(response, "Cache-Control", answer->tag ? "no-cache" : "no-store");
    add_policy(request, response);
    if (answer->tag)
        MHD_add_response_header(response, "ETag", answer->tag);
    if (answer->status == MHD_HTTP_UNAUTHORIZED)
        MHD_add_response_header(response, "WWW-Authenticate",
                                "Basic realm=\"mqttwire-broker\", charset=\"UTF-8\"");
    if (answer->status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, "Allow", "GET, HEAD");
    result = MHD_queue_response(request->connection, answer->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result reply_line(const struct request *request, unsigned status, const char *text)
{
    return reply(request, &(struct answer){.status = status,
                                           .type = "text/plain; charset=utf-8",
                                           .bytes = text,
                                           .len = strlen(text)});
}

static enum MHD_Result reply_text(const struct request *request, const char *type, char *text)
{
    if (!text)
        return reply_line(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n");
    return reply(request, &(struct answer){.status = MHD_HTTP_OK,
                                           .type = type,
                                           .bytes = text,
                                           .len = strlen(text),
                                           .owned = true});
}

static const char *field(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

static enum MHD_Result reply_file(const struct request *request, const struct http_file *file)
{
    const char *has = field(request, "If-None-Match");
    bool same = has && strstr(has, file->tag);
    return reply(request, &(struct answer){.status = same ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK,
                                           .type = file->type,
                                           .bytes = file->bytes,
                                           .len = same ? 0 : file->len,
                                           .tag = file->tag});
}

/* ---- What there is ------------------------------------------------------------------------------ */

static enum MHD_Result health(struct request *request)
{
    const struct broker *broker = request->http->broker;
    if (broker->failed || broker->stopping)
        return reply_line(request, MHD_HTTP_SERVICE_UNAVAILABLE,
                          broker->failed ? "failed\n" : "stopping\n");
    return reply_line(request, MHD_HTTP_OK, "ok\n");
}

static enum MHD_Result metrics(struct request *request)
{
    return reply_text(request, "text/plain; version=0.0.4; charset=utf-8",
                      metrics_text(request->http->broker));
}

static enum MHD_Result status(struct request *request)
{
    const char *find =
        MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, "find");
    switch (http_login(request)) {
    case HTTP_LOGIN_WAITS:
        return MHD_YES;
    case HTTP_LOGIN_WRONG:
        return reply_line(request, MHD_HTTP_UNAUTHORIZED, "user name or password are wrong\n");
    case HTTP_LOGIN_DENIED:
        return reply_line(request, MHD_HTTP_FORBIDDEN,
                          "the configuration lets nobody, or not this user, see this\n");
    default:
        return reply_text(request, "application/json",
                          status_text(request->http, request->host, find ? find : ""));
    }
}

static const struct {
    const char *path;
    enum MHD_Result (*answer)(struct request *request);
} places[] = {{"/health", health}, {"/metrics", metrics}, {"/status.json", status}};

static struct request *begin(struct http *http, struct MHD_Connection *connection)
{
    struct request *request = calloc(1, sizeof *request);
    if (!request)
        return NULL;
    request->http = http;
    request->connection = connection;
    request->next = http->requests;
    if (request->next)
        request->next->previous = request;
    return http->requests = request;
}

void http_completed(void *arg, struct MHD_Connection *connection, void **kept,
                    enum MHD_RequestTerminationCode code)
{
    struct http *http = arg;
    struct request *request = *kept;
    (void)connection;
    (void)code;
    if (!request)
        return;
    http_login_end(request);
    *(request->previous ? &request->previous->next : &http->requests) = request->next;
    if (request->next)
        request->next->previous = request->previous;
    free(request);
}

enum MHD_Result http_handle(void *arg, struct MHD_Connection *connection, const char *path,
                            const char *method, const char *version, const char *body,
                            size_t *body_len, void **kept)
{
    struct http *http = arg;
    struct request *request = *kept ? *kept : (*kept = begin(http, connection));
    (void)version;
    (void)body;
    (void)body_len; /* it is not read */

    if (!request)
        return MHD_NO;
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return reply_line(request, MHD_HTTP_METHOD_NOT_ALLOWED, "GET and HEAD alone\n");
    if (!http_host(http, field(request, "Host"), request->host))
        return reply_line(request, MHD_HTTP_MISDIRECTED_REQUEST,
                          "this is another host: use its address, localhost, or the name that "
                          "the configuration has\n");
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strcmp(path, places[i].path) == 0)
            return places[i].answer(request);
    for (const struct http_file *file = http_files; file->path; file++)
        if (strcmp(path, file->path) == 0)
            return reply_file(request, file);
    return reply_line(request, MHD_HTTP_NOT_FOUND, "there is nothing\n");
}
