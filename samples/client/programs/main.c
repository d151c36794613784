/* SPDX-License-Identifier: MIT */
/* main of each program. */
#include "main.h"

#include "exits.h"
#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* What stands in for a standard descriptor that was closed cannot do what that is for: reading or
 * writing fails, as it should, and no socket or file takes its place. */
static bool fill_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
            return false;
    return true;
}

int main(int argc, char **argv)
{
    /* Defaults that are not zero.  What is read into it lasts as long as the program. */
    static struct config config = {
        .port = -1,
        .keep_alive = 60,
        .session_expiry = -1,
        .inflight = 20,
        .repeat = 1,
        .random_filter = 100,
        .publishers = 1,
        .subscribers = 1,
        .size = 64,
        .rate = 100,
        .duration = 10,
    };

    if (!fill_descriptors())
        return EXIT_CODE_ERROR;
    config.program = this_program;
    config.version = this_program == RR ? MQW_VERSION_5 : MQW_VERSION_3_1_1;
    switch (options_parse(&config, argc, (const char *const *)argv)) {
    case PARSED:
        return program_run(&config);
    case PARSED_WRONG:
        return EXIT_CODE_ERROR;
    default:
        if (fflush(stdout) == 0 || errno == EPIPE)
            return EXIT_CODE_GOOD;
        fprintf(stderr, "standard output: %s\n", strerror(errno));
        return EXIT_CODE_ERROR;
    }
}
