# SPDX-License-Identifier: MIT
"""Topic names and filters: section 4.7 of both versions, shared subscriptions (4.8.2) of 5.0."""

from __future__ import annotations

from collections.abc import Iterator

from . import catalogue
from .cases import Case
from .topic_cases import Text, check, match, share
from .topic_matches import fits, pairs
from .wire import Repeat

# Statements, by version.
NO_WILDCARD = {4: ("MQTT-4.7.1-1", "MQTT-3.3.2-2"), 5: ("MQTT-4.7.0-1", "MQTT-3.3.2-2")}
HASH = {4: ("MQTT-4.7.1-2",), 5: ("MQTT-4.7.1-1",)}
PLUS = {4: ("MQTT-4.7.1-3",), 5: ("MQTT-4.7.1-2",)}
DOLLAR = ("MQTT-4.7.2-1",)
SOME = ("MQTT-4.7.3-1",)
LONG = ("MQTT-4.7.3-3",)
AS_THEY_ARE = ("MQTT-4.7.3-4",)
FITS = ("MQTT-3.3.2-3",)
SHARE_NAME = ("MQTT-4.8.2-1",)
SHARE = ("MQTT-4.8.2-1", "MQTT-4.8.2-2")


def utf8(version: int) -> tuple[str, ...]:
    return ("MQTT-1.5.3-1",) if version == 4 else ("MQTT-1.5.4-1",)


def nul(version: int) -> tuple[str, ...]:
    return ("MQTT-4.7.3-2", "MQTT-1.5.3-2" if version == 4 else "MQTT-1.5.4-2")


# ---- What is well-formed ----------------------------------------------------------------------

# Names and filters alike: the examples of 4.7, and more of what they say.
PLAIN = [
    "sport/tennis/player1",
    "/",
    "//",
    "/finance",
    "finance/",
    "sport//tennis",
    "Accounts payable",
    " ",
    "a / b",
    "ACCOUNTS",
    "$SYS/monitor/Clients",
    "$",
    "$/",
    "a$b/$c",
    "\ufeffa",
    "\u00e9\u20ac\U0001f600",
    "a\\b:*?%-_.~!@^&()[]{}|;'\"<>,",
    "$share",
    "$share/g/a",
]
HASHES = ["#", "sport/tennis/#", "/#", "//#", "$SYS/#", "$share/g/#"]
PLUSES = ["+", "+/", "/+", "sport/+/player1", "+/+", "+/+/+", "+//+", "$SYS/monitor/+", "a/+/"]
BOTH = ["+/tennis/#", "+/#", "/+/#", "+/+/#"]
LOOKALIKES = ["\uff03", "\uff0b", "a\u266f", "\u2795/a"]  # full-width and other signs are text

BAD_HASHES = ["sport/tennis#", "sport/tennis/#/ranking", "##", "#/", "#/a", "#a", "a#", "a#/b"]
BAD_HASHES += ["a/##", "a/#b", "a/b#", "/#/", "#/#", "a/#/+", "+/#/a", " #", "# ", "$#", "\u00e9#"]
BAD_PLUSES = ["sport+", "+sport", "++", "a/b+", "a/+b", "a/+b/c", "+a/b", "/a+", "a+/b", "a+b"]
BAD_PLUSES += ["+/++", "++/#", " +", "+ ", "$+", "+\u0301", "\u00e9+/a", "+\ufe0f"]
IN_NAMES = ["#", "+", "a/#", "a/+", "+/a", "/+", "/#", "a+b", "a#b", "sport+", "sport/+/player1"]
IN_NAMES += ["sport/tennis/#", "#/", "+/+", "a/b/c#", "$SYS/#", "\u00e9+"]

ILL_FORMED = [
    "80",
    "61 c0 80",
    "ed a0 80",
    "ed bf bf",
    "f4 90 80 80",
    "61 2f ff",
    "61 e2 82",
    "c3 2f 61",
]
NULS = [b"\0", b"a\0b", b"a/\0", b"/\0/"]
CONTROLS = ["\x01", "a\nb", "a/\x1f", "\x7f", "\x80", "a\x9f"]
NO_CHARACTERS = ["\uffff", "a\ufffe", "a\ufdd0", "\U0001fffe", "a/\U0010ffff"]

# Recipes: what is long.
EURO = "\u20ac".encode()  # three bytes
LONGEST: dict[str, Text] = {
    "65535 letters": [Repeat(b"a", 65535)],
    "65535 slashes": [Repeat(b"/", 65535)],
    "21845 characters of three bytes": [Repeat(EURO, 21845)],
    "200 levels": [Repeat(b"level/", 199), b"level"],
}
TOO_LONG: dict[str, Text] = {
    "65536 letters": [Repeat(b"a", 65536)],
    "65536 slashes": [Repeat(b"/", 65536)],
    "21846 characters in 65536 bytes": [Repeat(EURO, 21845), b"a"],
    "131071 letters": [Repeat(b"a", 131071)],  # in 16 bits, 65535
}


def _both(version: int, what: str) -> Iterator[Case]:
    """What is the same for names and for filters."""
    base = "1.5.3" if version == 4 else "1.5.4"
    yield check("a", version, what, "a", ids=SOME)
    yield check("the picture of U+0000", version, what, "a/\u2400", ids=nul(version))
    for text in LOOKALIKES:
        told = NO_WILDCARD[version] if what == "name" else (*HASH[version], *PLUS[version])
        yield check(text, version, what, text, ids=told, comment="text, and no wildcard")
    for text in PLAIN:
        plain = version == 4 or not text.startswith("$share/") or what == "name"
        ids, section = ((), "4.7.3") if plain else (SHARE, None)
        alone = text == "$share" and what == "filter" and version == 5
        comment = "not $share/, so no shared subscription" if alone else ""
        if text.startswith("$") and what == "name":
            comment = catalogue.DOLLAR
        yield check(text, version, what, text, ids=ids, section=section, comment=comment)
    empty = "topic_empty" if what == "name" else "filter_empty"
    yield check("empty", version, what, "", empty, ids=SOME)
    for sequence in ILL_FORMED:
        content = bytes.fromhex(sequence)
        yield check(f"of {sequence}", version, what, content, "topic_utf8", ids=utf8(version))
    for content in NULS:
        key = f"with U+0000: {content.hex()}"
        yield check(key, version, what, content, "topic_nul", ids=nul(version))
    for rule, texts in [("text_control", CONTROLS), ("text_noncharacter", NO_CHARACTERS)]:
        for text in texts:
            points = " ".join(f"U+{ord(character):04X}" for character in text)
            yield check(
                points,
                version,
                what,
                text,
                rule,
                result="choice",
                section=base,
                level="MAY",
                comment="should not be sent; a receiver may refuse it",
            )
    for key, long in LONGEST.items():
        comment = catalogue.LEVELS if key in ("65535 slashes", "200 levels") else ""
        yield check(key, version, what, long, ids=LONG, comment=comment)
    for key, long in TOO_LONG.items():
        yield check(key, version, what, long, "topic_too_long", ids=LONG)


def _filters(version: int) -> Iterator[Case]:
    both = (*HASH[version], *PLUS[version])
    for texts, ids in [(HASHES, HASH[version]), (PLUSES, PLUS[version]), (BOTH, both)]:
        for text in texts:
            yield check(text, version, "filter", text, ids=ids)
    for text in BAD_HASHES:
        yield check(text, version, "filter", text, "filter_hash", ids=HASH[version])
    for text in BAD_PLUSES:
        yield check(text, version, "filter", text, "filter_plus", ids=PLUS[version])
    many: Text = [Repeat(b"+/", 32767), b"+"]
    yield check("32768 levels of +", version, "filter", many, ids=(*PLUS[version], *LONG))
    deep: Text = [Repeat(b"a/", 199), b"#"]
    yield check("200 levels, the last #", version, "filter", deep, ids=HASH[version])
    late: Text = [Repeat(b"a/", 199), b"#/a"]
    yield check(
        "200 levels, # before the last", version, "filter", late, "filter_hash", ids=HASH[version]
    )


def _names(version: int) -> Iterator[Case]:
    for text in IN_NAMES:
        yield check(text, version, "name", text, "topic_wildcard", ids=NO_WILDCARD[version])
    late: Text = [Repeat(b"a", 65534), b"+"]
    yield check(
        "65535 bytes, the last +", version, "name", late, "topic_wildcard", ids=NO_WILDCARD[version]
    )


# ---- What fits what ---------------------------------------------------------------------------

# The examples of 4.7: filter, name, whether they fit, and where it is said.
EXAMPLES = [
    ("sport/tennis/player1/#", "sport/tennis/player1", True, "4.7.1.2"),
    ("sport/tennis/player1/#", "sport/tennis/player1/ranking", True, "4.7.1.2"),
    ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", True, "4.7.1.2"),
    ("sport/#", "sport", True, "4.7.1.2"),
    ("#", "sport", True, "4.7.1.2"),
    ("#", "/", True, "4.7.1.2"),
    ("#", "/finance/shares", True, "4.7.1.2"),
    ("sport/tennis/+", "sport/tennis/player1", True, "4.7.1.3"),
    ("sport/tennis/+", "sport/tennis/player2", True, "4.7.1.3"),
    ("sport/tennis/+", "sport/tennis/player1/ranking", False, "4.7.1.3"),
    ("sport/+", "sport", False, "4.7.1.3"),
    ("sport/+", "sport/", True, "4.7.1.3"),
    ("+/+", "/finance", True, "4.7.1.3"),
    ("/+", "/finance", True, "4.7.1.3"),
    ("+", "/finance", False, "4.7.1.3"),
    ("#", "$SYS/monitor/Clients", False, "4.7.2"),
    ("+/monitor/Clients", "$SYS/monitor/Clients", False, "4.7.2"),
    ("$SYS/#", "$SYS/monitor/Clients", True, "4.7.2"),
    ("$SYS/#", "$SYS/", True, "4.7.2"),
    ("$SYS/monitor/+", "$SYS/monitor/Clients", True, "4.7.2"),
    ("ACCOUNTS", "Accounts", False, "4.7.3"),
    ("ACCOUNTS", "ACCOUNTS", True, "4.7.3"),
    ("Accounts payable", "Accounts payable", True, "4.7.3"),
    ("/finance", "finance", False, "4.7.3"),
    ("finance/", "finance", False, "4.7.3"),
]

# Texts that one may take for the same, and that are not: 4.7.3, and 4.7.3-4.
UNLIKE = {
    "upper and lower case": ("sport/Tennis", "sport/tennis"),
    "upper and lower case, not ASCII": ("\u00c9", "\u00e9"),
    "one code point and two": ("caf\u00e9", "cafe\u0301"),
    "two code points and one": ("cafe\u0301", "caf\u00e9"),
    "the Angstrom sign and the letter": ("\u212b", "\u00c5"),
    "a ligature": ("\ufb01n", "fin"),
    "a full-width letter": ("\uff41", "a"),
    "a full-width solidus": ("a/b", "a\uff0fb"),
    "a long s": ("\u017f", "s"),
    "sharp s": ("stra\u00dfe", "strasse"),
    "a space at the end": ("a", "a "),
    "a space at the beginning": ("a", " a"),
    "a no-break space": ("a b", "a\u00a0b"),
    "U+FEFF": ("a", "\ufeffa"),
    "a soft hyphen": ("ab", "a\u00adb"),
    "a backslash": ("a/b", "a\\b"),
    "a percent sign": ("a b", "a%20b"),
    "two slashes and one": ("a//b", "a/b"),
    "one level up": ("a/../b", "b"),
    "a number": ("a/1", "a/01"),
    "a prefix": ("sport", "sports"),
    "a prefix before #": ("sport/#", "sports"),
    "a prefix before # and a level": ("sport/#", "sports/tennis"),
    "a star": ("a/*", "a/b"),
    "a question mark": ("a/?", "a/b"),
    "a full-width +": ("a/\uff0b", "a/b"),
}

LIKE = ["caf\u00e9", "cafe\u0301", "\u212b", "\ufeffa", " a ", "a//b/", "a\\b", "a/../b", "a%20b"]

SHARED = [  # 5.0: the examples of 4.8.2, and that the filter behind a share name is as any
    ("$share/consumer1//finance", "/finance", True),
    ("$share/consumer1//finance", "finance", False),
    ("$share/consumer1/sport/tennis/+", "sport/tennis/player1", True),
    ("$share/consumer1/sport/tennis/+", "sport/tennis/player1/ranking", False),
    ("$share/g/#", "a/b", True),
    ("$share/g/a/#", "a", True),
    ("$share/g/a", "a", True),
    ("$share/g/a", "g/a", False),
    ("$share/g/a", "$share/g/a", False),
    ("$share/g/$SYS/#", "$SYS/monitor/Clients", True),
    ("$share/g//", "/", True),
]
SHARED_HIDDEN = [("$share/g/#", "$SYS/monitor/Clients"), ("$share/g/+/b", "$a/b")]
PLAIN_SHARE = [  # 3.1.1 knows no shared subscriptions
    ("$share/g/a", "$share/g/a", True),
    ("$share/g/a", "a", False),
    ("$share/g/#", "$share/g/a/b", True),
    ("$share/g/#", "a/b", False),
    ("$share/+/a", "$share/g/a", True),
    ("$share//a", "$share//a", True),
    ("$share/", "$share/", True),
    ("+/g/a", "$share/g/a", False),
]


def _matches(version: int) -> Iterator[Case]:
    told = set()
    for topic_filter, name, expected, section in EXAMPLES:
        assert fits(topic_filter, name) == expected
        told.add((topic_filter, name))
        ids = (*FITS, *DOLLAR) if section == "4.7.2" else FITS
        key = f"{topic_filter} and {name}"
        yield match(key, version, topic_filter, name, expected, ids=ids, section=section)
    for what, (topic_filter, name) in UNLIKE.items():
        assert not fits(topic_filter, name)
        key, ids = f"without {what}", (*AS_THEY_ARE, *FITS)
        yield match(key, version, topic_filter, name, False, ids=ids, section="4.7.3")
    for text in LIKE:
        ids = (*AS_THEY_ARE, *FITS)
        yield match(f"{text} and the same", version, text, text, True, ids=ids, section="4.7.3")
    for topic_filter, name in pairs():
        if (topic_filter, name) in told:
            continue
        hidden = name.startswith("$") and topic_filter[0] in "#+"
        ids = (*FITS, *DOLLAR) if hidden else FITS
        section = "4.7.2" if hidden else _section(topic_filter)
        key, expected = f"{topic_filter} and {name}", fits(topic_filter, name)
        yield match(key, version, topic_filter, name, expected, ids=ids, section=section)
    yield from _deep(version)
    for topic_filter, name, expected in PLAIN_SHARE if version == 4 else SHARED:
        key = f"{topic_filter} and {name}"
        if version == 4:
            comment = "3.1.1 has no shared subscriptions: this is text as any"
            section = "4.7"
        else:
            comment, section = "", "4.8.2"
        yield match(
            key, version, topic_filter, name, expected, ids=FITS, section=section, comment=comment
        )
    for topic_filter, name in SHARED_HIDDEN if version == 5 else []:
        key, ids = f"{topic_filter} and {name}", (*FITS, *DOLLAR)
        yield match(key, version, topic_filter, name, False, ids=ids, section="4.8.2")


def _section(topic_filter: str) -> str:
    if topic_filter.endswith("#"):
        return "4.7.1.2"
    return "4.7.1.3" if "+" in topic_filter else "4.7.3"


def _deep(version: int) -> Iterator[Case]:
    """Many levels, and long ones."""
    level = Repeat(b"a/", 199)
    less: Text = [Repeat(b"a/", 198), b"a"]
    cases: list[tuple[str, Text, Text, bool, str]] = [
        ("200 levels", [level, b"a"], [level, b"a"], True, "4.7.3"),
        ("200 levels, the last unlike", [level, b"a"], [level, b"b"], False, "4.7.3"),
        ("200 levels of +", [Repeat(b"+/", 199), b"+"], [level, b"a"], True, "4.7.1.3"),
        ("199 levels of + and 200", [Repeat(b"+/", 198), b"+"], [level, b"a"], False, "4.7.1.3"),
        ("200 levels of + and 199", [Repeat(b"+/", 199), b"+"], less, False, "4.7.1.3"),
        ("200 levels and #", [level, b"a/#"], [level, b"a"], True, "4.7.1.2"),
        ("200 levels, # and as many again", [level, b"#"], [Repeat(b"a/", 399)], True, "4.7.1.2"),
        ("200 levels and #, one level short", [level, b"a/#"], [level], False, "4.7.1.2"),
        ("32768 levels of +", [Repeat(b"+/", 32767), b"+"], [Repeat(b"/", 32767)], True, "4.7.1.3"),
        ("65535 bytes", [Repeat(b"a", 65535)], [Repeat(b"a", 65535)], True, "4.7.3"),
        ("65535 bytes, one less", [Repeat(b"a", 65535)], [Repeat(b"a", 65534)], False, "4.7.3"),
        ("a level of 65535 bytes", b"+", [Repeat(b"a", 65535)], True, "4.7.1.3"),
        ("65535 slashes and #", b"#", [Repeat(b"/", 65535)], True, "4.7.1.2"),
    ]
    for key, topic_filter, name, expected, section in cases:
        wanted = topic_filter.decode() if isinstance(topic_filter, bytes) else topic_filter
        yield match(key, version, wanted, name, expected, ids=FITS, section=section)


# ---- Shared subscriptions of 5.0 --------------------------------------------------------------

SHARES = {
    "$share/consumer1/sport/tennis/+": ("consumer1", "sport/tennis/+"),
    "$share/consumer1//finance": ("consumer1", "/finance"),
    "$share/g/#": ("g", "#"),
    "$share/g//": ("g", "/"),
    "$share/g/a/#": ("g", "a/#"),
    "$share/g/$SYS/#": ("g", "$SYS/#"),
    "$share/$share/a": ("$share", "a"),
    "$share/two words/a": ("two words", "a"),
    "$share/\u00e9\u20ac\U0001f600/a": ("\u00e9\u20ac\U0001f600", "a"),
}
BAD_SHARES = {
    "$share//a": "share_name_empty",
    "$share///": "share_name_empty",
    "$share/+/a": "share_name_wildcard",
    "$share/#/a": "share_name_wildcard",
    "$share/g+/a": "share_name_wildcard",
    "$share/g#h/a": "share_name_wildcard",
    "$share/g": "share_filter_missing",
    "$share/g/": "share_filter_missing",
    "$share/g/a#": "filter_hash",
    "$share/g/#/a": "filter_hash",
    "$share/g/a+": "filter_plus",
}
NO_SHARES = ["$shared/g/a", "$Share/g/a", "$SHARE//a", "a/$share//b", "/$share/g/a", "share/g/a"]
NO_SHARES += ["$SYS/share/g", "$sharing/", " $share//a", "$share\\g\\a"]


def _shares(version: int) -> Iterator[Case]:
    comment = "3.1.1 has no shared subscriptions: this is text as any"
    if version == 4:
        for text, rule in BAD_SHARES.items():
            if rule.startswith("share"):
                wild = "#" in text or "+" in text
                if not wild or text == "$share/+/a":  # others are no filters in 3.1.1 either
                    yield check(text, 4, "filter", text, section="4.7", comment=comment)
        return
    for text in NO_SHARES:
        yield check(text, 5, "filter", text, section="4.8.2", comment="no shared subscription")
        yield share(text, text, None, section="4.8.2")
    for text, parts in SHARES.items():
        if text not in PLAIN + HASHES:
            yield check(text, 5, "filter", text, ids=SHARE)
        yield share(text, text, parts, ids=SHARE)
    for text, rule in BAD_SHARES.items():
        if rule.startswith("share"):
            ids = SHARE_NAME if rule == "share_name_empty" else SHARE[1:]
            yield share(text, text, None, ids=ids, comment="as a filter it is not well-formed")
        else:
            ids = HASH[5] if rule == "filter_hash" else PLUS[5]
        bug = catalogue.SHARED_WILDCARD if rule == "share_name_wildcard" else catalogue.SHARED
        comment = bug if rule.startswith("share") else ""
        yield check(text, 5, "filter", text, rule, ids=ids, comment=comment)


def build(version: int) -> Iterator[Case]:
    yield from _both(version, "name")
    yield from _names(version)
    yield from _both(version, "filter")
    yield from _filters(version)
    yield from _matches(version)
    yield from _shares(version)
