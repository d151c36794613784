# SPDX-License-Identifier: MIT
"""inspect --payload: what declares a form, what stands below a line, what is refused."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, Literal

import mqttwire as mq
import pytest
from capture_synthesis import Capture, Connection, alias, connack, connect, publish
from command import Run, called, mqttwire, on_a_terminal
from mqttwire_tool.payload.layout import LARGEST
from mqttwire_tool.payload.sparkplug_schema import payload_class
from proxying import Proxy, Server, begun

SESSION = Path(__file__).parent / "payloads" / "sparkplug.jsonl"
RECORDED = [json.loads(line) for line in SESSION.read_text(encoding="utf-8").splitlines()]
FORMS = ("text", "json", "hex", "cbor", "sparkplug", "declared")


def message(
    payload: bytes, topic: str = "a/b", version: Literal[4, 5] = 5, **properties: Any
) -> bytes:
    made = mq.Properties(**properties) if version == 5 else None
    return mq.Publish(topic=topic, payload=payload, properties=made).encode(version)


def below(tmp_path: Path, data: bytes, *arguments: str, version: str = "5") -> list[str]:
    """The rows below the lines of packets."""
    path = tmp_path / "stream.bin"
    path.write_bytes(data)
    done = called("inspect", "-V", version, *arguments, path)
    assert done.code == 0, done
    return [line[6:] for line in done.lines if line.startswith("      ")]


def test_nothing_is_guessed(tmp_path: Path) -> None:
    """Without being asked there are no rows, and what is asked for stays what it is."""
    for payload in (b"55.49", b'{"a": 1}', b"\xa1\x61a\x01", b"Slaapkamer1"):
        assert below(tmp_path, message(payload)) == []
        assert below(tmp_path, message(payload), "--payload", "declared") == []
    assert below(tmp_path, message(b"55.49"), "--payload", "json") == ["JSON: 55.49"]
    assert below(tmp_path, message(b"55.49"), "--payload", "sparkplug") == [
        "not Sparkplug B: it has none of its fields",
        "      0  35 35 2e 34 39                                   55.49",
    ]


@pytest.mark.parametrize(
    ("payload", "properties", "row"),
    [
        (b"[1]", {"content_type": "application/json"}, "JSON by content type: [1]"),
        (b"[1]", {"content_type": "Application/JSON ; charset=utf-8"}, "JSON by content type: [1]"),
        (b"[1]", {"content_type": "application/senml+json"}, "JSON by content type: [1]"),
        (b"\x81\x01", {"content_type": "application/cbor"}, "CBOR by content type: [1]"),
        (b"\x81\x01", {"content_type": "application/senml+cbor"}, "CBOR by content type: [1]"),
        (b"\x01", {"content_type": "application/cbor-seq"}, "CBOR sequence by content type: 1"),
        (b"a<b", {"content_type": "text/html"}, "text by content type: a<b"),
        (b"\xe9", {"content_type": "text/plain; charset=ISO-8859-1"}, "text by content type: é"),
        (
            b"\xe9",
            {"content_type": 'text/plain;charset="us-ascii"'},
            "not text: not US-ASCII at byte 0",
        ),
        (
            b"a",
            {"content_type": "text/plain; charset=idna"},
            "not text: its character set is not read here",
        ),
        ("é".encode(), {"payload_format_indicator": 1}, "text by format indicator: é"),
        (
            b"[1]",
            {"payload_format_indicator": 1, "content_type": "application/json"},
            "JSON by content type: [1]",
        ),
        (
            b"[1",
            {"content_type": "application/json"},
            "not JSON: expecting ',' delimiter at byte 2",
        ),
        (b"[1]", {"content_type": "json"}, None),
        (b"[1]", {"content_type": "application/jsonx"}, None),
        (b"[1]", {"content_type": "text"}, None),
        (b"[1]", {"content_type": "application/octet-stream"}, None),
        (b"[1]", {"payload_format_indicator": 0}, None),
        (b"", {"content_type": "application/json"}, "JSON by content type: empty"),
    ],
)
def test_declared(
    tmp_path: Path, payload: bytes, properties: dict[str, Any], row: str | None
) -> None:
    shown = below(tmp_path, message(payload, **properties), "--payload", "declared")
    assert shown[:1] == ([] if row is None else [row])


def test_declared_by_topic(tmp_path: Path) -> None:
    state = message(b'{"online":true}', "spBv1.0/STATE/host", 4)
    assert below(tmp_path, state, "--payload", "declared", version="3.1.1") == [
        'JSON by topic: {"online": true}'
    ]
    for topic in ("spBv1.0x/g/NDATA/n", "x/spBv1.0/g/NDATA/n", "STATE/host"):
        data = message(bytes.fromhex(RECORDED[1]["payload"]), topic, 4)
        assert below(tmp_path, data, "--payload", "declared", version="3.1.1") == []


def sparkplug() -> bytes:
    """A session of an edge node, as a stream."""
    return b"".join(mq.from_dict(form).encode() for form in RECORDED)


def test_will_and_aliases(tmp_path: Path) -> None:
    shown = below(tmp_path, sparkplug(), "--payload", "declared")
    assert shown[:2] == [
        "will, Sparkplug B by topic: NDEATH, 2026-11-21T07:39:42.510Z, 1 metric",
        "  bdSeq = 3  (Int64)",
    ]
    assert "  Temperature = 183.5  (Double, alias 10)" in shown
    forced = below(tmp_path, sparkplug(), "--payload", "sparkplug")
    assert forced == [row.replace(" by topic", "") for row in shown]


def test_without_protobuf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for it is told at once; what declares it is told in a row, and the rest is shown."""
    payload_class.cache_clear()
    monkeypatch.setitem(sys.modules, "google.protobuf", None)
    try:
        done = called("inspect", "-x", "c000", "--payload", "sparkplug")
        assert done.code == 2 and "pip install 'mqttwire[tool]'" in done.err
        data = message(b"[1]", content_type="application/json")
        assert below(
            tmp_path, message(b"x", "spBv1.0/g/NDATA/n") + data, "--payload", "declared"
        ) == [
            "Sparkplug B needs protobuf: pip install 'mqttwire[tool]'",
            "JSON by content type: [1]",
        ]
    finally:
        payload_class.cache_clear()


def test_births_that_are_not_shown_count(tmp_path: Path) -> None:
    shown = below(tmp_path, sparkplug(), "--payload", "declared", "--topic", "spBv1.0/+/DDATA/#")
    assert shown[1] == "  Temperature = 183.5  (Double, alias 10)"


def test_across_connections(tmp_path: Path) -> None:
    """A node publishes its birth; a subscriber gets data, by a topic alias the second time."""
    pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")
    birth, data = (bytes.fromhex(RECORDED[number]["payload"]) for number in (2, 3))
    topic = RECORDED[3]["topic"]
    capture = Capture()
    node, subscriber = (Connection(capture, port=port).open() for port in (40000, 40001))
    for talk in (node, subscriber):
        talk.send("client", connect(5, "c", mq_u16(0x22, 5))).send("server", connack(5))
    node.send("client", publish(5, RECORDED[2]["topic"], birth))
    subscriber.send("server", publish(5, topic, data, alias(1)))
    subscriber.send("server", publish(5, "", data, alias(1)))
    path = tmp_path / "trace.pcap"
    path.write_bytes(capture.pcap())
    done = called("inspect", "--payload", "declared", path)
    assert done.text.count("        Temperature = 183.5  (Double, alias 10)\n") == 2
    other = called("inspect", "--payload", "declared", "--connection", "2", path)
    assert other.text.count("        Temperature = 183.5  (Double, alias 10)\n") == 2
    assert "DBIRTH" not in other.text


def mq_u16(identifier: int, value: int) -> bytes:
    """A property of two bytes: Topic Alias Maximum."""
    return bytes([identifier]) + value.to_bytes(2, "big")


def test_text_and_hex(tmp_path: Path) -> None:
    data = message(b"one\r\ntwo \x1b[2J \xe2\x80\xae\\\n")
    assert below(tmp_path, data, "--payload", "text") == [
        "text:",
        "  one",
        r"  two \x1b[2J \u202e\\",
        "  ",
    ]
    assert below(tmp_path, message(bytes(range(20))), "--payload", "hex") == [
        "hex: 20 bytes",
        "      0  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f  ................",
        "     16  10 11 12 13                                      ....",
    ]
    assert (
        below(tmp_path, message(b"\xff"), "--payload", "text")[0] == "not text: not UTF-8 at byte 0"
    )


def test_long_ones_are_cut(tmp_path: Path) -> None:
    text = message(b"x" * 5000)
    assert (
        below(tmp_path, text, "--payload", "text")[-1]
        == "  ... 3000 more characters, 5000 bytes in all"
    )
    assert below(tmp_path, text, "--payload", "text", "--payload-full")[-1] == "  " + "x" * 5000
    many = message(json.dumps([{"n": n, "t": "x" * 70} for n in range(100)]).encode())
    shown = below(tmp_path, many, "--payload", "json")
    assert len(shown) == 42
    assert shown[-1] == "  ... 362 more rows, 8990 bytes in all"
    full = below(tmp_path, many, "--payload", "json", "--payload-full")
    assert len(full) == 1 + 402
    assert json.loads("\n".join(full[1:]))[99] == {"n": 99, "t": "x" * 70}
    wrong = below(tmp_path, message(b"y" * 1000), "--payload", "json")
    assert wrong[-1] == "  ... 59 more rows, 1000 bytes in all" and len(wrong) == 6
    large = message(b"[" + b" " * LARGEST + b"]")
    assert below(tmp_path, large, "--payload", "json")[0] == (
        f"not JSON: {LARGEST + 2} bytes are too many to take apart"
    )


def test_with_fields(tmp_path: Path) -> None:
    path = tmp_path / "stream.bin"
    path.write_bytes(message(b'{"a": 1}', content_type="application/json"))
    for form in ("--tree", "--hex"):
        rows = called("inspect", "-V", "5", "--payload", "declared", form, path).lines
        assert rows[-1] == '            JSON by content type: {"a": 1}'
        assert " payload" in rows[-2]


def test_on_a_narrow_terminal(tmp_path: Path) -> None:
    path = tmp_path / "stream.bin"
    path.write_bytes(sparkplug() + message("é水".encode() * 100, payload_format_indicator=1))
    shown = on_a_terminal(
        "inspect", "-V", "5", "--payload", "declared", path, columns=80, NO_COLOR="1"
    )
    rows = [line for line in shown.splitlines() if line.startswith("      ")]
    assert len(rows) > 60
    assert max(map(len, rows)) == 80
    path.write_bytes(message(bytes(40)))
    for form, size in (("--payload-full", 16), ("--tree", 8)):
        shown = on_a_terminal("inspect", "-V", "5", "--payload", "hex", form, path, columns=80)
        rows = [line for line in shown.splitlines() if line.endswith(" " + "." * size)]
        assert len(rows) == 40 // size
        assert max(map(len, rows)) <= 80
    path.write_bytes(sparkplug())
    coloured = on_a_terminal("inspect", "-V", "5", "--payload", "declared", path)
    assert "\x1b[2mwill, Sparkplug B by topic" in coloured


def test_packets_without_payload(tmp_path: Path) -> None:
    data = mq.Connect(client_id="me").encode(5) + mq.Pingreq().encode(5)
    for form in FORMS:
        assert below(tmp_path, data, "--payload", form) == []


def test_broken_packets(tmp_path: Path) -> None:
    """What could not be read has no rows of this; the rule is told."""
    path = tmp_path / "stream.bin"
    path.write_bytes(bytes.fromhex("3007 0003612362 00 78"))
    for form in FORMS:
        done = called("inspect", "-V", "5", "--payload", form, path)
        assert done.code == 1
        assert len(done.lines) == 2 and "! topic_wildcard" in done.lines[1]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--payload", "json", "--json"], "--payload is for lines; --json has --payload-text"),
        (["--payload", "hex", "--html", "x.html"], "--payload is for lines"),
        (["--payload-full"], "--payload-full is for --payload"),
        (["--payload", "xml"], "invalid choice: 'xml'"),
    ],
)
def test_refused(arguments: list[str], why: str) -> None:
    done: Run = called("inspect", *arguments, "-x", "c000")
    assert done.code == 2
    assert why in done.err
    assert done.out == b""


def test_in_the_proxy() -> None:
    done = mqttwire("proxy", "--listen", "0", "--to", "localhost:1", "--payload", "json", "--json")
    assert done.code == 2 and "--payload is for lines" in done.err
    with Server() as server, Proxy("--to", server.place, "--payload", "json") as proxy:
        client, end = begun(proxy, server)
        with client, end:
            client.send(mq.Publish(topic="a", payload=b"[1,2]"))
            proxy.wait_for(re.escape("JSON: [1, 2]"))
        assert proxy.finish().code == 0
