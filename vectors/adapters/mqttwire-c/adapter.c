/* SPDX-License-Identifier: MIT */
/*
 * mqttwire, through its C header.  A request is read for what it has to have, without a JSON parser:
 * the members of one flat object, whose values are texts without escapes, numbers, null or recipes.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mqttwire/mqttwire.h>

struct buffer {
    uint8_t *ptr;
    size_t len, cap;
};

static void die(const char *why)
{
    fprintf(stderr, "%s\n", why);
    exit(1);
}

static uint8_t *room(struct buffer *b, size_t more)
{
    if (b->cap - b->len < more) {
        b->cap = (b->len + more) * 2;
        b->ptr = realloc(b->ptr, b->cap);
        if (!b->ptr)
            die("no memory");
    }
    return b->ptr + b->len;
}

/* Where the value of a member begins, or NULL. */
static const char *member(const char *line, const char *name)
{
    char quoted[32];
    int len = snprintf(quoted, sizeof quoted, "\"%s\"", name);
    for (const char *at = line; (at = strstr(at, quoted)); at++) {
        const char *value = at + len + strspn(at + len, " ");
        if (*value == ':') /* else a value that is like the name */
            return value + 1 + strspn(value + 1, " ");
    }
    return NULL;
}

static bool is_text(const char *value, const char *text)
{
    size_t len = strlen(text);
    return value && value[0] == '"' && strncmp(value + 1, text, len) == 0 && value[1 + len] == '"';
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* Appends the bytes of a hex text that begins at its quote; answers what follows it. */
static const char *hex(const char *at, struct buffer *out)
{
    for (at++; *at && *at != '"';) {
        if (*at == ' ') {
            at++;
            continue;
        }
        int high = digit(at[0]), low = high < 0 ? -1 : digit(at[1]);
        if (low < 0)
            die("not hex");
        *room(out, 1) = (uint8_t)(high << 4 | low);
        out->len++;
        at += 2;
    }
    return *at ? at + 1 : at;
}

static void unfold(const char *at, struct buffer *out)
{
    out->len = 0;
    if (*at == '"') {
        hex(at, out);
        return;
    }
    int depth = 0;
    bool repeated = false;
    for (; *at; at++) {
        if (*at == '[')
            depth++;
        else if (*at == ']' && --depth == 0)
            return;
        else if (*at == '"' && strncmp(at, "\"repeat\"", 8) == 0) {
            repeated = true;
            at += 7;
        } else if (*at == '"') {
            size_t from = out->len;
            at = hex(at, out) - 1;
            if (!repeated)
                continue;
            size_t unit = out->len - from;
            char *end;
            unsigned long times = strtoul(at + 1 + strspn(at + 1, " ,"), &end, 10);
            if (!times)
                out->len = from;
            for (unsigned long i = 1; i < times; i++) {
                uint8_t *to = room(out, unit); /* may move what is there */
                memcpy(to, out->ptr + from, unit);
                out->len += unit;
            }
            repeated = false;
            at = end - 1;
        }
    }
}

static void answer(const char *line, struct buffer *data)
{
    const char *id = member(line, "id"), *wire = member(line, "wire");
    const char *sender = member(line, "sender"), *version = member(line, "version");
    if (!id || *id != '"' || !strchr(id + 1, '"'))
        die("no id");
    printf("{\"id\": %.*s, \"result\": ", (int)(strchr(id + 1, '"') + 1 - id), id);
    if (!is_text(member(line, "kind"), "packets") || !wire) {
        puts("\"skip\"}");
        return;
    }
    struct mqw_options options = {0};
    options.version = (uint8_t)(version ? strtol(version, NULL, 10) : 0);
    options.sender = is_text(sender, "client") ? MQW_CLIENT : is_text(sender, "server") ? MQW_SERVER : 0;
    unfold(wire, data);

    struct mqw_packet packet;
    struct mqw_result result = mqw_decode(data->ptr, data->len, &options, &packet);
    if (result.code == MQW_OK && result.size == data->len) {
        printf("\"accept\", \"size\": %u}\n", (unsigned)result.size);
    } else if (result.code == MQW_MORE) {
        puts("\"more\"}");
    } else if (result.code == MQW_OK) {
        puts("\"reject\", \"error\": {\"message\": \"bytes follow the packet\"}}");
    } else if (result.code < MQW_RULE_FIRST) {
        puts("\"skip\"}");
    } else {
        char field[1 << 10];
        unsigned code = mqw_rule_reason(result.code, options.version);
        mqw_decode_field(data->ptr, data->len, &options, field, sizeof field);
        printf("\"reject\", \"error\": {\"rule\": \"%s\", \"offset\": %u, \"field\": \"%s\", \"reason_code\": ",
               mqw_rule_of(result.code)->name, (unsigned)result.offset, field);
        if (code == MQW_REASON_NONE)
            puts("null}}");
        else
            printf("%u}}\n", code);
    }
}

int main(void)
{
    struct buffer line = {0}, data = {0};
    for (int c; (c = getchar()) != EOF;) {
        *room(&line, 1) = (uint8_t)(c == '\n' ? 0 : c);
        line.len++;
        if (c == '\n') {
            answer((const char *)line.ptr, &data);
            fflush(stdout);
            line.len = 0;
        }
    }
    free(line.ptr);
    free(data.ptr);
    return 0;
}
