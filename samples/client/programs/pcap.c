/* SPDX-License-Identifier: MIT */
/*
 * --pcap: MQTT as TCP segments over IPv4 (RFC 9293, RFC 791), whatever it really went over: what
 * TLS and WebSocket hide is there to read.  The addresses are those of examples: RFC 5737.
 */
#include "pcap.h"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    IP = 20,                    /* bytes of a header */
    TCP = 20,                   /* likewise */
    SEGMENT = 65535 - IP - TCP, /* the most that one IP packet carries */
    PORT = 1883,
    FIRST_PORT = 49152, /* of the client */
    PORTS = 16384,
    FIN = 1,
    SYN = 2,
    PUSH = 8,
    ACK = 16
};

struct recording {
    pcap_t *pcap;
    pcap_dumper_t *file;
    unsigned connections;
    bool open;
    uint32_t next[2]; /* sequence numbers: of the client, of the server */
    uint8_t frame[IP + TCP + SEGMENT];
};

static uint8_t *put(uint8_t *at, uint32_t value, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        *at++ = (uint8_t)(value >> (8 * i));
    return at;
}

/* RFC 1071; sum: of what stands before. */
static uint16_t checksum(const uint8_t *bytes, size_t len, uint32_t sum)
{
    for (size_t i = 0; i < len; i++) {
        sum += i & 1 ? bytes[i] : (uint32_t)bytes[i] << 8;
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

static void put_ip(struct recording *recording, bool server, size_t len)
{
    uint8_t *at = recording->frame;
    uint32_t client_address = 0xC0000201, server_address = 0xC0000202; /* 192.0.2.1, 192.0.2.2 */

    at = put(at, 0x4500, 2); /* version, length of the header in words, no service */
    at = put(at, (uint32_t)len, 2);
    at = put(at, 0x00004000, 4); /* no identification; do not fragment */
    at = put(at, 0x4006, 2);     /* time to live, TCP */
    at = put(at, 0, 2);          /* checksum */
    at = put(at, server ? server_address : client_address, 4);
    put(at, server ? client_address : server_address, 4);
    put(recording->frame + 10, checksum(recording->frame, IP, 0), 2);
}

static void put_tcp(struct recording *recording, bool server, uint32_t flags, size_t len)
{
    uint32_t port = FIRST_PORT + (recording->connections - 1) % PORTS;
    uint8_t *tcp = recording->frame + IP, *at = tcp;
    uint32_t pseudo = 0;

    at = put(at, server ? PORT : port, 2);
    at = put(at, server ? port : PORT, 2);
    at = put(at, recording->next[server], 4);
    at = put(at, flags & ACK ? recording->next[!server] : 0, 4);
    at = put(at, 0x5000 | flags, 2); /* length of the header in words */
    at = put(at, 0xFFFF, 2);         /* window */
    put(at, 0, 4);                   /* checksum, urgent pointer */
    for (int i = 12; i < IP; i += 2) /* both addresses, the protocol and the length */
        pseudo += (uint32_t)recording->frame[i] << 8 | recording->frame[i + 1];
    pseudo += 6 + (uint32_t)(TCP + len);
    put(tcp + 16, checksum(tcp, TCP + len, pseudo), 2);
}

/* Writes a segment, whose bytes are in the frame already. */
static void segment(struct recording *recording, bool server, uint32_t flags, size_t len)
{
    struct timespec now;
    struct pcap_pkthdr header = {.caplen = (bpf_u_int32)(IP + TCP + len),
                                 .len = (bpf_u_int32)(IP + TCP + len)};

    clock_gettime(CLOCK_REALTIME, &now);
    header.ts.tv_sec = now.tv_sec;
    header.ts.tv_usec = now.tv_nsec; /* of a file in nanoseconds */
    put_ip(recording, server, IP + TCP + len);
    put_tcp(recording, server, flags, len);
    pcap_dump((u_char *)recording->file, &header, recording->frame);
    recording->next[server] += (uint32_t)len + (flags & (SYN | FIN) ? 1 : 0);
}

/* There are passwords in it. */
static FILE *open_private(const char *path)
{
    int file = strcmp(path, "-") == 0 ? dup(STDOUT_FILENO)
                                      : open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    return file < 0 ? NULL : fdopen(file, "wb");
}

struct recording *recording_open(const char *path, const char **error)
{
    struct recording *recording = sized(NULL, sizeof *recording);
    FILE *file;

    *recording = (struct recording){0};
    recording->pcap =
        pcap_open_dead_with_tstamp_precision(DLT_RAW, 262144, PCAP_TSTAMP_PRECISION_NANO);
    file = recording->pcap ? open_private(path) : NULL;
    if (file)
        recording->file = pcap_dump_fopen(recording->pcap, file);
    if (recording->file)
        return recording;
    *error = file || !recording->pcap ? "libpcap fails" : strerror(errno);
    recording_close(recording);
    return NULL;
}

bool recording_packet(struct recording *recording, enum mqw_sender sender, const uint8_t *bytes,
                      size_t len)
{
    if (!recording)
        return true;
    if (!recording->open) {
        recording->open = true;
        recording->connections++;
        recording->next[0] = recording->next[1] = 0;
        segment(recording, false, SYN, 0);
        segment(recording, true, SYN | ACK, 0);
        segment(recording, false, ACK, 0);
    }
    while (len) {
        size_t some = len < SEGMENT ? len : SEGMENT;
        memcpy(recording->frame + IP + TCP, bytes, some);
        segment(recording, sender == MQW_SERVER, PUSH | ACK, some);
        bytes += some;
        len -= some;
    }
    return pcap_dump_flush(recording->file) == 0;
}

void recording_closed(struct recording *recording)
{
    if (!recording || !recording->open)
        return;
    recording->open = false;
    segment(recording, false, FIN | ACK, 0);
    segment(recording, true, FIN | ACK, 0);
    segment(recording, false, ACK, 0);
}

void recording_close(struct recording *recording)
{
    if (!recording)
        return;
    recording_closed(recording);
    if (recording->file)
        pcap_dump_close(recording->file);
    if (recording->pcap)
        pcap_close(recording->pcap);
    free(recording);
}
