/* SPDX-License-Identifier: MIT */
/*
 * How the programs end.  They are mosquitto's codes; from 128 on, and from 1 to 5 in 3.1.1, a code
 * may be the server's.
 */
#ifndef PROGRAMS_EXITS_H
#define PROGRAMS_EXITS_H

/* X(code, NAME, text) */
/* A table is read in columns. */
/* clang-format off */
#define EXIT_CODES(X)                                                                              \
    X(0, GOOD, "All was done.  Also: whoever read the output has closed the pipe.")                \
    X(1, ERROR,                                                                                    \
      "The command line is wrong, there is no connection, a file cannot be read or "               \
      "written, or the server broke a rule.")                                                      \
    X(1, RETURN,                                                                                   \
      "1 to 5, in 3.1.1: the return code of CONNACK, as 4 for a bad user name or "                 \
      "password and 5 for not authorized.")                                                        \
    X(27, TIMEOUT,                                                                                 \
      "The time of -W is over, or the server did not answer in time: there was no "                \
      "connection, no CONNACK or no PINGRESP.")                                                    \
    X(128, REASON,                                                                                 \
      "128 to 162: the reason code with which the server refused the connection, a "               \
      "message or all subscriptions, or closed the connection.")
/* clang-format on */

enum exit_code {
#define EXIT_ROW(code, NAME, text) EXIT_CODE_##NAME = (code),
    EXIT_CODES(EXIT_ROW)
#undef EXIT_ROW
};

#endif
