# SPDX-License-Identifier: MIT
"""mqttwire, through its Python package."""

from __future__ import annotations

from typing import Any

import mqttwire as mq
from lines import ACCEPT, MORE, REJECT, TOLD, Answer, serve


def decode(data: bytes, version: Any, sender: Any) -> Answer:
    try:
        packet = mq.decode(data, version=version, sender=sender)
    except mq.Incomplete:
        return MORE
    except mq.MqttError as error:
        return {**REJECT, "error": error.to_dict()}
    told = {"packet": packet.to_dict()} if len(data) <= TOLD else {}
    return {**ACCEPT, **told, "size": len(data)}


serve(decode)
