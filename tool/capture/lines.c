/* SPDX-License-Identifier: MIT */
#include "lines.h"

#include <stdio.h>

/* ---- Connections ------------------------------------------------------------------------------ */

static struct mqw_bytes print(const struct capture_endpoint *end, char *out, size_t size)
{
    const char *form = strchr(end->address, ':') ? "[%s]:%u" : "%s:%u";
    snprintf(out, size, form, end->address, (unsigned)end->port);
    return mqw_text(out);
}

static void write_connection(struct lines *lines, const struct capture *capture, uint32_t number,
                             struct json_out *out)
{
    struct json_connection shown = {0};
    struct capture_connection c;
    char client[56], server[56];
    shown.number = lines->connections + number;
    if (capture_connection(capture, number, &c)) {
        shown.client = print(&c.client, client, sizeof client);
        shown.server = print(&c.server, server, sizeof server);
        shown.client_id = c.client_id;
        shown.transport = capture_transport_name(c.transport);
        shown.tls = capture_tls_name(c.tls);
    }
    json_out_clear(out);
    out->ascii = lines->out.ascii;
    json_connection_write(&shown, out);
}

/* What lines say of a connection, as it is known at the end of the batch. */
static const struct json_out *connection_of(struct lines *lines, const struct capture *capture,
                                            uint32_t number)
{
    struct lines_connection *entry = &lines->known[number % LINES_CONNECTIONS];
    if (entry->number != number) {
        entry->number = number;
        write_connection(lines, capture, number, &entry->text);
    }
    return &entry->text;
}

static void forget_connections(struct lines *lines)
{
    size_t i;
    for (i = 0; i < LINES_CONNECTIONS; i++)
        lines->known[i].number = 0;
}

/* ---- Lines ------------------------------------------------------------------------------------ */

/* Answers how many. */
static size_t findings_of(const struct capture_batch *batch, const struct capture_record *r,
                          const struct mqw_options *options, struct json_finding out[MQW_FINDINGS])
{
    uint32_t i;
    for (i = 0; i < r->findings && i < MQW_FINDINGS; i++) {
        const struct mqw_finding *finding = &batch->findings[r->finding + i];
        out[i].code = finding->code;
        out[i].offset =
            mqw_finding_offset(finding, batch->arena + r->bytes.offset, r->bytes.len, options);
        mqw_finding_field(finding, out[i].field, sizeof out[i].field);
    }
    return i;
}

static void write_packet(struct lines *lines, const struct capture *capture,
                         const struct capture_batch *batch, const struct capture_record *r)
{
    struct json_finding findings[MQW_FINDINGS];
    struct json_line line = {0};
    enum mqw_code code;
    bool given = r->guessed && lines->options.version;

    line.number = lines->packets + r->number;
    line.timed = !lines->untimed;
    line.time = r->time;
    line.connection = connection_of(lines, capture, r->connection);
    line.size = r->size;
    line.guessed = given ? NULL : capture_guess_name(r->guessed);
    line.data = batch->arena + r->bytes.offset;
    line.len = r->bytes.len;
    line.options = lines->options;
    line.options.version = given ? lines->options.version : r->version;
    if (r->sender != MQW_NEITHER)
        line.options.sender = r->sender;
    if (r->aliased)
        line.topic = mqw_view(batch->arena + r->topic.offset, r->topic.len);
    line.acknowledges = r->acknowledges ? lines->packets + r->acknowledges : 0;
    line.late = line.timed && r->latency != CAPTURE_UNKNOWN;
    line.latency = r->latency;
    line.findings = findings;
    line.finding_count = findings_of(batch, r, &line.options, findings);

    code = json_line_write(&lines->form, &line, &lines->out);
    lines->broken = lines->broken || code >= MQW_RULE_FIRST || r->findings;
    lines->early = lines->early || (code == MQW_MORE && !r->holed);
    lines->packet = line.number;
    if (lines->connections + r->connection > lines->connection)
        lines->connection = lines->connections + r->connection;
}

/* Lines of the packets from *at on, up to the next note. */
static PyObject *packets_of(struct lines *lines, const struct capture *capture,
                            const struct capture_batch *batch, size_t *at)
{
    json_out_clear(&lines->out);
    Py_BEGIN_ALLOW_THREADS;
    while (*at < batch->count && batch->records[*at].note == CAPTURE_PACKET)
        write_packet(lines, capture, batch, &batch->records[(*at)++]);
    Py_END_ALLOW_THREADS;
    if (lines->out.failed)
        return PyErr_NoMemory();
    return PyBytes_FromStringAndSize(lines->out.text, (Py_ssize_t)lines->out.len);
}

/* Takes the reference; false: an exception is set. */
static bool append(PyObject *list, PyObject *item)
{
    bool good = item && PyList_Append(list, item) == 0;
    Py_XDECREF(item);
    return good;
}

PyObject *lines_list(struct lines *lines, const struct capture *capture,
                     const struct record_state *state, const struct capture_batch *batch)
{
    PyObject *list = PyList_New(0);
    size_t at = 0;
    bool good = list;

    forget_connections(lines);
    lines->packet = lines->connection = 0;
    lines->broken = lines->early = false;
    while (good && at < batch->count) {
        if (batch->records[at].note == CAPTURE_PACKET)
            good = append(list, packets_of(lines, capture, batch, &at));
        else
            good = append(list, record_note(state, batch, &batch->records[at++]));
    }
    if (!good)
        Py_CLEAR(list);
    return list;
}

void lines_free(struct lines *lines)
{
    size_t i;
    json_form_free(&lines->form);
    json_out_free(&lines->out);
    for (i = 0; i < LINES_CONNECTIONS; i++)
        json_out_free(&lines->known[i].text);
}
