/* SPDX-License-Identifier: MIT */
/* --pcap: packets in a capture, as if they had gone over plain TCP. */
#ifndef PROGRAMS_PCAP_H
#define PROGRAMS_PCAP_H

#include <mqttwire/mqttwire.h>

struct recording;

/* NULL: *error says why. */
struct recording *recording_open(const char *path, const char **error);

/* False: the file cannot be written.  A NULL recording takes all. */
bool recording_packet(struct recording *recording, enum mqw_sender sender, const uint8_t *bytes,
                      size_t len);

/* The connection is closed; the next packet is of another one. */
void recording_closed(struct recording *recording);

void recording_close(struct recording *recording);

#endif
