/* SPDX-License-Identifier: MIT */
/* What goes out and is answered, in order: the two queues of a client. */
#ifndef CLIENT_QUEUE_H
#define CLIENT_QUEUE_H

#include "../net/packet.h"
#include "mqttwire_client.h"
#include "store.h"

/* Of a message that goes out (WAITING, SENT, RELEASED) or came (RECEIVED, DONE).  In the store. */
enum message_state {
    STATE_WAITING = 0,  /* it has no packet identifier yet */
    STATE_SENT = 1,     /* PUBLISH was sent, if only on an earlier connection */
    STATE_RELEASED = 2, /* PUBREC came; the message is gone, PUBREL is to be sent or was */
    STATE_RECEIVED = 3, /* it came, and the application is not done with it */
    STATE_DONE = 4      /* the application is done with it, and PUBREL has not come */
};

struct outgoing {
    struct outgoing *next, *previous; /* in its queue */
    struct outgoing *same;            /* in the table of identifiers */
    struct packet packet;
    uint64_t number;
    uint16_t packet_id;
    uint8_t type; /* MQW_PUBLISH, MQW_SUBSCRIBE, MQW_UNSUBSCRIBE */
    uint8_t qos;
    uint8_t state;
    bool renews;  /* SUBSCRIBE: the client asks by itself, as the server has lost its session */
    bool earlier; /* it comes from the store: who published it cannot be told */
    mqw_client_done *done;
    void *arg;
};

/* In the order of the calls.  Those before `unsent` were sent on this connection, and no publish
 * before `waiting` has STATE_WAITING. */
struct queue {
    struct outgoing *first, *last, *unsent, *waiting;
};

/* Of QoS 1 or 2: it belongs to the session. */
bool queue_is_message(const struct outgoing *entry);
struct queue *queue_of(struct mqw_client *client, const struct outgoing *entry);

void queue_append(struct mqw_client *client, struct outgoing *entry);
void queue_put_first(struct mqw_client *client, struct outgoing *entry);
void queue_set_state(struct mqw_client *client, struct outgoing *entry, enum message_state state);

struct outgoing *queue_find(struct mqw_client *client, uint16_t packet_id);
void queue_name(struct mqw_client *client, struct outgoing *entry, uint16_t packet_id);
void queue_unname(struct mqw_client *client, struct outgoing *entry);

bool queue_load(struct mqw_client *client, const struct stored *stored);
bool queue_store(struct mqw_client *client, const struct outgoing *entry);
void queue_store_change(struct mqw_client *client, const struct outgoing *entry);

/* Each takes the entry out of the queue and the store, and tells how it ended. */
void queue_finish(struct mqw_client *client, struct outgoing *entry,
                  const struct mqw_client_result *result);
void queue_finish_as(struct mqw_client *client, struct outgoing *entry,
                     enum mqw_client_status status, const char *text);
/* Tells all that waits that it ended so.  The session stays in the store. */
void queue_close(struct mqw_client *client, enum mqw_client_status status, const char *text);
/* What earlier connections were to renew, and did not come to. */
void queue_drop_renewals(struct mqw_client *client);
void queue_free(struct outgoing *entry);

#endif
