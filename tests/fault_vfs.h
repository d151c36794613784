/* SPDX-License-Identifier: MIT */
/*
 * An SQLite VFS under which the power goes, the disk is full or fails, after so many operations.  It
 * knows what a disk has for certain: what was synced.
 */
#ifndef FAULT_VFS_H
#define FAULT_VFS_H

#include <stdbool.h>
#include <stdint.h>

enum fault {
    FAULT_NONE,
    FAULT_POWER, /* nothing is written from then on, without a word */
    FAULT_KILL,  /* likewise: the process has ended, and what was written is there */
    FAULT_FULL,  /* SQLITE_FULL */
    FAULT_BROKEN /* SQLITE_IOERR of everything, reading too */
};

/* Becomes the default VFS. */
void fault_register(void);

/* Writes, truncations, deletions and syncs are operations. */
void fault_set(enum fault fault, unsigned operations);
bool fault_happened(void);

/*
 * All files are closed: gives them what the disk has after the power went, which is what was synced
 * and, of what was written since, whatever `random` says; or after the process was killed.
 */
void fault_restore(uint32_t (*random)(void));

/* Forgets all files. */
void fault_forget(void);

#endif
