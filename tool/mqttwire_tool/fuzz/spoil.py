# SPDX-License-Identifier: MIT
"""What makes a good session a hostile one: packets that are mutated, and bytes that come oddly."""

from __future__ import annotations

from functools import cache

import mqttwire as mq

from . import kit
from .draw import Draw
from .session import CLOSE, PAUSE, RESET, SEND, WAIT, Step

ROOM = 4096  # bytes that a mutation may make of a few packets
LARGE = 1 << 17  # likewise, now and then
PATIENCE = 0.05  # seconds for an answer to PINGREQ
SHORT = 64  # bytes that are sent one by one


@cache
def mutator(version: int, sender: mq.Sender, repair: int) -> kit.Mutator:
    return kit.Mutator(version=version, sender=sender, repair=repair)


def changed(draw: Draw, data: bytes, version: int, sender: mq.Sender) -> bytes:
    room = LARGE if draw.chance(3) else ROOM
    repair = 0 if draw.chance(10) else 85
    made = mutator(version, sender, repair).mutate(data, draw.seed(), room + len(data))
    return made or data


def broken(draw: Draw, version: int, sender: mq.Sender) -> bytes:
    """A packet that breaks one rule; one that none fits is a good one."""
    data = kit.generate(version, sender, draw.seed(), draw.pick(kit.RULES))
    return data or kit.generate(version, sender, draw.seed())


def spoiled(
    draw: Draw, steps: list[Step], versions: dict[int, int], sender: mq.Sender = "client"
) -> list[Step]:
    """Some sessions stay good."""
    if draw.chance(8):
        return steps
    steps = list(steps)
    for _ in range(1 + draw.below(3)):
        sends = [index for index, step in enumerate(steps) if step.do == SEND]
        if not sends:
            return steps
        index = draw.pick(sends)
        step = steps[index]
        version = versions.get(step.connection, 5)
        way = draw.below(10)
        if way < 5:
            data = changed(draw, step.data, version, sender)
            steps[index] = step._replace(data=data)
            if sender == "client" and draw.chance(20):
                steps[index + 1 : index + 1] = ping(step.connection)
        elif way < 8:
            steps = stretch(draw, steps, index, version, sender)
        else:
            steps.insert(index + draw.below(2), step._replace(data=broken(draw, version, sender)))
    if draw.chance(35):
        steps = odd(draw, steps)
    return steps


def ping(connection: int) -> list[Step]:
    """Whether it goes on."""
    kind = int(mq.Type.PINGRESP)
    return [
        Step(SEND, connection, mq.Pingreq().encode()),
        Step(WAIT, connection, kind=kind, seconds=PATIENCE),
    ]


def stretch(
    draw: Draw, steps: list[Step], index: int, version: int, sender: mq.Sender
) -> list[Step]:
    """Several packets of a connection, mutated as one stream and sent at once."""
    number = steps[index].connection
    later = [i for i in range(index, len(steps)) if steps[i].connection == number]
    sends = [i for i in later if steps[i].do == SEND][: 2 + draw.below(5)]
    data = changed(draw, b"".join(steps[i].data for i in sends), version, sender)
    gone = {i for i in later if steps[i].do in (SEND, WAIT) and index < i <= sends[-1]}
    steps[index] = steps[index]._replace(data=data)
    return [step for i, step in enumerate(steps) if i not in gone]


def odd(draw: Draw, steps: list[Step]) -> list[Step]:
    """Bytes in pieces, a connection that ends anywhere, or packets before their time."""
    sends = [index for index, step in enumerate(steps) if step.do == SEND and len(step.data) > 1]
    if not sends:
        return steps
    index = draw.pick(sends)
    step = steps[index]
    way = draw.below(4)
    if way == 0:  # nothing of this connection waits for an answer
        number = step.connection
        return [s for s in steps if s.connection != number or s.do not in (WAIT, PAUSE)]
    if way == 1:  # it ends within the packet
        part = step._replace(data=step.data[: 1 + draw.below(len(step.data) - 1)])
        end = Step(draw.pick((RESET, CLOSE)), step.connection)
        rest = [s for s in steps[index + 1 :] if s.connection != step.connection]
        return [*steps[:index], part, end, *rest]
    return [*steps[:index], *pieces(draw, step), *steps[index + 1 :]]


def pieces(draw: Draw, step: Step) -> list[Step]:
    """The same bytes in several writes."""
    data = step.data
    if len(data) <= SHORT and draw.chance(30):
        cuts = list(range(1, len(data)))
    else:
        cuts = sorted({1 + draw.below(len(data) - 1) for _ in range(1 + draw.below(3))})
    made = []
    for start, end in zip([0, *cuts], [*cuts, len(data)]):
        if start and draw.chance(50):
            made.append(Step(PAUSE, step.connection, seconds=draw.seconds(0.002)))
        made.append(step._replace(data=data[start:end]))
    return made
