/* SPDX-License-Identifier: MIT */
#ifndef TESTS_MACHINE_H
#define TESTS_MACHINE_H

void say(const char *text);
__attribute__((noreturn)) void leave(int status);

#endif
