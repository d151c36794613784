/* SPDX-License-Identifier: MIT */
#include "line.h"

/* ", "key": " */
#define KEY(out, name) JSON_PUT(out, ", \"" name "\": ")

/* Statements, which the rules' rows separate by blanks. */
static void put_ids(struct json_out *out, const char *ids)
{
    const char *before = "\"";
    JSON_PUT(out, "[");
    while (*ids) {
        size_t len = strcspn(ids, " ");
        json_put_text(out, before);
        json_put(out, ids, len);
        JSON_PUT(out, "\"");
        before = ", \"";
        ids += len + strspn(ids + len, " ");
    }
    JSON_PUT(out, "]");
}

/* {"rule": ...}, as docs/command.md has it. */
static void put_error(struct json_out *out, struct mqw_result r, const char *field, uint8_t version)
{
    const struct mqw_rule *rule = mqw_rule_of(r.code);
    bool five = !version || version == MQW_VERSION_5;
    bool broken = r.code >= MQW_RULE_FIRST;
    unsigned reason =
        broken ? mqw_rule_reason(r.code, version ? version : MQW_VERSION_5) : MQW_REASON_NONE;
    JSON_PUT(out, "{\"rule\": \"");
    json_put_text(out, rule->name);
    JSON_PUT(out, "\"");
    KEY(out, "ids");
    put_ids(out, !broken ? "" : five ? rule->ids_5 : rule->ids_3_1_1);
    KEY(out, "reason_code");
    if (reason == MQW_REASON_NONE)
        JSON_PUT(out, "null");
    else
        json_put_number(out, reason);
    KEY(out, "offset");
    if (broken)
        json_put_number(out, r.offset);
    else
        JSON_PUT(out, "null");
    KEY(out, "field");
    if (*field)
        json_put_replaced(out, mqw_text(field));
    else
        JSON_PUT(out, "null");
    KEY(out, "message");
    json_put_replaced(out, mqw_text(rule->text));
    if (!broken) {
        KEY(out, "wanted");
        json_put_number(out, r.size);
    }
    JSON_PUT(out, "}");
}

void json_connection_write(const struct json_connection *connection, struct json_out *out)
{
    KEY(out, "connection");
    json_put_number(out, connection->number);
    if (connection->transport) {
        KEY(out, "transport");
        json_put_replaced(out, mqw_text(connection->transport));
    }
    if (connection->tls) {
        KEY(out, "tls");
        json_put_replaced(out, mqw_text(connection->tls));
    }
    if (connection->client.ptr) {
        KEY(out, "client");
        json_put_replaced(out, connection->client);
        KEY(out, "server");
        json_put_replaced(out, connection->server);
    }
    if (connection->client_id.ptr) {
        KEY(out, "client_id");
        json_put_replaced(out, connection->client_id);
    }
}

static void put_findings(struct json_out *out, const struct json_line *line)
{
    size_t i;
    KEY(out, "findings");
    JSON_PUT(out, "[");
    for (i = 0; i < line->finding_count; i++) {
        const struct json_finding *finding = &line->findings[i];
        struct mqw_result r = {finding->code, 0, finding->offset, 0};
        if (i)
            JSON_PUT(out, ", ");
        put_error(out, r, finding->field, line->options.version);
    }
    JSON_PUT(out, "]");
}

enum mqw_code json_line_write(struct json_form *form, const struct json_line *line,
                              struct json_out *out)
{
    struct mqw_result r = json_form_read(form, line->data, line->len, &line->options, out->ascii);
    char field[128] = ""; /* longer than any */
    if (r.code == MQW_OK && r.size < line->len) {
        r.code = MQW_RULE_TRAILING_BYTES;
        r.offset = r.size;
    } else if (r.code >= MQW_RULE_FIRST) {
        mqw_decode_field(line->data, line->len, &line->options, field, sizeof field);
    }
    JSON_PUT(out, "{\"number\": ");
    json_put_number(out, line->number);
    if (line->timed) {
        KEY(out, "time");
        json_put_seconds(out, line->time);
    }
    json_put(out, line->connection->text, line->connection->len);
    out->failed = out->failed || line->connection->failed;
    if (line->options.sender) {
        KEY(out, "sender");
        json_put_text(out, line->options.sender == MQW_CLIENT ? "\"client\"" : "\"server\"");
    }
    if (line->size) {
        KEY(out, "size");
        json_put_number(out, line->size);
    }
    if (line->guessed) {
        KEY(out, "guessed");
        JSON_PUT(out, "\"");
        json_put_text(out, line->guessed);
        JSON_PUT(out, "\"");
    }
    if (r.code != MQW_OK) {
        KEY(out, "error");
        put_error(out, r, field, form->version);
    }
    if (form->type) {
        KEY(out, "packet");
        json_form_write(form, out);
    }
    if (line->topic.ptr) {
        KEY(out, "topic");
        json_put_replaced(out, line->topic);
    }
    if (line->acknowledges) {
        KEY(out, "acknowledges");
        json_put_number(out, line->acknowledges);
    }
    if (line->late) {
        KEY(out, "latency");
        json_put_seconds(out, line->latency);
    }
    if (line->finding_count)
        put_findings(out, line);
    JSON_PUT(out, "}\n");
    return r.code;
}
