/* SPDX-License-Identifier: MIT */
/* Files for the tests of passwords, SCRAM's keys and ACLs. */
#ifndef BROKER_ACCESS_TESTS_H
#define BROKER_ACCESS_TESTS_H

#include "broker_help.h"

/* Of the file that the next three write, in the folder that is current; the program's own. */
extern char file_name[64];

void write_file(const void *bytes, size_t len);
void write_text(const char *text);

/* Lines of these words and blanks, bytes by chance among them. */
void write_random(const char *const *words, size_t count);

/* The problem of the last reading says all of this. */
extern char problem[256];
void says(const char *text);

/* Runs a program's tests; the answer is for main. */
int run_with_files(const char *name, TCase *tcase);

#endif
