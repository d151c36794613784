# SPDX-License-Identifier: MIT
"""Cases: what families are made of, before ids are given and files are written.

A family is a module with a function `build(version) -> Iterator[Case]`, which is asked for 4
(3.1.1) and for 5 (5.0).  Its expectations are typed from the specification (docs/conformance.tsv
and the clauses named here), or computed from the tables of facts.py; never from what a codec
answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .facts import RULES
from .wire import Wire

VERSIONS = {4: "v3.1.1", 5: "v5.0"}


@dataclass
class Case:
    """One vector.  `key` names it for good: an id is given to it once, and kept in the ledger."""

    key: str
    form: dict[str, Any]
    comment: str = ""
    ids: Sequence[str] = ()
    section: str | None = None
    level: str = "MUST"
    extra: dict[str, Any] = field(default_factory=dict)


def _statement(
    case: Case, ids: Sequence[str], section: str | None, level: str, comment: str
) -> Case:
    case.ids, case.section, case.level, case.comment = tuple(ids), section, level, comment
    assert ids or section, f"{case.key} says nothing of the specification"
    return case


def accept(
    key: str,
    version: int,
    wire: Wire,
    packet: dict[str, Any],
    *,
    sender: str,
    ids: Sequence[str] = (),
    section: str | None = None,
    comment: str = "",
    level: str = "MUST",
    canonical: bool = True,
) -> Case:
    """Bytes that are a packet.  canonical: encoding the packet gives these bytes."""
    form = {"version": version, "sender": sender, "wire": wire.form(), "result": "accept"}
    form |= {"packet": {"type": packet["type"], "version": version, **packet}}
    form |= {"canonical": canonical}
    return _statement(Case(key, form), ids, section, level, comment)


def error_of(
    version: int, rule: str, offset: int | None, name: str, codes: Sequence[int] | None = None
) -> dict[str, Any]:
    """What is said of a broken rule.  offset None: it is not for sure; codes: others than usual."""
    facts = RULES[rule]
    form: dict[str, Any] = {"rule": rule, "class": facts.kind}
    if version == 5:
        form["reason_codes"] = list(facts.reason_codes if codes is None else codes)
    else:
        form["reason_codes"] = [facts.return_code] if facts.return_code else []
    if offset is not None:
        form["offset"] = offset
    return form | {"field": name}


def _key_of_rule(
    version: int, rule: str, ids: Sequence[str] | None, section: str | None
) -> tuple[Sequence[str], str | None]:
    if ids is not None or section is not None:
        return ids or (), section
    facts = RULES[rule]
    return (facts.ids_4, facts.section_4) if version == 4 else (facts.ids_5, facts.section_5)


def reject(
    key: str,
    version: int,
    wire: Wire,
    rule: str,
    name: str,
    *,
    sender: str,
    ids: Sequence[str] | None = None,
    section: str | None = None,
    comment: str = "",
    level: str = "MUST",
    codes: Sequence[int] | None = None,
) -> Case:
    """Bytes that break one rule, by the field `name`, at HERE.  Unless told: its statements."""
    assert wire.mark is not None, f"{key} does not say where"
    form = {"version": version, "sender": sender, "wire": wire.form(), "result": "reject"}
    form["error"] = error_of(version, rule, wire.mark, name, codes)
    ids_, section_ = _key_of_rule(version, rule, ids, section)
    return _statement(Case(key, form), ids_, section_, level, comment)


def choice(
    key: str,
    version: int,
    wire: Wire,
    packet: dict[str, Any],
    rule: str,
    name: str,
    *,
    sender: str,
    section: str | None,  # of the paragraph that leaves it open
    comment: str,
    ids: Sequence[str] = (),
    level: str = "MAY",
    canonical: bool = False,
    codes: Sequence[int] | None = None,
) -> Case:
    """Bytes that the specification leaves open: taking them and refusing them are both right."""
    assert wire.mark is not None, f"{key} does not say where"
    assert section, f"{key} does not say what leaves it open"
    form = {"version": version, "sender": sender, "wire": wire.form(), "result": "choice"}
    form |= {"packet": {"type": packet["type"], "version": version, **packet}}
    form |= {"canonical": canonical}
    form["error"] = error_of(version, rule, wire.mark, name, codes)
    return _statement(Case(key, form), ids, section, level, comment)


def more(
    key: str,
    version: int,
    wire: Wire,
    *,
    sender: str,
    ids: Sequence[str] = (),
    section: str | None = None,
    comment: str = "",
) -> Case:
    """The beginning of a packet: nothing is wrong with it yet."""
    form = {"version": version, "sender": sender, "wire": wire.form(), "result": "more"}
    return _statement(Case(key, form), ids, section, "MUST", comment)


def unwritable(
    key: str,
    version: int,
    packet: dict[str, Any],
    rule: str,
    name: str,
    *,
    sender: str,
    ids: Sequence[str] | None = None,
    section: str | None = None,
    comment: str = "",
    codes: Sequence[int] | None = None,
) -> Case:
    """A packet that no bytes may come of: an encoder refuses it."""
    form: dict[str, Any] = {"version": version, "sender": sender, "result": "reject"}
    form |= {"packet": {"type": packet["type"], "version": version, **packet}}
    form["error"] = error_of(version, rule, None, name, codes)
    ids_, section_ = _key_of_rule(version, rule, ids, section)
    return _statement(Case(key, form), ids_, section_, "MUST", comment)
