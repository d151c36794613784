/* SPDX-License-Identifier: MIT */
/* Keys that do more than to be stored. */
#ifndef BROKER_KEY_CALLS_H
#define BROKER_KEY_CALLS_H

#include "keys.h"

/* Why a value of mosquitto's is refused: in the table, and where it is told. */
#define NO_LOG_DEST                                                                                \
    "topic and dlt are refused: logs that go through the broker fail with it, and nobody here "    \
    "has DLT."
#define NO_OLD_TLS "tlsv1.1 is refused: RFC 8996."

key_call call_listener, call_port, call_bind_address, call_bind_interface, call_socket_domain,
    call_protocol, call_origin, call_max_connections, call_max_packet_size, call_tls_version,
    call_expiration, call_synchronous, call_log_dest, call_log_type, call_log_facility,
    call_log_format, call_http_listener, call_include_dir;

/* configuration.c */
void listener_add(struct settings *settings, const struct listener_settings *listener);
bool configuration_include(struct reading *reading, const char *path);

#endif
