/* SPDX-License-Identifier: MIT */
/* A target as a plain program: runs it on files, and on all files in folders. */
#include "target.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

static unsigned long runs;

static void fail(const char *path)
{
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    exit(2);
}

static void file(const char *path, size_t size)
{
    FILE *in = fopen(path, "rb");
    uint8_t *data = malloc(size ? size : 1);
    if (!in || !data || fread(data, 1, size, in) != size)
        fail(path);
    fclose(in);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    runs++;
}

static void any(const char *path)
{
    struct stat about;
    DIR *folder;
    struct dirent *entry;

    if (stat(path, &about))
        fail(path);
    if (!S_ISDIR(about.st_mode)) {
        file(path, (size_t)about.st_size);
        return;
    }
    folder = opendir(path);
    if (!folder)
        fail(path);
    while ((entry = readdir(folder))) {
        char inside[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
        any(inside);
    }
    closedir(folder);
}

int main(int argc, char **argv)
{
    int i;
    for (i = 1; i < argc; i++)
        any(argv[i]);
    printf("%lu inputs\n", runs);
    return runs ? 0 : 2; /* a test without inputs shows nothing */
}
