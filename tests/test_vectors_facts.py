# SPDX-License-Identifier: MIT
"""The tables of vectors/source, typed from the specifications, and those of the codec.

They were made apart from each other: where they differ, one of them is wrong, or the specification
leaves it open (then it stands here, and why).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import mqttwire as mq
import pytest
from test_vectors import vectors

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "vectors"))

from source import catalogue  # noqa: E402
from source.facts import (  # noqa: E402
    PACKETS,
    PLACES,
    PROPERTIES,
    REASONS,
    RETURN_CODES,
    RULES,
    SECTIONS,
    Rule,
)

# Statements that the vectors know beyond the codec's.
MORE = {
    "mqtt_3_1": {"MQTT-3.1.2-1"},  # its protocol name is not MQTT
    "after_refusal": {"MQTT-3.1.4-5"},  # what a refused client sends is ignored
}
# Sections that say as much as each other.
SAME = {
    "auth_short": {"3.15.2.2.1", "3.15.2.1"},  # neither has a rule for one byte
    "property_repeated": {"2.2.2.2"}  # it is said beside each property but the User Property
    | {each["length"].rpartition(".")[0] for place, each in SECTIONS.items() if len(each) > 2},
}


# Statements that rejecting vectors name beyond those of their rule, and how they break them, too.
TOO = {
    "client_id_missing": {"MQTT-3.1.4-1"},  # the server is to look at the format of CONNECT
    "acknowledged_id_unknown": {"MQTT-4.3.3-2"},  # in 3.1.1: 2.3.1-6 does not name PUBCOMP
    "after_refusal": {"MQTT-3.1.4-6"},  # what a refused client sends is ignored, but for AUTH
    "diagnostics_too_large": {"MQTT-3.1.2-24", "MQTT-3.2.2-15"},  # the packet as a whole is, too
    "keep_alive_exceeded": {"MQTT-3.1.2-21"},  # the keep alive that the server gave
}


KINDS = ["packets", "streams", "topics", "sessions"]


def table(page: str, heading: str) -> Iterator[list[str]]:
    """The rows of a table in docs/, whose first column is called `heading`."""
    inside = False
    for line in (ROOT / "docs" / page).read_text().splitlines():
        cells = [cell.strip(" `") for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            inside = False
        elif inside and "---" not in line:
            yield cells
        elif cells[0] == heading:
            inside = True


@pytest.mark.parametrize("name", sorted({rule.name.lower() for rule in mq.Rule} | set(RULES)))
def test_rules(name: str) -> None:
    ours: Rule = RULES[name]
    codec = mq.rule_info(name)
    assert codec.kind == ours.kind
    assert codec.reason_code in ours.reason_codes
    assert (codec.return_code or 0) == ours.return_code
    for ids, section, theirs in (
        (ours.ids_4, ours.section_4, codec.ids_3_1_1),
        (ours.ids_5, ours.section_5, codec.ids_5),
    ):
        statements = {text for text in theirs if text.startswith("MQTT-")}
        assert set(ids) - MORE.get(name, set()) == statements
        if section and not ids:
            assert section in theirs or {section, *theirs} == SAME[name]
        assert bool(section or ids) == bool(theirs)


def test_packets() -> None:
    text = (ROOT / "include/mqttwire/tables.h").read_text()
    who = {"CLIENT": ("client",), "SERVER": ("server",), "EITHER": ("client", "server")}
    rows = re.findall(
        r"X\( ?(\d+), ([A-Z]+), +\w+, +(\d), \w+, +(\w+), +(\w+)\)",
        text.split("#define MQW_PACKETS")[1].split("*/")[0],
    )
    assert {
        name: (int(number), int(flags), who.get(four, ()), who.get(five, ()))
        for number, name, flags, four, five in rows
    } == {
        name: (packet.type, packet.flags or 0, packet.senders_4, packet.senders_5)
        for name, packet in PACKETS.items()
    }


def test_properties() -> None:
    kinds = {
        "byte": "byte",
        "two bytes": "two",
        "four bytes": "four",
        "variable byte integer": "vbi",
        "text": "text",
        "text, a topic name": "text",
        "binary": "data",
        "pair of texts": "pair",
    }
    codec = {}
    for number, name, _, kind, values, places, rule in table("properties.md", "identifier"):
        span = tuple(map(int, values.split(" to "))) if values else (0, 0)
        where = set(PLACES) if places == "all" else set(places.split(", "))
        value_rule = rule if rule and not rule.endswith("_utf8") else None
        codec[name] = (int(number, 16), kinds[kind], *span, where, value_rule)
    assert codec == {
        name: (
            entry.id,
            entry.type,
            entry.lowest,
            entry.highest,
            set(entry.places),
            entry.bad_value,
        )
        for name, entry in PROPERTIES.items()
    }


def test_sections_of_properties() -> None:
    for place in PLACES:
        there = {name for name, entry in PROPERTIES.items() if place in entry.places}
        assert SECTIONS[place].keys() - {"length"} == there


def test_reasons() -> None:
    who = {"client": ("client",), "server": ("server",), "both": ("client", "server")}
    page = (ROOT / "docs/reasons.md").read_text()
    heads = next(line for line in page.splitlines() if line.startswith("| code | name"))
    places = [cell.strip() for cell in heads.strip("|").split("|")][3:]
    codec = {}
    for row in table("reasons.md", "code"):
        if len(row) == 3 + len(places):
            codec[int(row[0], 16)] = {
                place: who[cell] for place, cell in zip(places, row[3:]) if cell
            }
    assert codec == REASONS


def test_return_codes() -> None:
    codec: dict[str, list[int]] = {}
    for row in table("reasons.md", "code"):
        if len(row) == 4 and row[1] not in ("normal_disconnection", "granted_qos_0"):
            codec.setdefault(row[3], []).append(int(row[0], 16))
    assert {place: tuple(codes) for place, codes in codec.items()} == RETURN_CODES


@pytest.mark.parametrize("kind", KINDS)
def test_rejecting_vectors_break_what_they_name(kind: str) -> None:
    """Their statements are those of the rule that they break: others would look covered."""
    for vector in vectors(kind):
        error = vector.get("error") or vector.get("steps", [{}])[-1].get("error")
        if vector["result"] == "reject" and error:
            rule = error["rule"]
            known = RULES[rule].ids(4 if vector["id"].startswith("v4") else 5)
            assert {*vector["ids"]} <= {*known} | TOO.get(rule, set()), vector["id"]


def test_every_fault_of_the_catalogue_has_a_vector() -> None:
    faults = {text for name, text in vars(catalogue).items() if name.isupper()}
    told = [v.get("comment", "") for kind in KINDS for v in vectors(kind)]
    assert len(faults) > 40
    assert {fault for fault in faults if not any(fault in comment for comment in told)} == set()


@pytest.mark.parametrize("kind", KINDS)
def test_a_choice_names_what_leaves_it_open(kind: str) -> None:
    unnamed = [v["id"] for v in vectors(kind) if v["result"] == "choice" and not v.get("section")]
    assert unnamed == []
