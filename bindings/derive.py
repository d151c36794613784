# SPDX-License-Identifier: MIT
"""Prints mqttwire/tables.pyi: what type checkers and editors read of the rows of tables.h.

    python bindings/derive.py > bindings/python/mqttwire/tables.pyi

A test compares the file with what this prints.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from enum import IntEnum, IntFlag

from mqttwire import Allow, Kind, Properties, Property, Reason, Refuse, ReturnCode, Rule, Type
from mqttwire import _mqttwire as extension

HEAD = """\
# SPDX-License-Identifier: MIT
# Written by bindings/derive.py from the rows of tables.h; do not edit.

from collections.abc import Sequence
from enum import IntEnum, IntFlag

from .record import PropertySet
"""

PROPERTY_TYPES = {
    "BYTE": "int",
    "TWO": "int",
    "FOUR": "int",
    "VARINTS": "list[int]",
    "TEXT": "str",
    "TOPIC": "str",
    "BINARY": "bytes",
    "PAIRS": "list[tuple[str, str]]",
}


def document(text: str | None) -> str:
    lines = (text or "").splitlines()
    if len(lines) == 1:
        return f'    """{lines[0]}"""'
    body = "\n".join(f"    {line.strip()}" if line.strip() else "" for line in lines[1:]).rstrip()
    return f'    """{lines[0]}\n{body}\n    """'


def enumeration(made: type[IntEnum] | type[IntFlag]) -> Iterator[str]:
    base = "IntFlag" if issubclass(made, IntFlag) else "IntEnum"
    yield f"\nclass {made.__name__}({base}):"
    yield document(made.__doc__)
    yield ""
    for name, member in made.__members__.items():
        number = f"0x{int(member):02X}" if made in (Property, Reason) else str(int(member))
        yield f"    {name} = {number}"
        yield document(textwrap.fill(member.__doc__ or "", 90))


def property_set() -> Iterator[str]:
    members = {
        extension.property_name(number): PROPERTY_TYPES[extension.property_type(number)]
        for number in Property
    }
    yield "\nclass Properties(PropertySet):"
    yield document(Properties.__doc__)
    yield ""
    yield "    def __init__(\n        self,\n        *,"
    for name, kind in members.items():
        kind = kind.replace("list", "Sequence", 1)
        yield f"        {name}: {kind} | None = None,"
    yield "    ) -> None: ..."
    for name, kind in members.items():
        kind = kind if kind.startswith("list") else f"{kind} | None"
        yield f"    {name}: {kind}"
        yield document(textwrap.fill(getattr(Properties, name).__doc__, 90))


def main() -> None:
    print(HEAD, end="")
    for made in (Type, Property, Reason, ReturnCode, Rule, Allow, Refuse, Kind):
        print("\n".join(enumeration(made)))
    print("\n".join(property_set()))


if __name__ == "__main__":
    main()
