/* SPDX-License-Identifier: MIT */
/* What the programs are, in words. */
#include "usage.h"

static const char *const pub_usage[] = {
    "-t TOPIC {-m MESSAGE | -f FILE | -l | -n | -s} [OPTION ...]",
    "-L URL {-m MESSAGE | -f FILE | -l | -n | -s} [OPTION ...]",
    NULL,
};
static const char *const pub_examples[] = {
    "mqttwire-pub -t sensors/temperature -m 32 -q 1",
    "mqttwire-pub -h broker.example -u alice --password-file password -t light -m on -r",
    "tail -f log | mqttwire-pub -L mqtts://broker.example/log -l",
    "mqttwire-pub -t report -f report.json -D publish content-type application/json",
    NULL,
};
static const char *const sub_usage[] = {
    "-t FILTER ... [OPTION ...]",
    "-L URL [-t FILTER ...] [OPTION ...]",
    NULL,
};
static const char *const sub_examples[] = {
    "mqttwire-sub -t 'sensors/#' -v",
    "mqttwire-sub -t 'sensors/+/temperature' -F '%j' | jq .payload",
    "mqttwire-sub -t news -q 1 -c -i reader --store reader.db",
    "mqttwire-sub -t '#' -T 'plant/#' --remove-retained --retained-only",
    NULL,
};
static const char *const rr_usage[] = {
    "-t TOPIC {-m MESSAGE | -f FILE | -n | -s} [-e TOPIC] [OPTION ...]",
    NULL,
};
static const char *const rr_examples[] = {
    "mqttwire-rr -t plant/valve/get -m state -W 5",
    "mqttwire-rr -V 311 -t plant/valve/get -e answers/1 -m state",
    NULL,
};
static const char *const bench_usage[] = {"[OPTION ...]", NULL};
static const char *const bench_examples[] = {
    "mqttwire-bench --publishers 10 --rate 1000 -q 1 --duration 30",
    "mqttwire-bench --publishers 100 --subscribers 4 -t 'plant/%i/state' --rate 0 --json",
    NULL,
};

static const struct about programs[] = {
    {PUB, "publishes messages over MQTT",
     "Publishes a message, or each line of standard input, and ends when the server has taken it: "
     "with QoS 1 and 2, when it has acknowledged it.  The options are those of mosquitto_pub.",
     pub_usage, pub_examples},
    {SUB, "prints messages that come over MQTT",
     "Subscribes to topics and prints each message that comes, until it is interrupted or an "
     "option says when to end.  The options are those of mosquitto_sub.",
     sub_usage, sub_examples},
    {RR, "sends a request over MQTT and prints the response",
     "Subscribes to the topic of the response, publishes the request, and prints the first "
     "message that answers.  The options are those of mosquitto_rr.",
     rr_usage, rr_examples},
    {BENCH, "measures an MQTT server",
     "Publishes at a rate from many clients, receives with others, and tells each second how far "
     "it is, and in the end what was lost, out of order and repeated, and how long messages took: "
     "from the moment when they should have been sent, so that a server that stalls cannot hide "
     "it.",
     bench_usage, bench_examples},
};

const struct about *about(enum program program)
{
    const struct about *found = programs;

    while (found->program != program)
        found++;
    return found;
}
