# SPDX-License-Identifier: MIT
"""Who published how much to which topic, over any number of captures, on any number of machines.

    python docs/examples/many_captures.py 'captures/*.pcapng'
    python docs/examples/many_captures.py --scheduler tcp://host:8786 '/shared/captures/*.pcapng'

Dask gives each capture to a worker, which adds it up batch by batch, in columns; only sums travel.
Without a scheduler, the workers are processes of this machine.  With one, the paths have to mean
the same everywhere, and each worker needs what is needed here:

    pip install 'mqttwire[arrow,tool]' distributed
"""

from __future__ import annotations

import argparse
import csv
import glob
import sys
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from dask.distributed import Client, as_completed
from mqttwire_tool import table

KEYS = ["topic", "sender"]
SUMS = [("messages", "sum"), ("bytes", "sum"), ("largest", "max")]
NAMES = [*KEYS, *(name for name, _ in SUMS)]


class Read(NamedTuple):
    """What came of a capture."""

    path: str
    sums: pa.Table
    error: str  # why that is not all of it


def added(parts: list[pa.Table]) -> pa.Table:
    """One row for each topic and sender."""
    return pa.concat_tables(parts).group_by(KEYS).aggregate(SUMS).rename_columns(NAMES)


def messages(packets: pa.Table) -> pa.Table:
    """A row for each message, as if it were a sum."""
    is_message = pc.and_(pc.equal(packets["type"], "PUBLISH"), packets["topic"].is_valid())
    found = packets.filter(is_message)
    size = found["payload_size"]
    ones = pa.array([1] * len(found), pa.int64())
    return pa.table([found["topic"], found["sender"], ones, size, size], NAMES)


def read(path: str) -> Read:
    """Adds up a capture; needs memory for a batch of its packets and for the sums."""
    sums = messages(table.schema().empty_table())
    try:
        for packets in table.tables(path):
            sums = added([sums, messages(packets)])
    except OSError as error:
        return Read(path, sums, str(error))
    return Read(path, sums, "")


def main() -> int:
    parser = argparse.ArgumentParser(description="messages and bytes by topic")
    parser.add_argument("captures", nargs="+", help="pcap or pcapng files, or patterns of them")
    parser.add_argument("--scheduler", help="of a cluster; else this machine works")
    parser.add_argument("--workers", type=int, help="processes, where there is no scheduler")
    chosen = parser.parse_args()
    paths = sorted(path for pattern in chosen.captures for path in glob.glob(pattern))
    if not paths:
        parser.error("there is no such capture")

    if chosen.scheduler:
        client = Client(chosen.scheduler)
    else:
        client = Client(n_workers=chosen.workers, host="127.0.0.1", dashboard_address=None)
    total = messages(table.schema().empty_table())
    failed = 0
    with client:
        for _, (path, sums, error) in as_completed(client.map(read, paths), with_results=True):
            total = added([total, sums])
            if error:
                failed += 1
                print(f"{path}: {error}", file=sys.stderr)
    order = [("bytes", "descending"), ("messages", "descending"), ("topic", "ascending")]
    lines = csv.writer(sys.stdout)
    lines.writerow(NAMES)
    for row in total.sort_by(order).to_pylist():
        lines.writerow(row.values())
    return 4 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
