/* SPDX-License-Identifier: MIT */
/* The main of AFL++ for a harness that is written as for libFuzzer, such as parser.c or session.c. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifdef __AFL_FUZZ_TESTCASE_LEN
__AFL_FUZZ_INIT();

int main(void)
{
    __AFL_INIT();
    const uint8_t *data = __AFL_FUZZ_TESTCASE_BUF; /* shared memory: no file is read */
    while (__AFL_LOOP(10000))
        LLVMFuzzerTestOneInput(data, (size_t)__AFL_FUZZ_TESTCASE_LEN);
    return 0;
}

#else /* another compiler: a program that runs one file, to look at what was found */
int main(int argc, char **argv)
{
    static uint8_t data[1 << 20];
    FILE *in = argc == 2 ? fopen(argv[1], "rb") : NULL;
    size_t size;
    if (!in) {
        if (argc == 2)
            perror(argv[1]);
        else
            fprintf(stderr, "usage: %s FILE\n", argv[0]);
        return 2;
    }
    size = fread(data, 1, sizeof data, in);
    fclose(in);
    LLVMFuzzerTestOneInput(data, size);
    return 0;
}
#endif
