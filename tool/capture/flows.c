/* SPDX-License-Identifier: MIT */
#include "flow.h"

enum { STRIKES = 3 /* segments in a row that are far off: a new connection on the same ports */ };

/* ---- Telling ---- */

static void tell(struct flows *flows, struct flow *flow, int end, const struct piece *piece)
{
    struct memory *memory = &flows->context->memory;
    bool start = flow->streams[end].start;

    if (flow->refused || piece->kind == PIECE_END)
        return;
    if (!flow->talk)
        flow->talk = talk_new(flows->context, flow->info, flow->client);
    if (!flow->talk)
        return;
    if (flow->answers[!end].advanced && !flow->streams[!end].heard)
        talk_unheard(flow->talk, !end);
    if (piece->kind == PIECE_DATA)
        talk_data(flow->talk, end, piece->data, (size_t)piece->len, start, piece->when);
    else
        talk_missing(flow->talk, end, piece->len, piece->kind == PIECE_CUT, piece->when);
    if (talk_refused(flow->talk)) {
        talk_free(flow->talk);
        flow->talk = NULL;
        flow->refused = true;
        stream_drop(&flow->streams[0], memory);
        stream_drop(&flow->streams[1], memory);
    }
}

/* Who ended it. */
static uint8_t closer_of(const struct flow *flow)
{
    if (!flow->closer || (flow->ending != ENDING_CLOSED && flow->ending != ENDING_RESET))
        return MQW_NEITHER;
    return flow->closer - 1 == flow->info->client ? MQW_CLIENT : MQW_SERVER;
}

static void end_of(struct flows *flows, struct flow *flow)
{
    static const enum capture_note notes[] = {CAPTURE_PACKET,   CAPTURE_CLOSED, CAPTURE_RESET,
                                              CAPTURE_REPLACED, CAPTURE_PACKET, CAPTURE_PACKET};
    if (flow->talk) {
        talk_finish(flow->talk, flow->last);
        if (talk_accepted(flow->talk) && notes[flow->ending])
            talk_note(flows->context, flow->info, closer_of(flow), notes[flow->ending], 0,
                      flow->last);
        talk_free(flow->talk);
        flow->talk = NULL;
    }
    stream_drop(&flow->streams[0], &flows->context->memory);
    stream_drop(&flow->streams[1], &flows->context->memory);
    flow->info->about.over = flow->ending != ENDING_INPUT;
    flow->ending = ENDED;
    if (!flow->linked) { /* its ports belong to another one */
        flow_free(flows, flow);
        return;
    }
    flow_use(flows, flow, LIST_OVER);
}

/* Both directions have ended, of those that are in the capture. */
static bool both_ended(const struct flow *flow)
{
    const struct stream *a = &flow->streams[0], *b = &flow->streams[1];
    return (a->end || b->end) && (a->end || !a->heard) && (b->end || !b->heard);
}

/* Tells the next piece of one end; false: there is none. */
static bool step(struct flows *flows, struct flow *flow, int end)
{
    struct stream *stream = &flow->streams[end];
    struct piece piece;
    if (stream_idle(stream))
        return false;
    piece = stream_next(stream, &flows->context->memory, &flow->streams[!end]);
    if (piece.kind == PIECE_NONE)
        return false;
    tell(flows, flow, end, &piece);
    return true;
}

/* Where nothing else will come: gives up what is waited for, true bytes before mere order. */
static bool give_up(struct flows *flows, struct flow *flow)
{
    int end;
    for (end = 0; end < 2; end++)
        if (stream_lacks(&flow->streams[end])) {
            stream_give_up(&flow->streams[end]);
            if (step(flows, flow, end))
                return true;
        }
    for (end = 0; end < 2; end++)
        if (stream_waits(&flow->streams[end])) {
            stream_give_up(&flow->streams[end]);
            if (step(flows, flow, end))
                return true;
        }
    return false;
}

/* Tells what can be told.  False: the batch is full, and the flow stalled.  It may free the flow.
 */
static bool pump(struct flows *flows, struct flow *flow)
{
    bool more = true;
    int end;

    /* A segment in hand is the caller's, and has to be told now. */
    for (end = 0; end < 2; end++)
        if (stream_holds(&flow->streams[end]))
            step(flows, flow, end);
    while (more) {
        if (batch_full(&flows->context->batch)) {
            flow_stall(flows, flow);
            return false;
        }
        more = step(flows, flow, 0);
        more |= step(flows, flow, 1);
        if (!more && flow->ending)
            more = give_up(flows, flow);
    }
    if ((flow->ending == OPEN || flow->ending == ENDING_INPUT) && both_ended(flow))
        flow->ending = ENDING_CLOSED;
    if (flow->ending != OPEN && flow->ending != ENDED)
        end_of(flows, flow);
    return true;
}

bool flows_resume(struct flows *flows)
{
    while (flows->stalled) {
        struct flow *flow = flows->stalled;
        if (batch_full(&flows->context->batch))
            return false;
        flow_unstall(flows, flow);
        if (!pump(flows, flow))
            return false;
    }
    return true;
}

/* ---- Segments ---- */

/* The flow's ports are used anew. */
static struct flow *replace(struct flows *flows, struct flow *flow, const struct segment *segment,
                            struct moment when)
{
    flow_unlink(flows, flow);
    if (flow->ending == ENDED) {
        flow_free(flows, flow);
    } else {
        if (flow->ending == OPEN)
            flow->ending = ENDING_REPLACED;
        pump(flows, flow);
    }
    return flow_add(flows, segment, when);
}

/* Does this SYN begin another connection than the one we know? */
static bool begins_anew(const struct flow *flow, int end, const struct segment *segment)
{
    const struct stream *mine = &flow->streams[end], *other = &flow->streams[!end];
    if (mine->start)
        return mine->isn != segment->seq;
    if (flow->ending || mine->known)
        return true;
    return !(segment->flags & TCP_ACK) && other->known;
}

static void take_syn(struct flow *flow, int end, const struct segment *segment)
{
    struct stream *other = &flow->streams[!end];
    if (!flow->streams[end].syn)
        stream_begin(&flow->streams[end], segment->seq, true);
    if (!(segment->flags & TCP_ACK)) {
        flow->client = end ? TALK_CLIENT_1 : TALK_CLIENT_0;
    } else {
        flow->client = end ? TALK_CLIENT_0 : TALK_CLIENT_1;
        if (!other->known)
            stream_begin(other, segment->ack - 1, false);
    }
}

/* Does a segment belong to a new connection, whose SYN was not captured? */
static bool belongs_elsewhere(struct flow *flow, int end, const struct segment *segment)
{
    const struct stream *stream = &flow->streams[end];
    if (stream_far(stream, segment))
        return ++flow->strikes >= STRIKES && !(segment->flags & TCP_RST);
    flow->strikes = 0;
    /* What comes after the end is a late copy of what came before. */
    return flow->ending && (segment->len || segment->missing) &&
           (!stream->known || stream_position(stream, segment->seq) >= stream->next);
}

/* Acknowledgements of bytes that we do not see show that a direction is not in the capture. */
static void take_answer(struct flow *flow, int end, uint32_t ack)
{
    if (!flow->answers[end].seen) {
        flow->answers[end].seen = true;
        flow->answers[end].first = ack;
    } else if (ack - flow->answers[end].first - 2 < 0x80000000) { /* one more may be a FIN */
        flow->answers[end].advanced = true;
    }
}

static void take_segment(struct flow *flow, struct memory *memory, int end,
                         const struct segment *segment, struct moment when)
{
    struct stream *other = &flow->streams[!end];
    if (segment->flags & TCP_ACK) {
        /* The first answer to a SYN tells where the other side begins, if its SYN was not seen. */
        if (!other->known && flow->streams[end].syn && !(segment->flags & TCP_SYN))
            stream_begin(other, segment->ack - 1, false);
        stream_acknowledged(other, segment->ack);
        take_answer(flow, !end, segment->ack);
    }
    if (flow->refused)
        stream_follow(&flow->streams[end], segment);
    else
        stream_add(&flow->streams[end], memory, segment, other, when);
    /* By when it came: it may be told late, as bytes before it are waited for. */
    if (flow->streams[end].fin && !flow->closer)
        flow->closer = (uint8_t)(end + 1);
}

static void take_reset(struct flow *flow, int end, const struct segment *segment)
{
    const struct stream *stream = &flow->streams[end];
    /* One that is far off is a forgery, or an answer to something else. */
    if (stream_far(stream, segment))
        return;
    flow->ending = ENDING_RESET;
    flow->closer = (uint8_t)(end + 1);
}

void flows_segment(struct flows *flows, const struct segment *segment, struct moment when)
{
    struct memory *memory = &flows->context->memory;
    struct flow *flow = flow_find(flows, segment);
    int end;

    if (!flow) {
        /* Without SYN or data there is nothing to follow. */
        if (segment->flags & TCP_RST ||
            (!(segment->flags & TCP_SYN) && !segment->len && !segment->missing))
            return;
        flow = flow_add(flows, segment, when);
    } else {
        end = !flow_same(&segment->from, &flow->ends[0]);
        if (segment->flags & TCP_SYN ? begins_anew(flow, end, segment)
                                     : belongs_elsewhere(flow, end, segment))
            flow = replace(flows, flow, segment, when);
        else if (flow->strikes)
            return;
    }
    if (!flow)
        return;
    flows->recent = flow;
    flow->last = when;
    flow->info->about.last = when.time;
    if (flow->ending)
        return;
    end = !flow_same(&segment->from, &flow->ends[0]);
    if (segment->flags & TCP_SYN)
        take_syn(flow, end, segment);
    if (segment->flags & TCP_RST) {
        take_reset(flow, end, segment);
    } else {
        flows->repeated += stream_repeats(&flow->streams[end], segment);
        take_segment(flow, memory, end, segment, when);
        stream_patience(&flow->streams[0], when);
        stream_patience(&flow->streams[1], when);
    }
    if (!flow->ending)
        flow_use(flows, flow, flow->talk && talk_accepted(flow->talk) ? LIST_MQTT : LIST_OTHER);
    if (pump(flows, flow))
        flow_make_room(flows, flows->recent, when);
}

bool flows_end(struct flows *flows)
{
    int i;
    if (!flows_resume(flows))
        return false;
    for (i = LIST_OTHER; i < LISTS; i++) {
        while (flows->lists[i].oldest) {
            struct flow *flow = flows->lists[i].oldest;
            if (batch_full(&flows->context->batch))
                return false;
            if (!flow->ending)
                flow->ending = ENDING_INPUT;
            if (!pump(flows, flow))
                return false;
        }
    }
    return true;
}
