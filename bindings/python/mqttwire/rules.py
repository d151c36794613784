# SPDX-License-Identifier: MIT
"""The rules that a packet or a connection can break: what an error's code means."""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple

from . import _mqttwire
from .record import document
from .tables import Rule


class RuleInfo(NamedTuple):
    """A rule, and what the specifications say about it."""

    rule: Rule
    name: str
    message: str
    kind: Literal["malformed", "protocol_error"]
    ids_3_1_1: tuple[str, ...]
    ids_5: tuple[str, ...]
    reason_code: int
    return_code: int | None

    def ids(self, version: int) -> tuple[str, ...]:
        """Statement ids, or sections where the specification gives no id, of a version."""
        return self.ids_5 if version == 5 else self.ids_3_1_1

    def reason(self, version: int) -> int | None:
        """The code to send to whoever broke the rule, where a version has one."""
        return self.reason_code if version == 5 else self.return_code


document(
    RuleInfo,
    rule="Its number.",
    name='Its name: "receive_maximum_zero".',
    message="A sentence about it.",
    kind='"malformed" or "protocol_error": section 1.2 of 5.0.',
    ids_3_1_1="Statement ids, or sections, of 3.1.1; empty where the version lacks the rule.",
    ids_5="Statement ids, or sections, of 5.0.",
    reason_code="The Reason to send to whoever broke it, in 5.0: section 4.13.",
    return_code="The ReturnCode of 3.1.1's CONNACK; None: the connection is closed without one.",
)


@cache
def _info(rule: Rule) -> RuleInfo:
    return_code = _mqttwire.rule_reason(rule, 4)
    malformed = _mqttwire.rule_class(rule) == _mqttwire.MQW_CLASS_MALFORMED
    return RuleInfo(
        rule=rule,
        name=_mqttwire.rule_name(rule),
        message=_mqttwire.rule_text(rule),
        kind="malformed" if malformed else "protocol_error",
        ids_3_1_1=tuple(_mqttwire.rule_ids(rule, 4).split()),
        ids_5=tuple(_mqttwire.rule_ids(rule, 5).split()),
        reason_code=_mqttwire.rule_reason(rule, 5),
        return_code=None if return_code == _mqttwire.MQW_REASON_NONE else return_code,
    )


def rule_info(rule: Rule | int | str) -> RuleInfo:
    """What there is to know about a rule, given as such, by its number or by its name.

    ValueError: there is no such rule.
    """
    if isinstance(rule, str):
        found = Rule.__members__.get(rule.upper())
        if found is None:
            raise ValueError(f"there is no rule {rule!r}")
        return _info(found)
    return _info(Rule(rule))
