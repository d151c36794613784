/* SPDX-License-Identifier: MIT */
/* mqttwire, through its C header.  Packets to encode become what tests/vectors_form.c reads. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "vectors.h"

enum { TOLD = 1 << 20, ALIASES = 65535 }; /* bytes; topic aliases */

static struct buffer wire, lines, path, text;

void *port_alloc(size_t size)
{
    void *made = malloc(size);
    if (!made)
        die("no memory");
    return made;
}

void port_free(void *made)
{
    free(made);
}

static const char *asked(const char *request, const char *name)
{
    const char *value = json_member(request, name);
    if (!value)
        die("a member is missing");
    return value;
}

static struct mqw_options options_of(const char *request)
{
    struct mqw_options options = {0};
    const char *sender = json_member(request, "sender");
    options.version = (uint8_t)strtoul(asked(request, "version"), NULL, 10); /* null is 0 */
    options.sender = json_is(sender, "client") ? MQW_CLIENT : json_is(sender, "server") ? MQW_SERVER : 0;
    return options;
}

static void tell(const char *result)
{
    printf("\"result\": \"%s\"", result);
}

static void refuse(struct mqw_result result, const struct mqw_options *options, const char *field)
{
    unsigned code = mqw_rule_reason(result.code, options->version);
    tell("reject");
    printf(", \"error\": {\"rule\": \"%s\", \"offset\": %u, \"field\": \"%s\", \"reason_code\": ",
           mqw_rule_of(result.code)->name, (unsigned)result.offset, field);
    if (code == MQW_REASON_NONE)
        printf("null}");
    else
        printf("%u}", code);
}

static void decode(const char *request)
{
    struct mqw_options options = options_of(request);
    struct mqw_packet packet;
    struct mqw_result result;
    char field[1 << 10];
    json_bytes(asked(request, "wire"), true, &wire);
    result = mqw_decode(wire.ptr, wire.len, &options, &packet);
    if (result.code == MQW_OK && result.size == wire.len) {
        tell("accept");
        printf(", \"size\": %u", (unsigned)result.size);
    } else if (result.code == MQW_OK) {
        tell("reject"); /* bytes follow the packet */
    } else if (result.code == MQW_MORE) {
        tell("more");
    } else {
        mqw_decode_field(wire.ptr, wire.len, &options, field, sizeof field);
        refuse(result, &options, field);
    }
}

/* ---- Encoding --------------------------------------------------------------------------------- */

static bool is_binary(const char *name)
{
    return json_is(name, "payload") || json_is(name, "password") || json_is(name, "correlation_data") ||
           json_is(name, "authentication_data");
}

static void add_content(const char *value, bool hex)
{
    struct part part = json_parts(value, hex);
    for (text.len = 0; json_part(&part, &text); text.len = 0) {
        char times[16];
        if (part.times != 1)
            add_text(&lines, "(");
        for (size_t i = 0; i < text.len; i++) {
            char byte[8];
            uint8_t c = text.ptr[i];
            bool plain = c >= 0x20 && c < 0x7F && !strchr("\\()", c);
            snprintf(byte, sizeof byte, hex ? "%02x" : plain ? "%c" : "\\x%02x", c);
            add_text(&lines, byte);
        }
        snprintf(times, sizeof times, "*%u)", (unsigned)part.times);
        if (part.times != 1)
            add_text(&lines, times);
    }
}

static void add_line(const char *value, bool hex)
{
    add(&lines, path.ptr, path.len);
    add_text(&lines, "=");
    if (json_is_content(value))
        add_content(value, hex);
    else
        add(&lines, value, strcspn(value, ",]} "));
    add_text(&lines, "\n");
}

/* Lines "path=value" of a value, whose path is in `path`. */
static void flatten(const char *value, bool hex, bool pairs)
{
    size_t len = path.len;
    unsigned item = 0;
    char index[16];
    if (json_is_content(value) || (*value != '{' && *value != '[')) {
        add_line(value, hex);
        return;
    }
    for (const char *at = json_first(value); at; at = json_next(at), path.len = len) {
        if (*value == '{') {
            add_text(&path, len ? "." : "");
            json_string(at, &path);
            flatten(json_value(at), is_binary(at), json_is(at, "user_properties"));
            continue;
        }
        snprintf(index, sizeof index, "[%u]", item++);
        add_text(&path, index);
        if (!pairs) {
            flatten(at, false, false);
            continue;
        }
        add_text(&path, ".name");
        add_line(json_first(at), false);
        path.len -= 4;
        add_text(&path, "value");
        add_line(json_next(json_first(at)), false);
    }
}

static void encode(const char *request)
{
    struct mqw_options options = options_of(request);
    struct mqw_packet packet;
    struct mqw_result result;
    char field[1 << 10];
    bool sayable;
    lines.len = path.len = 0;
    flatten(asked(request, "packet"), false, false);
    add(&lines, "", 1);
    if (!packet_of((const char *)lines.ptr, &packet, &sayable))
        die(failure.what);
    if (!sayable) {
        tell("reject"); /* a number is too wide for its member, which the compiler says */
        return;
    }
    result = mqw_encode(&packet, &options, NULL, 0);
    wire.len = 0;
    if (result.code == MQW_OK)
        result = mqw_encode(&packet, &options, room(&wire, result.size), result.size);
    if (result.code != MQW_OK) {
        mqw_encode_field(&packet, &options, wire.ptr, 0, field, sizeof field);
        refuse(result, &options, field);
        return;
    }
    tell("accept");
    if (result.size > TOLD)
        return;
    printf(", \"wire\": \"");
    for (uint32_t i = 0; i < result.size; i++)
        printf("%02x", wire.ptr[i]);
    printf("\"");
}

/* ---- Streams and sessions ---------------------------------------------------------------------- */

/* Two streams that were cut in other ways are the same in these. */
struct outcome {
    enum mqw_code code; /* of what follows the packets */
    uint32_t packets, start;
};

/* Feeds one more piece. */
static void feed(struct outcome *outcome, struct mqw_options *options, uint32_t have)
{
    while (outcome->code == MQW_OK || outcome->code == MQW_MORE) {
        struct mark mark = blocks_mark();
        uint32_t len = have - outcome->start;
        uint8_t *part = block(len); /* just that, so that a sanitizer sees what is read behind it */
        struct mqw_packet packet;
        struct mqw_result result;
        memcpy(part, wire.ptr + outcome->start, len);
        result = mqw_decode(part, len, options, &packet);
        outcome->code = len ? result.code : MQW_OK;
        if (result.code == MQW_OK) {
            outcome->packets++;
            outcome->start += result.size;
            options->version = packet.version;
        }
        blocks_release(mark);
        if (result.code != MQW_OK)
            return;
    }
}

static struct outcome in_pieces(const char *request, const char *chunks, uint32_t first, uint32_t each)
{
    struct mqw_options options = options_of(request);
    struct outcome outcome = {MQW_OK, 0, 0};
    uint32_t have = 0;
    if (chunks) {
        for (const char *at = json_first(chunks); at; at = json_next(at))
            feed(&outcome, &options, have += (uint32_t)strtoul(at, NULL, 10));
        return outcome;
    }
    feed(&outcome, &options, have = first);
    while (have < wire.len)
        feed(&outcome, &options, have += each);
    return outcome;
}

static void stream(const char *request)
{
    struct mqw_options options = options_of(request);
    const char *chunks = asked(request, "chunks");
    struct outcome wanted, got;
    uint32_t size;
    json_bytes(asked(request, "wire"), true, &wire);
    size = (uint32_t)wire.len;
    wanted = in_pieces(request, *chunks == '[' ? chunks : NULL, 0, 1);
    for (uint32_t first = 0; *chunks != '[' && first <= size; first++) {
        got = in_pieces(request, NULL, first, size - first);
        if (got.code != wanted.code || got.packets != wanted.packets || got.start != wanted.start) {
            tell("differs");
            return;
        }
    }
    if (wanted.code == MQW_OK)
        tell("accept");
    else if (wanted.code == MQW_MORE)
        tell("more");
    else
        refuse((struct mqw_result){.code = wanted.code}, &options, "");
}

static void session(const char *request)
{
    static struct mqw_exchange exchanges[2][ALIASES];
    static struct mqw_alias aliases[2][ALIASES];
    struct mqw_connection_config config = {0};
    struct mqw_connection connection;
    uint64_t now = 0;
    unsigned number = 0;
    config.client = (struct mqw_storage){exchanges[0], aliases[0], ALIASES, ALIASES};
    config.server = (struct mqw_storage){exchanges[1], aliases[1], ALIASES, ALIASES};
    mqw_connection_init(&connection, &config);
    mqw_connection_version(&connection, (enum mqw_version)options_of(request).version);
    for (const char *step = json_first(asked(request, "steps")); step; step = json_next(step)) {
        const char *at = json_member(step, "at");
        bool client = json_is(asked(step, "sender"), "client");
        struct mqw_options options = mqw_connection_options(&connection, client ? MQW_CLIENT : MQW_SERVER);
        struct mqw_packet packet;
        struct mqw_result result;
        struct mqw_seen seen;
        if (at)
            now = (uint64_t)(strtod(at, NULL) * 1000 + 0.5);
        json_bytes(asked(step, "wire"), true, &wire);
        result = mqw_decode(wire.ptr, wire.len, &options, &packet);
        if (result.code == MQW_OK) {
            seen = mqw_connection_packet(&connection, options.sender, &packet, result.size, now, number);
            if (seen.count)
                result.code = seen.findings[0].code;
        }
        if (result.code != MQW_OK) {
            refuse(result, &options, "");
            printf(", \"step\": %u", number);
            return;
        }
        number++;
    }
    tell("accept");
}

/* ---- Topics ------------------------------------------------------------------------------------ */

static struct mqw_bytes topic_of(const char *request, const char *name, struct buffer *out)
{
    const char *value = json_member(request, name);
    out->len = 0;
    if (value)
        json_bytes(value, false, out);
    return mqw_view(out->ptr, out->len);
}

static void tell_text(const char *name, struct mqw_bytes value)
{
    printf(", \"%s\": \"", name);
    for (uint32_t i = 0; i < value.len; i++)
        printf(value.ptr[i] < 0x20 || strchr("\"\\", value.ptr[i]) ? "\\u%04x" : "%c", value.ptr[i]);
    printf("\"");
}

static void topic(const char *request)
{
    struct mqw_options options = options_of(request);
    const char *check = asked(request, "check");
    struct mqw_bytes filter = topic_of(request, "topic_filter", &text), group = {0}, rest = {0};
    struct mqw_bytes name = topic_of(request, "topic_name", &wire);
    struct mqw_result result = {0};
    if (json_member(request, "topic_filter"))
        result = mqw_topic_filter_check(filter, &options);
    if (result.code == MQW_OK && json_member(request, "topic_name"))
        result = mqw_topic_name_check(name, &options);
    if (result.code != MQW_OK) {
        refuse(result, &options, "");
    } else if (json_is(check, "match")) {
        tell(mqw_topic_match(filter, name, options.version) ? "accept" : "reject");
    } else if (json_is(check, "share")) {
        bool shared = mqw_topic_share(filter, &group, &rest);
        tell(shared ? "accept" : "reject");
        if (shared) {
            tell_text("group", group);
            tell_text("filter", rest);
        }
    } else {
        tell("accept");
    }
}

static void answer(const char *request)
{
    static const struct {
        const char *kind;
        void (*answer)(const char *request);
    } kinds[] = {
        {"packets", decode},    {"encode", encode}, {"streams", stream},
        {"sessions", session}, {"topics", topic},
    };
    const char *id = asked(request, "id");
    printf("{\"id\": %.*s, ", (int)(strchr(id + 1, '"') + 1 - id), id);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (json_is(asked(request, "kind"), kinds[i].kind)) {
            struct mark mark = blocks_mark();
            kinds[i].answer(request);
            blocks_release(mark);
            puts("}");
            return;
        }
    tell("skip");
    puts("}");
}

int main(void)
{
    struct buffer line = {0};
    for (int c; (c = getchar()) != EOF;) {
        *room(&line, 1) = (uint8_t)(c == '\n' ? 0 : c);
        line.len++;
        if (c == '\n') {
            answer((const char *)line.ptr);
            fflush(stdout);
            line.len = 0;
        }
    }
    return 0;
}
