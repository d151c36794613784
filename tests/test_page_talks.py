# SPDX-License-Identifier: MIT
"""inspect --html: what the page tells of connections and payloads; sums are those of a pencil."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from command import mqttwire
from mqttwire_tool.sources import Connection, Note, Seen
from page_maker import RECORDED, needs_page, page_of, read_by_node, seen

pytestmark = needs_page

SECOND = 10**9
START = 1_700_000_000 * SECOND


def told_of(tmp_path: Path, items: list[Seen | Note]) -> Any:
    page = tmp_path / "page.html"
    page.write_bytes(page_of(items))
    return read_by_node(page)


def talk(packets: list[tuple[float, mq.Sender, mq.Packet]], version: int = 5) -> list[Seen | Note]:
    """Packets of one connection, at seconds."""
    connection = Connection(1, "10.0.0.1:5", "10.0.0.2:1883", "c")
    return [
        seen(
            number,
            packet.encode(version=version),
            version,
            sender,
            connection,
            time=START + round(when * SECOND),
        )
        for number, (when, sender, packet) in enumerate(packets, 1)
    ]


def hello(most: int | None, keep_alive: int = 60) -> list[tuple[float, mq.Sender, mq.Packet]]:
    properties = mq.Properties(topic_alias_maximum=most)
    return [
        (0, "client", mq.Connect(client_id="c", keep_alive=keep_alive)),
        (0, "server", mq.Connack(properties=properties)),
    ]


# ---- Topic aliases -------------------------------------------------------------------------------

PUBLISHED = ["a/long/topic", "other/topic", "a/long/topic", "other/topic", "a/long/topic", "once"]


@pytest.mark.parametrize(
    ("most", "within"),
    [
        (None, 0),  # an alias is not to be sent
        (1, 15),  # 3 times 12 bytes: two of them less, and three times 3 bytes more
        (9, 15 + 5),  # and 2 times 11 bytes
    ],
)
def test_what_aliases_could_save(most: int | None, within: int, tmp_path: Path) -> None:
    sent: list[tuple[float, mq.Sender, mq.Packet]] = [
        (1, "client", mq.Publish(topic=topic)) for topic in PUBLISHED
    ]
    aliases = told_of(tmp_path, talk(hello(most) + sent))["numbers"]["aliases"]
    assert aliases == {
        "used": 0, "saved": 0, "within": within, "without": 20, "published": True,
    }  # fmt: skip


def test_what_aliases_save(tmp_path: Path) -> None:
    """Each packet that has one in place of its topic spares that, and takes 3 bytes."""
    alias = mq.Properties(topic_alias=1)
    sent: list[tuple[float, mq.Sender, mq.Packet]] = [
        (1, "client", mq.Publish(topic="twelve/bytes", properties=alias))
    ]
    sent += [(1, "client", mq.Publish(topic="", properties=alias))] * 2
    items = talk(hello(1) + sent)
    for item in items[3:]:
        assert isinstance(item, Seen)
        item.topic = "twelve/bytes"
    aliases = told_of(tmp_path, items)["numbers"]["aliases"]
    assert (aliases["used"], aliases["saved"]) == (2, 2 * (12 - 3))


def test_aliases_are_of_version_5(tmp_path: Path) -> None:
    sent: list[tuple[float, mq.Sender, mq.Packet]] = [
        (0, "client", mq.Publish(topic="topic")) for _ in range(9)
    ]
    aliases = told_of(tmp_path, talk(sent, version=4))["numbers"]["aliases"]
    assert aliases["published"] is False and aliases["without"] == 0


# ---- Silences ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pause", "late"), [(14.9, False), (15.1, True)])
def test_silences(pause: float, late: bool, tmp_path: Path) -> None:
    """One and a half times the keep-alive is allowed: MQTT-3.1.2-22."""
    packets = [*hello(None, keep_alive=10), (2, "client", mq.Pingreq())]
    packets += [(2 + pause, "client", mq.Pingreq()), (2.5 + pause, "server", mq.Pingresp())]
    silences = told_of(tmp_path, talk(packets))["silences"]
    assert silences["1"] == {
        "longest": pytest.approx(pause), "keepAlive": 10, "isLate": late,
    }  # fmt: skip


def test_a_silence_at_the_end(tmp_path: Path) -> None:
    """Until what happened last, such as that the server closed the connection."""
    items = talk(hello(None, keep_alive=10))
    connection = items[0].connection
    items.append(Note("closed", "info", "", connection, None, START + 40 * SECOND, 0))
    silence = told_of(tmp_path, items)["silences"]["1"]
    assert silence["isLate"] and silence["longest"] == pytest.approx(40)


def test_the_servers_keep_alive_counts(tmp_path: Path) -> None:
    told = mq.Properties(server_keep_alive=0)
    packets = [hello(None, keep_alive=1)[0], (0, "server", mq.Connack(properties=told))]
    packets.append((100, "client", mq.Pingreq()))
    silence = told_of(tmp_path, talk(packets))["silences"]["1"]
    assert (silence["keepAlive"], silence["isLate"]) == (0, False)


# ---- Never answered, sent again, and filters -----------------------------------------------------


def test_what_was_never_answered(tmp_path: Path) -> None:
    packets: list[tuple[float, mq.Sender, mq.Packet]] = [
        (at, "client", mq.Publish(topic="a", qos=1, packet_id=at)) for at in (1, 2, 3)
    ]
    items = talk(packets)
    connection = items[0].connection
    for number, waited in ((1, 5.0), (3, 7.0), (9, 8.0)):  # 9 is not in the page
        items.append(
            Note(
                "unanswered", "info", "", connection, "client", None, 0,
                number=number, latency=round(waited * SECOND), type="PUBLISH",
            )
        )  # fmt: skip
    assert told_of(tmp_path, items)["numbers"]["unanswered"] == [
        {"packet": 2, "seconds": 7}, {"packet": 0, "seconds": 5},
    ]  # fmt: skip


def test_what_was_sent_again(tmp_path: Path) -> None:
    packets: list[tuple[float, mq.Sender, mq.Packet]] = [
        (at, "client", mq.Publish(topic="a", qos=1, packet_id=1, dup=at > 0)) for at in (0, 1, 2)
    ]
    items = talk(packets)
    assert isinstance(items[2], Seen)
    items[2].repeats = True
    numbers = told_of(tmp_path, items)["numbers"]
    assert (numbers["dup"], numbers["repeated"]) == (2, 1)


def test_numbers_and_links_behind_filters(tmp_path: Path) -> None:
    """Packets keep their numbers, and lead to what they answer if it is there."""
    pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")
    page = tmp_path / "page.html"
    mqttwire("inspect", "--html", page, "--topic", "demo/#", RECORDED)
    forms = mqttwire("inspect", "--json", "--topic", "demo/#", RECORDED).json
    told = read_by_node(page)
    numbers = [packet["number"] for packet in told["packets"]]
    assert numbers == [form["number"] for form in forms]
    assert numbers != list(range(1, len(numbers) + 1))
    for packet, form in zip(told["packets"], forms):
        answers = packet["answers"] and numbers[packet["answers"] - 1]
        asked = form.get("acknowledges", 0)
        assert answers == (asked if asked in numbers else 0)
    assert told["silences"] == {}  # of which a part tells nothing


# ---- Payloads ------------------------------------------------------------------------------------


def payload_told(tmp_path: Path, payload: bytes) -> Any:
    data = mq.Publish(topic="t", payload=payload).encode(version=5)
    return told_of(tmp_path, [seen(1, data, 5, "client")])["packets"][0]["payload"]


def test_a_payload_as_json(tmp_path: Path) -> None:
    """Each token is as it came: numbers are not rounded, and names may come twice."""
    payload = b'{"n":12345678901234567890.10,"n":[1,{}, [ ],"a \\" {,:"],"x":null}'
    told = payload_told(tmp_path, payload)
    assert told["JSON"]["text"].splitlines() == [
        "{",
        '  "n": 12345678901234567890.10,',
        '  "n": [',
        "    1,",
        "    {},",
        "    [],",
        '    "a \\" {,:"',
        "  ],",
        '  "x": null',
        "}",
    ]
    assert told["text"]["text"] == payload.decode()
    assert told["hex"]["text"].splitlines()[0] == "0000  " + payload[:16].hex(" ")


@pytest.mark.parametrize("payload", [b"55.49", b'"text"', b"true"])
def test_a_number_stays_one(payload: bytes, tmp_path: Path) -> None:
    told = payload_told(tmp_path, payload)
    assert told["JSON"]["text"] == told["text"]["text"] == payload.decode()


@pytest.mark.parametrize("payload", [b"{", b"nan", b"\xff\xfe", b"{'a': 1}", b"[1,]", b"01"])
def test_what_is_no_json(payload: bytes, tmp_path: Path) -> None:
    assert payload_told(tmp_path, payload)["JSON"] == {"problem": "This is no JSON."}


def test_what_is_no_text(tmp_path: Path) -> None:
    told = payload_told(tmp_path, b"\xff\x00")
    assert told["text"] == {"problem": "This is no text in UTF-8."}
    assert told["hex"]["text"] == "0000  ff 00"


def test_odd_characters_are_escaped(tmp_path: Path) -> None:
    told = payload_told(tmp_path, "a\u202eb\n\tc\x1b".encode())
    assert told["text"]["text"] == "a\\u{202e}b\n\tc\\u{1b}"
    told = payload_told(tmp_path, json.dumps("\u202e", ensure_ascii=False).encode())
    assert told["JSON"]["text"] == '"\\u{202e}"'


def test_large_payloads_are_cut(tmp_path: Path) -> None:
    told = payload_told(tmp_path, b"[" * 50_000 + b"]" * 50_000)
    assert told["text"]["left"] == 100_000 - 65536
    assert len(told["JSON"]["text"]) <= 65536 + 10 and told["JSON"]["left"] > 0
    told = payload_told(tmp_path, b"1" * 2_000_000)
    assert told["JSON"] == {"problem": "This is too long to be read as JSON."}
    assert told["hex"]["left"] == 2_000_000 - 65536
