/* SPDX-License-Identifier: MIT */
/* What is measured, in the text format of Prometheus (version 0.0.4). */
#include "http.h"
#include "measures.h"

#include <stdio.h>

static void write_measures(FILE *out, struct broker *broker)
{
    uint64_t values[MEASURES];
    measure(broker, values);
    for (size_t i = 0; i < MEASURES; i++) {
        const char *name = measures[i].name, *suffix = measures[i].counts ? "_total" : "";
        fprintf(out,
                "# HELP mqttwire_broker_%s%s %s\n"
                "# TYPE mqttwire_broker_%s%s %s\n"
                "mqttwire_broker_%s%s %llu\n",
                name, suffix, measures[i].text, name, suffix,
                measures[i].counts ? "counter" : "gauge", name, suffix,
                (unsigned long long)values[i]);
    }
}

/* Of the process: names that Prometheus has for any. */
static void write_process(FILE *out)
{
    uv_rusage_t usage;
    size_t resident;
    if (!uv_getrusage(&usage))
        fprintf(out,
                "# HELP process_cpu_seconds_total seconds of the processor that were used\n"
                "# TYPE process_cpu_seconds_total counter\n"
                "process_cpu_seconds_total %.2f\n",
                (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    if (!uv_resident_set_memory(&resident))
        fprintf(out,
                "# HELP process_resident_memory_bytes bytes of memory that the process has\n"
                "# TYPE process_resident_memory_bytes gauge\n"
                "process_resident_memory_bytes %zu\n",
                resident);
}

char *metrics_text(struct broker *broker)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return NULL;
    fputs("# HELP mqttwire_broker_info the broker's version\n"
          "# TYPE mqttwire_broker_info gauge\n"
          "mqttwire_broker_info{version=\"" MQTTWIRE_VERSION "\"} 1\n",
          out);
    write_measures(out, broker);
    write_process(out);
    return fclose(out) ? NULL : text;
}
