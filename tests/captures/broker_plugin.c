/* SPDX-License-Identifier: MIT
 * What mosquitto leaves to plugins. Enhanced authentication, without which it sends no AUTH: the
 * method is "DEMO", the broker asks "who?", and every answer is good except "nobody". Access:
 * topics below "secret" are refused, also to subscriptions, which an acl_file never refuses. */
#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
#include <stddef.h>
#include <string.h>

static void answer(struct mosquitto_evt_extended_auth *event, const char *text)
{
    event->data_out = mosquitto_strdup(text); /* the broker frees it */
    event->data_out_len = (uint16_t)strlen(text);
}

static int on_start(int event_type, void *event_data, void *userdata)
{
    struct mosquitto_evt_extended_auth *event = event_data;
    (void)event_type;
    (void)userdata;
    if (strcmp(event->auth_method, "DEMO") != 0) {
        return MOSQ_ERR_NOT_SUPPORTED;
    }
    answer(event, "who?");
    return MOSQ_ERR_AUTH_CONTINUE;
}

static int on_continue(int event_type, void *event_data, void *userdata)
{
    struct mosquitto_evt_extended_auth *event = event_data;
    (void)event_type;
    (void)userdata;
    if (event->data_in_len == 6 && memcmp(event->data_in, "nobody", 6) == 0) {
        return MOSQ_ERR_AUTH;
    }
    answer(event, "welcome");
    return MOSQ_ERR_SUCCESS;
}

static int on_access(int event_type, void *event_data, void *userdata)
{
    const struct mosquitto_evt_acl_check *event = event_data;
    (void)event_type;
    (void)userdata;
    return strncmp(event->topic, "secret/", 7) == 0 ? MOSQ_ERR_ACL_DENIED : MOSQ_ERR_SUCCESS;
}

int mosquitto_plugin_version(int count, const int *versions)
{
    for (int i = 0; i < count; i++) {
        if (versions[i] == 5) {
            return 5;
        }
    }
    return -1;
}

int mosquitto_plugin_init(mosquitto_plugin_id_t *id, void **userdata, struct mosquitto_opt *options,
                          int count)
{
    (void)userdata;
    (void)options;
    (void)count;
    int error = mosquitto_callback_register(id, MOSQ_EVT_EXT_AUTH_START, on_start, NULL, NULL);
    if (error == MOSQ_ERR_SUCCESS) {
        error =
            mosquitto_callback_register(id, MOSQ_EVT_EXT_AUTH_CONTINUE, on_continue, NULL, NULL);
    }
    if (error == MOSQ_ERR_SUCCESS) {
        error = mosquitto_callback_register(id, MOSQ_EVT_ACL_CHECK, on_access, NULL, NULL);
    }
    return error;
}

int mosquitto_plugin_cleanup(void *userdata, struct mosquitto_opt *options, int count)
{
    (void)userdata;
    (void)options;
    (void)count;
    return MOSQ_ERR_SUCCESS;
}
