/* SPDX-License-Identifier: MIT */
#include "fragments.h"

#include <string.h>

enum {
    PACKET = 1 << 16, /* bytes; no IP packet is as long */
    BLOCK = 8,        /* bytes that offsets count */
    SHARE = 16        /* of the memory, this part is for fragments at most */
};

/* Nanoseconds: for a packet to come, and for copies of its fragments to come after it. */
static const uint64_t PATIENCE = UINT64_C(30000000000), COPIES = 1000000000;

enum state { FREE, UNDER_WAY, COMPLETE };

struct puzzle {
    enum state state;
    struct fragment key; /* of the fragment that came first */
    uint64_t begun;
    uint32_t blocks;                  /* that are there */
    uint32_t size;                    /* bytes; 0: not known yet */
    uint32_t reach;                   /* where the farthest one ends */
    uint32_t cut;                     /* the first byte that was not captured */
    uint8_t seen[PACKET / BLOCK / 8]; /* a bit for each block */
    uint8_t data[PACKET];
};

static bool same(const struct fragment *a, const struct fragment *b)
{
    return a->id == b->id && a->protocol == b->protocol &&
           !memcmp(&a->from, &b->from, sizeof a->from) && !memcmp(&a->to, &b->to, sizeof a->to);
}

/* Its time is over.  Clocks go back sometimes, which ends nothing. */
static bool expired(const struct puzzle *puzzle, uint64_t now)
{
    uint64_t age = now > puzzle->begun ? now - puzzle->begun : 0;
    return age > (puzzle->state == COMPLETE ? COPIES : PATIENCE);
}

static void drop(struct fragments *fragments, struct puzzle *puzzle)
{
    fragments->lost += puzzle->state == UNDER_WAY;
    puzzle->state = FREE;
}

/* The one that matters least: free, or complete, or the oldest. */
static bool lesser(const struct puzzle *a, const struct puzzle *b)
{
    static const int rank[] = {[FREE] = 0, [COMPLETE] = 1, [UNDER_WAY] = 2};
    return rank[a->state] != rank[b->state] ? rank[a->state] < rank[b->state] : a->begun < b->begun;
}

/* The puzzle that a fragment belongs to, which may be a new one; NULL: no memory. */
static struct puzzle *find(struct fragments *fragments, struct memory *memory,
                           const struct fragment *fragment, uint64_t now)
{
    size_t room = memory->limit / SHARE / sizeof(struct puzzle), i;
    struct puzzle *least = NULL;

    for (i = 0; i < FRAGMENTS_UNDER_WAY && i <= room; i++) {
        struct puzzle *puzzle = fragments->puzzles[i];
        if (!puzzle)
            break;
        if (puzzle->state != FREE && expired(puzzle, now))
            drop(fragments, puzzle);
        if (puzzle->state != FREE && same(&puzzle->key, fragment))
            return puzzle;
        if (!least || lesser(puzzle, least))
            least = puzzle;
    }
    if (i < FRAGMENTS_UNDER_WAY && i <= room && (!least || least->state != FREE)) {
        fragments->puzzles[i] = memory_take(memory, sizeof *least);
        if (fragments->puzzles[i])
            least = fragments->puzzles[i];
    }
    if (!least)
        return NULL;
    drop(fragments, least);
    memset(least, 0, offsetof(struct puzzle, data));
    least->state = UNDER_WAY;
    least->key = *fragment;
    least->begun = now;
    least->cut = PACKET;
    return least;
}

/* Takes those blocks of a fragment that are not there yet. */
static void place(struct puzzle *puzzle, const struct fragment *fragment, uint32_t end)
{
    uint32_t at;
    for (at = fragment->offset; at < end; at += BLOCK) {
        uint32_t block = at / BLOCK, done = at - fragment->offset;
        uint32_t want = end - at < BLOCK ? end - at : BLOCK;
        uint32_t have = fragment->len > done ? fragment->len - done : 0;
        uint8_t bit = (uint8_t)(1 << block % 8);
        if (puzzle->seen[block / 8] & bit)
            continue;
        puzzle->seen[block / 8] |= bit;
        puzzle->blocks++;
        if (have < want && at + have < puzzle->cut)
            puzzle->cut = at + have;
        if (have)
            memcpy(puzzle->data + at, fragment->data + done, have < want ? have : want);
    }
}

bool fragments_add(struct fragments *fragments, struct memory *memory,
                   const struct fragment *fragment, struct moment when, struct fragment *whole)
{
    uint32_t end = fragment->offset + fragment->len + fragment->missing;
    struct puzzle *puzzle;

    /* Nonsense: no packet is so long, and but for the last one all consist of blocks. */
    if (end >= PACKET || end == fragment->offset ||
        (fragment->more && (end - fragment->offset) % BLOCK))
        return false;
    puzzle = find(fragments, memory, fragment, when.time);
    if (!puzzle) {
        fragments->lost++;
        return false;
    }
    if (puzzle->state == COMPLETE || (puzzle->size && end > puzzle->size))
        return false;
    if (end > puzzle->reach)
        puzzle->reach = end;
    if (!fragment->more && !puzzle->size) {
        puzzle->size = end;
        if (puzzle->reach > end) {
            drop(fragments, puzzle);
            return false;
        }
    }
    place(puzzle, fragment, end);
    if (!puzzle->size || puzzle->blocks != (puzzle->size + BLOCK - 1) / BLOCK)
        return false;
    puzzle->state = COMPLETE;
    puzzle->begun = when.time;
    *whole = puzzle->key;
    whole->offset = 0;
    whole->more = false;
    whole->data = puzzle->data;
    whole->len = puzzle->cut < puzzle->size ? puzzle->cut : puzzle->size;
    whole->missing = puzzle->size - whole->len;
    return true;
}

void fragments_end(struct fragments *fragments)
{
    int i;
    for (i = 0; i < FRAGMENTS_UNDER_WAY && fragments->puzzles[i]; i++)
        drop(fragments, fragments->puzzles[i]);
}

void fragments_close(struct fragments *fragments, struct memory *memory)
{
    int i;
    for (i = 0; i < FRAGMENTS_UNDER_WAY; i++)
        memory_drop(memory, fragments->puzzles[i], sizeof *fragments->puzzles[i]);
    memset(fragments, 0, sizeof *fragments);
}
