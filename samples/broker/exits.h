/* SPDX-License-Identifier: MIT */
/* How the broker ends. */
#ifndef BROKER_EXITS_H
#define BROKER_EXITS_H

/* X(code, NAME, text) */
/* clang-format off: a table is read in columns */
#define EXIT_CODES(X)                                                                              \
    X(0, GOOD, "It was told to end, and did so in order; or what was asked for is printed.")       \
    X(1, WRONG,                                                                                    \
      "The command line or the configuration is wrong, or what it names is not there; with "       \
      "--test-config, also what is in a file that it names.")                                      \
    X(2, START, "It cannot start: an address is in use, the store is locked.")                     \
    X(3, FAILED,                                                                                   \
      "It ended by itself: the store cannot be written.  Nothing was acknowledged that "           \
      "is not there.")
/* clang-format on */

enum exit_code {
#define EXIT_ROW(code, NAME, text) EXIT_CODE_##NAME = (code),
    EXIT_CODES(EXIT_ROW)
#undef EXIT_ROW
};

#endif
