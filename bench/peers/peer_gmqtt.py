# SPDX-License-Identifier: MIT
"""gmqtt, a client: what it receives.  Given packet by packet without their fixed headers, to a
handler whose callbacks do nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from gmqtt.mqtt.handler import MqttPackageHandler
from gmqtt.mqtt.utils import ConnectionState
from timing import Packet, serve

RECEIVED = {"P1", "P2", "P5", "P7", "P9"}  # PUBLISH, PUBACK, SUBACK


def nothing(*_: Any, **__: Any) -> None:
    pass


def make(packet: Packet) -> Callable[[], object] | None:
    if packet.name not in RECEIVED:
        return None
    quiet = logging.getLogger("quiet")
    quiet.setLevel(logging.CRITICAL)
    handler = MqttPackageHandler(
        connack_event=None,
        connection_lost_event=None,
        connection_state=ConnectionState(protocol_version=packet.version),
        reconnect_callback=nothing,
        disconnect_callback=nothing,
        resend_qos_callback=nothing,
        clear_qos_callback=nothing,
        connect_properties={},
        subscriptions_getter=list,
        remove_message_callback=nothing,
        store_message_callback=nothing,
        send_command_with_mid_callback=nothing,
        logger=quiet,
    )
    handler.on_message = handler.on_subscribe = nothing
    first, body = packet.wire[0], packet.wire[3 if packet.wire[1] & 128 else 2 :]
    handle = handler._handle_packet
    return lambda: handle(first, body)


serve(version("gmqtt"), make)
