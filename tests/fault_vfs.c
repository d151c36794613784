/* SPDX-License-Identifier: MIT */
/* A VFS before the usual one.  Syncs are not passed on: no test waits for a disk. */
#include "fault_vfs.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECTOR = 512, NAME = 4096, ALL = 100 /* percent */ };

/* A write, or a truncation where bytes is NULL, that was not synced. */
struct pending {
    struct pending *next;
    sqlite3_int64 offset;
    size_t len;
    char *bytes;
};

/* A file as the disk has it. */
struct file {
    struct file *next;
    char path[NAME];
    char *synced;
    size_t len;
    struct pending *first, **end;
    bool deleted;
    bool certain; /* the folder was synced while it was there */
};

struct handle {
    sqlite3_file base;
    struct file *file;
    sqlite3_file *real;
};

static sqlite3_vfs *under;
static sqlite3_vfs vfs;
static struct file *files;
static enum fault fault;
static unsigned left;
static bool happened;

static void *need(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

void fault_set(enum fault what, unsigned operations)
{
    fault = what;
    left = operations;
    happened = false;
}

bool fault_happened(void)
{
    return happened;
}

/* One more operation: has it happened? */
static bool count(void)
{
    if (fault != FAULT_NONE && !happened && left-- == 0)
        happened = true;
    return happened;
}

/* What an operation answers that is not to be done. */
static int answer(int of_broken)
{
    return fault == FAULT_POWER || fault == FAULT_KILL ? SQLITE_OK
           : fault == FAULT_FULL                       ? SQLITE_FULL
                                                       : of_broken;
}

/* ---- What the disk has ---------------------------------------------------------------------- */

static void resize(struct file *file, size_t len)
{
    file->synced = need(realloc(file->synced, len + 1));
    if (len > file->len)
        memset(file->synced + file->len, 0, len - file->len);
    file->len = len;
}

static void apply_part(struct file *file, const struct pending *pending, size_t from, size_t to)
{
    size_t end = (size_t)pending->offset + to;
    if (end > file->len)
        resize(file, end);
    memcpy(file->synced + (size_t)pending->offset + from, pending->bytes + from, to - from);
}

static void drop_first(struct file *file)
{
    struct pending *pending = file->first;
    file->first = pending->next;
    if (!file->first)
        file->end = &file->first;
    free(pending->bytes);
    free(pending);
}

/* Files that were made are there for certain, and those that were deleted are not. */
static void sync_folder(void)
{
    struct file *file;
    for (file = files; file; file = file->next)
        file->certain = !file->deleted;
}

/* As the usual VFS does it for a new journal, its folder goes with it. */
static void sync_file(struct file *file)
{
    for (; file->first; drop_first(file))
        if (file->first->bytes)
            apply_part(file, file->first, 0, file->first->len);
        else
            resize(file, (size_t)file->first->offset);
    if (!file->certain)
        sync_folder();
}

static void note(struct file *file, const void *bytes, size_t len, sqlite3_int64 offset)
{
    struct pending *pending = need(calloc(1, sizeof *pending));
    pending->offset = offset;
    pending->len = len;
    if (bytes) {
        pending->bytes = need(malloc(len + 1));
        memcpy(pending->bytes, bytes, len);
    }
    *file->end = pending;
    file->end = &pending->next;
}

static struct file *find(const char *path)
{
    struct file *file = files;
    while (file && strcmp(file->path, path) != 0)
        file = file->next;
    return file;
}

static void read_whole(struct file *file)
{
    FILE *stream = fopen(file->path, "rb");
    char bytes[65536];
    size_t len;
    if (!stream)
        return;
    file->certain = true;
    while ((len = fread(bytes, 1, sizeof bytes, stream)) > 0) {
        resize(file, file->len + len);
        memcpy(file->synced + file->len - len, bytes, len);
    }
    fclose(stream);
}

static struct file *find_or_add(const char *path)
{
    struct file *file = find(path);
    if (!file) {
        file = need(calloc(1, sizeof *file));
        snprintf(file->path, sizeof file->path, "%s", path);
        file->end = &file->first;
        file->next = files;
        files = file;
        read_whole(file);
    }
    if (file->deleted) { /* and made anew */
        file->deleted = file->certain = false;
        file->len = 0;
    }
    return file;
}

static void forget_pending(struct file *file)
{
    while (file->first)
        drop_first(file);
}

void fault_forget(void)
{
    while (files) {
        struct file *file = files;
        files = file->next;
        forget_pending(file);
        free(file->synced);
        free(file);
    }
    fault_set(FAULT_NONE, 0);
}

/* Of what was not synced some sectors are written, in no order that a later write of the same place
 * would show. */
static void restore_file(struct file *file, uint32_t (*random)(void), unsigned percent)
{
    FILE *stream;
    for (; file->first; drop_first(file)) {
        const struct pending *pending = file->first;
        bool torn = percent < ALL && random() % 4 == 0;
        size_t at, to;
        if (random() % 100 >= percent)
            continue;
        if (!pending->bytes)
            resize(file, (size_t)pending->offset);
        for (at = 0; pending->bytes && at < pending->len; at = to) {
            to = at + SECTOR - ((size_t)pending->offset + at) % SECTOR;
            to = to < pending->len ? to : pending->len;
            if (!torn || random() % 2)
                apply_part(file, pending, at, to);
        }
    }
    unlink(file->path);
    if (file->deleted ? !file->certain || percent == ALL || random() % 2
                      : !file->certain && percent < ALL && random() % 2)
        return;
    stream = need(fopen(file->path, "wb"));
    if (fwrite(file->synced, 1, file->len, stream) != file->len || fclose(stream))
        abort();
}

void fault_restore(uint32_t (*random)(void))
{
    static const unsigned percents[] = {0, 50, 90, ALL};
    unsigned percent = fault == FAULT_KILL ? ALL : percents[random() % 4];
    struct file *file;
    for (file = files; file; file = file->next)
        restore_file(file, random, percent);
    fault_forget();
}

/* ---- Methods of a file ---------------------------------------------------------------------- */

static struct handle *as_handle(sqlite3_file *base)
{
    return (struct handle *)(void *)base;
}

static int on_close(sqlite3_file *base)
{
    sqlite3_file *real = as_handle(base)->real;
    return real->pMethods ? real->pMethods->xClose(real) : SQLITE_OK;
}

static int on_read(sqlite3_file *base, void *bytes, int len, sqlite3_int64 offset)
{
    sqlite3_file *real = as_handle(base)->real;
    if (happened && fault == FAULT_BROKEN)
        return SQLITE_IOERR_READ;
    return real->pMethods->xRead(real, bytes, len, offset);
}

static int on_write(sqlite3_file *base, const void *bytes, int len, sqlite3_int64 offset)
{
    struct handle *handle = as_handle(base);
    int code;
    if (count())
        return answer(SQLITE_IOERR_WRITE);
    code = handle->real->pMethods->xWrite(handle->real, bytes, len, offset);
    if (code == SQLITE_OK)
        note(handle->file, bytes, (size_t)len, offset);
    return code;
}

static int on_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct handle *handle = as_handle(base);
    if (count())
        return answer(SQLITE_IOERR_TRUNCATE);
    note(handle->file, NULL, 0, size);
    return handle->real->pMethods->xTruncate(handle->real, size);
}

static int on_sync(sqlite3_file *base, int flags)
{
    (void)flags;
    if (count())
        return answer(SQLITE_IOERR_FSYNC);
    sync_file(as_handle(base)->file);
    return SQLITE_OK;
}

static int on_size(sqlite3_file *base, sqlite3_int64 *size)
{
    sqlite3_file *real = as_handle(base)->real;
    return real->pMethods->xFileSize(real, size);
}

static int on_lock(sqlite3_file *base, int how)
{
    sqlite3_file *real = as_handle(base)->real;
    return real->pMethods->xLock(real, how);
}

static int on_unlock(sqlite3_file *base, int how)
{
    sqlite3_file *real = as_handle(base)->real;
    return real->pMethods->xUnlock(real, how);
}

static int on_reserved(sqlite3_file *base, int *out)
{
    sqlite3_file *real = as_handle(base)->real;
    return real->pMethods->xCheckReservedLock(real, out);
}

static int on_control(sqlite3_file *base, int op, void *arg)
{
    sqlite3_file *real = as_handle(base)->real;
    return real->pMethods->xFileControl(real, op, arg);
}

static int on_sector(sqlite3_file *base)
{
    sqlite3_file *real = as_handle(base)->real;
    return real->pMethods->xSectorSize(real);
}

static int on_device(sqlite3_file *base)
{
    sqlite3_file *real = as_handle(base)->real;
    return real->pMethods->xDeviceCharacteristics(real);
}

/* Shared memory is none of the disk's. */
static int on_map(sqlite3_file *base, int page, int size, int extend, void volatile **memory)
{
    sqlite3_file *real = as_handle(base)->real;
    return real->pMethods->xShmMap(real, page, size, extend, memory);
}

static int on_shared_lock(sqlite3_file *base, int offset, int n, int flags)
{
    sqlite3_file *real = as_handle(base)->real;
    return real->pMethods->xShmLock(real, offset, n, flags);
}

static void on_barrier(sqlite3_file *base)
{
    sqlite3_file *real = as_handle(base)->real;
    real->pMethods->xShmBarrier(real);
}

static int on_unmap(sqlite3_file *base, int remove)
{
    sqlite3_file *real = as_handle(base)->real;
    return real->pMethods->xShmUnmap(real, remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = on_close,
    .xRead = on_read,
    .xWrite = on_write,
    .xTruncate = on_truncate,
    .xSync = on_sync,
    .xFileSize = on_size,
    .xLock = on_lock,
    .xUnlock = on_unlock,
    .xCheckReservedLock = on_reserved,
    .xFileControl = on_control,
    .xSectorSize = on_sector,
    .xDeviceCharacteristics = on_device,
    .xShmMap = on_map,
    .xShmLock = on_shared_lock,
    .xShmBarrier = on_barrier,
    .xShmUnmap = on_unmap,
};

/* ---- The VFS -------------------------------------------------------------------------------- */

static int on_open(sqlite3_vfs *self, const char *path, sqlite3_file *base, int flags, int *out)
{
    struct handle *handle = as_handle(base);
    int code;
    (void)self;
    handle->real = (sqlite3_file *)(void *)(handle + 1);
    if (!path) /* of no importance after the process */
        return SQLITE_CANTOPEN;
    handle->file = find_or_add(path);
    code = under->xOpen(under, path, handle->real, flags, out);
    base->pMethods = handle->real->pMethods ? &methods : NULL;
    return code;
}

static int on_delete(sqlite3_vfs *self, const char *path, int sync)
{
    struct file *file = find(path);
    (void)self;
    if (count())
        return answer(SQLITE_IOERR_DELETE);
    if (file) {
        forget_pending(file);
        file->deleted = true;
        if (sync)
            sync_folder();
    }
    return under->xDelete(under, path, sync);
}

void fault_register(void)
{
    under = sqlite3_vfs_find(NULL);
    vfs = *under;
    vfs.zName = "fault";
    vfs.pNext = NULL;
    vfs.szOsFile = (int)sizeof(struct handle) + under->szOsFile;
    vfs.xOpen = on_open;
    vfs.xDelete = on_delete;
    if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK)
        abort();
}
