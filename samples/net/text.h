/* SPDX-License-Identifier: MIT */
/* Texts of a peer that people are shown: what a terminal would act on is not in them. */
#ifndef NET_TEXT_H
#define NET_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The size of a character of UTF-8 by its first byte; 0: none begins so. */
size_t net_text_size(uint8_t first);

/* The number of a character that has this size. */
uint32_t net_text_code(const uint8_t *text, size_t size);

/* Not so: a character that shows nothing but does something, turns the direction of writing, say. */
bool net_text_is_seen(uint32_t code);

/* The size of the character at text; 0: it is none of UTF-8, or none that may be shown. */
size_t net_text_character(const uint8_t *text, size_t len);

/* Copies what there is room for, whole characters, with ? in place of those that may not be shown. */
void net_text_quote(char *copy, size_t cap, const uint8_t *text, size_t len);

#endif
