# SPDX-License-Identifier: MIT
"""The broker's ACL files beside mosquitto 2.0: where they judge alike, and where not."""

from __future__ import annotations

import itertools
import random
import re
from pathlib import Path

import mqttwire as mq
import pytest
from access import (
    ADMIN,
    ROOT,
    Client,
    Verdicts,
    ask,
    needs_mosquitto,
    needs_peer,
    of_broker,
    of_mosquitto,
    of_ours,
)
from broker import needs_broker

pytestmark = [needs_peer, needs_mosquitto]

ANNA, BERT, NOBODY = Client("anna", "c1"), Client("bert", "c2"), Client(None, "c3")
CLIENTS = [ANNA, BERT, NOBODY]
LEVELS = ["a", "b", "anna", "c1", "ac1b", ""]
TOPICS = [
    *(level for level in LEVELS if level),
    *(f"{one}/{two}" for one, two in itertools.product(LEVELS, LEVELS)),
    *("a/b/c1", "a/anna/c1", "a/b/anna/c1", "$x/a", "$x/anna", "$x"),
]

SAME = {
    "order": "topic deny a/b\ntopic a/#",
    "deny after": "topic a/#\ntopic deny a/b",
    "deny within deny": "topic deny a/#\ntopic a/b",
    "read and write": "topic read a/+\ntopic write b/+",
    "read denies both": "topic a/#\ntopic deny a/+",
    "anonymous": "topic a/#\nuser anna\ntopic b/#",
    "all": "topic #",
    "all of $": "topic $x/#",
    "$ and +": "topic +/a\npattern +/%u",
    "user twice": "user anna\ntopic read a/a\nuser bert\ntopic a/b\nuser anna\ntopic write b/a",
    "pattern for all": "user bert\ntopic a\npattern read a/%c",
    "pattern without names": "pattern b/#",
    "pattern of names": "pattern write %u/%c",
    "within a level": "pattern a%cb/#\npattern read a%u/#",
    "names of nobody": "pattern a/%u\npattern deny b/%u\npattern b/#",
    "pattern's deny and pattern": "pattern deny a/%c\npattern a/#",
    "pattern's deny and topic": "pattern deny a/#\nuser anna\ntopic a/b\nuser bert\ntopic read b/#",
    "topic's deny and pattern": "pattern a/#\nuser anna\ntopic deny a/b",
    "nothing": "",
    "percent": "topic a/%u\npattern a/%%u\npattern b/%x",
    "parent": "topic a/#\ntopic deny b/#\ntopic read b",
}


def judged(
    folder: Path, rules: str, clients: list[Client]
) -> tuple[list[Verdicts], list[Verdicts]]:
    file = folder / "acl"
    file.write_text(rules + ADMIN)
    return of_ours(file, clients, TOPICS), of_mosquitto(file, clients, TOPICS)


@pytest.mark.parametrize("name", SAME)
def test_cases(tmp_path: Path, name: str) -> None:
    ours, theirs = judged(tmp_path, SAME[name], CLIENTS)
    assert ours == theirs


def drawn(random_: random.Random) -> str:
    parts = ["a", "b", "anna", "c1", "+", "+", "%u", "%c", "a%cb", "", "$x"]
    lines = []
    for _ in range(random_.randint(1, 12)):
        levels = [random_.choice(parts) for _ in range(random_.randint(1, 3))]
        if random_.random() < 0.3:
            levels.append("#")
        filter_ = "/".join(levels) or "#"
        access = random_.choice(["read ", "write ", "readwrite ", "deny ", "deny ", ""])
        kind = random_.choice(["topic", "topic", "pattern"])
        if random_.random() < 0.3:
            lines.append("user " + random_.choice(["anna", "bert"]))
        lines.append(f"{kind} {access}{filter_}")
    return "\n".join(lines)


@needs_broker
def test_in_the_broker(tmp_path: Path) -> None:
    """The broker asks where it has to."""
    file = tmp_path / "acl"
    file.write_text("\n".join(SAME.values()) + ADMIN)
    for seed in range(3):
        if seed:
            file.write_text(drawn(random.Random(seed)) + ADMIN)
        assert of_broker(file, CLIENTS, TOPICS) == of_ours(file, CLIENTS, TOPICS), seed


@pytest.mark.parametrize("seed", range(30))
def test_drawn(tmp_path: Path, seed: int) -> None:
    rules = drawn(random.Random(seed))
    ours, theirs = judged(tmp_path, rules, CLIENTS)
    assert ours == theirs, rules


def test_differences(tmp_path: Path) -> None:
    """Names that mosquitto puts into a filter as they are, and those for which it forgets all
    patterns."""
    clients = [Client("anna", "a/b"), Client("anna", "$x"), Client("anna", "+"), Client("#", "c1")]
    ours, theirs = judged(tmp_path, "pattern %c/#\npattern read b/a\npattern write a/%u", clients)
    plain = Verdicts({"b/a"}, {"a/anna"})
    assert ours == [plain, plain, plain, Verdicts({"b/a", *of("c1")}, {*of("c1")})]
    assert theirs[0].read > ours[0].read  # what is below a/b, where another client may be at home
    assert theirs[1].read > ours[1].read  # topics that begin with $
    assert theirs[2] == theirs[3] == Verdicts(set(), set())

    # What is denied by a name that cannot be put there: mosquitto's deny is another one.
    ours, theirs = judged(tmp_path, "pattern deny %c/c1\npattern a/#", [Client("anna", "a/b")])
    assert ours == [Verdicts(set(), set())]
    assert theirs[0].read > set()


def of(level: str) -> list[str]:
    return [topic for topic in TOPICS if topic.split("/")[0] == level]


def test_filters(tmp_path: Path) -> None:
    """SUBSCRIBE is granted where the filter matches a topic that may be read."""
    filters = [
        "#",
        "+",
        "+/+",
        "a/#",
        "a/+",
        "+/b",
        "b",
        "$x/#",
        "$x/+",
        "anna/c1",
        "+/#",
        "ac1b/+",
    ]
    for seed in range(30):
        file = tmp_path / "acl"
        file.write_text(drawn(random.Random(seed)))
        read = [each.read for each in of_ours(file, CLIENTS, TOPICS)]
        questions = [
            ("may", client.user or "-", client.id, "filter", filter_)
            for client in CLIENTS
            for filter_ in filters
        ]
        answers = iter(ask([f"acl_file={file}"], questions))
        for topics in read:
            for filter_ in filters:
                answer = next(answers)
                if any(mq.topic_match(filter_, topic) for topic in topics):
                    assert answer == "yes", (seed, filter_)


def test_example(tmp_path: Path) -> None:
    """What docs/broker-access.md says of its rules, and of names in a level."""
    page = (ROOT / "docs" / "broker-access.md").read_text()
    file = tmp_path / "acl"
    file.write_text(re.findall("```acl\n(.*?)```", page, re.S)[0])
    for question, answer in {
        "- c read news/today": "yes",
        "alice c read news/today": "no",
        "alice c write plant/1/state": "yes",
        "alice c write plant/1/secret": "no",
        "alice c filter $SYS/#": "yes",
        "robot c write plant/1/state": "yes",
        "robot c filter plant/#": "no",
        "robot r2 write devices/r2/x": "yes",
        "robot r2 write devices/r1/x": "no",
        "alice c read to/alice": "yes",
        "- c read to/alice": "no",
    }.items():
        assert ask([f"acl_file={file}"], [["may", *question.split(" ")]]) == [answer], question
    file.write_text("pattern %u-%c\n")
    for user, client in (("a", "b-c"), ("a-b", "c")):
        assert ask([f"acl_file={file}"], [("may", user, client, "read", "a-b-c")]) == ["yes"]
