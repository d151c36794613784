# SPDX-License-Identifier: MIT
"""Disagreements as vectors: proposals, for somebody to hold against the specification."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import mqttwire as mq

from ..vectors.data import Form
from ..vectors.statements import Statement, statements
from ..vectors.titles import TITLES

SUITE = "proposed"
WORD = "PROPOSED, to be judged by hand by the clause before it is kept"


def files(groups: Iterable[Form]) -> list[Form]:
    """Files of vectors, by kind, of lines of `fuzz diff --json`: an example of each disagreement
    once, whoever has it."""
    known = statements()
    made: dict[str, list[Form]] = {}
    numbers: dict[int, int] = {}
    at: dict[tuple[Any, ...], Form] = {}
    for group in groups:
        for example in group["examples"]:
            key = tuple(str(example[name]) for name in ("kind", "version", "sender", "wire"))
            if key in at:
                at[key]["comment"] += f"; {_who(group)}"
                continue
            vector = _vector(group, example, known)
            if vector is None:
                continue
            version = example["version"]
            numbers[version] = numbers.get(version, 0) + 1
            at[key] = vector
            made.setdefault(example["kind"], []).append(vector)
            vector["id"] = f"v{version}-{SUITE}-{numbers[version]:04}"
    return [
        {"format": 1, "suite": SUITE, "kind": kind, "vectors": vectors}
        for kind, vectors in made.items()
    ]


def _who(group: Form) -> str:
    return f"{group['adapter']} {group['title']}"


def _vector(group: Form, example: Form, known: dict[tuple[int, str], Statement]) -> Form | None:
    ours, version = example["ours"], example["version"]
    if ours["result"] == "choice":
        return None  # the specification allows both: there is nothing to be held against
    ids = [each for each in group["statements"] if each.startswith("MQTT-")]
    section = next((each.split(" ")[1] for each in group["statements"] if " " in each), None)
    clauses = "; ".join(
        f"{each}: {known[version, each].summary}" for each in ids if (version, each) in known
    ) or (f"{TITLES[version]} section {section}.")
    comment = f"{WORD}: {clauses} Found by fuzz diff: {_who(group)}"
    form: Form = {"id": "", "comment": comment, "version": version, "sender": example["sender"]}
    form["wire"] = example["wire"]
    if example["kind"] == "streams":
        form |= {"chunks": example["chunks"], "packets": ours["packets"]}
    form["result"] = ours["result"]
    if ours["result"] == "accept" and example["kind"] == "packets":
        packet = ours["packet"]
        form |= {"packet": packet, "canonical": _canonical(packet, example)}
    if ours["result"] == "reject":
        form["error"] = _error(ours["error"], version)
    form |= {"ids": ids, "level": "MUST"}
    return form | ({"section": section} if section else {})


def _canonical(packet: Form, example: Form) -> bool:
    """Do these bytes come of encoding the packet?"""
    try:
        return bool(mq.from_dict(packet).encode(sender=example["sender"]).hex() == example["wire"])
    except mq.MqttError:
        return False


def _error(error: Form, version: int) -> Form:
    """As vectors have it."""
    info = mq.rule_info(mq.Rule[str(error["rule"]).upper()])
    code = info.reason_code if version == 5 else info.return_code
    form: Form = {"rule": info.name, "class": info.kind.replace(" ", "_")}
    form["reason_codes"] = [] if code is None else [code]
    if error["offset"] is not None:
        form["offset"] = error["offset"]
    return {**form, "field": error["field"] or "unread"}


def text(file: Form) -> str:
    """A vector a line."""
    rows = ",\n".join(f"  {json.dumps(vector)}" for vector in file["vectors"])
    head = json.dumps({name: file[name] for name in ("format", "suite", "kind")})
    return f'{head[:-1]}, "vectors": [\n{rows}\n]}}\n'
