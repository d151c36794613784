# SPDX-License-Identifier: MIT
"""mqttwire fuzz diff: adapters with a planted fault, of which each is found and shrunk."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from command import Run, called, mqttwire

pytest.importorskip("mqttwire_tool._fuzz", reason="built without the kit")

from mqttwire_tool.arguments import Options
from mqttwire_tool.fuzz.cases import Case, Judge, Maker, pieces
from mqttwire_tool.fuzz.diff import named
from mqttwire_tool.fuzz.disagreement import Known, row_of
from mqttwire_tool.fuzz.generate import kinds
from mqttwire_tool.fuzz.shrink import shrunk
from mqttwire_tool.outcome import UsageError
from mqttwire_tool.vectors.data import load

HERE = Path(__file__).parent
PAGE = (HERE.parent / "docs" / "fuzzing.md").read_text(encoding="utf-8")


def adapter(fault: str) -> str:
    words = [sys.executable, str(HERE / "careless_adapter.py"), fault]
    return f"{fault}={' '.join(map(shlex.quote, words))}"


def diff(*arguments: str | Path | int, **adapters: Any) -> Run:
    return called("fuzz", "diff", *map(str, arguments))


def one(fault: str, *arguments: str | int) -> dict[str, Any]:
    """The only disagreement with this adapter."""
    done = diff("--adapter", adapter(fault), "--json", *arguments)
    assert done.code == 1, done.err
    (group,) = done.json
    assert group["adapter"] == fault and group["known"] is None
    made: dict[str, Any] = group
    return made


# ---- Planted faults ------------------------------------------------------------------------------


def test_no_fault() -> None:
    done = diff("--adapter", adapter("none"), "--count", 1000)
    assert done.code == 0, done.text
    assert done.lines[-1] == "1000 packets and streams: no disagreement"


def test_a_length_of_five_bytes() -> None:
    group = one("five", "--rule", "integer_too_long", "--count", 400, "--keep", 20)
    assert group["title"] == "accepts integer_too_long"
    assert group["rule"] == "integer_too_long"
    assert {example["ours"]["result"] for example in group["examples"]} == {"reject"}
    # A first byte and a length that does not end: nothing of the packet is needed beyond these.
    shortest = bytes.fromhex(group["examples"][0]["wire"])
    assert len(shortest) <= 6 and all(byte & 0x80 for byte in shortest[1:5])


def test_a_property_is_lost() -> None:
    group = one("loses", "-V", "5", "--count", 1000)
    assert group["title"] == "reads properties.content_type"
    example = group["examples"][0]
    packet = mq.decode(bytes.fromhex(example["wire"]), 5, example["sender"])
    assert isinstance(packet, mq.Publish)
    # Nothing but what is lost: topic or alias, and a content type of one byte at most.
    assert len(example["wire"]) // 2 <= 12
    assert (
        example["why"] == 'packet.properties.content_type: missing, not ""'
        or "not" in (example["why"])
    )


@pytest.mark.parametrize(
    ("fault", "title"),
    [
        ("dies", "dies of topic_empty"),
        ("hangs", "hangs at topic_empty"),
        ("babbles", "talks nonsense at topic_empty"),
    ],
)
def test_no_answer(fault: str, title: str) -> None:
    """The adapter is started again: what comes behind is asked, and answered."""
    arguments = ("--rule", "topic_empty", "-V", "3.1.1", "--sender", "client")
    group = one(fault, *arguments, "--count", 6, "--keep", 1, "--timeout", "0.5")
    assert group["title"] == title
    assert group["count"] >= 1
    (example,) = group["examples"]
    rule = example["ours"]["error"]["rule"]
    assert rule == "topic_empty"
    if fault == "dies":
        assert "SIGABRT" in example["why"]
        # A PUBLISH of QoS 0 with an empty topic has four bytes; a CONNECT with a will more.
        assert bytes.fromhex(example["wire"])[2:] == bytes(2) or example["wire"][:2] == "10"


def test_an_answer_that_is_none() -> None:
    group = one("odd", "--rule", "qos_3", "-V", "3.1.1", "--count", 40)
    assert group["title"] == "talks nonsense at qos_3"


def test_a_good_packet_is_refused() -> None:
    """Messages that differ by numbers are one group."""
    group = one("refuses", "--count", 600)
    assert group["title"] == "refuses a good packet: no _ bytes today"
    assert group["type"] == "PINGREQ"
    assert {example["wire"] for example in group["examples"]} == {"c000"}
    assert group["statements"] == ["section 3.12"]


def test_streams() -> None:
    done = diff("--adapter", adapter("streams"), "--count", 600, "--json", "-V", "5")
    assert done.code == 1
    sizes = set()
    for group in done.json:
        for example in group["examples"]:
            assert example["kind"] == "streams"
            sizes.add(len(pieces(bytes.fromhex(example["wire"]), 5)))
    assert min(sizes) == 2  # of many that were asked about, two packets show it


def test_who_says_what() -> None:
    done = diff(
        *("--adapter", adapter("five"), "--adapter", adapter("none")),
        *("--rule", "integer_too_long", "--count", 200, "--keep", 1),
    )
    assert done.code == 1
    assert "reject: we, none; accept: five" in done.text
    assert re.search(
        r"^ +integer_too_long: (3\.1\.1|5\.0) section (2\.2\.3|1\.5\.5)$", done.text, re.M
    )


# ---- A run ---------------------------------------------------------------------------------------


def test_the_same_seed_asks_the_same() -> None:
    arguments = ("--adapter", adapter("loses"), "--json", "--count", 500, "-V", "5")
    runs = [diff(*arguments, "--seed", seed).out for seed in (3, 3, 4)]
    assert runs[0] == runs[1] != runs[2]


def test_by_time() -> None:
    done = diff("--adapter", adapter("none"), "--time", "0.5")
    assert done.code == 0
    assert int(done.lines[-1].split()[0]) >= 64


def test_an_adapter_that_answers_nothing() -> None:
    done = mqttwire("fuzz", "diff", "--adapter", adapter("mute"))
    assert done.code == 4
    assert "mute has answered nothing: it ended with exit code 3" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--adapter", ""],
        ["--adapter", "a='"],
        ["--adapter", "we=x"],
        ["--adapter", "a=x", "--adapter", "a=y"],
        ["--adapter", "x", "-V", "3.1"],
        ["--adapter", "x", "--rule", "first_packet"],
        ["--adapter", "x", "--rule", "trailing_bytes"],
        ["--adapter", "x", "--count", "0"],
        ["--adapter", "x", "--time", "nan"],
        ["--adapter", "x", "--allow", "everything"],
        [],
    ],
)
def test_usage(arguments: list[str]) -> None:
    assert mqttwire("fuzz", "diff", *arguments).code == 2


def test_names() -> None:
    assert named(["build/adapters/netty/run", "x=./y --z", "python3 a/b.py"]) == {
        "netty": "build/adapters/netty/run",
        "x": "./y --z",
        "b": "python3 a/b.py",
    }
    with pytest.raises(UsageError):
        named(["a/netty/run", "b/netty/run"])


# ---- Leniency, and what is known -----------------------------------------------------------------


def judged(wire: str, result: str, version: int = 5, **options: Any) -> str | None:
    """The title of the disagreement that an answer makes."""
    judge = Judge(Options(**options), load())
    case = Case("packets", version, "client", bytes.fromhex(wire), "")
    row = row_of("x", case, judge.said(case), {"result": result})
    return None if row is None else str(row.form["title"])


def test_what_is_left_open_is_no_disagreement() -> None:
    control = "3004000101" + "00"  # U+0001 in a topic: SHOULD NOT (1.5.4)
    assert judged(control, "accept") is judged(control, "reject") is None
    refuse = {"refuse": int(mq.Refuse.CONTROL_CHARACTERS)}
    assert judged(control, "accept", **refuse) == "accepts text_control"
    assert judged(control, "reject", **refuse) is None


def test_leniency() -> None:
    empty = "30020000"
    assert judged(empty, "accept", 4) == "accepts topic_empty"
    allow = {"allow": int(mq.Allow.EMPTY_TOPICS)}
    assert judged(empty, "accept", 4, **allow) is None
    assert judged(empty, "reject", 4, **allow) == "refuses a good packet: no word"


def test_a_bad_packet_may_be_refused_early_or_late() -> None:
    assert judged("f0055555", "more", 4) is None  # a reserved type, of which more will come
    assert judged("f00155", "more", 4) == "waits at type_reserved"
    assert judged("30ffffffff", "more") == "waits at integer_too_long"
    assert judged("c005", "reject") is None  # PINGREQ has no five bytes: it will never be good
    judge = Judge(Options(), [])
    begins = Case("packets", 4, "client", bytes.fromhex("3004"), "", begins=True)
    row = row_of("x", begins, judge.said(begins), {"result": "reject"})
    assert row and row.form["title"] == "refuses a beginning: no word"


def test_known(tmp_path: Path) -> None:
    base = ("--adapter", adapter("refuses"), "--count", 400)
    table = tmp_path / "verdicts.tsv"
    table.write_text("implementation\twhat\twho\twhy\nrefuses\trefuses a good *\tvector\tno way\n")
    done = diff(*base, "--known", table)
    assert done.code == 0
    assert "refuses a good packet: no 2 bytes today (PINGREQ): we are right: no way" in done.text
    found = tmp_path / "found"
    assert diff(*base, "--output", found).code == 1
    again = diff(*base, "--known", found, "--json")
    assert again.code == 0
    assert again.json[0]["known"] == {"who": "", "why": "found before"}
    table.write_text("what is this\n")
    assert diff(*base, "--known", table).code == 4


def test_verdicts_are_read() -> None:
    """Of those that come with the command, none is about an adapter that it does not name."""
    known = Known.read([])
    assert {"netty", "amqtt"} <= {verdict.implementation for verdict in known.installed}
    case = Case("packets", 4, "client", bytes.fromhex("30ffffffff"), "")
    row = row_of("mine", case, Judge(Options(), []).said(case), {"result": "more"})
    assert row and known.verdict(row) is None
    assert known.verdict(row._replace(key=row.key._replace(adapter="amqtt")))


def test_a_death_is_not_known_by_its_rule(tmp_path: Path) -> None:
    """Patterns such as `* topic_empty` are about verdicts, not about who dies of it."""
    judge = Judge(Options(), [])
    case = Case("packets", 4, "client", bytes.fromhex("30020000"), "")
    table = tmp_path / "verdicts.tsv"
    for what, knows in (("* topic_empty", False), ("dies of topic_*", True)):
        table.write_text(f"implementation\twhat\twho\twhy\nx\t{what}\tvector\tbecause\n")
        known = Known.read([str(table)])
        row = row_of("x", case, judge.said(case), {"result": "crash"})
        assert row and (known.verdict(row) is not None) == knows
        row = row_of("x", case, judge.said(case), {"result": "accept"})
        assert row and (known.verdict(row) is not None) == (not knows)


# ---- Shrinking -----------------------------------------------------------------------------------


def test_shrinking() -> None:
    """Of a CONNECT with everything in it, what breaks the rule, and the lengths fit."""
    kind = kinds([mq.Rule.TOPIC_ALIAS_ZERO], 5, "client")
    maker = Maker(9, kinds([None], None, None), kind, [])
    case = max((maker._broken() for _ in range(50)), key=lambda case: len(case.wire))

    def shows_it(tried: Case) -> bool:
        try:
            mq.decode(tried.wire, 5, "client")
        except mq.MqttError as error:
            return error.rule == "topic_alias_zero"
        return False

    assert len(case.wire) > 40
    small = shrunk(case, shows_it)
    assert shows_it(small)
    assert small.wire[1:].hex() == "0600000323" + "0000"


def test_shrinking_a_stream() -> None:
    wire = bytes.fromhex("c000" * 9 + "e000" + "c000" * 9)
    case = Case("streams", 5, "client", wire, "")
    small = shrunk(case, lambda tried: b"\xe0\0\xc0\0" in tried.wire)
    assert small.wire.hex() == "e000c000"


def test_shrinking_ends() -> None:
    asked: list[Case] = []
    case = Case("packets", 5, "client", bytes(range(256)), "")

    def shows(tried: Case) -> bool:
        asked.append(tried)
        return False

    shrunk(case, shows, tries=30)
    assert len(asked) == 30


# ---- Files ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("diff") / "found"
    faults = [
        word for fault in ("five", "loses", "streams") for word in ("--adapter", adapter(fault))
    ]
    assert diff(*faults, "--count", 1500, "--output", folder).code == 1
    return folder


def test_folder(found: Path) -> None:
    names = {path.name for path in found.iterdir()}
    assert names == {"found.jsonl", "report.txt", "vectors-packets.json", "vectors-streams.json"}
    assert "reads properties.content_type" in (found / "report.txt").read_text()


@pytest.mark.parametrize("kind", ["packets", "streams"])
def test_vectors(found: Path, kind: str, tmp_path: Path) -> None:
    """They are as the schema says, and run like any other: we pass, and the adapter fails."""
    done = called("fuzz", "vectors", found, "--kind", kind)
    assert done.code == 0
    path = tmp_path / "proposed.json"
    path.write_bytes(done.out)
    assert mqttwire("vectors", "check", path).code == 0
    assert done.out == (found / f"vectors-{kind}.json").read_bytes()
    for vector in json.loads(done.out)["vectors"]:
        assert vector["comment"].startswith("PROPOSED")
        assert "fuzz diff" in vector["comment"]
    fault = "streams" if kind == "streams" else "loses"
    _, command = adapter(fault).split("=", 1)
    run = mqttwire("vectors", "run", "--adapter", command, "--vectors", path, "--kind", kind)
    assert run.code == 1
    _, command = adapter("none").split("=", 1)
    run = mqttwire("vectors", "run", "--adapter", command, "--vectors", path, "--kind", kind)
    assert " fail" not in run.lines[-1], run.text


def test_nothing_to_propose(tmp_path: Path) -> None:
    path = tmp_path / "found.jsonl"
    path.write_text("")
    assert mqttwire("fuzz", "vectors", path).code == 2
    path.write_text("{}\n")
    assert mqttwire("fuzz", "vectors", path).code == 4


# ---- the page ------------------------------------------------------------------------------------

EXAMPLES = re.findall(
    r"^\$ mqttwire (fuzz (?:diff|vectors) .*)\n((?:(?!\$ |```).*\n)*)", PAGE, re.MULTILINE
)


def test_docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In their order: one goes on with what another has found."""
    assert EXAMPLES
    monkeypatch.chdir(tmp_path)
    (program,) = re.findall(r"^```py\n(# careless\.py.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    Path("careless.py").write_text(program)
    for command, output in EXAMPLES:
        command = command.replace("python3 ", f"{shlex.quote(sys.executable)} ")
        done = mqttwire(*shlex.split(command))
        assert [line.rstrip() for line in done.lines] == output.splitlines(), done.err
