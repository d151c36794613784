# SPDX-License-Identifier: MIT
"""Calls everything, 100,000 times or as often as told, and says what is left behind.

    python tests/leaks.py [CALLS]

Counted are blocks of Python's allocator, bytes of malloc (glibc's), and references to the classes,
to constants and to the input.  The last line is the sum; the exit code is 1 if anything grows with
the calls.
"""

from __future__ import annotations

import ctypes
import gc
import inspect
import resource
import sys
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import NamedTuple

import mqttwire as mq
from python_calls import CALLS, WEIGHT, Call
from python_examples import EXAMPLES

WATCHED: list[object] = [None, True, b"", "", *vars(mq).values(), *(e.wire for e in EXAMPLES)]
LIBC = ctypes.CDLL(None)


class Mallinfo(ctypes.Structure):
    _fields_ = [(f"field_{number}", ctypes.c_size_t) for number in range(10)]


class Use(NamedTuple):
    blocks: int
    bytes: int
    references: int

    def __sub__(self, other: Use) -> Use:
        return Use(*(here - there for here, there in zip(self, other)))


def in_use() -> Use:
    gc.collect()
    malloc = 0
    if hasattr(LIBC, "mallinfo2"):
        LIBC.mallinfo2.restype = Mallinfo
        info = LIBC.mallinfo2()
        malloc = info.field_7 + info.field_4  # uordblks, hblkhd
    return Use(sys.getallocatedblocks(), malloc, sum(map(sys.getrefcount, WATCHED)))


def left_by(calls: list[Call], count: int) -> Use:
    rounds = -(-count // len(calls))
    for measured in (False, True):  # the first time Python fills its caches
        before = in_use()
        for _ in range(rounds if measured else rounds // 10 + 1):
            for call in calls:
                call()
    return in_use() - before


def grows(left: Use, count: int) -> bool:
    """More than Python itself takes now and then; of 100,000 calls, one in two hundred leaks."""
    slack = 400 + count // 1000
    return left.blocks > slack or left.bytes > 100 * slack or left.references > slack


def public_code() -> Iterator[tuple[str, CodeType]]:
    for name in mq.__all__:
        thing = getattr(mq, name)
        if inspect.isfunction(thing):
            yield name, thing.__code__
        if inspect.isclass(thing):
            for member, value in vars(thing).items():
                if isinstance(value, property):
                    value = value.fget
                own = inspect.isfunction(value) and value.__module__.startswith("mqttwire.")
                if own and not member.startswith("_"):
                    yield f"{name}.{member}", value.__code__


def not_called() -> list[str]:
    """Public functions that none of the calls reaches."""
    seen: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            seen.add(frame.f_code)

    sys.setprofile(note)
    for calls in CALLS.values():
        for call in calls:
            call()
    sys.setprofile(None)
    return [name for name, code in public_code() if code not in seen]


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    kept: list[object] = []
    for leak in (lambda: kept.append(object()), lambda: LIBC.malloc(100)):
        # With PYTHONMALLOC=malloc there are no blocks: a sanitizer counts.
        if sys.getallocatedblocks() and not grows(left_by([leak], 2000), 2000):
            sys.exit("a leak is not seen")
    failed = 0
    for name, calls in CALLS.items():
        left = left_by(calls, -(-count // WEIGHT.get(name, 1)))
        if grows(left, count):  # a leak does so again; Python's caches have grown once
            left = left_by(calls, -(-count // WEIGHT.get(name, 1)))
        bad = grows(left, count)
        failed += bad
        print(
            f"{name:26} {count} calls left {left.blocks} blocks, {left.bytes} bytes of malloc,"
            f" {left.references} references{': A LEAK' if bad else ''}"
        )
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss} KiB of memory at most")
    print(f"public, and not called: {', '.join(not_called()) or 'nothing'}")
    print(f"{len(CALLS) - failed} passed {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
