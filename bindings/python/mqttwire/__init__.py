# SPDX-License-Identifier: MIT
"""The wire format of MQTT 3.1.1 and 5.0: bytes in, packets out, and what is wrong with them.

    import mqttwire as mq

    packet = mq.decode(data, version=5)             # exactly one packet
    mq.Publish(topic="a/b", payload=b"x").encode()  # and back
    for packet in mq.Decoder().feed(chunk): ...     # a stream, in any pieces
    for seen in mq.Connection().feed("client", chunk): ...  # both directions, and their rules
    mq.explain(data, version=5)                     # every field, with its span of bytes

Field names are the words of the specifications.
"""

from ._version import __version__ as __version__
from .arrow import to_arrow
from .codec import decode, frame, from_dict, line
from .connection import Connection, Seen, Side
from .errors import Incomplete, MalformedPacket, MqttError, ProtocolError
from .fields import Explanation, Field, explain
from .packets import (
    Auth,
    Connack,
    Connect,
    Disconnect,
    Packet,
    Pingreq,
    Pingresp,
    Puback,
    Pubcomp,
    Publish,
    Pubrec,
    Pubrel,
    Sender,
    Suback,
    Subscribe,
    Subscription,
    Unsuback,
    Unsubscribe,
    Will,
)
from .reasons import reason_name, reason_text
from .rules import RuleInfo, rule_info
from .scan import Columns, scan
from .stream import Decoder
from .tables import Allow, Kind, Properties, Property, Reason, Refuse, ReturnCode, Rule, Type
from .topics import topic_filter_check, topic_match, topic_name_check, topic_share

__all__ = [
    "Allow",
    "Auth",
    "Columns",
    "Connack",
    "Connect",
    "Connection",
    "Decoder",
    "Disconnect",
    "Explanation",
    "Field",
    "Incomplete",
    "Kind",
    "MalformedPacket",
    "MqttError",
    "Packet",
    "Pingreq",
    "Pingresp",
    "Properties",
    "Property",
    "ProtocolError",
    "Puback",
    "Pubcomp",
    "Publish",
    "Pubrec",
    "Pubrel",
    "Reason",
    "Refuse",
    "ReturnCode",
    "Rule",
    "RuleInfo",
    "Seen",
    "Sender",
    "Side",
    "Suback",
    "Subscribe",
    "Subscription",
    "Type",
    "Unsuback",
    "Unsubscribe",
    "Will",
    "decode",
    "explain",
    "frame",
    "from_dict",
    "line",
    "reason_name",
    "reason_text",
    "rule_info",
    "scan",
    "to_arrow",
    "topic_filter_check",
    "topic_match",
    "topic_name_check",
    "topic_share",
]
