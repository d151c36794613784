/* SPDX-License-Identifier: MIT */
/*
 * Captures that were damaged at random must not harm the reader, and what it tells must hang
 * together.  capture_fuzz SECONDS SEED FILE-OR-FOLDER... ; made to be built with sanitizers.
 *
 * Frames are damaged, lost and moved, and files as a whole are, whatever their format is.  A seed
 * NAME.pcap may have keys, in NAME.pcap.keys, which are damaged as well.  Lines of JSON are written of all
 * packets.
 */
#include "../tool/capture/capture.h"
#include "../tool/json/line.h"

#include <dirent.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    SEEDS = 48,
    WHOLE = 1 << 18, /* bytes of a file that is damaged as a whole */
    KEYS = 1 << 14,  /* bytes of a key log */
    FRAMES = 4000,
    FRAME = 4096,
    FIRST = 400 /* frames of a file that are used at once */
};

struct frame {
    struct timeval time;
    uint32_t caplen, len;
    uint8_t *data;
};

struct seed {
    struct frame frames[FRAMES];
    size_t count;
    int link;
    uint8_t *whole; /* the file */
    size_t size;
    uint8_t *keys; /* NULL: it has none */
    size_t keys_size;
};

static struct seed seeds[SEEDS];
static size_t seed_count;
static uint64_t state;

static uint32_t draw(uint32_t below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 33) % below;
}

static void fail(const char *what)
{
    fprintf(stderr, "capture_fuzz: %s\n", what);
    abort();
}

#define MUST(condition) ((condition) ? (void)0 : fail(#condition))

static uint8_t *load_bytes(const char *path, size_t limit, size_t *size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes;
    if (!file)
        return NULL;
    bytes = malloc(limit);
    MUST(bytes != NULL);
    *size = fread(bytes, 1, limit, file);
    fclose(file);
    return bytes;
}

/* What libpcap does not read is damaged as a whole only. */
static void load_file(const char *path)
{
    char keys[4200];
    char text[PCAP_ERRBUF_SIZE];
    struct pcap_pkthdr *header;
    const u_char *data;
    struct seed *seed = &seeds[seed_count++];
    pcap_t *pcap = pcap_open_offline(path, text);
    seed->whole = load_bytes(path, WHOLE, &seed->size);
    MUST(seed->whole && seed->size);
    snprintf(keys, sizeof keys, "%s.keys", path);
    seed->keys = load_bytes(keys, KEYS, &seed->keys_size);
    if (!pcap)
        return;
    seed->link = pcap_datalink(pcap);
    while (seed->count < FRAMES && pcap_next_ex(pcap, &header, &data) == 1) {
        struct frame *frame = &seed->frames[seed->count++];
        frame->time = header->ts;
        frame->caplen = header->caplen < FRAME ? header->caplen : FRAME;
        frame->len = header->len;
        frame->data = malloc(FRAME);
        MUST(frame->data != NULL);
        memcpy(frame->data, data, frame->caplen);
    }
    pcap_close(pcap);
}

/* Of a folder in the order of names, so that a seed draws the same everywhere. */
static void load(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort), i;
    char name[4096];

    if (count < 0) {
        load_file(path);
        return;
    }
    for (i = 0; i < count; i++) {
        snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        if (seed_count < SEEDS && entries[i]->d_name[0] != '.' && !strstr(name, ".keys"))
            load_file(name);
        free(entries[i]);
    }
    free(entries);
}

/* One frame, perhaps damaged: bytes changed, cut short, or its sequence numbers moved. */
static void write_frame(pcap_dumper_t *out, const struct frame *frame, uint32_t harm)
{
    uint8_t data[FRAME];
    struct pcap_pkthdr header;
    uint32_t i;

    memset(&header, 0, sizeof header);
    header.ts = frame->time;
    header.caplen = frame->caplen;
    header.len = frame->len;
    memcpy(data, frame->data, frame->caplen);
    if (frame->caplen && draw(100) < harm) {
        switch (draw(6)) {
        case 0:
            for (i = 0; i <= draw(8); i++)
                data[draw(frame->caplen)] = (uint8_t)draw(256);
            break;
        case 1: /* in the payload, if there is one */
            if (frame->caplen > 60)
                data[60 + draw(frame->caplen - 60)] ^= (uint8_t)(1 << draw(8));
            break;
        case 2:
            header.caplen = draw(frame->caplen + 1);
            break;
        case 3: /* near the sequence and acknowledgement numbers of IPv4 on most link layers */
            if (frame->caplen > 60)
                data[34 + draw(16)] = (uint8_t)draw(256);
            break;
        case 4:
            data[draw(frame->caplen)] = draw(2) ? 0 : 0xFF;
            break;
        default:
            header.ts.tv_sec += (long)draw(100) - 50;
            break;
        }
    }
    pcap_dump((u_char *)out, &header, data);
}

static void write_file(const char *path, const struct seed *seed)
{
    pcap_t *pcap = pcap_open_dead(seed->link, 262144);
    pcap_dumper_t *out = pcap_dump_open(pcap, path);
    uint32_t harm = draw(4) * 10, count = (uint32_t)seed->count;
    uint32_t first = count > FIRST ? draw(count - FIRST) : 0, i;
    uint32_t end = count - first > FIRST ? first + FIRST : count;

    MUST(out != NULL);
    for (i = first; i < end; i++) {
        uint32_t chance = draw(100);
        if (chance < harm / 4)
            continue;          /* lost */
        if (chance < harm / 2) /* late, early, or again */
            write_frame(out, &seed->frames[first + draw(end - first)], harm);
        write_frame(out, &seed->frames[i], harm);
    }
    pcap_dump_close(out);
    pcap_close(pcap);
}

/* Bytes with some damage; less of them, perhaps. */
static void write_damaged(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    uint8_t *copy = malloc(size);
    uint32_t harm = draw(6);

    MUST(file && copy);
    memcpy(copy, bytes, size);
    while (harm--)
        copy[draw((uint32_t)size)] = draw(3) ? (uint8_t)draw(256) : 0xFF;
    MUST(fwrite(copy, 1, draw(4) ? size : draw((uint32_t)size), file) <= size);
    fclose(file);
    free(copy);
}

static void check_span(const struct capture_batch *batch, struct capture_span span)
{
    MUST(span.offset <= batch->size && span.len <= batch->size - span.offset);
}

/* An object on a line of its own, without bytes that a string may not have. */
static void check_line(struct json_form *form, struct json_out *out,
                       const struct capture_batch *batch, const struct capture_record *r)
{
    struct json_out none = {0};
    struct json_line line = {0};
    size_t i;
    line.number = r->number;
    line.connection = &none;
    line.data = batch->arena + r->bytes.offset;
    line.len = r->bytes.len;
    line.topic = mqw_view(batch->arena + r->topic.offset, r->topic.len);
    line.options.version = r->version;
    line.options.sender = r->sender;
    line.options.allow = draw(2) ? (uint32_t)MQW_ALLOW_ALL : (uint32_t)MQW_ALLOW_MQTT_3_1;
    form->style.payload_text = draw(2);
    form->style.show_secrets = draw(2);
    json_out_clear(out);
    out->ascii = draw(2);
    json_line_write(form, &line, out);
    MUST(!out->failed && out->len > 3);
    MUST(memcmp(out->text, "{\"", 2) == 0 && memcmp(out->text + out->len - 2, "}\n", 2) == 0);
    for (i = 0; i < out->len - 1; i++)
        MUST((uint8_t)out->text[i] >= 0x20 && (!out->ascii || (uint8_t)out->text[i] < 0x80));
}

static uint64_t check_batch(struct capture *capture, const struct capture_batch *batch,
                            uint64_t number)
{
    static struct json_form form;
    struct json_out out = {0};
    size_t i;
    for (i = 0; i < batch->count; i++) {
        const struct capture_record *r = &batch->records[i];
        struct capture_connection about;
        check_span(batch, r->bytes);
        check_span(batch, r->topic);
        MUST(r->finding + r->findings <= batch->finding_count);
        MUST(r->findings <= MQW_FINDINGS);
        if (r->note) {
            MUST(!r->number && (!r->bytes.len || r->note == CAPTURE_UNANSWERED ||
                                r->note == CAPTURE_WEBSOCKET_REFUSED));
            continue;
        }
        MUST(r->number == ++number);
        MUST(r->acknowledges < number && r->begins <= r->acknowledges);
        MUST(r->bytes.len <= r->size && r->connection);
        MUST(r->sender == MQW_CLIENT || r->sender == MQW_SERVER);
        MUST(r->result.code != MQW_MISUSE && r->result.code != MQW_SPACE);
        MUST(r->result.code != MQW_MORE || r->bytes.len < r->size || !r->bytes.len ||
             r->result.size > r->bytes.len);
        if (capture_connection(capture, r->connection, &about))
            MUST(about.mqtt && about.number == r->connection);
        check_line(&form, &out, batch, r);
    }
    json_form_free(&form);
    json_out_free(&out);
    return number;
}

static void read_file(const char *path, const char *keys)
{
    struct capture_options options;
    struct capture_error error;
    struct capture_batch batch;
    struct capture *capture;
    uint64_t number = 0;

    memset(&options, 0, sizeof options);
    if (!draw(3)) { /* little of everything */
        options.records = 1 + draw(20);
        options.packet = 1 + draw(100);
        options.connections = 1 + draw(5);
        options.memory = 1000 + draw(100000);
    }
    options.keylog = keys;
    capture = capture_open(path, &options, &error);
    if (!capture)
        return;
    while (capture_read(capture, &batch, &error) > 0)
        number = check_batch(capture, &batch, number);
    capture_close(capture);
}

static void write_keys(const char *path, const struct seed *seed)
{
    FILE *file = fopen(path, "wb");
    MUST(file && fwrite(seed->keys, 1, seed->keys_size, file) == seed->keys_size);
    fclose(file);
}

int main(int argc, char **argv)
{
    char path[] = "/tmp/capture-fuzz-XXXXXX", keys[] = "/tmp/capture-fuzz-XXXXXX";
    unsigned long runs = 0;
    size_t j, k;
    time_t end;
    int i;

    if (argc < 4 || argc > SEEDS) {
        fprintf(stderr, "usage: capture_fuzz SECONDS SEED FILE-OR-FOLDER...\n");
        return 2;
    }
    state = strtoull(argv[2], NULL, 0);
    for (i = 3; i < argc && seed_count < SEEDS; i++)
        load(argv[i]);
    MUST(seed_count > 0);
    i = mkstemp(path);
    MUST(i >= 0);
    close(i);
    i = mkstemp(keys);
    MUST(i >= 0);
    close(i);
    end = time(NULL) + atoi(argv[1]);
    do {
        const struct seed *seed = &seeds[draw((uint32_t)seed_count)];
        if (!seed->count || !draw(4))
            write_damaged(path, seed->whole, seed->size);
        else
            write_file(path, seed);
        if (seed->keys && draw(3))
            write_keys(keys, seed);
        else if (seed->keys)
            write_damaged(keys, seed->keys, seed->keys_size);
        read_file(path, seed->keys ? keys : NULL);
        runs++;
    } while (time(NULL) < end);
    remove(path);
    remove(keys);
    for (k = 0; k < seed_count; k++) {
        free(seeds[k].whole);
        free(seeds[k].keys);
        for (j = 0; j < seeds[k].count; j++)
            free(seeds[k].frames[j].data);
    }
    printf("%lu captures\n", runs);
    return 0;
}
