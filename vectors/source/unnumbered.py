# SPDX-License-Identifier: MIT
"""What the specifications rule without a statement id, typed from them section by section.

Goes into vectors/unnumbered.json: the coverage report counts the vectors of each, and a test wants
accepting and rejecting ones, or a reason in unshown.py.  Class and codes of a rule are in facts.py.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from .facts import PLACES, SECTIONS


@dataclass(frozen=True)
class Unnumbered:
    """Where it is said, with blanks between: sections, and narrower statements on the same.

    A vector shows it that breaks one of the rules; or that is accepted, and is about one of the
    statements, or of the sections where there are none.  here: one that breaks them, too, only if
    it is about them, as these rules are broken in other ways as well.
    """

    four: str  # in 3.1.1; empty: it has no such rule
    five: str
    says: str
    rules: str  # by their names in facts.py
    here: bool = False
    open: bool = False  # a receiver MAY refuse it: vectors of it are a choice
    session: bool = False  # it is about more than one packet: sessions alone show it

    def where(self, version: int) -> list[str]:
        return (self.four if version == 4 else self.five).split()


_ONCE = " ".join(
    SECTIONS[place][name]
    for place in PLACES
    for name in SECTIONS[place]
    if name not in ("length", "user_properties")
)

UNNUMBERED = (
    Unnumbered("2.2.1", "2.1.2", "packet type 0 is reserved, in 3.1.1 also 15", "type_reserved"),
    Unnumbered("2.2.1", "2.1.2", "who may send which packet", "direction"),
    Unnumbered("2.2.3", "1.5.5", "lengths have at most four bytes", "integer_too_long"),
    Unnumbered(
        *("2.2.3", "2.1.4", "a packet is as long as its Remaining Length says"),
        "truncated surplus_bytes connect_surplus",
    ),
    Unnumbered(
        *("1.5.3", "1.5.4", "a receiver may refuse controls and what are no characters"),
        "text_control text_noncharacter",
        open=True,
    ),
    # ---- 3.1.1 alone
    Unnumbered("3.2.2.1", "", "bits 7 to 1 of the acknowledge flags are zero", "connack_flags"),
    Unnumbered("3.2.2.3", "", "return codes of CONNACK from 6 on are reserved", "connack_reason"),
    Unnumbered(
        "3.1.4", "", "a server closes where further checks fail", "after_refusal", session=True
    ),
    *(
        Unnumbered(section, "", f"{name} has this Remaining Length", f"{rules}", here=True)
        for name, section, rules in [
            ("PUBACK", "3.4.1", "truncated surplus_bytes"),
            ("PUBREC", "3.5.1", "truncated surplus_bytes"),
            ("PUBREL", "3.6.1", "truncated surplus_bytes"),
            ("PUBCOMP", "3.7.1", "truncated surplus_bytes"),
            ("UNSUBACK", "3.11.1", "truncated surplus_bytes"),
            ("PINGREQ", "3.12.1", "surplus_bytes"),
            ("PINGRESP", "3.13.1", "surplus_bytes"),
            ("DISCONNECT", "3.14.1", "surplus_bytes"),
        ]
    ),
    # ---- 5.0 alone: properties
    Unnumbered(
        *("", "2.2.2.2", "a property stands where it may, and its value is of its type"),
        "property_misplaced property_unknown property_overrun",
    ),
    Unnumbered("", _ONCE, "a property that may not repeat stands once", "property_repeated"),
    Unnumbered("", "3.1.2.11.3 3.2.2.3.3", "Receive Maximum is not 0", "receive_maximum_zero"),
    Unnumbered(
        "", "3.1.2.11.4 3.2.2.3.6", "Maximum Packet Size is not 0", "maximum_packet_size_zero"
    ),
    Unnumbered(
        *("", "3.1.2.11.6 3.1.2.11.7", "what CONNECT requests is 0 or 1"),
        "request_response_information_value request_problem_information_value",
    ),
    Unnumbered(
        *("", "3.1.2.11.10", "Authentication Data comes with a method"),
        "authentication_data_alone",
    ),
    Unnumbered("", "3.2.2.3.4", "Maximum QoS is 0 or 1", "maximum_qos_value"),
    Unnumbered(
        *("", "3.2.2.3.5 3.2.2.3.11 3.2.2.3.12 3.2.2.3.13", "what is available is 0 or 1"),
        "retain_available_value wildcard_subscription_available_value "
        "subscription_identifier_available_value shared_subscription_available_value",
    ),
    Unnumbered("", "3.3.2.1", "an empty topic comes with an alias", "topic_empty"),
    Unnumbered(
        *("", "3.3.2.3.8 3.8.2.1.2", "a Subscription Identifier is not 0"),
        "subscription_identifier_zero",
    ),
    Unnumbered(
        *(
            "",
            "3.3.4 MQTT-3.3.2-8 MQTT-3.3.2-9 MQTT-3.3.2-11",
            "a Topic Alias is not 0, and not above the maximum",
        ),
        "topic_alias_zero topic_alias_too_large",
    ),
    Unnumbered(
        "",
        "3.3.4 MQTT-3.3.2-7",
        "an empty topic comes with an alias that is known",
        "topic_alias_unknown",
        session=True,
    ),
    Unnumbered(
        *("", "3.3.4", "a Subscription Identifier in PUBLISH is one of a SUBSCRIBE"),
        "subscription_identifier_unknown",
        session=True,
    ),
    Unnumbered(
        *(
            "",
            "3.3.4 MQTT-3.3.4-7 MQTT-3.3.4-9",
            "messages that are open stay within the Receive Maximum",
        ),
        "receive_maximum_exceeded",
        session=True,
    ),
    Unnumbered("", "3.8.3.1", "QoS of a subscription is not 3", "subscription_qos_3"),
    Unnumbered("", "3.8.3.1", "Retain Handling is not 3", "retain_handling_3"),
    Unnumbered(
        *("", "3.14.2.2.2", "a session that was to end with its connection is not made to last"),
        "session_expiry_raised",
        session=True,
    ),
    Unnumbered(
        *(
            "",
            "3.15 MQTT-4.12.0-5 MQTT-4.12.0-7",
            "AUTH goes with the method of CONNECT, and is not sent without one",
        ),
        "auth_unasked method_differs",
        session=True,
    ),
    Unnumbered("", "3.15.2.2.2", "AUTH has a method", "auth_method_missing"),
    # ---- 5.0 alone: what the other side set
    Unnumbered(
        *(
            "",
            "3.1.2.11.4 3.2.2.3.6 MQTT-3.1.2-24 MQTT-3.2.2-15",
            "no packet is larger than the receiver's maximum",
        ),
        "packet_too_large",
        session=True,
    ),
    Unnumbered(
        "",
        "3.2.2.3.4 3.3.1.2 MQTT-3.2.2-11",
        "PUBLISH is not above the Maximum QoS",
        "qos_not_supported",
        session=True,
    ),
    Unnumbered(
        "",
        "3.2.2.3.5 3.3.1.3 MQTT-3.2.2-14",
        "RETAIN is 0 where it is not available",
        "retain_not_supported",
        session=True,
    ),
    Unnumbered(
        "",
        "3.2.2.3.11",
        "no wildcards where they are not available",
        "wildcards_not_supported",
        session=True,
    ),
    Unnumbered(
        *("", "3.2.2.3.12", "no Subscription Identifiers where they are not available"),
        "subscription_identifiers_not_supported",
        session=True,
    ),
    Unnumbered(
        *("", "3.2.2.3.13", "no shared subscriptions where they are not available"),
        "shared_not_supported",
        session=True,
    ),
    Unnumbered(
        *("", "3.1.3.2.3 3.3.2.3.2", "a receiver may check that a payload is the text it says"),
        "payload_not_text",
        open=True,
    ),
)


def text() -> str:
    """The file: one of them a line, for each version that has it."""
    rows = [
        {"version": version, "where": row.where(version), "says": row.says}
        | {"rules": row.rules.split(), "here": row.here, "sessions": row.session, "open": row.open}
        for version in (4, 5)
        for row in UNNUMBERED
        if row.where(version)
    ]
    lines = ",\n".join(f"  {json.dumps(row)}" for row in rows)
    return f'{{"format": 1, "rules": [\n{lines}\n]}}\n'
