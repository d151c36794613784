/* SPDX-License-Identifier: MIT */
/* The broker's store in a folder of its own: what its tests have in common. */
#ifndef STORE_CASE_H
#define STORE_CASE_H

#include "broker_core.h"
#include "case.h"

enum { HOUR = 3600 /* seconds */ };

extern char folder[64], path[80],
    other[80]; /* path: the store's file; other: one that is not there */
extern struct core core;

/* A case whose tests have a fresh folder each. */
TCase *store_case(const char *name);

void begin(void);
void commit(void);
/* The broker is killed, and starts again after so long. */
void again(int64_t milliseconds);
/* What is due happens. */
void turn(void);
struct session *session(const char *client_id);
struct retained *retained(const char *topic);
/* The integer that a query answers: of a file, or of the store's. */
int64_t ask_file(const char *file, const char *sql);
int64_t ask(const char *sql);

#endif
