# SPDX-License-Identifier: MIT
"""What is made of the rows of tables.h: enumerations, and the set of properties.

Type checkers read tables.pyi, which bindings/derive.py writes from this module.
"""

from enum import IntEnum, IntFlag

from . import _mqttwire
from .record import ListProperty, PropertySet, ScalarProperty


def _named(prefix, *but):
    """The extension's constants that begin with a prefix, without it."""
    return {
        name[len(prefix) :]: value
        for name, value in vars(_mqttwire).items()
        if name.startswith(prefix) and name[len(prefix) :] not in but
    }


def _enum(base, name, members, text, text_of=None):
    made = base(name, members, module=__name__)
    made.__doc__ = text
    if text_of is not None:
        for member in made:
            member.__doc__ = text_of(member)
    return made


def _flags(name, prefix, text, text_of):
    members = _named(prefix, "NOTHING", "ALL")
    made = _enum(IntFlag, name, {**members, "ALL": sum(members.values())}, text, text_of)
    made.ALL.__doc__ = "all of them"
    return made


def _code_texts(version):
    """What a code means, which may be another thing in other packets."""

    def text_of(code):
        packets = {}
        for packet in Type:
            text = _mqttwire.reason_text(version, packet, code)
            if text:
                packets.setdefault(text, []).append(packet.name)
        return "; ".join(f"{text} ({', '.join(names)})" for text, names in packets.items())

    return text_of


Type = _enum(
    IntEnum,
    "Type",
    {_mqttwire.type_name(number): number for number in range(1, _mqttwire.MQW_TYPES)},
    "Packet types, by the number in the first byte: section 2.1.2, in 3.1.1 2.2.1.",
)
Property = _enum(
    IntEnum,
    "Property",
    _named("MQW_PROPERTY_", "END"),
    "Properties of 5.0, by identifier: section 2.2.2.2.",
    _mqttwire.property_text,
)
Reason = _enum(
    IntEnum,
    "Reason",
    _named("MQW_REASON_", "NONE", "FAILURE"),
    "Reason codes of 5.0, and the packets that have them: section 2.4.\n\n"
    "0 has a name for each of its meanings; reason_name tells the one in a packet.",
    _code_texts(5),
)
ReturnCode = _enum(
    IntEnum,
    "ReturnCode",
    _named("MQW_RETURN_"),
    "Return codes of 3.1.1: sections 3.2.2.3 and 3.9.3.\n\n"
    "CONNACK and SUBACK count apart: the same number has a name for each, and ReturnCode(1) is\n"
    "CONNACK's.  reason_name tells the one in a packet.",
    _code_texts(4),
)
Rule = _enum(
    IntEnum,
    "Rule",
    _named("MQW_RULE_", "FIRST"),
    "Rules that a packet or a connection can break; see rule_info.",
    _mqttwire.rule_text,
)
Allow = _flags(
    "Allow",
    "MQW_ALLOW_",
    "Leniency: each flag lets through what a MUST forbids.",
    _mqttwire.allowance_text,
)
Refuse = _flags(
    "Refuse",
    "MQW_REFUSE_",
    "Strictness: each flag refuses what the specification leaves free.",
    _mqttwire.refusal_text,
)
_KINDS = {
    "INTEGER": "a number",
    "REASON": "a reason code, in 3.1.1 a return code; the note is its name",
    "LENGTH": "how many bytes follow that belong to it",
    "IDENTIFIER": "the number of a property; the note is its name",
    "OCTET": "a byte of bit fields, which come next",
    "BITS": "some bits of that byte",
    "TEXT": "text: str, or bytes where it is not UTF-8",
    "BINARY": "binary data: bytes",
    "UNREAD": "bytes that follow a fault, or an unknown property; the note says why",
}
Kind = _enum(
    IntEnum,
    "Kind",
    _named("MQW_KIND_"),
    "What a field that explain tells is.",
    lambda kind: _KINDS[kind.name],
)


class Properties(PropertySet):
    """The properties of a packet or a will, in 5.0: section 2.2.2.

    One that is not there is None; user_properties and subscription_identifiers are lists, which
    are empty then.

    TypeError: there is no such property.
    """

    __slots__ = ()
    _names = tuple(_mqttwire.property_name(identifier) for identifier in Property)


# Of 5.0: what a property means in each packet that has it.
_SECTIONS = {
    "payload_format_indicator": "3.1.3.2.3, 3.3.2.3.2",
    "message_expiry_interval": "3.1.3.2.4, 3.3.2.3.3",
    "content_type": "3.1.3.2.5, 3.3.2.3.9",
    "response_topic": "3.1.3.2.6, 3.3.2.3.5",
    "correlation_data": "3.1.3.2.7, 3.3.2.3.6",
    "subscription_identifiers": "3.3.2.3.8, 3.8.2.1.2",
    "session_expiry_interval": "3.1.2.11.2, 3.2.2.3.2, 3.14.2.2.2",
    "assigned_client_identifier": "3.2.2.3.7",
    "server_keep_alive": "3.2.2.3.14",
    "authentication_method": "3.1.2.11.9, 3.2.2.3.17, 3.15.2.2.2",
    "authentication_data": "3.1.2.11.10, 3.2.2.3.18, 3.15.2.2.3",
    "request_problem_information": "3.1.2.11.7",
    "will_delay_interval": "3.1.3.2.2",
    "request_response_information": "3.1.2.11.6",
    "response_information": "3.2.2.3.15",
    "server_reference": "3.2.2.3.16, 3.14.2.2.5",
    "reason_string": "3.2.2.3.9, 3.4.2.2.2, 3.5.2.2.2, 3.6.2.2.2, 3.7.2.2.2, 3.9.2.1.2, 3.11.2.1.2,"
    " 3.14.2.2.3, 3.15.2.2.4",
    "receive_maximum": "3.1.2.11.3, 3.2.2.3.3",
    "topic_alias_maximum": "3.1.2.11.5, 3.2.2.3.8",
    "topic_alias": "3.3.2.3.4",
    "maximum_qos": "3.2.2.3.4",
    "retain_available": "3.2.2.3.5",
    "user_properties": "3.1.2.11.8, 3.1.3.2.8, 3.2.2.3.10, 3.3.2.3.7, 3.4.2.2.3, 3.5.2.2.3,"
    " 3.6.2.2.3, 3.7.2.2.3, 3.8.2.1.3, 3.9.2.1.3, 3.10.2.1.2, 3.11.2.1.3, 3.14.2.2.4, 3.15.2.2.5",
    "maximum_packet_size": "3.1.2.11.4, 3.2.2.3.6",
    "wildcard_subscription_available": "3.2.2.3.11",
    "subscription_identifier_available": "3.2.2.3.12",
    "shared_subscription_available": "3.2.2.3.13",
}

for _identifier in Property:
    _name = _mqttwire.property_name(_identifier)
    _repeats = _mqttwire.property_type(_identifier) in ("VARINTS", "PAIRS")
    _made = (ListProperty if _repeats else ScalarProperty)(
        _name, f"{_mqttwire.property_text(_identifier)}: section {_SECTIONS[_name]}."
    )
    setattr(Properties, _name, _made)
del _identifier, _name, _repeats, _made
