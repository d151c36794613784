/* SPDX-License-Identifier: MIT */
/* The leaves that mqw_explain tells are the bytes of the packet, each once and in order. */
#include "target.h"

struct leaves {
    const uint8_t *data;
    uint32_t next;  /* where the next leaf begins */
    uint32_t octet; /* where the last byte of bit fields was, */
    unsigned bits;  /* and which of its bits were told */
    bool has_octet, unread;
};

static uint32_t number_at(const uint8_t *at, uint32_t len)
{
    uint32_t number = 0, i;
    for (i = 0; i < len; i++)
        number = number << 8 | at[i];
    return number;
}

static uint32_t varint_at(const uint8_t *at, uint32_t len)
{
    uint32_t number = 0, i;
    for (i = 0; i < len; i++)
        number |= (uint32_t)(at[i] & 0x7F) << 7 * i;
    return number;
}

static void expect_bits(struct leaves *leaves, const struct mqw_field *field)
{
    unsigned mask = ((1U << field->width) - 1) << field->bit;
    MUST(leaves->has_octet && field->start == leaves->octet && field->end == field->start + 1);
    MUST(field->width >= 1 && field->bit + field->width <= 8);
    MUST(!(leaves->bits & mask));
    leaves->bits |= mask;
    MUST(field->number == (leaves->data[field->start] & mask) >> field->bit);
}

static void expect_number(const struct leaves *leaves, const struct mqw_field *field)
{
    const uint8_t *at = leaves->data + field->start;
    uint32_t len = field->end - field->start;
    bool varint = strstr(field->path, "subscription_identifiers") ||
                  strstr(field->path, "properties.length") ||
                  !strcmp(field->path, "remaining_length");
    MUST(len >= 1 && len <= 4);
    MUST(field->number == (varint ? varint_at(at, len) : number_at(at, len)));
}

static bool see(void *arg, const struct mqw_field *field)
{
    struct leaves *leaves = arg;
    MUST(field->path && *field->path);
    if (field->kind == MQW_KIND_BITS) {
        expect_bits(leaves, field);
        return true;
    }
    MUST(!leaves->unread && field->start == leaves->next && field->end >= field->start);
    leaves->next = field->end;
    switch (field->kind) {
    case MQW_KIND_OCTET:
        MUST(field->end - field->start == 1 && field->number == leaves->data[field->start]);
        leaves->octet = field->start;
        leaves->has_octet = true;
        leaves->bits = 0;
        break;
    case MQW_KIND_INTEGER:
    case MQW_KIND_REASON:
    case MQW_KIND_LENGTH:
        expect_number(leaves, field);
        break;
    case MQW_KIND_TEXT:
    case MQW_KIND_BINARY:
    case MQW_KIND_UNREAD:
        MUST(field->bytes.len == field->end - field->start);
        MUST(!field->bytes.len || field->bytes.ptr == leaves->data + field->start);
        break;
    default:
        break;
    }
    return true;
}

/* A walk that is ended early tells no more. */
static bool see_few(void *arg, const struct mqw_field *field)
{
    uint32_t *left = arg;
    (void)field;
    MUST(*left > 0);
    return --*left > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_of(data, size);
    struct mqw_options options = take_options(&input);
    uint8_t *copy = copy_of(input.at, input.left);
    struct leaves leaves = {0};
    struct mqw_result told;
    uint32_t end, few = 1 + (uint32_t)(size & 15);

    leaves.data = copy;
    told = mqw_explain(copy, input.left, &options, see, &leaves);
    end = told.size && told.size < input.left ? told.size : (uint32_t)input.left;
    if (told.code != MQW_MISUSE)
        MUST(leaves.next == end);
    (void)mqw_explain(copy, input.left, &options, see_few, &few);
    free(copy);
    return 0;
}
