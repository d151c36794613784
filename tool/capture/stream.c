/* SPDX-License-Identifier: MIT */
/*
 * A segment that begins where reading stands is told at once and never copied.  Others wait in a
 * sorted array, which is bounded in bytes and in segments: one that is full gives up the hole
 * before it.  The work for a segment is bounded by the array's size, however hostile the input.
 */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

enum {
    WAIT_BYTES = 4 << 20, /* a direction may hold back */
    WAIT_SEGMENTS = 4096,
    KEPT_SLOTS = 64,     /* that an empty list may hold on to */
    FAR = 1 << 30,       /* bytes: no window is larger */
    PROVEN_SEGMENTS = 8, /* after which bytes that the receiver has will not be seen any more */
    HELD_SEGMENTS = 32   /* after which what was answered need not come before the answer */
};

/* Nanoseconds of patience: where the receiver has the bytes, where an answer came before what it
 * answers, and where nothing is known. */
static const uint64_t PROVEN_PATIENCE = 1000000000, HELD_PATIENCE = 4000000000,
                      PATIENCE = 10000000000;

static uint64_t end_of(const struct waiting *w)
{
    return w->start + w->len + w->missing;
}

uint64_t stream_position(const struct stream *s, uint32_t seq)
{
    uint64_t base = s->known ? s->next : (uint64_t)1 << 32;
    uint32_t ahead = seq - (uint32_t)base;
    if (!s->known)
        return base + seq;
    return ahead < 0x80000000 ? base + ahead : base - (uint32_t)-ahead;
}

void stream_begin(struct stream *s, uint32_t isn, bool syn)
{
    s->syn |= syn;
    s->heard |= syn;
    if (s->start) /* as the other side's answer told before */
        return;
    s->isn = isn;
    s->start = true;
    s->next = stream_position(s, isn + 1);
    s->known = true;
}

/* Takes the first n bytes off a segment. */
static void trim(struct waiting *w, uint64_t n)
{
    uint32_t data = n < w->len ? (uint32_t)n : w->len;
    w->start += n;
    if (w->data)
        w->data += data;
    w->len -= data;
    w->missing -= (uint32_t)(n - data);
}

/* Its first n bytes. */
static struct waiting head(const struct waiting *w, uint64_t n)
{
    struct waiting part = *w;
    part.len = n < w->len ? (uint32_t)n : w->len;
    part.missing = (uint32_t)(n - part.len);
    return part;
}

/* Makes room for one more segment at index i of the list. */
static bool open_slot(struct stream *s, struct memory *memory, uint32_t i)
{
    struct waiting *at;
    if (s->first + s->count == s->cap) {
        if (s->first) { /* what was read left room in front */
            memmove(s->list, s->list + s->first, s->count * sizeof *s->list);
            s->first = 0;
        } else {
            uint32_t cap = s->cap ? s->cap * 2 : 16;
            struct waiting *grown = memory_take(memory, cap * sizeof *grown);
            if (!grown)
                return false;
            if (s->count)
                memcpy(grown, s->list, s->count * sizeof *grown);
            memory_drop(memory, s->list, s->cap * sizeof *s->list);
            s->list = grown;
            s->cap = cap;
        }
    }
    at = s->list + s->first + i;
    memmove(at + 1, at, (s->count - i) * sizeof *at);
    s->count++;
    return true;
}

/* Stores a copy of those parts of a segment that are not in the list yet. */
static void store(struct stream *s, struct memory *memory, struct waiting w)
{
    uint32_t low = 0, high = s->count;

    while (low < high) { /* the first one that ends behind w's start */
        uint32_t middle = low + (high - low) / 2;
        if (end_of(s->list + s->first + middle) > w.start)
            high = middle;
        else
            low = middle + 1;
    }
    while (w.len + w.missing) {
        struct waiting part;
        const uint8_t *from;
        uint64_t n = (uint64_t)w.len + w.missing;
        if (low < s->count) {
            const struct waiting *there = s->list + s->first + low;
            if (there->start <= w.start) {
                uint64_t covered = end_of(there) - w.start;
                trim(&w, covered < n ? covered : n);
                low++;
                continue;
            }
            if (there->start - w.start < n)
                n = there->start - w.start;
        }
        part = head(&w, n);
        from = part.data;
        trim(&w, n);
        if (!open_slot(s, memory, low))
            return; /* a part that finds no room is part of the hole */
        part.data = NULL;
        if (part.len) {
            part.data = memory_take(memory, part.len);
            if (part.data) {
                memcpy(part.data, from, part.len);
            } else {
                part.missing += part.len;
                part.len = 0;
            }
        }
        s->held += part.len;
        s->list[s->first + low] = part;
        low++;
    }
}

static uint64_t start_of(const struct stream *s, const struct segment *segment)
{
    return stream_position(s, segment->seq + (segment->flags & TCP_SYN ? 1 : 0));
}

bool stream_far(const struct stream *s, const struct segment *segment)
{
    uint64_t start = start_of(s, segment);
    uint64_t end = start + segment->len + segment->missing;
    return s->known && (start > s->next + FAR || end + FAR < s->next);
}

bool stream_repeats(const struct stream *s, const struct segment *segment)
{
    uint64_t total = (uint64_t)segment->len + segment->missing;
    return s->known && total && start_of(s, segment) + total <= s->next;
}

void stream_follow(struct stream *s, const struct segment *segment)
{
    uint64_t end = start_of(s, segment) + segment->len + segment->missing;
    s->heard = true;
    if (!s->known || end > s->next)
        s->next = end;
    s->known = true;
    if (segment->flags & TCP_FIN)
        s->end = true;
}

/* What its sender had read when it sent this, as far as we will ever see it. */
static uint64_t need_of(const struct segment *segment, const struct stream *other)
{
    uint64_t need;
    if (!(segment->flags & TCP_ACK) || !other->heard || !other->known)
        return 0;
    need = stream_position(other, segment->ack);
    if (other->fin && need > other->finish)
        need = other->finish;
    return need <= other->next + FAR ? need : 0;
}

/* One byte more may be a FIN that was not captured. */
static bool may_be_told(const struct waiting *w, const struct stream *other)
{
    return w->need <= other->next + 1;
}

/* Too much is held back for any patience. */
static bool overfull(const struct stream *s)
{
    return s->held > WAIT_BYTES || s->count > WAIT_SEGMENTS;
}

void stream_add(struct stream *s, struct memory *memory, const struct segment *segment,
                const struct stream *other, struct moment when)
{
    struct waiting w;
    uint64_t total = (uint64_t)segment->len + segment->missing;

    memset(&w, 0, sizeof w);
    w.start = start_of(s, segment);
    w.data = (uint8_t *)(uintptr_t)segment->data; /* not written, not freed: see hand */
    w.len = segment->len;
    w.missing = segment->missing;
    w.when = when;
    w.need = need_of(segment, other);
    if (!total && !(segment->flags & TCP_FIN))
        return;
    s->heard = true;
    if (!s->known) {
        s->next = w.start;
        s->known = true;
    }
    /* One before what was told is late: of an earlier connection. */
    if (segment->flags & TCP_FIN && !s->end && end_of(&w) >= s->next) {
        s->fin = true;
        s->finish = end_of(&w);
        s->stuck = when;
    }
    if (end_of(&w) <= s->next)
        return;
    if (w.start < s->next)
        trim(&w, s->next - w.start);
    total = (uint64_t)w.len + w.missing;
    if (w.start == s->next && may_be_told(&w, other)) {
        uint64_t free_bytes = s->count ? s->list[s->first].start - s->next : total;
        s->hand = head(&w, total < free_bytes ? total : free_bytes);
        if (total <= free_bytes)
            return;
        trim(&w, free_bytes);
    } else if (!s->count) {
        s->stuck = when;
    }
    store(s, memory, w);
}

void stream_acknowledged(struct stream *s, uint32_t ack)
{
    uint64_t position;
    if (!s->known)
        return;
    position = stream_position(s, ack);
    /* The last one counts, not the highest: that may be damaged, or forged. */
    if (position <= s->next + FAR)
        s->acked = position;
}

static struct piece tell(struct stream *s, enum piece_kind kind, const uint8_t *data, uint64_t len,
                         struct moment when)
{
    struct piece piece;
    if (when.frame > s->last.frame)
        s->last = when;
    piece.kind = kind;
    piece.data = data;
    piece.len = len;
    piece.when = s->last;
    s->next += len;
    return piece;
}

/* Up to where the stream goes, as far as it is known: the end of what never came. */
static uint64_t last_known(const struct stream *s)
{
    if (s->fin)
        return s->finish;
    /* One byte more may be a FIN that was not captured. */
    return s->acked > s->next + 1 ? s->acked : s->next;
}

/* Takes the first segment off the list, to be told as what is in hand. */
static void pop(struct stream *s, struct memory *memory)
{
    s->hand = s->spent = s->list[s->first]; /* the data is freed by the next call */
    s->held -= s->hand.len;
    s->first++;
    s->proof = 0;
    if (--s->count) {
        s->stuck = s->list[s->first].when;
        return;
    }
    s->first = 0;
    if (s->cap > KEPT_SLOTS) {
        memory_drop(memory, s->list, s->cap * sizeof *s->list);
        s->list = NULL;
        s->cap = 0;
    }
}

struct piece stream_next(struct stream *s, struct memory *memory, const struct stream *other)
{
    memory_drop(memory, s->spent.data, s->spent.len);
    s->spent.data = NULL;
    if (!s->hand.len && !s->hand.missing && s->count) {
        const struct waiting *w = s->list + s->first;
        bool now = s->skip || overfull(s);
        if (w->start > s->next && now) {
            s->skip = false;
            s->proof = 0;
            s->stuck = w->when;
            return tell(s, PIECE_HOLE, NULL, w->start - s->next, w->when);
        }
        if (w->start == s->next && (now || may_be_told(w, other))) {
            s->skip = false;
            pop(s, memory);
        }
    }
    if (s->hand.len) {
        struct waiting told = s->hand;
        s->hand.len = 0;
        s->proof = 0;
        return tell(s, PIECE_DATA, told.data, told.len, told.when);
    }
    if (s->hand.missing) {
        uint32_t missing = s->hand.missing;
        s->hand.missing = 0;
        return tell(s, PIECE_CUT, NULL, missing, s->hand.when);
    }
    if (!s->count && s->skip) {
        uint64_t end = last_known(s);
        s->skip = false;
        s->proof = 0;
        if (end > s->next)
            return tell(s, PIECE_HOLE, NULL, end - s->next, s->stuck);
    }
    if (s->fin && s->next >= s->finish && !s->count && !s->end) {
        s->end = true;
        return tell(s, PIECE_END, NULL, 0, s->last);
    }
    return tell(s, PIECE_NONE, NULL, 0, s->last);
}

bool stream_waits(const struct stream *s)
{
    return s->count || (s->fin && s->next < s->finish) || (s->heard && s->acked > s->next + 1);
}

bool stream_lacks(const struct stream *s)
{
    return s->count ? s->list[s->first].start > s->next : stream_waits(s);
}

void stream_patience(struct stream *s, struct moment now)
{
    uint64_t waited = now.time > s->stuck.time ? now.time - s->stuck.time : 0;
    uint64_t target;

    if (!stream_waits(s)) {
        s->proof = 0;
        return;
    }
    target = s->count ? s->list[s->first].start : last_known(s);
    if (!stream_lacks(s)) { /* it is the other stream that lacks something */
        s->skip = ++s->proof > HELD_SEGMENTS || waited > HELD_PATIENCE;
    } else if (s->acked < target) {
        s->proof = 0;
        s->skip = waited > PATIENCE;
    } else if (!s->proof++) {
        s->stuck = now;
    } else {
        s->skip = s->proof > PROVEN_SEGMENTS || waited > PROVEN_PATIENCE;
    }
}

bool stream_idle(const struct stream *s)
{
    return !s->count && !s->hand.len && !s->hand.missing && !s->skip && !(s->fin && !s->end) &&
           !s->spent.data;
}

bool stream_holds(const struct stream *s)
{
    return s->hand.len > 0;
}

void stream_give_up(struct stream *s)
{
    s->skip = true;
}

void stream_drop(struct stream *s, struct memory *memory)
{
    uint32_t i;
    for (i = 0; i < s->count; i++)
        memory_drop(memory, s->list[s->first + i].data, s->list[s->first + i].len);
    memory_drop(memory, s->list, s->cap * sizeof *s->list);
    memory_drop(memory, s->spent.data, s->spent.len);
    s->list = NULL;
    s->spent.data = NULL;
    s->first = s->count = s->cap = 0;
    s->held = 0;
    memset(&s->hand, 0, sizeof s->hand);
}
