/* SPDX-License-Identifier: MIT */
/* The messages of mqttwire-bench: how they are sent, and what is seen in those that come. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

static void put_stamp(uint8_t *at, uint32_t publisher, uint64_t number, uint64_t due)
{
    memcpy(at, &publisher, 4);
    memcpy(at + 4, &number, 8);
    memcpy(at + 12, &due, 8);
}

static void settled(struct mqw_client *client, void *arg, const struct mqw_client_result *result)
{
    struct letter *letter = arg;
    struct bench *bench = letter->member->bench;

    (void)client;
    letter->member->under_way--;
    if (result->status == MQW_CLIENT_OK) {
        bench->counts->settled++;
        bench->counts->expected += (uint64_t)bench->config->subscribers;
        if (bench->config->qos)
            histogram_add(&bench->counts->settling, uv_hrtime() - letter->due);
    } else if (result->status == MQW_CLIENT_REFUSED) {
        bench->counts->refused++;
    }
    free(letter);
}

static bool publish(struct member *member, uint64_t due)
{
    struct bench *bench = member->bench;
    const struct config *config = bench->config;
    struct letter *letter = sized(NULL, sizeof *letter);
    struct mqw_publish packet = {
        .topic = mqw_text(member->topic),
        .payload = mqw_view(bench->payload, (size_t)config->size),
        .qos = (uint8_t)config->qos,
        .properties = config->properties[FOR_PUBLISH].properties,
    };

    *letter = (struct letter){member, due};
    put_stamp(bench->payload, (uint32_t)member->number, member->sent + 1, due);
    member->under_way++;
    if (mqw_client_publish(member->client, &packet, settled, letter) != MQW_CLIENT_OK) {
        member->under_way--;
        free(letter);
        return false;
    }
    member->sent++;
    bench->counts->sent++;
    return true;
}

/* When a publisher's next message is due. */
static uint64_t due_of(const struct member *member)
{
    const struct bench *bench = member->bench;

    return bench->start + (uint64_t)((double)member->sent * 1e9 / bench->config->rate);
}

void bench_publish_due(uv_timer_t *timer)
{
    struct bench *bench = timer->data;
    uint64_t now = uv_hrtime();

    for (long i = 0; i < bench->count; i++) {
        struct member *member = &bench->members[i];
        while (member->publishes && !member->gone && member->under_way < BENCH_UNANSWERED &&
               due_of(member) <= now && publish(member, due_of(member)))
            ;
    }
}

void bench_publish_all(uv_idle_t *idle)
{
    struct bench *bench = idle->data;

    for (long i = 0; i < bench->count; i++) {
        struct member *member = &bench->members[i];
        for (long n = 0; n < bench->config->inflight && member->publishes && !member->gone &&
                         member->under_way < (uint64_t)bench->config->inflight;
             n++)
            if (!publish(member, uv_hrtime()))
                break;
    }
}

bool bench_got(struct mqw_client *client, void *arg, const struct mqw_client_message *message)
{
    uint64_t now = uv_hrtime(), number, due;
    struct member *member = arg;
    struct counts *counts = member->bench->counts;
    struct mqw_bytes payload = message->publish->payload;
    uint32_t publisher;
    struct track *track;

    (void)client;
    if (payload.len < BENCH_STAMP)
        return true; /* somebody else's */
    memcpy(&publisher, payload.ptr, 4);
    memcpy(&number, payload.ptr + 4, 8);
    memcpy(&due, payload.ptr + 12, 8);
    if (publisher >= (uint32_t)member->bench->config->publishers || due < member->bench->start ||
        due > now)
        return true;
    track = &member->tracks[publisher];
    member->bench->last_arrival = now;
    if (number > track->highest) {
        track->missing += number - track->highest - 1;
        track->highest = number;
    } else if (track->missing && !message->repeat) {
        track->missing--;
        counts->out_of_order++;
    } else {
        counts->repeated++;
        return true;
    }
    counts->received++;
    histogram_add(&counts->arrival, now - due);
    return true;
}
