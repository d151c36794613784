/* SPDX-License-Identifier: MIT */
/* Subscriptions, where they hang in the tree of filters, and the groups that share one. */
#include "broker.h"

#include <stdlib.h>
#include <string.h>

/* The share name of "$share/name/filter", or nothing, and the filter. */
static struct mqw_bytes split(struct mqw_bytes filter, bool shared, struct mqw_bytes *rest)
{
    struct mqw_bytes name = mqw_view(NULL, 0);
    *rest = filter;
    if (shared)
        mqw_topic_share(filter, &name, rest);
    return name;
}

/* ---- Groups ------------------------------------------------------------------------------------- */

static uint64_t hash_of_group(const struct level *level, struct mqw_bytes name)
{
    return table_hash(name.ptr, name.len, (uintptr_t)level);
}

static struct group *find_group(struct broker *broker, const struct level *level,
                                struct mqw_bytes name)
{
    struct table_entry *entry = table_first(&broker->groups, hash_of_group(level, name));
    for (; entry; entry = table_next(entry)) {
        struct group *group = TABLE_OF(entry, struct group, entry);
        if (group->level == level && mqw_same(mqw_view(group->name, group->len), name))
            return group;
    }
    return NULL;
}

static struct group *add_group(struct broker *broker, struct level *level, struct mqw_bytes name)
{
    struct group *group = find_group(broker, level, name);
    if (group)
        return group;
    group = calloc(1, sizeof *group + name.len);
    if (!group)
        return NULL;
    group->level = level;
    group->len = name.len;
    memcpy(group->name, name.ptr, name.len);
    if (!table_add(&broker->groups, &group->entry, hash_of_group(level, name))) {
        free(group);
        return NULL;
    }
    broker->other_bytes += sizeof *group + name.len;
    group->next = level->groups;
    if (group->next)
        group->next->previous = group;
    level->groups = group;
    return group;
}

static void free_empty(struct broker *broker, struct group *group)
{
    if (group->members)
        return;
    broker->other_bytes -= sizeof *group + group->len;
    table_remove(&broker->groups, &group->entry);
    if (group->next)
        group->next->previous = group->previous;
    if (group->previous)
        group->previous->next = group->next;
    else
        group->level->groups = group->next;
    free(group);
}

/* ---- Subscriptions -------------------------------------------------------------------------------- */

static uint64_t hash_of(const struct session *session, const struct level *level,
                        const struct group *group)
{
    const void *key[] = {level, group};
    return table_hash(key, sizeof key, session->number);
}

static struct subscription *find(const struct session *session, const struct level *level,
                                 const struct group *group)
{
    struct table_entry *entry =
        table_first(&session->broker->subscriptions, hash_of(session, level, group));
    for (; entry; entry = table_next(entry)) {
        struct subscription *found = TABLE_OF(entry, struct subscription, entry);
        if (found->session == session && found->level == level && found->group == group)
            return found;
    }
    return NULL;
}

struct subscription *subscription_find(struct session *session, struct mqw_bytes filter,
                                       bool shared)
{
    struct mqw_bytes rest, name = split(filter, shared, &rest);
    struct level *level = tree_find(&session->broker->filters, rest);
    struct group *group = level && name.len ? find_group(session->broker, level, name) : NULL;
    return level && (group || !name.len) ? find(session, level, group) : NULL;
}

static struct subscription **list_of(const struct subscription *subscription)
{
    return subscription->group ? &subscription->group->members
                               : &subscription->level->subscriptions;
}

static void link_up(struct subscription *subscription)
{
    struct session *session = subscription->session;
    struct subscription **list = list_of(subscription);

    subscription->next = *list;
    if (*list)
        (*list)->previous = subscription;
    *list = subscription;
    subscription->next_of_session = session->subscriptions;
    if (session->subscriptions)
        session->subscriptions->previous_of_session = subscription;
    session->subscriptions = subscription;
    session->subscription_count++;
    session->broker->subscription_count++;
    session->broker->other_bytes += sizeof *subscription;
    session->broker->shared_count += subscription->group != NULL;
}

struct subscription *subscription_add(struct session *session, struct mqw_bytes filter, bool shared,
                                      bool *existed)
{
    struct broker *broker = session->broker;
    struct mqw_bytes rest, name = split(filter, shared, &rest);
    struct level *level = tree_add(&broker->filters, rest);
    struct group *group = level && name.len ? add_group(broker, level, name) : NULL;
    struct subscription *subscription;

    *existed = false;
    if (!level)
        return NULL;
    subscription = group || !name.len ? find(session, level, group) : NULL;
    if (subscription) {
        *existed = true;
        return subscription;
    }
    subscription = group || !name.len ? calloc(1, sizeof *subscription) : NULL;
    if (subscription &&
        !table_add(&broker->subscriptions, &subscription->entry, hash_of(session, level, group))) {
        free(subscription);
        subscription = NULL;
    }
    if (!subscription) {
        if (group)
            free_empty(broker, group);
        tree_prune(&broker->filters, level);
        return NULL;
    }
    subscription->stored.kind = STORED_SUBSCRIPTION;
    subscription->session = session;
    subscription->level = level;
    subscription->group = group;
    link_up(subscription);
    return subscription;
}

void subscription_free(struct subscription *subscription)
{
    struct session *session = subscription->session;
    struct broker *broker = session->broker;

    store_gone(broker->store, &subscription->stored);
    retained_forget(subscription);
    *(subscription->previous ? &subscription->previous->next : list_of(subscription)) =
        subscription->next;
    if (subscription->next)
        subscription->next->previous = subscription->previous;
    *(subscription->previous_of_session ? &subscription->previous_of_session->next_of_session
                                        : &session->subscriptions) = subscription->next_of_session;
    if (subscription->next_of_session)
        subscription->next_of_session->previous_of_session = subscription->previous_of_session;
    if (subscription->group && subscription->group->turn == subscription)
        subscription->group->turn = subscription->next;
    table_remove(&broker->subscriptions, &subscription->entry);
    session->subscription_count--;
    broker->subscription_count--;
    broker->other_bytes -= sizeof *subscription;
    broker->shared_count -= subscription->group != NULL;
    if (subscription->group)
        free_empty(broker, subscription->group);
    tree_prune(&broker->filters, subscription->level);
    free(subscription);
}

size_t subscription_filter(const struct subscription *subscription, char *out)
{
    static const char prefix[] = "$share/";
    size_t len = 0;
    if (subscription->group) {
        memcpy(out, prefix, sizeof prefix - 1);
        len = sizeof prefix - 1;
        memcpy(out + len, subscription->group->name, subscription->group->len);
        len += subscription->group->len;
        out[len++] = '/';
    }
    return len + tree_text(subscription->level, out + len);
}
