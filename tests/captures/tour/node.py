# SPDX-License-Identifier: MIT
"""node.py PORT: a Sparkplug B node with a device, by pysparkplug; data has aliases for names."""

from __future__ import annotations

import sys
import time

import pysparkplug as sparkplug
from pysparkplug import DataType, Metric

NODE = {
    1: ("Properties/Firmware", DataType.STRING, "4.2"),
    2: ("Load", DataType.DOUBLE, 0.25),
}
DEVICE = {
    10: ("Temperature", DataType.FLOAT, 21.5),
    11: ("Running", DataType.BOOLEAN, True),
    12: ("Pieces", DataType.UINT32, 1000),
    13: ("Offset", DataType.INT16, -3),
}


def metric(alias: int, kind: DataType, value: object, name: str | None = None) -> Metric:
    return Metric(timestamp=int(1000 * time.time()), name=name, datatype=kind, value=value,
                  alias=alias)


def born(metrics: dict[int, tuple[str, DataType, object]]) -> list[Metric]:
    return [metric(alias, kind, value, name) for alias, (name, kind, value) in metrics.items()]


def send(client: sparkplug.Client, kind: sparkplug.MessageType, device: str | None,
         payload: object, births: bool = False) -> None:
    topic = sparkplug.Topic(message_type=kind, group_id="bakery", edge_node_id="line-2",
                            device_id=device)
    client.publish(sparkplug.Message(topic=topic, payload=payload, qos=sparkplug.QoS.AT_MOST_ONCE,
                                     retain=False), include_dtypes=births)


def main() -> None:
    # By hand instead of pysparkplug's EdgeNode, which finds metrics by name, and so sends names.
    now = sparkplug.get_current_timestamp
    session = Metric(timestamp=now(), name="bdSeq", datatype=DataType.INT64, value=0)
    client = sparkplug.Client(client_id="line-2")
    client.set_will(sparkplug.Message(
        topic=sparkplug.Topic(message_type=sparkplug.MessageType.NDEATH, group_id="bakery",
                              edge_node_id="line-2"),
        payload=sparkplug.NDeath(timestamp=now(), bd_seq_metric=session),
        qos=sparkplug.QoS.AT_MOST_ONCE, retain=False))
    client.connect("127.0.0.1", port=int(sys.argv[1]))
    time.sleep(0.5)
    sequence = iter(range(256))

    send(client, sparkplug.MessageType.NBIRTH, None, sparkplug.NBirth(
        timestamp=now(), seq=next(sequence), metrics=(session, *born(NODE))), births=True)
    send(client, sparkplug.MessageType.DBIRTH, "oven", sparkplug.DBirth(
        timestamp=now(), seq=next(sequence), metrics=tuple(born(DEVICE))), births=True)
    for step in range(4):
        time.sleep(0.4)
        send(client, sparkplug.MessageType.DDATA, "oven", sparkplug.DData(
            timestamp=now(), seq=next(sequence), metrics=(
                metric(10, DataType.FLOAT, 21.5 + step / 2),
                metric(12, DataType.UINT32, 1000 + step))))
        if step % 2:
            send(client, sparkplug.MessageType.NDATA, None, sparkplug.NData(
                timestamp=now(), seq=next(sequence), metrics=(
                    metric(2, DataType.DOUBLE, 0.5),)))
    send(client, sparkplug.MessageType.DDEATH, "oven", sparkplug.DDeath(
        timestamp=now(), seq=next(sequence)))
    send(client, sparkplug.MessageType.NDEATH, None, sparkplug.NDeath(
        timestamp=now(), bd_seq_metric=session))
    time.sleep(0.3)
    client.disconnect()


main()
