# SPDX-License-Identifier: MIT
# The extension that SWIG makes of mqttwire.i: for the layer above alone.

from collections.abc import Callable
from typing import Any

from typing_extensions import Buffer

from .connection import Seen
from .errors import MqttError
from .packets import Packet, Sender

MQW_TYPES: int
MQW_MORE: int
MQW_MISUSE: int
MQW_CLASS_MALFORMED: int
MQW_REASON_NONE: int

def rule_at(index: int) -> int: ...
def rule_name(code: int) -> str: ...
def rule_text(code: int) -> str: ...
def rule_ids(code: int, version: int) -> str: ...
def rule_class(code: int) -> int: ...
def rule_reason(code: int, version: int) -> int: ...
def type_name(type: int) -> str: ...
def property_name(id: int) -> str: ...
def property_text(id: int) -> str: ...
def property_type(id: int) -> str: ...
def reason_name(version: int, type: int, code: int) -> str: ...
def reason_text(version: int, type: int, code: int) -> str: ...
def allowance_text(bit: int) -> str: ...
def refusal_text(bit: int) -> str: ...
def register(
    packets: tuple[type[Packet] | None, ...],
    will: type,
    subscription: type,
    properties: type,
    failure: Callable[[int, int, int, str, int], Exception],
) -> None: ...
def view(data: Buffer) -> memoryview: ...
def frame(
    data: Buffer,
    version: int | None,
    sender: Sender | None,
    allow: int,
    refuse: int,
    max_size: int | None,
) -> int: ...
def decode(
    data: Buffer,
    version: int | None,
    sender: Sender | None,
    allow: int,
    refuse: int,
    max_size: int | None,
    view: bool,
) -> Packet: ...
def decode_all(
    packets: list[Packet],
    data: Buffer,
    version: int | None,
    sender: Sender | None,
    allow: int,
    refuse: int,
    max_size: int | None,
    view: bool,
) -> tuple[int, int, int, Exception | None]: ...
def scan(
    data: Buffer,
    version: int | None,
    sender: Sender | None,
    allow: int,
    refuse: int,
    max_size: int | None,
) -> tuple[dict[str, memoryview], int, int, int]: ...
def gather(
    data: Buffer, starts: Buffer, ends: Buffer, first: int, most: int
) -> tuple[int, bytes, bytes]: ...
def explain(
    data: Buffer,
    version: int | None,
    sender: Sender | None,
    allow: int,
    refuse: int,
    max_size: int | None,
    limit: int | None,
) -> tuple[list[tuple[Any, ...]], int, int, Any, int]: ...
def line(
    data: Buffer,
    version: int | None,
    sender: Sender | None,
    allow: int,
    refuse: int,
    max_size: int | None,
) -> str: ...
def encode(
    packet: Packet,
    type: int,
    version: int,
    sender: Sender | None,
    allow: int,
    refuse: int,
    max_size: int | None,
) -> bytes: ...
def to_dict(packet: Packet, type: int, version: int) -> dict[str, Any]: ...
def from_dict(dict: dict[str, Any]) -> Packet: ...
def topic_name_check(name: str | bytes, version: int | None, allow: int, refuse: int) -> None: ...
def topic_filter_check(
    filter: str | bytes, version: int | None, allow: int, refuse: int
) -> None: ...
def topic_match(filter: str | bytes, name: str | bytes, version: int | None) -> bool: ...
def topic_share(filter: str | bytes) -> tuple[str, str] | None: ...
def connection_register(seen: type[Seen]) -> None: ...
def connection_new(
    version: int | None,
    midway: bool,
    one_sided: bool,
    enforce_sizes: bool,
    client: tuple[Any, ...],
    server: tuple[Any, ...],
) -> object: ...
def connection_feed(
    connection: object,
    tags: dict[int, object],
    list: list[Seen],
    sender: Sender | None,
    data: Buffer,
    now: float,
) -> tuple[int, int, Exception | None]: ...
def connection_packet(
    connection: object,
    tags: dict[int, object],
    sender: Sender,
    packet: Packet,
    type: int,
    version: int,
    size: int,
    now: float,
) -> Seen: ...
def connection_unread(
    connection: object, tags: dict[int, object], sender: Sender | None, data: Buffer, now: float
) -> Seen: ...
def connection_tags(connection: object, tags: dict[int, object]) -> dict[int, object]: ...
def connection_options(
    connection: object, sender: Sender
) -> tuple[int | None, int, int, int | None]: ...
def connection_side(
    connection: object, sender: Sender
) -> tuple[int, int, int | None, int, int, int]: ...
def connection_state(connection: object) -> tuple[int | None, int, float | None]: ...
def connection_quota(connection: object, sender: Sender) -> int: ...
def connection_next_id(connection: object, sender: Sender) -> int | None: ...
def connection_hold(connection: object, sender: Sender, packet_id: int, tag: int) -> bool: ...
def finding(
    code: int,
    item: int,
    field: str,
    data: Buffer,
    version: int | None,
    sender: Sender | None,
    allow: int,
) -> MqttError: ...
