/* SPDX-License-Identifier: MIT */
#include "capture.h"

#include "flows.h"
#include "fragments.h"
#include "input.h"
#include "source.h"
#include "talk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    PAUSE = 100,         /* milliseconds after which a batch is handed over, where more may come */
    FINISH = 1000,       /* milliseconds for which reading goes on when it was told to finish */
    SLICE = 16 << 20,    /* bytes of frames after which a batch is handed over, even an empty one */
    CONNECTIONS = 65536, /* followed at once, unless told otherwise */
    CONNECTIONS_MAX = 1 << 24,
    MEMORY_MIN = 1 << 20 /* bytes, beside the table of connections */
};

enum state { READING, FLUSHING, FAILED, DONE };

struct capture {
    struct context context;
    struct flows flows;
    struct fragments fragments;
    struct source *source;
    struct capture_counts counts;
    struct capture_error error; /* to be told once all that was read has been */
    enum state state;
    enum state after; /* flushing */
    struct moment last;
    uint64_t told_drops;
    bool told_fragments, told_link;
    uint64_t deadline; /* milliseconds; 0: none */
};

#define LEVEL(NAME) CAPTURE_LEVEL_##NAME
static const struct capture_note_row rows[] = {
#define CAPTURE_ROW(number, NAME, name, level, ids, text)                                          \
    {CAPTURE_##NAME, LEVEL(level), #name, ids, text},
    CAPTURE_NOTES(CAPTURE_ROW)
#undef CAPTURE_ROW
};

const struct capture_note_row *capture_note_at(size_t index)
{
    return index < sizeof rows / sizeof *rows ? &rows[index] : NULL;
}

/* All but the source. */
static struct capture *start(const struct capture_options *options, struct capture_error *error)
{
    struct capture *capture = calloc(1, sizeof *capture);
    struct capture_options *o;
    if (!capture) {
        capture_fail(error, ENOMEM, "out of memory");
        return NULL;
    }
    o = &capture->context.options;
    if (options)
        *o = *options;
    o->records = o->records ? o->records : 4096;
    o->packet = o->packet ? o->packet : (size_t)16 << 20;
    o->memory = o->memory ? o->memory : (size_t)256 << 20;
    o->connections = o->connections ? o->connections : CONNECTIONS;
    if (o->connections > CONNECTIONS_MAX)
        o->connections = CONNECTIONS_MAX;
    if (o->memory < MEMORY_MIN + o->connections * sizeof(void *))
        o->memory = MEMORY_MIN + o->connections * sizeof(void *);
    capture->context.memory.limit = o->memory;
    capture->context.batch.wanted = o->records;
    keys_open(&capture->context.keys, &capture->context.memory);
    if (!infos_open(&capture->context.infos, &capture->context.memory) ||
        !flows_open(&capture->flows, &capture->context)) {
        capture_close(capture);
        capture_fail(error, ENOMEM, "out of memory");
        return NULL;
    }
    if (o->keylog && !keys_read(&capture->context.keys, o->keylog, error)) {
        capture_close(capture);
        return NULL;
    }
    o->keylog = NULL; /* the path is the caller's */
    return capture;
}

static struct capture *with_source(struct capture *capture, struct source *source)
{
    capture->source = source;
    if (source) {
        capture->context.live = source_live(source);
        return capture;
    }
    capture_close(capture);
    return NULL;
}

struct capture *capture_open(const char *path, const struct capture_options *options,
                             struct capture_error *error)
{
    struct capture *capture = start(options, error);
    if (!capture)
        return NULL;
    return with_source(
        capture, source_open(path, options && options->follow, &capture->context.keys, error));
}

struct capture *capture_open_live(const char *interface, const char *filter,
                                  const struct capture_options *options,
                                  struct capture_error *error)
{
    struct capture *capture = start(options, error);
    return capture ? with_source(capture, source_open_live(interface, filter, error)) : NULL;
}

static uint64_t milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void capture_finish(struct capture *capture)
{
    capture->deadline = milliseconds() + FINISH;
    source_finish(capture->source);
    capture->context.live = false;
}

/* A note on the capture as a whole. */
static void note(struct capture *capture, enum capture_note code, uint64_t size)
{
    struct capture_record *record = batch_record(&capture->context.batch);
    if (!record)
        return;
    record->note = (uint8_t)code;
    record->size = size;
    record->time = capture->last.time;
    record->frame = capture->last.frame;
}

static void count(struct capture *capture, enum link_result result, const struct segment *segment)
{
    switch (result) {
    case LINK_TCP:
        capture->counts.segments++;
        flows_segment(&capture->flows, segment, capture->last);
        break;
    case LINK_OTHER:
        capture->counts.others++;
        break;
    default:
        capture->counts.damaged++;
        break;
    }
}

static void tell_fragments(struct capture *capture)
{
    if (capture->fragments.lost && !capture->told_fragments)
        note(capture, CAPTURE_FRAGMENTED, 0);
    capture->told_fragments = capture->fragments.lost > 0;
}

static void take(struct capture *capture, const struct frame *frame)
{
    enum link_result result;
    struct fragment fragment, whole;
    struct segment segment;

    capture->counts.frames++;
    capture->last.frame = capture->counts.frames;
    capture->last.time = frame->time;
    if (!link_known(frame->link)) {
        if (!capture->told_link)
            note(capture, CAPTURE_LINK_UNKNOWN, 0);
        capture->told_link = true;
        capture->counts.others++;
        return;
    }
    result = link_read(frame->link, frame->data, frame->caplen, frame->len, &segment, &fragment);
    if (result != LINK_FRAGMENT) {
        count(capture, result, &segment);
        return;
    }
    capture->counts.fragments++;
    if (fragments_add(&capture->fragments, &capture->context.memory, &fragment, capture->last,
                      &whole))
        count(capture, link_whole(&whole, &segment), &segment);
    tell_fragments(capture);
}

static void tell_drops(struct capture *capture)
{
    uint64_t dropped = source_dropped(capture->source);
    if (dropped <= capture->told_drops)
        return;
    note(capture, CAPTURE_DROPPED, dropped - capture->told_drops);
    capture->told_drops = capture->counts.dropped = dropped;
}

/* The input is over. */
static void end(struct capture *capture, enum state after)
{
    fragments_end(&capture->fragments);
    tell_fragments(capture);
    capture->state = FLUSHING;
    capture->after = after;
}

/* Fills a batch from the source.  True: it is to be handed over. */
static bool fill(struct capture *capture)
{
    bool live = source_live(capture->source);
    uint64_t begin = live ? milliseconds() : 0, bytes = 0;
    struct frame frame;

    while (!batch_full(&capture->context.batch)) {
        enum source_answer answer = SOURCE_END;
        if (!capture->deadline || milliseconds() < capture->deadline)
            answer = source_read(capture->source, &frame, &capture->error);
        switch (answer) {
        case SOURCE_FRAME:
            take(capture, &frame);
            bytes += frame.caplen;
            if (bytes >= SLICE)
                return true;
            if (live && milliseconds() - begin >= PAUSE)
                return true;
            break;
        case SOURCE_WAIT:
            return true;
        case SOURCE_ERROR:
            end(capture, FAILED);
            return false;
        default:
            if (answer != SOURCE_END)
                note(capture,
                     answer == SOURCE_CUT               ? CAPTURE_INPUT_CUT
                     : answer == SOURCE_COMPRESSION_CUT ? CAPTURE_COMPRESSION_CUT
                                                        : CAPTURE_COMPRESSION_DAMAGED,
                     0);
            end(capture, DONE);
            return false;
        }
    }
    return true;
}

int capture_read(struct capture *capture, struct capture_batch *out, struct capture_error *error)
{
    struct batch *batch = &capture->context.batch;
    bool full = false;

    batch_clear(batch);
    if (capture->state == READING && flows_resume(&capture->flows)) {
        full = fill(capture);
        if (source_live(capture->source))
            tell_drops(capture);
    }
    if (capture->state == FLUSHING && !full && flows_end(&capture->flows))
        capture->state = capture->after;
    if (batch->failed) {
        capture->state = FAILED;
        capture_fail(&capture->error, ENOMEM, "out of memory");
        batch->failed = false;
        batch_clear(batch);
    }
    *out = batch_view(batch);
    if (batch->count || capture->state == READING || capture->state == FLUSHING)
        return 1;
    if (capture->state == DONE)
        return 0;
    *error = capture->error;
    return -1;
}

bool capture_connection(const struct capture *capture, uint32_t number,
                        struct capture_connection *out)
{
    const struct info *info = info_find(&capture->context.infos, number);
    if (!info)
        return false;
    *out = info_view(info);
    return true;
}

struct capture_counts capture_counts(const struct capture *capture)
{
    struct capture_counts counts = capture->counts;
    counts.connections = capture->flows.opened;
    counts.repeated = capture->flows.repeated;
    counts.packets = capture->context.packets;
    counts.read = source_size_read(capture->source);
    counts.keys = capture->context.keys.read;
    return counts;
}

void capture_close(struct capture *capture)
{
    if (!capture)
        return;
    source_close(capture->source);
    if (capture->flows.buckets)
        flows_close(&capture->flows);
    fragments_close(&capture->fragments, &capture->context.memory);
    keys_close(&capture->context.keys);
    infos_free(&capture->context.infos, &capture->context.memory);
    batch_free(&capture->context.batch);
    free(capture);
}
