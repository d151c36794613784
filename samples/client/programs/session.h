/* SPDX-License-Identifier: MIT */
/* A program's client in its loop: how it begins, what happens when it fails, how it ends. */
#ifndef PROGRAMS_SESSION_H
#define PROGRAMS_SESSION_H

#include "config.h"

#include <uv.h>

struct trace;
struct recording;

struct session {
    struct config *config;
    uv_loop_t loop;
    struct mqw_client *client;
    uv_timer_t limit, give_up; /* -W; and for a server that does not answer a goodbye */
    uv_prepare_t settling;
    size_t left; /* requests and bytes, when it was last looked whether all is settled */
    uv_signal_t signals[2];
    struct trace *trace;
    struct recording *recording;
    bool connected_once, ending, goodbye;
    int code;

    /* The program's own. */
    void (*ready)(struct session *session, bool first); /* connected; first: never before */
    mqw_client_handler *message;
    void (*finish)(struct session *session); /* closes the program's own handles; may be NULL */
    bool catches_signals;                    /* SIGINT and SIGTERM end it in order */
    bool reconnects;                         /* by itself, without --reconnect */
};

/* Makes the loop; before session_run. */
void session_open(struct session *session);

/* Connects and works until the session ends; answers the exit code. */
int session_run(struct session *session);

/* Ends when all that is under way is settled.  code: unless there is one already. */
void session_end(struct session *session, int code);

/* Ends now: with DISCONNECT if there is a connection.  will: MQTT 5.0 publishes the will. */
void session_stop(struct session *session, int code, bool will);

/* What a refusal is for the exit code. */
int session_code(enum mqw_client_status status, unsigned reason_code);

/* Has a subscription to all topics refused?  Says so. */
bool session_refused(struct session *session, const struct mqw_client_result *result,
                     const struct texts *filters, int *code);

/* end->text, and which option of TLS may help; lasts until the next call. */
const char *end_text(const struct config *config, const struct mqw_client_end *end);

/* A URL as the client library takes it; lasts as long as the program. */
const char *session_url(const struct config *config);

/* Sets what all programs' clients have in common. */
void session_options(const struct config *config, struct mqw_client_options *options,
                     struct mqw_connect *connect);

#endif
