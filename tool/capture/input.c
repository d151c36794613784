/* SPDX-License-Identifier: MIT */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum {
    PAUSE = 100,     /* milliseconds that reading may take while nothing comes */
    CHUNK = 1 << 18, /* bytes that are read at once */
    GZIP = 16 + MAX_WBITS
};

struct input {
    int fd;
    bool regular, follow;
    bool finished;    /* what is not there yet is not waited for */
    bool interrupted; /* by a signal, in the last attempt */
    bool ended;       /* nothing follows what is in the buffers, */
    bool damaged;     /* or nothing that can be decompressed */
    uint64_t read;    /* bytes of the file */
    uint8_t *bytes;   /* for the reader */
    size_t start, end, cap;
    enum { UNKNOWN, PLAIN, COMPRESSED } form;
    z_stream zip;
    bool between;   /* members of gzip's format: one has ended */
    uint8_t *chunk; /* what is to be decompressed */
};

void capture_fail(struct capture_error *error, int number, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(error->text, sizeof error->text, format, list);
    va_end(list);
    error->number = number;
}

struct input *input_open(const char *path, bool follow, struct capture_error *error)
{
    bool standard = !strcmp(path, "-");
    int fd = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    struct input *input = NULL;
    struct stat about;

    if (fd < 0 || fstat(fd, &about)) {
        capture_fail(error, errno, "%s: %s", standard ? "standard input" : path, strerror(errno));
    } else if (S_ISDIR(about.st_mode)) {
        capture_fail(error, EISDIR, "%s: %s", path, strerror(EISDIR));
    } else {
        input = calloc(1, sizeof *input);
        if (!input)
            capture_fail(error, ENOMEM, "out of memory");
    }
    if (!input) {
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    input->fd = fd;
    input->regular = S_ISREG(about.st_mode);
    input->follow = follow && input->regular;
    return input;
}

/* Makes room for at least a chunk behind what is there. */
static bool make_room(struct input *input, size_t wanted)
{
    size_t size = input->end - input->start, cap = input->cap ? input->cap : CHUNK;
    uint8_t *grown;

    if (input->start) {
        memmove(input->bytes, input->bytes + input->start, size);
        input->start = 0;
        input->end = size;
    }
    /* What a length claims is believed as it comes: twice as much as there is, at most. */
    while (cap < wanted && cap < 2 * size)
        cap *= 2;
    if (cap - size < CHUNK / 2)
        cap *= 2;
    if (cap <= input->cap)
        return true;
    grown = realloc(input->bytes, cap);
    if (!grown)
        return false;
    input->bytes = grown;
    input->cap = cap;
    return true;
}

/* Reads some bytes; INPUT_END: there are none. */
static enum input_answer take(struct input *input, uint8_t *to, size_t size, size_t *got,
                              struct capture_error *error)
{
    ssize_t count;
    input->interrupted = false;
    if (!input->regular) {
        struct pollfd poller;
        int ready;
        memset(&poller, 0, sizeof poller);
        poller.fd = input->fd;
        poller.events = POLLIN;
        ready = poll(&poller, 1, PAUSE);
        input->interrupted = ready < 0;
        if (!ready && input->finished) {
            input->ended = true;
            return INPUT_END;
        }
        if (ready <= 0)
            return INPUT_WAIT;
    }
    count = read(input->fd, to, size);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) {
        input->interrupted = errno == EINTR;
        return INPUT_WAIT;
    }
    if (count < 0) {
        capture_fail(error, errno, "%s", strerror(errno));
        return INPUT_FAILED;
    }
    *got = (size_t)count;
    input->read += *got;
    if (count)
        return INPUT_READY;
    if (input->follow && !input->finished) {
        input->interrupted = poll(NULL, 0, PAUSE) < 0;
        return INPUT_WAIT;
    }
    input->ended = true;
    return INPUT_END;
}

/* Adds bytes as they are. */
static enum input_answer fill_plain(struct input *input, struct capture_error *error)
{
    size_t got = 0;
    enum input_answer answer =
        take(input, input->bytes + input->end, input->cap - input->end, &got, error);
    input->end += got;
    return answer;
}

/* Adds bytes that were compressed. */
static enum input_answer fill_compressed(struct input *input, struct capture_error *error)
{
    z_stream *zip = &input->zip;
    int code;

    if (!zip->avail_in) {
        size_t got = 0;
        enum input_answer answer = take(input, input->chunk, CHUNK, &got, error);
        if (answer == INPUT_END && !input->between)
            return INPUT_CUT;
        if (answer != INPUT_READY)
            return answer;
        zip->next_in = input->chunk;
        zip->avail_in = (uInt)got;
    }
    if (input->between) {
        if (*zip->next_in != 0x1F) { /* padding */
            input->ended = true;
            return INPUT_END;
        }
        inflateReset(zip);
        input->between = false;
    }
    zip->next_out = input->bytes + input->end;
    zip->avail_out = (uInt)(input->cap - input->end);
    code = inflate(zip, Z_NO_FLUSH);
    input->end = (size_t)(zip->next_out - input->bytes);
    if (code == Z_STREAM_END)
        input->between = true;
    else if (code != Z_OK && code != Z_BUF_ERROR)
        return INPUT_DAMAGED;
    return INPUT_READY;
}

/* Looks whether it is compressed: two bytes tell. */
static bool find_form(struct input *input)
{
    const uint8_t *bytes = input->bytes;
    size_t size = input->end;
    if (size < 2 && !input->ended)
        return true;
    input->form = PLAIN;
    if (size < 2 || bytes[0] != 0x1F || bytes[1] != 0x8B)
        return true;
    input->chunk = malloc(CHUNK);
    if (!input->chunk || inflateInit2(&input->zip, GZIP) != Z_OK)
        return false;
    input->form = COMPRESSED;
    memcpy(input->chunk, bytes, size); /* at most a chunk: nothing more was read yet */
    input->zip.next_in = input->chunk;
    input->zip.avail_in = (uInt)size;
    input->end = 0;
    return true;
}

enum input_answer input_want(struct input *input, size_t count, bool wait,
                             struct capture_error *error)
{
    while (input->end - input->start < count) {
        enum input_answer answer;
        if (input->damaged)
            return INPUT_DAMAGED;
        if (input->ended && input->form != UNKNOWN)
            return input->form == COMPRESSED && !input->between ? INPUT_CUT : INPUT_END;
        if (!make_room(input, count)) {
            capture_fail(error, ENOMEM, "out of memory");
            return INPUT_FAILED;
        }
        answer =
            input->form == COMPRESSED ? fill_compressed(input, error) : fill_plain(input, error);
        if (input->form == UNKNOWN && !find_form(input)) {
            capture_fail(error, ENOMEM, "out of memory");
            return INPUT_FAILED;
        }
        if (answer == INPUT_WAIT && wait && input->interrupted) {
            capture_fail(error, EINTR, "%s", strerror(EINTR));
            return INPUT_FAILED;
        }
        input->damaged = answer == INPUT_DAMAGED; /* what it gave before that is there */
        if (answer == INPUT_WAIT ? !wait : answer > INPUT_END && answer != INPUT_DAMAGED)
            return answer;
    }
    return INPUT_READY;
}

const uint8_t *input_data(const struct input *input)
{
    return input->bytes + input->start;
}

size_t input_size(const struct input *input)
{
    return input->end - input->start;
}

void input_skip(struct input *input, size_t count)
{
    input->start += count;
}

uint64_t input_read(const struct input *input)
{
    return input->read;
}

bool input_live(const struct input *input)
{
    return !input->finished && (!input->regular || input->follow);
}

bool input_regular(const struct input *input)
{
    return input->regular;
}

void input_finish(struct input *input)
{
    input->finished = true;
}

void input_close(struct input *input)
{
    if (input->form == COMPRESSED)
        inflateEnd(&input->zip);
    close(input->fd);
    free(input->chunk);
    free(input->bytes);
    free(input);
}
