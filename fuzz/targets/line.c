/* SPDX-License-Identifier: MIT */
/* A line, and the name of a field, fit into what room there is, and are text. */
#include "target.h"

/* What is cut begins as the whole does, and its length is told. */
static void expect_cut(const char *whole, size_t len, const char *cut, size_t cap, size_t answer)
{
    MUST(answer == len && strlen(cut) < cap && !strncmp(whole, cut, strlen(cut)));
    MUST(len >= cap || !strcmp(whole, cut));
}

/* Nothing of a packet may speak to the terminal. */
static void expect_printable(const char *text)
{
    for (; *text; text++)
        MUST((unsigned char)*text >= 0x20 && *text != 0x7F);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_of(data, size);
    struct mqw_options options = take_options(&input);
    size_t cap = 1 + size % 61, len = input.left, line, name;
    uint8_t *copy = copy_of(input.at, len);
    char *whole, *cut = malloc(cap);

    MUST(cut);
    line = mqw_line(copy, len, &options, NULL, 0);
    whole = malloc(line + 1);
    MUST(whole && mqw_line(copy, len, &options, whole, line + 1) == line && strlen(whole) == line);
    expect_printable(whole);
    expect_cut(whole, line, cut, cap, mqw_line(copy, len, &options, cut, cap));
    free(whole);

    name = mqw_decode_field(copy, len, &options, NULL, 0);
    whole = malloc(name + 1);
    MUST(whole && mqw_decode_field(copy, len, &options, whole, name + 1) == name);
    expect_printable(whole);
    expect_cut(whole, name, cut, cap, mqw_decode_field(copy, len, &options, cut, cap));
    free(whole);
    free(cut);
    free(copy);
    return 0;
}
