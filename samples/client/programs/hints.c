/* SPDX-License-Identifier: MIT */
/* Which options may help where TLS has failed: the library that tells it has none. */
#include "session.h"

#include <stdio.h>
#include <string.h>

enum hint_for { ANYBODY, WITHOUT_CERT, WITH_CERT };

/* Parts of the library's texts, and of OpenSSL's for the server's alerts. */
static const struct {
    const char *part;
    enum hint_for who;
    const char *hint;
} hints[] = {
    {"is not trusted", ANYBODY, "--cafile says whom to trust, --insecure alone trusts anybody"},
    {"certificate is not for", ANYBODY, "--insecure takes it for any host"},
    {"alert certificate required", WITHOUT_CERT, "--cert and --key name the client's"},
    /* All that there is in TLS 1.2, which may have other reasons. */
    {"alert handshake failure", WITHOUT_CERT, "the server may want --cert and --key"},
    {"alert unknown ca", WITH_CERT, "the server does not trust --cert"},
    {"alert bad certificate", WITH_CERT, "the server does not take --cert"},
    {"alert certificate", WITH_CERT, "the server does not take --cert"},
    {"alert unsupported certificate", WITH_CERT, "the server does not take --cert"},
};

const char *end_text(const struct config *config, const struct mqw_client_end *end)
{
    static char text[400];
    const struct mqw_client_tls *tls = &config->tls_options;

    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        if (end->status != MQW_CLIENT_TLS || tls->psk || !strstr(end->text, hints[i].part) ||
            (hints[i].who != ANYBODY && (hints[i].who == WITH_CERT) != !!tls->cert_file))
            continue;
        snprintf(text, sizeof text, "%s; %s", end->text, hints[i].hint);
        return text;
    }
    return end->text;
}
