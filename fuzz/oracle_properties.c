/* SPDX-License-Identifier: MIT */
/* A block of properties: section 2.2.2 of 5.0, and the property sections of each packet. */
#include "oracle_parts.h"
#include "reference.h"

enum { RESPONSE_TOPIC = 0x08, SUBSCRIPTION_IDENTIFIER = 0x0B, USER_PROPERTY = 0x26 };

struct value {
    unsigned long number;
    struct view text, second; /* second: the value of a pair, whose name is text */
};

/*
 * MQTT-3.3.2-14 forbids wildcards in PUBLISH; in a will it is used as a topic name all the same
 * (3.1.3.2.6), which has none.  That it may be empty is said nowhere, nor that it may not.
 */
static void judge_response_topic(struct reader *r, struct view topic, const char *utf8_rule)
{
    judge_text(r, topic, utf8_rule, "topic_nul text_nul");
    if (reference_topic_name(topic.ptr, topic.len) & TOPIC_WILDCARD)
        text_fault(r, topic, "response_topic_wildcard", ORACLE_UNSTATED);
}

/* Reads a value and judges it by its row. */
static bool read_value(struct reader *r, const struct property_row *row, struct value *value)
{
    size_t start = r->at;
    switch (row->type) {
    case BYTE:
    case TWO_BYTES:
    case FOUR_BYTES:
        if (!read_number(r, row->type, &value->number))
            return false;
        break;
    case INTEGER:
        if (!read_integer(r, &value->number))
            return false;
        break;
    case TEXT:
        if (!read_view(r, &value->text))
            return false;
        if (row->id == RESPONSE_TOPIC)
            judge_response_topic(r, value->text, row->utf8_rule);
        else
            judge_text(r, value->text, row->utf8_rule, "text_nul");
        break;
    case BINARY:
        if (!read_view(r, &value->text))
            return false;
        break;
    case PAIR:
        if (!read_view(r, &value->text))
            return false;
        judge_text(r, value->text, row->utf8_rule, "user_property_nul");
        if (!read_view(r, &value->second))
            return false;
        judge_text(r, value->second, row->utf8_rule, "user_property_nul");
        break;
    }
    if (row->value_rule && (value->number < row->low || value->number > row->high))
        fault(r, row->value_rule, row->value_reasons, start, start);
    return true;
}

/* May it be here, and again?  `at` is the place of its identifier. */
static void judge_place(struct reader *r, enum place place, const struct property_row *row,
                        bool again, size_t at)
{
    char allowed = row->places[place];
    if (allowed == '.')
        fault(r, "property_misplaced", ORACLE_MALFORMED, at, at);
    /* "It is a Protocol Error" stands near by; that a client must not is said without a class. */
    if (allowed == 's' && r->sender == ORACLE_CLIENT)
        fault(r, "subscription_identifier_from_client", ORACLE_UNSTATED, at, at);
    if (allowed == 'c' && r->sender == ORACLE_SERVER)
        fault(r, "disconnect_session_expiry", ORACLE_UNSTATED, at, at);
    if (again && row->id != USER_PROPERTY &&
        !(row->id == SUBSCRIPTION_IDENTIFIER && place == IN_PUBLISH))
        fault(r, "property_repeated", ORACLE_PROTOCOL_ERROR, at, at);
}

static void show(struct oracle_text *fields, const char *group, const struct property_row *row,
                 const struct value *value)
{
    switch (row->type) {
    case BYTE:
    case TWO_BYTES:
    case FOUR_BYTES:
    case INTEGER:
        oracle_number(fields, group, row->name, value->number);
        break;
    case TEXT:
    case BINARY:
        oracle_bytes(fields, group, row->name, value->text.ptr, value->text.len);
        break;
    case PAIR:
        oracle_bytes(fields, group, row->name, value->text.ptr, value->text.len);
        oracle_bytes(fields, group, row->name, value->second.ptr, value->second.len);
        break;
    }
}

/* Shows the properties of a good block by their identifiers: through it once for each of them. */
static void show_block(struct reader block, const char *group)
{
    size_t start = block.at;
    for (size_t i = 0; i < property_count; i++) {
        block.at = start;
        while (block.at < block.end) {
            struct value value = {0};
            const struct property_row *row = property_of(block.bytes[block.at++]);
            read_value(&block, row, &value);
            if (row == &property_rows[i])
                show(&block.o->fields, group, row, &value);
        }
    }
}

bool read_properties(struct reader *r, enum place place, const char *group, uint64_t *present)
{
    struct reader block = *r;
    unsigned long len, id;
    *present = 0;
    r->cut = place == IN_WILL ? "truncated property_length_missing will_missing"
                              : "truncated property_length_missing";
    if (!read_integer(r, &len))
        return false;
    r->cut = "truncated";
    block.at = r->at;
    if (r->end - r->at < len) {
        fault(r, "truncated property_overrun", ORACLE_MALFORMED, r->at, r->end);
        return false;
    }
    r->at += len;
    block.end = r->at;
    block.cut = "property_overrun";
    while (block.at < block.end) {
        size_t at = block.at;
        struct value value = {0};
        const struct property_row *row;
        if (!read_integer(&block, &id))
            return false;
        row = property_of(id);
        if (!row) {
            fault(r, "property_unknown", ORACLE_MALFORMED, at, at);
            return false;
        }
        judge_place(r, place, row, *present >> id & 1, at);
        *present |= (uint64_t)1 << id;
        if (!read_value(&block, row, &value))
            return false;
    }
    if (r->o->verdict != ORACLE_REFUSE) {
        block.at = r->at - len;
        show_block(block, group);
    }
    return true;
}
