# SPDX-License-Identifier: MIT
"""Everything public says what it is, to help() and inspect as well."""

from __future__ import annotations

import ast
import enum
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import mqttwire as mq
import pytest

ROOT = Path(__file__).parent.parent
CLASSES = [thing for name in mq.__all__ if inspect.isclass(thing := getattr(mq, name))]
FUNCTIONS = [thing for name in mq.__all__ if inspect.isroutine(thing := getattr(mq, name))]
PACKETS = [getattr(mq, kind.name.capitalize()) for kind in mq.Type]
SECTION = re.compile(r"\b[Ss]ections? \d\.\d")

# Where the sections of a packet's properties are, of which the first one is their length.
PLACES = {
    "CONNECT": "3.1.2.11",
    "WILL": "3.1.3.2",
    "CONNACK": "3.2.2.3",
    "PUBLISH": "3.3.2.3",
    "PUBACK": "3.4.2.2",
    "PUBREC": "3.5.2.2",
    "PUBREL": "3.6.2.2",
    "PUBCOMP": "3.7.2.2",
    "SUBSCRIBE": "3.8.2.1",
    "SUBACK": "3.9.2.1",
    "UNSUBSCRIBE": "3.10.2.1",
    "UNSUBACK": "3.11.2.1",
    "DISCONNECT": "3.14.2.2",
    "AUTH": "3.15.2.2",
}


def own(thing: object, cls: type | None = None) -> str:
    """A docstring, if it is its own, not one that Python makes up."""
    text = inspect.getdoc(thing) or ""
    made_up = ("Alias for field number", f"{getattr(thing, '__name__', None)}(")
    return "" if text.startswith(made_up) or (cls and text == inspect.getdoc(cls)) else text


def beside(cls: type, name: str) -> bool:
    """Does a string follow the field in the source?  That is what editors show."""
    body = ast.parse(inspect.getsource(cls)).body[0]
    assert isinstance(body, ast.ClassDef)
    return any(
        isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and field.target.id == name
        and isinstance(text, ast.Expr)
        for field, text in zip(body.body, body.body[1:])
    )


def members(cls: type) -> Iterator[str]:
    """Public attributes that a class adds to what Python gives it."""
    for each in cls.__mro__:
        if each.__module__.startswith("mqttwire"):
            yield from (name for name in vars(each) if not name.startswith("_"))
            yield from (name for name in vars(each).get("__annotations__", ()) if name[0] != "_")


@pytest.mark.parametrize("name", mq.__all__)
def test_all_have_a_docstring(name: str) -> None:
    if name != "Sender":  # a Literal has none
        assert own(getattr(mq, name))


@pytest.mark.parametrize("cls", CLASSES)
def test_members_have_one(cls: type) -> None:
    if issubclass(cls, enum.Enum):
        for name, member in cls.__members__.items():
            assert own(member, cls), name
    for name in set(members(cls)):
        assert own(getattr(cls, name, None)) or beside(cls, name), name


def methods() -> Iterator[tuple[str, object]]:
    """What can be called of public classes, and the classes that are called with options."""
    for cls in CLASSES:
        for each in cls.__mro__:
            if each.__module__.startswith("mqttwire"):
                for name, thing in vars(each).items():
                    if inspect.isfunction(thing) and name[0] != "_":
                        yield f"{cls.__name__}.{name}", thing


FAULTLESS = {  # they have nothing to complain of
    *(
        f"{name}.to_dict"
        for name in ("MqttError", "MalformedPacket", "ProtocolError", "Incomplete")
    ),
    "Properties.present",
    "RuleInfo.ids",
    "RuleInfo.reason",
}
CALLED = {
    **{function.__name__: function for function in FUNCTIONS},
    **{name: method for name, method in methods() if name not in FAULTLESS},
    "Connection": mq.Connection,
    "Decoder": mq.Decoder,
    "Packet": mq.Packet,
    "Properties": mq.Properties,
}


def test_there_is_no_other_method_without_faults() -> None:
    assert {name for name, _ in methods()} >= FAULTLESS
    assert {"Connection.hold", "Connection.quota", "Publish.replace", "Auth.encode"} <= set(CALLED)


@pytest.mark.parametrize("name", CALLED)
def test_functions_name_their_errors(name: str) -> None:
    text = own(CALLED[name])
    assert re.search(r"\b(MqttError|\w+Error|Incomplete|is raised)\b", text), text


SENDER_CALLS = ["feed", "packet", "unread", "close", "position", "pending", "options", "quota"]
SENDER_CALLS += ["next_packet_id", "hold", "side"]


@pytest.mark.parametrize("name", SENDER_CALLS)
def test_what_is_raised_for_a_sender_is_named(name: str) -> None:
    connection = mq.Connection(5)
    call = getattr(connection, name)
    others: dict[str, list[object]] = {"feed": [b""], "packet": [mq.Pingreq()], "hold": [1]}
    for sender, error in (("x", ValueError), (1, TypeError)):
        with pytest.raises(error):
            call(sender, *others.get(name, []))
        assert error.__name__ in own(call)


@pytest.mark.parametrize("cls", [*PACKETS, mq.Will, mq.Subscription])
def test_packets_and_fields_name_their_sections(cls: type[mq.Packet]) -> None:
    assert SECTION.search(own(cls))
    for name in cls._fields:
        assert SECTION.search(own(getattr(cls, name))), name


@pytest.mark.parametrize("name", mq.Properties._names)
def test_properties_have_the_sections_of_their_packets(name: str) -> None:
    page = (ROOT / "docs" / "properties.md").read_text()
    (row,) = (line.split(" | ") for line in page.splitlines() if f"| `{name}` |" in line)
    places = list(PLACES) if row[5] == "all" else row[5].split(", ")
    sections = own(getattr(mq.Properties, name)).partition(": section ")[2].rstrip(".").split(", ")
    assert sorted(s.rpartition(".")[0] for s in sections) == sorted(PLACES[p] for p in places)


@pytest.mark.parametrize("place", PLACES.values())
def test_no_section_of_properties_is_left_out(place: str) -> None:
    texts = " ".join(own(getattr(mq.Properties, name)) for name in mq.Properties._names)
    numbers = sorted(map(int, re.findall(rf"\b{re.escape(place)}\.(\d+)\b(?!\.\d)", texts)))
    assert numbers == list(range(2, len(numbers) + 2))
