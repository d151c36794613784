/* SPDX-License-Identifier: MIT */
/*
 * Frames of pcap and pcapng files: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
 *
 * They are read here and not by libpcap because one may end in the middle of a frame today and go
 * on tomorrow, have interfaces of several kinds, and hold the secrets of its TLS connections.
 */
#ifndef CAPTURE_SAVEFILE_H
#define CAPTURE_SAVEFILE_H

#include "source.h"

struct keys;
struct savefile;

/*
 * Reads up to the first interface; secrets go to keys.  follow: a file goes on where it ends now.
 * NULL: error says why.
 */
struct savefile *savefile_open(const char *path, bool follow, struct keys *keys,
                               struct capture_error *error);
/* Bytes of the file that were read, compressed ones as they are. */
uint64_t savefile_size_read(const struct savefile *file);
bool savefile_live(const struct savefile *file);
enum source_answer savefile_read(struct savefile *file, struct frame *frame,
                                 struct capture_error *error);
void savefile_finish(struct savefile *file);
void savefile_close(struct savefile *file);

#endif
