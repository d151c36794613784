/* SPDX-License-Identifier: MIT */
/* `trace`: each packet of a client in the log, or printed, as `mqttwire inspect` words it. */
#include "connection.h"
#include "listeners.h"

#include <stdio.h>
#include <string.h>

enum {
    SHOWN = 40, /* characters of a payload, or hexadecimal digits */
    LINE = 1024,
    TEXT = 8 * SHOWN
};

/* ---- Payloads ------------------------------------------------------------------------------- */

/* Characters that show nothing, or turn the direction of writing: Python's isprintable(), but for
 * those that nobody has assigned. */
static bool is_shown(uint32_t c)
{
    static const uint32_t hidden[][2] = {
        {0x00, 0x1f},     {0x7f, 0xa0},       {0xad, 0xad},        {0x600, 0x605},
        {0x61c, 0x61c},   {0x6dd, 0x6dd},     {0x70f, 0x70f},      {0x1680, 0x1680},
        {0x180e, 0x180e}, {0x2000, 0x200f},   {0x2028, 0x202f},    {0x205f, 0x206f},
        {0x3000, 0x3000}, {0xe000, 0xf8ff},   {0xfeff, 0xfeff},    {0xfff0, 0xfffb},
        {0xfffe, 0xffff}, {0xe0000, 0xe00ff}, {0xe0200, 0x10ffff},
    };
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (c >= hidden[i][0] && c <= hidden[i][1])
            return c == '\n' || c == '\r' || c == '\t';
    return true;
}

/* The bytes of the character that text begins with; 0: it is none. */
static size_t character(struct mqw_bytes text, uint32_t *c)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = text.ptr[0];
    size_t size = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (!size || size > text.len || first >= 0xf8)
        return 0;
    *c = size == 1 ? first : first & (0xffU >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if ((text.ptr[i] & 0xc0) != 0x80)
            return 0;
        *c = *c << 6 | (text.ptr[i] & 0x3f);
    }
    return *c < least[size] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000) ? 0 : size;
}

static void put_size(char *out, size_t size)
{
    sprintf(out + strlen(out), " (%zu byte%s)", size, size == 1 ? "" : "s");
}

static char *put_character(char *out, const uint8_t *c, size_t size)
{
    static const char plain[] = "\"\\\n\r\t", escaped[] = "\"\\nrt";
    const char *at = memchr(plain, c[0], sizeof plain - 1);
    if (at)
        *out++ = '\\';
    memcpy(out, c, size);
    if (at)
        *out = escaped[at - plain];
    return out + size;
}

/* In quotes, cut if it is long.  False: it is no text. */
static bool put_text(char *out, struct mqw_bytes payload)
{
    size_t at = 0, count = 0, most = payload.len < 4 * SHOWN ? payload.len : 4 * SHOWN;
    char *cut = out + 1, *end = cut;
    uint32_t c = 0;

    out[0] = '"';
    while (at < most) {
        struct mqw_bytes rest = mqw_view(payload.ptr + at, payload.len - at);
        size_t size = character(rest, &c);
        if (!size || !is_shown(c))
            return false;
        at += size;
        if (++count <= SHOWN)
            end = put_character(end, rest.ptr, size);
        if (count < SHOWN)
            cut = end;
    }
    strcpy(count > SHOWN ? cut : end, count > SHOWN ? "\"..." : "\"");
    if (at < payload.len || count > SHOWN)
        put_size(out, payload.len);
    return true;
}

static void put_hex(char *out, struct mqw_bytes payload)
{
    out += sprintf(out, "0x");
    for (uint32_t i = 0; i < payload.len && i < SHOWN / 2; i++)
        out += sprintf(out, "%02x", payload.ptr[i]);
    if (payload.len > SHOWN / 2) {
        out += sprintf(out, "...");
        *out = 0;
        put_size(out, payload.len);
    }
}

/* The codec's line tells a payload, of a will too, by its size; where that comes last, they are the
 * packet's last bytes.  Texts in the line end with a quote. */
static void show_payload(char *line, struct mqw_bytes packet)
{
    static const char name[] = "payload=";
    char *at = strrchr(line, '('), unit[8] = "";
    size_t before = sizeof name - 1;
    unsigned size;
    struct mqw_bytes payload;

    if (!at || at < line + before || memcmp(at - before, name, before) != 0 ||
        sscanf(at, "(%u %7[bytes])", &size, unit) != 2 || line[strlen(line) - 1] != ')' ||
        size > packet.len)
        return;
    payload = mqw_view(packet.ptr + packet.len - size, size);
    if (!put_text(at, payload))
        put_hex(at, payload);
}

/* ---- Packets -------------------------------------------------------------------------------- */

static void watch(void *arg, enum mqw_sender sender, const uint8_t *bytes, size_t len)
{
    const struct connection *connection = arg;
    struct mqw_options options = mqw_connection_options(&connection->wire.rules, sender);
    char line[LINE + TEXT];

    if (mqw_line(bytes, len, &options, line, LINE) < LINE)
        show_payload(line, mqw_view(bytes, len));
    log_packet((struct log_subject){.client = mqw_text(connection->traced),
                                    .address = net_stream_peer(connection->stream),
                                    .printed = connection->printed},
               sender == MQW_CLIENT ? '>' : '<', line);
}

/* NULL: it is not among them. */
static const char *find(const char *const *names, struct mqw_bytes name)
{
    while (names && *names && !mqw_same(mqw_text(*names), name))
        names++;
    return names ? *names : NULL;
}

void trace_connect(struct connection *connection, const struct mqw_connect *connect)
{
    const struct settings *settings = connection->broker->settings;
    struct net_wire *wire = &connection->wire;
    struct mqw_bytes name = connect->client_id;
    if (connection->listener->settings->use_username_as_clientid && connect->has_username)
        name = connect->username;
    connection->traced = find(settings->printed, name);
    connection->printed = connection->traced != NULL;
    if (!connection->traced)
        connection->traced = find(settings->traces, name);
    if (!connection->traced)
        return;
    wire->watch = watch;
    wire->watch_arg = connection;
    watch(connection, MQW_CLIENT, wire->in.bytes, wire->current);
}
