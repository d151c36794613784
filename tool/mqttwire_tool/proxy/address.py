# SPDX-License-Identifier: MIT
"""Where to listen, and where to go: [SCHEME://][ADDRESS:]PORT[/PATH]."""

from __future__ import annotations

import argparse
import ipaddress
import re
import socket
from typing import NamedTuple

from ..outcome import UsageError

# Schemes with their usual ports.
PORTS = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}
SAME = {"tcp": "mqtt", "ssl": "mqtts", "tls": "mqtts"}
FORM = re.compile(
    r"(?:(?P<scheme>[a-z]+)://)?(?:(?P<host>\[[^\]]+\]|[^:/@\[\]]*[^:/@\[\]\d][^:/@\[\]]*)(?::|(?=/|$)))?"
    r"(?P<port>\d+)?(?P<path>/\S*)?",
    re.IGNORECASE,
)


class Address(NamedTuple):
    scheme: str
    host: str
    port: int
    path: str  # "": none was given

    @property
    def tls(self) -> bool:
        return self.scheme in ("mqtts", "wss")

    @property
    def websocket(self) -> bool:
        return self.scheme in ("ws", "wss")

    @property
    def place(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.place}{self.path}"


def parse(text: str) -> tuple[str, str, int | None, str]:
    found = FORM.fullmatch(text)
    scheme = (found["scheme"] or "mqtt").lower() if found else ""
    scheme = SAME.get(scheme, scheme)
    port = int(found["port"]) if found and found["port"] else None
    if found is None or scheme not in PORTS or (port or 0) > 65535:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no address: HOST:PORT, with mqtt://, mqtts://, ws:// or wss:// before it"
        )
    if found["path"] and scheme not in ("ws", "wss"):
        raise argparse.ArgumentTypeError(f"{text!r}: only ws:// and wss:// have a path")
    return scheme, (found["host"] or "").strip("[]"), port, found["path"] or ""


def where_to_listen(text: str) -> Address:
    scheme, host, port, path = parse(text)
    if port is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no port")
    return Address(scheme, host or "127.0.0.1", port, path)


def where_to_go(text: str) -> Address:
    scheme, host, port, path = parse(text)
    if not host:
        raise argparse.ArgumentTypeError(f"{text!r} has no host")
    return Address(scheme, host, PORTS[scheme] if port is None else port, path)


def listening(address: Address, allow_remote: bool) -> list[socket.socket]:
    """Sockets that listen there.  Only this machine can reach them unless that is allowed."""
    try:
        found = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except socket.gaierror as error:
        raise OSError(error.errno, error.strerror, address.host) from None
    places = dict.fromkeys((family, place) for family, _, _, _, place in found)
    for _, place in places:
        if (
            not ipaddress.ip_address(str(place[0]).partition("%")[0]).is_loopback
            and not allow_remote
        ):
            text = (
                f"{address.place} is for other machines as well: --allow-remote, if that is meant"
            )
            raise UsageError(text)
    made: list[socket.socket] = []
    for family, place in places:
        here = socket.socket(family, socket.SOCK_STREAM)
        made.append(here)
        here.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            here.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            here.bind(place)
        except OSError as error:
            for each in made:
                each.close()
            raise OSError(error.errno, error.strerror, address.place) from None
        here.listen(128)
        here.setblocking(False)
    return made
