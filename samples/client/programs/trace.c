/* SPDX-License-Identifier: MIT */
/* --trace: the codec has the words, and knows what answers what. */
#include "trace.h"

#include "preview.h"
#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LABEL_WIDTH = 22, LINE = 1024, EXCHANGES = 1024 };

struct trace {
    const struct config *config;
    unsigned long number; /* of packets */
    unsigned connections;
    bool open;
    struct mqw_connection connection;
    struct mqw_exchange client[EXCHANGES], server[EXCHANGES];
    char label[LABEL_WIDTH + 1];
    char buffer[BUFSIZ];
};

struct trace *trace_open(const struct config *config)
{
    struct trace *trace = sized(NULL, sizeof *trace);

    memset(trace, 0, sizeof *trace);
    trace->config = config;
    setvbuf(stderr, trace->buffer, _IOLBF, sizeof trace->buffer); /* a line in one piece */
    return trace;
}

static void print_time(const char *format)
{
    struct timespec now;
    struct tm local;
    char text[32];

    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &local);
    strftime(text, sizeof text, format, &local);
    fputs(text, stderr);
    if (strstr(format, "%S"))
        fprintf(stderr, ".%03ld ", now.tv_nsec / 1000000);
}

/* "      2026-11-21  #1 mqtt://localhost  MQTT 3.1.1" */
static void begin(struct trace *trace)
{
    const struct config *config = trace->config;
    const struct mqw_connection_config followed = {
        .client = {.exchanges = trace->client, .exchange_count = EXCHANGES},
        .server = {.exchanges = trace->server, .exchange_count = EXCHANGES},
    };

    trace->open = true;
    trace->connections++;
    mqw_connection_init(&trace->connection, &followed);
    snprintf(trace->label, sizeof trace->label, "#%u %s", trace->connections,
             config->id ? config->id : program_name(config->program));
    fprintf(stderr, "%6s", "");
    print_time("%Y-%m-%d");
    fprintf(stderr, "  #%u %s  MQTT %s\n", trace->connections, config->url,
            config->version == MQW_VERSION_5 ? "5.0" : "3.1.1");
}

/* 0.04 ms, 1.1 ms, 19 ms, 2.5 s */
static void print_span(uint64_t microseconds)
{
    double value = (double)microseconds / 1000;
    const char *unit = "ms";

    if (value >= 999.5) {
        value /= 1000;
        unit = "s";
    }
    if (value >= 9.95)
        fprintf(stderr, "%.0f %s", value, unit);
    else
        fprintf(stderr, value >= 0.95 ? "%.1f %s" : "%.1g %s", value < 0.001 ? 0.001 : value, unit);
}

/* A tag is the packet's number, and when it was seen, in microseconds. */
enum { TIME_BITS = 40 };
#define TIME_MASK (((uint64_t)1 << TIME_BITS) - 1)

static void print_answer(struct trace *trace, enum mqw_sender sender,
                         const struct mqw_packet *packet, uint32_t size)
{
    uint64_t now = uv_hrtime() / 1000;
    uint64_t tag = (uint64_t)trace->number << TIME_BITS | (now & TIME_MASK);
    struct mqw_seen seen =
        mqw_connection_packet(&trace->connection, sender, packet, size, now / 1000, tag);

    if (!seen.answers)
        return;
    fprintf(stderr, " (answers %lu after ", (unsigned long)(seen.tag >> TIME_BITS));
    print_span((now - seen.tag) & TIME_MASK);
    putc(')', stderr);
}

/* The codec's words, with the payload in place of its size. */
static void print_words(char *line, const struct mqw_packet *packet)
{
    char *payload = packet && packet->type == MQW_PUBLISH ? strstr(line, " payload=(") : NULL;

    for (char *next = payload; next && (next = strstr(next + 1, " payload=("));)
        payload = next; /* the last one: a topic may have these words, too */
    if (payload)
        *payload = '\0';
    print_safely(stderr, line);
    if (payload) {
        fputs(" payload=", stderr);
        preview(stderr, packet->publish.payload);
    }
}

void trace_packet(struct trace *trace, enum mqw_sender sender, const uint8_t *bytes, size_t len)
{
    struct mqw_options options;
    struct mqw_packet packet;
    struct mqw_result result;
    char line[LINE];

    if (!trace)
        return;
    if (!trace->open)
        begin(trace);
    options = mqw_connection_options(&trace->connection, sender);
    result = mqw_decode(bytes, len, &options, &packet);
    mqw_line(bytes, len, &options, line, sizeof line);
    fprintf(stderr, "%5lu ", ++trace->number);
    print_time("%H:%M:%S");
    fprintf(stderr, "%-*s %c ", LABEL_WIDTH, trace->label, sender == MQW_CLIENT ? '>' : '<');
    print_words(line, result.code == MQW_OK ? &packet : NULL);
    if (result.code == MQW_OK)
        print_answer(trace, sender, &packet, result.size);
    else
        mqw_connection_unread(&trace->connection, sender, bytes, len, uv_hrtime() / 1000000);
    putc('\n', stderr);
}

void trace_closed(struct trace *trace, const char *text)
{
    if (!trace || !trace->open)
        return;
    trace->open = false;
    fprintf(stderr, "%6s", "");
    print_time("%H:%M:%S");
    fprintf(stderr, "%-*s %s\n", LABEL_WIDTH, trace->label,
            text ? text : "> the client closed the connection");
}

void trace_close(struct trace *trace)
{
    if (!trace)
        return;
    trace_closed(trace, NULL);
    fflush(stderr);
    setvbuf(stderr, NULL, _IONBF, 0);
    free(trace);
}
