# SPDX-License-Identifier: MIT
"""What was asked and never answered, of the packets that are shown."""

from __future__ import annotations

from dataclasses import dataclass

import mqttwire as mq

from .sources import Connection, Note, Seen

LISTED = 200
FOLLOWED = 20_000  # packets of which it is known what they said
TEXT = 200  # characters of that

ASKING = {
    mq.Type.CONNECT,
    mq.Type.PUBREL,
    mq.Type.SUBSCRIBE,
    mq.Type.UNSUBSCRIBE,
    mq.Type.PINGREQ,
}
# Bytes of a direction are missing, or it was not read on: an answer may have been there.
LOSSES = {"hole", "cut", "skipped", "unreadable", "tls_record", "websocket_frame"}
LOSSES |= {"websocket_compressed", "websocket_deflate", "websocket_bomb"}

ENDS = {"closed", "reset", "replaced", "forgotten"}


def asks(packet: mq.Packet) -> bool:
    """Is an answer due?"""
    if isinstance(packet, mq.Publish):
        return packet.qos > 0
    if isinstance(packet, mq.Pubrec):
        return packet.reason_code < mq.Reason.UNSPECIFIED_ERROR
    if isinstance(packet, mq.Auth):
        return packet.reason_code != mq.Reason.SUCCESS
    return packet.type in ASKING


@dataclass
class Question:
    """A packet that has to be answered."""

    number: int
    connection: Connection
    sender: mq.Sender | None
    kind: str
    text: str
    time: int | None
    waited: int | None = None  # nanoseconds
    doubt: bool = False  # perhaps it was answered, by what is missing
    still: bool = False  # its connection was not over when reading was interrupted


class Pending:
    """Collects them: notes say what was not answered, and packets before that what they were."""

    def __init__(self, complete: bool = True) -> None:
        """complete: all packets are shown."""
        self.complete = complete
        self.asked: dict[int, Question] = {}  # by number
        self.pongs: dict[int, int] = {}  # by connection: number of the last PINGRESP
        self.lost: list[Question] = []  # the first ones
        self.more = 0  # how many others there are
        self.losses: set[tuple[int, mq.Sender]] = set()  # connection, sender

    def ask(self, seen: Seen, packet: mq.Packet, text: str) -> None:
        """A packet that is shown, as this text."""
        if not asks(packet) or not seen.connection.client or seen.repeats or seen.answered:
            return
        self.asked[seen.number] = Question(
            seen.number, seen.connection, seen.sender, packet.type.name, text[:TEXT], seen.time
        )
        if len(self.asked) > FOLLOWED:
            del self.asked[next(iter(self.asked))]

    def answer(self, seen: Seen) -> None:
        """Any packet."""
        if seen.acknowledges:
            self.asked.pop(seen.acknowledges, None)
            if seen.data and seen.data[0] >> 4 == mq.Type.PINGRESP:
                self.pongs[seen.connection.number] = seen.number

    def note(self, note: Note) -> None:
        """Any note."""
        if note.connection is None:
            return
        number = note.connection.number
        if note.name in LOSSES and note.sender is not None:
            self.losses.add((number, note.sender))
        if note.name in ENDS:
            self.losses -= {(number, "client"), (number, "server")}
            self.pongs.pop(number, None)
        if note.name != "unanswered":
            return
        question = self.asked.pop(note.number, None)
        if question is None:
            if not self.complete:
                return  # it was not shown
            text = f"{note.type} packet_id={note.packet_id}" if note.packet_id else note.type
            question = Question(note.number, note.connection, note.sender, note.type, text, None)
        question.waited = note.latency
        question.doubt = self._doubtful(question)
        self._lose(question)

    def _doubtful(self, question: Question) -> bool:
        answerer = "server" if question.sender == "client" else "client"
        return (question.connection.number, answerer) in self.losses

    def _lose(self, question: Question) -> None:
        if len(self.lost) < LISTED:
            self.lost.append(question)
        else:
            self.more += 1

    def interrupt(self, last: int | None) -> None:
        """Reading ends at this time, and connections go on: what waits has no answer yet."""
        for question in self.asked.values():
            if question.kind == "AUTH":
                continue  # what answers it is not followed here
            pong = self.pongs.get(question.connection.number, 0)
            if question.kind == "PINGREQ" and question.number < pong:
                continue
            question.still = True
            question.doubt = self._doubtful(question)
            if question.time is not None and last is not None:
                question.waited = max(0, last - question.time)
            self._lose(question)
        self.asked.clear()

    def finish(self) -> list[Question]:
        """What was never answered, in order; `more` is how many others there are."""
        return sorted(self.lost, key=lambda question: question.number)
