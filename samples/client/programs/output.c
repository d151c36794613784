/* SPDX-License-Identifier: MIT */
/* Messages on standard output, each flushed as it is printed. */
#include "output.h"

#include "format.h"

#include <errno.h>
#include <string.h>

static void print_plain(const struct config *config, const struct mqw_publish *publish)
{
    const char *end = config->no_newline ? "" : "\n";

    /* An empty message is not even a line, as mosquitto_sub has it. */
    if (!publish->payload.len && !config->verbose)
        return;
    if (!publish->payload.len && config->no_newline)
        return;
    if (config->verbose) {
        fwrite(publish->topic.ptr, 1, publish->topic.len, stdout);
        putchar(' ');
    }
    if (publish->payload.len)
        fwrite(publish->payload.ptr, 1, publish->payload.len, stdout);
    else
        fputs("(null)", stdout);
    fputs(end, stdout);
}

enum output output_message(const struct config *config, const struct mqw_publish *publish)
{
    struct printed message = {.publish = publish, .pretty = config->pretty};

    if (config->format) {
        clock_gettime(CLOCK_REALTIME, &message.time);
        if (!format_print(stdout, config->format, &message))
            complain(config, "the message to %.*s is no JSON", MQW_ARG(publish->topic));
        if (!config->no_newline)
            putchar('\n');
    } else {
        print_plain(config, publish);
    }
    if (fflush(stdout) == 0 && !ferror(stdout))
        return OUTPUT_GOOD;
    if (errno == EPIPE)
        return OUTPUT_CLOSED;
    complain(config, "standard output: %s", strerror(errno));
    return OUTPUT_FAILED;
}
