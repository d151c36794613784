/* SPDX-License-Identifier: MIT */
#include "savefile.h"

#include "input.h"
#include "keys.h"
#include "link.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_MAX = 1 << 25, /* bytes; longer blocks and frames are none */
    INTERFACES = 1024,
    PCAP_HEADER = 24,
    TLS_KEY_LOG = 0x544C534B
};

enum { /* types of blocks */
       SECTION = 0x0A0D0D0A,
       INTERFACE = 1,
       OLD_PACKET = 2,
       SIMPLE_PACKET = 3,
       PACKET = 6,
       KEY_LOG = 10
};

/* What is told of an interface. */
struct interface {
    int link;         /* DLT_ number */
    uint32_t snaplen; /* 0: no limit */
    uint64_t unit;    /* ticks a second */
    int64_t offset;   /* seconds to be added */
};

struct savefile {
    struct input *input;
    struct keys *keys;
    const char *name;
    bool big; /* byte order */
    bool next_generation;
    size_t header; /* pcap: bytes before a frame */
    struct interface *interfaces;
    uint32_t count;
    size_t spent;            /* bytes of the block told last */
    enum source_answer over; /* it ends before the first frame: how; or SOURCE_FRAME */
};

static uint16_t u16(const struct savefile *file, const uint8_t *p)
{
    return (uint16_t)(file->big ? p[0] << 8 | p[1] : p[1] << 8 | p[0]);
}

static uint32_t u32(const struct savefile *file, const uint8_t *p)
{
    uint32_t first = u16(file, p), second = u16(file, p + 2);
    return file->big ? first << 16 | second : second << 16 | first;
}

static bool readable(const struct savefile *file)
{
    uint32_t i;
    for (i = 0; i < file->count; i++)
        if (link_known(file->interfaces[i].link))
            return true;
    return false;
}

static bool add_interface(struct savefile *file, uint32_t type, uint32_t snaplen, uint64_t unit,
                          struct capture_error *error)
{
    struct interface *grown;
    if (file->count == INTERFACES) {
        capture_fail(error, EINVAL, "more than %d interfaces in a section", INTERFACES);
        return false;
    }
    grown = realloc(file->interfaces, (file->count + 1) * sizeof *grown);
    if (!grown) {
        capture_fail(error, ENOMEM, "out of memory");
        return false;
    }
    file->interfaces = grown;
    grown += file->count++;
    memset(grown, 0, sizeof *grown);
    grown->link = type == 101 ? DLT_RAW : (int)type; /* the one whose numbers differ */
    grown->snaplen = snaplen;
    grown->unit = unit;
    return true;
}

static enum source_answer failed(struct savefile *file, struct capture_error *error,
                                 const char *what)
{
    capture_fail(error, EINVAL, "%s: %s", file->name, what);
    return SOURCE_ERROR;
}

static enum source_answer answer_of(enum input_answer answer, bool between)
{
    switch (answer) {
    case INPUT_WAIT:
        return SOURCE_WAIT;
    case INPUT_END:
        return between ? SOURCE_END : SOURCE_CUT;
    case INPUT_CUT:
        return SOURCE_COMPRESSION_CUT;
    case INPUT_DAMAGED:
        return SOURCE_COMPRESSION_DAMAGED;
    default:
        return SOURCE_ERROR;
    }
}

/* Wants this many bytes of a frame or block, whose end the input may be if none of it is there. */
static enum source_answer want(struct savefile *file, size_t count, bool wait,
                               struct capture_error *error)
{
    enum input_answer answer = input_want(file->input, count, wait, error);
    return answer == INPUT_READY ? SOURCE_FRAME : answer_of(answer, !input_size(file->input));
}

/* ---- pcap ---- */

static const struct {
    uint32_t magic;
    uint64_t unit;
    size_t header;
} formats[] = {
    {0xA1B2C3D4, 1000000, 16},
    {0xA1B23C4D, 1000000000, 16},
    {0xA1B2CD34, 1000000, 24}, /* of some old systems: eight bytes more before each frame */
};

static enum source_answer read_frame(struct savefile *file, struct frame *frame,
                                     struct capture_error *error)
{
    const struct interface *interface = file->interfaces;
    const uint8_t *header;
    enum source_answer answer = want(file, file->header, false, error);
    uint32_t caplen;

    if (answer != SOURCE_FRAME)
        return answer;
    header = input_data(file->input);
    caplen = u32(file, header + 8);
    if (caplen > BLOCK_MAX)
        return failed(file, error, "a frame is longer than any frame is: the file is damaged");
    answer = want(file, file->header + caplen, false, error);
    if (answer != SOURCE_FRAME)
        return answer;
    header = input_data(file->input);
    frame->link = interface->link;
    frame->data = header + file->header;
    frame->caplen = caplen;
    frame->len = u32(file, header + 12);
    frame->time = (uint64_t)u32(file, header) * 1000000000 +
                  u32(file, header + 4) * (1000000000 / interface->unit);
    file->spent = file->header + caplen;
    return SOURCE_FRAME;
}

/* ---- pcapng ---- */

/* Ticks a second, as the option if_tsresol tells: 10 to the power of it, or 2. */
static uint64_t unit_of(uint8_t resolution)
{
    uint64_t unit = 1;
    uint8_t i, power = resolution & 0x7F;
    if (resolution & 0x80)
        return power < 64 ? UINT64_C(1) << power : 0;
    for (i = 0; i < power && i < 20; i++)
        unit *= 10;
    return power < 20 ? unit : 0;
}

static uint64_t nanoseconds(const struct interface *interface, uint64_t ticks)
{
    uint64_t seconds = ticks / interface->unit, rest = ticks % interface->unit;
    uint64_t part = interface->unit <= 1000000000
                        ? rest * (1000000000) / interface->unit
                        : (uint64_t)((double)rest / (double)interface->unit * 1e9);
    return (seconds + (uint64_t)interface->offset) * 1000000000 + part;
}

static bool read_interface(struct savefile *file, const uint8_t *body, size_t len,
                           struct capture_error *error)
{
    struct interface *made;
    size_t at = 8;

    if (len < 8) {
        failed(file, error, "the block of an interface is too short");
        return false;
    }
    if (!add_interface(file, u16(file, body), u32(file, body + 4), 1000000, error))
        return false;
    made = &file->interfaces[file->count - 1];
    while (len - at >= 4) {
        unsigned code = u16(file, body + at);
        size_t size = u16(file, body + at + 2);
        at += 4;
        if (!code || size > len - at)
            break;
        if (code == 9 && size == 1)
            made->unit = unit_of(body[at]);
        else if (code == 14 && size == 8)
            made->offset = (int64_t)((uint64_t)u32(file, body + at + (file->big ? 0 : 4)) << 32 |
                                     u32(file, body + at + (file->big ? 4 : 0)));
        size = (size + 3) / 4 * 4;
        at += size < len - at ? size : len - at;
    }
    if (made->unit)
        return true;
    failed(file, error, "the block of an interface has a resolution of time that is none");
    return false;
}

/* A frame in a block.  False: it is none. */
static bool read_packet(struct savefile *file, uint32_t type, const uint8_t *body, size_t len,
                        struct frame *frame)
{
    const struct interface *interface;
    size_t at = type == SIMPLE_PACKET ? 4 : 20;
    uint32_t number = 0;

    if (len < at)
        return false;
    if (type == PACKET)
        number = u32(file, body);
    else if (type == OLD_PACKET)
        number = u16(file, body);
    if (number >= file->count)
        return false;
    interface = &file->interfaces[number];
    frame->link = interface->link;
    frame->data = body + at;
    frame->len = u32(file, body + at - 4);
    frame->time = 0;
    if (type == SIMPLE_PACKET) {
        frame->caplen = frame->len;
        if (interface->snaplen && frame->caplen > interface->snaplen)
            frame->caplen = interface->snaplen;
    } else {
        frame->caplen = u32(file, body + 12);
        frame->time =
            nanoseconds(interface, (uint64_t)u32(file, body + 4) << 32 | u32(file, body + 8));
    }
    return frame->caplen <= len - at;
}

/* A section has its own byte order, and its own interfaces. */
static bool begin_section(struct savefile *file, const uint8_t *block)
{
    static const uint8_t magic[4] = {0x1A, 0x2B, 0x3C, 0x4D};
    static const uint8_t swapped[4] = {0x4D, 0x3C, 0x2B, 0x1A};
    if (memcmp(block + 8, magic, 4) != 0 && memcmp(block + 8, swapped, 4) != 0)
        return false;
    file->big = block[8] == 0x1A;
    file->count = 0;
    return true;
}

/* Reads a block.  SOURCE_WAIT with *done: it held no frame. */
static enum source_answer read_block(struct savefile *file, struct frame *frame, bool wait,
                                     bool *done, struct capture_error *error)
{
    const uint8_t *block;
    enum source_answer answer = want(file, 12, wait, error);
    uint32_t type, size;

    *done = false;
    if (answer != SOURCE_FRAME)
        return answer;
    block = input_data(file->input);
    type = u32(file, block);
    if (type == SECTION && !begin_section(file, block))
        return failed(file, error, "the block that begins a section has no byte order");
    size = u32(file, block + 4);
    if (size < 12 || size % 4 || size > BLOCK_MAX)
        return failed(file, error, "the length of a block is none: the file is damaged");
    answer = want(file, size, wait, error);
    if (answer != SOURCE_FRAME)
        return answer;
    block = input_data(file->input);
    if (u32(file, block + size - 4) != size)
        return failed(file, error, "the lengths of a block differ: the file is damaged");
    file->spent = size;
    switch (type) {
    case INTERFACE:
        if (!read_interface(file, block + 8, size - 12, error))
            return SOURCE_ERROR;
        break;
    case PACKET:
    case OLD_PACKET:
    case SIMPLE_PACKET:
        if (!read_packet(file, type, block + 8, size - 12, frame))
            return failed(file, error, "the block of a frame is damaged");
        return SOURCE_FRAME;
    case KEY_LOG:
        if (size < 20 || u32(file, block + 8) != TLS_KEY_LOG || u32(file, block + 12) > size - 20)
            break;
        keys_add(file->keys, block + 16, u32(file, block + 12));
        break;
    default:
        break;
    }
    *done = true;
    return SOURCE_WAIT;
}

/* ---- Either ---- */

static void next(struct savefile *file)
{
    input_skip(file->input, file->spent);
    file->spent = 0;
}

enum source_answer savefile_read(struct savefile *file, struct frame *frame,
                                 struct capture_error *error)
{
    enum source_answer answer;
    bool done = true;

    if (file->over != SOURCE_FRAME)
        return file->over;
    next(file);
    if (!file->next_generation)
        return read_frame(file, frame, error);
    do {
        answer = read_block(file, frame, false, &done, error);
        if (done)
            next(file);
    } while (done);
    return answer;
}

/* Reads the header of a pcap file. */
static enum source_answer open_pcap(struct savefile *file, struct capture_error *error)
{
    const uint8_t *header = input_data(file->input);
    enum source_answer answer;
    size_t i;

    file->big = header[0] == 0xA1;
    for (i = 0; i < sizeof formats / sizeof *formats; i++)
        if (u32(file, header) == formats[i].magic)
            break;
    if (i == sizeof formats / sizeof *formats)
        return failed(file, error, "no capture that can be read: neither pcap nor pcapng");
    answer = want(file, PCAP_HEADER, true, error);
    if (answer != SOURCE_FRAME)
        return answer;
    header = input_data(file->input);
    if (!add_interface(file, u32(file, header + 20) & 0x03FFFFFF, 0, formats[i].unit, error))
        return SOURCE_ERROR;
    file->header = formats[i].header;
    file->spent = PCAP_HEADER;
    return SOURCE_FRAME;
}

/* Reads up to an interface whose frames can be read, or else to the first frame. */
static enum source_answer open_pcapng(struct savefile *file, struct capture_error *error)
{
    enum source_answer answer = SOURCE_FRAME;
    struct frame frame;
    bool done = true;

    file->next_generation = true;
    while (done && !readable(file)) {
        next(file);
        answer = read_block(file, &frame, true, &done, error);
    }
    if (answer == SOURCE_ERROR || done || file->count)
        return answer == SOURCE_ERROR ? answer : SOURCE_FRAME;
    return answer == SOURCE_END ? SOURCE_CUT : answer;
}

/* Reads what comes before the first frame. */
static enum source_answer open_file(struct savefile *file, struct capture_error *error)
{
    enum source_answer answer = want(file, 4, true, error);
    if (answer == SOURCE_ERROR)
        return answer;
    if (answer == SOURCE_END || answer == SOURCE_CUT) { /* a capture was due, but not in a file */
        if (input_regular(file->input))
            return failed(file, error, "no capture that can be read: it is too short");
        return SOURCE_CUT;
    }
    if (answer != SOURCE_FRAME)
        return answer;
    answer = u32(file, input_data(file->input)) == SECTION ? open_pcapng(file, error)
                                                           : open_pcap(file, error);
    if (answer == SOURCE_FRAME && !readable(file)) {
        int type = file->interfaces[0].link;
        const char *text = pcap_datalink_val_to_description(type);
        capture_fail(error, EINVAL, "%s: link type %d (%s) is not read", file->name, type,
                     text ? text : "unknown");
        return SOURCE_ERROR;
    }
    return answer;
}

struct savefile *savefile_open(const char *path, bool follow, struct keys *keys,
                               struct capture_error *error)
{
    struct input *input = input_open(path, follow, error);
    struct savefile *file = input ? calloc(1, sizeof *file) : NULL;

    if (!file) {
        if (input) {
            input_close(input);
            capture_fail(error, ENOMEM, "out of memory");
        }
        return NULL;
    }
    file->input = input;
    file->keys = keys;
    file->name = strcmp(path, "-") ? path : "standard input";
    file->over = open_file(file, error);
    file->name = "the capture"; /* the path is the caller's */
    if (file->over == SOURCE_ERROR) {
        savefile_close(file);
        return NULL;
    }
    return file;
}

uint64_t savefile_size_read(const struct savefile *file)
{
    return input_read(file->input);
}

bool savefile_live(const struct savefile *file)
{
    return input_live(file->input);
}

void savefile_finish(struct savefile *file)
{
    input_finish(file->input);
}

void savefile_close(struct savefile *file)
{
    input_close(file->input);
    free(file->interfaces);
    free(file);
}
