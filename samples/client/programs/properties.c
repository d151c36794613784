/* SPDX-License-Identifier: MIT */
/* -D: what there is, where it may stand and what values it takes is in the codec's table alone. */
#include "properties.h"

#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum type { BYTE, TWO, FOUR, VARINTS, TEXT, TOPIC, BINARY, PAIRS };

static const char *const type_names[] = {
    "a byte", "two bytes", "four bytes", "an integer", "text", "a topic", "bytes", "name and value",
};

static const struct row {
    enum mqw_property id;
    const char *name; /* RECEIVE_MAXIMUM: mosquitto's is receive-maximum */
    enum type type;
    unsigned places;
    size_t offset; /* in struct mqw_properties */
    unsigned long low, high;
} rows[] = {
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    {MQW_PROPERTY_##NAME, #NAME, TYPE, places, offsetof(struct mqw_properties, member), low, high},
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
};

static const struct {
    unsigned place;
    const char *name;
} commands[] = {
#define PROPERTY_ROW(PLACE, name) {MQW_IN_##PLACE, name},
    PROPERTY_COMMANDS(PROPERTY_ROW)
#undef PROPERTY_ROW
};

const char *property_command_name(enum property_command command)
{
    return commands[command].name;
}

static void spell(const struct row *row, char name[static 64])
{
    size_t i = 0;

    for (; row->name[i]; i++)
        name[i] = row->name[i] == '_' ? '-' : (char)tolower((unsigned char)row->name[i]);
    name[i] = '\0';
}

static void each(enum property_command command,
                 void (*tell)(void *arg, const char *name, const char *type), void *arg)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[64];
        if (!(rows[i].places & commands[command].place))
            continue;
        spell(&rows[i], name);
        tell(arg, name, type_names[rows[i].type]);
    }
}

static void list_one(void *arg, const char *name, const char *type)
{
    FILE *file = arg;

    fprintf(file, "%s%s (%s)", ftell(file) > 0 ? ", " : "", name, type);
}

char *property_list(enum property_command command)
{
    char *list = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&list, &len);

    if (!file)
        return NULL;
    each(command, list_one, file);
    fclose(file);
    return list;
}

static const struct row *find(const char *wanted)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[64];
        spell(&rows[i], name);
        if (strcasecmp(name, wanted) == 0)
            return &rows[i];
    }
    return NULL;
}

bool property_once(struct mqw_properties *properties, enum mqw_property id)
{
    if (mqw_has(properties, id))
        return false;
    properties->present |= (uint64_t)1 << (unsigned)id;
    return true;
}

static void add_pair(struct property_set *set, const char *name, const char *value)
{
    set->pairs = sized(set->pairs, (set->pair_count + 1) * sizeof *set->pairs);
    set->pairs[set->pair_count++] = (struct mqw_pair){mqw_text(name), mqw_text(value)};
    mqw_set_user_properties(&set->properties, mqw_pairs(set->pairs, set->pair_count));
}

static void add_id(struct property_set *set, unsigned long id)
{
    set->ids = sized(set->ids, (set->id_count + 1) * sizeof *set->ids);
    set->ids[set->id_count++] = (uint32_t)id;
    mqw_set_subscription_identifiers(&set->properties, mqw_ids(set->ids, set->id_count));
}

static bool set_number(struct property_set *set, const struct row *row, const char *value)
{
    unsigned char *member = (unsigned char *)&set->properties + row->offset;
    char *end;
    unsigned long number = strtoul(value, &end, 0);

    if (!isdigit((unsigned char)*value) || *end || number < row->low || number > row->high)
        return false;
    if (row->type == VARINTS)
        add_id(set, number);
    else if (row->type == BYTE)
        *member = (uint8_t)number;
    else if (row->type == TWO)
        *(uint16_t *)(void *)member = (uint16_t)number;
    else
        *(uint32_t *)(void *)member = (uint32_t)number;
    return true;
}

static bool set_value(const struct config *config, struct property_set *set, const struct row *row,
                      const char *name, const char *value)
{
    if (!property_once(&set->properties, row->id))
        return misused(config, "-D: %s is there already", name);
    if (row->type >= TEXT)
        *(struct mqw_bytes *)(void *)((char *)&set->properties + row->offset) = mqw_text(value);
    else if (!set_number(set, row, value))
        return misused(config, "-D: %s takes a number from %lu to %lu, not '%s'", name, row->low,
                       row->high, value);
    return true;
}

int property_option(struct config *config, const char *const *words, int count)
{
    const struct row *row;
    size_t command = 0;

    if (count < 3) {
        misused(config, "-D takes COMMAND NAME VALUE");
        return -1;
    }
    while (command < PROPERTY_SETS && strcasecmp(words[0], commands[command].name) != 0)
        command++;
    if (command == PROPERTY_SETS) {
        misused(config, "-D: there is no command '%s' with properties to be set", words[0]);
        return -1;
    }
    row = find(words[1]);
    if (!row) {
        misused(config, "-D: there is no property '%s'", words[1]);
        return -1;
    }
    if (!(row->places & commands[command].place)) {
        misused(config, "-D: %s is no property of %s", words[1], words[0]);
        return -1;
    }
    config->version = MQW_VERSION_5; /* as mosquitto's -D does; a -V behind it has the last word */
    if (row->type == PAIRS) {
        if (count < 4) {
            misused(config, "-D: %s takes a name and a value", words[1]);
            return -1;
        }
        add_pair(&config->properties[command], words[2], words[3]);
        return 4;
    }
    return set_value(config, &config->properties[command], row, words[1], words[2]) ? 3 : -1;
}

/* The least packet that can have these properties. */
static struct mqw_packet packet_with(enum property_command command,
                                     const struct mqw_properties *properties)
{
    static const struct mqw_bytes filter = {(const uint8_t *)"t", 1};
    static const struct mqw_subscription subscription = {.topic_filter = {(const uint8_t *)"t", 1}};
    struct mqw_packet packet = {0};

    switch (command) {
    case FOR_CONNECT:
    case FOR_WILL:
        packet.type = MQW_CONNECT;
        packet.connect.clean_start = true;
        packet.connect.has_will = command == FOR_WILL;
        packet.connect.will.topic = filter;
        *(command == FOR_WILL ? &packet.connect.will.properties : &packet.connect.properties) =
            *properties;
        break;
    case FOR_PUBLISH:
        packet.type = MQW_PUBLISH;
        packet.publish.topic = filter;
        packet.publish.properties = *properties;
        break;
    case FOR_SUBSCRIBE:
        packet.type = MQW_SUBSCRIBE;
        packet.subscribe.packet_id = 1;
        packet.subscribe.subscriptions = mqw_subscriptions(&subscription, 1);
        packet.subscribe.properties = *properties;
        break;
    case FOR_UNSUBSCRIBE:
        packet.type = MQW_UNSUBSCRIBE;
        packet.unsubscribe.packet_id = 1;
        packet.unsubscribe.topic_filters = mqw_filters(&filter, 1);
        packet.unsubscribe.properties = *properties;
        break;
    default:
        packet.type = MQW_DISCONNECT;
        packet.disconnect.properties = *properties;
    }
    return packet;
}

bool property_check(const struct config *config)
{
    const struct mqw_options of_client = {.version = MQW_VERSION_5, .sender = MQW_CLIENT};

    for (enum property_command i = 0; i < PROPERTY_SETS; i++) {
        struct mqw_packet packet = packet_with(i, &config->properties[i].properties);
        uint32_t size = mqw_encode(&packet, &of_client, NULL, 0).size;
        void *wire = sized(NULL, size);
        enum mqw_code code = mqw_encode(&packet, &of_client, wire, size).code;
        free(wire);
        if (code != MQW_OK)
            return misused(config, "-D %s: %s", commands[i].name, mqw_rule_of(code)->text);
    }
    return true;
}
