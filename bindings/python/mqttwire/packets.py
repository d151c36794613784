# SPDX-License-Identifier: MIT
"""Packets, and the parts that some have.

Fields are the specification's words.  What is wrong with a packet is found when it is encoded, so a
packet may be put together in any order, and a bad one for a test as well.

Payloads and passwords that were decoded are bytes, or where decode() was asked for a view, the
payload of a PUBLISH is a memoryview; to be encoded they may be anything with bytes.  So they are
`bytes | Any` to type checkers, which isinstance() makes a memoryview.
Text is str, in the annotations always.  Text that is not UTF-8, which only Allow.UTF8 lets through,
is bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from . import _mqttwire
from .buffer import Buffer
from .errors import failure
from .record import Record, as_list
from .tables import Properties, Type

Sender = Literal["client", "server"]


class Will(Record):
    """What a server publishes when the client is gone: section 3.1.2.5."""

    __slots__ = {
        "payload": "Bytes: section 3.1.3.4, in 3.1.1 3.1.3.3.",
        "properties": "Of 5.0: section 3.1.3.2.",
        "qos": "0 to 2: section 3.1.2.6.",
        "retain": "Is it to be kept? Section 3.1.2.7.",
        "topic": "Where to publish it: section 3.1.3.3, in 3.1.1 3.1.3.2.",
    }
    _fields = ("topic", "payload", "qos", "retain", "properties")

    topic: str
    payload: bytes | Any
    qos: int
    retain: bool
    properties: Properties

    def __init__(
        self,
        *,
        topic: str,
        payload: Buffer = b"",
        qos: int = 0,
        retain: bool = False,
        properties: Properties | None = None,
    ) -> None:
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.retain = retain
        self.properties = Properties() if properties is None else properties


class Subscription(Record):
    """A topic filter of a SUBSCRIBE, with its options: section 3.8.3.

    Those after qos are of 5.0.
    """

    __slots__ = {
        "no_local": "Of 5.0: nothing that the same client publishes. Section 3.8.3.1.",
        "qos": "The highest that is wanted, 0 to 2: section 3.8.3.1, in 3.1.1 3.8.3.",
        "retain_as_published": (
            "Of 5.0: the retain flag stays as it was published. Section 3.8.3.1."
        ),
        "retain_handling": (
            "Of 5.0: retained messages come always (0), if the subscription is new (1), or "
            "not (2). Section 3.8.3.1."
        ),
        "topic_filter": "Which topics: sections 3.8.3 and 4.7.",
    }
    _fields = ("topic_filter", "qos", "no_local", "retain_as_published", "retain_handling")

    topic_filter: str
    qos: int
    no_local: bool
    retain_as_published: bool
    retain_handling: int

    def __init__(
        self,
        *,
        topic_filter: str,
        qos: int = 0,
        no_local: bool = False,
        retain_as_published: bool = False,
        retain_handling: int = 0,
    ) -> None:
        self.topic_filter = topic_filter
        self.qos = qos
        self.no_local = no_local
        self.retain_as_published = retain_as_published
        self.retain_handling = retain_handling


class Packet(Record):
    """What all packets have: their type, and the version they are written in, 5 unless given.

    TypeError: it is made itself, or a class of it that has no type.
    """

    __slots__ = {
        "version": "Of MQTT: 3 (3.1), 4 (3.1.1) or 5. Section 3.1.2.2.",
    }

    type: ClassVar[Type]
    """Which packet this is: section 2.1.2, in 3.1.1 2.2.1."""
    version: int

    def __init__(self, *, version: int = 5) -> None:
        if not hasattr(self, "type"):
            raise TypeError(
                f"a {type(self).__name__} has no type: make one of the packets' classes"
            )
        self.version = version

    def encode(
        self,
        version: int | None = None,
        sender: Sender | None = None,
        *,
        allow: int = 0,
        refuse: int = 0,
        max_size: int | None = None,
    ) -> bytes:
        """The packet as canonical bytes, in its own version or the one given.

        sender: who sends it, "client" or "server"; None: whether they may is not checked.
        allow, refuse: flags of Allow and Refuse.  max_size: the largest packet, in bytes.

        MqttError: the packet would break a rule; ValueError: a field is missing, or an option is
        impossible; TypeError: one is of another type.
        """
        return _mqttwire.encode(
            self,
            self.type,
            self.version if version is None else version,
            sender,
            allow,
            refuse,
            max_size,
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: binary data in hex, and no fields that are not there.

        ValueError: a field is missing; TypeError: one is of another type; MqttError: a number does
        not fit its field.
        """
        return _mqttwire.to_dict(self, self.type, self.version)


class Connect(Packet):
    """A client asks for a connection: section 3.1."""

    __slots__ = {
        "clean_start": "Is the session to be a new one? Section 3.1.2.4; in 3.1.1: clean session.",
        "client_id": "Section 3.1.3.1.",
        "keep_alive": "Seconds within which the client sends something; 0: off. Section 3.1.2.10.",
        "password": "Bytes, or None: section 3.1.3.6, in 3.1.1 3.1.3.5.",
        "properties": "Of 5.0: section 3.1.2.11.",
        "username": "Text, or None: section 3.1.3.5, in 3.1.1 3.1.3.4.",
        "will": "Or None: section 3.1.2.5.",
    }
    _fields = (
        "client_id",
        "clean_start",
        "keep_alive",
        "username",
        "password",
        "will",
        "properties",
        "version",
    )
    type = Type.CONNECT

    client_id: str
    clean_start: bool
    keep_alive: int
    username: str | None
    password: bytes | Any | None
    will: Will | None
    properties: Properties

    def __init__(
        self,
        *,
        client_id: str,
        clean_start: bool = False,
        keep_alive: int = 0,
        username: str | None = None,
        password: Buffer | None = None,
        will: Will | None = None,
        properties: Properties | None = None,
        version: int = 5,
    ) -> None:
        self.client_id = client_id
        self.clean_start = clean_start
        self.keep_alive = keep_alive
        self.username = username
        self.password = password
        self.will = will
        self.properties = Properties() if properties is None else properties
        self.version = version


class Connack(Packet):
    """A server accepts a connection, or refuses it: section 3.2."""

    __slots__ = {
        "properties": "Of 5.0: section 3.2.2.3.",
        "reason_code": "A Reason: section 3.2.2.2. In 3.1.1 a ReturnCode: section 3.2.2.3.",
        "session_present": (
            "Has the server a session of this client? Section 3.2.2.1.1, in 3.1.1 3.2.2.2."
        ),
    }
    _fields = ("reason_code", "session_present", "properties", "version")
    type = Type.CONNACK

    session_present: bool
    reason_code: int
    properties: Properties

    def __init__(
        self,
        *,
        reason_code: int = 0,
        session_present: bool = False,
        properties: Properties | None = None,
        version: int = 5,
    ) -> None:
        self.reason_code = reason_code
        self.session_present = session_present
        self.properties = Properties() if properties is None else properties
        self.version = version


class Publish(Packet):
    """A message: section 3.3."""

    __slots__ = {
        "dup": "Was it sent before? Section 3.3.1.1.",
        "packet_id": "1 to 65535, or None at QoS 0: section 3.3.2.2.",
        "payload": "Bytes, or with decode(view=True) a memoryview: section 3.3.3.",
        "properties": "Of 5.0: section 3.3.2.3.",
        "qos": "0 to 2: section 3.3.1.2.",
        "retain": "Is it to be kept, or was it? Section 3.3.1.3.",
        "topic": "Empty where a topic alias stands for it: section 3.3.2.1.",
    }
    _fields = (
        "topic",
        "payload",
        "qos",
        "packet_id",
        "retain",
        "dup",
        "properties",
        "version",
    )
    type = Type.PUBLISH

    topic: str
    payload: bytes | Any
    qos: int
    packet_id: int | None
    retain: bool
    dup: bool
    properties: Properties

    def __init__(
        self,
        *,
        topic: str,
        payload: Buffer = b"",
        qos: int = 0,
        packet_id: int | None = None,
        retain: bool = False,
        dup: bool = False,
        properties: Properties | None = None,
        version: int = 5,
    ) -> None:
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.packet_id = packet_id
        self.retain = retain
        self.dup = dup
        self.properties = Properties() if properties is None else properties
        self.version = version

    def _meant(self, name: str) -> Any:
        value = super()._meant(name)
        if name == "packet_id" and self.qos == 0 and value == 0:
            return None  # it is written so
        return value


class _Acknowledgement(Packet):
    __slots__ = {
        "packet_id": "That of the message, 1 to 65535: section 2.2.1, in 3.1.1 2.3.1.",
        "properties": "Of 5.0: section 2.2.2, and the section of the packet.",
        "reason_code": "Of 5.0, a Reason: section 2.4, and the section of the packet.",
    }
    _fields = ("packet_id", "reason_code", "properties", "version")

    packet_id: int
    reason_code: int
    properties: Properties

    def __init__(
        self,
        *,
        packet_id: int,
        reason_code: int = 0,
        properties: Properties | None = None,
        version: int = 5,
    ) -> None:
        self.packet_id = packet_id
        self.reason_code = reason_code
        self.properties = Properties() if properties is None else properties
        self.version = version


class Puback(_Acknowledgement):
    """The answer to a PUBLISH of QoS 1: section 3.4."""

    __slots__ = ()
    type = Type.PUBACK


class Pubrec(_Acknowledgement):
    """The answer to a PUBLISH of QoS 2: section 3.5."""

    __slots__ = ()
    type = Type.PUBREC


class Pubrel(_Acknowledgement):
    """The answer to a PUBREC: section 3.6."""

    __slots__ = ()
    type = Type.PUBREL


class Pubcomp(_Acknowledgement):
    """The answer to a PUBREL: section 3.7."""

    __slots__ = ()
    type = Type.PUBCOMP


class Subscribe(Packet):
    """A client asks for messages: section 3.8."""

    __slots__ = {
        "packet_id": "1 to 65535: section 3.8.2.",
        "properties": "Of 5.0: section 3.8.2.1.",
        "subscriptions": "One or more: section 3.8.3.",
    }
    _fields = ("packet_id", "subscriptions", "properties", "version")
    _lists = ("subscriptions",)
    type = Type.SUBSCRIBE

    packet_id: int
    subscriptions: list[Subscription]
    properties: Properties

    def __init__(
        self,
        *,
        packet_id: int,
        subscriptions: Sequence[Subscription],
        properties: Properties | None = None,
        version: int = 5,
    ) -> None:
        self.packet_id = packet_id
        self.subscriptions = as_list(subscriptions)
        self.properties = Properties() if properties is None else properties
        self.version = version


class _Answer(Packet):
    __slots__ = {
        "packet_id": "That of the request, 1 to 65535: sections 3.9.2 and 3.11.2.",
        "properties": "Of 5.0: sections 3.9.2.1 and 3.11.2.1.",
        "reason_codes": (
            "One for each filter, Reason or ReturnCode: sections 3.9.3 and, in 5.0, 3.11.3."
        ),
    }
    _fields = ("packet_id", "reason_codes", "properties", "version")
    _lists = ("reason_codes",)

    packet_id: int
    reason_codes: list[int]
    properties: Properties

    def __init__(
        self,
        *,
        packet_id: int,
        reason_codes: Sequence[int] = (),
        properties: Properties | None = None,
        version: int = 5,
    ) -> None:
        self.packet_id = packet_id
        self.reason_codes = as_list(reason_codes)
        self.properties = Properties() if properties is None else properties
        self.version = version


class Suback(_Answer):
    """The answer to a SUBSCRIBE, a code for each filter: section 3.9."""

    __slots__ = ()
    type = Type.SUBACK


class Unsubscribe(Packet):
    """A client wants no more messages: section 3.10."""

    __slots__ = {
        "packet_id": "1 to 65535: section 3.10.2.",
        "properties": "Of 5.0: section 3.10.2.1.",
        "topic_filters": "One or more: section 3.10.3.",
    }
    _fields = ("packet_id", "topic_filters", "properties", "version")
    _lists = ("topic_filters",)
    type = Type.UNSUBSCRIBE

    packet_id: int
    topic_filters: list[str]
    properties: Properties

    def __init__(
        self,
        *,
        packet_id: int,
        topic_filters: Sequence[str],
        properties: Properties | None = None,
        version: int = 5,
    ) -> None:
        self.packet_id = packet_id
        self.topic_filters = as_list(topic_filters)
        self.properties = Properties() if properties is None else properties
        self.version = version


class Unsuback(_Answer):
    """The answer to an UNSUBSCRIBE, in 5.0 with a code for each filter: section 3.11."""

    __slots__ = ()
    type = Type.UNSUBACK


class Pingreq(Packet):
    """A client shows that it is there: section 3.12."""

    __slots__ = ()
    _fields = ("version",)
    type = Type.PINGREQ


class Pingresp(Packet):
    """The answer to a PINGREQ: section 3.13."""

    __slots__ = ()
    _fields = ("version",)
    type = Type.PINGRESP


class _Ending(Packet):
    __slots__ = {
        "properties": "Of 5.0: sections 3.14.2.2 and 3.15.2.2.",
        "reason_code": "Of 5.0, a Reason: sections 3.14.2.1 and 3.15.2.1.",
    }
    _fields = ("reason_code", "properties", "version")

    reason_code: int
    properties: Properties

    def __init__(
        self, *, reason_code: int = 0, properties: Properties | None = None, version: int = 5
    ) -> None:
        self.reason_code = reason_code
        self.properties = Properties() if properties is None else properties
        self.version = version


class Disconnect(_Ending):
    """A client, in 5.0 also a server, ends the connection: section 3.14."""

    __slots__ = ()
    type = Type.DISCONNECT


class Auth(_Ending):
    """A step of enhanced authentication, in 5.0: section 3.15."""

    __slots__ = ()
    type = Type.AUTH


_classes: tuple[type[Packet], ...] = (
    Connect,
    Connack,
    Publish,
    Puback,
    Pubrec,
    Pubrel,
    Pubcomp,
    Subscribe,
    Suback,
    Unsubscribe,
    Unsuback,
    Pingreq,
    Pingresp,
    Disconnect,
    Auth,
)
for _class in _classes:
    _class.type.__doc__ = _class.__doc__
del _class
_mqttwire.register((None, *_classes), Will, Subscription, Properties, failure)
