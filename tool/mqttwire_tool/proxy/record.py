# SPDX-License-Identifier: MIT
"""What passed, as a capture: MQTT over TCP, also where it passed in TLS or WebSocket."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from ..outcome import Outcome, say
from ..pcapng import Writer
from ..track import IN_WIRESHARK

COMMENT = f"""\
Recorded by mqttwire proxy: MQTT as it passed, in TCP that is made up. Where a connection was TLS \
or WebSocket, that was taken off: its first frame says what it was. Passwords are in it. \
{IN_WIRESHARK}"""


class Recording:
    """A file.  When it cannot be written any more, that is told, and nothing else ends."""

    def __init__(self, name: str, outcome: Outcome) -> None:
        self.name = name
        self.outcome = outcome
        self.file = open(name, "wb")  # noqa: SIM115
        try:
            self.writer = Writer(self.file, COMMENT)
            self.writer.flush()
        except OSError as error:
            self.close()
            raise OSError(error.errno, error.strerror, name) from None

    def frames(self, time: int, frames: Iterable[bytes], comment: str = "") -> None:
        """The comment belongs to the first one."""
        if self.file.closed:
            return
        try:
            for frame in frames:
                self.writer.frame(time, frame, comment)
                comment = ""
            self.writer.flush()
        except OSError as error:
            say(f"{self.name}: {error.strerror}; what passes is not recorded any more")
            self.outcome.failed = True
            self.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.file.close()
