/* SPDX-License-Identifier: MIT */
#include "string.h"

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *x = a, *y = b;
    for (; size; x++, y++, size--)
        if (*x != *y)
            return *x - *y;
    return 0;
}

void *memchr(const void *text, int byte, size_t size)
{
    const unsigned char *at = text;
    for (; size; at++, size--)
        if (*at == (unsigned char)byte)
            return (void *)(size_t)at;
    return NULL;
}

size_t strlen(const char *text)
{
    size_t len = 0;
    while (text[len])
        len++;
    return len;
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a - *b;
}
