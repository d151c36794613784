# SPDX-License-Identifier: MIT
"""Text: 1.5.3 of 3.1.1 and 1.5.4 of 5.0; what UTF-8 is, says RFC 3629.

The table in full is that of a PUBLISH's topic; each other text of each packet gets a sequence of
each kind.  Which code points are controls and which are no characters is as both versions
list them: U+0001..U+001F, U+007F..U+009F, and what Unicode calls noncharacters (U+FDD0..U+FDEF and
the last two of each plane).  A sender should not send these, and a receiver may refuse them.
"""

from __future__ import annotations

from collections.abc import Iterator

from .cases import Case, accept, choice, reject, unwritable
from .connect_payload import OTHER_IDS_COMMENT, takes
from .utf8_places import (
    Place,
    header_places,
    ids_of,
    no_properties,
    property_places,
    publish_form,
    topic_place,
    user_property_places,
)
from .wire import HERE, Nested, Repeat, block, data, packet, text, u8, u16

# Well-formed, one code point: the ends of each length, of what is left out between, and neighbours.
GOOD = [
    0x20,  # the space is a character of topics as any (4.7.3)
    0x7E,
    0xA0,
    0xAD,  # invisible, and still no control character
    0x7FF,
    0x800,
    0xFFF,
    0x1000,
    0x2028,  # a line separator
    0x20AC,
    0xCFFF,
    0xD000,
    0xD7FF,
    0xE000,
    0xF8FF,
    0xFDCF,
    0xFDF0,
    0xFFFD,
    0x10000,
    0x1F600,
    0x2A6D4,  # the specifications' own example
    0x3FFFF - 2,
    0x40000,
    0xFFFFD,
    0x100000,
    0x10FFFD,
]
CONTROLS = [0x01, 0x09, 0x0A, 0x0D, 0x1B, 0x1F, 0x7F, 0x80, 0x85, 0x9F]
NO_CHARACTERS = [0xFDD0, 0xFDD1, 0xFDEE, 0xFDEF]
NO_CHARACTERS += [plane << 16 | last for plane in range(17) for last in (0xFFFE, 0xFFFF)]

MARK = "\ufeff"
MARKS = {"alone": MARK, "first": f"{MARK}a", "last": f"a{MARK}", "between": f"a{MARK}/b"}
MARKS |= {"twice": f"{MARK}{MARK}a", "in each level": f"{MARK}a/{MARK}b"}

# Ill-formed: by what is wrong.
BAD: dict[str, list[str]] = {
    "overlong, two bytes": ["c0 80", "c0 af", "c1 81", "c1 bf"],
    "overlong, three bytes": ["e0 80 80", "e0 80 af", "e0 81 bf", "e0 9f bf"],
    "overlong, four bytes": ["f0 80 80 80", "f0 80 80 af", "f0 80 bf bf", "f0 8f bf bf"],
    "surrogate": ["ed a0 80", "ed ad bf", "ed ae 80", "ed af bf", "ed b0 80", "ed bf bf"],
    "pair of surrogates": ["ed a0 bd ed b8 80"],
    "above U+10FFFF": ["f4 90 80 80", "f4 bf bf bf", "f5 80 80 80", "f7 bf bf bf"],
    "no first byte": ["f8 88 80 80 80", "fb bf bf bf bf", "fc 84 80 80 80 80", "fd bf bf bf bf bf"],
    "never in UTF-8": ["fe", "ff", "fe ff", "ff fe", "61 ff", "fe 61"],
    "continuation alone": ["80", "bf", "61 80", "80 61", "61 80 61", "c2 a0 80", "e2 82 ac bf"],
    "cut at the end": ["c2", "df", "e0", "e0 a0", "e2 82", "ef bf", "f0", "f0 9f", "f0 9f 98"],
    "cut at the end, behind text": ["61 c3", "61 e2 82", "61 f0 9f 98", "f0 9f 98 80 f0 9f 98"],
    "cut by a letter": ["c2 61", "e2 61", "e2 82 61", "f0 61", "f0 9f 61", "f0 9f 98 61"],
    "cut by another character": ["c2 c2 a0", "e2 82 e2 82 ac", "f0 9f 98 c3 a9", "e2 c3 a9"],
    "second byte too low": ["c2 7f", "e1 7f 80", "ee 7f bf", "f1 7f 80 80", "f4 7f 80 80"],
    "second byte too high": ["c2 c0", "e1 c0 80", "ee c0 80", "f1 c0 80 80", "f3 ff bf bf"],
    "third byte": ["e2 82 7f", "e2 82 c0", "f0 9f 7f 80", "f0 9f c0 80"],
    "fourth byte": ["f0 9f 98 7f", "f0 9f 98 c0"],
    "Latin-1": ["63 61 66 e9", "e9 74 e9"],
}

# Where implementations that look at many bytes at once have their ends.
AHEAD = [7, 8, 15, 16, 17, 31, 32, 63, 64]


def noncharacter(point: int) -> bool:
    return 0xFDD0 <= point <= 0xFDEF or point & 0xFFFE == 0xFFFE


def control(point: int) -> bool:
    return 1 <= point <= 0x1F or 0x7F <= point <= 0x9F


class Text:
    """Cases of one place."""

    def __init__(self, version: int, place: Place) -> None:
        self.version, self.place = version, place
        base = "1.5.3" if version == 4 else "1.5.4"
        self.section = base
        self.keeps_mark = f"MQTT-{base}-3"

    def good(self, key: str, content: str, ids: tuple[str, ...] = ()) -> Case:
        place = self.place
        wire, form = place.wire(content.encode()), place.form(content)
        if place.path == "client_id" and not takes(content):
            return choice(
                f"{place.name}, {key}",
                self.version,
                wire,
                form,
                "client_id_refused",
                place.path,
                sender=place.sender,
                section="3.1.3.1",
                comment=f"well-formed; {OTHER_IDS_COMMENT}",
                canonical=True,
            )
        return accept(
            f"{place.name}, {key}",
            self.version,
            wire,
            form,
            sender=place.sender,
            ids=ids or place.ids,
        )

    def bad(self, key: str, content: bytes) -> Case:
        try:
            content.decode()
        except UnicodeDecodeError:
            place = self.place
            return reject(
                f"{place.name}, {key}",
                self.version,
                place.wire(content),
                place.bad,
                place.path,
                sender=place.sender,
                ids=place.ids,
            )
        raise AssertionError(f"{content!r} is well-formed")

    def nul(self, key: str, content: bytes) -> Case:
        place = self.place
        return reject(
            f"{place.name}, {key}",
            self.version,
            place.wire(content),
            place.nul,
            place.path,
            sender=place.sender,
        )

    def no_nul(self) -> Case:
        """What looks like U+0000: its picture, the digit, two characters that stand for it."""
        ids = ids_of(self.place.nul, self.version)
        return self.good("U+2400, which is not U+0000", "\u24000\\0", ids)

    def nul_to_write(self) -> Case:
        place = self.place
        return unwritable(
            f"{place.name}, U+0000 to be written",
            self.version,
            place.form("a\0b"),
            place.nul,
            place.path,
            sender=place.sender,
        )

    def open(self, key: str, content: str) -> Case:
        """Code points that should not be sent, and that a receiver may refuse."""
        place = self.place
        points = [ord(character) for character in content]
        rule = "text_control" if any(map(control, points)) else "text_noncharacter"
        assert rule == "text_control" or any(map(noncharacter, points))
        return choice(
            f"{place.name}, {key}",
            self.version,
            place.wire(content.encode()),
            place.form(content),
            rule,
            place.path,
            sender=place.sender,
            section=self.section,
            comment="a sender should not send this code point; a receiver may refuse it",
            canonical=True,
        )

    def code_point(self, point: int) -> Case:
        key = f"U+{point:04X}"
        if control(point) or noncharacter(point):
            return self.open(key, chr(point))
        return self.good(key, chr(point))


def _full(version: int) -> Iterator[Case]:
    """The table, in the topic of a PUBLISH."""
    cases = Text(version, topic_place(version))
    for point in [*GOOD, *CONTROLS, *NO_CHARACTERS]:
        yield cases.code_point(point)
    for where, content in MARKS.items():
        yield cases.good(f"U+FEFF {where}", content, (cases.keeps_mark, *cases.place.ids))
    for what, sequences in BAD.items():
        for sequence in sequences:
            yield cases.bad(f"{what}: {sequence}", bytes.fromhex(sequence))
    for where, nul in {
        "alone": b"\0",
        "first": b"\0a",
        "last": b"a\0",
        "between": b"a\0b",
        "a level": b"a/\0/b",
        "behind other than ASCII": "\u00e9\0".encode(),
    }.items():
        yield cases.nul(f"U+0000 {where}", nul)
    yield cases.no_nul()
    yield cases.nul_to_write()
    for count in AHEAD:
        ahead = b"a" * count
        yield cases.bad(f"{count} letters and a continuation alone", ahead + b"\x80")
        yield cases.bad(f"{count} letters and a cut character", ahead + b"\xe2\x82")
        yield cases.bad(f"{count} letters and a surrogate", ahead + b"\xed\xa0\x80" + ahead)
        yield cases.nul(f"{count} letters and U+0000", ahead + b"\0")
        yield cases.good(f"{count} letters and four bytes", "a" * count + "\U0001f600")
        letters = "a" * count
        yield cases.good(f"{count} letters around three bytes", f"{letters}\u20ac{letters}")
        yield cases.open(f"{count} letters and U+0001", f"{letters}\x01")
        yield cases.open(f"{count} letters and U+009F", f"{letters}\x9f{letters}")
    yield cases.good("all lengths of character", "a\u00e9\u20ac\U0001f600z")


def _long(version: int) -> Iterator[Case]:
    """A text as long as one can be, wrong at its end."""
    none = no_properties(version)
    head: list[Nested] = [u16(65535), HERE]
    for key, rule, count, last in [
        ("65535 bytes, the last a continuation alone", "topic_utf8", 65534, b"\x80"),
        ("65535 bytes, the last character cut", "topic_utf8", 65533, b"\xe2\x82"),
        ("65535 bytes, the last U+0000", "topic_nul", 65534, b"\0"),
    ]:
        wire = packet(0x30, head, Repeat(b"a", count), last, none)
        yield reject(f"topic, {key}", version, wire, rule, "topic", sender="client")


def _cut_across(version: int) -> Iterator[Case]:
    """A length that ends inside a character, whose last byte is where the next field begins."""
    ids = ids_of("topic_utf8", version)
    comment = "what follows the topic begins with the byte that is missing in it"
    key = "topic, a character cut across its length"
    head: list[Nested] = [u16(3), HERE, b"a\xe2\x82"]
    if version == 4:
        wire = packet(0x30, head, b"\xac payload")
    else:  # the property length is the byte: 0xAC 0x01 are 172 bytes
        user_property: list[Nested] = [u8(0x26), text("k"), data(b"v" * 166)]
        wire = packet(0x30, head, block(user_property))
        assert b"\x82\xac\x01\x26" in wire.bytes()
    yield reject(
        key, version, wire, "topic_utf8", "topic", sender="client", ids=ids, comment=comment
    )
    # And the other way round: the text is whole, and its neighbour could be taken for more of it.
    if version == 4:
        wire = packet(0x30, text("a\u20ac"), b"\xac")
        form = publish_form(version, "a\u20ac") | {"payload": "ac"}
        yield accept(
            "topic, a continuation byte behind its end",
            version,
            wire,
            form,
            sender="client",
            ids=ids,
        )


def _telling(version: int, place: Place, little: bool) -> Iterator[Case]:
    """A sequence of each kind; `little`: and no more of them."""
    cases = Text(version, place)
    yield cases.good("four bytes", "\U0001f600")
    yield cases.good("U+FEFF first", MARK + "a", (cases.keeps_mark,))
    yield cases.bad("overlong: c0 80", b"a\xc0\x80")
    yield cases.bad("surrogate: ed a0 80", b"\xed\xa0\x80")
    yield cases.bad("surrogate: ed bf bf", b"a\xed\xbf\xbf")
    yield cases.bad("above U+10FFFF: f4 90 80 80", b"\xf4\x90\x80\x80")
    yield cases.nul("U+0000", b"a\0b")
    yield cases.open("U+007F", "\x7f")
    yield cases.open("U+0080", "\x80a")
    yield cases.open("U+FDD0", "\ufdd0")
    yield cases.open("U+FFFE", "a\ufffe")
    yield cases.open("U+FFFF", "a\uffff")
    if little:
        return
    yield cases.no_nul()
    yield cases.nul_to_write()
    yield cases.good("U+D7FF and U+E000", "\ud7ff\ue000")
    yield cases.bad("cut at the end: e2 82", b"a\xe2\x82")
    yield cases.bad("never in UTF-8: ff", b"\xff")
    yield cases.bad("continuation alone: 80", b"\x80")
    yield cases.open("U+0001", "a\x01")
    yield cases.open("U+009F", "\x9fa")


def _empty(version: int, place: Place) -> Iterator[Case]:
    """Text may have no bytes, where it is no topic, no filter, and no name that has to be one."""
    if place.nul == "topic_nul" or place.name.startswith(("assigned", "authentication")):
        return
    yield Text(version, place).good("empty", "")


def _binary(version: int) -> Iterator[Case]:
    """What is no text may be any bytes: payloads, passwords, and two properties."""
    content = b"\0\xff\xc0\x80\xed\xa0\x80"
    none = no_properties(version)
    empty: dict[str, object] = {} if version == 4 else {"properties": {}}
    start: list[Nested] = [text("MQTT"), u8(version)]
    sections = {4: ("3.3.3", "3.1.3.3", "3.1.3.5"), 5: ("3.3.3", "3.1.3.4", "3.1.3.6")}[version]
    yield accept(
        "payload of any bytes",
        version,
        packet(0x30, text("t"), none, content),
        publish_form(version, "t") | {"payload": content.hex()},
        sender="client",
        section=sections[0],
    )
    connect = {"type": "CONNECT", "clean_start": True, "keep_alive": 60, "client_id": "c"} | empty
    will = {"topic": "t", "payload": content.hex(), "qos": 0, "retain": False} | empty
    yield accept(
        "will payload of any bytes",
        version,
        packet(0x10, start, u8(6), u16(60), none, text("c"), none, text("t"), data(content)),
        connect | {"will": will},
        sender="client",
        section=sections[1],
    )
    yield accept(
        "password of any bytes",
        version,
        packet(0x10, start, u8(0xC2), u16(60), none, text("c"), text("u"), data(content)),
        connect | {"username": "u", "password": content.hex()},
        sender="client",
        section=sections[2],
    )
    if version == 4:
        return
    yield accept(
        "correlation data of any bytes",
        version,
        packet(0x30, text("t"), block(u8(0x09), data(content))),
        publish_form(version, "t") | {"properties": {"correlation_data": content.hex()}},
        sender="client",
        section="3.3.2.3.6",
    )
    yield accept(
        "authentication data of any bytes",
        version,
        packet(0xF0, u8(0x18), block(u8(0x15), text("m"), u8(0x16), data(content))),
        {"type": "AUTH", "reason_code": 0x18}
        | {"properties": {"authentication_method": "m", "authentication_data": content.hex()}},
        sender="client",
        section="3.15.2.2.3",
    )


def build(version: int) -> Iterator[Case]:
    yield from _full(version)
    yield from _long(version)
    yield from _cut_across(version)
    for place in header_places(version):
        yield from _telling(version, place, little=False)
        yield from _empty(version, place)
    yield from _binary(version)
    if version == 4:
        return
    for place in property_places():
        once = place.name.endswith(("of PUBLISH", "of will", "of PUBACK", "of AUTH"))
        yield from _telling(version, place, little=not once)
        yield from _empty(version, place)
    for place in user_property_places():
        yield from _telling(version, place, little=not place.name.endswith("of PUBLISH"))
        yield from _empty(version, place)
