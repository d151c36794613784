# SPDX-License-Identifier: MIT
"""An adapter: a program that answers a JSON object a line with a JSON object a line."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

from .data import Form, Vector

PATIENCE = 10.0  # seconds of silence
LAST_WORDS = 2000  # bytes of standard error that are kept
CHUNK = 1 << 16
LONGEST = 1 << 30  # bytes of a line: the largest packet in hex has half of it


FIELDS = {  # of requests, by what is asked
    "packets": ("sender", "wire"),
    "encode": ("sender", "packet"),
    "topics": ("check", "topic_filter", "topic_name"),
    "streams": ("sender", "wire", "chunks"),
    "sessions": (),
}


def questions(vector: Vector) -> list[str]:
    """What is asked of a vector: its kind, and encoding where that gives these very bytes, or
    where it is what must be refused."""
    if vector.kind != "packets":
        return [vector.kind]
    asked = ["packets"] if "wire" in vector.form else ["encode"]
    return [*asked, "encode"] if vector.form.get("canonical") else asked


def request_of(vector: Vector, question: str) -> Form:
    """What an adapter is asked: never what is expected."""
    form = vector.form
    asked: Form = {"id": vector.id, "kind": question, "version": form["version"]}
    asked |= {name: form[name] for name in FIELDS[question] if name in form}
    if question == "sessions":
        asked["steps"] = [
            {name: value for name, value in step.items() if name != "error"}
            for step in vector.steps
        ]
    return asked


class Crash(Exception):
    """The adapter died, or was silent for too long."""


class Adapter:
    """Runs the program, and starts it again when it has crashed.

    garbage: is called with what it prints that is no answer.
    """

    def __init__(
        self, command: str, garbage: Callable[[str], None], patience: float = PATIENCE
    ) -> None:
        self.command = shlex.split(command)
        self.garbage = garbage
        self.patience = patience
        self.answers = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._pending = bytearray()  # printed, and no whole line yet
        self._words = b""  # last of what it said on standard error

    def __enter__(self) -> Adapter:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _start(self) -> subprocess.Popen[bytes]:
        self._pending = bytearray()
        self._words = b""
        # A session of its own: what it starts in turn can be ended with it.
        self._process = process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        for pipe in (process.stdin, process.stdout, process.stderr):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
        return process

    def close(self, wait: float = 2.0) -> None:
        """Closes its input, at which it should end, and sees to it that it does."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin and process.stdout and process.stderr
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(wait)
        except subprocess.TimeoutExpired:
            pass
        finally:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            process.stdout.close()
            process.stderr.close()

    def ask(self, vector: Vector, question: str) -> Form:
        """The answer.  Crash: there is none."""
        process = self._process or self._start()
        line = json.dumps(request_of(vector, question)).encode() + b"\n"
        try:
            answer = self._talk(process, line, vector.id)
        except Crash:
            self.close(0)
            raise
        self.answers += 1
        return answer

    def _talk(self, process: subprocess.Popen[bytes], line: bytes, identifier: str) -> Form:
        assert process.stdin and process.stdout and process.stderr
        deadline = time.monotonic() + self.patience
        left = memoryview(line)
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdin, selectors.EVENT_WRITE)
            selector.register(process.stdout, selectors.EVENT_READ)
            selector.register(process.stderr, selectors.EVENT_READ)
            while True:
                if self._pending.endswith(b"\n"):
                    found = self._answer(identifier)
                    if found is not None:
                        return found
                rest = deadline - time.monotonic()
                events = selector.select(max(0.0, rest))
                if rest <= 0:
                    raise Crash(f"no answer in {self.patience:g} seconds{self._last_words()}")
                for key, _ in events:
                    if key.fileobj is process.stdin:
                        try:
                            left = left[os.write(key.fd, left) :]
                        except BlockingIOError:
                            continue
                        except BrokenPipeError:  # its other pipes tell what became of it
                            left = left[:0]
                        if not left:
                            selector.unregister(process.stdin)
                        continue
                    part = os.read(key.fd, CHUNK)
                    if key.fileobj is process.stderr:
                        self._words = (self._words + part)[-LAST_WORDS:]
                        if not part:
                            selector.unregister(process.stderr)
                    elif part:
                        self._pending += part
                        if len(self._pending) > LONGEST:
                            raise Crash("it prints a line without an end")
                    else:
                        raise Crash(self._death(process))

    def _answer(self, identifier: str) -> Form | None:
        """The answer, if there is a line that is one; what is none is told."""
        while b"\n" in self._pending:
            end = self._pending.index(b"\n") + 1
            line = bytes(self._pending[:end])
            del self._pending[:end]
            if not line.strip():
                continue
            form: Any
            try:
                form = json.loads(line)
            except (ValueError, RecursionError):
                form = None
            if not isinstance(form, dict) or form.get("id") != identifier:
                self.garbage(line.strip()[:200].decode(errors="replace"))
            else:
                return form
        return None

    def _death(self, process: subprocess.Popen[bytes]) -> str:
        """Why there is no more to be read."""
        try:
            code = process.wait(1.0)
        except subprocess.TimeoutExpired:
            return f"it closed its standard output{self._last_words()}"
        assert process.stderr
        with contextlib.suppress(BlockingIOError):
            while part := os.read(process.stderr.fileno(), CHUNK):
                self._words = (self._words + part)[-LAST_WORDS:]
        if code < 0:
            how = f"it was ended by {signal.Signals(-code).name}"
        else:
            how = f"it ended with exit code {code}"
        return how + self._last_words()

    def _last_words(self) -> str:
        lines = self._words.decode(errors="replace").strip().splitlines()
        return f": {lines[-1].strip()}" if lines else ""
