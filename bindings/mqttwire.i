/* SPDX-License-Identifier: MIT */
/*
 * What the bindings have in common: constants and names.  Structures are not wrapped; packets cross
 * by value, in the folder of each language.
 */
%module mqttwire

%{
#include <mqttwire/mqttwire.h>

static int rule_at(unsigned index)
{
    const struct mqw_rule *rule = mqw_rule_at(index);
    return rule ? (int)rule->number : 0;
}

static const char *rule_name(int code)
{
    return mqw_rule_of((enum mqw_code)code)->name;
}

static const char *rule_text(int code)
{
    return mqw_rule_of((enum mqw_code)code)->text;
}

static const char *rule_ids(int code, int version)
{
    const struct mqw_rule *rule = mqw_rule_of((enum mqw_code)code);
    return version == MQW_VERSION_5 ? rule->ids_5 : rule->ids_3_1_1;
}

static int rule_class(int code)
{
    return mqw_rule_of((enum mqw_code)code)->kind;
}

static int rule_reason(int code, int version)
{
    return (int)mqw_rule_reason((enum mqw_code)code, (uint8_t)version);
}

static const char *type_name(int type)
{
    return mqw_type_name((uint8_t)type);
}

static const char *property_name(unsigned id)
{
    return mqw_property_name(id);
}

static const char *property_text(unsigned id)
{
    return mqw_property_text(id);
}

static const char *property_type(unsigned id)
{
    switch (id) {
#define MQW_ROW(number, NAME, member, TYPE, places, low, high, rule, text)                         \
    case (number):                                                                                 \
        return #TYPE;
        MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    default:
        return "";
    }
}

static const char *reason_name(int version, int type, int code)
{
    return mqw_reason_name((uint8_t)version, (uint8_t)type, (uint8_t)code);
}

static const char *reason_text(int version, int type, int code)
{
    return mqw_reason_text((uint8_t)version, (uint8_t)type, (uint8_t)code);
}

static const char *allowance_text(int bit)
{
    switch (bit) {
#define MQW_ROW(number, NAME, name, text)                                                          \
    case 1 << (number):                                                                            \
        return text;
        MQW_ALLOWANCES(MQW_ROW)
#undef MQW_ROW
    default:
        return "";
    }
}

static const char *refusal_text(int bit)
{
    switch (bit) {
#define MQW_ROW(number, NAME, name, text)                                                          \
    case 1 << (number):                                                                            \
        return text;
        MQW_REFUSALS(MQW_ROW)
#undef MQW_ROW
    default:
        return "";
    }
}
%}

/* Every constant of the public header, under its name there. */
%rename("$ignore", %$isclass) "";
%rename("$ignore", %$isfunction) "";
%rename("$ignore", %$isvariable) "";
%include <stdint.i>
%include <mqttwire/tables.h>
%include <mqttwire/mqttwire.h>
%rename("%s", %$isfunction) "";

#ifdef SWIGLUA
%include "lua.i"
#endif

int rule_at(unsigned index); /* number of the rule; 0 after the last one */
const char *rule_name(int code);
const char *rule_text(int code);
const char *rule_ids(int code, int version); /* by blanks */
int rule_class(int code);                    /* MQW_CLASS_* */
int rule_reason(int code, int version);      /* or MQW_REASON_NONE */
const char *type_name(int type);
const char *property_name(unsigned id);
const char *property_text(unsigned id);
const char *property_type(unsigned id); /* "BYTE", "PAIRS" ... */
const char *reason_name(int version, int type, int code);
const char *reason_text(int version, int type, int code);
const char *allowance_text(int bit);
const char *refusal_text(int bit);

#ifdef SWIGPYTHON
%include "python.i"
#endif
