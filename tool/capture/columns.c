/* SPDX-License-Identifier: MIT */
#include "columns.h"

/* Where a note is in the order of all notes, beginning with 1; 0: a packet. */
static uint8_t place_of(uint8_t note)
{
    const struct capture_note_row *row;
    uint8_t place = 0;
    if (!note)
        return 0;
    do
        row = capture_note_at(place++);
    while (row && row->number != (enum capture_note)note);
    return place;
}

/* X(name, C type, the same for Python's struct, its value for record r).  docs: _capture.pyi */
#define COLUMNS(X)                                                                                 \
    X(number, uint64_t, "Q", r->number)                                                            \
    X(time, uint64_t, "Q", r->time)                                                                \
    X(begun, uint64_t, "Q", r->begun)                                                              \
    X(frame, uint64_t, "Q", r->frame)                                                              \
    X(connection, uint32_t, "I", r->connection)                                                    \
    X(note, uint8_t, "B", place_of(r->note))                                                       \
    X(sender, uint8_t, "B", r->sender)                                                             \
    X(version, uint8_t, "B", r->version)                                                           \
    X(guessed, uint8_t, "B", r->guessed)                                                           \
    X(first, uint8_t, "B", r->bytes.len ? batch->arena[r->bytes.offset] : 0)                       \
    X(size, uint64_t, "Q", r->size)                                                                \
    X(start, uint64_t, "Q", r->bytes.offset)                                                       \
    X(end, uint64_t, "Q", r->bytes.offset + r->bytes.len)                                          \
    X(code, uint16_t, "H", (uint16_t)r->result.code)                                               \
    X(packet_id, uint16_t, "H", r->packet_id)                                                      \
    X(topic_start, uint64_t, "Q", r->topic.offset)                                                 \
    X(topic_end, uint64_t, "Q", r->topic.offset + r->topic.len)                                    \
    X(aliased, bool, "?", r->aliased)                                                              \
    X(payload_start, uint64_t, "Q", r->payload.offset)                                             \
    X(payload_end, uint64_t, "Q", r->payload.offset + r->payload.len)                              \
    X(latency, uint64_t, "Q", r->latency)                                                          \
    X(acknowledges, uint64_t, "Q", r->acknowledges)                                                \
    X(begins, uint64_t, "Q", r->begins)                                                            \
    X(repeats, bool, "?", r->repeats)                                                              \
    X(settles, bool, "?", r->settles)                                                              \
    X(holed, bool, "?", r->holed)

/* The bytes of a column as numbers; takes the reference. */
static PyObject *numbers_of(PyObject *bytes, const char *format)
{
    PyObject *view = PyMemoryView_FromObject(bytes);
    PyObject *numbers = view ? PyObject_CallMethod(view, "cast", "s", format) : NULL;
    Py_XDECREF(view);
    Py_DECREF(bytes);
    return numbers;
}

static int put(PyObject *dict, const char *name, PyObject *value)
{
    int answer = value ? PyDict_SetItemString(dict, name, value) : -1;
    Py_XDECREF(value);
    return answer;
}

static PyObject *column_room(size_t count, size_t size, void **room)
{
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(count * size));
    *room = bytes ? PyBytes_AS_STRING(bytes) : NULL;
    return bytes;
}

#define X(name, type, format, value)                                                               \
    static PyObject *column_##name(const struct capture_batch *batch)                              \
    {                                                                                              \
        void *room;                                                                                \
        PyObject *bytes = column_room(batch->count, sizeof(type), &room);                          \
        size_t i;                                                                                  \
        for (i = 0; bytes && i < batch->count; i++) {                                              \
            const struct capture_record *r = &batch->records[i];                                   \
            ((type *)room)[i] = value;                                                             \
        }                                                                                          \
        return bytes ? numbers_of(bytes, format) : NULL;                                           \
    }
COLUMNS(X)
#undef X

/* Few records have any. */
static PyObject *findings_of(const struct capture_batch *batch)
{
    PyObject *list = PyList_New(0);
    size_t row, i;
    for (row = 0; list && row < batch->count && batch->finding_count; row++) {
        const struct capture_record *r = &batch->records[row];
        for (i = 0; list && i < r->findings; i++) {
            const struct mqw_finding *finding = &batch->findings[r->finding + i];
            PyObject *item = Py_BuildValue("(niIs)", (Py_ssize_t)row, (int)finding->code,
                                           (unsigned int)finding->item, finding->field);
            if (!item || PyList_Append(list, item))
                Py_CLEAR(list);
            Py_XDECREF(item);
        }
    }
    return list;
}

PyObject *columns_dict(const struct record_state *state, const struct capture_batch *batch)
{
    PyObject *dict = PyDict_New();
    (void)state;
    if (dict &&
        (put(dict, "bytes",
             PyBytes_FromStringAndSize((const char *)batch->arena, (Py_ssize_t)batch->size)) ||
         put(dict, "findings", findings_of(batch))
#define X(name, type, format, value) || put(dict, #name, column_##name(batch))
             COLUMNS(X)
#undef X
             ))
        Py_CLEAR(dict);
    return dict;
}
