# SPDX-License-Identifier: MIT
"""mqttwire vectors broker, on a private mosquitto."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import vector_samples as samples
from careless_broker import AUTH, Careless
from command import mqttwire
from mosquitto import PROGRAM, Mosquitto, free_port
from mqttwire_tool.vectors import broker_judge, broker_talk
from mqttwire_tool.vectors.data import Vector, load
from vector_samples import vectors

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return samples.write(tmp_path_factory.mktemp("vectors"))


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Any:
    if PROGRAM is None:
        pytest.skip("mosquitto is not installed")
    with Mosquitto() as running:
        yield f"127.0.0.1:{running.port}"


CONNECT = "10 0d 00044d515454 04 02 0000 000163"
CLIENT: list[samples.Vector] = [
    {"id": "v4-live-0001", "wire": "c0 00", "result": "accept", "packet": {"type": "PINGREQ"}},
    {"id": "v4-live-0002", "wire": "c0 01 00", "result": "reject"},  # which mosquitto lets pass
    {"id": "v4-live-0003", "wire": "30 05 0003 612f23", "result": "reject"},
    {"id": "v4-live-0004", "wire": "30 05 0003 61", "result": "more"},
    {"id": "v4-live-0005", "wire": CONNECT, "result": "accept", "packet": {"type": "CONNECT"}},
    {"id": "v4-live-0006", "wire": CONNECT.replace("04 02", "04 03"), "result": "reject"},
    {"id": "v4-live-0007", "wire": "e0 00", "result": "accept", "packet": {"type": "DISCONNECT"}},
    {"id": "v5-live-0001", "wire": "30 06 0003 612f23 00", "result": "reject", "version": 5},
    {"id": "v5-live-0002", "wire": "f0 06 18 04 15 00016d", "result": "accept", "version": 5,
     "packet": {"type": "AUTH"}},
    {"id": "v5-live-0003", "wire": "c0 00", "result": "choice", "version": 5},
]  # fmt: skip
SEEN = [
    *["pass PINGRESP", "fail PINGRESP", "pass closed", "pass waits", "pass CONNACK 0x00"],
    *["pass closed", "pass closed, no will", "pass DISCONNECT 0x82", "unclear closed"],
    "pass PINGRESP",
]


def live_file(tmp_path: Path) -> Path:
    file = tmp_path / "live.json"
    forms = []
    for vector in CLIENT:
        more = {"error": samples.error("some_rule")} if vector["result"] == "reject" else {}
        forms.append({"version": 4, "sender": "client", **vector, **more, **samples.BY})
    # Not for a broker: from a server, without bytes.
    forms += [samples.PACKETS[5], samples.PACKETS[6]]
    file.write_text(samples.suite("live", "packets", forms))
    return file


def test_broker(live: str, tmp_path: Path) -> None:
    file = live_file(tmp_path)
    done = vectors(file, "broker", live, "--json")
    assert done.code == 1
    assert [f"{row['verdict']} {row['seen']}" for row in done.json] == SEEN
    base = tmp_path / "baseline"
    base.write_bytes(done.out)
    done = vectors(file, "broker", live, "--baseline", base, "--jobs", "1")
    assert (done.code, done.err) == (0, "")
    assert done.lines[-1] == "10 vectors: 8 pass, 1 fail, 1 unclear"
    assert [line.split()[:3] for line in done.lines[:2]] == [
        ["fail", "v4-live-0002", "PINGRESP,"],
        ["unclear", "v5-live-0002", done.lines[1].split()[2]],
    ]


def test_broker_and_another_baseline(live: str, tmp_path: Path) -> None:
    file = live_file(tmp_path)
    rows = vectors(file, "broker", live, "--json").json
    rows[0]["verdict"] = "fail"
    rows[1]["id"] = "v4-live-9999"
    base = tmp_path / "baseline"
    base.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = vectors(file, "broker", live, "--baseline", base)
    assert done.code == 1
    assert done.err.splitlines() == [
        "mqttwire: v4-live-0001: pass, PINGRESP; it was fail, PINGRESP",
        "mqttwire: v4-live-0002: fail, PINGRESP; not in the baseline",
        "mqttwire: v4-live-9999: in the baseline alone",
    ]
    base.write_text("{")
    assert vectors(file, "broker", live, "--baseline", base).code == 2


@pytest.mark.parametrize("address", ["192.0.2.1:1883", "192.0.2.1", "[2001:db8::1]:1883"])
def test_nothing_but_loopback(tmp_path: Path, address: str) -> None:
    done = vectors(live_file(tmp_path), "broker", address)
    assert done.code == 2
    assert "is not this machine: --allow-remote lets it be contacted" in done.err


def test_no_broker(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    done = vectors(live_file(tmp_path), "broker", address)
    assert (done.code, done.err) == (4, f"mqttwire: {address}: Connection refused\n")
    assert vectors(live_file(tmp_path), "broker", "127.0.0.1:x").code == 2


@pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed")
def test_a_broker_that_lets_nobody_in(tmp_path: Path) -> None:
    with Mosquitto("allow_anonymous false", passwords={"alice": "wonderland"}) as closed:
        address = f"127.0.0.1:{closed.port}"
        done = vectors(live_file(tmp_path), "broker", address, "--id", "v4-live-0001")
    assert done.code == 4
    assert done.err == f"mqttwire: {address}: a plain CONNECT gets: CONNACK 0x05\n"


def packet(wire: str, result: str, version: int = 5, **form: Any) -> Vector:
    whole = {"id": f"v{version}-x-0001", "version": version, "sender": "client", "wire": wire}
    return Vector({**whole, "result": result, "packet": form}, "x", "packets")


@pytest.mark.parametrize(
    ("version", "kind", "body", "told"),
    [
        (4, 9, "000a 80 80", "SUBACK 0x80"),
        (4, 9, "000a 80 00", None),
        (4, 11, "000a", None),
        (5, 9, "000a 00 8f", "SUBACK 0x8f"),
        (5, 9, "000a 04 1f 0001 61 87 8f", "SUBACK 0x87"),
        (5, 11, "000a 00 8f", "UNSUBACK 0x8f"),
        (5, 11, "000a 00 11", None),
    ],
)
def test_refusal(version: int, kind: int, body: str, told: str | None) -> None:
    assert broker_talk.refusal(version, kind, bytes.fromhex(body)) == told


HELLO_4 = "10 0d 00044d515454 04 02 0000 000163"


@pytest.mark.parametrize(
    ("vector", "seen", "verdict"),
    [
        (packet("30 00", "accept"), "PINGRESP", "pass"),
        (packet("30 00", "accept"), "closed", "fail"),
        (packet("30 00", "accept"), "silent", "fail"),
        (packet("30 00", "accept"), "DISCONNECT 0x81", "fail"),
        (packet("30 00", "accept"), "DISCONNECT 0x97", "unclear"),  # a quota
        (packet("30 00", "accept", topic=""), "DISCONNECT 0x82", "unclear"),
        (packet("30 00", "reject"), "PINGRESP", "fail"),
        (packet("30 00", "reject"), "closed", "pass"),
        (packet("30 00", "reject"), "silent", "unclear"),
        (packet("82 00", "reject"), "SUBACK 0x8f", "unclear"),
        (packet("82 00", "accept"), "SUBACK 0x87", "unclear"),
        (packet("30 00", "more"), "waits", "pass"),
        (packet("30 00", "more"), "closed", "fail"),
        (packet("30 00", "choice"), "closed", "pass"),
        (packet("30 00", "reject"), "DISCONNECT 0x80", "pass"),
        (packet("30 00", "reject"), "DISCONNECT 0x97", "unclear"),
        (packet("e0 00", "accept"), "closed", "unclear"),
        (packet("e0 00", "accept"), "closed, no will", "pass"),
        (packet("e0 00", "accept"), "closed, will", "fail"),
        (packet("e0 00", "accept"), "DISCONNECT 0x81", "fail"),
        (packet("e0 01 04", "accept"), "closed, no will", "pass"),
        (packet("e0 01 04", "accept"), "closed, will", "unclear"),
        (packet("e0 01 04", "accept", 4), "closed, will", "fail"),
        (packet("e1 00", "reject"), "closed", "unclear"),
        (packet("e1 00", "reject"), "closed, no will", "fail"),
        (packet("e1 00", "reject"), "closed, will", "pass"),
        (packet("e1 00", "reject"), "DISCONNECT 0x81", "pass"),
        (packet("e0 01 03", "reject"), "closed, will", "unclear"),
        (packet("e0 00", "accept"), "PINGRESP", "fail"),
        (packet("10 00", "accept"), "CONNACK 0x81", "fail"),
        (packet("10 00", "accept"), "CONNACK 0x87", "unclear"),
        (packet("10 00", "accept", 4), "CONNACK 0x01", "fail"),
        (packet("10 00", "accept", 4), "CONNACK 0x05", "unclear"),
        (packet("10 00", "reject", 4), "CONNACK 0x01", "pass"),
        (packet("10 00", "reject", 4), "CONNACK 0x02", "unclear"),
        (packet("10 00", "reject", 4), "CONNACK 0x00", "fail"),
        (packet(HELLO_4, "reject", 5), "CONNACK 0x00", "unclear"),
        (packet(HELLO_4, "reject", 4), "CONNACK 0x00", "fail"),
    ],
)
def test_judgement(vector: Vector, seen: str, verdict: str) -> None:
    assert broker_judge.judge(vector, seen) == verdict


@pytest.mark.parametrize(
    ("result", "seen", "control", "verdict"),
    [
        ("accept", "closed", "closed", "unclear"),
        ("accept", "closed", "PINGRESP", "fail"),
        ("reject", "closed", "closed", "unclear"),
        ("reject", "closed", "PINGRESP", "pass"),
        ("reject", "DISCONNECT 0x81", "DISCONNECT 0x82", "pass"),
        ("reject", "DISCONNECT 0x82", "DISCONNECT 0x82", "unclear"),
        ("reject", "PINGRESP", "PINGRESP", "fail"),
    ],
)
def test_judgement_by_a_good_one(result: str, seen: str, control: str, verdict: str) -> None:
    assert broker_judge.judge(packet("40 00", result), seen, control) == verdict


ACKS = (4, 5, 6, 7)


@pytest.mark.parametrize(
    "careless",
    [
        {},
        {"wills": "never"},
        {"wills": "always", "code": 0x82},
        {"ends": ()},
        {"ends": (*ACKS, AUTH), "code": 0x82},
    ],
    ids=["wills", "no-wills", "all-wills", "no-ends", "ends"],
)
def test_a_broker_that_validates_nothing(careless: dict[str, Any]) -> None:
    """Of what has to be refused nothing passes; of what is good, nothing fails."""
    results = {vector.id: vector.result for vector in load([ROOT / "vectors"])}
    suites = ["acknowledgements", "disconnect", "auth", "pings", "headers", "reason_codes"]
    with Careless(**careless) as running:
        done = mqttwire(
            *("vectors", "broker", f"127.0.0.1:{running.port}", "--jobs", "32", "--json"),
            *("--timeout", "2", "--quiet", "0.05", "--vectors", ROOT / "vectors"),
            *(word for suite in suites for word in ("--suite", suite)),
        )
    rows = done.json
    assert len(rows) > 500, done.err
    passed = [row for row in rows if row["verdict"] == "pass" and results[row["id"]] == "reject"]
    failed = [row for row in rows if row["verdict"] == "fail" and results[row["id"]] == "accept"]
    assert (passed, failed) == ([], [])
