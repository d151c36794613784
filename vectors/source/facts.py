# SPDX-License-Identifier: MIT
"""What the specifications say: rules, packets, properties and codes.

Typed from docs/conformance.tsv and the tables of both specifications, apart from any codec.  Of a
rule only the name is mqttwire's.  Class and codes: those that the text gives; where it gives none,
what the definitions of Malformed Packet and Protocol Error (5.0 1.2) make of it, and every code
that they leave possible.  In 3.1.1 there are no classes: they are told as in 5.0.
"""

from __future__ import annotations

from dataclasses import dataclass

from .facts_codes import REASONS, RETURN_CODES
from .facts_packets import PACKETS, PLACES, PROPERTIES, SECTIONS

__all__ = [
    "PACKETS",
    "PLACES",
    "PROPERTIES",
    "REASONS",
    "RETURN_CODES",
    "RULES",
    "SECTIONS",
    "Rule",
]


@dataclass(frozen=True)
class Rule:
    kind: str  # malformed or protocol_error
    reason_codes: tuple[int, ...]  # of 5.0, the likeliest first
    return_code: int  # of CONNACK in 3.1.1, or 0
    ids_4: tuple[str, ...]  # statements of 3.1.1
    section_4: str | None  # of 3.1.1, where it has no statement
    ids_5: tuple[str, ...]
    section_5: str | None

    def ids(self, version: int) -> tuple[str, ...]:
        return self.ids_4 if version == 4 else self.ids_5


def _rule(kind: str, codes: tuple[int, ...], four: str, five: str, return_code: int) -> Rule:
    """`four`, `five`: statements without their MQTT-, or a section, or nothing."""

    def split(text: str) -> tuple[tuple[str, ...], str | None]:
        ids = tuple(f"MQTT-{word}" for word in text.split() if "-" in word)
        sections = [word for word in text.split() if "-" not in word]
        assert len(sections) < 2, text
        return ids, sections[0] if sections else None

    ids_4, section_4 = split(four)
    ids_5, section_5 = split(five)
    return Rule(kind, codes, return_code, ids_4, section_4, ids_5, section_5)


def _malformed(four: str, five: str, *others: int) -> Rule:
    return _rule("malformed", (0x81, *others), four, five, 0)


def _error(
    four: str, five: str, *others: int, codes: tuple[int, ...] = (0x82,), return_code: int = 0
) -> Rule:
    return _rule("protocol_error", (*codes, *others), four, five, return_code)


# Rules of a packet and of topics.
_PACKET = {
    # the fixed header, integers, the ends of things
    "type_reserved": _malformed("2.2.1", "2.1.2"),
    "direction": _error("2.2.1", "2.1.2"),  # tables 2.1 and 2-1
    "fixed_header_flags": _malformed("2.2.2-1 2.2.2-2", "2.1.3-1"),
    "pubrel_flags": _malformed("3.6.1-1 2.2.2-1 2.2.2-2", "3.6.1-1 2.1.3-1"),
    "subscribe_flags": _malformed("3.8.1-1 2.2.2-1 2.2.2-2", "3.8.1-1 2.1.3-1"),
    "unsubscribe_flags": _malformed("3.10.1-1 2.2.2-1 2.2.2-2", "3.10.1-1 2.1.3-1"),
    "disconnect_flags": _malformed("3.14.1-1 2.2.2-1 2.2.2-2", "3.14.1-1 2.1.3-1"),
    "auth_flags": _malformed("", "3.15.1-1 2.1.3-1"),
    "integer_too_long": _malformed("2.2.3", "1.5.5"),
    "integer_padded": _malformed("", "1.5.5-1"),
    "length_padded": _malformed("2.2.3", ""),  # 3.1.1 says nothing of it
    "length_over_limit": _malformed("2.2.3", "1.5.5"),
    "packet_too_large": _error("", "3.1.2-24 3.2.2-15", codes=(0x95,)),
    "truncated": _malformed("2.2.3", "2.1.4"),
    "surplus_bytes": _malformed("2.2.3", "2.1.4"),
    "trailing_bytes": _malformed("2.2.3", "2.1.4"),
    # text
    "text_utf8": _malformed("1.5.3-1", "1.5.4-1"),
    "client_id_utf8": _malformed("3.1.3-4 1.5.3-1", "3.1.3-4 1.5.4-1"),
    "will_topic_utf8": _malformed("3.1.3-10 1.5.3-1", "3.1.3-11 1.5.4-1"),
    "username_utf8": _malformed("3.1.3-11 1.5.3-1", "3.1.3-12 1.5.4-1"),
    "topic_utf8": _malformed("3.3.2-1 1.5.3-1", "3.3.2-1 1.5.4-1"),
    "subscribe_filter_utf8": _malformed("3.8.3-1 1.5.3-1", "3.8.3-1 1.5.4-1"),
    "unsubscribe_filter_utf8": _malformed("3.10.3-1 1.5.3-1", "3.10.3-1 1.5.4-1"),
    "response_topic_utf8": _malformed("", "3.3.2-13 1.5.4-1"),
    "content_type_utf8": _malformed("", "3.3.2-19 1.5.4-1"),
    "user_property_utf8": _malformed("", "1.5.7-1 1.5.4-1"),
    "text_nul": _malformed("1.5.3-2", "1.5.4-2"),
    "user_property_nul": _malformed("", "1.5.7-1 1.5.4-2"),
    "topic_nul": _malformed("4.7.3-2 1.5.3-2", "4.7.3-2 1.5.4-2"),
    "text_control": _malformed("1.5.3", "1.5.4"),  # MAY
    "text_noncharacter": _malformed("1.5.3", "1.5.4"),  # MAY
    "text_too_long": _malformed("1.5.3", "1.5.4"),
    "topic_too_long": _malformed("4.7.3-3", "4.7.3-3"),
    # topics: 0x8F and 0x90 are described for well-formed ones that are refused, and used for others
    "topic_empty": _error("4.7.3-1", "4.7.3-1 3.3.2.1"),
    "topic_wildcard": _malformed("3.3.2-2 4.7.1-1", "3.3.2-2 4.7.0-1", 0x90),
    "response_topic_wildcard": _error("", "3.3.2-14 4.7.0-1", 0x81, 0x90),
    "response_topic_empty": _error("", "4.7.3-1 3.3.2.3.5"),  # not addressed; seen as a topic name
    "filter_empty": _error("4.7.3-1", "4.7.3-1"),
    "filter_hash": _malformed("4.7.1-2", "4.7.1-1", 0x8F),
    "filter_plus": _malformed("4.7.1-3", "4.7.1-2", 0x8F),
    "share_name_empty": _error("", "4.8.2-1", 0x8F),
    "share_name_wildcard": _error("", "4.8.2-2", 0x8F),
    "share_filter_missing": _error("", "4.8.2-2", 0x8F),
    # CONNECT and CONNACK
    "protocol_name": _error("3.1.2-1", "3.1.2-1", codes=(0x84,)),
    "protocol_version": _error("3.1.2-2", "3.1.2-2", codes=(0x84,), return_code=1),
    "mqtt_3_1": _error("3.1.2-2 3.1.2-1", "3.1.2-2 3.1.2-1", codes=(0x84,), return_code=1),
    "connect_flags_reserved": _malformed("3.1.2-3", "3.1.2-3"),
    "will_qos_3": _malformed("3.1.2-14", "3.1.2-12"),
    "will_qos_without_will": _error("3.1.2-13 3.1.2-11", "3.1.2-11"),
    "will_retain_without_will": _error("3.1.2-15 3.1.2-11", "3.1.2-13"),
    "password_without_username": _error("3.1.2-22", ""),
    "client_id_missing": _malformed("3.1.3-3", "3.1.3-3"),
    "will_missing": _malformed("3.1.2-9", "3.1.2-9"),
    "username_missing": _malformed("3.1.2-19", "3.1.2-17"),
    "password_missing": _malformed("3.1.2-21", "3.1.2-19"),
    "connect_surplus": _malformed("3.1.2-11 3.1.2-18 3.1.2-20", "3.1.2-16 3.1.2-18"),
    "client_id_empty": _error("3.1.3-7", "", codes=(0x85,), return_code=2),
    "client_id_refused": _error("3.1.3.1", "3.1.3.1", codes=(0x85,), return_code=2),  # MAY
    "authentication_data_alone": _error("", "3.1.2.11.10"),
    "connack_flags": _malformed("3.2.2.1", "3.2.2-1"),
    "session_present_refused": _error("3.2.2-4", "3.2.2-6"),
    "connack_reason": _error("3.2.2.3", "3.2.2-8"),
    "connack_data_alone": _error("", "3.2.2.3.18"),  # no statement about it
    # PUBLISH and its acknowledgements
    "qos_3": _malformed("3.3.1-4", "3.3.1-4"),
    "dup_qos_0": _malformed("3.3.1-2 4.3.1-1", "3.3.1-2 4.3.1-1"),
    "packet_id_zero": _error("2.3.1-1", "2.2.1-3 2.2.1-4"),
    "packet_id_at_qos_0": _error("2.3.1-5", "2.2.1-2"),
    "topic_alias_zero": _error("", "3.3.2-8 3.3.4", codes=(0x94,)),
    "subscription_identifier_from_client": _error("", "3.3.4-6"),
    "subscription_identifier_zero": _error("", "3.8.2.1.2"),  # PUBLISH: 3.3.2.3.8
    # neither class is stated; other bytes that are neither 0 nor 1 are protocol errors
    "payload_format_indicator_value": _error("", "3.3.2.3.2", 0x81),  # will: 3.1.3.2.3
    "payload_not_text": _error("", "3.3.2.3.2", codes=(0x99,)),  # MAY check
    "acknowledged_id_zero": _error("2.3.1-6 4.3.3-2", "2.2.1-5"),  # PUBREC, PUBREL: 0x92, too
    "answered_id_zero": _error("2.3.1-7", "2.2.1-6"),
    "puback_reason": _error("", "3.4.2-1"),
    "pubrec_reason": _error("", "3.5.2-1"),
    "pubrel_reason": _error("", "3.6.2-1"),
    "pubcomp_reason": _error("", "3.7.2-1"),
    # SUBSCRIBE, UNSUBSCRIBE and their acknowledgements
    "subscribe_empty": _error("3.8.3-3", "3.8.3-2"),
    "subscription_qos_3": _error("3.8.3-4", "3.8.3.1"),
    "subscription_reserved": _malformed("3.8.3-4", "3.8.3-5"),
    "retain_handling_3": _error("", "3.8.3.1"),
    "shared_no_local": _error("", "3.8.3-4"),
    "suback_reason": _error("3.9.3-2", "3.9.3-2 3.8.4-7"),
    "suback_empty": _malformed("3.8.4-5", "3.8.4-6", 0x82),
    "unsubscribe_empty": _error("3.10.3-2", "3.10.3-2"),
    "unsuback_reason": _error("", "3.11.3-2"),
    "unsuback_empty": _malformed("", "3.11.3-2", 0x82),
    # DISCONNECT and AUTH
    "disconnect_reason": _error("", "3.14.2-1"),
    "disconnect_session_expiry": _error("", "3.14.2-2"),
    "disconnect_server_reference": _error("", "3.14.2.2.5"),  # not forbidden in so many words
    "auth_reason": _error("", "3.15.2-1"),
    "auth_method_missing": _error("", "3.15.2.2.2"),
    "auth_short": _malformed("", "3.15.2.2.1"),  # not addressed
    # properties
    "property_length_missing": _malformed("", "2.2.2-1"),
    "property_overrun": _malformed("", "2.2.2.1"),
    "property_unknown": _malformed("", "2.2.2.2"),
    "property_misplaced": _malformed("", "2.2.2.2"),
    "property_repeated": _error("", "2.2.2.2"),  # said beside each property: SECTIONS
    "property_value": _error("", "2.2.2.2"),
    "receive_maximum_zero": _error("", "3.1.2.11.3"),  # CONNACK: SECTIONS has it, here and below
    "maximum_packet_size_zero": _error("", "3.1.2.11.4"),
    "request_problem_information_value": _error("", "3.1.2.11.7"),
    "request_response_information_value": _error("", "3.1.2.11.6"),
    "maximum_qos_value": _error("", "3.2.2.3.4"),
    "retain_available_value": _error("", "3.2.2.3.5"),
    "wildcard_subscription_available_value": _error("", "3.2.2.3.11"),
    "subscription_identifier_available_value": _error("", "3.2.2.3.12"),
    "shared_subscription_available_value": _error("", "3.2.2.3.13"),
    # what only an encoder meets
    "value_too_wide": _malformed("1.5", "1.5"),
    "not_in_version": _malformed("2.2.1", ""),
}

# Rules of a connection.
_CONNECTION = {
    "first_packet": _error("3.1.0-1", "3.1.0-1"),
    "second_connect": _error("3.1.0-2", "3.1.0-2"),
    "before_connack": _error("3.2.0-1", "3.2.0-1"),
    "second_connack": _error("3.2", "3.2.0-2"),
    "after_refusal": _error("3.2.2-5 3.1.4-5", "3.2.2-7 3.2.0-1 4.13.2-1"),
    "early_packet": _error("", "3.1.2-30"),
    "after_disconnect": _error("3.14.4-2 3.14.4-1", "3.14.4-1 3.14.4-2"),
    "early_disconnect": _error("", "3.14.0-1"),
    "session_present_clean": _error("3.2.2-1", "3.2.2-2"),
    "keep_alive_exceeded": _error("3.1.2-24 3.1.2-23", "3.1.2-22 3.1.2-20", codes=(0x8D,)),
    "pingresp_unasked": _error("3.13", "3.13"),
    # 0x91 and 0x92 stand in acknowledgements alone: who closes the connection says 0x82
    "packet_id_in_use": _error(
        "2.3.1-2 2.3.1-3 2.3.1-4 3.3.1-1 4.3.2-1 4.3.3-1",
        "2.2.1-3 2.2.1-4 3.3.1-1 4.3.2-1 4.3.2-3 4.3.3-1 4.3.3-3 4.3.3-5",
        0x82,
        codes=(0x91,),
    ),
    "acknowledged_id_unknown": _error("2.3.1-6", "2.2.1-5", 0x82, codes=(0x92,)),
    "answered_id_unknown": _error("2.3.1-7 3.8.4-2 3.10.4-4", "2.2.1-6 3.8.4-2 3.10.4-5"),
    "acknowledgement_type": _error("3.3.4-1 4.3.2-2 4.3.3-2", "3.3.4-1 4.3.2-4 4.3.3-8"),
    "pubrel_without_pubrec": _error("4.3.3-1", "4.3.3-4", 0x92),
    "pubcomp_without_pubrel": _error("4.3.3-2", "4.3.3-11"),
    "publish_after_pubrel": _error("4.3.3-1", "4.3.3-6", 0x91),
    "resent": _error("", "4.4.0-1"),
    "dup_on_first": _error("4.3.2-1 4.3.3-1", "4.3.2-2 4.3.3-2 4.4.0-2"),
    "suback_count": _error("3.8.4-5 3.9.3-1", "3.8.4-6 3.9.3-1"),
    "unsuback_count": _error("", "3.11.3-2 3.11.3-1"),
    "puback_order": _error("4.6.0-2", "4.6.0-2"),
    "pubrec_order": _error("4.6.0-3", "4.6.0-3"),
    "pubrel_order": _error("4.6.0-4", "4.6.0-4"),
    "topic_alias_too_large": _error(
        "", "3.1.2-26 3.1.2-27 3.2.2-17 3.2.2-18 3.3.2-9 3.3.2-11", codes=(0x94,)
    ),
    "topic_alias_unknown": _error("", "3.3.2-7 3.3.4"),
    "receive_maximum_exceeded": _error("", "3.3.4-7 3.3.4-9 4.9.0-1 4.9.0-2", codes=(0x93,)),
    "diagnostics_too_large": _error(
        "",
        "3.2.2-19 3.2.2-20 3.4.2-2 3.4.2-3 3.5.2-2 3.5.2-3 3.6.2-2 3.6.2-3 3.7.2-2 3.7.2-3 3.9.2-1 "
        "3.9.2-2 3.11.2-1 3.11.2-2 3.14.2-3 3.14.2-4 3.15.2-2 3.15.2-3",
        codes=(0x95,),
    ),
    "qos_not_supported": _error("", "3.2.2-11", codes=(0x9B,)),
    "retain_not_supported": _error("", "3.2.2-14", codes=(0x9A,)),
    "wildcards_not_supported": _error("", "3.2.2.3.11", codes=(0xA2,)),
    "subscription_identifiers_not_supported": _error("", "3.2.2.3.12", codes=(0xA1,)),
    "shared_not_supported": _error("", "3.2.2.3.13", codes=(0x9E,)),
    "subscription_identifier_unknown": _error("", "3.3.4"),
    "session_expiry_raised": _error("", "3.14.2.2.2"),
    "response_information_unasked": _error("", "3.1.2-28"),
    "problem_information_unasked": _error("", "3.1.2-29"),
    "client_id_unassigned": _error("", "3.2.2-16 3.1.3-7"),
    "auth_unasked": _error("", "4.12.0-6 4.12.0-7 3.15"),
    "method_unasked": _error("", "4.12.0-6"),
    "method_differs": _error("", "4.12.0-5 4.12.1-1", 0x8C),
    "auth_not_continue": _error("", "4.12.0-2 4.12.0-3"),
}

RULES = _PACKET | _CONNECTION
