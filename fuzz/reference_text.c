/* SPDX-License-Identifier: MIT */
/* UTF-8, bit by bit: the table of RFC 3629, section 3, and what MQTT forbids beside it. */
#include "reference.h"

/* The four forms of a code point: 0 and 1 are fixed, x are the bits of its value. */
static const char *const forms[] = {
    "0xxxxxxx",
    "110xxxxx10xxxxxx",
    "1110xxxx10xxxxxx10xxxxxx",
    "11110xxx10xxxxxx10xxxxxx10xxxxxx",
};
static const unsigned long smallest[] = {0x00, 0x80, 0x800, 0x10000}; /* else it is overlong */
enum { FORMS = 4 };

/* Do the bits at text have this form?  The value is made of the x. */
static bool has_form(const char *form, const uint8_t *text, size_t len, unsigned long *value)
{
    *value = 0;
    for (size_t bit = 0; form[bit]; bit++) {
        unsigned one;
        if (bit / 8 >= len)
            return false;
        one = text[bit / 8] >> (7 - bit % 8) & 1;
        if (form[bit] == 'x')
            *value = *value * 2 + one;
        else if (one != (unsigned)(form[bit] - '0'))
            return false;
    }
    return true;
}

/* What is wrong with one code point. */
static unsigned judge(unsigned long point, unsigned long least)
{
    if (point < least || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
        return TEXT_ILL_FORMED;
    if (point == 0)
        return TEXT_NUL;
    if (point <= 0x1F || (point >= 0x7F && point <= 0x9F))
        return TEXT_CONTROL;
    if (point >= 0xFDD0 && point <= 0xFDEF)
        return TEXT_NONCHARACTER;
    if (point % 0x10000 == 0xFFFE || point % 0x10000 == 0xFFFF)
        return TEXT_NONCHARACTER;
    return 0;
}

static void note(unsigned fault, size_t at, unsigned *found, size_t first[TEXT_FAULTS])
{
    for (unsigned bit = 0; bit < TEXT_FAULTS; bit++)
        if (first && (fault >> bit & 1) && !(*found >> bit & 1))
            first[bit] = at;
    *found |= fault;
}

unsigned reference_text(const uint8_t *text, size_t len, size_t first[TEXT_FAULTS])
{
    unsigned found = 0;
    size_t at = 0;
    while (at < len) {
        unsigned long point = 0;
        size_t form = 0;
        while (form < FORMS && !has_form(forms[form], text + at, len - at, &point))
            form++;
        note(form == FORMS ? TEXT_ILL_FORMED : judge(point, smallest[form]), at, &found, first);
        if (found & TEXT_ILL_FORMED)
            break;
        at += form + 1; /* the form of n bytes is the n-th */
    }
    return found;
}
