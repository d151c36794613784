/* SPDX-License-Identifier: MIT */
/* What mqttwire.i wraps for Python alone; its results and their faults are Python's. */
%{
#include "binding.h"
#include "connection.h"
%}

%rename("%(strip:[py_])s", regexmatch$name="^py_", %$isfunction) "";
%include "binding.h"
%include "connection.h"
