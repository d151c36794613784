/* SPDX-License-Identifier: MIT */
#include "record.h"

/* The members of a record, in order. */
enum {
    NUMBER,
    TIME,
    CONNECTION,
    SENDER,
    NOTE,
    VERSION,
    GUESSED,
    DATA,
    SIZE,
    CODE,
    OFFSET,
    ITEM,
    TOPIC,
    FINDINGS,
    ACKNOWLEDGES,
    BEGINS,
    REPEATS,
    SETTLES,
    HOLED,
    IGNORED,
    BEGUN,
    FRAME,
    LATENCY,
    PACKET_ID,
    MEMBERS
};

static PyStructSequence_Field record_fields[] = {
    {"number", "of the packet, 1, 2, ...; 0: a note"},
    {"time", "nanoseconds since the epoch"},
    {"connection", "number of the connection; 0: none"},
    {"sender", "'client', 'server' or None"},
    {"note", "None: a packet; else a key of NOTES"},
    {"version", "3, 4, 5; 0: not known"},
    {"guessed", "None: CONNECT told the version and who is the client; else how sure the guess is"},
    {"data", "the bytes that are there"},
    {"size", "bytes of the whole packet, or that a note is about"},
    {"code", "result of decoding: 0, 1 (more bytes are wanted), or a rule"},
    {"offset", "where the rule is broken"},
    {"item", "the element of a list that breaks it"},
    {"topic", "what a topic alias stands for, or None"},
    {"findings", "broken rules of the connection: (rule, item, field), ..."},
    {"acknowledges", "number of the packet that it answers, or 0"},
    {"begins", "number of the packet that began the exchange, or 0"},
    {"repeats", "was it sent before?"},
    {"settles", "does it end its exchange?"},
    {"holed", "are bytes of it missing, and the stream goes on after them?"},
    {"ignored", "must the server pass it over?"},
    {"begun", "time of the first byte of a packet"},
    {"frame", "number of the frame that completed it"},
    {"latency", "nanoseconds since the packet that it answers, or None"},
    {"packet_id", "0: it has none"},
    {NULL, NULL},
};

static PyStructSequence_Desc record_desc = {
    "mqttwire_tool._capture.Record",
    "A packet, or a note on the capture.",
    record_fields,
    MEMBERS,
};

static PyObject *findings_of(const struct record_state *state, const struct capture_batch *batch,
                             const struct capture_record *record)
{
    PyObject *list;
    uint32_t i;
    if (!record->findings)
        return record_borrow(state->nothing);
    list = PyTuple_New((Py_ssize_t)record->findings);
    for (i = 0; list && i < record->findings; i++) {
        const struct mqw_finding *finding = &batch->findings[record->finding + i];
        PyObject *item =
            Py_BuildValue("(iIs)", (int)finding->code, (unsigned int)finding->item, finding->field);
        if (item)
            PyTuple_SET_ITEM(list, (Py_ssize_t)i, item);
        else
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *bytes_of(const struct record_state *state, const struct capture_batch *batch,
                          struct capture_span span)
{
    if (!span.len)
        return record_borrow(state->no_bytes);
    return PyBytes_FromStringAndSize((const char *)batch->arena + span.offset,
                                     (Py_ssize_t)span.len);
}

/* Records whose aliases stand for the same topic share it: it may be long. */
static PyObject *topic_of(PyObject *topics, const struct capture_batch *batch,
                          const struct capture_record *record)
{
    PyObject *key, *topic;
    if (!record->aliased)
        return record_borrow(Py_None);
    key = PyLong_FromSize_t(record->topic.offset);
    if (!key)
        return NULL;
    topic = PyDict_GetItemWithError(topics, key);
    if (topic) {
        Py_INCREF(topic);
    } else if (!PyErr_Occurred()) {
        topic = PyUnicode_DecodeUTF8((const char *)batch->arena + record->topic.offset,
                                     (Py_ssize_t)record->topic.len, "replace");
        if (topic && PyDict_SetItem(topics, key, topic))
            Py_CLEAR(topic);
    }
    Py_DECREF(key);
    return topic;
}

static PyObject *record_of(const struct record_state *state, PyObject *topics,
                           const struct capture_batch *batch, const struct capture_record *r)
{
    PyObject *made = PyStructSequence_New(state->type);
    PyObject *members[MEMBERS];
    bool good = true;
    int i;

    if (!made)
        return NULL;
    members[NUMBER] = PyLong_FromUnsignedLongLong(r->number);
    members[TIME] = PyLong_FromUnsignedLongLong(r->time);
    members[CONNECTION] = PyLong_FromUnsignedLong(r->connection);
    members[SENDER] = record_borrow(state->senders[r->sender & 3]);
    members[NOTE] = record_borrow(state->notes[r->note]);
    members[VERSION] = PyLong_FromLong(r->version);
    members[GUESSED] = Py_BuildValue("z", capture_guess_name(r->guessed));
    members[DATA] = bytes_of(state, batch, r->bytes);
    members[SIZE] = PyLong_FromUnsignedLongLong(r->size);
    members[CODE] = PyLong_FromLong((long)r->result.code);
    members[OFFSET] = PyLong_FromUnsignedLong(r->result.offset);
    members[ITEM] = PyLong_FromUnsignedLong(r->result.item);
    members[TOPIC] = topic_of(topics, batch, r);
    members[FINDINGS] = findings_of(state, batch, r);
    members[ACKNOWLEDGES] = PyLong_FromUnsignedLongLong(r->acknowledges);
    members[BEGINS] = PyLong_FromUnsignedLongLong(r->begins);
    members[REPEATS] = PyBool_FromLong(r->repeats);
    members[SETTLES] = PyBool_FromLong(r->settles);
    members[HOLED] = PyBool_FromLong(r->holed);
    members[IGNORED] = PyBool_FromLong(r->ignored);
    members[BEGUN] = PyLong_FromUnsignedLongLong(r->begun);
    members[FRAME] = PyLong_FromUnsignedLongLong(r->frame);
    members[LATENCY] = r->latency == CAPTURE_UNKNOWN ? record_borrow(Py_None)
                                                     : PyLong_FromUnsignedLongLong(r->latency);
    members[PACKET_ID] = PyLong_FromLong(r->packet_id);
    for (i = 0; i < MEMBERS; i++) {
        good = good && members[i];
        PyStructSequence_SET_ITEM(made, i, members[i]);
    }
    if (!good)
        Py_CLEAR(made);
    return made;
}

PyObject *record_list(const struct record_state *state, const struct capture_batch *batch)
{
    PyObject *topics = PyDict_New();
    PyObject *list = topics ? PyList_New((Py_ssize_t)batch->count) : NULL;
    size_t i;
    for (i = 0; list && i < batch->count; i++) {
        PyObject *record = record_of(state, topics, batch, &batch->records[i]);
        if (record)
            PyList_SET_ITEM(list, (Py_ssize_t)i, record);
        else
            Py_CLEAR(list);
    }
    Py_XDECREF(topics);
    return list;
}

PyObject *record_note(const struct record_state *state, const struct capture_batch *batch,
                      const struct capture_record *r)
{
    return record_of(state, NULL, batch, r); /* a note has no topic */
}

/* The names of notes; None, which is no note, for a packet. */
static int open_notes(struct record_state *state)
{
    const struct capture_note_row *row;
    size_t i;
    for (i = 0; i < sizeof state->notes / sizeof *state->notes; i++)
        state->notes[i] = record_borrow(Py_None);
    for (i = 0; (row = capture_note_at(i)) != NULL; i++) {
        PyObject *name = PyUnicode_InternFromString(row->name);
        if (!name)
            return -1;
        Py_DECREF(state->notes[row->number]);
        state->notes[row->number] = name;
    }
    return 0;
}

PyObject *record_notes(const struct record_state *state)
{
    static const char *const levels[] = {"info", "loss", "fault"};
    const struct capture_note_row *row;
    PyObject *notes = PyDict_New();
    size_t i;
    for (i = 0; notes && (row = capture_note_at(i)) != NULL; i++) {
        PyObject *value = Py_BuildValue("(sss)", levels[row->level], row->ids, row->text);
        if (!value || PyDict_SetItem(notes, state->notes[row->number], value))
            Py_CLEAR(notes);
        Py_XDECREF(value);
    }
    return notes;
}

int record_open(struct record_state *state)
{
    state->type = PyStructSequence_NewType(&record_desc);
    state->senders[MQW_NEITHER] = record_borrow(Py_None);
    state->senders[MQW_CLIENT] = PyUnicode_InternFromString("client");
    state->senders[MQW_SERVER] = PyUnicode_InternFromString("server");
    state->senders[MQW_EITHER] = record_borrow(Py_None);
    state->nothing = PyTuple_New(0);
    state->no_bytes = PyBytes_FromStringAndSize(NULL, 0);
    return state->type && state->senders[MQW_CLIENT] && state->senders[MQW_SERVER] &&
                   state->nothing && state->no_bytes
               ? open_notes(state)
               : -1;
}

void record_close(struct record_state *state)
{
    size_t i;
    Py_CLEAR(state->type);
    for (i = 0; i < sizeof state->senders / sizeof *state->senders; i++)
        Py_CLEAR(state->senders[i]);
    for (i = 0; i < sizeof state->notes / sizeof *state->notes; i++)
        Py_CLEAR(state->notes[i]);
    Py_CLEAR(state->nothing);
    Py_CLEAR(state->no_bytes);
}
