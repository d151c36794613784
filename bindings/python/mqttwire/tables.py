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


def _enum(base, name, members, text):
    made = base(name, members, module=__name__)
    made.__doc__ = text
    return made


Type = _enum(
    IntEnum,
    "Type",
    {_mqttwire.type_name(number): number for number in range(1, _mqttwire.MQW_TYPES)},
    "Packet types, by the number in the first byte.",
)
Property = _enum(
    IntEnum, "Property", _named("MQW_PROPERTY_", "END"), "Properties of 5.0, by identifier."
)
Reason = _enum(IntEnum, "Reason", _named("MQW_REASON_", "NONE", "FAILURE"), "Reason codes of 5.0.")
ReturnCode = _enum(
    IntEnum,
    "ReturnCode",
    _named("MQW_RETURN_"),
    "Return codes of 3.1.1.\n\n"
    "CONNACK and SUBACK count apart: the same number has a name for each.",
)
Rule = _enum(
    IntEnum,
    "Rule",
    _named("MQW_RULE_", "FIRST"),
    "Rules that a packet or a connection can break; see rule_info.",
)
Allow = _enum(
    IntFlag,
    "Allow",
    _named("MQW_ALLOW_", "NOTHING", "ALL"),
    "Leniency: each flag lets through what a MUST forbids.",
)
Refuse = _enum(
    IntFlag,
    "Refuse",
    _named("MQW_REFUSE_", "NOTHING", "ALL"),
    "Strictness: each flag refuses what the specification leaves free.",
)
Kind = _enum(IntEnum, "Kind", _named("MQW_KIND_"), "What a field that explain tells is.")


class Properties(PropertySet):
    """The properties of a packet or a will, in 5.0.

    One that is not there is None; user_properties and subscription_identifiers are lists, which
    are empty then.
    """

    __slots__ = ()
    _names = tuple(_mqttwire.property_name(identifier) for identifier in Property)


for _identifier in Property:
    _name = _mqttwire.property_name(_identifier)
    _repeats = _mqttwire.property_type(_identifier) in ("VARINTS", "PAIRS")
    _made = (ListProperty if _repeats else ScalarProperty)(
        _name, _mqttwire.property_text(_identifier)
    )
    setattr(Properties, _name, _made)
del _identifier, _name, _repeats, _made
