# SPDX-License-Identifier: MIT
"""The plant, on a bad day: mosquitto and HiveMQ CE, and clients that do what they should not."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import threading
import time

import stage
from peer import Peer

MOSQUITTO, HIVEMQ = 1883, 1884

HIVEMQ_CONFIG = f"""<listeners><tcp-listener><port>{HIVEMQ}</port>
        <bind-address>127.0.0.1</bind-address></tcp-listener></listeners>
    <mqtt><packets><max-packet-size>4000</max-packet-size></packets>
        <receive-maximum><server-receive-maximum>5</server-receive-maximum></receive-maximum></mqtt>"""


def mosquitto_config() -> str:
    passwords, rights = stage.WORK / "passwords", stage.WORK / "rights"
    passwords.touch()
    for name in ("ann", "ben"):
        subprocess.run(["mosquitto_passwd", "-b", passwords, name, f"{name}-secret"], check=True)
    rights.write_text(
        "topic read plant/#\nuser ann\ntopic readwrite plant/#\n"
        "user ben\ntopic readwrite plant/ben/#\n"
    )
    return (f"listener {MOSQUITTO} 127.0.0.1\nallow_anonymous true\npassword_file {passwords}\n"
            f"acl_file {rights}\n")


def pub(*arguments: str, port: int = MOSQUITTO) -> None:
    subprocess.run(["mosquitto_pub", "-p", str(port), *arguments], check=False)


def order(text: str, *more: str) -> None:
    pub("-V", "5", "-i", "ann", "-u", "ann", "-P", "ann-secret", "-t", "plant/ann/orders",
        "-m", text, *more)


def sub(*arguments: str, port: int = MOSQUITTO) -> subprocess.Popen[bytes]:
    return stage.run("mosquitto_sub", "-p", str(port), *arguments)


class Raw:
    """What no client library sends: bytes."""

    def __init__(self, name: str, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.settimeout(3)
        identifier = name.encode()
        body = b"\0\4MQTT\5\2\0\x3c\0\0" + bytes([len(identifier)]) + identifier
        self.send(bytes([0x10, len(body)]) + body)

    def send(self, data: bytes) -> None:
        with contextlib.suppress(OSError):  # it may have been thrown out already
            self.socket.sendall(data)
            self.socket.recv(1000)

    def close(self) -> None:
        self.socket.close()


def logins() -> None:
    """A wrong password, in both versions; somebody who may not publish there."""
    for version in ("5", "311"):
        pub("-V", version, "-i", f"typo-{version}", "-u", "ann", "-P", "qwerty", "-t", "plant/x",
            "-m", "hello")
    for version in ("5", "311"):
        pub("-V", version, "-i", f"ben-{version}", "-u", "ben", "-P", "ben-secret", "-q", "1",
            "-t", "plant/ann/valve", "-m", "open")


def asleep() -> None:
    """A laptop is closed: no ping, until the brokers give it up."""
    clients = [sub("-V", version, "-i", name, "-k", "5", "-t", "plant/#", port=port)
               for version, name, port in (("311", "laptop", MOSQUITTO), ("5", "tablet", HIVEMQ))]
    time.sleep(2)
    for client in clients:
        client.send_signal(signal.SIGSTOP)
    time.sleep(12)
    for client in clients:
        client.kill()


def busy() -> None:
    """Its callback takes longer than keep alive allows, and nothing else pings meanwhile."""
    peer = Peer("busy", MOSQUITTO, keep_alive=2)
    peer.subscribe("plant/ann/orders", 1)

    def work(client: object, *_: object) -> None:
        time.sleep(3.5)  # mosquitto looks every five seconds
        client.publish("plant/done", "at last", 0)  # type: ignore[attr-defined]

    peer.client.on_message = work
    order("count all screws")
    time.sleep(4)
    peer.vanish()


def twins() -> None:
    """Two clients of one name, which both connect again as soon as they are thrown out."""
    for port in (MOSQUITTO, HIVEMQ):
        def setup(client: object) -> None:
            client.reconnect_delay_set(1, 1)  # type: ignore[attr-defined]

        pair = [Peer("scada", port, setup=setup) for _ in range(2)]
        time.sleep(4)
        for one in pair:
            one.disconnect()


def too_much() -> None:
    """More than the broker said that it takes: paho looks at neither of the two limits."""
    camera = Peer("camera-2", HIVEMQ)
    camera.publish("plant/camera-2/picture", bytes(5000), 1, wait=False)
    time.sleep(1)
    camera.vanish()
    # Nor does this one, whose eight messages are on their way at once.
    flood = Raw("flood", HIVEMQ)
    body = b"\0\x0dplant/flood/x%c%c\0drop"
    flood.send(b"".join(bytes([0x32, len(one)]) + one for one in (
        body % (0, number) for number in range(1, 9))))
    time.sleep(0.5)
    flood.close()


def silent() -> None:
    """Takes messages and acknowledges none."""
    deaf = Peer("deaf", MOSQUITTO, manual_ack=True, connect={"ReceiveMaximum": 3})
    deaf.subscribe("plant/ann/orders", 1)
    for number in range(5):
        order(f"order {number}", "-q", "1")
    time.sleep(2)
    deaf.disconnect()


def slow() -> None:
    """Acknowledges, seconds later."""
    peer = Peer("slow", MOSQUITTO, manual_ack=True)
    peer.subscribe("plant/ann/orders", 1)
    for number in range(3):
        order(f"late order {number}", "-q", "1")
        job = peer.message()
        time.sleep(0.9 * (number + 1))
        peer.client.ack(job.mid, job.qos)
    time.sleep(0.2)
    peer.disconnect()


def broken() -> None:
    """Clients that were written in an afternoon."""
    for port in (MOSQUITTO, HIVEMQ):
        for name, data in (
            ("latin-1", b"\x30\x10\0\x0cplant/k\xfchler\0!"),  # ISO 8859-1 where UTF-8 has to be
            ("no-number", b"\x32\x0c\0\x06pump/1\0\0\0!"),  # packet identifier 0
            ("wildcard", b"\x30\x0b\0\x07plant/#\0!"),  # a filter where a topic has to be
            ("alias-99", b"\x30\x08\0\0\3\x23\0\x63on"),  # a topic alias that nobody set
        ):
            client = Raw(name, port)
            client.send(data)
            time.sleep(0.3)
            client.close()


def main() -> None:
    dumpcap = stage.record("trouble", [MOSQUITTO, HIVEMQ])
    brokers = [stage.mosquitto(mosquitto_config()), stage.hivemq(HIVEMQ_CONFIG)]
    sleeper = threading.Thread(target=asleep)
    sleeper.start()
    for scene in (logins, busy, twins, too_much, silent, slow, broken):
        scene()
    sleeper.join()
    stage.finish(dumpcap)
    for broker in brokers:
        broker.terminate()


if __name__ == "__main__":
    try:
        main()
    finally:
        stage.clean_up()
