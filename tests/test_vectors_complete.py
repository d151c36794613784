# SPDX-License-Identifier: MIT
"""What the vectors are to have in full, counted by their names and bytes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from mqttwire_tool.vectors.forms import join, segments, size_of
from test_vectors import Vector

ROOT = Path(__file__).resolve().parent.parent / "vectors"
sys.path.insert(0, str(ROOT))

from source.facts import PACKETS, PROPERTIES, REASONS  # noqa: E402

FOLDERS = {4: "v3.1.1", 5: "v5.0"}
VERSIONS = pytest.mark.parametrize("version", [4, 5])

# Each kind of text that is none, that a receiver may refuse, and that is easily refused by mistake.
BAD = ("c080", "eda080", "edbfbf", "f4908080")
OPEN = ("7f", "c280", "efb790", "efbfbe", "efbfbf")
GOOD = ("efbbbf",)


def suite(version: int, name: str) -> dict[str, Vector]:
    """The vectors by their names."""
    text = (ROOT / FOLDERS[version] / f"{name}.json").read_text(encoding="utf-8")
    return {vector["name"]: vector for vector in json.loads(text)["vectors"]}


def fields(version: int, *kinds: str) -> set[str]:
    """Texts (text, pair) or binary data (data), as the names of vectors call them."""
    found: set[str] = set()
    if "text" in kinds:
        found |= {"topic", "client id", "will topic", "username"}
        found |= {"filter of SUBSCRIBE", "filter of UNSUBSCRIBE"}
    if "data" in kinds:
        found |= {"will payload", "password"}
    if version == 4:
        return found
    for name, entry in PROPERTIES.items():
        for place in entry.places if entry.type in kinds else ():
            where = "will" if place == "WILL" else place
            words = name.replace("_", " ")
            pair = [f"user property {part} of {where}" for part in ("name", "value")]
            found |= {*pair} if entry.type == "pair" else {f"{words} of {where}"}
    return found


@VERSIONS
def test_texts_through_all_sequences(version: int) -> None:
    wires: dict[tuple[str, str], str] = {}
    for name, vector in suite(version, "utf8").items():
        if "wire" in vector and size_of(vector["wire"]) < 4096:
            key = (name.partition(",")[0], vector["result"])
            wires[key] = wires.get(key, "") + " " + join(segments(vector["wire"])).hex()
    places = fields(version, "text", "pair")
    assert len(places) == (6 if version == 4 else 6 + 20 + 28)
    for place in places:
        # which client identifiers are taken is open beyond letters and digits: 3.1.3.1
        taken = "choice" if place == "client id" else "accept"
        for result, sequences in [("reject", BAD), ("choice", OPEN), (taken, GOOD)]:
            missing = [each for each in sequences if each not in wires[place, result]]
            assert missing == [], (place, result)


@VERSIONS
def test_fields_at_their_longest(version: int) -> None:
    vectors = suite(version, "lengths")
    for place in fields(version, "text", "pair", "data"):
        longest, longer = (vectors[f"{place} of {count} bytes"] for count in (65535, 65536))
        assert longest["result"] == ("choice" if place == "client id" else "accept"), place
        assert 65535 < size_of(longest["wire"]) < 65535 + 64, place
        assert longer["result"] == "reject" and "wire" not in longer, place
        assert longer["error"]["rule"] in ("text_too_long", "topic_too_long"), place


@VERSIONS
def test_flags_from_each_sender(version: int) -> None:
    seen = {(vector["wire"][:2], vector["sender"]) for vector in suite(version, "headers").values()}
    for name, entry in PACKETS.items():
        for sender in entry.senders(version):
            wanted = {(f"{entry.type << 4 | flags:02x}", sender) for flags in range(16)}
            assert wanted <= seen, name


def test_codes() -> None:
    codes = suite(5, "reason_codes")
    for name in ("CONNACK", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "DISCONNECT", "AUTH"):
        first, *others = PACKETS[name].senders_5
        for code in range(256):
            assert f"{name.lower()} 0x{code:02X} from a {first}" in codes
        for sender in others:
            for code in REASONS:
                assert f"{name.lower()} 0x{code:02X} from a {sender}" in codes
    for version in (4, 5):
        assert {f"code {code:02x}" for code in range(256)} <= suite(version, "suback").keys()
    assert {f"code {code:02x}" for code in range(256)} <= suite(5, "unsuback").keys()
    assert {f"connack 0x{code:02X}" for code in range(256)} <= suite(4, "reason_codes").keys()


@VERSIONS
def test_rich_packets_cut_and_shortened_everywhere(version: int) -> None:
    cut, shortened = suite(version, "truncations"), suite(version, "shortened")
    for name, entry in PACKETS.items():
        if not entry.senders(version):
            continue
        whole = join(segments(cut[name.lower()]["wire"]))
        body = len(whole) - 2  # their Remaining Length has one byte
        assert whole[1] == body
        for count in range(1, len(whole)):
            assert f"{name.lower()} cut after {count}" in cut
        for count in range(2 if name == "AUTH" else 0, body):  # AUTH: lengths has them
            wire = shortened[f"{name.lower()} of {body} bytes shortened to {count}"]["wire"]
            assert join(segments(wire)) == bytes([whole[0], count]) + whole[2 : 2 + count]
