/* SPDX-License-Identifier: MIT */
/* SUBSCRIBE and UNSUBSCRIBE. */
#include "rules.h"

static const struct rule_case cases[] = {
    {MQW_RULE_SUBSCRIBE_EMPTY, "45", 0, 0, REFUSED, "subscriptions", "82{0001 ~ !}",
     "82{0001 ~ ('a') 00}"},
    {MQW_RULE_SUBSCRIBE_EMPTY, "5", 0, 0x82, REFUSED, "subscriptions", "82{0001 {0B 01} !}", NULL},
    {MQW_RULE_UNSUBSCRIBE_EMPTY, "45", 0, 0, REFUSED, "topic_filters", "A2{0001 ~ !}",
     "A2{0001 ~ ('a')}"},
    {MQW_RULE_UNSUBSCRIBE_EMPTY, "5", 0, 0x82, REFUSED, "topic_filters",
     "A2{0001 {26('k')('v')} !}", NULL},

    {MQW_RULE_SUBSCRIPTION_QOS_3, "45", 0, 0x82, UNREAD, "subscriptions[0].qos",
     "82{0001 ~ ('a') !03}", "82{0001 ~ ('a') 02}"},
    {MQW_RULE_SUBSCRIPTION_QOS_3, "5", 0, 0x82, UNREAD, "subscriptions[1].qos",
     "82{0001 ~ ('a') 00 ('b') !2F}", "82{0001 ~ ('a') 00 ('b') 2E}"},
    {MQW_RULE_SUBSCRIPTION_RESERVED, "4", 0, 0, REFUSED, "subscriptions[0].options",
     "82{0001 ('a') !04}", "82{0001 ('a') 02}"},
    {MQW_RULE_SUBSCRIPTION_RESERVED, "4", 0, 0, REFUSED, "subscriptions[1].options",
     "82{0001 ('a') 00 ('b') !08}", NULL},
    {MQW_RULE_SUBSCRIPTION_RESERVED, "4", 0, 0, REFUSED, "subscriptions[0].options",
     "82{0001 ('a') !10}", NULL},
    {MQW_RULE_SUBSCRIPTION_RESERVED, "4", 0, 0, REFUSED, "subscriptions[0].options",
     "82{0001 ('a') !20}", NULL},
    {MQW_RULE_SUBSCRIPTION_RESERVED, "45", 0, 0x81, GONE, "subscriptions[0].options",
     "82{0001 ~ ('a') !40}", "82{0001 ~ ('a') 00}"},
    {MQW_RULE_SUBSCRIPTION_RESERVED, "45", 0, 0x81, GONE, "subscriptions[1].options",
     "82{0001 ~ ('a') 00 ('b') !80}", NULL},
    {MQW_RULE_RETAIN_HANDLING_3, "5", 0, 0x82, UNREAD, "subscriptions[0].retain_handling",
     "82{0001 ~ ('a') !30}", "82{0001 ~ ('a') 20}"},
    {MQW_RULE_SHARED_NO_LOCAL, "5", 0, 0x82, REFUSED, "subscriptions[1].no_local",
     "82{0001 ~ ('a') 04 ('$share/g/a') !04}", "82{0001 ~ ('a') 04 ('$share/g/a') 00}"},
};

const struct rule_cases subscribe_rules = {"subscribe", cases, COUNT(cases)};
