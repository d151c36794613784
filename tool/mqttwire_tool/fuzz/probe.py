# SPDX-License-Identifier: MIT
"""Whether a broker still serves a good client."""

from __future__ import annotations

from ..vectors.broker_talk import (
    GOODBYE,
    PINGREQ,
    PINGRESP,
    PUBLISH,
    SUBACK,
    Broker,
    Talk,
    Unusable,
    enter,
    text,
)

NAME = "mqttwire-probe"
SILENT = "a good client gets no answer"


class Probe:
    """quick: a client that stays connected asks for a PINGRESP.  full: another one connects,
    subscribes, and gets what it publishes.

    Both answer what is wrong, in words, or nothing.
    """

    def __init__(self, host: str, port: int, patience: float) -> None:
        self.broker = Broker(host, port, patience, patience)
        self.standing: Talk | None = None
        self.count = 0

    def quick(self) -> str:
        if self.standing is None:
            return self._stand()
        self.standing.send(PINGREQ)
        answer = self.standing.wait({PINGRESP}, self.broker.patience)
        if answer == "silent":
            return f"{SILENT} to PINGREQ"
        if answer == "closed":  # which a broker may do
            self.drop()
            return self._stand()
        return ""

    def _stand(self) -> str:
        try:
            talk = Talk(self.broker)
        except OSError as error:
            return _no_connection(error)
        try:
            enter(talk, 4, NAME)
        except (Unusable, OSError):
            talk.socket.close()
            return self.full()
        self.standing = talk
        return ""

    def full(self) -> str:
        self.count += 1
        name = f"{NAME}-{self.count}"
        try:
            with Talk(self.broker) as talk:
                enter(talk, 4, name)
                body = b"\0\1" + text(name) + b"\0"
                talk.send(bytes([0x82, len(body)]) + body)
                if said := _said(talk.wait({SUBACK}, self.broker.patience), "SUBSCRIBE"):
                    return said
                body = text(name) + b"alive"
                talk.send(bytes([PUBLISH << 4, len(body)]) + body)
                answer = talk.wait({PUBLISH}, self.broker.patience)
                talk.send(GOODBYE)
                return _said(answer, "its own PUBLISH")
        except Unusable as error:
            silent = str(error).endswith("silent")
            return f"{SILENT} to CONNECT" if silent else str(error)
        except OSError as error:
            return _no_connection(error)

    def drop(self) -> None:
        if self.standing is not None:
            self.standing.socket.close()
            self.standing = None


def _said(answer: tuple[int, bytes] | str, question: str) -> str:
    if answer == "silent":
        return f"{SILENT} to {question}"
    return f"a good client is closed at {question}" if answer == "closed" else ""


def _no_connection(error: OSError) -> str:
    if not error.strerror:
        return f"{SILENT} to its connection"
    return f"a good client cannot connect: {error.strerror.lower()}"
