/* SPDX-License-Identifier: MIT */
#include "info.h"

#include <arpa/inet.h>
#include <string.h>

enum {
    OVER_MAX = 65536, /* connections that are over and still known */
    OVER_MIN = 64,    /* likewise, however little memory there is */
    BUCKETS = 256     /* at first */
};

struct info *info_new(struct memory *memory, const struct endpoint ends[2])
{
    struct info *info = memory_take(memory, sizeof *info);
    if (!info)
        return NULL;
    memcpy(info->ends, ends, sizeof info->ends);
    return info;
}

static void info_free(struct memory *memory, struct info *info)
{
    buffer_free(memory, &info->client_id);
    memory_drop(memory, info, sizeof *info);
}

/* Numbers follow each other, so that they spread evenly by themselves. */
static struct info **bucket(const struct infos *infos, uint32_t number)
{
    return &infos->buckets[number & (infos->bucket_count - 1)];
}

static bool rehash(struct infos *infos, struct memory *memory)
{
    size_t old_count = infos->bucket_count, i;
    size_t count = old_count ? old_count * 2 : BUCKETS;
    struct info **old = infos->buckets;
    struct info **buckets = memory_take(memory, count * sizeof *buckets);

    if (!buckets)
        return false; /* the chains grow longer */
    infos->buckets = buckets;
    infos->bucket_count = count;
    for (i = 0; i < old_count; i++) {
        struct info *info = old[i];
        while (info) {
            struct info *next = info->next;
            struct info **to = bucket(infos, info->about.number);
            info->next = *to;
            *to = info;
            info = next;
        }
    }
    memory_drop(memory, old, old_count * sizeof *old);
    return true;
}

bool infos_open(struct infos *infos, struct memory *memory)
{
    return rehash(infos, memory);
}

void info_number(struct infos *infos, struct memory *memory, struct info *info)
{
    struct info **to;
    if (info->about.number)
        return;
    if (infos->count >= infos->bucket_count)
        rehash(infos, memory);
    if (infos->last == UINT32_MAX)
        return;
    info->about.number = ++infos->last;
    to = bucket(infos, info->about.number);
    info->next = *to;
    *to = info;
    infos->count++;
}

const struct info *info_find(const struct infos *infos, uint32_t number)
{
    const struct info *info;
    for (info = *bucket(infos, number); info; info = info->next)
        if (info->about.number == number)
            return info;
    return NULL;
}

static void print(const struct endpoint *end, struct capture_endpoint *out)
{
    inet_ntop(end->family == 6 ? AF_INET6 : AF_INET, end->address, out->address,
              sizeof out->address);
    out->port = end->port;
}

struct capture_connection info_view(const struct info *info)
{
    struct capture_connection view = info->about;
    print(&info->ends[info->client], &view.client);
    print(&info->ends[!info->client], &view.server);
    view.client_id.ptr = info->client_id.data;
    view.client_id.len = (uint32_t)info->client_id.len;
    return view;
}

static void unlink_oldest(struct infos *infos, struct memory *memory)
{
    struct info *info = infos->oldest;
    struct info **link = bucket(infos, info->about.number);
    while (*link != info)
        link = &(*link)->next;
    *link = info->next;
    infos->oldest = info->later;
    if (!infos->oldest)
        infos->newest = NULL;
    infos->over--;
    infos->count--;
    info_free(memory, info);
}

void info_retire(struct infos *infos, struct memory *memory, struct info *info)
{
    if (!info->about.number) {
        info_free(memory, info);
        return;
    }
    info->about.over = true;
    if (infos->newest)
        infos->newest->later = info;
    else
        infos->oldest = info;
    infos->newest = info;
    infos->over++;
    while (infos->over > OVER_MAX || (infos->over > OVER_MIN && memory->used > memory->limit / 2))
        unlink_oldest(infos, memory);
}

void infos_free(struct infos *infos, struct memory *memory)
{
    while (infos->oldest)
        unlink_oldest(infos, memory);
    memory_drop(memory, infos->buckets, infos->bucket_count * sizeof *infos->buckets);
    memset(infos, 0, sizeof *infos);
}
