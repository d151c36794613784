# SPDX-License-Identifier: MIT
"""The captures of the tour hold what their scenes planted; docs/tour.md says what is printed."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

import console
import pytest
from command import called

CAPTURES = console.ROOT / "tests" / "captures"
TOUR = (console.ROOT / "docs" / "tour.md").read_text(encoding="utf-8")

_capture = pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")

# One packet of a capture, as --json has it.
Packet = dict[str, Any]


def packets(name: str, code: int) -> list[Packet]:
    """All of them, after a look at the exit code and at what was said beside them."""
    run = called("inspect", "--json", CAPTURES / f"{name}.pcapng")
    assert run.code == code, run.err
    return run.json


@pytest.fixture(scope="module")
def plant() -> list[Packet]:
    return packets("plant", 0)


@pytest.fixture(scope="module")
def trouble() -> list[Packet]:
    return packets("trouble", 1)


@pytest.fixture(scope="module")
def payloads() -> list[Packet]:
    return packets("payloads", 0)


def of(packets: list[Packet], client: str, kind: str = "", sender: str = "") -> list[Packet]:
    return [
        p
        for p in packets
        if p.get("client_id") == client
        and (not kind or p["packet"]["type"] == kind)
        and (not sender or p["sender"] == sender)
    ]


def rules(packet: Packet) -> list[str]:
    broken = [packet["error"]] if "error" in packet else []
    return [error["rule"] for error in [*broken, *packet.get("findings", [])]]


def seconds_to_answer(packets: list[Packet], client: str) -> list[float]:
    times = {p["number"]: p["time"] for p in packets}
    return [p["time"] - times[p["acknowledges"]] for p in of(packets, client, "PUBACK", "client")]


@pytest.mark.parametrize(
    ("name", "more"), [("plant", set()), ("trouble", {"silent"}), ("payloads", set())]
)
def test_captures_are_whole(name: str, more: set[str]) -> None:
    """Nothing is missing, damaged, guessed, or in the way of reading on."""
    with _capture.Capture(CAPTURES / f"{name}.pcapng") as capture:
        records = [record for batch in capture for record in batch]
    told = {record.note for record in records if record.note}
    assert told <= {"opened", "closed", "reset", "unanswered"} | more
    assert not any(record.guessed for record in records)


def test_plant_breaks_no_rule(plant: list[Packet]) -> None:
    assert {p.get("client_id") for p in plant} == {
        "boiler-1", "dashboard", "engineer", "gateway", "historian", "meter-1", "operator",
        "oven-4", "planner", "press-7", "tablet", "worker-1", "worker-2",
    }  # fmt: skip
    assert not [p for p in plant if rules(p)]


def test_plant_speaks_both_versions_over_everything(plant: list[Packet]) -> None:
    with _capture.Capture(CAPTURES / "plant.pcapng") as capture:
        numbers = {record.connection for batch in capture for record in batch}
        links = [capture.connection(number) for number in numbers if number]
    said = {(link["client_id"], link["version"], link["transport"], link["tls"]) for link in links}
    assert said >= {
        ("meter-1", 4, "tcp", None),
        ("press-7", 5, "tcp", None),
        ("gateway", 5, "tcp", "1.3"),
        ("dashboard", 5, "websocket", None),
        ("tablet", 5, "websocket", None),
    }


def test_press_uses_aliases(plant: list[Packet]) -> None:
    by_alias: dict[int, set[str]] = defaultdict(set)
    said = of(plant, "press-7", "PUBLISH", "client")
    for p in said:
        by_alias[p["packet"]["properties"]["topic_alias"]].add(
            p["packet"]["topic"] or p["topic"]
        )
    axes = [f"plant/vienna/hall-3/line-2/press-7/vibration/{axis}" for axis in "xyz"]
    assert by_alias == {1: {axes[0]}, 2: {axes[1]}, 3: {axes[2]}}
    assert sum(not p["packet"]["topic"] for p in said) == len(said) - 3


def test_oven_has_its_will(plant: list[Packet]) -> None:
    """Cut off without DISCONNECT, and then what it left is published."""
    assert not of(plant, "oven-4", "DISCONNECT")
    last = of(plant, "oven-4")[-1]["time"]
    got = of(plant, "dashboard", "PUBLISH", "server")
    (will,) = (p for p in got if p["packet"]["payload"] == b"offline".hex())
    assert will["packet"]["topic"].endswith("oven-4/status") and will["time"] > last


def test_historian_finds_its_session(plant: list[Packet]) -> None:
    first, again = of(plant, "historian", "CONNACK")
    assert not first["packet"]["session_present"] and again["packet"]["session_present"]
    waited = [
        p
        for p in of(plant, "historian", "PUBLISH", "server")
        if again["time"] < p["time"] < again["time"] + 1  # in which the boiler says two
    ]
    assert len(waited) > 5
    assert all(p["packet"]["properties"]["subscription_identifiers"] == [7] for p in waited)


def test_crew_shares_the_jobs(plant: list[Packet]) -> None:
    jobs = [
        bytes.fromhex(p["packet"]["payload"]).decode()
        for worker in ("worker-1", "worker-2")
        for p in of(plant, worker, "PUBLISH", "server")
    ]
    assert sorted(jobs) == [f"pallet {number}" for number in range(6)]
    slow = seconds_to_answer(plant, "worker-2")
    assert len(slow) > 2 and min(slow) > 1.6


def test_tablet_delivers_exactly_once(plant: list[Packet]) -> None:
    said = [p["packet"]["type"] for p in of(plant, "tablet")]
    for kind in ("PUBLISH", "PUBREC", "PUBREL", "PUBCOMP"):
        assert said.count(kind) == 4  # two there, and two back


def test_who_breaks_which_rule(trouble: list[Packet]) -> None:
    broken: dict[str, set[str]] = defaultdict(set)
    for p in trouble:
        broken[p["client_id"]].update(rules(p))
    assert {client: names for client, names in broken.items() if names} == {
        "busy": {"keep_alive_exceeded"},
        "camera-2": {"packet_too_large"},
        "flood": {"receive_maximum_exceeded"},
        "latin-1": {"topic_utf8"},
        "no-number": {"packet_id_zero"},
        "wildcard": {"topic_wildcard"},
        "alias-99": {"topic_alias_too_large"},
    }


def test_what_brokers_say_at_the_end(trouble: list[Packet]) -> None:
    said: dict[str, set[int]] = defaultdict(set)
    for p in trouble:
        if p["packet"]["type"] == "DISCONNECT" and p["sender"] == "server":
            said[p["client_id"]].add(p["packet"]["reason_code"])
    assert said == {
        "tablet": {0x8D},
        "scada": {0x8E},
        "camera-2": {0x95},
        "flood": {0x93},
        "latin-1": {0x81},
        "no-number": {0x82},
        "wildcard": {0x82, 0x90},  # mosquitto, HiveMQ
        "alias-99": {0x94},
    }


def test_who_is_refused(trouble: list[Packet]) -> None:
    for client, code in (("typo-5", 0x87), ("typo-311", 5)):
        (connack,) = of(trouble, client, "CONNACK")
        assert connack["packet"]["reason_code"] == code
    (told,) = of(trouble, "ben-5", "PUBACK")
    assert told["packet"]["reason_code"] == 0x87
    (untold,) = of(trouble, "ben-311", "PUBACK")  # 3.1.1 has no way to say it
    assert not untold["packet"].get("reason_code")


def test_who_does_not_answer(trouble: list[Packet]) -> None:
    assert len(of(trouble, "deaf", "PUBLISH", "server")) == 3
    assert not of(trouble, "deaf", "PUBACK", "client")
    took = seconds_to_answer(trouble, "slow")
    assert all(seconds > 0.9 * (number + 1) for number, seconds in enumerate(took))
    assert len(took) == 3


def test_payloads(payloads: list[Packet]) -> None:
    got = of(payloads, "host", "PUBLISH", "server")
    assert any(not p["packet"]["topic"] and p["topic"] == "site/weather/now" for p in got)
    kinds = {p["packet"]["properties"].get("content_type") for p in got}
    assert kinds == {None, "application/cbor", "application/json", "text/plain; charset=utf-8"}
    sent = [p["packet"] for p in of(payloads, "line-2", "PUBLISH", "client")]
    births = [p for p in sent if "BIRTH" in p["topic"]]
    data = [p for p in sent if "DATA" in p["topic"]]
    assert [p["topic"].split("/")[2] for p in births] == ["NBIRTH", "DBIRTH"]
    assert len(data) == 6
    assert b"Temperature" in bytes.fromhex(births[1]["payload"])
    assert all(b"Temperature" not in bytes.fromhex(p["payload"]) for p in data)


def test_births_that_are_not_shown_count_until_the_death() -> None:
    """All of them, and the deaths, are in one batch of what is read."""
    only = ("--topic", "spBv1.0/+/DDATA/#", "--client", "line-2")
    run = called("inspect", "--payload", "sparkplug", *only, CAPTURES / "payloads.pcapng")
    assert run.text.count("Temperature = ") == run.text.count("Pieces = ") == 4
    assert "unknown" not in run.text


def test_each_question_has_one_command() -> None:
    questions = re.split(r"^## ", TOUR, flags=re.MULTILINE)[1:]
    assert len(questions) >= 10
    for question in questions:
        assert question.partition("\n")[0].endswith("?")
        assert len(re.findall(r"^\$ ", question, re.MULTILINE)) == 1, question


@pytest.mark.parametrize(("command", "output"), console.examples("tour.md"))
def test_answer(command: str, output: str) -> None:
    assert output
    console.check(command, output)
