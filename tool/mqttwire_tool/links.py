# SPDX-License-Identifier: MIT
"""What a packet is answered by, which is known only later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .sources import Item, Seen


def linked(batches: Iterable[list[Item]]) -> Iterator[list[Item]]:
    """The same batches, each one held back until the next one is there, and what answers is known.

    A batch is a few thousand packets of a file, and of what comes as it happens a tenth of a
    second: an answer that comes later than in the next batch is not told beside what it answers.
    """
    held: list[Item] = []
    asked: dict[int, Seen] = {}  # of the batch that is held
    for batch in batches:
        here: dict[int, Seen] = {}
        for item in batch:
            if not isinstance(item, Seen):
                continue
            here[item.number] = item
            if item.acknowledges:
                question = here.get(item.acknowledges) or asked.get(item.acknowledges)
                if question is not None and not question.answered:
                    question.answered = item.number
        if held:
            yield held
        held, asked = batch, here
    yield held
