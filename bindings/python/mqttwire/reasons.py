# SPDX-License-Identifier: MIT
"""What a reason code means, which may be another thing in another packet."""

from __future__ import annotations

from . import _mqttwire
from .tables import Type


def reason_name(code: int, packet: Type | int, version: int = 5) -> str | None:
    """Name of a reason code, in 3.1.1 of a return code, in a packet of this type: "granted_qos_1".

    In capitals it is the name of a member of Reason or ReturnCode.  None: the packet has no such
    code.  ValueError: there is no such type, version or code.
    """
    _check(code, packet, version)
    return _mqttwire.reason_name(version, packet, code) or None


def reason_text(code: int, packet: Type | int, version: int = 5) -> str | None:
    """The words of the specification for a code in a packet of this type: "Granted QoS 1".

    None, ValueError: as in reason_name().
    """
    _check(code, packet, version)
    return _mqttwire.reason_text(version, packet, code) or None


def _check(code: int, packet: int, version: int) -> None:
    Type(packet)
    if version not in (3, 4, 5):
        raise ValueError(f"version: expected 3, 4 or 5, not {version!r}")
    if code not in range(256):
        raise ValueError(f"code: expected 0 to 255, not {code!r}")
