/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into a program, kills it at a call that is counted off: DIE_AT=write:37 just before its
 * 37th pwrite, torn: in the midst of it, written: just after; page: in the midst of one into a file
 * that ends in .db; send: and sent: before and after bytes go to a socket.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static struct {
    bool known;
    char moment[16];
    long left; /* calls */
} plan;

static void read_plan(void)
{
    const char *text = getenv("DIE_AT"), *colon = text ? strchr(text, ':') : NULL;
    plan.known = true;
    if (!colon || (size_t)(colon - text) >= sizeof plan.moment)
        return;
    memcpy(plan.moment, text, (size_t)(colon - text));
    plan.left = strtol(colon + 1, NULL, 10);
}

/* Is it the call at which to die?  Counts it. */
static bool is_due(const char *moment)
{
    if (!plan.known)
        read_plan();
    return strcmp(plan.moment, moment) == 0 && plan.left > 0 && !--plan.left;
}

static void die(void)
{
    raise(SIGKILL);
}

static ssize_t write_at(int fd, const void *data, size_t len, off_t at)
{
    return syscall(SYS_pwrite64, fd, data, len, at);
}

/* Not the write-ahead log, nor its index. */
static bool is_database(int fd)
{
    char link[64], path[4096];
    ssize_t len;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    len = readlink(link, path, sizeof path);
    return len > 3 && memcmp(path + len - 3, ".db", 3) == 0;
}

static bool is_torn(int fd)
{
    return is_due("torn") ||
           (strcmp(plan.moment, "page") == 0 && is_database(fd) && is_due("page"));
}

/* As SQLite calls it. */
ssize_t pwrite64(int fd, const void *data, size_t len, off_t at)
{
    ssize_t taken;
    if (is_due("write"))
        die();
    if (is_torn(fd)) {
        write_at(fd, data, len / 2, at);
        die();
    }
    taken = write_at(fd, data, len, at);
    if (is_due("written"))
        die();
    return taken;
}

static bool is_socket(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

static void before(int fd)
{
    if (is_socket(fd) && is_due("send"))
        die();
}

static ssize_t after(int fd, ssize_t taken)
{
    if (is_socket(fd) && is_due("sent"))
        die();
    return taken;
}

ssize_t write(int fd, const void *data, size_t len)
{
    before(fd);
    return after(fd, syscall(SYS_write, fd, data, len));
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    before(fd);
    return after(fd, syscall(SYS_writev, fd, pieces, count));
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    before(fd);
    return after(fd, syscall(SYS_sendmsg, fd, message, flags));
}
