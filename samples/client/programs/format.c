/* SPDX-License-Identifier: MIT */
/* -F: the same walk checks a format and prints by it. */
#include "format.h"

#include "usage.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WIDTH = 100000 }; /* a mistyped width shall not fill a disk */

struct spec {
    bool left, zeros;
    int width, most; /* most: -1: any */
    char letter;
};

void format_each(void (*tell)(const char *escape, const char *text))
{
    static const struct {
        const char escape[3], *text;
    } rows[] = {
#define FORMAT_ROW(letter, text) {{'%', letter}, text},
        FORMAT_ESCAPES(FORMAT_ROW)
#undef FORMAT_ROW
            {"@@", "@"},
        {"@X", "what strftime(3) has for %X, whatever X is; @N: nanoseconds"},
#define FORMAT_ROW(letter, character, text) {{'\\', letter}, text},
        FORMAT_CHARACTERS(FORMAT_ROW)
#undef FORMAT_ROW
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        tell(rows[i].escape, rows[i].text);
}

static int number(const char **at, int before)
{
    while (**at >= '0' && **at <= '9') {
        before = before * 10 + (*(*at)++ - '0');
        if (before > MOST_WIDTH)
            before = MOST_WIDTH;
    }
    return before;
}

/* Reads what stands behind %; *at is then behind it, or at the end of a format that ends early. */
static struct spec read_spec(const char **at)
{
    struct spec spec = {.most = -1};

    if (**at == '-') {
        spec.left = true;
        ++*at;
    }
    if (**at == '0') {
        spec.zeros = true;
        ++*at;
    }
    spec.width = number(at, 0);
    if (**at == '.') {
        ++*at;
        spec.most = number(at, 0);
    }
    spec.letter = **at;
    if (**at)
        ++*at;
    return spec;
}

bool format_check(const char *format, char problem[static 80])
{
    static const char letters[] = {
#define FORMAT_ROW(letter, text) letter,
        FORMAT_ESCAPES(FORMAT_ROW)
#undef FORMAT_ROW
            '\0'};
    static const char characters[] = {
#define FORMAT_ROW(letter, character, text) letter,
        FORMAT_CHARACTERS(FORMAT_ROW)
#undef FORMAT_ROW
            '\0'};

    while (*format) {
        char kind = *format++, letter = *format;
        const char *known = kind == '%' ? letters : characters;
        if (kind != '%' && kind != '@' && kind != '\\')
            continue;
        if (kind == '%')
            letter = read_spec(&format).letter;
        else if (letter)
            format++;
        if (!letter)
            return snprintf(problem, 80, "nothing follows %c", kind), false;
        if (kind != '@' && !strchr(known, letter))
            return snprintf(problem, 80, "there is no %c%c", kind, letter), false;
    }
    return true;
}

static void pad(FILE *out, int count, char with)
{
    while (count-- > 0)
        putc(with, out);
}

static void print_text(FILE *out, const struct spec *spec, const void *text, size_t len)
{
    if (spec->most >= 0 && len > (size_t)spec->most)
        len = (size_t)spec->most;
    if (!spec->left)
        pad(out, spec->width - (int)len, ' ');
    fwrite(text, 1, len, out);
    if (spec->left)
        pad(out, spec->width - (int)len, ' ');
}

static void print_number(FILE *out, const struct spec *spec, uint32_t value)
{
    if (spec->left)
        fprintf(out, "%-*" PRIu32, spec->width, value);
    else if (spec->zeros)
        fprintf(out, "%0*" PRIu32, spec->width, value);
    else
        fprintf(out, "%*" PRIu32, spec->width, value);
}

/* A payload is cut to its width, unlike all else: so mosquitto_sub does. */
static void print_payload(FILE *out, const struct spec *spec, struct mqw_bytes payload)
{
    int each = spec->letter == 'p' ? 1 : 2; /* characters */
    size_t len = payload.len;
    int rest;

    if (spec->width && len * (size_t)each > (size_t)spec->width)
        len = (size_t)(spec->width / each);
    rest = spec->width ? spec->width - (int)len * each : 0;
    if (!spec->left)
        pad(out, rest, spec->zeros ? '0' : ' ');
    if (each == 1)
        fwrite(payload.ptr, 1, len, out);
    else
        for (size_t i = 0; i < len; i++)
            fprintf(out, spec->letter == 'x' ? "%02x" : "%02X", payload.ptr[i]);
    if (spec->left)
        pad(out, rest, ' ');
}

static void print_time(FILE *out, const char *format, const struct spec *spec,
                       const struct timespec *time)
{
    struct tm local;
    char text[100];

    localtime_r(&time->tv_sec, &local);
    print_text(out, spec, text, strftime(text, sizeof text, format, &local));
}

static void print_pairs(FILE *out, const struct mqw_pair_list *pairs)
{
    struct mqw_pair pair;
    bool first = true;

    for (uint32_t at = 0; mqw_next_pair(pairs, &at, &pair); first = false) {
        fputs(first ? "" : " ", out);
        fwrite(pair.name.ptr, 1, pair.name.len, out);
        putc(':', out);
        fwrite(pair.value.ptr, 1, pair.value.len, out);
    }
}

/* The value of a property, or blanks as wide. */
static void print_property(FILE *out, const struct spec *spec, const struct mqw_properties *p)
{
    uint32_t id = 0, at = 0;

#define NUMBER(letter, PROPERTY, value)                                                            \
    case letter:                                                                                   \
        if (mqw_has(p, MQW_PROPERTY_##PROPERTY))                                                   \
            print_number(out, spec, value);                                                        \
        else                                                                                       \
            pad(out, spec->width, spec->zeros ? '0' : ' ');                                        \
        break;
    switch (spec->letter) {
        NUMBER('A', TOPIC_ALIAS, p->topic_alias)
        NUMBER('E', MESSAGE_EXPIRY_INTERVAL, p->message_expiry_interval)
        NUMBER('F', PAYLOAD_FORMAT_INDICATOR, p->payload_format_indicator)
        NUMBER('S', SUBSCRIPTION_IDENTIFIER,
               (mqw_next_id(&p->subscription_identifiers, &at, &id), id))
#undef NUMBER
    case 'C':
        if (mqw_has(p, MQW_PROPERTY_CONTENT_TYPE))
            print_text(out, spec, p->content_type.ptr, p->content_type.len);
        else
            pad(out, spec->width, ' ');
        break;
    case 'D':
        if (mqw_has(p, MQW_PROPERTY_CORRELATION_DATA))
            fwrite(p->correlation_data.ptr, 1, p->correlation_data.len, out);
        break;
    case 'P':
        if (mqw_has(p, MQW_PROPERTY_USER_PROPERTY))
            print_pairs(out, &p->user_properties);
        break;
    case 'R':
        if (mqw_has(p, MQW_PROPERTY_RESPONSE_TOPIC))
            print_text(out, spec, p->response_topic.ptr, p->response_topic.len);
        break;
    default:
        break;
    }
}

static bool print_spec(FILE *out, const struct spec *spec, const struct printed *message)
{
    const struct mqw_publish *publish = message->publish;

    switch (spec->letter) {
    case '%':
        putc('%', out);
        return true;
    case 't':
        print_text(out, spec, publish->topic.ptr, publish->topic.len);
        return true;
    case 'p':
    case 'x':
    case 'X':
        print_payload(out, spec, publish->payload);
        return true;
    case 'l':
        print_number(out, spec, publish->payload.len);
        return true;
    case 'q':
        putc('0' + publish->qos, out);
        return true;
    case 'r':
        putc(publish->retain ? '1' : '0', out);
        return true;
    case 'm':
        print_number(out, spec, publish->packet_id);
        return true;
    case 'j':
    case 'J':
        return json_print(out, message, spec->letter == 'J');
    case 'I':
        print_time(out, "%FT%T%z", spec, &message->time);
        return true;
    case 'U':
        fprintf(out, "%lld.%09ld", (long long)message->time.tv_sec, message->time.tv_nsec);
        return true;
    default:
        print_property(out, spec, &publish->properties);
        return true;
    }
}

static void print_strftime(FILE *out, char letter, const struct timespec *time)
{
    const struct spec plain = {.most = -1};
    char format[] = {'%', letter, '\0'};

    if (letter == '@')
        putc('@', out);
    else if (letter == 'N')
        fprintf(out, "%09ld", time->tv_nsec);
    else
        print_time(out, format, &plain, time);
}

static void print_character(FILE *out, char wanted)
{
    switch (wanted) {
#define FORMAT_ROW(letter, character, text)                                                        \
    case letter:                                                                                   \
        putc(character, out);                                                                      \
        break;
        FORMAT_CHARACTERS(FORMAT_ROW)
#undef FORMAT_ROW
    default:
        break;
    }
}

bool format_print(FILE *out, const char *format, const struct printed *message)
{
    bool good = true;

    while (*format) {
        char kind = *format++;
        if (kind == '%') {
            struct spec spec = read_spec(&format);
            good = print_spec(out, &spec, message) && good;
        } else if (kind == '@' && *format) {
            print_strftime(out, *format++, &message->time);
        } else if (kind == '\\' && *format) {
            print_character(out, *format++);
        } else {
            putc(kind, out);
        }
    }
    return good;
}
