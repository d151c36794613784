# SPDX-License-Identifier: MIT
"""A finding as a directory: bytes, a program that sends them, a trace, logs, and what is known."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from pathlib import Path

from .process import OUTPUT
from .reproducer import reproducer
from .session import Session
from .trace import capture, written
from .verdict import Trouble, how_ended, key_of, packets_of, title_of

SANITIZER = "sanitizer.txt"
SESSION = "session.jsonl"
ORIGINAL = "original.jsonl"
REPRODUCER = "reproduce.py"


@dataclass
class Finding:
    number: int
    trouble: Trouble
    trigger: str  # the packet that does it, in words
    session: Session  # the least that does it
    originals: list[Session]  # as they were found
    reproduced: bool | None  # None: not tried
    tries: int
    seed: int
    times: int = 1

    @property
    def key(self) -> tuple[str, ...]:
        return key_of(self.trouble, self.trigger)

    @property
    def title(self) -> str:
        """Without what a sanitizer's log might do to a program or a terminal."""
        return re.sub(r"[^ -~]|[\"'\\]", "?", title_of(self.trouble, self.trigger))

    @property
    def name(self) -> str:
        words = re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")
        return f"finding-{self.number}-{words[:60].rstrip('-')}"

    def form(self) -> dict[str, object]:
        trouble = self.trouble
        session = self.session
        return {
            "title": self.title,
            "kind": trouble.kind,
            "text": trouble.text,
            "ended": how_ended(trouble.code) or None,
            "error": trouble.error or None,
            "frames": trouble.frames,
            "trigger": self.trigger,
            "times": self.times,
            "reproduced": self.reproduced,
            "tries": self.tries,
            "seed": self.seed,
            "sessions": [each.number for each in self.originals],
            "bytes": session.size,
            "connections": [
                {
                    "connection": number,
                    "packets": [
                        {"offset": p.start, "size": p.end - p.start, "packet": p.name}
                        for p in packets_of(session, number)
                    ],
                }
                for number in session.connections
            ],
        }

    def save_form(self, folder: Path) -> None:
        (folder / "finding.json").write_text(json.dumps(self.form(), indent=2) + "\n")

    def save(self, place: Path, host: str, port: int, hang: float) -> Path:
        """Answers the directory."""
        folder = place / self.name
        folder.mkdir(parents=True, exist_ok=True)
        session = self.session
        session.save(folder / SESSION)
        for original in self.originals:
            suffix = "" if len(self.originals) == 1 else f"-{original.number}"
            original.save((folder / ORIGINAL).with_name(f"original{suffix}.jsonl"))
        for number in session.connections:
            (folder / f"connection-{number}.bin").write_bytes(session.stream(number))
        (folder / REPRODUCER).write_text(reproducer(session, self.title, REPRODUCER, hang))
        began = time.time()
        if session.events:
            (folder / "trace.txt").write_text(written(session, began, host, port))
            capture(session, began, port, folder / "trace.pcapng")
        for name, text in ((SANITIZER, self.trouble.report), (OUTPUT, self.trouble.output)):
            if text:
                (folder / name).write_text(text)
        self.save_form(folder)
        return folder
