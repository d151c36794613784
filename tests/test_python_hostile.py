# SPDX-License-Identifier: MIT
"""Objects that do what they should not while they are read, and arguments that make no sense."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import mqttwire as mq
import pytest
from python_examples import EXAMPLES

WIRE = mq.Publish(topic="a", payload=b"hello").encode()


class Changing:
    """A number that changes a list when it is asked for."""

    def __init__(self, items: list[Any], number: int) -> None:
        self.items = items
        self.number = number

    def __index__(self) -> int:
        self.items[:] = [None, None]
        return self.number


def test_a_pair_that_changes_while_the_packet_is_read() -> None:
    pair = [f"name {1}" * 100, f"value {2}" * 100]
    form: dict[str, Any] = {
        "type": "CONNACK",
        "properties": {"user_properties": [pair], "maximum_packet_size": Changing(pair, 100)},
    }
    found = mq.from_dict(form)
    assert isinstance(found, mq.Connack)
    assert found.properties.user_properties == [("name 1" * 100, "value 2" * 100)]

    pair = [f"name {1}" * 100, f"value {2}" * 100]
    properties: Any = {"user_properties": [pair], "maximum_packet_size": Changing(pair, 100)}
    written = mq.Connack(properties=mq.Properties(**properties)).encode()
    assert mq.decode(written, 5) == found


def test_lists_that_change_while_the_packet_is_read() -> None:
    codes: list[Any] = [0, 1, 2]
    codes[0] = Changing(codes, 0)
    with pytest.raises(TypeError, match="reason_codes"):
        mq.Suback(packet_id=1, reason_codes=codes).encode()


def test_flags_of_the_other_kind_and_unknown_ones() -> None:
    for allow in (-1, 1 << 40, 1):
        with pytest.raises(ValueError, match="allow: expected flags of Allow"):
            mq.decode(WIRE, 5, allow=allow)
        with pytest.raises(ValueError, match="refuse: expected flags of Refuse"):
            mq.decode(WIRE, 5, refuse=allow)
    with pytest.raises(TypeError, match="allow: expected flags of Allow, not Refuse"):
        mq.decode(WIRE, 5, allow=mq.Refuse.PAYLOAD_TEXT)
    assert mq.decode(WIRE, 5, allow=int(mq.Allow.UTF8), refuse=mq.Refuse.PAYLOAD_TEXT)


def test_bytes_that_do_not_lie_one_after_the_other() -> None:
    apart = memoryview(WIRE * 2)[::2]
    decoder = mq.Decoder(5)
    for call in (
        lambda: mq.decode(apart, 5),
        lambda: mq.decode(apart, 5, view=True),
        lambda: mq.scan(apart, 5),
        lambda: decoder.feed(apart),
        lambda: list(decoder.feed(WIRE[:3])) or decoder.feed(apart),
        lambda: mq.Connection(5).feed("client", apart),
    ):
        with pytest.raises(BufferError, match="one after the other"):
            call()
    assert list(decoder.feed(WIRE[3:])) == [mq.decode(WIRE, 5)]  # nothing was lost


SECOND = """
import mqttwire as mq
try:
    import _xxsubinterpreters as interpreters
except ImportError:
    import _interpreters as interpreters
other = interpreters.create(**OPTIONS)
run = "try:\\n import mqttwire\\nexcept ImportError as error:\\n print(error)"
told = interpreters.run_string(other, run) if hasattr(interpreters, "run_string") else None
interpreters.destroy(other)
assert isinstance(mq.decode(b"\\xc0\\0", 4), mq.Pingreq)
print("the first goes on")
"""


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="sub-interpreters refuse the extension")
def test_a_second_interpreter_is_refused_and_the_first_goes_on() -> None:
    options = "{'isolated': False}" if sys.version_info >= (3, 9) else "{}"
    done = subprocess.run(
        [sys.executable, "-c", SECOND.replace("**OPTIONS", f"**{options}")],
        capture_output=True,
        text=True,
    )
    if "isolated" in done.stderr and "TypeError" in done.stderr:
        pytest.skip("this version makes them otherwise")
    assert done.stdout.splitlines()[-1] == "the first goes on", done.stderr
    assert "another interpreter of this process has mqttwire" in done.stdout


@pytest.mark.parametrize("example", EXAMPLES[:4], ids=repr)
def test_examples_are_read_from_any_buffer(example: Any) -> None:
    wide = memoryview(example.wire).cast("B", (len(example.wire), 1))
    assert mq.decode(wide, example.version) == mq.decode(example.wire, example.version)
