/* SPDX-License-Identifier: MIT */
/* Packets that break one rule each, beside neighbours that break none. */
#ifndef TESTS_RULES_H
#define TESTS_RULES_H

#include "help.h"

/* What becomes of the fault where the packet is decoded leniently and encoded again. */
enum again {
    REFUSED, /* encoding refuses it by the same rule, at the same field */
    GONE,    /* it is not in the struct */
    UNREAD   /* nothing lets it through decoding */
};

struct rule_case {
    enum mqw_code rule;
    const char *versions; /* "4", "5", "45"; "0": as CONNECT says */
    uint8_t sender;
    uint8_t reason; /* the code that 5.0 gives; 0: its text gives none */
    enum again again;
    const char *field;
    const char *bytes; /* `!` at the fault */
    const char *good;  /* a neighbour that is accepted, or NULL */
};

struct rule_cases {
    const char *name;
    const struct rule_case *cases;
    size_t count;
};

extern const struct rule_cases header_rules, text_rules, topic_rules, connect_rules, publish_rules,
    answer_rules, subscribe_rules, property_rules;

/* Rules that structs break and bytes do not, or that need options: tests of their own. */
void add_struct_rules(TCase *tcase);
extern const enum mqw_code struct_rules[];
extern const size_t struct_rule_count;

#endif
