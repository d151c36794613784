# SPDX-License-Identifier: MIT
"""Each kind of rule of a connection is found in a capture of it, and told with its statement."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from capture_synthesis import (
    DISCONNECT,
    PINGREQ,
    PINGRESP,
    Capture,
    Connection,
    ack,
    alias,
    connack,
    connect,
    publish,
    suback,
    subscribe,
    u16,
)
from command import called

pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")

PUBACK, PUBREC, PUBREL, PUBCOMP = 4, 5, 6, 7
RECEIVE_MAXIMUM, ALIAS_MAXIMUM, PACKET_MAXIMUM = b"\x21", b"\x22", b"\x27"
Said = list[tuple[str, bytes]]


def message(packet_id: int, qos: int = 1, **more: Any) -> bytes:
    made: bytes = publish(5, "a", b"x", qos=qos, packet_id=packet_id, **more)
    return made


def begun(client: bytes = b"", server: bytes = b"") -> Said:
    """CONNECT and CONNACK with these properties."""
    return [("client", connect(5, "me", client)), ("server", connack(5, server))]


# What is said, of which the last packet breaks the rule; and one of the statements of 5.0.
CASES: dict[str, tuple[str, Said]] = {
    "first_packet": ("MQTT-3.1.0-1", [("client", PINGREQ)]),
    "second_connect": ("MQTT-3.1.0-2", [*begun(), ("client", connect(5, "me"))]),
    "before_connack": (
        "MQTT-3.2.0-1",
        [*begun()[:1], ("server", publish(5, "a", b"x"))],
    ),
    "second_connack": ("MQTT-3.2.0-2", [*begun(), ("server", connack(5))]),
    "after_disconnect": (
        "MQTT-3.14.4-1",
        [*begun(), ("client", DISCONNECT), ("client", PINGREQ)],
    ),
    "pingresp_unasked": ("3.13", [*begun(), ("server", PINGRESP)]),
    "packet_id_in_use": (
        "MQTT-2.2.1-3",
        [*begun(), ("client", message(7)), ("client", subscribe(5, 7, "a"))],
    ),
    "acknowledged_id_unknown": (
        "MQTT-2.2.1-5",
        [*begun(), ("client", message(7)), ("server", ack(PUBACK, 8))],
    ),
    "answered_id_unknown": (
        "MQTT-2.2.1-6",
        [*begun(), ("client", subscribe(5, 7, "a")), ("server", suback(5, 8, 0))],
    ),
    "acknowledgement_type": (
        "MQTT-3.3.4-1",
        [*begun(), ("client", message(7, qos=2)), ("server", ack(PUBACK, 7))],
    ),
    "pubrel_without_pubrec": (
        "MQTT-4.3.3-4",
        [*begun(), ("client", message(7, qos=2)), ("client", ack(PUBREL, 7))],
    ),
    "resent": (
        "MQTT-4.4.0-1",
        [*begun(), ("client", message(7)), ("client", message(7, dup=True))],
    ),
    "suback_count": (
        "MQTT-3.9.3-1",
        [*begun(), ("client", subscribe(5, 7, "a", "b")), ("server", suback(5, 7, 0))],
    ),
    "puback_order": (
        "MQTT-4.6.0-2",
        [
            *begun(),
            ("server", message(1)),
            ("server", message(2)),
            ("client", ack(PUBACK, 2)),
            ("client", ack(PUBACK, 1)),
        ],
    ),
    "topic_alias_too_large": (
        "MQTT-3.2.2-17",
        [
            *begun(client=ALIAS_MAXIMUM + u16(9), server=ALIAS_MAXIMUM + u16(2)),
            ("server", publish(5, "b", b"", alias(9))),
            ("client", publish(5, "a", b"", alias(3))),
        ],
    ),
    "topic_alias_unknown": (
        "3.3.4",
        [
            *begun(client=ALIAS_MAXIMUM + u16(9), server=ALIAS_MAXIMUM + u16(9)),
            ("server", publish(5, "b", b"", alias(1))),  # of the other direction
            ("client", publish(5, "", b"", alias(1))),
        ],
    ),
    "receive_maximum_exceeded": (
        "MQTT-3.3.4-7",
        [
            *begun(server=RECEIVE_MAXIMUM + u16(2)),
            *[("client", message(packet_id)) for packet_id in (1, 2, 3)],
        ],
    ),
    "packet_size": (
        "MQTT-3.1.2-24",
        [
            *begun(client=PACKET_MAXIMUM + (30).to_bytes(4, "big")),
            ("server", publish(5, "a", b"x" * 30)),
        ],
    ),
}


def found(path: Path) -> tuple[int, list[list[Any]]]:
    """The exit code; and what each packet breaks, of its own or of the connection's."""
    run = called("inspect", "--json", path)
    return run.code, [
        [*form.get("findings", []), *([form["error"]] if "error" in form else [])]
        for form in run.json
    ]


@pytest.mark.parametrize("name", CASES)
def test_rules(name: str, tmp_path: Path) -> None:
    statement, said = CASES[name]
    path = tmp_path / "trace.pcap"
    path.write_bytes(Connection(Capture()).open().talk(said).capture.pcap())
    code, broken = found(path)
    *before, (finding,) = broken
    assert not any(before)
    assert statement in finding["ids"]
    assert finding["rule"] == name or name == "packet_size"
    assert code == 1
    lines = called("inspect", path).lines
    at = next(at for at, line in enumerate(lines) if line.startswith("      ! "))
    assert finding["rule"] in lines[at]
    assert statement in lines[at]


@pytest.mark.parametrize("name", CASES)
def test_one_less_is_fine(name: str, tmp_path: Path) -> None:
    """Without its last packet nothing is broken."""
    path = tmp_path / "trace.pcap"
    path.write_bytes(Connection(Capture()).open().talk(CASES[name][1][:-1]).capture.pcap())
    assert found(path)[0] == 0


def test_a_gap_beyond_the_keep_alive(tmp_path: Path) -> None:
    path = tmp_path / "trace.pcap"

    def after(seconds: float, version: int) -> list[list[Any]]:
        talk = Connection(Capture()).open().send("client", connect(version, "me", keep_alive=20))
        talk.send("server", connack(version))
        talk.capture.time += int(seconds * 1e9)
        path.write_bytes(talk.send("client", PINGREQ).capture.pcap())
        return found(path)[1]

    for version, statement in (4, "MQTT-3.1.2-24"), (5, "MQTT-3.1.2-22"):
        assert not any(after(29.9, version))
        (finding,) = after(30.1, version)[-1]
        assert finding["rule"] == "keep_alive_exceeded"
        assert statement in finding["ids"]


FORMS: dict[str, Callable[[Any], bytes]] = {
    f"{kind}, {order}, {unit}": write
    for order in "<>"
    for kind, unit, write in (
        ("pcap", "microseconds", lambda capture, order=order: capture.pcap(order)),
        ("pcap", "nanoseconds", lambda capture, order=order: capture.pcap(order, nano=True)),
        ("pcapng", "microseconds", lambda capture, order=order: capture.pcapng(order)),
        ("pcapng", "nanoseconds", lambda capture, order=order: capture.pcapng(order, 9)),
    )
}


@pytest.mark.parametrize("name", FORMS)
def test_formats_are_the_same_lines(name: str, tmp_path: Path) -> None:
    capture = Capture(step=1_000_000)
    Connection(capture).open().talk(CASES["puback_order"][1]).close()
    (tmp_path / "a").write_bytes(capture.pcap())
    (tmp_path / "b").write_bytes(FORMS[name](capture))
    assert called("inspect", tmp_path / "b") == called("inspect", tmp_path / "a")


def test_these_are_rules() -> None:
    assert set(CASES) - {"packet_size"} <= {rule.name.lower() for rule in mq.Rule}
