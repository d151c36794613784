/* SPDX-License-Identifier: MIT */
/* mosquitto's ACL file: who may read and write what. */
#ifndef BROKER_ACL_H
#define BROKER_ACL_H

#include "access.h"
#include "users.h"

struct rule;

/* deny goes before the others. */
struct rules {
    struct rule *deny, *allow;
};

struct acl {
    struct users users;
    struct rules anonymous; /* what stands before the first user */
    struct rules patterns;  /* of all clients */
};

/* False: *problem, of 256 bytes, says which line is wrong and why. */
bool acl_read(struct acl *acl, const char *path, char *problem);
bool acl_may(const struct acl *acl, struct mqw_bytes username, struct mqw_bytes client_id,
             enum access_action action, struct mqw_bytes topic);
void acl_free(struct acl *acl);

#endif
