/* SPDX-License-Identifier: MIT */
/* Who may come in, and what he may do: passwords.c, scram.c and acl.c together. */
#include "access.h"

#include "acl.h"
#include "passwords.h"
#include "scram.h"

#include <openssl/crypto.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct files {
    struct users passwords;
    struct scram scram;
    struct acl acl;
};

struct access {
    uv_loop_t *loop;
    const struct settings *settings;
    struct files files;
    struct access_check *checks; /* under way */
};

struct access_check {
    uv_work_t work;
    struct access_check *next, *previous;
    struct access *access; /* NULL: closed */
    access_done *done;     /* NULL: nobody waits */
    void *arg;
    struct password password;
    bool known; /* the user; if not, the password is another's */
    bool right;
    uint32_t len;
    uint8_t plain[];
};

/* ---- Files ---------------------------------------------------------------------------------- */

static void free_files(struct files *files)
{
    users_free(&files->passwords);
    scram_free(&files->scram);
    acl_free(&files->acl);
}

static bool read_files(struct files *files, const struct settings *settings, char *problem)
{
    *files = (struct files){0};
    if ((!settings->password_file ||
         passwords_read(&files->passwords, settings->password_file, problem)) &&
        (!settings->scram_file || scram_read(&files->scram, settings->scram_file, problem)) &&
        (!settings->acl_file || acl_read(&files->acl, settings->acl_file, problem)))
        return true;
    free_files(files);
    return false;
}

struct access *access_open(uv_loop_t *loop, const struct settings *settings, char *problem)
{
    struct access *access = calloc(1, sizeof *access);

    if (!access || sodium_init() < 0) {
        snprintf(problem, 256, "%s", access ? "there is no randomness" : "out of memory");
        free(access);
        return NULL;
    }
    access->loop = loop;
    access->settings = settings;
    if (read_files(&access->files, settings, problem))
        return access;
    free(access);
    return NULL;
}

bool access_reload(struct access *access, char *problem)
{
    struct files files;

    if (!read_files(&files, access->settings, problem))
        return false;
    free_files(&access->files);
    access->files = files;
    return true;
}

void access_close(struct access *access)
{
    if (!access)
        return;
    for (struct access_check *check = access->checks, *next; check; check = next) {
        next = check->next;
        check->access = NULL;
        access_forget(check);
    }
    free_files(&access->files);
    free(access);
}

/* ---- Passwords ------------------------------------------------------------------------------ */

static void compute(uv_work_t *work)
{
    struct access_check *check = work->data;

    check->right = password_is(&check->password, (struct mqw_bytes){check->plain, check->len});
}

static void computed(uv_work_t *work, int status)
{
    struct access_check *check = work->data;

    if (check->access) {
        *(check->previous ? &check->previous->next : &check->access->checks) = check->next;
        if (check->next)
            check->next->previous = check->previous;
    }
    if (check->done)
        check->done(check->arg,
                    !status && check->known && check->right ? ACCESS_GRANTED : ACCESS_WRONG);
    OPENSSL_cleanse(check->plain, check->len);
    free(check);
}

void access_forget(struct access_check *check)
{
    check->done = NULL;
    uv_cancel((uv_req_t *)&check->work);
}

static struct access_check *begin(struct access *access, const struct password *password,
                                  struct mqw_bytes plain)
{
    struct access_check *check = calloc(1, sizeof *check + plain.len);

    if (!check)
        return NULL;
    check->work.data = check;
    check->access = access;
    check->password = *password;
    check->len = plain.len;
    if (plain.len)
        memcpy(check->plain, plain.ptr, plain.len);
    if (uv_queue_work(access->loop, &check->work, compute, computed)) {
        OPENSSL_cleanse(check->plain, check->len);
        free(check);
        return NULL;
    }
    check->next = access->checks;
    if (check->next)
        check->next->previous = check;
    return access->checks = check;
}

/* A name that no file knows is let in only where nothing depends on names. */
static bool is_open(const struct settings *settings)
{
    return settings->allow_anonymous && !settings->password_file && !settings->scram_file &&
           !settings->acl_file;
}

struct access_check *access_check(struct access *access, struct mqw_bytes username,
                                  struct mqw_bytes password, access_done *done, void *arg)
{
    const struct settings *settings = access->settings;
    const struct password_user *user = NULL;
    struct access_check *check = NULL;
    bool known = false;

    if (!username.ptr) {
        done(arg, settings->allow_anonymous ? ACCESS_GRANTED : ACCESS_DENIED);
        return NULL;
    }
    if (is_open(settings)) {
        done(arg, ACCESS_GRANTED);
        return NULL;
    }
    if (password.ptr) {
        user = users_find(&access->files.passwords, username);
        known = user != NULL;
        if (!known)
            user = users_stand_in(&access->files.passwords, username);
    }
    if (user)
        check = begin(access, &user->password, password);
    if (!check) {
        done(arg, ACCESS_WRONG);
        return NULL;
    }
    check->known = known;
    check->done = done;
    check->arg = arg;
    return check;
}

/* ---- The rest ------------------------------------------------------------------------------- */

bool access_scram(void *arg, const char *mechanism, const char *username,
                  struct net_sasl_keys *keys)
{
    const struct access *access = arg;
    return scram_find(&access->files.scram, mechanism, username, keys);
}

bool access_has_scram(const struct access *access)
{
    return access->settings->scram_file != NULL;
}

bool access_may(const struct access *access, struct mqw_bytes username, struct mqw_bytes client_id,
                enum access_action action, struct mqw_bytes topic)
{
    return !access_has_rules(access) ||
           acl_may(&access->files.acl, username, client_id, action, topic);
}

bool access_has_rules(const struct access *access)
{
    return access->settings->acl_file != NULL;
}
