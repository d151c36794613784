/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    uint8_t *t = to;
    const uint8_t *f = from;
    while (size--)
        *t++ = *f++;
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    uint8_t *t = to;
    const uint8_t *f = from;
    if ((uintptr_t)t < (uintptr_t)f)
        return memcpy(to, from, size);
    while (size--)
        t[size] = f[size];
    return to;
}

/* By words where that is possible: storage of a session is cleared by the megabyte. */
void *memset(void *to, int byte, size_t size)
{
    uint8_t *t = to;
    uint32_t *words;
    for (; size && (uintptr_t)t % sizeof *words; size--)
        *t++ = (uint8_t)byte;
    words = (uint32_t *)(void *)t;
    for (; size >= sizeof *words; size -= sizeof *words)
        *words++ = (uint8_t)byte * UINT32_C(0x01010101);
    for (t = (uint8_t *)words; size; size--)
        *t++ = (uint8_t)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const uint8_t *x = a, *y = b;
    for (; size; size--, x++, y++)
        if (*x != *y)
            return *x < *y ? -1 : 1;
    return 0;
}

void *memchr(const void *in, int byte, size_t size)
{
    for (const uint8_t *at = in; size; size--, at++)
        if (*at == (uint8_t)byte) {
            void *found;
            memcpy(&found, &at, sizeof found); /* casts do not take `const` away here */
            return found;
        }
    return NULL;
}
