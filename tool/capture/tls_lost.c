/* SPDX-License-Identifier: MIT */
/*
 * After a hole the place of a record is found by its header, and its number by trying: a record that
 * opens is the right one.
 */
#include "tls_parts.h"

bool tls_plausible(const uint8_t *record, bool protected)
{
    return record[0] >= (protected ? DATA : CHANGE_CIPHER_SPEC) && record[0] <= DATA &&
           record[1] == 3 && record[2] <= 4 && tls_length(record) <= RECORD_MAX &&
           (!protected || tls_length(record) + HEADER >= LEAST);
}

void tls_miss(struct tls *tls, int end, uint64_t len)
{
    struct end *side = &tls->ends[end];
    size_t have = side->raw.len - side->at;
    const uint8_t *record = have ? side->raw.data + side->at : NULL;
    int size;

    if (side->dead)
        return;
    if (have >= HEADER && len <= tls_length(record) + HEADER - have) {
        size_t rest = tls_length(record) + HEADER - have - (size_t)len;
        if (side->phase == PHASE_PLAIN) { /* a certificate, most likely, which we do not need */
            for (; len; len--)
                (void)buffer_add(tls->memory, &side->raw, "", 1);
            return;
        }
        /* Its number is known, and so is where the next one begins. */
        size = opener_size(&side->opener, tls_length(record));
        side->missing = size > 0 && record[0] == DATA ? (size_t)size : 0;
        side->opener.sequence++;
        side->skip = rest;
    } else if (len <= side->skip) {
        side->skip -= (size_t)len;
        return;
    } else {
        side->lost = (side->seeking ? side->lost : 0) + len + have;
        side->seeking = true;
        side->missing = side->skip = 0;
    }
    side->untold = side->phase != PHASE_PLAIN;
    buffer_clear(tls->memory, &side->raw);
    side->at = 0;
}

/* Tries the numbers that a record may have; its own if it opens. */
static bool find_number(struct tls *tls, struct end *side, const uint8_t *record, size_t len)
{
    uint64_t tries = side->lost / LEAST + 2, first = side->opener.sequence, i;
    uint8_t type;

    for (i = 0; i < tries && i < TRIES; i++) {
        side->effort += len;
        if (side->effort > EFFORT * side->received + CREDIT)
            break;
        side->opener.sequence = first + i;
        if (opener_open(&side->opener, record, record + HEADER, len, tls->keys->text, &type) >= 0) {
            side->opener.sequence = first + i;
            return true;
        }
    }
    side->opener.sequence = first;
    if (side->phase == PHASE_DATA || tls_open_later(tls, side, record, len, &type) < 0)
        return false;
    side->opener.sequence = 0;
    return true;
}

bool tls_seek(struct tls *tls, struct end *side)
{
    while (side->raw.len - side->at >= HEADER) {
        const uint8_t *record = side->raw.data + side->at;
        size_t len = tls_length(record);
        if (side->phase == PHASE_PLAIN) { /* what protects the next record comes after this one */
            side->seeking =
                !(record[0] == CHANGE_CIPHER_SPEC && tls_plausible(record, false) && len == 1);
        } else if (tls_plausible(record, true)) {
            if (side->raw.len - side->at < HEADER + len)
                return false;
            side->seeking = !find_number(tls, side, record, len);
        }
        if (!side->seeking)
            return true;
        side->at++;
        side->lost++;
    }
    return false;
}
