/* SPDX-License-Identifier: MIT */
/*
 * Standard input, a line at a time.  Not by libuv's own streams: they leave a terminal or a pipe
 * that other processes share non-blocking, and do not read files.
 */
#include "lines.h"

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct lines {
    uv_poll_t poll;
    uv_idle_t idle; /* for what cannot be polled and never blocks: a file */
    bool is_file, paused, over, ended;
    int handles; /* that are not closed yet */
    char *bytes;
    size_t len, cap, taken; /* taken: of the bytes, lines that were handed on */
    size_t searched;        /* there is no newline before */
    const char *error;
    void (*got)(void *arg, const char *line, size_t len);
    void (*end)(void *arg, const char *error);
    void *arg;
};

/* Hands on what lines there are, until it is paused. */
static void hand_on(struct lines *lines)
{
    while (!lines->paused && lines->searched < lines->len) {
        char *newline = memchr(lines->bytes + lines->searched, '\n', lines->len - lines->searched);
        size_t begin = lines->taken;

        if (!newline) {
            lines->searched = lines->len;
            break;
        }
        lines->taken = lines->searched = (size_t)(newline - lines->bytes) + 1;
        lines->got(lines->arg, lines->bytes + begin, lines->taken - begin - 1);
    }
    if (lines->paused || !lines->over || lines->ended || lines->searched < lines->len)
        return;
    lines->ended = true;
    if (lines->taken < lines->len && !lines->error)
        lines->got(lines->arg, lines->bytes + lines->taken, lines->len - lines->taken);
    lines->end(lines->arg, lines->error);
}

static void look(struct lines *lines);

static void read_more(struct lines *lines)
{
    ssize_t got;

    if (lines->taken) { /* room at the end */
        memmove(lines->bytes, lines->bytes + lines->taken, lines->len - lines->taken);
        lines->len -= lines->taken;
        lines->searched -= lines->taken;
        lines->taken = 0;
    }
    if (lines->len == lines->cap)
        lines->bytes = sized(lines->bytes, lines->cap = lines->cap ? 2 * lines->cap : 65536);
    got = read(STDIN_FILENO, lines->bytes + lines->len, lines->cap - lines->len);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (got < 0)
        lines->error = strerror(errno);
    else if (lines->len + (size_t)got > MQW_LENGTH_MAX)
        lines->error = "a line is longer than a message may be";
    else
        lines->len += (size_t)got;
    lines->over = got <= 0 || lines->error;
    hand_on(lines);
    look(lines);
}

static void readable(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    read_more(poll->data);
}

static void turn(uv_idle_t *idle)
{
    struct lines *lines = idle->data;

    hand_on(lines);
    if (!lines->paused && !lines->over && lines->is_file)
        read_more(lines);
    look(lines);
}

/* Waits for what is to be waited for: input, or the next turn of the loop. */
static void look(struct lines *lines)
{
    bool lines_left = lines->searched < lines->len || lines->over;
    bool reading = !lines->paused && !lines->over;

    if (!lines->paused && !lines->ended && (lines_left || lines->is_file))
        uv_idle_start(&lines->idle, turn);
    else
        uv_idle_stop(&lines->idle);
    if (lines->is_file)
        return;
    if (reading)
        uv_poll_start(&lines->poll, UV_READABLE | UV_DISCONNECT, readable);
    else
        uv_poll_stop(&lines->poll);
}

struct lines *lines_open(uv_loop_t *loop, void (*got)(void *arg, const char *line, size_t len),
                         void (*end)(void *arg, const char *error), void *arg)
{
    struct lines *lines = sized(NULL, sizeof *lines);

    *lines = (struct lines){.got = got, .end = end, .arg = arg, .paused = true};
    uv_idle_init(loop, &lines->idle);
    lines->idle.data = lines->poll.data = lines;
    lines->is_file = uv_guess_handle(STDIN_FILENO) == UV_FILE ||
                     uv_poll_init(loop, &lines->poll, STDIN_FILENO) != 0;
    lines->poll.data = lines;
    return lines;
}

void lines_pause(struct lines *lines, bool paused)
{
    if (!lines || lines->ended)
        return;
    lines->paused = paused;
    look(lines);
}

static void closed(uv_handle_t *handle)
{
    struct lines *lines = handle->data;

    if (--lines->handles)
        return;
    free(lines->bytes);
    free(lines);
}

void lines_close(struct lines *lines)
{
    if (!lines)
        return;
    lines->handles = lines->is_file ? 1 : 2;
    uv_close((uv_handle_t *)&lines->idle, closed);
    if (!lines->is_file)
        uv_close((uv_handle_t *)&lines->poll, closed);
}
