# SPDX-License-Identifier: MIT
from collections.abc import Sequence
from typing import Literal, final

from .arguments import Bytes

_Sender = Literal["client", "server"]

@final
class Writer:
    """Writes packets as JSON, in which text that is not ASCII is escaped if `ascii` is set."""

    def __new__(
        cls,
        *,
        allow: int = 0,
        refuse: int = 0,
        max_size: int = 0,
        show_secrets: bool = False,
        payload_text: bool = False,
        ascii: bool = False,
    ) -> Writer: ...
    def line(
        self,
        *,
        number: int,
        time: int | None,  # nanoseconds since the epoch
        connection: int,  # its number
        transport: str | None,
        tls: str | None,
        client: str | None,
        server: str | None,
        client_id: str | bytes | None,
        sender: _Sender | None,
        size: int,
        guessed: str | None,
        data: Bytes,
        version: int | None,
        topic: str | bytes | None,
        acknowledges: int,
        latency: int | None,  # nanoseconds
        findings: Sequence[tuple[int, int, str]],  # rule, offset, field
    ) -> tuple[bytes, int]:
        """The line of a packet, and the result of decoding it: 0, 1 (more is wanted), or a rule."""
    def packet(self, data: Bytes, version: int | None, sender: _Sender | None) -> bytes:
        """The packet alone, as far as it can be read."""

def is_secret(path: str) -> bool:
    """Is a field of this path hidden?"""
