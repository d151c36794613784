/* SPDX-License-Identifier: MIT */
/*
 * Packet identifiers and acknowledgements: sections 2.2.1 (2.3.1 in 3.1.1), 4.3, 4.4 and 4.6.
 *
 * An exchange belongs to the side that began it.  It counts which acknowledgements may still come,
 * as a message that was repeated may be acknowledged as often; and it knows whether its identifier
 * is in use, which ends with the first final acknowledgement.
 *
 * Entries are kept in a table of the caller's: an identifier has its place at id % count, or where
 * that is taken in the first free place after it.  A side's `reach` says how many places a search
 * has to look at, which is one where identifiers are given out in turn.
 */
#include "connection_private.h"

enum state {
    SETTLED, /* the identifier is free; acknowledgements of repeated packets may still come */
    HELD,    /* it is in use since an earlier connection, and nothing was sent again yet */
    OPEN,    /* it is in use */
    RELEASED /* it is in use, and PUBREL was sent */
};

static bool is_open(const struct mqw_exchange *e)
{
    return e->state >= OPEN;
}

/* The i-th place where an identifier may be. */
static struct mqw_exchange *place(const struct mqw_side *side, uint16_t id, uint32_t i)
{
    return &side->storage.exchanges[(id + i) % side->storage.exchange_count];
}

static bool is_taken(const struct mqw_side *side, const struct mqw_exchange *e)
{
    return e->type && e->epoch == side->epoch;
}

static struct mqw_exchange *find(const struct mqw_side *side, uint16_t id)
{
    uint32_t i;
    for (i = 0; i < side->reach; i++) {
        struct mqw_exchange *e = place(side, id, i);
        if (is_taken(side, e) && e->id == id)
            return e;
    }
    return NULL;
}

static bool is_full(const struct mqw_side *side)
{
    return side->stored >= side->storage.exchange_count;
}

/* Which of its places an identifier gets: a free one, or that of a settled exchange, whose
 * acknowledgements may never come.  Where there is none, the answer is their number. */
static uint32_t find_room(const struct mqw_side *side, uint16_t id)
{
    bool full = is_full(side);
    uint32_t i;
    for (i = 0; i < side->storage.exchange_count; i++) {
        const struct mqw_exchange *e = place(side, id, i);
        if (full ? e->state == SETTLED : !is_taken(side, e))
            break;
    }
    return i;
}

/* A new entry, or NULL where there is no room. */
static struct mqw_exchange *add(struct mqw_side *side, uint16_t id, uint8_t type)
{
    uint32_t at = find_room(side, id);
    struct mqw_exchange *e;
    if (!is_full(side))
        side->stored++;
    else if (side->untracked < UINT32_MAX)
        side->untracked++;
    if (at == side->storage.exchange_count)
        return NULL;
    if (side->reach <= at)
        side->reach = (uint16_t)(at + 1);
    e = place(side, id, at);
    memset(e, 0, sizeof *e);
    e->epoch = side->epoch;
    e->id = id;
    e->type = type;
    return e;
}

/* The entry of this identifier, which may be a new one. */
static struct mqw_exchange *find_or_add(struct step *s, struct mqw_side *side, uint16_t id,
                                        uint8_t type)
{
    struct mqw_exchange *e = find(side, id);
    if (!e)
        e = add(side, id, type);
    s->seen->untracked = !e;
    return e;
}

void mqw__clear_exchanges(struct mqw_side *side)
{
    const struct mqw_storage *storage = &side->storage;
    side->stored = 0;
    side->reach = 0;
    if (storage->exchange_count)
        memset(storage->exchanges, 0, storage->exchange_count * sizeof *storage->exchanges);
}

/* A new epoch leaves all entries behind at once, whatever their number. */
void mqw__forget_exchanges(struct mqw_side *side)
{
    side->stored = 0;
    side->reach = 0;
    side->in_flight = 0;
    if (++side->epoch == 0) /* and there may be entries of the first one */
        mqw__clear_exchanges(side);
}

void mqw__move_exchanges(struct mqw_side *side, const struct mqw_storage *old)
{
    uint32_t i;
    mqw__clear_exchanges(side);
    for (i = 0; i < old->exchange_count; i++) {
        const struct mqw_exchange *e = &old->exchanges[i];
        struct mqw_exchange *moved = is_taken(side, e) ? add(side, e->id, e->type) : NULL;
        if (moved)
            *moved = *e;
    }
}

/* How many acknowledgements of this type may still come. */
static unsigned due(const struct mqw_exchange *e, uint8_t type)
{
    return e->due >> 4 * (type - MQW_PUBACK) & 15;
}

static void expect(struct mqw_exchange *e, uint8_t type)
{
    if (due(e, type) < 15)
        e->due += UINT32_C(1) << 4 * (type - MQW_PUBACK);
}

/* Was this acknowledgement due?  A full counter stays full. */
static bool take(struct mqw_exchange *e, uint8_t type)
{
    unsigned count = due(e, type);
    if (count && count < 15)
        e->due -= UINT32_C(1) << 4 * (type - MQW_PUBACK);
    return count != 0;
}

static void drop_if_done(struct mqw_side *side, struct mqw_exchange *e)
{
    if (e->state != SETTLED || e->due)
        return;
    e->type = 0;
    if (--side->stored == 0)
        side->reach = 0;
}

static void begin(const struct step *s, struct mqw_exchange *e, uint8_t qos)
{
    e->type = s->type;
    e->qos = qos;
    e->first = s->tag;
    e->last = s->tag;
    e->state = OPEN;
}

static void answers(struct step *s, const struct mqw_exchange *e)
{
    s->seen->answers = true;
    s->seen->tag = e->last;
    s->seen->first = e->first;
}

/* Was every packet seen, and every exchange of this side kept? */
static bool is_known(const struct step *s, const struct mqw_side *side)
{
    return s->connection->complete && !side->untracked;
}

/* The same, and does no earlier connection explain what this sender does? */
static bool is_known_and_new(const struct step *s, const struct mqw_side *side)
{
    return session_is_new(s) && !side->untracked;
}

/* Gives an exchange its place among those to be answered by packets of this type.  Where more than
 * one is due, or may be, the order is not known. */
static void number(const struct step *s, struct mqw_side *side, struct mqw_exchange *e,
                   uint8_t type)
{
    uint32_t *numbered = &s->connection->numbered;
    bool sure = is_known(s, side) && !due(e, type) && *numbered < UINT32_MAX;
    e->number = sure ? ++*numbered : 0;
    e->counted = type;
    expect(e, type);
}

/* 4.6.0-2 to 4.6.0-4, which bind clients.  MQTT 3.1 has no such rule. */
static void judge_order(struct step *s, const struct mqw_exchange *e, enum mqw_code rule)
{
    uint32_t *last = &s->connection->judged[s->type - MQW_PUBACK];
    if (s->sender != MQW_CLIENT || s->connection->version == MQW_VERSION_3_1)
        return;
    if (!e->number || e->counted != s->type)
        return;
    if (e->number < *last)
        blame(s, rule, "packet_id");
    else
        *last = e->number;
}

/*
 * Before 5.0 a message may be repeated at any time, also while its acknowledgement is on its way to
 * the sender: it then seems to come again after its end.
 */
static bool may_be_late(const struct step *s)
{
    return !is_5(s->connection) && (s->side->settled || !s->connection->complete);
}

/* And as the second acknowledgement of a message may be taken for that of a later one under the
 * same identifier, what the sender believes to be open is then not known. */
static bool may_be_misled(const struct step *s)
{
    return !is_5(s->connection) && (s->side->repeated || !s->connection->complete);
}

static void blame_in_use(struct step *s)
{
    if (!may_be_misled(s))
        blame(s, MQW_RULE_PACKET_ID_IN_USE, "packet_id");
}

/* Is this PUBLISH, whose identifier is in use, the open message again?  If not, it is at fault. */
static bool is_repeat(struct step *s, const struct mqw_exchange *e)
{
    const struct mqw_publish *publish = &s->packet->publish;
    if (e->type != MQW_PUBLISH || e->qos != publish->qos || !publish->dup) {
        blame_in_use(s);
        return false;
    }
    if (e->state == RELEASED)
        blame(s, MQW_RULE_PUBLISH_AFTER_PUBREL, "packet_id");
    else if (is_5(s->connection))
        blame(s, MQW_RULE_RESENT, "dup");
    return true;
}

void mqw__publish_exchange(struct step *s)
{
    const struct mqw_publish *publish = &s->packet->publish;
    bool late = publish->dup && may_be_late(s), again = false;
    struct mqw_exchange *e;
    if (!publish->qos)
        return;
    e = find_or_add(s, s->side, publish->packet_id, MQW_PUBLISH);
    if (e && is_open(e))
        again = is_repeat(s, e);
    else if (publish->dup && !late && is_known_and_new(s, s->side))
        blame(s, MQW_RULE_DUP_ON_FIRST, "dup");
    s->side->repeated |= late || again;
    if (!e)
        return;
    s->seen->repeats = again || e->state == HELD;
    if (!again)
        begin(s, e, publish->qos);
    number(s, s->side, e, publish->qos == 1 ? MQW_PUBACK : MQW_PUBREC);
}

/* Whoever gets an acknowledgement may act on it, even one that should not have come. */
static void settle(struct step *s, struct mqw_exchange *e)
{
    s->seen->settles = e->state != SETTLED;
    e->state = SETTLED;
}

static void received(struct step *s, struct mqw_exchange *e, bool was_due)
{
    number(s, s->peer, e, MQW_PUBREL);
    if (!was_due || e->state != OPEN)
        e->number = 0; /* it is one of several, or PUBREL may be repeated before it comes */
    e->last = s->tag;
}

static void acknowledge_due(struct step *s, struct mqw_exchange *e)
{
    answers(s, e);
    if (s->type == MQW_PUBACK)
        judge_order(s, e, MQW_RULE_PUBACK_ORDER);
    if (s->type == MQW_PUBREC)
        judge_order(s, e, MQW_RULE_PUBREC_ORDER);
}

/* The message is open and has no such acknowledgement coming.  A PUBREC may be said again. */
static void acknowledge_undue(struct step *s, struct mqw_exchange *e)
{
    answers(s, e);
    if ((e->qos == 1) != (s->type == MQW_PUBACK)) {
        if (is_known(s, s->peer))
            blame(s, MQW_RULE_ACKNOWLEDGEMENT_TYPE, "");
    } else if (s->type == MQW_PUBCOMP && is_known_and_new(s, s->peer)) {
        blame(s, MQW_RULE_PUBCOMP_WITHOUT_PUBREL, "packet_id");
    }
}

/* 4.9: the quota does not grow above what it was at first; what is lost that way is counted, as the
 * sender may have used it before this acknowledgement came.  So is the acknowledgement of a message
 * that was not sent on this connection, which frees none of those that were. */
static void replenish(struct mqw_side *side, const struct mqw_exchange *e)
{
    if (side->in_flight && !(e && e->state == HELD))
        side->in_flight--;
    else if (side->surplus < UINT32_MAX)
        side->surplus++;
}

void mqw__acknowledge(struct step *s)
{
    const struct mqw_ack *ack = &s->packet->ack;
    bool goes_on = s->type == MQW_PUBREC && !(is_5(s->connection) && ack->reason_code >= 0x80);
    struct mqw_exchange *e = goes_on ? find_or_add(s, s->peer, ack->packet_id, MQW_PUBLISH)
                                     : find(s->peer, ack->packet_id);
    bool was_due = e && take(e, s->type);
    if (!goes_on)
        replenish(s->peer, e);
    s->peer->settled |= !goes_on;
    if (was_due)
        acknowledge_due(s, e);
    else if (e && is_open(e) && e->type == MQW_PUBLISH)
        acknowledge_undue(s, e);
    else if (e && e->state == HELD)
        answers(s, e);
    else if (is_known_and_new(s, s->peer))
        blame(s, MQW_RULE_ACKNOWLEDGED_ID_UNKNOWN, "packet_id");
    if (!e)
        return;
    if (goes_on)
        received(s, e, was_due);
    else if (e->type == MQW_PUBLISH)
        settle(s, e);
    drop_if_done(s->peer, e);
}

/* PUBREL takes up what an earlier connection left open.  4.9 does not count it, and PUBCOMP then
 * frees what another message took; 3.3.4-7 and 3.3.4-9 count messages.  A sender is told the quota
 * that keeps both, and judged by the one that keeps either. */
static void take_up(struct mqw_side *side)
{
    side->in_flight++;
    side->surplus++;
}

void mqw__pubrel(struct step *s)
{
    struct mqw_exchange *e = find_or_add(s, s->side, s->packet->ack.packet_id, MQW_PUBLISH);
    if (e && take(e, MQW_PUBREL)) {
        answers(s, e);
        judge_order(s, e, MQW_RULE_PUBREL_ORDER);
    } else if (e && due(e, MQW_PUBCOMP)) {
        s->seen->repeats = true;
    } else if (e && is_open(e) && e->type == MQW_PUBLISH) {
        if (is_known(s, s->side) && !may_be_misled(s))
            blame(s, MQW_RULE_PUBREL_WITHOUT_PUBREC, "packet_id");
    } else if (is_known_and_new(s, s->side) && !may_be_late(s)) {
        blame(s, MQW_RULE_ACKNOWLEDGED_ID_UNKNOWN, "packet_id");
    }
    if (!e)
        return;
    if (e->state == HELD)
        take_up(s->side);
    if (e->state == HELD || (e->state == OPEN && e->qos == 2))
        e->state = RELEASED;
    e->last = s->tag;
    expect(e, MQW_PUBCOMP);
}

/* 2.2.1-3.  In MQTT 3.1 requests are repeated under their identifier. */
void mqw__request(struct step *s, uint16_t id, uint32_t filters, uint8_t answer)
{
    struct mqw_exchange *e = find_or_add(s, s->side, id, s->type);
    bool taken = e && is_open(e);
    bool again = taken && e->type == s->type && s->connection->version == MQW_VERSION_3_1;
    if (taken && !again)
        blame_in_use(s);
    if (!e)
        return;
    begin(s, e, 0);
    e->number = taken || due(e, answer) ? 0 : filters;
    e->counted = answer;
    expect(e, answer);
}

void mqw__response(struct step *s)
{
    const struct mqw_suback *suback = &s->packet->suback;
    bool to_subscribe = s->type == MQW_SUBACK;
    bool has_codes = to_subscribe || is_5(s->connection);
    struct mqw_exchange *e = find(s->peer, suback->packet_id);
    if (!e || !take(e, s->type)) {
        if (is_known_and_new(s, s->peer))
            blame(s, MQW_RULE_ANSWERED_ID_UNKNOWN, "packet_id");
        return;
    }
    answers(s, e);
    if (has_codes && e->counted == s->type && e->number && suback->reason_codes.count != e->number)
        blame(s, to_subscribe ? MQW_RULE_SUBACK_COUNT : MQW_RULE_UNSUBACK_COUNT, "reason_codes");
    if (e->type != MQW_PUBLISH)
        settle(s, e);
    drop_if_done(s->peer, e);
}

uint16_t mqw_connection_next_id(struct mqw_connection *c, enum mqw_sender sender)
{
    struct mqw_side *side = SIDE_OF(c, sender);
    uint32_t tries = 65535;
    if (is_full(side) && find_room(side, 1) == side->storage.exchange_count)
        return 0;
    while (tries--) {
        side->last_id = (uint16_t)(side->last_id == 65535 ? 1 : side->last_id + 1);
        if (!find(side, side->last_id))
            return side->last_id;
    }
    return 0;
}

bool mqw_connection_hold(struct mqw_connection *c, enum mqw_sender sender, uint16_t packet_id,
                         uint64_t tag)
{
    struct mqw_side *side = SIDE_OF(c, sender);
    struct mqw_exchange *e = find(side, packet_id);
    if (!e)
        e = add(side, packet_id, MQW_PUBLISH);
    if (!e)
        return false;
    if (e->state == SETTLED || e->state == HELD) {
        e->state = HELD;
        e->first = e->last = tag;
    }
    return true;
}
