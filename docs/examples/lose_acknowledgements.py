# SPDX-License-Identifier: MIT
"""For `mqttwire proxy --script`: the first PUBACK of the server is lost, the third, ...

Does the client send the message again when it connects anew, with DUP set?
"""

from __future__ import annotations

import mqttwire as mq
from mqttwire_tool.proxy.held import Held

count = 0


def on_packet(held: Held) -> list[bytes] | None:
    global count
    if held.sender == "client" or not isinstance(held.packet, mq.Puback):
        return None  # passes as it came
    count += 1
    return [] if count % 2 else None
