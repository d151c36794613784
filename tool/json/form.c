/* SPDX-License-Identifier: MIT */
#include "form.h"

static bool is(const char *name, size_t len, const char *word)
{
    return strlen(word) == len && memcmp(name, word, len) == 0;
}

static bool ends_with(const char *path, const char *word)
{
    size_t len = strlen(path), end = strlen(word);
    return len >= end && memcmp(path + len - end, word, end) == 0;
}

bool json_is_secret(const char *path)
{
    return strcmp(path, "password") == 0 || ends_with(path, "authentication_data");
}

/* ---- Sections --------------------------------------------------------------------------------- */

static struct json_section *new_section(struct json_form *form, bool ascii, bool list)
{
    struct json_section *made;
    if (form->used == JSON_SECTIONS)
        return NULL; /* never: the protocol has fewer */
    made = &form->sections[form->used++];
    json_out_clear(&made->text);
    made->text.ascii = ascii;
    made->count = 0;
    made->list = list;
    made->pairs = false;
    made->element = 0;
    return made;
}

static struct json_member *find(struct json_section *in, const char *name, size_t len)
{
    unsigned i;
    for (i = 0; i < in->count; i++) {
        struct json_member *member = &in->members[i];
        if (member->name_len == len && !in->text.failed &&
            memcmp(in->text.text + member->start + 1, name, len) == 0)
            return member;
    }
    return NULL;
}

/* The member of that name, which is written next; the value that it had is forgotten. */
static struct json_member *begin(struct json_section *in, const char *name, size_t len)
{
    struct json_member *member = find(in, name, len);
    if (!member) {
        if (in->count == JSON_MEMBERS)
            return NULL; /* never */
        member = &in->members[in->count++];
    }
    member->start = in->text.len;
    member->name_len = len;
    member->child = NULL;
    json_put_key(&in->text, name, len);
    member->end = in->text.len;
    return member;
}

/* The object or list of that name. */
static struct json_section *enter(struct json_form *form, struct json_section *in, const char *name,
                                  size_t len, bool list)
{
    struct json_member *member = find(in, name, len);
    if (!member)
        member = begin(in, name, len);
    if (member && !member->child) {
        member->child = new_section(form, in->text.ascii, list);
        if (member->child)
            member->child->pairs = is(name, len, "user_properties");
    }
    return member ? member->child : NULL;
}

/* Ends an object in a list.  A pair whose value was not read is left out. */
static void end_element(struct json_section *in)
{
    if (in->element && in->pairs && in->parts < 2)
        in->text.len = in->begun;
    else if (in->element)
        json_put(&in->text, in->pairs ? "]" : "}", 1);
    in->element = 0;
}

static void separate(struct json_section *in)
{
    if (in->text.len)
        JSON_PUT(&in->text, ", ");
}

/* A member of an element is written next. */
static void begin_part(struct json_section *in, uint32_t index, const char *name)
{
    if (in->element != index + 1) {
        end_element(in);
        in->element = index + 1;
        in->begun = in->text.len;
        in->parts = 0;
        separate(in);
        json_put(&in->text, in->pairs ? "[" : "{", 1);
    }
    if (in->parts++)
        JSON_PUT(&in->text, ", ");
    if (!in->pairs)
        json_put_key(&in->text, name, strlen(name));
}

/* What stands between its brackets. */
static void write_section(struct json_section *from, struct json_out *out)
{
    unsigned i;
    out->failed = out->failed || from->text.failed;
    if (out->failed)
        return;
    if (from->list) {
        end_element(from);
        json_put(out, from->text.text, from->text.len);
    }
    for (i = 0; i < from->count; i++) {
        const struct json_member *member = &from->members[i];
        if (i)
            JSON_PUT(out, ", ");
        json_put(out, from->text.text + member->start, member->end - member->start);
        if (member->child) {
            json_put(out, member->child->list ? "[" : "{", 1);
            write_section(member->child, out);
            json_put(out, member->child->list ? "]" : "}", 1);
        }
    }
}

/* ---- Fields ----------------------------------------------------------------------------------- */

static void put_value(const struct json_form *form, struct json_out *out,
                      const struct mqw_field *field)
{
    if (field->kind == MQW_KIND_TEXT) {
        json_put_either(out, field->bytes);
    } else if (field->kind == MQW_KIND_BINARY) {
        if (form->style.show_secrets || !json_is_secret(field->path)) {
            json_put_hex(out, field->bytes);
            return;
        }
        JSON_PUT(out, "{\"hidden\": ");
        json_put_number(out, field->bytes.len);
        JSON_PUT(out, "}");
    } else if (field->kind == MQW_KIND_BITS && field->width == 1) {
        json_put_text(out, field->number ? "true" : "false");
    } else {
        json_put_number(out, field->number);
    }
}

/* The payload once more, as text. */
static void put_payload_text(struct json_section *in, struct mqw_bytes payload)
{
    struct json_member *member = begin(in, "payload_text", sizeof "payload_text" - 1);
    if (!member)
        return;
    if (json_put_string(&in->text, payload))
        member->end = in->text.len;
    else
        in->count--; /* it is the last one: only the telling of a payload makes it */
}

static void put_member(const struct json_form *form, struct json_section *in, const char *name,
                       size_t len, const struct mqw_field *field)
{
    struct json_member *member = begin(in, name, len);
    if (!member)
        return;
    put_value(form, &in->text, field);
    member->end = in->text.len;
    if (form->style.payload_text && is(name, len, "payload"))
        put_payload_text(in, field->bytes);
}

static void put_element(const struct json_form *form, struct json_section *in, const char *index,
                        const struct mqw_field *field)
{
    uint32_t number = 0;
    for (; *index != ']'; index++)
        number = 10 * number + (uint32_t)(*index - '0');
    if (index[1] == '.') {
        begin_part(in, number, index + 2);
    } else {
        separate(in);
    }
    put_value(form, &in->text, field);
}

/*
 * Goes to the place of a path, "will.properties.user_properties[2].name", and puts the field there.
 */
static void place(struct json_form *form, const char *path, const struct mqw_field *field)
{
    struct json_section *in = form->sections;
    while (in) {
        size_t len = 0;
        while (path[len] && path[len] != '.' && path[len] != '[')
            len++;
        if (path[len] == '.') {
            in = enter(form, in, path, len, false);
            path += len + 1;
            continue;
        }
        if (!path[len]) {
            put_member(form, in, path, len, field);
        } else {
            in = enter(form, in, path, len, true);
            if (in)
                put_element(form, in, path + len + 1, field);
        }
        return;
    }
}

/* The properties begin: they are there even if there is none. */
static void begin_properties(struct json_form *form, const char *path)
{
    struct json_section *in = form->sections;
    if (strncmp(path, "will.", 5) == 0)
        in = enter(form, in, "will", 4, false);
    if (in)
        enter(form, in, "properties", 10, false);
}

static bool take(void *arg, const struct mqw_field *field)
{
    struct json_form *form = arg;
    switch (field->kind) {
    case MQW_KIND_LENGTH:
        if (ends_with(field->path, "properties.length"))
            begin_properties(form, field->path);
        break;
    case MQW_KIND_BITS:
        if (strcmp(field->path, "type") == 0)
            form->type = field->note && *field->note ? field->note : "RESERVED";
        else if (strcmp(field->path, "flags") != 0 && !ends_with(field->path, "_flag"))
            place(form, field->path, field);
        break;
    case MQW_KIND_INTEGER:
        if (strcmp(field->path, "protocol_version") != 0)
            place(form, field->path, field);
        else if (field->number >= MQW_VERSION_3_1 && field->number <= MQW_VERSION_5)
            form->version = (uint8_t)field->number;
        break;
    case MQW_KIND_TEXT:
        if (strcmp(field->path, "protocol_name") != 0)
            place(form, field->path, field);
        break;
    case MQW_KIND_REASON:
    case MQW_KIND_BINARY:
        place(form, field->path, field);
        break;
    case MQW_KIND_IDENTIFIER:
    case MQW_KIND_OCTET:
    case MQW_KIND_UNREAD:
        break;
    }
    return true;
}

/* ---- What no byte says ------------------------------------------------------------------------ */

#define TYPE(NAME) (1u << MQW_##NAME)
#define SHORT                                                                                      \
    (TYPE(PUBACK) | TYPE(PUBREC) | TYPE(PUBREL) | TYPE(PUBCOMP) | TYPE(DISCONNECT) | TYPE(AUTH))

/* What a good packet has even where it has no bytes: short forms of 5.0, and what is empty. */
static const struct {
    unsigned types;
    uint8_t from; /* enum mqw_version */
    const char *name, *value;
} implied[] = {
    {SHORT, MQW_VERSION_5, "reason_code", "0"},
    {SHORT, MQW_VERSION_5, "properties", "{}"},
    {TYPE(PUBLISH), 0, "payload", "\"\""},
    {TYPE(SUBSCRIBE), 0, "subscriptions", "[]"},
    {TYPE(UNSUBSCRIBE), 0, "topic_filters", "[]"},
    {TYPE(SUBACK), 0, "reason_codes", "[]"},
    {TYPE(UNSUBACK), MQW_VERSION_5, "reason_codes", "[]"},
};

static void imply(struct json_form *form, uint8_t type)
{
    struct json_section *packet = form->sections;
    size_t i;
    for (i = 0; i < sizeof implied / sizeof *implied; i++) {
        const char *name = implied[i].name;
        struct json_member *member;
        if (!(implied[i].types >> type & 1) || form->version < implied[i].from ||
            find(packet, name, strlen(name)))
            continue;
        member = begin(packet, name, strlen(name));
        if (!member)
            return;
        json_put_text(&packet->text, implied[i].value);
        member->end = packet->text.len;
        if (type == MQW_PUBLISH && form->style.payload_text)
            put_payload_text(packet, mqw_text(""));
    }
}

/* ---- The packet ------------------------------------------------------------------------------- */

struct mqw_result json_form_read(struct json_form *form, const uint8_t *buf, size_t len,
                                 const struct mqw_options *options, bool ascii)
{
    struct mqw_result result;
    form->used = 0;
    form->type = NULL;
    form->version = options->version;
    new_section(form, ascii, false);
    result = mqw_explain(buf, len, options, take, form);
    if (result.code == MQW_OK)
        imply(form, buf[0] >> 4);
    return result;
}

void json_form_write(struct json_form *form, struct json_out *out)
{
    struct json_section *packet = form->sections;
    if (!form->type)
        return;
    JSON_PUT(out, "{\"type\": \"");
    json_put_text(out, form->type);
    JSON_PUT(out, "\"");
    if (form->version) {
        JSON_PUT(out, ", \"version\": ");
        json_put_number(out, form->version);
    }
    if (packet->count)
        JSON_PUT(out, ", ");
    write_section(packet, out);
    JSON_PUT(out, "}");
}

void json_form_free(struct json_form *form)
{
    size_t i;
    for (i = 0; i < JSON_SECTIONS; i++)
        json_out_free(&form->sections[i].text);
}
