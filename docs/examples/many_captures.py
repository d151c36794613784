# SPDX-License-Identifier: MIT
"""Who published how much to which topic, over any number of captures, on any number of machines.

    python docs/examples/many_captures.py 'captures/*.pcapng'
    python docs/examples/many_captures.py --scheduler tcp://host:8786 'shared/captures/*.pcapng'

Dask gives each capture to a worker, which reads it into columns; only sums travel.  Without a
scheduler, the workers are processes of this machine.  With one, the paths have to mean the same
everywhere, and each worker needs what is needed here:

    pip install 'mqttwire[arrow,tool]' 'dask[dataframe,distributed]'
"""

from __future__ import annotations

import argparse
import glob

import dask.dataframe as dd
import pandas as pd
import pyarrow as pa
from dask.distributed import Client
from mqttwire_tool import table


def frame(tables: list[pa.Table]) -> pd.DataFrame:
    """One of them all, whose columns remain Arrow's."""
    whole = pa.concat_tables([table.schema().empty_table(), *tables])
    return whole.to_pandas(types_mapper=pd.ArrowDtype)


def read(path: str) -> pd.DataFrame:
    return frame(list(table.tables(path)))


def by_topic(packets: dd.DataFrame) -> dd.DataFrame:
    messages = packets[packets["type"] == "PUBLISH"]
    sums = messages.groupby(["topic", "sender"])["payload_size"].agg(["count", "sum", "max"])
    return sums.rename(columns={"count": "messages", "sum": "bytes", "max": "largest"})


def main() -> None:
    parser = argparse.ArgumentParser(description="messages and bytes by topic")
    parser.add_argument("captures", nargs="+", help="pcap or pcapng files, or patterns of them")
    parser.add_argument(
        "--scheduler", help="of a cluster of Dask's; else this machine's cores work"
    )
    parser.add_argument("--workers", type=int, help="processes, where there is no scheduler")
    parser.add_argument("--csv", action="store_true", help="instead of a table for people")
    chosen = parser.parse_args()
    paths = sorted(path for pattern in chosen.captures for path in glob.glob(pattern))
    if not paths:
        parser.error("there is no such capture")

    if chosen.scheduler:
        client = Client(chosen.scheduler)
    else:
        client = Client(n_workers=chosen.workers, host="127.0.0.1", dashboard_address=None)
    with client:
        packets = dd.from_map(read, paths, meta=frame([]))
        answer = by_topic(packets).compute()
    answer = answer.sort_values(["bytes", "messages"], ascending=False)
    print(answer.to_csv() if chosen.csv else answer.to_string(), end="")


if __name__ == "__main__":
    main()
