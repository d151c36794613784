/* SPDX-License-Identifier: MIT */
/* From reset to main; words to the emulator by semihosting. */
#include "machine.h"

#include <stdint.h>
#include <string.h>

enum { WRITE_TEXT = 0x04, EXIT = 0x20, STOPPED = 0x20026 };

extern uint8_t data_begin[], data_end[], data_stored[], bss_begin[], bss_end[], stack_top[];

int main(void);
void reset(void);

static void ask_host(uint32_t what, const void *with)
{
    register uint32_t r0 __asm__("r0") = what;
    register const void *r1 __asm__("r1") = with;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void say(const char *text)
{
    ask_host(WRITE_TEXT, text);
}

void leave(int status)
{
    uint32_t block[2];
    block[0] = STOPPED;
    block[1] = (uint32_t)status;
    for (;;)
        ask_host(EXIT, block);
}

void reset(void)
{
    memcpy(data_begin, data_stored, (size_t)(data_end - data_begin));
    memset(bss_begin, 0, (size_t)(bss_end - bss_begin));
    leave(main());
}

static void fault(void)
{
    say("a fault of the processor\n");
    leave(2);
}

typedef void handler(void);
static const struct {
    const void *stack;
    handler *handlers[15];
} interrupts __attribute__((section(".interrupts"), used)) = {
    stack_top,
    {reset, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault,
     fault, fault},
};
