/* SPDX-License-Identifier: MIT */
/* Messages that came and are not settled. */
#ifndef CLIENT_INBOX_H
#define CLIENT_INBOX_H

#include "../net/packet.h"
#include "mqttwire_client.h"
#include "store.h"

struct incoming {
    struct incoming *next, *previous;   /* of its QoS */
    struct incoming *same, *same_token; /* in the tables of identifiers and of tokens */
    struct incoming *next_owed;         /* QoS 2: the next that PUBREC is owed for */
    struct packet packet;               /* from QoS 1 on, while the application is not done */
    uint64_t number;                    /* the application's token */
    uint16_t packet_id;                 /* 0: the server does not know it any more */
    uint8_t qos;
    uint8_t state;       /* STATE_RECEIVED, STATE_DONE */
    bool released;       /* PUBREL came before the application was done */
    bool owed;           /* PUBACK or PUBREC is to be sent when all before it were */
    uint8_t reason_code; /* of PUBACK or PUBREC */
    bool earlier;        /* it comes from the store, or from an earlier connection */
};

struct incoming_list {
    struct incoming *first, *last;
};

/* Of QoS 2. */
struct incoming *inbox_find(struct mqw_client *client, uint16_t packet_id);
struct incoming *inbox_by_token(struct mqw_client *client, uint64_t token);
/* NULL: no memory. */
struct incoming *inbox_add(struct mqw_client *client, uint16_t packet_id, uint8_t qos,
                           uint64_t token);
/* The server does not know its identifier any more. */
void inbox_forget_id(struct mqw_client *client, struct incoming *entry);
/* The application does not want it any more; its identifier is kept. */
void inbox_mark_done(struct mqw_client *client, struct incoming *entry);
/* Forgets it: here, or in the store as well. */
void inbox_take_out(struct mqw_client *client, struct incoming *entry);
void inbox_end(struct mqw_client *client, struct incoming *entry);

/* Keeps the message itself. */
bool inbox_keep(struct mqw_client *client, struct incoming *entry, const struct mqw_packet *packet);
void inbox_store_change(struct mqw_client *client, const struct incoming *entry);
bool inbox_load(struct mqw_client *client, const struct stored *stored);
void inbox_close(struct mqw_client *client);

#endif
