/* SPDX-License-Identifier: MIT */
#include "hash.h"

#include <sys/random.h>
#include <time.h>
#include <unistd.h>

void hash_key(uint64_t key[2])
{
    struct timespec now;
    if (!getentropy(key, 2 * sizeof *key))
        return;
    clock_gettime(CLOCK_REALTIME, &now); /* better than nothing */
    key[0] = (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec;
    key[1] = (uint64_t)getpid() << 32 ^ (uint64_t)(uintptr_t)key;
}

static uint64_t turn(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static void mix(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = turn(v[1], 13) ^ v[0];
    v[3] = turn(v[3], 16) ^ v[2];
    v[0] = turn(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = turn(v[1], 17) ^ v[2];
    v[3] = turn(v[3], 21) ^ v[0];
    v[2] = turn(v[2], 32);
}

uint64_t hash(const uint64_t key[2], const uint64_t *words, size_t count)
{
    uint64_t v[4] = {key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
                     key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};
    uint64_t last = (uint64_t)count * 8 << 56;
    size_t i;
    for (i = 0; i <= count; i++) {
        uint64_t word = i < count ? words[i] : last;
        v[3] ^= word;
        mix(v);
        v[0] ^= word;
    }
    v[2] ^= 0xFF;
    mix(v);
    mix(v);
    mix(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
