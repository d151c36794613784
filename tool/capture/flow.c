/* SPDX-License-Identifier: MIT */
#include "flow.h"

#include "hash.h"

#include <string.h>

enum { LINGER = 60 /* seconds for which a connection that is over is remembered */ };

bool flows_open(struct flows *flows, struct context *context)
{
    memset(flows, 0, sizeof *flows);
    flows->context = context;
    hash_key(flows->key);
    flows->bucket_count = 1;
    while (flows->bucket_count < context->options.connections)
        flows->bucket_count *= 2;
    flows->buckets = memory_take(&context->memory, flows->bucket_count * sizeof *flows->buckets);
    return flows->buckets != NULL;
}

static void take_out(struct flows *flows, struct flow *flow)
{
    struct flow_list *list = &flows->lists[flow->list];
    *(flow->older ? &flow->older->newer : &list->oldest) = flow->newer;
    *(flow->newer ? &flow->newer->older : &list->newest) = flow->older;
    list->count--;
}

static void put_last(struct flows *flows, struct flow *flow, uint8_t which)
{
    struct flow_list *list = &flows->lists[which];
    flow->list = which;
    flow->older = list->newest;
    flow->newer = NULL;
    *(list->newest ? &list->newest->newer : &list->oldest) = flow;
    list->newest = flow;
    list->count++;
}

void flow_use(struct flows *flows, struct flow *flow, uint8_t list)
{
    take_out(flows, flow);
    put_last(flows, flow, list);
}

static struct flow **bucket(struct flows *flows, const struct endpoint *a, const struct endpoint *b)
{
    uint64_t words[5];
    memcpy(words, a->address, 16);
    memcpy(words + 2, b->address, 16);
    words[4] = (uint64_t)a->port << 48 | (uint64_t)b->port << 32 | a->family;
    return &flows->buckets[hash(flows->key, words, 5) & (flows->bucket_count - 1)];
}

bool flow_same(const struct endpoint *a, const struct endpoint *b)
{
    return !memcmp(a, b, sizeof *a);
}

void flow_unlink(struct flows *flows, struct flow *flow)
{
    struct flow **link;
    if (!flow->linked)
        return;
    link = bucket(flows, &flow->ends[0], &flow->ends[1]);
    while (*link != flow)
        link = &(*link)->next;
    *link = flow->next;
    flow->linked = false;
    if (flows->recent == flow)
        flows->recent = NULL;
}

void flow_unstall(struct flows *flows, struct flow *flow)
{
    struct flow **link = &flows->stalled;
    if (!flow->waiting)
        return;
    while (*link != flow)
        link = &(*link)->after;
    *link = flow->after;
    flow->waiting = false;
}

void flow_stall(struct flows *flows, struct flow *flow)
{
    struct flow **link = &flows->stalled;
    if (flow->waiting)
        return;
    while (*link)
        link = &(*link)->after;
    *link = flow;
    flow->after = NULL;
    flow->waiting = true;
}

void flow_free(struct flows *flows, struct flow *flow)
{
    struct memory *memory = &flows->context->memory;
    flow_unlink(flows, flow);
    flow_unstall(flows, flow);
    take_out(flows, flow);
    stream_drop(&flow->streams[0], memory);
    stream_drop(&flow->streams[1], memory);
    talk_free(flow->talk);
    info_retire(&flows->context->infos, memory, flow->info);
    memory_drop(memory, flow, sizeof *flow);
}

static void forget(struct flows *flows, struct flow *flow)
{
    if (flow->talk && talk_accepted(flow->talk))
        talk_note(flows->context, flow->info, MQW_NEITHER, CAPTURE_FORGOTTEN, 0, flow->last);
    flow_free(flows, flow);
}

/* Makes room: first for what is over, then for what is not MQTT, then for what is idle longest. */
void flow_make_room(struct flows *flows, const struct flow *but, struct moment when)
{
    const struct memory *memory = &flows->context->memory;
    uint32_t count = 0;
    int i;

    while (flows->lists[LIST_OVER].oldest != but && flows->lists[LIST_OVER].oldest &&
           flows->lists[LIST_OVER].oldest->last.time + LINGER * UINT64_C(1000000000) < when.time)
        flow_free(flows, flows->lists[LIST_OVER].oldest);
    for (i = 0; i < LISTS; i++)
        count += flows->lists[i].count;
    for (i = 0; i < LISTS; i++) {
        while ((count > flows->context->options.connections ||
                memory->used > memory->limit - memory->limit / 8) &&
               flows->lists[i].oldest && flows->lists[i].oldest != but) {
            forget(flows, flows->lists[i].oldest);
            count--;
        }
    }
}

struct flow *flow_add(struct flows *flows, const struct segment *segment, struct moment when)
{
    struct memory *memory = &flows->context->memory;
    struct flow *flow;
    struct flow **to;
    bool turned;

    flow_make_room(flows, NULL, when);
    flow = memory_take(memory, sizeof *flow);
    if (!flow)
        return NULL;
    turned = memcmp(&segment->from, &segment->to, sizeof segment->from) > 0;
    flow->ends[turned] = segment->from;
    flow->ends[!turned] = segment->to;
    flow->info = info_new(memory, flow->ends);
    if (!flow->info) {
        memory_drop(memory, flow, sizeof *flow);
        return NULL;
    }
    flow->info->about.opened = flow->info->about.last = when.time;
    flow->client = TALK_CLIENT_UNKNOWN;
    to = bucket(flows, &flow->ends[0], &flow->ends[1]);
    flow->next = *to;
    *to = flow;
    flow->linked = true;
    put_last(flows, flow, LIST_OTHER);
    flows->recent = flow;
    flows->opened++;
    return flow;
}

struct flow *flow_find(struct flows *flows, const struct segment *segment)
{
    bool turned = memcmp(&segment->from, &segment->to, sizeof segment->from) > 0;
    const struct endpoint *a = turned ? &segment->to : &segment->from;
    const struct endpoint *b = turned ? &segment->from : &segment->to;
    struct flow *flow = flows->recent;

    if (flow && flow_same(&flow->ends[0], a) && flow_same(&flow->ends[1], b))
        return flow;
    for (flow = *bucket(flows, a, b); flow; flow = flow->next)
        if (flow_same(&flow->ends[0], a) && flow_same(&flow->ends[1], b))
            return flow;
    return NULL;
}

void flows_close(struct flows *flows)
{
    struct memory *memory = &flows->context->memory;
    int i;
    for (i = 0; i < LISTS; i++)
        while (flows->lists[i].oldest)
            flow_free(flows, flows->lists[i].oldest);
    memory_drop(memory, flows->buckets, flows->bucket_count * sizeof *flows->buckets);
    flows->buckets = NULL;
}
