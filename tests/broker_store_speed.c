/* SPDX-License-Identifier: MIT */
/*
 * What the store costs a message of QoS 1 that is written, delivered and removed: microseconds of
 * the processor and of the clock, beside the same without a store.
 *
 *     broker_store_speed FILE normal|full [PAYLOAD]
 */
#include "broker_core.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

static double clock_seconds(void)
{
    struct timeval now;
    gettimeofday(&now, NULL);
    return (double)now.tv_sec + (double)now.tv_usec / 1e6;
}

static double processor_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Each commit has `batch` new messages, and the acknowledgements of as many earlier ones; `queued`
 * are always waiting. */
static void run(const char *path, bool full, unsigned batch, unsigned queued, unsigned count,
                const char *payload, double *clock, double *processor)
{
    static struct core core;
    struct session *session;
    unsigned i, done;

    if (!core_open(&core, path, full)) {
        fprintf(stderr, "%s\n", core.problem);
        exit(1);
    }
    session = core_session(&core, "subscriber", UINT32_MAX);
    core_subscribe(session, "bench/#", 1);
    for (i = 0; i < queued; i++)
        core_publish(&core, "bench/topic", payload, 1, false, 0);
    store_commit(core.broker.store);
    *clock = clock_seconds();
    *processor = processor_seconds();
    for (done = 0; done < count; done += batch) {
        for (i = 0; i < batch; i++)
            core_publish(&core, "bench/topic", payload, 1, false, 0);
        core_sleep(1);
        if (!store_commit(core.broker.store))
            fprintf(stderr, "%s\n", store_problem(core.broker.store));
        for (i = 0; i < batch; i++)
            core_acknowledge(session->messages.first, MQW_PUBACK);
    }
    *clock = (clock_seconds() - *clock) * 1e6 / done;
    *processor = (processor_seconds() - *processor) * 1e6 / done;
    session_free(session);
    core_close(&core);
}

int main(int argc, char **argv)
{
    static const unsigned batches[] = {1, 10, 100, 1000};
    size_t i, len = argc > 3 ? (size_t)atol(argv[3]) : 100;
    char *payload = calloc(1, len + 1);
    if (argc < 3 || !payload)
        return 2;
    memset(payload, 'x', len);
    printf("queued  a commit   us clock    us cpu  without a store\n");
    for (i = 0; i < 8; i++) {
        unsigned batch = batches[i % 4], queued = i < 4 ? 0 : 20000;
        double clock, processor, bare_clock, bare_processor;
        unsigned count = (strcmp(argv[2], "full") == 0 ? 300u : 20000u) * (batch > 1 ? 5 : 1);
        run(argv[1], strcmp(argv[2], "full") == 0, batch, queued, count, payload, &clock,
            &processor);
        run(NULL, false, batch, queued, count, payload, &bare_clock, &bare_processor);
        printf("%6u %9u %10.2f %9.2f %16.2f\n", queued, batch, clock, processor, bare_processor);
    }
    free(payload);
    return 0;
}
