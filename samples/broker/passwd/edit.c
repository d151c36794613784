/* SPDX-License-Identifier: MIT */
/* Files that are written anew. */
#include "edit.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    char path[PATH_MAX], fresh[PATH_MAX]; /* the file, behind links; the new one */
    int folder; /* locked: two programs that change files there wait for each other */
};

static bool fail(char *problem, const char *path)
{
    snprintf(problem, 256, "%s: %s", path, strerror(errno));
    return false;
}

static bool open_place(struct place *place, const char *path, char *problem)
{
    char copy[PATH_MAX];

    if (!realpath(path, place->path)) {
        if (errno != ENOENT || strlen(path) >= PATH_MAX)
            return fail(problem, path);
        strcpy(place->path, path);
    }
    strcpy(copy, place->path);
    place->folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (place->folder < 0)
        return fail(problem, path);
    if (flock(place->folder, LOCK_EX) == 0 &&
        snprintf(place->fresh, PATH_MAX, "%s.XXXXXX", place->path) < PATH_MAX)
        return true;
    close(place->folder);
    return fail(problem, path);
}

static bool change_lines(const char *path, bool anew, struct edit *edit, FILE *out, char *problem)
{
    struct lines lines = LINES(path, problem);

    while (!anew && lines_next(&lines)) {
        struct mqw_bytes name;
        const char *rest;
        if (!lines.len || lines.text[0] == '#')
            fprintf(out, "%s\n", lines.text);
        else if ((rest = users_split(&lines, &name)))
            edit->line(edit, &lines, name, rest, out);
    }
    return !lines.failed && edit->end(edit, out, problem);
}

/* Whoever may read the old file, may read the new one. */
static bool keep_owner(const struct place *place, int fresh)
{
    struct stat old;

    if (stat(place->path, &old))
        return errno == ENOENT;
    return fchown(fresh, old.st_uid, old.st_gid) == 0 && fchmod(fresh, old.st_mode & 07777) == 0;
}

static bool write_fresh(const struct place *place, int fresh, const char *path, bool anew,
                        struct edit *edit, char *problem)
{
    FILE *out = fdopen(fresh, "w");
    bool good;

    if (!out) {
        close(fresh);
        return fail(problem, path);
    }
    good = change_lines(path, anew, edit, out, problem);
    if (good && (fflush(out) || !keep_owner(place, fresh) || fsync(fresh)))
        good = fail(problem, path);
    if (fclose(out) && good)
        good = fail(problem, path);
    return good;
}

bool edit_file(const char *path, bool anew, struct edit *edit, char *problem)
{
    struct place place;
    bool good = false;
    int fresh;

    if (!open_place(&place, path, problem))
        return false;
    fresh = mkstemp(place.fresh);
    if (fresh < 0) {
        fail(problem, path);
    } else {
        good = write_fresh(&place, fresh, path, anew, edit, problem);
        if (good && rename(place.fresh, place.path))
            good = fail(problem, path);
        if (good)
            fsync(place.folder);
        else
            unlink(place.fresh);
    }
    close(place.folder);
    return good;
}
