/* SPDX-License-Identifier: MIT */
/* The broker as a process. */
#include "process.h"

#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS = 40 /* that a path may lead through, as in Linux */ };

bool process_find_user(const char *name, struct process_user *user, char *problem)
{
    const struct passwd *entry = getpwnam(name);

    if (!entry && strcmp(name, "mosquitto") == 0)
        entry = getpwnam(name = "nobody");
    if (!entry) {
        snprintf(problem, 256, "there is no user %.100s", name);
        return false;
    }
    if (entry->pw_uid != 0)
        user->name = name;
    user->uid = entry->pw_uid;
    user->gid = entry->pw_gid;
    return true;
}

/* What stands at a link's place when it is followed.  rest: what comes behind it. */
static bool follow(const char *link, const char *rest, char out[PATH_MAX])
{
    char target[PATH_MAX];
    ssize_t len = readlink(link, target, sizeof target - 1);
    int folder = (int)(strrchr(link, '/') - link);
    if (len < 0)
        return false;
    target[len] = '\0';
    return snprintf(out, PATH_MAX, "%.*s%s%s%s", *target == '/' ? 0 : folder, link,
                    *target == '/' ? "" : "/", target, rest) < PATH_MAX;
}

bool process_is_roots(const char *path)
{
    char way[PATH_MAX], part[PATH_MAX];
    size_t len = 1, links = 0;
    struct stat status;

    if (*path != '/' || snprintf(way, sizeof way, "%s", path) >= PATH_MAX)
        return false;
    for (;;) {
        bool last = !way[len];
        snprintf(part, sizeof part, "%.*s", (int)len, way);
        if (lstat(part, &status))
            return last && errno == ENOENT;
        if (S_ISLNK(status.st_mode)) {
            char next[PATH_MAX];
            if (++links > LINKS || !follow(part, way + len, next))
                return false;
            memcpy(way, next, sizeof way);
            len = 1;
            continue;
        }
        if (last)
            return true;
        if (status.st_uid || status.st_mode & (S_IWGRP | S_IWOTH))
            return false;
        len += len > 1 || way[1] == '/';
        len += strcspn(way + len, "/");
    }
}

/* Where the user may not be able to.  Files that are there keep their owner. */
static bool make_file(const char *path, const struct process_user *user, char *problem)
{
    int fd = process_is_roots(path)
                 ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)
                 : (errno = EEXIST, -1);
    bool good = fd >= 0 ? !fchown(fd, user->uid, user->gid) : errno == EEXIST;

    if (!good)
        snprintf(problem, 256, "%.150s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return good;
}

/* SQLite gives what else it makes to the file's owner. */
static bool make_store(const char *path, const struct process_user *user, char *problem)
{
    char lock[4096];

    if (snprintf(lock, sizeof lock, "%s" STORE_LOCK, path) >= (int)sizeof lock) {
        snprintf(problem, 256, "%.150s...: the path is too long", path);
        return false;
    }
    return make_file(path, user, problem) && make_file(lock, user, problem);
}

static bool fail(const struct process_user *user, char *problem)
{
    snprintf(problem, 256, "user %.100s: %s", user->name, strerror(errno));
    return false;
}

bool process_prepare(const struct settings *settings, struct process_user *user, char *problem)
{
    *user = (struct process_user){.root = geteuid() == 0};
    if (!user->root)
        return true;
    if (!process_find_user(settings->user, user, problem))
        return false;
    if (!user->name)
        return true;
    for (const char **dest = settings->log_dests; *dest; dest++)
        if (strncmp(*dest, "file ", 5) == 0 && !make_file(*dest + 5, user, problem))
            return false;
    if (settings->persistence && !make_store(settings->persistence_path, user, problem))
        return false;
    return (!initgroups(user->name, user->gid) && !setgid(user->gid)) || fail(user, problem);
}

bool process_act(const struct process_user *user, bool as_user, char *problem)
{
    return !user->name || !seteuid(as_user ? user->uid : 0) || fail(user, problem);
}

bool process_become(const struct process_user *user, char *problem)
{
    if (user->root && !user->name)
        log_say(LOG_WARNING,
                "the broker stays root, as `user` wants it: any fault in it is root's");
    if (!user->name)
        return true;
    if (setuid(user->uid))
        return fail(user, problem);
    if (setuid(0) == 0) {
        snprintf(problem, 256, "user %.100s: the process can become root again", user->name);
        return false;
    }
    log_say(LOG_INFORMATION, "the broker is user %s now", user->name);
    return true;
}

void process_raise_limits(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit))
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

bool process_write_pid(const struct settings *settings, char *problem)
{
    FILE *file = settings->pid_file ? fopen(settings->pid_file, "we") : NULL;

    if (!settings->pid_file)
        return true;
    if (file && fprintf(file, "%ld\n", (long)getpid()) > 0 && !fclose(file))
        return true;
    snprintf(problem, 256, "%.150s: %s", settings->pid_file, strerror(errno));
    return false;
}

void process_remove_pid(const struct settings *settings)
{
    if (settings->pid_file)
        unlink(settings->pid_file);
}
