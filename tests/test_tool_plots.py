# SPDX-License-Identifier: MIT
"""inspect --stats --plots: a page that is the same each time, and says in words what it shows."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from capture_synthesis import Capture, Connection, connack, connect, publish
from command import mqttwire

pytest.importorskip("matplotlib")
pytest.importorskip("numpy")
pytest.importorskip("rich")
pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")

RECORDED = Path(__file__).parent / "captures" / "mosquitto.pcapng"
SVG = "{http://www.w3.org/2000/svg}"


def texts(path: Path) -> list[str]:
    return ["".join(found.itertext()) for found in ElementTree.parse(path).iter(f"{SVG}text")]


def test_svg_is_the_same_each_time_and_has_a_name(tmp_path: Path) -> None:
    one, two = tmp_path / "one.svg", tmp_path / "two.svg"
    for path in (one, two):
        run = mqttwire("inspect", "--stats", "--plots", path, RECORDED)
        assert (run.code, run.err) == (1, "")
        assert run.text.startswith("756 packets")
    assert one.read_bytes() == two.read_bytes()
    root = ElementTree.parse(one).getroot()
    assert root.get("role") == "img"
    named = {found.get("id"): found.text or "" for found in root if found.get("id")}
    assert set((root.get("aria-labelledby") or "").split()) <= set(named)
    assert named["title"] == "mosquitto.pcapng"
    assert named["description"].startswith("756 packets, 29.2 kB in 11.6 s; CONNECT: 64; ")
    shown = texts(one)
    for title in ("Packets over time", "Packets by type", "Sizes of packets", "Latency of answers",
                  "Topics with most packets", "QoS of PUBLISH"):  # fmt: skip
        assert title in shown
    assert {"PUBLISH", "demo/lines", "QoS 1", "212"} <= set(shown)
    assert not re.search(rb"<dc:date>|<script|href=\"http", one.read_bytes())


def test_png(tmp_path: Path) -> None:
    path = tmp_path / "plots.PNG"
    assert mqttwire("inspect", "--stats", "--json", "--plots", path, RECORDED).code == 1
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    assert height / width == pytest.approx(2**0.5, rel=0.01)  # A4, upright


def test_names_are_only_text(tmp_path: Path) -> None:
    connection = Connection(Capture()).open()
    connection.send("client", connect(5)).send("server", connack(5))
    topics = [r"$\frac{", "<script>&", "\u202e", "_", "x" * 5000, "\ufffd\U0001f600"]
    for topic in topics:
        connection.send("client", publish(5, topic))
    capture = tmp_path / "$x^2.pcap"
    capture.write_bytes(connection.capture.pcap("<"))
    target = tmp_path / "plots.svg"
    run = mqttwire("inspect", "--stats", "--plots", target, capture)
    assert (run.code, run.err) == (0, "")
    shown = texts(target)
    assert {r"$\frac{", "<script>&", "_"} <= set(shown)
    assert any("$x^2.pcap" in text for text in shown)
    assert max(map(len, shown)) < 100


@pytest.mark.parametrize(
    "topics",
    [
        [f"plant/vienna/hall-3/line-2/press-{n}/temperature" for n in (17, 18, 19)],
        [f"plant/vienna/hall-3/line-2/press-{n}/hydraulics/pressure/main/bar" for n in range(9)],
        ["x" * n for n in range(30, 42)],
        ["a" * 40 + middle + "b" * 40 for middle in ("", "1", "2", "11", "12", "1" * 40, "2" * 40)],
        [f"{begin * 20}/{n}/{'c' * 40}" for begin in "ab" for n in range(5)],
        [f"{'a' * 20}{middle * 20}/{n}/end/{'e' * 16}" for middle in "bc" for n in range(5)],
    ],
)
def test_topics_that_differ_are_not_the_same_when_they_are_short(topics: list[str]) -> None:
    from mqttwire_tool.statistics.plots import LONGEST, short_names

    short = short_names(topics)
    assert len(set(short)) == len(topics)
    for topic, shown in zip(topics, short):
        assert len(shown) <= LONGEST + len(" (12)")
        assert shown == topic or (len(topic) > LONGEST and ".." in shown)
        assert re.sub(r" \(\d+\)$", "", shown)[-8:] == topic[-8:]


def test_topics_that_begin_alike_differ_in_the_plot(tmp_path: Path) -> None:
    connection = Connection(Capture()).open()
    connection.send("client", connect(5)).send("server", connack(5))
    for number in (17, 18, 19):
        connection.send("client", publish(5, f"plant/vienna/hall-3/line-2/press-{number}/state"))
    capture, target = tmp_path / "trace.pcap", tmp_path / "plots.svg"
    capture.write_bytes(connection.capture.pcap("<"))
    assert mqttwire("inspect", "--stats", "--plots", target, capture).code == 0
    shown = [text for text in texts(target) if text.endswith("/state")]
    assert len(set(shown)) == 3
    assert all(any(f"-{number}/state" in text for text in shown) for number in (17, 18, 19))


def test_nothing_to_plot(tmp_path: Path) -> None:
    target = tmp_path / "plots.svg"
    assert mqttwire("inspect", "--stats", "--plots", target, "-V", "5", "-x", "c000").code == 0
    assert "A stream has no times." in texts(target)
