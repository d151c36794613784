/* SPDX-License-Identifier: MIT */
/* What mqttwire-bench prints. */
#include "bench.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

static const struct {
    const char *name;
    double percent;
} percentiles[] = {{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p99.9", 99.9}, {"max", 100}};

enum { PERCENTILES = sizeof percentiles / sizeof *percentiles };

static double milliseconds(uint64_t nanoseconds)
{
    return (double)nanoseconds / 1e6;
}

static double each_second(uint64_t number, uint64_t nanoseconds)
{
    return nanoseconds ? (double)number * 1e9 / (double)nanoseconds : 0;
}

static uint64_t lost(const struct counts *counts)
{
    return counts->expected > counts->received ? counts->expected - counts->received : 0;
}

void bench_progress(const struct config *config, const struct counts *counts, uint64_t nanoseconds)
{
    static uint64_t sent, received; /* so far */

    if (config->quiet)
        return;
    fprintf(stderr,
            "%4.0f s  sent %" PRIu64 " (+%" PRIu64 ")  received %" PRIu64 " (+%" PRIu64
            ")  p99 %.3f ms\n",
            (double)nanoseconds / 1e9, counts->sent, counts->sent - sent, counts->received,
            counts->received - received, milliseconds(histogram_at(&counts->arrival, 99)));
    sent = counts->sent;
    received = counts->received;
}

static void print_times(const char *title, const struct histogram *histogram)
{
    if (!histogram->count)
        return;
    printf("%-13s", title);
    for (int i = 0; i < PERCENTILES; i++)
        printf("  %s %.3f ms", percentiles[i].name,
               milliseconds(histogram_at(histogram, percentiles[i].percent)));
    putchar('\n');
}

static void print_text(const struct config *config, const struct counts *counts)
{
    printf("%ld publishers, %ld subscribers, MQTT %s, QoS %ld, %ld bytes, ", config->publishers,
           config->subscribers, config->version == MQW_VERSION_5 ? "5.0" : "3.1.1", config->qos,
           config->size);
    printf(config->rate > 0 ? "%g messages a second and publisher\n" : "as many as go\n",
           config->rate);
    printf("connections  %.1f ms for all, %" PRIu64 " lost\n", milliseconds(counts->connecting),
           counts->broken);
    printf("sent         %" PRIu64 " (%.0f/s), settled %" PRIu64 ", refused %" PRIu64 "\n",
           counts->sent, each_second(counts->sent, counts->publishing), counts->settled,
           counts->refused);
    printf("received     %" PRIu64 " of %" PRIu64 " (%.0f/s), lost %" PRIu64 ", repeated %" PRIu64
           ", out of order %" PRIu64 "\n",
           counts->received, counts->expected, each_second(counts->received, counts->publishing),
           lost(counts), counts->repeated, counts->out_of_order);
    print_times("arrival", &counts->arrival);
    print_times("acknowledged", &counts->settling);
}

static json_t *times_of(const struct histogram *histogram)
{
    json_t *object = json_object();

    for (int i = 0; i < PERCENTILES && histogram->count; i++)
        json_object_set_new(
            object, percentiles[i].name,
            json_real(milliseconds(histogram_at(histogram, percentiles[i].percent))));
    return object;
}

static void print_json(const struct config *config, const struct counts *counts)
{
    json_t *object = json_object();

#define SET(name, value) json_object_set_new(object, name, value)
    SET("publishers", json_integer(config->publishers));
    SET("subscribers", json_integer(config->subscribers));
    SET("version", json_integer(config->version));
    SET("qos", json_integer(config->qos));
    SET("size", json_integer(config->size));
    SET("rate", json_real(config->rate));
    SET("connecting_ms", json_real(milliseconds(counts->connecting)));
    SET("publishing_ms", json_real(milliseconds(counts->publishing)));
    SET("connections_lost", json_integer((json_int_t)counts->broken));
    SET("sent", json_integer((json_int_t)counts->sent));
    SET("sent_per_second", json_real(each_second(counts->sent, counts->publishing)));
    SET("settled", json_integer((json_int_t)counts->settled));
    SET("refused", json_integer((json_int_t)counts->refused));
    SET("expected", json_integer((json_int_t)counts->expected));
    SET("received", json_integer((json_int_t)counts->received));
    SET("received_per_second", json_real(each_second(counts->received, counts->publishing)));
    SET("lost", json_integer((json_int_t)lost(counts)));
    SET("repeated", json_integer((json_int_t)counts->repeated));
    SET("out_of_order", json_integer((json_int_t)counts->out_of_order));
    SET("arrival_ms", times_of(&counts->arrival));
    SET("acknowledged_ms", times_of(&counts->settling));
#undef SET
    json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(object);
}

void bench_summary(const struct config *config, const struct counts *counts)
{
    if (config->json)
        print_json(config, counts);
    else
        print_text(config, counts);
}
