/* SPDX-License-Identifier: MIT */
/* What options mean together. */
#include "options.h"
#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool will_is_good(const struct config *config)
{
    const char *given = config->will_payload                              ? "--will-payload"
                        : config->will_retain                             ? "--will-retain"
                        : config->properties[FOR_WILL].properties.present ? "-D will"
                                                                          : NULL;

    if (given && !config->will_topic)
        return misused(config, "%s: there is no --will-topic", given);
    return true;
}

/* An option that speaks of TLS, and does not turn it on; NULL: none is given. */
static const char *tls_option(const struct mqw_client_tls *tls)
{
    return tls->cert_file     ? "--cert"
           : tls->ciphers     ? "--ciphers"
           : tls->ciphers_1_3 ? "--ciphers-1.3"
           : tls->version     ? "--tls-version"
           : tls->alpn        ? "--tls-alpn"
           : tls->keylog_file ? "--tls-keylog"
           : tls->insecure    ? "--insecure"
                              : NULL;
}

static bool tls_is_good(struct config *config)
{
    struct mqw_client_tls *tls = &config->tls_options;
    const char *given = tls_option(tls);

    if (!tls->cert_file != !tls->key_file)
        return misused(config, "--cert and --key go together");
    if (config->key_form && !tls->key_file)
        return misused(config, "--keyform is of a --key");
    if (tls->psk && (tls->ca_file || tls->ca_path))
        return misused(config, "--psk takes the place of --cafile and --capath");
    if (!tls->psk != !tls->psk_identity)
        return misused(config, "--psk and --psk-identity go together");
    if (tls->ca_file || tls->ca_path || tls->psk || (config->port == 8883 && !config->websocket))
        config->tls = true;
    if (config->tls && config->unix_path)
        return misused(config, "--unix and TLS do not go together: a socket of this machine has no "
                               "host name that a certificate could be for");
    if (!config->tls && given)
        return misused(config,
                       "%s is about TLS, and nothing asks for that: --cafile, --capath, "
                       "--tls-use-os-certs, --psk, -p 8883 or -L mqtts://",
                       given);
    return true;
}

static bool session_is_good(struct config *config)
{
    struct mqw_properties *properties = &config->properties[FOR_CONNECT].properties;
    bool named = config->id && !config->id_prefix;

    if (config->id && config->id_prefix)
        return misused(config, "-i and -I do not go together");
    if (config->store_path && !config->keep_session)
        return misused(config, "--store is of a session that goes on, -c: without, the server "
                               "discards its part");
    if (config->id_prefix) {
        size_t size = strlen(config->id_prefix) + 24;
        char *id = sized(NULL, size);
        snprintf(id, size, "%s%ld", config->id_prefix, (long)getpid());
        config->id = id;
    }
    if (config->version == MQW_VERSION_3_1_1)
        return !config->keep_session || named ||
               misused(config, "-c: a session is found again by its client identifier, -i");
    if (config->keep_session && config->session_expiry == -1)
        config->session_expiry = UINT32_MAX;
    if (config->session_expiry == UINT32_MAX && !named)
        return misused(config,
                       "a session that is kept is found again by its client identifier, -i");
    if (config->session_expiry <= 0)
        return true;
    if (mqw_has(properties, MQW_PROPERTY_SESSION_EXPIRY_INTERVAL))
        return misused(config, "-x, or -c, and -D connect session-expiry-interval say the same");
    mqw_set_session_expiry_interval(properties, (uint32_t)config->session_expiry);
    return true;
}

/* Properties are of 5.0, and so is what depends on them. */
static bool version_is_good(const struct config *config)
{
    if (config->version == MQW_VERSION_5)
        return property_check(config);
    for (int i = 0; i < PROPERTY_SETS; i++)
        if (config->properties[i].properties.present)
            return misused(config, "-D is for MQTT 5.0 alone: -V 5");
    if (config->authentication_method)
        return misused(config, "--auth-method is for MQTT 5.0 alone: -V 5");
    return true;
}

/* NULL: it is no text. */
static const char *first_line(const char *bytes, size_t len)
{
    size_t end = 0;

    while (end < len && bytes[end] != '\r' && bytes[end] != '\n')
        end++;
    return memchr(bytes, '\0', end) ? NULL : kept(bytes, end);
}

static bool password_is_good(struct config *config)
{
    char *bytes;
    size_t len;

    if (!config->password && config->password_file) {
        if (!read_whole(config, config->password_file, &bytes, &len))
            return false;
        config->password = first_line(bytes, len);
        free(bytes);
        if (!config->password)
            return misused(config, "%s: there is a NUL in the password", config->password_file);
    }
    /* [MQTT-3.1.2-22]; in 5.0 a password may stand alone, if that is what is asked for. */
    if (!config->username && config->password && config->version == MQW_VERSION_3_1_1)
        return misused(config, "MQTT 3.1.1 has no password without a user name, -u");
    if (config->username && !config->password)
        config->password = getenv("MQTTWIRE_PASSWORD");
    return true;
}

static bool work_is_good(struct config *config)
{
    switch (config->program) {
    case PUB:
        if (!config->topics.count || config->mode == NO_MESSAGE)
            return misused(config, "it takes a topic, -t, and a message: -m, -f, -l, -n or -s");
        return true;
    case RR:
        if (!config->topics.count || config->mode == NO_MESSAGE)
            return misused(config, "it takes a topic, -t, and a message: -m, -f, -n or -s");
        if (!config->response_topic && config->version == MQW_VERSION_3_1_1)
            return misused(config, "in MQTT 3.1.1 it takes a topic of the response, -e");
        return true;
    case SUB:
        if (!config->topics.count && !config->unsubscribe.count)
            return misused(config, "it takes a topic, -t, or one to unsubscribe from, -U");
        if (config->not_retained && config->retained_only)
            return misused(config, "-R and --retained-only leave nothing over");
        return true;
    default:
        return true;
    }
}

static bool read_message(struct config *config)
{
    switch (config->mode) {
    case MESSAGE_TEXT:
        config->payload_len = strlen(config->message_text);
        config->payload = kept(config->message_text, config->payload_len);
        return true;
    case MESSAGE_FILE:
        return read_whole(config, config->message_file, &config->payload, &config->payload_len);
    case MESSAGE_STDIN:
        if (!read_whole(config, NULL, &config->payload, &config->payload_len))
            return false;
        if (!config->payload_len) /* as mosquitto_pub: most likely a program before it failed */
            complain(config, "standard input is empty; -n sends an empty message");
        return config->payload_len;
    default:
        return true;
    }
}

bool options_finish(struct config *config)
{
    if (config->unix_path && config->websocket)
        return misused(config, "--unix and --ws do not go together");
    if (config->reconnect && config->no_reconnect)
        return misused(config, "--reconnect and --no-reconnect do not go together");
    if (!tls_is_good(config))
        return false;
    config->url = session_url(config);
    return will_is_good(config) && version_is_good(config) && password_is_good(config) &&
           session_is_good(config) && work_is_good(config) && read_message(config);
}
