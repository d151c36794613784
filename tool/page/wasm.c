/* SPDX-License-Identifier: MIT */
/*
 * The codec as the page of `mqttwire inspect --html` calls it, in WebAssembly.  Pointers and sizes
 * are 32 bits.  Memory from the heap's base on is the page's, which takes it by room() and gives
 * none back; behind that are answers, each of which lasts until the next call.
 */
#include <mqttwire/mqttwire.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(#name))) name

enum {
    WASM_PAGE = 65536,
    INPUT = 65536,   /* a text that the page asks about, bytes */
    LINE_MAX = 4096, /* of a line that is searched, bytes */
};

extern uint8_t __heap_base; /* wasm-ld's */

static size_t taken; /* bytes */
static uint8_t inputs[2][INPUT];
static struct mqw_options lenience;

/* ---- Memory -------------------------------------------------------------------------------- */

/* Space behind what is taken, with so many bytes at least; NULL: there is no more memory. */
static uint8_t *behind(size_t size)
{
    uint8_t *start = &__heap_base + taken;
    size_t end = (size_t)start + size;
    size_t pages = __builtin_wasm_memory_size(0);
    if (end < size)
        return NULL;
    if (end > pages * WASM_PAGE) {
        size_t wanted = (end - pages * WASM_PAGE + WASM_PAGE - 1) / WASM_PAGE;
        if (__builtin_wasm_memory_grow(0, wanted) == SIZE_MAX)
            return NULL;
    }
    return start;
}

/* What comes next begins where anything may. */
static void align(void)
{
    taken += (8 - ((size_t)&__heap_base + taken) % 8) % 8;
}

/* Takes memory for good, aligned for anything. */
uint8_t *EXPORT(room)(size_t size)
{
    uint8_t *start;
    align();
    start = behind(size);
    if (start)
        taken += size;
    return start;
}

uint8_t *EXPORT(input)(uint32_t which)
{
    return inputs[which & 1];
}

/* ---- Packets ------------------------------------------------------------------------------- */

void EXPORT(set_options)(uint32_t allow, uint32_t refuse, uint32_t max_size)
{
    lenience.allow = allow;
    lenience.refuse = refuse;
    lenience.max_size = max_size;
}

static struct mqw_options options_of(uint8_t version, uint8_t sender)
{
    struct mqw_options options = lenience;
    options.version = version;
    options.sender = sender;
    return options;
}

/* What filters and statistics want of a packet; codec.mjs reads it. */
struct outline {
    uint32_t topic, topic_len, payload_len; /* PUBLISH; topic: a pointer */
    uint16_t code;                          /* result of decoding */
    uint16_t packet_id;
    uint8_t type, qos, retain, dup;
};

static void outline(const uint8_t *at, uint32_t len, const struct mqw_options *options,
                    struct outline *out)
{
    struct mqw_packet packet;
    struct mqw_result r = mqw_decode(at, len, options, &packet);
    memset(out, 0, sizeof *out);
    out->code = (uint16_t)r.code;
    out->type = len ? at[0] >> 4 : 0;
    if (r.code == MQW_OK && packet.type == MQW_PUBLISH) {
        out->topic = (uint32_t)packet.publish.topic.ptr;
        out->topic_len = packet.publish.topic.len;
        out->payload_len = packet.publish.payload.len;
        out->packet_id = packet.publish.packet_id;
        out->qos = packet.publish.qos;
        out->retain = packet.publish.retain;
        out->dup = packet.publish.dup;
    }
}

/* Outlines of packets that lie one behind the other. */
void EXPORT(scan)(uint32_t count, const uint8_t *at, const uint32_t *lengths,
                  const uint8_t *versions, const uint8_t *senders, struct outline *outlines)
{
    uint32_t i;
    for (i = 0; i < count; at += lengths[i], i++) {
        struct mqw_options options = options_of(versions[i], senders[i]);
        outline(at, lengths[i], &options, &outlines[i]);
    }
}

/* A field; its path follows, filled up to a multiple of four bytes. */
struct row {
    uint32_t start, end, number, kind, bit, width;
    const char *note;
    uint32_t path_len;
};

/* The fields of a packet, in rows behind it. */
struct answer {
    uint32_t code, size, offset, item, version;
    uint32_t rows;
    uint32_t field_len; /* of the name of the field at fault, which is at input 0 */
};

struct table {
    uint32_t rows;
    uint32_t version; /* in which the packet is read; 0: not known */
    size_t used;
};

static bool add_row(void *arg, const struct mqw_field *field)
{
    struct table *table = arg;
    size_t path_len = strlen(field->path);
    size_t size = sizeof(struct row) + (path_len + 3) / 4 * 4;
    uint8_t *start = behind(table->used + size);
    struct row *row;
    if (!start)
        return false;
    row = (struct row *)(void *)(start + table->used);
    row->start = field->start;
    row->end = field->end;
    row->number = field->number;
    row->kind = field->kind;
    row->bit = field->bit;
    row->width = field->width;
    row->note = field->note;
    row->path_len = (uint32_t)path_len;
    memcpy(row + 1, field->path, path_len);
    if (!table->version && strcmp(field->path, "protocol_version") == 0)
        table->version = field->number <= MQW_VERSION_5 ? field->number : 0;
    table->used += size;
    table->rows++;
    return true;
}

const struct answer *EXPORT(explain)(const uint8_t *at, uint32_t len, uint8_t version,
                                     uint8_t sender)
{
    struct mqw_options options = options_of(version, sender);
    struct table table = {0, version, sizeof(struct answer)};
    struct answer *answer;
    struct mqw_result r;
    align();
    answer = (struct answer *)(void *)behind(sizeof *answer);
    if (!answer)
        return NULL;
    r = mqw_explain(at, len, &options, add_row, &table);
    answer->code = r.code;
    answer->size = r.size;
    answer->offset = r.offset;
    answer->item = r.item;
    answer->version = table.version;
    answer->rows = table.rows;
    answer->field_len =
        (uint32_t)mqw_decode_field(at, len, &options, (char *)inputs[0], sizeof inputs[0]);
    return answer;
}

/* ---- Text ---------------------------------------------------------------------------------- */

const char *EXPORT(line)(const uint8_t *at, uint32_t len, uint8_t version, uint8_t sender,
                         uint32_t cap)
{
    struct mqw_options options = options_of(version, sender);
    char *out = (char *)behind(cap);
    if (out)
        mqw_line(at, len, &options, out, cap);
    return out;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* Is a needle, which is lower case, among these bytes?  Case counts beyond ASCII alone. */
static bool found(const uint8_t *text, size_t len, const uint8_t *needle, size_t needle_len)
{
    size_t i, j;
    for (i = 0; i + needle_len <= len; i++) {
        for (j = 0; j < needle_len && lower(text[i + j]) == needle[j];)
            j++;
        if (j == needle_len)
            return true;
    }
    return needle_len == 0;
}

/* Is input 0, which is lower case, in a packet's bytes or in its line? */
bool EXPORT(has)(const uint8_t *at, uint32_t len, uint8_t version, uint8_t sender,
                 uint32_t needle_len)
{
    struct mqw_options options = options_of(version, sender);
    static char text[LINE_MAX];
    if (found(at, len, inputs[0], needle_len))
        return true;
    mqw_line(at, len, &options, text, sizeof text);
    return found((const uint8_t *)text, strlen(text), inputs[0], needle_len);
}

/* ---- Topics, rules, names ------------------------------------------------------------------ */

/* Does the filter that is input 0 match a name? */
bool EXPORT(topic_match)(uint32_t filter_len, const uint8_t *name, uint32_t len, uint8_t version)
{
    return mqw_topic_match(mqw_view(inputs[0], filter_len), mqw_view(name, len), version);
}

/* Is input 0 a topic filter? */
bool EXPORT(filter_good)(uint32_t len)
{
    return mqw_topic_filter_check(mqw_view(inputs[0], len), NULL).code == MQW_OK;
}

const struct mqw_rule *EXPORT(rule)(uint32_t code)
{
    return mqw_rule_of((enum mqw_code)code);
}

uint32_t EXPORT(rule_reason)(uint32_t code, uint8_t version)
{
    return mqw_rule_reason((enum mqw_code)code, version);
}

const char *EXPORT(reason_text)(uint8_t version, uint8_t type, uint8_t code)
{
    return mqw_reason_text(version, type, code);
}

const char *EXPORT(type_name)(uint8_t type)
{
    return mqw_type_name(type);
}
