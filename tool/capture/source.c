/* SPDX-License-Identifier: MIT */
#include "source.h"

#include "input.h"
#include "link.h"
#include "savefile.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAUSE = 100,       /* milliseconds that reading may take while nothing comes */
    SNAPSHOT = 262144, /* bytes of a frame that are captured: all */
    KERNEL_BUFFER = 16 << 20
};

struct source {
    pcap_t *pcap; /* of an interface, or */
    struct savefile *file;
    bool finished;
};

static struct source *wrap(pcap_t *pcap, struct savefile *file, struct capture_error *error)
{
    struct source *source = calloc(1, sizeof *source);
    if (!source) {
        capture_fail(error, ENOMEM, "out of memory");
        return NULL;
    }
    source->pcap = pcap;
    source->file = file;
    return source;
}

struct source *source_open(const char *path, bool follow, struct keys *keys,
                           struct capture_error *error)
{
    struct savefile *file = savefile_open(path, follow, keys, error);
    struct source *source = file ? wrap(NULL, file, error) : NULL;
    if (file && !source)
        savefile_close(file);
    return source;
}

/* errno for one of libpcap's codes. */
static int number_of(int code)
{
    switch (code) {
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        return EPERM;
    case PCAP_ERROR_NO_SUCH_DEVICE:
        return ENODEV;
    case PCAP_ERROR_IFACE_NOT_UP:
        return ENETDOWN;
    default:
        return EIO;
    }
}

struct source *source_open_live(const char *interface, const char *filter,
                                struct capture_error *error)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    struct source *source;
    pcap_t *pcap = pcap_create(interface, text);
    int code;

    if (!pcap) {
        capture_fail(error, EIO, "%s: %s", interface, text);
        return NULL;
    }
    pcap_set_snaplen(pcap, SNAPSHOT);
    pcap_set_timeout(pcap, PAUSE);
    pcap_set_buffer_size(pcap, KERNEL_BUFFER);
    pcap_set_promisc(pcap, 1);
    pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO); /* or microseconds: see below */
    code = pcap_activate(pcap);
    if (code < 0) {
        const char *detail = pcap_geterr(pcap);
        capture_fail(error, number_of(code), "%s: %s", interface,
                     *detail ? detail : pcap_statustostr(code));
        pcap_close(pcap);
        return NULL;
    }
    if (!link_known(pcap_datalink(pcap))) {
        const char *type = pcap_datalink_val_to_description(pcap_datalink(pcap));
        capture_fail(error, EINVAL, "%s: link type %d (%s) is not read", interface,
                     pcap_datalink(pcap), type ? type : "unknown");
        pcap_close(pcap);
        return NULL;
    }
    source = wrap(pcap, NULL, error);
    if (!source) {
        pcap_close(pcap);
        return NULL;
    }
    if (filter && *filter) {
        struct bpf_program program;
        if (pcap_compile(pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN)) {
            capture_fail(error, EINVAL, "filter \"%s\": %s", filter, pcap_geterr(pcap));
            source_close(source);
            return NULL;
        }
        code = pcap_setfilter(pcap, &program);
        pcap_freecode(&program);
        if (code) {
            capture_fail(error, EIO, "filter \"%s\": %s", filter, pcap_geterr(pcap));
            source_close(source);
            return NULL;
        }
    }
    if (pcap_setnonblock(pcap, 1, text)) {
        capture_fail(error, EIO, "%s: %s", interface, text);
        source_close(source);
        return NULL;
    }
    return source;
}

bool source_live(const struct source *source)
{
    return source->file ? savefile_live(source->file) : !source->finished;
}

void source_finish(struct source *source)
{
    source->finished = true;
    if (source->file)
        savefile_finish(source->file);
}

/* Waits so many milliseconds for input; false: there is none. */
static bool wait_for(int fd, int pause)
{
    struct pollfd poller;
    memset(&poller, 0, sizeof poller);
    poller.fd = fd;
    poller.events = POLLIN;
    return poll(&poller, 1, pause) > 0;
}

static enum source_answer listen_for(struct source *source, struct frame *frame,
                                     struct capture_error *error)
{
    struct pcap_pkthdr *header;
    const u_char *data;
    uint64_t scale = 1;
    int code = pcap_next_ex(source->pcap, &header, &data);

    if (!code) {
        /* What was captured before the end may be with the kernel yet, which holds frames back. */
        int fd = pcap_get_selectable_fd(source->pcap);
        int pause = source->finished ? 2 * PAUSE : PAUSE;
        int tries = source->finished ? 3 : 1; /* it may hand over what the filter does not want */
        for (; !code && tries && fd >= 0 && wait_for(fd, pause); tries--)
            code = pcap_next_ex(source->pcap, &header, &data);
    }
    if (!code)
        return source->finished ? SOURCE_END : SOURCE_WAIT;
    if (code < 0) {
        capture_fail(error, EIO, "%s", pcap_geterr(source->pcap));
        return SOURCE_ERROR;
    }
    if (pcap_get_tstamp_precision(source->pcap) == PCAP_TSTAMP_PRECISION_MICRO)
        scale = 1000;
    frame->link = pcap_datalink(source->pcap);
    frame->data = data;
    frame->caplen = header->caplen;
    frame->len = header->len;
    frame->time = (uint64_t)header->ts.tv_sec * 1000000000 + (uint64_t)header->ts.tv_usec * scale;
    return SOURCE_FRAME;
}

enum source_answer source_read(struct source *source, struct frame *frame,
                               struct capture_error *error)
{
    return source->file ? savefile_read(source->file, frame, error)
                        : listen_for(source, frame, error);
}

uint64_t source_size_read(const struct source *source)
{
    return source->file ? savefile_size_read(source->file) : 0;
}

uint64_t source_dropped(const struct source *source)
{
    struct pcap_stat stat;
    if (source->file || pcap_stats(source->pcap, &stat))
        return 0;
    return (uint64_t)stat.ps_drop + stat.ps_ifdrop;
}

void source_close(struct source *source)
{
    if (!source)
        return;
    if (source->pcap)
        pcap_close(source->pcap);
    if (source->file)
        savefile_close(source->file);
    free(source);
}
