# SPDX-License-Identifier: MIT
"""Arguments that several subcommands take, and what becomes of them."""

from __future__ import annotations

import argparse
import textwrap
from dataclasses import dataclass
from enum import IntFlag
from typing import Any, NoReturn, Union

import mqttwire as mq

from .outcome import Exit, UsageError, say

Bytes = Union[bytes, bytearray, memoryview]

VERSIONS = {"5": 5, "50": 5, "4": 4, "311": 4, "3": 3, "31": 3}
MOST = 10_000  # fields of a packet, and rows of its bytes, that are shown without --full
NAMES = {3: "MQTT 3.1", 4: "MQTT 3.1.1", 5: "MQTT 5.0"}


@dataclass(frozen=True)
class Options:
    """Options of decoding, with the calls that take them."""

    version: int | None = None
    sender: mq.Sender | None = None
    allow: int = 0
    refuse: int = 0
    max_size: int | None = None

    def frame(self, data: Bytes, version: int | None) -> int:
        return mq.frame(data, version, allow=self.allow, refuse=self.refuse, max_size=self.max_size)

    def decode(
        self, data: Bytes, version: int | None, sender: mq.Sender | None = None
    ) -> mq.Packet:
        return mq.decode(
            data,
            version,
            sender or self.sender,
            allow=self.allow,
            refuse=self.refuse,
            max_size=self.max_size,
        )

    def explain(
        self,
        data: Bytes,
        version: int | None,
        sender: mq.Sender | None = None,
        limit: int | None = None,
    ) -> mq.Explanation:
        return mq.explain(
            data,
            version,
            sender or self.sender,
            allow=self.allow,
            refuse=self.refuse,
            max_size=self.max_size,
            limit=limit,
        )

    def line(self, data: Bytes, version: int | None, sender: mq.Sender | None = None) -> str:
        return mq.line(
            data,
            version,
            sender or self.sender,
            allow=self.allow,
            refuse=self.refuse,
            max_size=self.max_size,
        )

    def encode(self, packet: mq.Packet) -> bytes:
        return packet.encode(
            self.version,
            self.sender,
            allow=self.allow,
            refuse=self.refuse,
            max_size=self.max_size,
        )


class Parser(argparse.ArgumentParser):
    """Says what is wrong in a line, as all else here, and where to read how it is right."""

    def error(self, message: str) -> NoReturn:
        say(f"{message}; `{self.prog} --help` says more")
        self.exit(Exit.USAGE)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """What a command does not know nobody else does: its own help is the one to read."""
        made, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return made, unknown


def version_of(text: str) -> int:
    """5, 3.1.1 and 3.1, in all the ways in which people write them."""
    short = text.lower().replace(".", "")
    for prefix in ("mqtt", "v"):
        short = short[len(prefix) :] if short.startswith(prefix) else short
    if short not in VERSIONS:
        raise argparse.ArgumentTypeError(f"{text!r} is no version: say 5, 3.1.1 or 3.1")
    return VERSIONS[short]


def size_of(text: str) -> int:
    try:
        size = int(text)
    except ValueError:
        size = 0
    if not 0 < size < 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of bytes")
    return size


def flags_of(names: list[str], kind: type[IntFlag]) -> int:
    """The flags of a kind that are named, by commas or one after the other; `all` is all."""
    flags = 0
    for name in ",".join(names).split(","):
        found = kind.__members__.get(name.strip().upper().replace("-", "_"))
        if found is not None:
            flags |= found
        elif name:
            known = ", ".join(names_of(kind))
            raise UsageError(f"there is no {name!r} to {kind.__name__.lower()}; there is {known}")
    return flags


def names_of(kind: type[IntFlag]) -> list[str]:
    return [name.lower() for name in kind.__members__]


def add_options(
    parser: argparse.ArgumentParser,
    without: str = "otherwise CONNECT says it",
    *,
    sender: bool = True,
    max_size: bool = True,
) -> None:
    """-V, --sender, --allow, --refuse, --max-size.

    without: what the version is without -V.  sender: False: who sends is known without being told.
    """
    parser.set_defaults(sender=None, max_size=None)
    group = parser.add_argument_group("how packets are read and written")
    group.add_argument(
        "-V",
        "--mqtt-version",
        dest="version",
        type=version_of,
        metavar="VERSION",
        help=f"MQTT version: 5, 3.1.1 or 3.1 (also 4, 311, mqttv5 ...); {without}",
    )
    if sender:
        group.add_argument(
            "--sender",
            choices=["client", "server"],
            help="who sends this: what only the other side may send is then refused",
        )
    group.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="NAME",
        help="let through what a MUST forbids; several by commas, or `all`; names are below",
    )
    group.add_argument(
        "--refuse",
        action="append",
        default=[],
        metavar="NAME",
        help="refuse what the specification leaves free; likewise",
    )
    if max_size:
        group.add_argument(
            "--max-size", type=size_of, metavar="BYTES", help="the largest packet that is taken"
        )


def options_of(arguments: argparse.Namespace) -> Options:
    return Options(
        version=arguments.version,
        sender=arguments.sender,
        allow=flags_of(arguments.allow, mq.Allow),
        refuse=flags_of(arguments.refuse, mq.Refuse),
        max_size=arguments.max_size,
    )


def add_full(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--full",
        action="store_true",
        help=f"all fields and rows of each packet, however many; otherwise {MOST:,}",
    )


def limit_of(full: bool) -> int | None:
    """Fields of a packet that are to be told."""
    return None if full else MOST


def add_secrets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--show-secrets",
        action="store_true",
        help="show passwords and authentication data; otherwise their bytes are **, and in JSON"
        ' they are {"hidden": how many bytes}, which `encode` refuses',
    )


def flag_names() -> str:
    """The names that --allow and --refuse take, for the help."""
    parts = []
    for word, kind in (("--allow", mq.Allow), ("--refuse", mq.Refuse)):
        parts.append(f"names for {word}:")
        parts.append(
            textwrap.fill(
                ", ".join(names_of(kind)), 78, initial_indent="  ", subsequent_indent="  "
            )
        )
    return "\n".join(parts)


def add_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    short: str,
    description: str,
    examples: str,
) -> argparse.ArgumentParser:
    """A subcommand whose help has a description, examples, and the names of flags."""
    parts = ["examples:", textwrap.indent(examples.strip(), "  "), "", flag_names()]
    parts += [
        "",
        "exit code: 0 fine, 1 a rule is broken, 2 usage, 3 input ends early, 4 a file failed",
    ]
    return commands.add_parser(
        name,
        help=short,
        description=textwrap.fill(description, 78),
        epilog="\n".join(parts),
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
