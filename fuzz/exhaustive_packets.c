/* SPDX-License-Identifier: MIT */
/*
 * Packets by shapes.  A shape is the text of a body: what may stand where.
 *
 *   2F       this byte                *        any byte
 *   T        one of the telling ones  P        an identifier of a property, or one that is none
 *   G        a whole property         < ... >  up to all of these, from none on
 *   [ ... ]  behind a byte that says how long it is;  ( ... ) behind two bytes that say it
 */
#include "exhaustive.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BEHIND = 4 }; /* two bytes of another packet follow */

static const struct shape {
    const char *name;
    const char *firsts;  /* first bytes; * is all */
    const char *telling; /* what T stands for */
    const char *body;
    int change; /* 0; needless bytes of the length; less than 0: bytes are missing; BEHIND */
} shapes[] = {
/* clang-format off */
#define GENERAL "00 01 02 04 61 2B 23 2F 26 80 C3 FF"
#define REASONS "00 01 02 03 04 10 18 1F 26 80 92 FF"
#define VALUES  "00 01 02 61 80 C3 FF"
#define FILTER  "61 2F 2B 23 24 00 C3"
#define FILTERS "00 01 02 03 04 07 2F 61 2B 23 24 C3"
#define MQTT    "00 04 4D 51 54 54 "
#define SHARE   "24 73 68 61 72 65 "
#define ANSWERS "< T T T T T T >"
    {"all of two bytes",              "*",  "",      "< * * >", 0},
    {"all flags",                     "*",  GENERAL, "< T T T T >", 0},
    {"a padded length",               "*",  VALUES,  "< T T T T >", 1},
    {"a more padded length",          "*",  VALUES,  "< T T T >", 2},
    {"a most padded length",          "*",  VALUES,  "< T T T >", 3},
    {"one byte is missing",           "*",  VALUES,  "< T T T T >", -1},
    {"two bytes are missing",         "*",  VALUES,  "< T T T T >", -2},
    {"all of it is missing",          "*",  VALUES,  "T T T", -3},
    {"a packet is behind",            "*",  VALUES,  "< T T T T >", BEHIND},
    {"CONNECT, the name",             "10", "00 03 04 05 06 4D 51 54 49 73 64 70",
     "< T T T T T T >", 0},
    {"CONNECT, behind the name",      "10", "00 01 02 03 04 05 06 84 C4 80 61 FF",
     MQTT "< T T T T T T >", 0},
    {"CONNECT, MQIsdp",               "10", "00 02 03 04 05 80",
     "00 06 4D 51 49 73 64 70 < T T T T T T >", 0},
    {"CONNECT, levels and flags",     "10", VALUES, MQTT "* * 00 0A < T T T >", 0},
    {"CONNECT 4, all flags",          "10", VALUES, MQTT "04 * 00 0A < T T T T T >", 0},
    {"CONNECT 5, all flags",          "10", VALUES, MQTT "05 * 00 0A < T T T T T >", 0},
    {"CONNECT 4, whole fields",       "10", VALUES,
     MQTT "04 * 00 0A ( T ) ( T ) ( T ) < 00 00 00 00 >", 0},
    {"CONNECT 5, whole fields",       "10", VALUES,
     MQTT "05 * 00 0A 00 ( T ) 00 ( T ) ( T ) < 00 00 00 00 >", 0},
    {"CONNECT 4, padded",             "10", VALUES, MQTT "04 02 00 0A < T T T T T >", 1},
    {"CONNECT 5, padded",             "10", VALUES, MQTT "05 02 00 0A < T T T T T >", 1},
    {"CONNECT 4, the will's topic",   "10", FILTER,
     MQTT "04 06 00 0A 00 00 ( < T T T T T > ) 00 00", 0},
    {"CONNECT 5, the will's topic",   "10", FILTER,
     MQTT "05 06 00 0A 00 00 00 00 ( < T T T T T > ) 00 00", 0},
    {"CONNACK",                       "20", "00 01 02 05 06 21 24 26 80 87 9C FF", ANSWERS, 0},
    {"PUBLISH",                       "30 31 32 33 34 35 3A 3B 3C 3D",
                                            "00 01 02 03 61 23 2B 0B 26 80 C3 FF", ANSWERS, 0},
    {"PUBACK",                        "40", REASONS, ANSWERS, 0},
    {"PUBREC",                        "50", REASONS, ANSWERS, 0},
    {"PUBREL",                        "62", REASONS, ANSWERS, 0},
    {"PUBCOMP",                       "70", REASONS, ANSWERS, 0},
    {"SUBSCRIBE",                     "82", FILTERS, ANSWERS, 0},
    {"SUBACK",                        "90", REASONS, ANSWERS, 0},
    {"UNSUBSCRIBE",                   "A2", FILTERS, ANSWERS, 0},
    {"UNSUBACK",                      "B0", "00 01 02 04 11 1F 26 61 80 8F 91 FF", ANSWERS, 0},
    {"PINGREQ",                       "C0", GENERAL, ANSWERS, 0},
    {"PINGRESP",                      "D0", GENERAL, ANSWERS, 0},
    {"DISCONNECT",                    "E0", "00 01 02 04 05 11 1C 1F 26 80 8D FF", ANSWERS, 0},
    {"AUTH",                          "F0", "00 01 02 04 05 15 16 18 19 26 61 80", ANSWERS, 0},
    {"a reserved type",               "00", GENERAL, ANSWERS, 0},
    {"SUBSCRIBE 4, filters",          "82", FILTERS, "00 0A < T T T T T T >", 0},
    {"SUBSCRIBE 5, filters",          "82", FILTERS, "00 0A 00 < T T T T T T >", 0},
    {"SUBSCRIBE 5, options",          "82", FILTER,  "00 0A 00 ( < T T T > ) *", 0},
    {"SUBSCRIBE 5, two filters",      "82", FILTER,  "00 0A 00 ( T ) * ( T ) *", 0},
    {"SUBSCRIBE 5, shared",           "82", FILTER,  "00 0A 00 ( " SHARE "< T T T T T > ) 00", 0},
    {"SUBSCRIBE 5, shared, options",  "82", FILTER,  "00 0A 00 ( " SHARE "2F 61 < T T T > ) *", 0},
    {"SUBSCRIBE 4, shared, options",  "82", FILTER,  "00 0A ( " SHARE "2F 61 < T T T > ) *", 0},
    {"UNSUBSCRIBE 4, filters",        "A2", FILTERS, "00 0A < T T T T T T >", 0},
    {"UNSUBSCRIBE 5, filters",        "A2", FILTERS, "00 0A 00 < T T T T T T >", 0},
    {"UNSUBSCRIBE 5, shared",         "A2", FILTER,  "00 0A 00 ( " SHARE "< T T T T T > )", 0},
    {"PUBACK and its like, codes",    "40 50 62 70", "", "00 0A * < 00 >", 0},
    {"CONNACK, codes",                "20", "00 01 02", "T * < 00 >", 0},
    {"DISCONNECT and AUTH, codes",    "E0 F0", "",   "* [ < G G > ]", 0},
    {"SUBACK 5, codes",               "90", "",      "00 0A 00 < * * >", 0},
    {"UNSUBACK 5, codes",             "B0", "",      "00 0A 00 < * * >", 0},
    {"PUBLISH, topics",               "30",   FILTER,  "( < T T T T T T > ) 00", 0},

/* A property of any kind with any value, then blocks of up to three good and bad ones. */
#define BLOCKS(name, firsts, before, behind) \
    {name ", a property",  firsts, VALUES, before "[ P < T T T T T > ] " behind, 0}, \
    {name ", block length", firsts, VALUES, before "* P < T T T > " behind, 0}, \
    {name ", properties",  firsts, "",     before "[ < G G G > ] " behind, 0},
    BLOCKS("CONNECT",     "10", MQTT "05 02 00 0A ", "00 00")
    BLOCKS("will",        "10", MQTT "05 06 00 0A 00 00 00 ", "00 01 61 00 00")
    BLOCKS("CONNACK",     "20", "00 00 ", "")
    BLOCKS("PUBLISH",     "30", "00 01 61 ", "")
    BLOCKS("PUBLISH without a topic", "32", "00 00 00 0A ", "")
    BLOCKS("PUBACK",      "40", "00 0A 00 ", "")
    BLOCKS("PUBREC",      "50", "00 0A 00 ", "")
    BLOCKS("PUBREL",      "62", "00 0A 00 ", "")
    BLOCKS("PUBCOMP",     "70", "00 0A 00 ", "")
    BLOCKS("SUBSCRIBE",   "82", "00 0A ", "00 01 61 00")
    BLOCKS("SUBACK",      "90", "00 0A ", "00")
    BLOCKS("UNSUBSCRIBE", "A2", "00 0A ", "00 01 61")
    BLOCKS("UNSUBACK",    "B0", "00 0A ", "00")
    BLOCKS("DISCONNECT",  "E0", "00 ", "")
    BLOCKS("AUTH",        "F0", "18 ", "")
    /* clang-format on */
};

/* ---- What may stand somewhere -------------------------------------------------------------- */

struct item {
    size_t len;
    uint8_t bytes[8];
};
struct set {
    size_t count;
    struct item items[256];
};

/* For P: all of them, some that lie between, and what a variable byte integer may do. */
static const char identifiers[] = "01,02,03,08,09,0B,11,12,13,15,16,17,18,19,1A,1C,1F,21,22,23,24,"
                                  "25,26,27,28,29,2A,00,04,0A,20,2B,7F,80,A3,FF";

/* For G: each property with a good value, and with a bad one where there is one. */
static const char properties[] =
    "01 00,01 01,01 02,02 00 00 00 3C,03 00 00,03 00 01 61,03 00 01 80,03 00 01 00,08 00 00,"
    "08 00 01 61,08 00 01 2B,08 00 01 C3,08 00 01 00,09 00 00,09 00 01 FF,0B 01,0B 00,"
    "0B 80 01,0B 80 00,0B FF FF FF 7F,0B FF FF FF FF 01,11 00 00 00 00,11 FF FF FF FF,"
    "12 00 01 61,12 00 01 FF,13 00 0A,15 00 00,15 00 01 61,15 00 01 80,16 00 00,16 00 01 FF,"
    "17 00,17 01,17 02,18 00 00 00 05,19 00,19 01,19 02,1A 00 01 61,1A 00 01 00,1C 00 01 61,"
    "1C 00 01 FF,1F 00 01 61,1F 00 01 80,21 00 01,21 00 00,22 00 00,22 00 05,23 00 01,23 00 00,"
    "24 00,24 01,24 02,25 00,25 01,25 02,26 00 01 61 00 01 62,26 00 00 00 00,26 00 01 FF 00 00,"
    "26 00 00 00 01 00,27 00 00 00 01,27 00 00 00 00,28 00,28 01,28 02,29 00,29 01,29 FF,2A 00,"
    "2A 01,2A 02,00,0A 00,2B 00,7F,A6 00 00 00 00 00,80 01,FF,26 00,11 00,21 00";

/* Items are parted by commas; a blank in `separators` parts bytes into items too. */
static void make_set(struct set *set, const char *text, const char *separators)
{
    set->count = 0;
    while (*text) {
        struct item *item = &set->items[set->count++];
        item->len = 0;
        do {
            char *end;
            item->bytes[item->len++] = (uint8_t)strtoul(text, &end, 16);
            text = end;
            if (*text && strchr(separators, *text)) {
                text++;
                break;
            }
        } while (*text);
    }
}

static void make_any(struct set *set)
{
    for (set->count = 0; set->count < 256; set->count++)
        set->items[set->count] = (struct item){1, {(uint8_t)set->count}};
}

static struct set any, telling, identifier, property, firsts, fixed[256];

/* ---- From a shape to packets --------------------------------------------------------------- */

struct step {
    char kind;             /* s: one of a set; else [ ] ( ) */
    bool variable;         /* between < and > */
    const struct set *set; /* s */
};
enum { STEPS = 40 };
struct plan {
    struct step steps[STEPS];
    size_t count, variables;
};

static void make_plan(struct plan *plan, const char *body)
{
    bool variable = false;
    *plan = (struct plan){0};
    for (; *body; body++) {
        struct step step = {'s', variable, NULL};
        if (*body == ' ')
            continue;
        if (*body == '<' || *body == '>') {
            variable = *body == '<';
            continue;
        }
        if (strchr("[]()", *body))
            step.kind = *body;
        else if (strchr("*TPG", *body))
            step.set = *body == '*'   ? &any
                       : *body == 'T' ? &telling
                       : *body == 'P' ? &identifier
                                      : &property;
        else {
            step.set = &fixed[strtoul(body, NULL, 16)];
            body++;
        }
        if (plan->count == STEPS)
            abort();
        plan->variables += variable;
        plan->steps[plan->count++] = step;
    }
}

/* How many bodies are there with so many of the variable steps? */
static uint64_t combinations(const struct plan *plan, size_t variables)
{
    uint64_t count = 1;
    size_t used = 0;
    for (size_t i = 0; i < plan->count; i++)
        if (plan->steps[i].set && !(plan->steps[i].variable && used++ >= variables))
            count *= plan->steps[i].set->count;
    return count;
}

/* The body of this number among them. */
static size_t make_body(const struct plan *plan, size_t variables, uint64_t number, uint8_t *out)
{
    size_t len = 0, open = 0, used = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct step *step = &plan->steps[i];
        const struct item *item;
        switch (step->kind) {
        case '[':
            open = ++len;
            break;
        case '(':
            open = len += 2;
            break;
        case ')':
            out[open - 2] = 0;
            out[open - 1] = (uint8_t)(len - open);
            break;
        case ']':
            out[open - 1] = (uint8_t)(len - open);
            break;
        default:
            if (step->variable && used++ >= variables)
                break;
            item = &step->set->items[number % step->set->count];
            number /= step->set->count;
            memcpy(out + len, item->bytes, item->len);
            len += item->len;
        }
    }
    return len;
}

/* All versions that it can have, all senders. */
static void judge(struct scratch *scratch, const uint8_t *bytes, size_t len)
{
    bool connect = bytes[0] >> 4 == MQW_CONNECT;
    for (unsigned version = MQW_VERSION_3_1_1; version <= MQW_VERSION_5; version++)
        for (int sender = MQW_NEITHER; sender <= MQW_SERVER; sender++) {
            agree_on_packet(scratch, bytes, len, version, (enum mqw_sender)sender);
            executed(1);
        }
    if (connect) {
        agree_on_packet(scratch, bytes, len, 0, MQW_NEITHER);
        executed(1);
    }
}

static void run(struct scratch *scratch, const struct shape *shape, const struct plan *plan,
                size_t variables)
{
    uint8_t packet[AT_END_MAX], body[AT_END_MAX];
    uint64_t bodies = combinations(plan, variables), all = bodies * firsts.count;
    int padding = shape->change == BEHIND ? 0 : shape->change;
    for (struct slice i = slice_of(all); i.at < all; i.at += i.step) {
        size_t len = make_body(plan, variables, i.at / firsts.count, body), at = 0;
        packet[at++] = firsts.items[i.at % firsts.count].bytes[0];
        packet[at++] = (uint8_t)(len | (padding > 0 ? 0x80 : 0));
        for (int n = padding; n > 0; n--)
            packet[at++] = n > 1 ? 0x80 : 0;
        memcpy(packet + at, body, len);
        at += len;
        for (int n = shape->change; n < 0 && at > 2; n++)
            at--;
        for (int n = 0; shape->change == BEHIND && n < 2; n++)
            packet[at++] = 0xC0;
        judge(scratch, at_end(packet, at), at);
    }
}

void every_packet(struct scratch *scratch)
{
    struct plan plan;
    make_any(&any);
    make_set(&identifier, identifiers, ",");
    make_set(&property, properties, ",");
    for (size_t i = 0; i < 256; i++)
        fixed[i] = (struct set){1, {{1, {(uint8_t)i}}}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const struct shape *shape = &shapes[i];
        unsigned long before = disagreements();
        make_set(&telling, shape->telling, " ");
        if (*shape->firsts == '*')
            make_any(&firsts);
        else
            make_set(&firsts, shape->firsts, " ");
        make_plan(&plan, shape->body);
        for (size_t variables = 0; variables <= plan.variables; variables++)
            run(scratch, shape, &plan, variables);
        if (disagreements() > before)
            printf("%s: %lu disagreements\n", shape->name, disagreements() - before);
        else
            fprintf(stderr, "%s: agreed\n", shape->name);
    }
}

/* ---- Lengths ------------------------------------------------------------------------------- */

static void frame(struct scratch *scratch, const uint8_t *bytes, size_t len)
{
    static const unsigned versions[] = {0, MQW_VERSION_3_1_1, MQW_VERSION_5};
    const uint8_t *made = at_end(bytes, len);
    for (size_t i = 0; i < 3; i++) {
        agree_on_frame(scratch, made, len, versions[i]);
        if (i > 0)
            agree_on_packet(scratch, made, len, versions[i], MQW_NEITHER);
    }
    executed(5);
}

/* Every first byte with so many bytes behind it. */
static void lengths(struct scratch *scratch, size_t bytes, const struct set *set)
{
    uint8_t packet[AT_END_MAX];
    uint64_t all = 256;
    for (size_t i = 0; i < bytes; i++)
        all *= set->count;
    for (struct slice i = slice_of(all); i.at < all; i.at += i.step) {
        uint64_t rest = i.at / 256;
        packet[0] = (uint8_t)i.at;
        for (size_t n = 1; n <= bytes; n++) {
            packet[n] = set->items[rest % set->count].bytes[0];
            rest /= set->count;
        }
        frame(scratch, packet, bytes + 1);
    }
}

void every_length(struct scratch *scratch)
{
    static struct set boundaries;
    make_any(&any);
    make_set(&boundaries, "00 01 02 03 7E 7F 80 81 82 FE FF", " ");
    frame(scratch, (const uint8_t *)"", 0);
    lengths(scratch, 0, &any);
    lengths(scratch, 1, &any);
    lengths(scratch, 2, &any);
    lengths(scratch, 3, &boundaries);
    lengths(scratch, 4, &boundaries);
    lengths(scratch, 5, &boundaries);
}
