/* SPDX-License-Identifier: MIT */
/* _capture.Numbering: numbers for strings, such as topics, in Python. */
#ifndef CAPTURE_NUMBERING_H
#define CAPTURE_NUMBERING_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

extern PyType_Spec numbering_spec;

#endif
