# SPDX-License-Identifier: MIT
"""Packets of very many fields, and large payloads: what is shown has a bound, and so has memory."""

from __future__ import annotations

import resource
import subprocess
from pathlib import Path

import mqttwire as mq
import pytest
from command import COMMAND, WAIT, called, environment
from mqttwire_tool.arguments import MOST
from mqttwire_tool.payload.hexrows import ROW
from mqttwire_tool.payload.show import ROWS

FILTERS = 300_000
SUBSCRIBE = mq.Subscribe(
    packet_id=1, subscriptions=[mq.Subscription(topic_filter="a")] * FILTERS
).encode(4)
USER = mq.Publish(
    topic="a", properties=mq.Properties(user_properties=[("k", "v")] * FILTERS)
).encode(5)
LIMIT = 200 << 20  # of address space: half of what all fields of these packets take


@pytest.fixture
def subscribe(tmp_path: Path) -> Path:
    path = tmp_path / "subscribe.bin"
    path.write_bytes(SUBSCRIBE)
    return path


def restricted(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    def restrict() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))

    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=WAIT,
        env=environment(MALLOC_ARENA_MAX="1"), preexec_fn=restrict,
    )  # fmt: skip


@pytest.mark.parametrize("wire", [SUBSCRIBE, USER], ids=["SUBSCRIBE", "PUBLISH"])
@pytest.mark.parametrize(
    "command", [["explain"], ["explain", "--hex"], ["inspect", "--tree"], ["inspect", "--hex"]]
)
def test_what_is_shown_has_a_bound(command: list[str], wire: bytes, tmp_path: Path) -> None:
    path = tmp_path / "packet.bin"
    path.write_bytes(wire)
    run = restricted(*command, "-V", "4" if wire is SUBSCRIBE else "5", path)
    assert (run.returncode, run.stderr) == (0, "")
    _, *rows, last = run.stdout.splitlines()
    told = [row for row in rows if row[:10].strip()]  # bits have no place of their own
    assert len(told) == MOST
    if "--hex" in command:
        end = int(told[-1][:10]) + len(bytes.fromhex(told[-1][12:59]))
    else:
        end = int(told[-1].split()[0].split("..")[1])
    assert last == f"{'':12}... {len(wire) - end:,} more bytes; --full shows all"


def test_json_says_what_is_left(subscribe: Path) -> None:
    (form,) = called("explain", "--json", "-V", "4", subscribe).json
    leaves = [field for field in form["fields"] if field["kind"] != "bits"]
    assert len(leaves) == MOST
    assert form["more"] == len(SUBSCRIBE) - leaves[-1]["end"]
    (form,) = called("explain", "--json", "-V", "4", "-x", "c000").json
    assert "more" not in form


def test_full_shows_all(tmp_path: Path) -> None:
    path = tmp_path / "packet.bin"
    path.write_bytes(
        mq.Unsubscribe(packet_id=1, topic_filters=[f"t/{n}" for n in range(MOST)]).encode(4)
    )
    for command in (["explain"], ["explain", "--hex"], ["inspect", "--tree"], ["inspect", "--hex"]):
        run = called(*command, "--full", "-V", "4", path)
        assert f"[{MOST - 1}]" in run.lines[-1] and "more bytes" not in run.text
        assert "more bytes; --full" in called(*command, "-V", "4", path).lines[-1]
    (form,) = called("explain", "--full", "--json", "-V", "4", path).json
    assert form["fields"][-1]["value"] == f"t/{MOST - 1}" and "more" not in form
    for arguments in ([], ["--json"]):
        refused = called("inspect", "--full", *arguments, path)
        assert (refused.code, refused.out) == (2, b"")
        assert refused.err == "mqttwire: --full is for --tree and --hex\n"


def test_rows_of_one_large_field_have_a_bound(tmp_path: Path) -> None:
    path = tmp_path / "packet.bin"
    wire = mq.Publish(topic="a", payload=bytes(17 * MOST)).encode(4)
    path.write_bytes(wire)
    run = called("explain", "--hex", "-V", "4", path)
    *rows, last = run.lines
    assert len(rows) == 1 + MOST
    shown = int(rows[-1].split()[0]) + 16
    assert last == f"{'':12}... {len(wire) - shown:,} more bytes; --full shows all"
    assert len(called("explain", "--hex", "--full", "-V", "4", path).lines) > 1.06 * MOST


def test_what_is_wrong_behind_is_told(tmp_path: Path) -> None:
    path = tmp_path / "packet.bin"
    path.write_bytes(SUBSCRIBE[:-1] + b"\x03")  # a QoS that there is not
    for command in (["explain"], ["inspect", "--tree"]):
        run = called(*command, "-V", "4", path)
        assert run.code == 1
        assert f"[{FILTERS - 1}]" in run.text
        assert "more bytes; --full shows all" in run.text


# ---- Out of memory -----------------------------------------------------------------------------


def test_out_of_memory_is_told(subscribe: Path) -> None:
    run = restricted("explain", "--full", "-V", "4", subscribe)
    assert run.returncode == 4
    assert run.stderr.startswith("mqttwire: out of memory") and run.stderr.count("\n") == 1


# ---- Payloads ------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["hex", "text", "json", "cbor"])
def test_only_what_is_shown_of_a_payload_is_made(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mqttwire_tool.payload import hexrows

    made = 0
    make = hexrows.Rows.__next__

    def counted(rows: hexrows.Rows) -> str:
        nonlocal made
        made += 1
        return make(rows)

    monkeypatch.setattr(hexrows.Rows, "__next__", counted)
    size = 4 << 20
    path = tmp_path / "packet.bin"
    path.write_bytes(mq.Publish(topic="a", payload=b"\xff" * size).encode(4))
    run = called("inspect", "-V", "4", "--payload", form, path)
    assert run.code == 0
    assert made <= ROWS + 1
    shown = sum(line.endswith("." * ROW) for line in run.lines)
    assert run.lines[-1].strip() == f"... {size // ROW - shown} more rows, {size} bytes in all"
