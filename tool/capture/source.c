/* SPDX-License-Identifier: MIT */
#include "source.h"

#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PAUSE = 100,       /* milliseconds that reading may take while nothing comes */
    SNAPSHOT = 262144, /* bytes of a frame that are captured: all */
    KERNEL_BUFFER = 16 << 20
};

struct source {
    pcap_t *pcap; /* NULL: the input ends before its first frame */
    bool interface;
    int pipe; /* descriptor of a file that is not a regular one, or -1 */
};

void capture_fail(struct capture_error *error, int number, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(error->text, sizeof error->text, format, list);
    va_end(list);
    error->number = number;
}

static struct source *wrap(pcap_t *pcap, const char *name, struct capture_error *error)
{
    struct source *source;
    int type = pcap ? pcap_datalink(pcap) : 0;
    if (pcap && !link_known(type)) {
        const char *text = pcap_datalink_val_to_description(type);
        capture_fail(error, EINVAL, "%s: link type %d (%s) is not read", name, type,
                     text ? text : "unknown");
        pcap_close(pcap);
        return NULL;
    }
    source = calloc(1, sizeof *source);
    if (!source) {
        capture_fail(error, ENOMEM, "out of memory");
        if (pcap)
            pcap_close(pcap);
        return NULL;
    }
    source->pcap = pcap;
    source->pipe = -1;
    return source;
}

static FILE *open_file(const char *path)
{
    FILE *file;
    int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
    if (fd < 0)
        return NULL;
    file = fdopen(fd, "rb");
    if (!file)
        close(fd);
    return file;
}

/*
 * Why libpcap would not open it: it wanted more bytes than there are, having known what it is by
 * the first four.  What has not even those may be anything, but for a pipe: there a capture is due.
 */
static bool ends_early(FILE *file, const struct stat *about)
{
    return feof(file) && !(S_ISREG(about->st_mode) && about->st_size < 4);
}

struct source *source_open(const char *path, struct capture_error *error)
{
    const char *name = strcmp(path, "-") ? path : "standard input";
    char text[PCAP_ERRBUF_SIZE] = "";
    struct source *source;
    struct stat about;
    pcap_t *pcap;
    FILE *file = open_file(path);
    bool regular;

    if (!file || fstat(fileno(file), &about)) {
        capture_fail(error, errno, "%s: %s", name, strerror(errno));
        if (file)
            fclose(file);
        return NULL;
    }
    if (S_ISDIR(about.st_mode)) {
        capture_fail(error, EISDIR, "%s: %s", name, strerror(EISDIR));
        fclose(file);
        return NULL;
    }
    /* What a pipe holds can be told from what it may still bring only if nobody reads ahead. */
    regular = S_ISREG(about.st_mode);
    if (!regular)
        setvbuf(file, NULL, _IONBF, 0);
    pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, text);
    if (!pcap) {
        bool early = ends_early(file, &about);
        fclose(file);
        if (early)
            return wrap(NULL, name, error);
        capture_fail(error, EINVAL, "%s: no capture that can be read: %s", name, text);
        return NULL;
    }
    source = wrap(pcap, name, error);
    if (source && !regular)
        source->pipe = fileno(file);
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
    source = wrap(pcap, interface, error);
    if (!source)
        return NULL;
    source->interface = true;
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
    return source->interface || source->pipe >= 0;
}

int source_link(const struct source *source)
{
    return pcap_datalink(source->pcap);
}

/* Waits a moment for input; false: there is none. */
static bool wait_for(int fd)
{
    struct pollfd poller;
    memset(&poller, 0, sizeof poller);
    poller.fd = fd;
    poller.events = POLLIN;
    return poll(&poller, 1, PAUSE) > 0;
}

enum source_answer source_read(struct source *source, struct frame *frame,
                               struct capture_error *error)
{
    struct pcap_pkthdr *header;
    const u_char *data;
    uint64_t scale = 1;
    int code;

    if (!source->pcap)
        return SOURCE_CUT;
    if (source->pipe >= 0 && !wait_for(source->pipe))
        return SOURCE_WAIT;
    code = pcap_next_ex(source->pcap, &header, &data);
    if (!code && source->interface) {
        int fd = pcap_get_selectable_fd(source->pcap);
        if (fd >= 0 && wait_for(fd))
            code = pcap_next_ex(source->pcap, &header, &data);
    }
    if (!code)
        return SOURCE_WAIT;
    if (code == 1) {
        if (pcap_get_tstamp_precision(source->pcap) == PCAP_TSTAMP_PRECISION_MICRO)
            scale = 1000;
        frame->data = data;
        frame->caplen = header->caplen;
        frame->len = header->len;
        frame->time =
            (uint64_t)header->ts.tv_sec * 1000000000 + (uint64_t)header->ts.tv_usec * scale;
        return SOURCE_FRAME;
    }
    if (code == PCAP_ERROR_BREAK)
        return SOURCE_END;
    if (!source->interface && !strncmp(pcap_geterr(source->pcap), "truncated", 9))
        return SOURCE_CUT;
    capture_fail(error, EIO, "%s", pcap_geterr(source->pcap));
    return SOURCE_ERROR;
}

uint64_t source_dropped(const struct source *source)
{
    struct pcap_stat stat;
    if (!source->interface || pcap_stats(source->pcap, &stat))
        return 0;
    return (uint64_t)stat.ps_drop + stat.ps_ifdrop;
}

void source_close(struct source *source)
{
    if (!source)
        return;
    if (source->pcap)
        pcap_close(source->pcap);
    free(source);
}
