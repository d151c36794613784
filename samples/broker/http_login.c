/* SPDX-License-Identifier: MIT */
/*
 * Who may see the status page: HTTP's Basic authentication (RFC 7617), against a password file.  The
 * page's script sends it with each of its requests, and a browser never does by itself: so nobody
 * else's page can.
 */
#include "http.h"
#include "passwords.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>

enum { PAUSE = 1000 /* ms after a wrong password, so that guessing is slow */ };

bool http_login_open(struct http *http, char *problem)
{
    const struct settings *settings = http->broker->settings;
    if (!settings->http_user_file)
        return true;
    http->access_settings = (struct settings){.password_file = settings->http_user_file};
    http->access = access_open(http->broker->loop, &http->access_settings, problem);
    return http->access != NULL;
}

bool http_check(const struct settings *settings, char *problem)
{
    struct users users = {0};
    bool good =
        !settings->http_user_file || passwords_read(&users, settings->http_user_file, problem);
    users_free(&users);
    return good;
}

/* Whoever may read $SYS, where the users are those of MQTT. */
static bool may_see(const struct request *request)
{
    const struct http *http = request->http;
    return http->access || access_may(http->broker->access, mqw_text(request->username),
                                      mqw_view(NULL, 0), ACCESS_FILTER, mqw_text("$SYS/#"));
}

static void go_on(struct request *request)
{
    request->known = true;
    if (request->suspended) {
        request->suspended = false;
        MHD_resume_connection(request->connection);
        http_wake(request->http);
    }
}

static void due(struct timer *timer)
{
    go_on(TABLE_OF(timer, struct request, timer));
}

static void say_refused(const struct request *request)
{
    char address[SOCKET_NAME_SIZE];
    address_name(MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
                     ->client_addr,
                 address);
    log_about(LOG_NOTICE,
              (struct log_subject){.user = mqw_text(request->username), .address = address},
              "is not let in to the status page");
}

static void checked(void *arg, enum access_verdict verdict)
{
    struct request *request = arg;
    struct broker *broker = request->http->broker;
    request->check = NULL;
    request->verdict = verdict;
    if (verdict == ACCESS_GRANTED) {
        go_on(request);
        return;
    }
    say_refused(request);
    request->timer.due = due;
    broker_set_timer(broker, &request->timer, broker_now(broker) + PAUSE);
}

/* name:password in base64; *name ends up in request->username.  False: it is none. */
static bool decode(struct request *request, const char *text, char *out, size_t cap,
                   struct mqw_bytes *password)
{
    size_t len;
    char *colon;
    if (sodium_base642bin((unsigned char *)out, cap, text, strlen(text), " ", &len, NULL,
                          sodium_base64_VARIANT_ORIGINAL))
        return false;
    colon = memchr(out, ':', len);
    if (!colon || colon == out || (size_t)(colon - out) >= sizeof request->username ||
        memchr(out, 0, len))
        return false;
    memcpy(request->username, out, (size_t)(colon - out));
    *password = mqw_view(colon + 1, (uint32_t)(len - (size_t)(colon + 1 - out)));
    return true;
}

static void ask(struct request *request)
{
    struct http *http = request->http;
    const char *given =
        MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, "Authorization");
    char plain[1024];
    struct mqw_bytes password;

    if (given && strncasecmp(given, "Basic ", 6) == 0 &&
        decode(request, given + 6, plain, sizeof plain, &password))
        request->check = access_check(http->access ? http->access : http->broker->access,
                                      mqw_text(request->username), password, checked, request);
    else {
        request->known = true;
        request->verdict = ACCESS_WRONG;
    }
    sodium_memzero(plain, sizeof plain);
}

enum http_login http_login(struct request *request)
{
    const struct http *http = request->http;
    if (!http->access && !http->broker->settings->password_file)
        return HTTP_LOGIN_DENIED; /* there are no passwords */
    if (!request->asked) {
        request->asked = true;
        ask(request);
    }
    if (!request->known) {
        request->suspended = true;
        MHD_suspend_connection(request->connection);
        return HTTP_LOGIN_WAITS;
    }
    if (request->verdict != ACCESS_GRANTED)
        return HTTP_LOGIN_WRONG;
    return may_see(request) ? HTTP_LOGIN_GRANTED : HTTP_LOGIN_DENIED;
}

void http_login_end(struct request *request)
{
    if (request->check)
        access_forget(request->check);
    request->check = NULL;
    timers_stop(&request->http->broker->timers, &request->timer);
    if (request->suspended)
        MHD_resume_connection(request->connection);
    request->suspended = false;
}
