# SPDX-License-Identifier: MIT
"""--break: packets are held until somebody says, on standard input, what is to become of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Callable

import mqttwire as mq

from ..arguments import Options, limit_of
from ..inputs import bytes_of_hex
from ..outcome import UsageError, say
from ..render import paint_for, tree_rows
from .breaks import Filter, parse
from .edit import Wrong, edited, packet_of
from .held import Held, Out, line_of, read_in
from .words import COMMANDS

if TYPE_CHECKING:
    from .relay import Relay


class Waiting:
    """A held packet, and the future that its pump waits for."""

    def __init__(self, held: Held) -> None:
        self.held = held
        self.data = held.data  # as it was edited
        self.outs: asyncio.Future[list[Out]] = asyncio.get_running_loop().create_future()


class Keyboard:
    def __init__(
        self,
        filters: list[Filter],
        options: Options,
        show_secrets: bool,
        relays: dict[int, Relay],
        full: bool = False,
    ) -> None:
        """full: `show` tells all fields."""
        self.filters = filters
        self.options = options
        self.show_secrets = show_secrets
        self.full = full
        self.relays = relays  # those that are open, by number
        self.queue: deque[Waiting] = deque()  # the first one is what commands are about
        self.shown: Waiting | None = None
        self.something = asyncio.Event()  # is held
        self.lines: asyncio.Queue[str | None] = asyncio.Queue()
        self.terminal = sys.stdin.isatty()

    # ---- Holding ----------------------------------------------------------------------------

    async def __call__(self, held: Held) -> list[Out]:
        if not any(matches(held) for matches in self.filters):
            return [Out(held.data)]
        waiting = Waiting(held)
        self.queue.append(waiting)
        self.present()
        try:
            return await waiting.outs
        finally:
            if waiting in self.queue:  # its connection is gone
                self.queue.remove(waiting)
                self.present()

    def present(self) -> None:
        """Tells which packet waits for commands."""
        if not self.queue:
            self.something.clear()
            return
        self.something.set()
        if self.queue[0] is not self.shown:
            self.shown = self.queue[0]
            self.tell(self.shown, "held")
            self.prompt()

    def prompt(self) -> None:
        if self.terminal and self.queue:
            print("? ", end="", file=sys.stderr, flush=True)

    def tell(self, waiting: Waiting, what: str) -> None:
        waiting.held.tell(f"{what}: {line_of(waiting.held, waiting.data, self.options)}")

    def release(self, waiting: Waiting, outs: list[Out]) -> None:
        self.queue.remove(waiting)
        if not self.queue:
            self.something.clear()
        waiting.outs.set_result(outs)
        asyncio.get_running_loop().call_soon(self.present)  # after what passes now

    # ---- Commands ---------------------------------------------------------------------------

    async def run(self) -> None:
        """Takes commands until there are no more.

        What is typed is done at once; what comes from a file or a pipe is about held packets, and
        waits for them.
        """
        threading.Thread(target=self._read, args=[asyncio.get_running_loop()], daemon=True).start()
        while (line := await self.lines.get()) is not None:
            line = line.strip()
            if not self.terminal:
                if not line:
                    continue
                await self.something.wait()
            try:
                self.command(line)
            except (Wrong, UsageError) as error:
                say(error)
                self.prompt()
        self.go("")

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        """Lines of standard input, in a thread, as files cannot be waited for."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            for line in input_lines():
                loop.call_soon_threadsafe(self.lines.put_nowait, line)
            loop.call_soon_threadsafe(self.lines.put_nowait, None)

    def command(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        always: dict[str, Callable[[str], None]] = {
            "go": self.go,
            "break": self.hold_others,
            "help": lambda _: print(COMMANDS, file=sys.stderr),
            "inject": self.inject,
        }
        about: dict[str, Callable[[Waiting, str], None]] = {
            "": self.let_pass,
            "pass": self.let_pass,
            "drop": self.drop,
            "repeat": self.repeat,
            "edit": self.edit,
            "hex": self.replace,
            "show": self.show,
        }
        if word in always:
            always[word](rest)
        elif word not in about:
            raise Wrong(f"{word!r}? `help` has the words")
        elif self.queue:
            about[word](self.queue[0], rest)
        elif word:
            raise Wrong("no packet is held")
        if self.queue and self.queue[0] is self.shown:
            self.prompt()

    def go(self, _: str) -> None:
        self.filters = []
        for waiting in list(self.queue):
            self.let_pass(waiting, "")

    def hold_others(self, rest: str) -> None:
        self.filters = [parse(rest)]

    def let_pass(self, waiting: Waiting, _: str) -> None:
        self.release(waiting, [first(waiting)])

    def drop(self, waiting: Waiting, _: str) -> None:
        self.release(waiting, [])

    def repeat(self, waiting: Waiting, rest: str) -> None:
        if rest and not rest.isdecimal():
            raise Wrong("repeat N: how often again")
        again = Out(waiting.data, "repeated")
        self.release(waiting, [first(waiting)] + [again] * int(rest or 1))

    def edit(self, waiting: Waiting, rest: str) -> None:
        held = waiting.held
        try:
            packet = self.options.decode(waiting.data, read_in(held, waiting.data), held.sender)
        except (mq.MqttError, ValueError):
            raise Wrong("the packet breaks a rule: only `hex` can change it") from None
        waiting.data = edited(packet, rest)
        self.tell(waiting, "edited")

    def replace(self, waiting: Waiting, rest: str) -> None:
        waiting.data = bytes_of_hex(rest)
        self.tell(waiting, "edited")

    def show(self, waiting: Waiting, _: str) -> None:
        held = waiting.held
        try:
            fields = self.options.explain(
                waiting.data, read_in(held, waiting.data), held.sender, limit_of(self.full)
            )
        except ValueError as error:
            raise Wrong(str(error)) from None
        for row in tree_rows(waiting.data, fields, self.show_secrets, paint_for(sys.stderr)):
            print(row, file=sys.stderr)

    def inject(self, rest: str) -> None:
        """[#N] client|server WHAT"""
        number = self.queue[0].held.connection if self.queue else max(self.relays, default=0)
        word, _, what = rest.partition(" ")
        if word[:1] == "#" and word[1:].isdecimal():
            number = int(word[1:])
            word, _, what = what.strip().partition(" ")
        relay = self.relays.get(number)
        if relay is None:
            raise Wrong("there is no such connection")
        if word not in ("client", "server"):
            raise Wrong("inject client ..., or inject server ...")
        to: mq.Sender = "client" if word == "client" else "server"
        data = packet_of(what, relay.watch.version.told or 5)
        try:
            relay.inject(to, data)
        except ValueError as error:
            raise Wrong(str(error)) from None


def first(waiting: Waiting) -> Out:
    came = waiting.held.data
    return Out(waiting.data, "" if waiting.data == came else f"edited; there came {came.hex()}")


def input_lines() -> Iterator[str]:
    """Not through sys.stdin, which a thread that waits would keep locked when the program ends."""
    waiting = b""
    while data := os.read(0, 65536):
        *lines, waiting = (waiting + data).split(b"\n")
        yield from (line.decode(errors="replace") for line in lines)
    if waiting:
        yield waiting.decode(errors="replace")
