/* SPDX-License-Identifier: MIT */
/* How a program of tests runs. */
#ifndef CASE_H
#define CASE_H

#include <check.h>

/* Runs a suite of one case; the answer is for main. */
int run_case(const char *name, TCase *tcase);

#endif
