/* SPDX-License-Identifier: MIT */
/*
 * Passes packets of both directions of connections to mqw_connection and tells what is seen, for
 * test_python_connection_random.py.  Lines of input, separated by blanks:
 *
 *     session VERSION             a new connection
 *     client|server TIME HEX      a packet that passes then, milliseconds
 *
 * Lines of output, for each packet one, with its topic in hex and findings as RULE:FIELD:OFFSET;
 * packets are numbered from 1 on, and - stands for nothing:
 *
 *     ANSWERS BEGINS REPEATS SETTLES IGNORED UNTRACKED ALIASED TOPIC FINDING...
 *     undecoded
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
static char line[LINE];
static uint8_t packet_bytes[LINE / 2];
static uint64_t number;

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

static void tell_finding(const struct mqw_finding *finding, uint32_t offset)
{
    char field[128];
    mqw_finding_field(finding, field, sizeof field);
    printf(" %s:%s:%" PRIu32, mqw_rule_of(finding->code)->name, field, offset);
}

static void tell(const struct mqw_seen *seen, size_t len, const struct mqw_options *options)
{
    uint32_t i;
    if (seen->answers)
        printf("%" PRIu64 " %" PRIu64, seen->tag, seen->first);
    else
        printf("- -");
    printf(" %d %d %d %d %d ", seen->repeats, seen->settles, seen->ignored, seen->untracked,
           seen->aliased);
    if (!seen->topic.ptr)
        printf("-");
    for (i = 0; i < seen->topic.len; i++)
        printf("%02x", seen->topic.ptr[i]);
    for (i = 0; i < seen->count; i++)
        tell_finding(&seen->findings[i],
                     mqw_finding_offset(&seen->findings[i], packet_bytes, len, options));
    printf("\n");
}

static void pass(enum mqw_sender sender, uint64_t now, const char *hex)
{
    struct mqw_options options = mqw_connection_options(&connection, sender);
    size_t len = unhex(hex);
    struct mqw_packet packet;
    struct mqw_result result = mqw_decode(packet_bytes, len, &options, &packet);
    struct mqw_seen seen;
    if (result.code != MQW_OK || result.size != len) {
        printf("undecoded\n");
        return;
    }
    seen = mqw_connection_packet(&connection, sender, &packet, result.size, now, ++number);
    tell(&seen, len, &options);
}

/* Topics that an alias stood for before are not released: it is a short program. */
static struct mqw_bytes keep(void *arg, enum mqw_sender sender, uint16_t alias,
                             struct mqw_bytes old, struct mqw_bytes topic)
{
    uint8_t *copy = malloc(topic.len + 1);
    (void)arg, (void)sender, (void)alias, (void)old;
    if (!copy)
        return mqw_view(NULL, 0);
    memcpy(copy, topic.ptr, topic.len);
    return mqw_view(copy, topic.len);
}

static void begin(unsigned version)
{
    struct mqw_connection_config config;
    memset(&config, 0, sizeof config);
    config.keep = keep;
    config.client.exchanges = client_table.exchanges;
    config.client.aliases = client_table.aliases;
    config.client.exchange_count = config.client.alias_count = ALL;
    config.server.exchanges = server_table.exchanges;
    config.server.aliases = server_table.aliases;
    config.server.exchange_count = config.server.alias_count = ALL;
    mqw_connection_init(&connection, &config);
    mqw_connection_version(&connection, (enum mqw_version)version);
    number = 0;
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
        if (sscanf(line, "session %u", &version) == 1) {
            begin(version);
        } else if (sscanf(line, "%15s %" SCNu64 " %n", word, &now, &end) == 2) {
            pass(strcmp(word, "client") == 0 ? MQW_CLIENT : MQW_SERVER, now, line + end);
        } else {
            fprintf(stderr, "not understood: %s", line);
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}
