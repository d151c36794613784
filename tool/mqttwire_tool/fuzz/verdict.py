# SPDX-License-Identifier: MIT
"""What went wrong with a target, and when two such things are the same."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass, field

import mqttwire as mq

from .session import Session

CRASH, HANG, REFUSES, MEMORY, REPORT = "crash", "hang", "refuses", "memory", "report"
FRAMES = 3  # of a stack, which make it the same

NATIVE = re.compile(r"^\s*#\d+ 0x[0-9a-f]+ in (\S+)", re.M)
GO = re.compile(r"^([\w./*()-]+)\(.*\)\n\t\S+:\d+", re.M)
PYTHON = re.compile(r'^  File "[^"]*", line \d+, in (\S+)', re.M)
ERROR = re.compile(r"(?:ERROR|WARNING): (\w+Sanitizer): ([\w-]+)|runtime error: ([^\n]*)")
ASSERTION = re.compile(r"([\w:~]+)(?:\([^\n]*\))?: Assertion `([^\n]*)' failed")
# Of sanitizers and of the C library, which stand above where it happened.
RUNTIME = re.compile(
    r"_*(interceptor|asan|sanitizer|ubsan|msan|tsan|lsan|libc_|GI_|pthread_kill)|abort$|raise$"
    r"|gsignal$|_?_assert|mem(cpy|move|set|cmp|chr)|str(len|cpy|cmp|n)|operator|malloc$|calloc$"
    r"|realloc$|free$|panic$|runtime\."
)


@dataclass
class Trouble:
    """What is wrong with the target after a session."""

    kind: str
    text: str  # in words
    code: int | None = None  # as Process.code() has it
    report: str = ""  # of a sanitizer
    output: str = ""
    error: str = ""  # the sanitizer's word for it
    frames: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        text = self.report or self.output
        if found := ERROR.search(text):
            self.error = found[2] or re.sub(r"0x[0-9a-f]+|\d+", "N", found[3]).strip()
        self.frames = frames_of(text[found.start() if found else 0 :])
        if not found and (failed := ASSERTION.search(text)) and self.kind == CRASH:
            self.error = f"assertion {failed[2]}"
            self.frames = [failed[1]]

    @property
    def coarse(self) -> tuple[str, ...]:
        """Reducing a session has to keep this."""
        if self.frames and self.kind != HANG:
            return (self.kind, self.error, *self.frames)
        return (self.kind, how_ended(self.code), self.error)


def how_ended(code: int | None) -> str:
    if code is None:
        return ""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def frames_of(text: str) -> list[str]:
    """The topmost functions of a stack, if there is one."""
    if found := NATIVE.findall(text.partition("\n\n")[0] or text) or NATIVE.findall(text):
        return [name for name in found if not RUNTIME.match(name)][:FRAMES]
    if "goroutine " in text:
        found = [name for name in GO.findall(text) if not RUNTIME.match(name)]
        return found[:FRAMES]
    if "Traceback (most recent call last)" in text:
        return PYTHON.findall(text.rpartition("Traceback (most recent call last)")[2])[
            : -FRAMES - 1 : -1
        ]
    return []


@dataclass(frozen=True)
class Judged:
    """A packet that was sent: where it stands in its connection's stream, and what it breaks."""

    start: int
    end: int
    kind: str
    rule: str  # "": none
    version: int | None  # to read it in; None: a CONNECT

    @property
    def name(self) -> str:
        return f"{self.kind} {self.rule}".strip()


def judged(stream: bytes, sender: mq.Sender, version: int | None = None) -> list[Judged]:
    """The packets of a stream; what cannot be cut is the last one."""
    made: list[Judged] = []
    at = 0
    while at < len(stream):
        rest = memoryview(stream)[at:]
        kind = mq.Type(rest[0] >> 4).name if rest[0] >> 4 else "type 0"
        is_connect = rest[0] >> 4 == mq.Type.CONNECT
        use = None if is_connect else version or 4
        size, rule = len(rest), ""
        try:
            size = mq.frame(rest, use)
            packet = mq.decode(rest[:size], use, sender)
            if is_connect:
                version = packet.version
            elif version is None and sender == "client":
                rule = mq.rule_info(mq.Rule.FIRST_PACKET).name
        except mq.MqttError as error:
            rule = "cut" if isinstance(error, mq.Incomplete) else error.rule or ""
            if 0 < (error.size or 0) <= len(rest):
                size = error.size
            if is_connect and version is None:
                version = mq.explain(rest[:size], None).version
        except ValueError:
            rule = "unreadable"
        made.append(Judged(at, at + size, kind, rule, use))
        at += size
    return made


def packets_of(session: Session, connection: int) -> list[Judged]:
    return judged(session.stream(connection), session.sender, session.version)


def trigger_of(session: Session) -> str:
    """The last packet of a session that breaks a rule, or else its last packet."""
    sent = [write.connection for write in session.writes]
    for connection in dict.fromkeys(reversed(sent)):
        packets = packets_of(session, connection)
        wrong = [packet for packet in packets if packet.rule]
        if wrong or packets:
            return (wrong or packets)[-1].name
    return "no packet"


def key_of(trouble: Trouble, trigger: str) -> tuple[str, ...]:
    """Findings with the same key are one."""
    if trouble.frames:
        return (trouble.kind, trouble.error, *trouble.frames)
    return (trouble.kind, how_ended(trouble.code), trouble.error, trigger)


def title_of(trouble: Trouble, trigger: str) -> str:
    parts = [trouble.kind]
    ended = how_ended(trouble.code) if trouble.kind == CRASH else ""
    parts += [part for part in (trouble.error or ended,) if part]
    where = f" in {trouble.frames[0]}" if trouble.frames else ""
    return f"{', '.join(parts)}{where}, at {trigger}"
