/* SPDX-License-Identifier: MIT */
/* Files for the tests of passwords, SCRAM's keys and ACLs. */
#include "broker_access.h"

#include <unistd.h>

char file_name[64], problem[256];

void write_file(const void *bytes, size_t len)
{
    FILE *file = fopen(file_name, "wb");
    ck_assert(file && fwrite(bytes, 1, len, file) == len && !fclose(file));
}

void write_text(const char *text)
{
    write_file(text, strlen(text));
}

void write_random(const char *const *words, size_t count)
{
    char bytes[512];
    size_t len = 0;

    for (uint32_t left = draw(16); left; left--) {
        const char *word = words[draw((uint32_t)count)];
        if (len + strlen(word) > sizeof bytes)
            break;
        memcpy(bytes + len, word, strlen(word));
        len += strlen(word);
    }
    for (uint32_t left = draw(4); len && left > 1; left--)
        bytes[draw((uint32_t)len)] = (char)draw(256);
    write_file(bytes, len ? draw((uint32_t)len) + 1 : 0);
}

void says(const char *text)
{
    ck_assert_msg(strstr(problem, text), "\"%s\" is not in \"%s\"", text, problem);
}

int run_with_files(const char *name, TCase *tcase)
{
    int failed;

    snprintf(file_name, sizeof file_name, "broker_access.%ld.tmp", (long)getpid());
    tcase_set_timeout(tcase, 120);
    failed = run_case(name, tcase);
    remove(file_name);
    return failed;
}
