/* SPDX-License-Identifier: MIT */
/* Topic names and filters. */
#include "rules.h"

#define WILL        "10{('MQTT') % 06 0000 ~ ('c') ~ "
#define SUBSCRIBE   "82{0001 ~ ('ok') 00 "
#define UNSUBSCRIBE "A2{0001 ~ ('ok') "
#define FILTER      "subscriptions[1].topic_filter"

static const struct rule_case cases[] = {
    {MQW_RULE_TOPIC_EMPTY, "45", 0, 0x82, REFUSED, "topic", "30{(!) ~ 'x'}", "30{('t') ~ 'x'}"},
    {MQW_RULE_TOPIC_EMPTY, "5", 0, 0x82, REFUSED, "topic", "30{(!) {01 00} 'x'}",
     "30{() {23 0001} 'x'}"},
    {MQW_RULE_TOPIC_EMPTY, "45", 0, 0x82, REFUSED, "will.topic", WILL "(!) ()}", WILL "('/') ()}"},

    {MQW_RULE_TOPIC_WILDCARD, "45", 0, 0, REFUSED, "topic", "30{(!'+') ~}", "30{('-') ~}"},
    {MQW_RULE_TOPIC_WILDCARD, "45", 0, 0, REFUSED, "topic", "30{(!'a/#') ~}", "30{('a/') ~}"},
    {MQW_RULE_TOPIC_WILDCARD, "45", 0, 0, REFUSED, "topic", "30{(!'a+b') ~}", NULL},
    {MQW_RULE_TOPIC_WILDCARD, "45", 0, 0, REFUSED, "topic",
     "30{(!'sensors/room1/temperature/celsius/#') ~}",
     "30{('sensors/room1/temperature/celsius/') ~}"},
    {MQW_RULE_TOPIC_WILDCARD, "5", 0, 0, REFUSED, "topic", "30{(!'#') {23 0001}}",
     "30{('a') {23 0001}}"},
    {MQW_RULE_TOPIC_WILDCARD, "45", 0, 0, REFUSED, "will.topic", WILL "(!'a/+/b') ()}", NULL},
    {MQW_RULE_RESPONSE_TOPIC_WILDCARD, "5", 0, 0x82, REFUSED, "properties.response_topic",
     "30{('t') {08(!'a/+')}}", "30{('t') {08('a/b')}}"},
    {MQW_RULE_RESPONSE_TOPIC_WILDCARD, "5", 0, 0x82, REFUSED, "properties.response_topic",
     "30{('t') {08(!'#')}}", NULL},
    {MQW_RULE_RESPONSE_TOPIC_EMPTY, "5", 0, 0, REFUSED, "properties.response_topic",
     "30{('t') {08(!)}}", "30{('t') {08('r')}}"},

    {MQW_RULE_FILTER_EMPTY, "45", 0, 0x82, REFUSED, FILTER, SUBSCRIBE "(!) 00}",
     SUBSCRIBE "('/') 00}"},
    {MQW_RULE_FILTER_EMPTY, "45", 0, 0x82, REFUSED, "topic_filters[1]", UNSUBSCRIBE "(!)}",
     UNSUBSCRIBE "('/')}"},
    {MQW_RULE_FILTER_HASH, "45", 0, 0, REFUSED, FILTER, SUBSCRIBE "(!'sport/tennis#') 00}",
     SUBSCRIBE "('sport/tennis/#') 00}"},
    {MQW_RULE_FILTER_HASH, "45", 0, 0, REFUSED, FILTER, SUBSCRIBE "(!'sport/tennis/#/ranking') 00}",
     NULL},
    {MQW_RULE_FILTER_HASH, "45", 0, 0, REFUSED, FILTER, SUBSCRIBE "(!'##') 00}",
     SUBSCRIBE "('#') 00}"},
    {MQW_RULE_FILTER_HASH, "45", 0, 0, REFUSED, FILTER, SUBSCRIBE "(!'#/') 00}", NULL},
    {MQW_RULE_FILTER_HASH, "45", 0, 0, REFUSED, "topic_filters[1]", UNSUBSCRIBE "(!'a#')}",
     UNSUBSCRIBE "('a/#')}"},
    {MQW_RULE_FILTER_PLUS, "45", 0, 0, REFUSED, FILTER, SUBSCRIBE "(!'sport+') 00}",
     SUBSCRIBE "('sport/+') 00}"},
    {MQW_RULE_FILTER_PLUS, "45", 0, 0, REFUSED, FILTER, SUBSCRIBE "(!'+a/b') 00}",
     SUBSCRIBE "('+/a/b') 00}"},
    {MQW_RULE_FILTER_PLUS, "45", 0, 0, REFUSED, FILTER, SUBSCRIBE "(!'++') 00}",
     SUBSCRIBE "('+/+') 00}"},
    {MQW_RULE_FILTER_PLUS, "45", 0, 0, REFUSED, "topic_filters[1]", UNSUBSCRIBE "(!'a/b+')}",
     UNSUBSCRIBE "('a/+')}"},

    {MQW_RULE_SHARE_NAME_EMPTY, "5", 0, 0, REFUSED, FILTER, SUBSCRIBE "(!'$share//a') 00}",
     SUBSCRIBE "('$share/g/a') 00}"},
    {MQW_RULE_SHARE_NAME_EMPTY, "5", 0, 0, REFUSED, "topic_filters[1]",
     UNSUBSCRIBE "(!'$share//a')}", NULL},
    {MQW_RULE_SHARE_NAME_EMPTY, "5", 0, 0, REFUSED, FILTER, SUBSCRIBE "(!'$share/') 00}",
     SUBSCRIBE "('$sharing/') 00}"},
    {MQW_RULE_SHARE_NAME_WILDCARD, "5", 0, 0, REFUSED, FILTER, SUBSCRIBE "(!'$share/+/a') 00}",
     SUBSCRIBE "('$share/-/+') 00}"},
    {MQW_RULE_SHARE_NAME_WILDCARD, "5", 0, 0, REFUSED, FILTER, SUBSCRIBE "(!'$share/g#/a') 00}",
     NULL},
    {MQW_RULE_SHARE_FILTER_MISSING, "5", 0, 0, REFUSED, FILTER, SUBSCRIBE "(!'$share/g') 00}",
     SUBSCRIBE "('$share/g//') 00}"},
    {MQW_RULE_SHARE_FILTER_MISSING, "5", 0, 0, REFUSED, FILTER, SUBSCRIBE "(!'$share/g/') 00}",
     NULL},
    {MQW_RULE_SHARE_FILTER_MISSING, "5", 0, 0, REFUSED, "topic_filters[1]",
     UNSUBSCRIBE "(!'$share/g/')}", UNSUBSCRIBE "('$share/g/#')}"},
    /* The filter behind a share name is a filter. */
    {MQW_RULE_FILTER_HASH, "5", 0, 0, REFUSED, FILTER, SUBSCRIBE "(!'$share/g/a#') 00}", NULL},
    {MQW_RULE_FILTER_PLUS, "5", 0, 0, REFUSED, FILTER, SUBSCRIBE "(!'$share/g/a+') 00}", NULL},
};

const struct rule_cases topic_rules = {"topic", cases, COUNT(cases)};
