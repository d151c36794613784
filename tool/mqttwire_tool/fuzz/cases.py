# SPDX-License-Identifier: MIT
"""What `mqttwire fuzz diff` asks: packets and streams from a seed, and what we make of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import mqttwire as mq

from ..arguments import Options
from ..vectors.data import Form, Vector
from ..vectors.forms import unfold
from .generate import Kind, name_of
from .generate import packets as generated_packets
from .kit import SEEDS, Mutator, refusals

LARGEST = 4096  # bytes of a vector that is mutated
ROOM = 1 << 16  # bytes of what comes of it: enough for a topic that is too long
STREAM = 32  # packets of a stream, at most
EACH = 64  # bytes of a stream that is asked for with all ways to cut it
SUITE = "fuzz"
SIMPLE: tuple[tuple[int, mq.Sender, str], ...] = (  # good packets
    (4, "client", "c000"),
    (5, "server", "300400016100"),
    (4, "server", "20020000"),
)


@dataclass(frozen=True)
class Case:
    """A question: a packet, or a stream of them."""

    kind: str  # "packets" or "streams", as of vectors
    version: int
    sender: mq.Sender
    wire: bytes
    origin: str  # how it was made
    begins: bool = False  # it is the beginning of a valid packet
    cut: bool = False  # a stream, that is asked for in pieces, too

    @property
    def chunks(self) -> list[int] | str:
        return "each" if self.cut else [len(self.wire)]

    def vector(self, identifier: str) -> Vector:
        """To be asked by."""
        form: Form = {"id": identifier, "version": self.version, "sender": self.sender}
        form["wire"] = self.wire.hex()
        if self.kind == "streams":
            form["chunks"] = self.chunks
        return Vector(form, SUITE, self.kind)

    def with_wire(self, wire: bytes) -> Case:
        return replace(self, wire=wire)


# ---- What we say ---------------------------------------------------------------------------------


class Judge:
    """What is to be said of cases by the rules of the codec, with leniency as it was told.

    choices: rules, with a version, of which vectors say that the specification leaves them open.
    """

    def __init__(self, options: Options, vectors: list[Vector]) -> None:
        self.options = options
        self.choices = _choices(vectors)

    def said(self, case: Case) -> Form:
        """`result`, and `packet`, `packets` or `error`, as in a vector."""
        return self._stream(case) if case.kind == "streams" else self._packet(case)

    def _packet(self, case: Case) -> Form:
        try:
            packet = self.options.decode(case.wire, case.version, case.sender)
        except mq.Incomplete:
            return {"result": "more"}
        except mq.MqttError as error:
            return self._refused(case, error)
        form = {"packet": packet.to_dict()}
        try:
            mq.decode(case.wire, case.version, case.sender, allow=mq.Allow.ALL, refuse=self._free)
        except mq.MqttError as error:
            return {"result": "choice", **form, "error": error.to_dict()}
        return {"result": "accept", **form}

    def _stream(self, case: Case) -> Form:
        options = self.options
        decoder = mq.Decoder(case.version, case.sender, allow=options.allow, refuse=options.refuse)
        packets: list[Form] = []
        said: Form = {"result": "accept"}
        try:
            decoder.feed(case.wire)
            for packet in decoder:
                packets.append(packet.to_dict())
            decoder.close()
        except mq.Incomplete:
            said = {"result": "more"}
        except mq.MqttError as error:
            said = self._refused(case, error)
        return {**said, "packets": packets}

    def _refused(self, case: Case, error: mq.MqttError) -> Form:
        form = error.to_dict()
        open_to_both = (form["rule"], case.version) in self.choices
        asked_for = self.options.refuse & refusals(mq.Rule[str(form["rule"]).upper()])
        return {"result": "choice" if open_to_both and not asked_for else "reject", "error": form}

    @property
    def _free(self) -> int:
        """What may be refused, and need not."""
        return int(mq.Refuse.ALL) & ~int(self.options.refuse)


def _choices(vectors: list[Vector]) -> set[tuple[str, int]]:
    """Rules that stand in vectors as a choice, and never as a MUST."""
    found: dict[tuple[str, int], set[str]] = {}
    for vector in vectors:
        if vector.kind == "packets" and vector.rule:
            found.setdefault((vector.rule, vector.version), set()).add(vector.result)
    return {key for key, results in found.items() if results == {"choice"}}


def frame_of(wire: bytes, version: int) -> int | None:
    """The size of the packet that these bytes begin with; None: it is not all there."""
    try:
        return mq.frame(wire, version, allow=mq.Allow.ALL)
    except mq.MqttError:
        return None


def pieces(wire: bytes, version: int) -> list[bytes]:
    """Its packets; what follows the last one that is whole is a piece, too."""
    found = []
    while wire:
        size = frame_of(wire, version) or len(wire)
        found.append(wire[:size])
        wire = wire[size:]
    return found


# ---- What is asked -------------------------------------------------------------------------------


class Maker:
    """Cases without end; the same seed makes the same."""

    def __init__(
        self,
        seed: int,
        valid: list[Kind],
        broken: list[Kind],
        vectors: list[Vector],
    ) -> None:
        """vectors: what is mutated."""
        self.draw = random.Random(seed)  # of which random() is the same in all versions of Python
        self.valid = generated_packets(self._seed(), valid)
        self.broken = generated_packets(self._seed(), broken) if broken else self.valid
        self.vectors = vectors
        self.mutators: dict[tuple[int, str], Mutator] = {}

    def _below(self, end: int) -> int:
        return int(self.draw.random() * end)

    def _seed(self) -> int:
        return self._below(SEEDS)

    def __iter__(self) -> Iterator[Case]:
        while True:
            what = self.draw.random()
            if what < 0.15:
                yield self._valid()
            elif what < 0.2:
                yield self._beginning()
            elif what < 0.5 or not self.vectors:
                yield self._broken()
            else:
                yield from self._mutated()

    def _valid(self) -> Case:
        made = next(self.valid)
        return Case("packets", made.version, made.sender, made.data, f"valid, seed {made.seed}")

    def _beginning(self) -> Case:
        case = self._valid()
        wire = case.wire[: self._below(len(case.wire) - 1) + 1]
        return replace(case, wire=wire, origin=f"beginning of {case.origin}", begins=True)

    def _broken(self) -> Case:
        made = next(self.broken)
        rule = name_of(made.rule) if made.rule is not None else "nothing"
        origin = f"breaks {rule}, seed {made.seed}"
        return Case("packets", made.version, made.sender, made.data, origin)

    def _mutated(self) -> Iterator[Case]:
        vector = self.vectors[self._below(len(self.vectors))]
        (sender, wire), version = vector.wires[0], vector.version
        seed = self._seed()
        mutator = self.mutators.setdefault(
            (version, sender), Mutator(version=version, sender=_sender(sender))
        )
        made = mutator.mutate(unfold(wire), seed, ROOM)
        if not made:
            return
        origin = f"{vector.id} mutated, seed {seed}"
        parts = pieces(made, version)
        # The part that is judged alone is drawn: mutation may have touched any.
        alone = parts[self._below(len(parts))]
        yield Case("packets", version, _sender(sender), alone, origin)
        if len(parts) > 1:
            stream = b"".join(parts[:STREAM])
            cut = len(stream) <= EACH
            yield Case("streams", version, _sender(sender), stream, origin, cut=cut)


def _sender(name: Any) -> mq.Sender:
    return "server" if name == "server" else "client"


def mutable(vectors: list[Vector], version: int | None, sender: mq.Sender | None) -> list[Vector]:
    """Those with bytes that are worth it."""
    return [
        vector
        for vector in vectors
        if vector.kind in ("packets", "streams")
        and "wire" in vector.form
        and vector.form.get("version") is not None
        and version in (None, vector.version)
        and sender in (None, vector.form["sender"])
        and 0 < vector.size <= LARGEST
    ]
