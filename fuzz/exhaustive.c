/* SPDX-License-Identifier: MIT */
/*
 * The codec against the oracle and the references, where small is enough to try everything:
 * docs/fuzzing.md.  Exits with 1 if they disagree anywhere.
 */
#include "exhaustive.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t stride = 1, first, passed, executions;

struct slice slice_of(uint64_t count)
{
    enum { FEW = 20000 };
    uint64_t before = (first + stride - passed % stride) % stride;
    if (count <= FEW)
        return (struct slice){first == 0 ? 0 : count, 1};
    passed += count;
    return (struct slice){before, stride};
}

void executed(uint64_t count)
{
    executions += count;
}

const uint8_t *at_end(const uint8_t *bytes, size_t len)
{
    static uint8_t *block;
    if (!block && !(block = malloc(AT_END_MAX)))
        abort();
    if (len > 0)
        memcpy(block + AT_END_MAX - len, bytes, len);
    return block + AT_END_MAX - len;
}

static const struct {
    const char *name;
    void (*run)(struct scratch *scratch);
    const char *what;
} parts[] = {
    {"lengths", every_length, "all short Remaining Lengths, long ones at their boundaries"},
    {"packets", every_packet, "all packets of up to 2 bytes, of up to 6 telling ones, and more"},
    {"long", every_long, "texts, blocks and lists of lengths around 128, 256, 16384 and 65535"},
    {"text", every_text, "UTF-8: all of up to 3 bytes, 4 at boundaries, all code points"},
    {"topics", every_topic, "names, filters, shares and matches of up to 6 characters"},
};
enum { PARTS = sizeof parts / sizeof *parts };

static int help(FILE *out, int code)
{
    fprintf(out, "usage: exhaustive [--part NAME] [--stride N] [--first N] [--print N]\n\n"
                 "Compares the codec with an oracle that was written apart from it.\n"
                 "  --part NAME  this part alone:\n");
    for (size_t i = 0; i < PARTS; i++)
        fprintf(out, "                 %-8s %s\n", parts[i].name, parts[i].what);
    fprintf(out, "  --stride N   every N-th case: a slice of the whole (1)\n"
                 "  --first N    the first case of the slice, below the stride (0)\n"
                 "  --print N    prints so many disagreements and counts the others (1000)\n\n"
                 "  exhaustive                         all of it, in minutes\n"
                 "  exhaustive --stride 199            a slice, in seconds\n"
                 "  exhaustive --stride 2 --first 1    the second half\n");
    return code;
}

static bool number(const char *text, uint64_t *out)
{
    char *end;
    *out = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end;
}

static double seconds(void)
{
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct arguments {
    const char *part; /* NULL: all */
    uint64_t print;
};

static bool parse(struct arguments *arguments, int argc, char **argv)
{
    for (int i = 1; i < argc; i += 2) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
        bool good = strcmp(name, "--stride") == 0  ? number(value, &stride) && stride > 0
                    : strcmp(name, "--first") == 0 ? number(value, &first)
                    : strcmp(name, "--print") == 0 ? number(value, &arguments->print)
                                                   : strcmp(name, "--part") == 0;
        if (!good)
            return false;
        if (strcmp(name, "--part") == 0)
            arguments->part = value;
    }
    return first < stride;
}

int main(int argc, char **argv)
{
    struct scratch scratch = {0};
    struct arguments arguments = {NULL, 1000};
    bool ran = false;
    double begin = seconds();
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return help(stdout, 0);
    if (!parse(&arguments, argc, argv))
        return help(stderr, 2);
    print_at_most((unsigned long)arguments.print);
    for (size_t i = 0; i < PARTS; i++) {
        uint64_t before = executions;
        double start = seconds();
        if (arguments.part && strcmp(arguments.part, parts[i].name) != 0)
            continue;
        ran = true;
        parts[i].run(&scratch);
        printf("%-8s %12llu comparisons %8.1f s\n", parts[i].name,
               (unsigned long long)(executions - before), seconds() - start);
        fflush(stdout);
    }
    scratch_free(&scratch);
    if (!ran)
        return help(stderr, 2);
    printf("%-8s %12llu comparisons %8.1f s, %lu disagreements\n", "all",
           (unsigned long long)executions, seconds() - begin, disagreements());
    printf("%llu packets were good, with the same fields\n", (unsigned long long)scratch.accepted);
    return disagreements() > 0;
}
