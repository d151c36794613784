# SPDX-License-Identifier: MIT
"""--script FILE: a function in Python that is asked about each packet."""

from __future__ import annotations

import inspect
import runpy
import traceback
from typing import Any, Callable

import mqttwire as mq

from ..arguments import Options
from ..outcome import Outcome, UsageError, say
from .held import Held, Out, bytes_of, line_of

NAME = "on_packet"


class Script:
    """on_packet(held) answers what passes instead of a packet.

    None: the packet, with what was changed in it.  A packet or bytes: these.  A list: each of it;
    an empty one drops the packet.  It may be `async`, and then wait.  Where it fails, that is told,
    and the packet passes as it came.
    """

    def __init__(self, path: str, options: Options, outcome: Outcome) -> None:
        self.path = path
        self.options = options
        self.outcome = outcome
        try:
            found = runpy.run_path(path).get(NAME)
        except OSError:
            raise
        except Exception as error:
            raise UsageError(f"{path}: {self._where(error)}") from None
        if not callable(found):
            raise UsageError(f"{path} has no function {NAME}(held)")
        self.function: Callable[[Held], Any] = found

    async def __call__(self, held: Held) -> list[Out]:
        came = held.data
        try:
            before = bytes_of(held.packet, self.options) if held.packet is not None else None
            answer = self.function(held)
            if inspect.isawaitable(answer):
                answer = await answer
            return self._outs(held, came, before, answer)
        except Exception as error:
            say(f"{self._where(error)}; the packet passes as it came")
            self.outcome.failed = True
            return [Out(came)]

    def _outs(self, held: Held, came: bytes, before: bytes | None, answer: object) -> list[Out]:
        if answer is None:
            if held.packet is None or bytes_of(held.packet, self.options) == before:
                return [Out(came)]
            answer = held.packet
        answers = answer if isinstance(answer, list) else [answer]
        made = [self._bytes(each, held, came, before) for each in answers]
        if made and came not in made:
            held.tell(f"changed by the script; there came: {line_of(held, came, self.options)}")
        remark = f"made by {self.path}; there came {came.hex()}"
        return [Out(data, "" if data == came else remark) for data in made]

    def _bytes(self, each: object, held: Held, came: bytes, before: bytes | None) -> bytes:
        """A packet that was not changed is sent as it came, which need not be the shortest way."""
        data = bytes_of(each, self.options)
        return came if isinstance(each, mq.Packet) and data == before else data

    def _where(self, error: Exception) -> str:
        """The error, with the line of the script that it came from."""
        if isinstance(error, SyntaxError):
            return f"line {error.lineno}: {error.msg}"
        lines = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename == self.path
        ]
        place = f"{self.path}, line {lines[-1]}" if lines else self.path
        return f"{place}: {type(error).__name__}: {error}"
