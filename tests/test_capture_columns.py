# SPDX-License-Identifier: MIT
"""Batches as columns say what the records say."""

import pathlib

import mqttwire as mq
import pytest
from mqttwire_tool import _capture
from mqttwire_tool.stream import GUESSES

CAPTURES = sorted((pathlib.Path(__file__).parent / "captures").glob("*.pcapng"))
SENDERS = [None, "client", "server"]
NUMBERS = ["number", "time", "frame", "connection", "version", "size", "code",
           "acknowledges", "begins", "repeats", "settles"]  # fmt: skip


def test_how_sure_a_guess_is_has_the_same_words():
    assert tuple(GUESSES) == _capture.GUESSES


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
@pytest.mark.parametrize("batch", [0, 7])
def test_columns_are_records(path, batch):
    notes = [None, *_capture.NOTES]
    sure = [None, *_capture.GUESSES]
    with _capture.Capture(path, records=batch) as one, _capture.Capture(path, records=batch) as two:
        seen = 0
        while (records := one.read()) is not None:
            columns = two.read_columns()
            assert columns is not None
            for name in NUMBERS:
                assert columns[name].tolist() == [getattr(r, name) for r in records]
            assert [SENDERS[s] for s in columns["sender"]] == [r.sender for r in records]
            assert [sure[g] for g in columns["guessed"]] == [r.guessed for r in records]
            assert [notes[n] for n in columns["note"]] == [r.note for r in records]
            findings = [[f[1:] for f in columns["findings"] if f[0] == row] for row in
                        range(len(records))]  # fmt: skip
            assert findings == [list(r.findings) for r in records]
            for row, record in enumerate(records):
                check(columns, row, record)
            seen += len(records)
        assert two.read_columns() is None
        assert seen > 50


def check(columns, row, record):
    def span(name):
        return columns["bytes"][columns[f"{name}start"][row] : columns[f"{name}end"][row]]

    assert span("") == record.data
    assert columns["first"][row] == (record.data[0] if record.data else 0)
    if record.note is not None or record.code:
        assert span("topic_") == span("payload_") == b""
        return
    packet = mq.decode(record.data, record.version, allow=mq.Allow.MQTT_3_1)
    assert columns["packet_id"][row] == (getattr(packet, "packet_id", 0) or 0)
    if isinstance(packet, mq.Publish):
        assert span("topic_").decode() == (record.topic or packet.topic)
        assert columns["aliased"][row] == (record.topic is not None)
        assert span("payload_") == packet.payload
