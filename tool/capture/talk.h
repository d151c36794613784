/* SPDX-License-Identifier: MIT */
/*
 * What the two ends of a TCP connection say to each other: is it MQTT, and which packets are in it?
 *
 * The bytes of each end come in order, with holes.  They pass four layers: secrecy (none, or TLS),
 * transport (plain, or a WebSocket handshake and frames), framing (where packets begin and end), and
 * packets (decoding, the rules of the connection, records).
 */
#ifndef CAPTURE_TALK_H
#define CAPTURE_TALK_H

#include "context.h"
#include "stream.h"

struct talk;

/* What may be known of a connection before its bytes are seen. */
enum talk_client { TALK_CLIENT_0, TALK_CLIENT_1, TALK_CLIENT_UNKNOWN };

/* NULL: no memory.  info stays the caller's. */
struct talk *talk_new(struct context *context, struct info *info, enum talk_client client);

/* Bytes of end 0 or 1; start: the first ones of all that it says. */
void talk_data(struct talk *talk, int end, const uint8_t *data, size_t len, bool start,
               struct moment when);

/* len bytes of an end are missing here; cut: because a frame was cut short. */
void talk_missing(struct talk *talk, int end, uint64_t len, bool cut, struct moment when);

/* What an end says is not in the capture, though the other end answers to it. */
void talk_unheard(struct talk *talk, int end);

/* Nothing follows: tells what is left over. */
void talk_finish(struct talk *talk, struct moment when);

/* It is not MQTT, and it was said so: nothing more need be given. */
bool talk_refused(const struct talk *talk);

/* It is MQTT. */
bool talk_accepted(const struct talk *talk);

void talk_free(struct talk *talk);

/* Writes a note on a connection. */
void talk_note(struct context *context, struct info *info, uint8_t sender, enum capture_note note,
               uint64_t size, struct moment when);

#endif
