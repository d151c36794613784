/* SPDX-License-Identifier: MIT */
/*
 * What decoding and encoding cost.
 *
 *     cc -O2 -Iinclude codec/?*.c bench/bench.c -o bench && ./bench      nanoseconds per packet
 *     bench/instructions                                                 instructions per packet
 *
 * The consumer of a decoded packet reads every field, property and list item.  What is encoded has
 * its lists in arrays, as an application's own packets have.
 */
#define _POSIX_C_SOURCE 200809L
#include "packets.h"
#include <mqttwire/mqttwire.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct job {
    const char *what, *name; /* "decode", "P1"; jobs of the same names add up to one figure */
    size_t (*loop)(const struct job *job, size_t rounds);
    uint8_t *bytes; /* to read, or room to write */
    size_t size;
    struct mqw_options options;
    const struct mqw_packet *packet; /* to encode */
};

static volatile size_t sink; /* so that nothing is optimised away */
static bool wrong;           /* a packet did not come out as it should */

/* ---- Consumers ------------------------------------------------------------------------------- */

/* Inlined whatever the compiler thinks of it, so that what is constant is so in each loop. */
#define SEE __attribute__((always_inline)) static inline

SEE size_t see_bytes(struct mqw_bytes bytes)
{
    return (size_t)bytes.ptr + bytes.len;
}

SEE size_t see_pairs(struct mqw_pair_list list)
{
    struct mqw_pair pair;
    size_t sum = 0;
    for (uint32_t at = 0; mqw_next_pair(&list, &at, &pair);)
        sum += see_bytes(pair.name) + see_bytes(pair.value);
    return sum;
}

SEE size_t see_ids(struct mqw_id_list list)
{
    uint32_t id;
    size_t sum = 0;
    for (uint32_t at = 0; mqw_next_id(&list, &at, &id);)
        sum += id;
    return sum;
}

#define SEE_BYTE    (size_t)
#define SEE_TWO     (size_t)
#define SEE_FOUR    (size_t)
#define SEE_TEXT    see_bytes
#define SEE_TOPIC   see_bytes
#define SEE_BINARY  see_bytes
#define SEE_PAIRS   see_pairs
#define SEE_VARINTS see_ids

/* Every property that can be at `place`, a constant: what cannot be there costs nothing. */
SEE size_t see_properties(const struct mqw_properties *p, unsigned place)
{
    size_t sum = 0;
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    if ((place & (places)) && mqw_has(p, MQW_PROPERTY_##NAME))                                     \
        sum += SEE_##TYPE(p->member);
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    return sum;
}

SEE size_t see_publish(const struct mqw_packet *packet, bool v5)
{
    const struct mqw_publish *p = &packet->publish;
    return (size_t)p->dup + p->retain + p->qos + p->packet_id + see_bytes(p->topic) +
           see_bytes(p->payload) + (v5 ? see_properties(&p->properties, MQW_IN_PUBLISH) : 0);
}

SEE size_t see_connect(const struct mqw_packet *packet, bool v5)
{
    const struct mqw_connect *p = &packet->connect;
    size_t sum = (size_t)p->clean_start + p->keep_alive + see_bytes(p->client_id);
    if (p->has_will)
        sum += see_bytes(p->will.topic) + see_bytes(p->will.payload) + p->will.qos +
               p->will.retain + (v5 ? see_properties(&p->will.properties, MQW_IN_WILL) : 0);
    if (p->has_username)
        sum += see_bytes(p->username);
    if (p->has_password)
        sum += see_bytes(p->password);
    return sum + (v5 ? see_properties(&p->properties, MQW_IN_CONNECT) : 0);
}

SEE size_t see_subscribe(const struct mqw_packet *packet, bool v5)
{
    const struct mqw_subscribe *p = &packet->subscribe;
    struct mqw_subscription s;
    size_t sum = p->packet_id + (v5 ? see_properties(&p->properties, MQW_IN_SUBSCRIBE) : 0);
    for (uint32_t at = 0; mqw_next_subscription(&p->subscriptions, &at, &s);) {
        sum += see_bytes(s.topic_filter) + s.qos;
        if (v5)
            sum += (size_t)s.no_local + s.retain_as_published + s.retain_handling;
    }
    return sum;
}

SEE size_t see_unsubscribe(const struct mqw_packet *packet, bool v5)
{
    const struct mqw_unsubscribe *p = &packet->unsubscribe;
    struct mqw_bytes filter;
    size_t sum = p->packet_id + (v5 ? see_properties(&p->properties, MQW_IN_UNSUBSCRIBE) : 0);
    for (uint32_t at = 0; mqw_next_filter(&p->topic_filters, &at, &filter);)
        sum += see_bytes(filter);
    return sum;
}

SEE size_t see_suback(const struct mqw_packet *packet, bool v5)
{
    const struct mqw_suback *p = &packet->suback;
    uint8_t code;
    size_t sum = p->packet_id + (v5 ? see_properties(&p->properties, MQW_IN_SUBACK) : 0);
    for (uint32_t at = 0; mqw_next_code(&p->reason_codes, &at, &code);)
        sum += code;
    return sum;
}

SEE size_t see_ack(const struct mqw_packet *packet, bool v5)
{
    const struct mqw_ack *p = &packet->ack;
    return p->packet_id + (v5 ? p->reason_code + see_properties(&p->properties, MQW_IN_PUBACK) : 0);
}

/* ---- Loops ----------------------------------------------------------------------------------- */

/* One loop for each kind of packet, so that no consumer has to ask which it is. */
#define DECODE_LOOP(kind, version, v5)                                                             \
    static size_t loop_decode_##kind##_##version(const struct job *job, size_t rounds)             \
    {                                                                                              \
        struct mqw_packet packet;                                                                  \
        size_t sum = 0;                                                                            \
        while (rounds--)                                                                           \
            if (mqw_decode(job->bytes, job->size, &job->options, &packet).code == MQW_OK)          \
                sum += see_##kind(&packet, v5);                                                    \
        return sum;                                                                                \
    }
DECODE_LOOP(publish, 3_1_1, false)
DECODE_LOOP(publish, 5, true)
DECODE_LOOP(connect, 3_1_1, false)
DECODE_LOOP(connect, 5, true)
DECODE_LOOP(subscribe, 3_1_1, false)
DECODE_LOOP(subscribe, 5, true)
DECODE_LOOP(unsubscribe, 5, true)
DECODE_LOOP(suback, 5, true)
DECODE_LOOP(ack, 3_1_1, false)

static size_t loop_refuse(const struct job *job, size_t rounds)
{
    struct mqw_packet packet;
    size_t sum = 0;
    while (rounds--) {
        struct mqw_result r = mqw_decode(job->bytes, job->size, &job->options, &packet);
        sum += (size_t)r.code + r.size + r.offset + r.item;
    }
    return sum;
}

/* An integer behind its first byte, judged as decoding judges one: not cut, long or padded. */
static size_t loop_integer(const struct job *job, size_t rounds)
{
    size_t sum = 0;
    while (rounds--) {
        const uint8_t *at = job->bytes + 1, *start = at;
        uint32_t value;
        if (mqw_list_varint(&at, job->bytes + job->size, &value) && (at[-1] || at - start == 1))
            sum += value;
    }
    return sum;
}

static size_t loop_frame(const struct job *job, size_t rounds)
{
    size_t sum = 0;
    while (rounds--)
        sum += mqw_frame(job->bytes, job->size, &job->options).size;
    return sum;
}

static size_t loop_encode(const struct job *job, size_t rounds)
{
    uint8_t *out = job->bytes;
    size_t cap = job->size;
    size_t sum = 0;
    while (rounds--)
        sum += mqw_encode(job->packet, &job->options, out, cap).size;
    return sum;
}

/* ---- Jobs ------------------------------------------------------------------------------------ */

static struct job jobs[160];
static size_t job_count;

static void *need(size_t size)
{
    void *got = calloc(1, size);
    if (!got)
        abort();
    return got;
}

static struct job *add(const char *what, const char *name, struct mqw_options options)
{
    struct job *job = &jobs[job_count++];
    if (job_count > sizeof jobs / sizeof jobs[0])
        abort();
    job->what = what;
    job->name = name;
    job->options = options;
    return job;
}

static size_t from_hex(uint8_t *out, const char *hex)
{
    size_t size = 0;
    unsigned byte;
    for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
        out[size++] = (uint8_t)byte;
    return size;
}

/* The packet with its lists moved into arrays. */
static const struct mqw_packet *in_arrays(const struct mqw_packet *decoded)
{
    enum { ITEMS = 1024 };
    struct mqw_packet *packet = (struct mqw_packet *)need(sizeof *packet);
    struct mqw_properties *p = NULL;
    uint32_t at = 0, count = 0;
    *packet = *decoded;
    if (packet->type == MQW_SUBSCRIBE) {
        struct mqw_subscription *items = (struct mqw_subscription *)need(ITEMS * sizeof *items);
        while (count < ITEMS &&
               mqw_next_subscription(&decoded->subscribe.subscriptions, &at, &items[count]))
            count++;
        packet->subscribe.subscriptions = mqw_subscriptions(items, count);
    } else if (packet->type == MQW_SUBACK) {
        uint8_t *items = (uint8_t *)need(ITEMS);
        while (count < ITEMS && mqw_next_code(&decoded->suback.reason_codes, &at, &items[count]))
            count++;
        packet->suback.reason_codes = mqw_codes(items, count);
    }
    if (packet->version == MQW_VERSION_5)
        p = packet->type == MQW_PUBLISH   ? &packet->publish.properties
            : packet->type == MQW_CONNECT ? &packet->connect.properties
                                          : NULL;
    if (p && mqw_has(p, MQW_PROPERTY_USER_PROPERTY)) {
        struct mqw_pair *items = (struct mqw_pair *)need(ITEMS * sizeof *items);
        struct mqw_pair_list wire = p->user_properties;
        for (at = count = 0; count < ITEMS && mqw_next_pair(&wire, &at, &items[count]);)
            count++;
        p->user_properties = mqw_pairs(items, count);
    }
    return packet;
}

static void spoiled(const struct job *good, const char *what, size_t offset, const char *hex)
{
    struct job *job = add(what, good->name, good->options);
    struct mqw_packet packet;
    job->loop = loop_refuse;
    job->size = good->size;
    job->bytes = (uint8_t *)need(good->size);
    memcpy(job->bytes, good->bytes, good->size);
    from_hex(job->bytes + offset, hex);
    if (mqw_decode(job->bytes, job->size, &job->options, &packet).code < MQW_RULE_FIRST) {
        fprintf(stderr, "%s %s is wrong: it is accepted\n", what, job->name);
        wrong = true;
    }
}

/* What is encoded must be of the size that is known, and come out the same when it went round. */
static void check_encoding(const struct job *job, size_t size)
{
    struct mqw_packet again;
    uint8_t twice[1024];
    struct mqw_result r = mqw_encode(job->packet, &job->options, job->bytes, job->size);
    if (r.code == MQW_OK && r.size == size &&
        mqw_decode(job->bytes, size, &job->options, &again).code == MQW_OK &&
        mqw_encode(&again, &job->options, twice, sizeof twice).size == size &&
        memcmp(job->bytes, twice, size) == 0)
        return;
    fprintf(stderr, "encode %s is wrong: %s, %u bytes: ", job->name, mqw_rule_of(r.code)->name,
            (unsigned)r.size);
    for (size_t i = 0; i < r.size && i < job->size; i++)
        fprintf(stderr, "%02x", job->bytes[i]);
    fprintf(stderr, "\n");
    wrong = true;
}

/* Decoding, encoding, encoding all but the payload, and refusing one packet. */
static void add_packet(const char *name, uint8_t version, uint8_t sender,
                       size_t (*loop)(const struct job *, size_t), size_t payload, const char *hex,
                       size_t first, const char *first_hex, size_t last, const char *last_hex)
{
    struct mqw_options options = {0};
    struct mqw_packet *packet = (struct mqw_packet *)need(sizeof *packet);
    struct job *decode, *encode;
    options.version = version;
    options.sender = sender;
    decode = add("decode", name, options);
    decode->loop = loop;
    decode->bytes = (uint8_t *)need(1024);
    decode->size = from_hex(decode->bytes, hex);
    for (size_t i = 0; i < payload; i++)
        decode->bytes[decode->size++] = (uint8_t)(7 * i + 3);
    struct mqw_result r = mqw_decode(decode->bytes, decode->size, &options, packet);
    if (r.code != MQW_OK || r.size != decode->size) {
        fprintf(stderr, "decode %s is wrong: %s at %u\n", name, mqw_rule_of(r.code)->name,
                (unsigned)r.offset);
        wrong = true;
    }
    encode = add("encode", name, options);
    encode->loop = loop_encode;
    encode->packet = in_arrays(packet);
    encode->size = 1024;
    encode->bytes = (uint8_t *)need(encode->size);
    check_encoding(encode, decode->size);
    if (packet->type == MQW_PUBLISH) {
        struct job *header = add("header", name, options);
        header->loop = loop_encode;
        header->packet = encode->packet;
        header->size = encode->size;
        header->bytes = encode->bytes;
        header->options.partial = true;
    }
    spoiled(decode, "refuse-first", first, first_hex);
    spoiled(decode, "refuse-last", last, last_hex);
}

static void add_integers(const char *what, size_t (*loop)(const struct job *, size_t))
{
    static const char *const integers[] = BENCH_P8;
    for (size_t i = 0; i < sizeof integers / sizeof integers[0]; i++) {
        struct mqw_options options = {0};
        struct job *job = add(what, "P8", options);
        job->loop = loop;
        job->bytes = (uint8_t *)need(16);
        job->size = from_hex(job->bytes, integers[i]);
    }
}

static void add_packets(void)
{
#define ROW(name, version, sender, loop, payload, hex, first, first_hex, last, last_hex)           \
    add_packet(#name, MQW_VERSION_##version, MQW_##sender, loop_decode_##loop, payload, hex,       \
               first, first_hex, last, last_hex);
    BENCH_PACKETS(ROW)
#undef ROW
    add_integers("decode", loop_integer);
    add_integers("frame", loop_frame);
}

#include "grow.h"

/* ---- Running --------------------------------------------------------------------------------- */

static double now(void) /* nanoseconds */
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static bool wanted(const struct job *job, int argc, char **argv)
{
    if (argc < 1)
        return strncmp(job->what, "grow", 4) != 0;
    if (strcmp(argv[0], job->what) != 0)
        return false;
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], job->name) == 0)
            return true;
    return argc == 1;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Each round runs every job once, so that what disturbs the machine disturbs all of them alike. */
static void time_jobs(int argc, char **argv)
{
    enum { RUNS = 15 };
    static double times[sizeof jobs / sizeof jobs[0]][RUNS];
    static size_t rounds[sizeof jobs / sizeof jobs[0]];
    for (size_t i = 0; i < job_count; i++)
        for (rounds[i] = 64; wanted(&jobs[i], argc, argv); rounds[i] *= 2) {
            double start = now();
            sink = jobs[i].loop(&jobs[i], rounds[i]);
            if (now() - start > 2e6)
                break;
        }
    for (int run = 0; run < RUNS; run++)
        for (size_t i = 0; i < job_count; i++)
            if (wanted(&jobs[i], argc, argv)) {
                double start = now();
                sink = jobs[i].loop(&jobs[i], rounds[i]);
                times[i][run] = (now() - start) / (double)rounds[i];
            }
    printf("%-14s %-4s %10s %10s   ns per packet\n", "", "", "median", "min");
    for (size_t i = 0; i < job_count; i++) {
        size_t next = i + 1;
        if (!wanted(&jobs[i], argc, argv))
            continue;
        for (;
             next < job_count && jobs[next].name == jobs[i].name && jobs[next].what == jobs[i].what;
             next++)
            for (int run = 0; run < RUNS; run++)
                times[i][run] += times[next][run];
        qsort(times[i], RUNS, sizeof times[i][0], by_value);
        printf("%-14s %-4s %10.1f %10.1f\n", jobs[i].what, jobs[i].name, times[i][RUNS / 2],
               times[i][0]);
        i = next - 1;
    }
}

/* What callgrind counts, found by its name. */
__attribute__((noinline)) void measured(const struct job *job, size_t rounds)
{
    sink = job->loop(job, rounds);
}

/* For the script `instructions`: runs each job once and names it, in the order of running. */
static void count_jobs(size_t rounds, int argc, char **argv)
{
    for (size_t i = 0; i < job_count; i++)
        if (wanted(&jobs[i], argc, argv)) {
            printf("%s %s\n", jobs[i].what, jobs[i].name);
            measured(&jobs[i], rounds);
        }
}

int main(int argc, char **argv)
{
    add_packets();
    add_growing();
    if (argc >= 3 && strcmp(argv[1], "count") == 0)
        count_jobs(strtoul(argv[2], NULL, 10), argc - 3, argv + 3);
    else
        time_jobs(argc - 1, argv + 1);
    return wrong;
}
