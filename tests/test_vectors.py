# SPDX-License-Identifier: MIT
"""Every vector of vectors/, through the Python package."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from mqttwire_tool.vectors.forms import unfold, unfolded

ROOT = Path(__file__).resolve().parent.parent / "vectors"
LARGE = 1 << 24  # bytes: of more than that no JSON is made
LENIENT = mq.Allow(sum(mq.Allow))
STRICT = mq.Refuse(sum(mq.Refuse))
Vector = dict[str, Any]


def vectors(kind: str) -> Iterator[Vector]:
    for path in sorted(ROOT.glob("v*/*.json")):
        suite = json.loads(path.read_text(encoding="utf-8"))
        if suite["kind"] == kind:
            yield from suite["vectors"]


def sender_of(vector: Vector) -> Any:
    return vector["sender"]


def expect_error(vector: Vector, error: mq.MqttError) -> None:
    wanted = vector["error"]
    form = error.to_dict()
    assert form["rule"] == wanted["rule"], form
    kind = "malformed" if isinstance(error, mq.MalformedPacket) else "protocol_error"
    assert kind == wanted["class"], form
    codes = [] if form["reason_code"] is None else [form["reason_code"]]
    assert set(codes) <= set(wanted["reason_codes"]) and bool(codes) == bool(
        wanted["reason_codes"]
    ), form
    if "offset" in wanted:
        assert (form["offset"], form["field"]) == (wanted["offset"], wanted["field"]), form
    else:
        assert form["field"] == wanted["field"], form
    assert not vector["ids"] or set(vector["ids"]) & set(form["ids"]), form


def decode(vector: Vector, version: int = 0, **options: Any) -> mq.Packet:
    """version: another than the vector's."""
    return mq.decode(
        unfold(vector["wire"]),
        version=version or vector["version"],
        sender=sender_of(vector),
        **options,
    )


def is_large(vector: Vector) -> bool:
    parts = vector.get("wire", "")
    return not isinstance(parts, str) and any(
        isinstance(part, dict) and part["repeat"][1] > LARGE for part in parts
    )


def expect_packet(vector: Vector, packet: mq.Packet, **options: Any) -> None:
    if is_large(vector):
        assert isinstance(packet, mq.Publish)
        assert packet.payload == unfold(vector["packet"]["payload"])
    else:
        assert packet.to_dict() == unfolded(vector["packet"])
    if vector["canonical"]:
        assert packet.encode(sender=sender_of(vector), **options) == unfold(vector["wire"])


def test_the_files_are_as_generated() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "generate", "--check"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_same_bytes_have_the_same_expectation_everywhere() -> None:
    seen: dict[str, tuple[str, Any]] = {}
    for vector in vectors("packets"):
        if "wire" in vector:
            wire = json.dumps(vector["wire"]).replace(" ", "")
            key = f"{vector['version']} {vector['sender']} {wire}"
            said = (vector["result"], vector["level"], (vector.get("error") or {}).get("rule"))
            other, before = seen.setdefault(key, (vector["id"], said))
            assert said == before, (vector["id"], other)


def test_client_identifiers_that_a_server_may_refuse_are_a_choice() -> None:
    """3.1.3.1: it has to take 1 to 23 letters and digits; none at all is judged apart."""
    for kind in ("packets", "streams"):
        for vector in vectors(kind):
            for packet in vector.get("packets", [vector.get("packet") or {}]):
                if vector["result"] != "choice" and "wire" in vector and "client_id" in packet:
                    assert re.fullmatch("[0-9A-Za-z]{0,23}", packet["client_id"]), vector["id"]


@pytest.mark.parametrize(
    "vector", [pytest.param(v, id=v["id"]) for v in vectors("packets") if "wire" in v]
)
def test_decoding(vector: Vector) -> None:
    result = vector["result"]
    if result == "accept":
        expect_packet(vector, decode(vector))
    elif result == "choice":  # both are right, and options switch between them
        version = vector["packet"]["version"]  # of a CONNECT it may be another that is spoken, too
        expect_packet(vector, decode(vector, version, allow=LENIENT), allow=LENIENT)
        with pytest.raises(mq.MqttError) as caught:
            decode(vector, refuse=STRICT)
        expect_error(vector, caught.value)
    elif result == "more":
        with pytest.raises(mq.Incomplete):
            decode(vector)
    else:
        with pytest.raises(mq.MqttError) as caught:
            decode(vector)
        expect_error(vector, caught.value)


@pytest.mark.parametrize(
    "vector",
    [pytest.param(v, id=v["id"]) for v in vectors("packets") if "packet" in v and not is_large(v)],
)
def test_encoding(vector: Vector) -> None:
    if vector["result"] == "reject":
        with pytest.raises(mq.MqttError) as caught:
            mq.from_dict(unfolded(vector["packet"])).encode(sender=sender_of(vector))
        expect_error(vector, caught.value)
        return
    packet = mq.from_dict(unfolded(vector["packet"]))
    options = {"sender": sender_of(vector)}
    if vector["result"] == "choice":
        options["allow"] = LENIENT
    written = packet.encode(**options)
    if vector["canonical"]:
        assert written == unfold(vector["wire"])
    else:
        assert mq.decode(written, version=vector["version"], **options) == packet
