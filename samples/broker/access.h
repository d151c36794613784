/* SPDX-License-Identifier: MIT */
/*
 * Who may come in (password file, SCRAM file, anonymous) and what he may do (ACL file).  Files are
 * read once, and again on access_reload.
 */
#ifndef BROKER_ACCESS_H
#define BROKER_ACCESS_H

#include "../net/sasl.h"
#include "settings.h"

#include <mqttwire/mqttwire.h>
#include <uv.h>

struct access;

/* NULL: *problem, of 256 bytes, says which file, which line and why. */
struct access *access_open(uv_loop_t *loop, const struct settings *settings, char *problem);

/* Reads the files again.  False: nothing has changed, and *problem says why. */
bool access_reload(struct access *access, char *problem);

/* Checks that are under way are told nothing more. */
void access_close(struct access *access);

enum access_verdict {
    ACCESS_GRANTED,
    ACCESS_WRONG, /* there is no such user, or the password is another: 0x86 */
    ACCESS_DENIED /* anonymous clients are not let in: 0x87 */
};

/*
 * Is this the user's password?  Its hash takes long, and is computed in another thread; done is
 * called from the loop, or at once where there is nothing to compute, before access_check returns.
 * username, password: NULL ptr if CONNECT has none.  Texts are copied, and wiped after use.
 * Answers NULL where done has been called, or what access_forget takes where nobody waits any more.
 */
struct access_check;
typedef void access_done(void *arg, enum access_verdict verdict);
struct access_check *access_check(struct access *access, struct mqw_bytes username,
                                  struct mqw_bytes password, access_done *done, void *arg);
void access_forget(struct access_check *check);

/* For net_sasl_server; arg is the access.  Also: is there a SCRAM file? */
net_sasl_lookup access_scram;
bool access_has_scram(const struct access *access);

enum access_action {
    ACCESS_READ,  /* a message with this topic is to be delivered */
    ACCESS_WRITE, /* ... was published */
    ACCESS_FILTER /* SUBSCRIBE: may any message that the filter matches be read? */
};

/*
 * May this client do it?  username: NULL ptr: anonymous.  topic: a name, or for ACCESS_FILTER a
 * filter, without $share.  Without an ACL file all is allowed.
 */
bool access_may(const struct access *access, struct mqw_bytes username, struct mqw_bytes client_id,
                enum access_action action, struct mqw_bytes topic);

/* Whether there is an ACL file at all, so that nobody need be asked. */
bool access_has_rules(const struct access *access);

#endif
