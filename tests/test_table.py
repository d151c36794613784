# SPDX-License-Identifier: MIT
"""Captures as Arrow tables, and the example that sums up many of them with Dask."""

from __future__ import annotations

import collections
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from capture_synthesis import Capture, Connection, alias, connack, connect, publish
from command import WAIT, environment

pytest.importorskip("pyarrow")
pytest.importorskip("numpy")
pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")

from mqttwire_tool import table

ROOT = Path(__file__).parent.parent
RECORDED = ROOT / "tests" / "captures" / "mosquitto.pcapng"


def rows(path: Path, **options: int) -> list[dict[str, Any]]:
    made = [row for part in table.tables(str(path), **options) for row in part.to_pylist()]
    return sorted(made, key=lambda row: (row["time"], row["connection"]))


def inspected(path: Path) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "mqttwire_tool", "inspect", "--json", str(path)]
    done = subprocess.run(command, capture_output=True, timeout=WAIT, env=environment())
    assert done.returncode == 1  # there is a finding
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [line for line in lines if "packet" in line]


def test_a_table_has_every_packet_that_the_inspector_shows() -> None:
    parts = list(table.tables(str(RECORDED)))
    assert all(part.schema == table.schema() for part in parts)
    made = [row for part in parts for row in part.to_pylist()]
    shown = inspected(RECORDED)
    assert len(made) == len(shown) > 700

    assert collections.Counter(
        [(r["connection"], r["sender"], r["type"], r["size"], r["packet_id"]) for r in made]
    ) == collections.Counter(
        [
            (
                line["connection"],
                line["sender"],
                line["packet"]["type"],
                line["size"],
                line["packet"].get("packet_id"),
            )
            for line in shown
        ]
    )


def test_aliased_topics_sizes_and_errors(tmp_path: Path) -> None:
    connection = Connection(Capture()).open()
    connection.send("client", connect(5))
    connection.send("server", connack(5, bytes.fromhex("22 0001")))  # takes one alias
    connection.send("client", publish(5, "a/b", b"hi", alias(1)))
    connection.send("client", publish(5, "", b"y", alias(1)))
    connection.send("client", bytes.fromhex("36 05 0001 61 0001"))  # QoS 3
    capture = tmp_path / "trace.pcap"
    capture.write_bytes(connection.close().capture.pcap("<"))
    told = [(r["type"], r["topic"], r["payload_size"], r["error"]) for r in rows(capture)]
    assert told == [
        ("CONNECT", None, None, None),
        ("CONNACK", None, None, None),
        ("PUBLISH", "a/b", 2, None),
        ("PUBLISH", "a/b", 1, None),
        ("PUBLISH", None, None, "qos_3"),
    ]


# Each ends a capture that begins well; offsets of what scan could not cut again.
CUT = ["c0", "30", "30ff", "3007000361", "8080800000", "100e00064d515449736470030000000000", "c0ff"]


@pytest.mark.parametrize("rest", CUT)
def test_what_cannot_be_read_is_a_row_with_an_error(tmp_path: Path, rest: str) -> None:
    connection = Connection(Capture()).open()
    connection.send("client", connect(5))
    connection.send("client", bytes.fromhex(rest))
    capture = tmp_path / "trace.pcap"
    capture.write_bytes(connection.capture.pcap("<"))
    first, *others = rows(capture)
    assert (first["type"], first["error"]) == ("CONNECT", None)
    assert others
    assert all(row["error"] for row in others)


def test_topics_that_are_no_utf8_where_that_is_allowed(tmp_path: Path) -> None:
    connection = Connection(Capture()).open()
    connection.send("client", connect(5))
    connection.send("client", bytes.fromhex("30 05 0001 ff 00 78"))
    capture = tmp_path / "trace.pcap"
    capture.write_bytes(connection.close().capture.pcap("<"))
    assert [(r["topic"], r["error"]) for r in rows(capture)][1] == (None, "topic_utf8")
    allowed = rows(capture, allow=mq.Allow.UTF8)
    assert [(r["topic"], r["error"]) for r in allowed][1] == ("\ufffd", None)


def test_the_example_sums_up_what_all_captures_hold(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    for name in ("one", "two", "three"):
        shutil.copy(RECORDED, tmp_path / f"{name}.pcapng")
    (tmp_path / "bad.pcapng").write_bytes(b"this is no capture")
    command = [sys.executable, str(ROOT / "docs" / "examples" / "many_captures.py")]
    done = subprocess.run(
        [*command, "--workers", "2", str(tmp_path / "*.pcapng")],
        capture_output=True,
        text=True,
        timeout=WAIT,
        env=environment(),
    )
    assert done.returncode == 4
    assert "bad.pcapng: " in done.stderr
    head, *lines = done.stdout.splitlines()
    assert head == "topic,sender,messages,bytes,largest"
    told = {}
    for line in lines:
        topic, sender, *numbers = line.rsplit(",", 4)
        told[topic, sender] = tuple(map(int, numbers))

    wanted: dict[tuple[str, str], list[int]] = collections.defaultdict(list)
    for seen in inspected(RECORDED):
        if seen["packet"]["type"] == "PUBLISH":
            topic = seen.get("topic") or seen["packet"]["topic"]
            wanted[topic, seen["sender"]].append(len(seen["packet"]["payload"]) // 2)
    assert told == {
        key: (3 * len(sizes), 3 * sum(sizes), max(sizes)) for key, sizes in wanted.items()
    }
