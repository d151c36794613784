# SPDX-License-Identifier: MIT
"""Exceptions: what is wrong with a packet, where, and by which rule."""

from __future__ import annotations

from typing import Any

from . import _mqttwire
from .rules import rule_info


class MqttError(Exception):
    """A packet breaks a rule.

    It is a MalformedPacket or a ProtocolError, as the specification classes the rule (sections 1.2
    and 4.13 of 5.0), or it is Incomplete.

    code: number of the rule, a member of Rule.  size: of the packet, in bytes; 0 where it is not
    known.  offset: where in the packet, the first byte of the field.  field: its dotted name, as in
    to_dict(): "properties.receive_maximum".  version: MQTT version in which the packet was read or
    written, 3, 4 or 5; None: not known.  findings: what Connection.feed() found of its connection,
    beside this.
    """

    def __init__(
        self, code: int, size: int = 0, offset: int = 0, field: str = "", version: int | None = None
    ) -> None:
        super().__init__(code, size, offset, field, version)
        self.code = code
        self.size = size
        self.offset = offset
        self.field = field
        self.version = version
        self.findings: tuple[MqttError, ...] = ()

    @property
    def rule(self) -> str:
        """Name of the rule: "receive_maximum_zero"."""
        return _mqttwire.rule_name(self.code)

    @property
    def message(self) -> str:
        """A sentence about the rule."""
        return _mqttwire.rule_text(self.code)

    @property
    def ids(self) -> tuple[str, ...]:
        """The specification's statement ids, or sections where it gives none."""
        return rule_info(self.code).ids(self.version or 5)

    @property
    def reason_code(self) -> int | None:
        """The code to send to whoever sent the packet; None where the version has none."""
        return rule_info(self.code).reason(self.version or 5)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: what stands under "error".  Its keys are always there, or None."""
        return {
            "rule": self.rule,
            "ids": list(self.ids),
            "reason_code": self.reason_code,
            "offset": self.offset,
            "field": self.field or None,
            "message": self.message,
        }

    def __str__(self) -> str:
        where = f"{self.field} at byte {self.offset}" if self.field else f"at byte {self.offset}"
        ids = f"; {', '.join(self.ids)}" if self.ids else ""
        return f"{self.rule}: {self.message} ({where}{ids})"


class MalformedPacket(MqttError):
    """The bytes cannot be parsed as the specification wants: reason code 0x81, mostly.

    Sections 1.2 and 4.13.1 of 5.0.
    """


class ProtocolError(MqttError):
    """The packet can be parsed, and is not allowed: reason code 0x82, mostly.

    Sections 1.2 and 4.13.1 of 5.0.
    """


class Incomplete(MqttError):
    """The packet is not all there."""

    @property
    def wanted(self) -> int:
        """How many bytes are wanted in all, counted from the first byte of the packet."""
        return self.size

    @property
    def ids(self) -> tuple[str, ...]:
        """Empty: no statement is broken yet."""
        return ()

    @property
    def reason_code(self) -> int | None:
        """None: there is nothing to answer yet."""
        return None

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, with "wanted"."""
        return {**super().to_dict(), "offset": None, "wanted": self.wanted}

    def __str__(self) -> str:
        return f"{self.message}: {self.wanted} bytes are wanted"


def failure(code: int, size: int, offset: int, field: str, version: int) -> Exception:
    """The exception for a result of the extension, which calls this."""
    if code == _mqttwire.MQW_MISUSE:
        return ValueError("the version is not known: say which, or begin with a CONNECT")
    if code == _mqttwire.MQW_MORE:
        made: type[MqttError] = Incomplete
    elif rule_info(code).kind == "malformed":
        made = MalformedPacket
    else:
        made = ProtocolError
    return made(code, size, offset, field, version or None)
