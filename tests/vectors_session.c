/* SPDX-License-Identifier: MIT */
/*
 * Passes packets of both directions of connections to mqw_connection and tells what it finds, for
 * test_vectors_sessions.py.  Lines of input, separated by blanks:
 *
 *     session ID VERSION          a new connection
 *     client|server TIME HEX      a packet that passes then, milliseconds
 *
 * Lines of output, for packets that break a rule, separated by tabs.  STEP counts packets from 0;
 * REASON is what 5.0 sends for the rule; "undecoded" is a packet that breaks one by itself:
 *
 *     finding|undecoded ID STEP RULE FIELD OFFSET REASON
 */
#include <inttypes.h>
#include <mqttwire/mqttwire.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALL = 65535, LINE = 1 << 18 }; /* bytes of the longest line */

struct table {
    struct mqw_exchange exchanges[ALL];
    struct mqw_alias aliases[ALL];
};

static struct table client_table, server_table;
static struct mqw_connection connection;
static char line[LINE], id[128];
static uint8_t packet_bytes[LINE / 2];
static unsigned step;

static int nibble(char digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = strchr(digits, digit);
    return digit && at ? (int)(at - digits) : -1;
}

/* Bytes of the hex; whatever is not hex ends it. */
static size_t unhex(const char *hex)
{
    size_t len = 0;
    while (nibble(hex[0]) >= 0 && nibble(hex[1]) >= 0) {
        packet_bytes[len++] = (uint8_t)(nibble(hex[0]) << 4 | nibble(hex[1]));
        hex += 2;
    }
    return len;
}

static const char *rule_name(int rule)
{
    switch (rule) {
#define MQW_ROW(number, NAME, name, class, reason, connack, v311, v5, kind, bit, text)             \
    case number:                                                                                   \
        return #name;
        MQW_RULES(MQW_ROW)
#undef MQW_ROW
    default:
        return "none";
    }
}

static int reason_of(int rule)
{
    switch (rule) {
#define MQW_ROW(number, NAME, name, class, reason, connack, v311, v5, kind, bit, text)             \
    case number:                                                                                   \
        return reason;
        MQW_RULES(MQW_ROW)
#undef MQW_ROW
    default:
        return 0;
    }
}

static void tell(const char *what, int rule, const char *field, uint32_t offset)
{
    printf("%s\t%s\t%u\t%s\t%s\t%" PRIu32 "\t%d\n", what, id, step, rule_name(rule), field, offset,
           reason_of(rule));
}

/* Fields that are lists: the element is at fault, not the list. */
static void tell_finding(const struct mqw_finding *finding, uint32_t offset)
{
    char name[128];
    bool element = strcmp(finding->field, "subscriptions") == 0 ||
                   strcmp(finding->field, "properties.subscription_identifiers") == 0;
    if (element)
        snprintf(name, sizeof name, "%s[%" PRIu32 "]", finding->field, finding->item);
    tell("finding", (int)finding->code, element ? name : finding->field, offset);
}

static void pass(enum mqw_sender sender, uint64_t now, const char *hex)
{
    struct mqw_options options = mqw_connection_options(&connection, sender);
    size_t len = unhex(hex);
    struct mqw_packet packet;
    struct mqw_result result = mqw_decode(packet_bytes, len, &options, &packet);
    struct mqw_seen seen;
    uint32_t i;
    if (result.code != MQW_OK || result.size != len) {
        tell("undecoded", (int)result.code, "", result.offset);
        return;
    }
    seen = mqw_connection_packet(&connection, sender, &packet, result.size, now, step);
    for (i = 0; i < seen.count; i++)
        tell_finding(&seen.findings[i],
                     mqw_finding_offset(&seen.findings[i], packet_bytes, len, &options));
}

static void begin(unsigned version)
{
    struct mqw_connection_config config;
    memset(&config, 0, sizeof config);
    config.client.exchanges = client_table.exchanges;
    config.client.aliases = client_table.aliases;
    config.client.exchange_count = config.client.alias_count = ALL;
    config.server.exchanges = server_table.exchanges;
    config.server.aliases = server_table.aliases;
    config.server.exchange_count = config.server.alias_count = ALL;
    mqw_connection_init(&connection, &config);
    mqw_connection_version(&connection, (enum mqw_version)version);
    step = 0;
}

int main(void)
{
    char word[16];
    unsigned version;
    uint64_t now;
    int end;
    while (fgets(line, sizeof line, stdin)) {
        if (!strchr(line, '\n')) {
            fprintf(stderr, "a line is too long, or the last one has no end\n");
            return EXIT_FAILURE;
        }
        if (sscanf(line, "session %127s %u", id, &version) == 2) {
            begin(version);
        } else if (sscanf(line, "%15s %" SCNu64 " %n", word, &now, &end) == 2) {
            pass(strcmp(word, "client") == 0 ? MQW_CLIENT : MQW_SERVER, now, line + end);
            step++;
        } else {
            fprintf(stderr, "not understood: %s", line);
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}
