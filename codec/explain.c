/* SPDX-License-Identifier: MIT */
/* Fields with their names and notes: mqw_explain, and the names of fields at fault. */
#define MQW_COMPACT
#include "explain.h"
#include "put.h"

enum {
    PATH_ROOM = 96
}; /* the longest is "will.properties.user_properties[NNNNNNNNN].value.length" */

static void put_part(struct text_out *t, const char *name, uint8_t property, bool indexed,
                     uint32_t index)
{
    if (!name)
        name = mqw_property_name(property);
    if (t->len && *name)
        put_char(t, '.');
    put_text(t, name);
    if (indexed) {
        put_char(t, '[');
        put_number(t, index);
        put_char(t, ']');
    }
}

static void put_path(struct text_out *t, const struct teller *c)
{
    unsigned i;
    for (i = 0; i < c->depth; i++)
        put_part(t, c->path[i].name, c->path[i].property, c->path[i].index != (uint32_t)NO_INDEX,
                 c->path[i].index);
}

/* A comment for people on a field, or NULL. */
static const char *note_of(const struct teller *c, const struct told *told)
{
    switch (told->kind) {
    case MQW_KIND_REASON:
        return mqw_reason_text(c->version, c->type, (uint8_t)told->number);
    case MQW_KIND_IDENTIFIER:
        return mqw_property_text(told->number);
    case MQW_KIND_BITS:
        return told->bit == 4 && told->start == 0 ? mqw_type_name((uint8_t)told->number) : NULL;
    case MQW_KIND_UNREAD:
        return mqw_rule_of(c->stopped ? c->result.code : MQW_RULE_PROPERTY_UNKNOWN)->text;
    default:
        return NULL;
    }
}

struct explanation {
    mqw_visit *visit;
    void *arg;
};

static bool explain_field(void *arg, const struct teller *c, const struct told *told)
{
    const struct explanation *e = (const struct explanation *)arg;
    char path[PATH_ROOM];
    struct text_out t = {path, sizeof path, 0};
    struct mqw_field field;
    put_path(&t, c);
    if (told->kind == MQW_KIND_UNREAD)
        put_part(&t, "unread", 0, false, 0);
    put_text(&t, told->suffix);
    put_end(&t);
    field.path = path;
    field.note = note_of(c, told);
    field.kind = told->kind;
    field.bit = told->bit;
    field.width = told->width;
    field.start = told->start;
    field.end = told->end;
    field.number = told->number;
    field.bytes = mqw_view(c->base + told->start, told->end - told->start);
    return e->visit(e->arg, &field);
}

struct mqw_result mqw_explain(const void *buf, size_t len, const struct mqw_options *options,
                              mqw_visit *visit, void *arg)
{
    struct explanation e;
    struct teller teller;
    struct mqw_packet packet;
    if (!visit)
        return result_of(MQW_MISUSE, 0);
    e.visit = visit;
    e.arg = arg;
    return mqw__tell(&teller, (const uint8_t *)buf, len, options ? options : &mqw__no_options,
                     &packet, explain_field, &e);
}

size_t mqw_decode_field(const void *buf, size_t len, const struct mqw_options *options, char *out,
                        size_t cap)
{
    struct text_out t = {out, cap, 0};
    struct teller teller;
    struct mqw_packet packet;
    struct mqw_result r = mqw__tell(&teller, (const uint8_t *)buf, len,
                                    options ? options : &mqw__no_options, &packet, NULL, NULL);
    if (r.code >= MQW_RULE_FIRST)
        put_path(&t, &teller);
    return put_end(&t);
}

size_t mqw_encode_field(const struct mqw_packet *packet, const struct mqw_options *options,
                        const void *buf, size_t cap, char *out, size_t out_cap)
{
    const struct mqw_options *o = options ? options : &mqw__no_options;
    struct text_out t = {out, out_cap, 0};
    struct putter m;
    if (!options_good(o) || !version_of(packet, o) || packet->type >= MQW_TYPES)
        return put_end(&t);
    if (!mqw__types[packet->type].senders[version_of(packet, o) == MQW_VERSION_5]) {
        put_text(&t, "type");
        return put_end(&t);
    }
    mqw__put(&m, packet, o, NULL, 0);
    if (m.rule != MQW_OK) {
        if (m.group)
            put_part(&t, m.group, 0, false, 0);
        if (m.property) {
            bool repeats = m.property == MQW_PROPERTY_USER_PROPERTY ||
                           m.property == MQW_PROPERTY_SUBSCRIPTION_IDENTIFIER;
            put_part(&t, "properties", 0, false, 0);
            put_part(&t, NULL, m.property, repeats, m.item);
        } else if (m.list) {
            put_part(&t, m.list, 0, true, m.item);
        }
        put_part(&t, m.name, 0, false, 0);
    } else if (m.size > MQW_LENGTH_MAX ||
               (o->max_size && 1 + varint_size(m.size) + m.size > o->max_size)) {
        put_text(&t, "remaining_length");
    } else if (buf) {
        struct mqw_options stored = *o;
        stored.partial = true;
        if (packet->type != MQW_CONNECT)
            stored.version = m.version;
        return mqw_decode_field(buf, cap, &stored, out, out_cap);
    }
    return put_end(&t);
}
