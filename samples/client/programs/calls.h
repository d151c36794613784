/* SPDX-License-Identifier: MIT */
/* Options that do more than to be stored. */
#ifndef PROGRAMS_CALLS_H
#define PROGRAMS_CALLS_H

#include "options.h"

option_call call_url, call_version, call_session_expiry, call_topic, call_message, call_file,
    call_lines, call_null, call_stdin, call_response_topic, call_unsubscribe, call_filter_out,
    call_format, call_will_topic, call_key_form, call_tls_version;

/* Of options that print something in place of all else, and are looked for first. */
option_call call_later;

#endif
