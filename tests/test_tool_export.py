# SPDX-License-Identifier: MIT
"""inspect --arrow and --csv: a row for each packet, with what --json says of it."""

from __future__ import annotations

import csv
import io
import os
import re
import stat
from functools import cache
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from capture_synthesis import Capture, Connection, alias, connack, connect, publish
from command import mqttwire, on_a_terminal

pa = pytest.importorskip("pyarrow")
pytest.importorskip("numpy")
pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")

ROOT = Path(__file__).parent.parent
CAPTURES = ROOT / "tests" / "captures"
RECORDED = CAPTURES / "mosquitto.pcapng"


def table(path: Path, *arguments: str, code: int = 1) -> list[dict[str, Any]]:
    run = mqttwire("inspect", "--arrow", "-", *arguments, path)
    assert run.code == code, run.err
    made: list[dict[str, Any]] = pa.ipc.open_stream(run.out).read_all().to_pylist()
    return made


@cache
def lines(path: Path) -> list[dict[str, Any]]:
    return [line for line in mqttwire("inspect", "--json", path).json if "number" in line]


def wanted(line: dict[str, Any], times: dict[int, float]) -> dict[str, Any]:
    """A row, out of what --json says."""
    packet = line["packet"]
    of_publish = packet["type"] == "PUBLISH" and "error" not in line
    answered = line.get("acknowledges")
    return {
        "number": line["number"],
        "time": pytest.approx(line["time"]),
        "connection": line["connection"],
        "client_id": line.get("client_id"),
        "sender": line["sender"],
        "version": packet["version"],
        "type": packet["type"],
        "size": line["size"],
        **{name: packet[name] if of_publish else None for name in ("dup", "qos", "retain")},
        "topic": (line.get("topic") or packet["topic"] or None) if of_publish else None,
        "aliased": "topic" in line if of_publish else None,
        "packet_id": packet.get("packet_id") or None,  # 0, which none may have, is told as none
        "payload_size": len(packet["payload"]) // 2 if of_publish else None,
        "acknowledges": answered,
        "latency": pytest.approx(line["time"] - times[answered], abs=1e-6) if answered else None,
        "error": line["error"]["rule"] if "error" in line else None,
        "findings": " ".join(e["rule"] for e in line["findings"]) if "findings" in line else None,
    }


@pytest.mark.parametrize("path", sorted(CAPTURES.glob("*.pcapng")), ids=lambda path: path.stem)
@pytest.mark.parametrize("arguments", [[], ["-V", "5"]], ids=["columns", "objects"])
def test_a_row_says_what_the_object_says(path: Path, arguments: list[str]) -> None:
    told = lines(path)
    made = table(path, *arguments, code=mqttwire("inspect", "--json", path).code)
    times = {line["number"]: line["time"] for line in told}
    assert len(made) == len(told) > 50
    for row, line in zip(made, told):
        row["time"] = row["time"].timestamp()
        assert row == wanted(line, times)


def test_csv_has_the_rows_of_the_table() -> None:
    rows = list(csv.DictReader(io.StringIO(mqttwire("inspect", "--csv", RECORDED).text)))
    made = table(RECORDED)
    assert list(rows[0]) == list(made[0])
    for row, wanted in zip(rows, made):
        for name, value in wanted.items():
            if name == "time":
                assert row[name].startswith(f"{value:%Y-%m-%d %H:%M:%S.%f}")
                assert row[name].endswith("Z")
            elif isinstance(value, bool):
                assert row[name] == str(value).lower()
            elif isinstance(value, float):
                assert float(row[name]) == value
            else:
                assert row[name] == ("" if value is None else str(value))


def test_filters_choose_the_rows(tmp_path: Path) -> None:
    target = tmp_path / "publish.arrow"
    run = mqttwire("inspect", "--arrow", target, "--type", "publish", RECORDED)
    assert run.code == 0
    made = pa.ipc.open_file(target).read_all()
    assert set(made["type"].to_pylist()) == {"PUBLISH"}
    assert f"{made.num_rows} packets" in run.err
    numbers = [line["number"] for line in lines(RECORDED) if line["packet"]["type"] == "PUBLISH"]
    assert made["number"].to_pylist() == numbers


def test_payloads_on_request() -> None:
    made = table(RECORDED, "--with-payload")
    for row, line in zip(made, lines(RECORDED)):
        payload = line["packet"].get("payload")
        assert row["payload"] == (None if payload is None else bytes.fromhex(payload))


def test_texts_that_are_hostile_stay_what_they_are(tmp_path: Path) -> None:
    """docs/command.md says why formulas are not defused."""
    topics = ["=1-2", 'a"b', "line\nline", "\u202e", "a,b;c\td"]
    connection = Connection(Capture()).open()
    connection.send("client", connect(5, "=cmd()")).send("server", connack(5))
    for topic in topics:
        connection.send("client", publish(5, topic, b"=3"))
    path = tmp_path / "trace.pcap"
    path.write_bytes(connection.capture.pcap("<"))
    run = mqttwire("inspect", "--csv", path)
    assert run.code == 0, run.err
    rows = list(csv.DictReader(io.StringIO(run.text, newline="")))
    assert [row["topic"] for row in rows[2:]] == topics
    assert {row["client_id"] for row in rows} == {"=cmd()"}


def test_a_terminal_is_not_steered(tmp_path: Path) -> None:
    connection = Connection(Capture()).open()
    connection.send("client", connect(4, "\x1b[2J")).send("server", connack(4))
    connection.send("client", publish(4, "a\u009b31m\u202eb\nc"))
    path = tmp_path / "trace.pcap"
    path.write_bytes(connection.capture.pcap("<"))
    shown = on_a_terminal("inspect", "--csv", path)
    assert '"\\x1b[2J"' in shown and '"a\\x9b31m\\u202eb' in shown
    assert not re.search("[\x1b\x9b\u202e]", shown)
    shown = on_a_terminal("inspect", "--arrow", "-", path)
    assert "a terminal shows no Arrow tables" in shown


def test_a_packet_that_cannot_be_read_is_a_row(tmp_path: Path) -> None:
    connection = Connection(Capture()).open()
    connection.send("client", connect(5)).send("server", connack(5))
    connection.send("client", publish(5, "", b"", alias(3)))
    connection.send("client", bytes.fromhex("36 05 0001 61 0001"))
    path = tmp_path / "trace.pcap"
    path.write_bytes(connection.capture.pcap("<"))
    made = table(path)
    assert [row["error"] for row in made] == [None, None, None, "qos_3"]
    assert made[2]["findings"] == "topic_alias_too_large"
    assert (made[2]["topic"], made[2]["aliased"]) == (None, False)
    assert made[3]["qos"] is None


def test_a_stream_has_no_times() -> None:
    run = mqttwire("inspect", "--csv", "-V", "5", "-x", "30070003612f620078 c000")
    rows = list(csv.DictReader(io.StringIO(run.text)))
    assert [(row["time"], row["type"], row["topic"]) for row in rows] == [
        ("", "PUBLISH", "a/b"),
        ("", "PINGREQ", ""),
    ]


def test_the_file_is_there_when_all_of_it_is(tmp_path: Path) -> None:
    target = tmp_path / "trace.arrow"
    target.write_text("before")
    target.chmod(0o640)
    run = mqttwire("inspect", "--arrow", target, tmp_path / "missing.pcap")
    assert run.code == 4
    assert pa.ipc.open_file(target).read_all().num_rows == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert mqttwire("inspect", "--arrow", target, RECORDED).code == 1
    assert pa.ipc.open_file(target).read_all().num_rows == len(lines(RECORDED))
    assert os.listdir(tmp_path) == ["trace.arrow"]


def test_the_columns_are_those_of_the_page() -> None:
    from mqttwire_tool.table import schema

    text = (ROOT / "docs" / "command.md").read_text()
    (part,) = re.findall(r"^\| column \| type \| \|\n\|---\|---\|---\|\n((?:\|.*\n)+)", text, re.M)
    told = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", part, re.M)
    assert told == [(field.name, str(field.type)) for field in schema(payload=True)]
    assert {"qos", "retain", "dup"} <= set(mq.Publish._fields)
