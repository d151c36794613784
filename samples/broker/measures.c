/* SPDX-License-Identifier: MIT */
/* What is measured of the broker. */
#include "measures.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

const struct measure measures[MEASURES] = {
#define MEASURES_COUNTER(name, topic, text)      {#name, topic, text, true},
#define MEASURES_GAUGE(name, topic, text, value) {#name, topic, text, false},
    BROKER_COUNTERS(MEASURES_COUNTER) BROKER_GAUGES(MEASURES_GAUGE)
#undef MEASURES_COUNTER
#undef MEASURES_GAUGE
};

/* 0 where the C library does not say. */
static uint64_t measure_heap(struct broker *broker)
{
    uint64_t bytes = 0;
#if defined __GLIBC__ && __GLIBC_PREREQ(2, 33)
    struct mallinfo2 info = mallinfo2();
    bytes = info.uordblks + info.hblkhd;
#endif
    if (bytes > broker->heap_most)
        broker->heap_most = bytes;
    return bytes;
}

void measure(struct broker *broker, uint64_t values[MEASURES])
{
#define MEASURES_COUNTER(name, topic, text)      values[MEASURE_##name] = broker->counters.name;
#define MEASURES_GAUGE(name, topic, text, value) values[MEASURE_##name] = value;
    BROKER_COUNTERS(MEASURES_COUNTER)
    BROKER_GAUGES(MEASURES_GAUGE)
#undef MEASURES_COUNTER
#undef MEASURES_GAUGE
}
