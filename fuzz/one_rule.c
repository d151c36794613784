/* SPDX-License-Identifier: MIT */
/*
 * The packets that the kit makes to break one rule break no other: says the oracle, which tells all
 * faults of a packet, where the codec tells the first one.
 */
#include "oracle.h"
#include <mqttwire_fuzz.h>
#include <stdio.h>
#include <string.h>

enum { SEEDS = 60, SIZE = 4096 };

/* Does a rule stand among names with blanks between them? */
static bool among(const char *names, const char *name)
{
    size_t len = strlen(name);
    for (; *names; names += strcspn(names, " "), names += *names == ' ')
        if (strcspn(names, " ") == len && !memcmp(names, name, len))
            return true;
    return false;
}

/* AUTH without all of its code and properties lacks a method, too: docs/fuzzing.md.  Whose codes
 * hold for a packet from the wrong side is nowhere said. */
static bool has_another(enum mqw_code rule)
{
    return rule == MQW_RULE_AUTH_SHORT || rule == MQW_RULE_DIRECTION;
}

/* The fault of another rule, or NULL. */
static const char *other_fault(const struct oracle *o, const char *rule)
{
    size_t i;
    for (i = 0; i < o->fault_count && i < ORACLE_FAULTS; i++)
        if (!among(o->faults[i].rules, rule))
            return o->faults[i].rules;
    return NULL;
}

static unsigned check(const struct mqw_rule *rule, uint8_t version, uint8_t sender)
{
    static struct oracle o;
    static uint8_t wire[SIZE];
    unsigned wrong = 0;
    uint32_t seed;

    for (seed = 0; seed < SEEDS; seed++) {
        size_t size = mqw_generate_broken(wire, sizeof wire, version, sender, rule->number, seed);
        const char *other;
        if (!size)
            break;
        oracle_judge(&o, wire, size, version, sender == MQW_CLIENT ? ORACLE_CLIENT : ORACLE_SERVER);
        other = o.verdict == ORACLE_REFUSE ? other_fault(&o, rule->name) : NULL;
        if (other && !wrong++)
            printf("%s, MQTT %u, seed %u: also %s\n", rule->name, version, (unsigned)seed, other);
    }
    return wrong;
}

int main(void)
{
    unsigned wrong = 0;
    const struct mqw_rule *rule;
    uint8_t version, sender;
    size_t i;

    for (i = 0; (rule = mqw_rule_at(i)) != NULL; i++)
        for (version = MQW_VERSION_3_1_1; version <= MQW_VERSION_5; version++)
            for (sender = MQW_CLIENT; sender <= MQW_SERVER; sender++)
                if (mqw_breakable(rule->number) && !has_another(rule->number))
                    wrong += check(rule, version, sender);
    printf("%u packets break another rule\n", wrong);
    return wrong != 0;
}
