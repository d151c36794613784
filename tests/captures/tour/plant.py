# SPDX-License-Identifier: MIT
"""The plant, on a good day: HiveMQ CE with sensors, a dashboard, workers, a historian."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
import time

import stage
from peer import Peer

TCP, WEBSOCKET, TLS = 1883, 8000, 8883
SECONDS = 16
LINE = "plant/vienna/hall-3/line-2"


def listeners() -> str:
    store = stage.WORK / "hivemq.jks"
    bound = "<bind-address>127.0.0.1</bind-address>"
    return f"""<listeners>
        <tcp-listener><port>{TCP}</port>{bound}</tcp-listener>
        <websocket-listener><port>{WEBSOCKET}</port>{bound}<path>/mqtt</path>
            <subprotocols><subprotocol>mqtt</subprotocol></subprotocols></websocket-listener>
        <tls-tcp-listener><port>{TLS}</port>{bound}<tls>
            <keystore><path>{store}</path><password>made-for-this</password>
            <private-key-password>made-for-this</private-key-password></keystore>
            <client-authentication-mode>NONE</client-authentication-mode></tls></tls-tcp-listener>
    </listeners>"""


def pub(*arguments: str) -> None:
    subprocess.run(["mosquitto_pub", "-V", "5", "-p", str(TCP), *arguments], check=True)


def worker(name: str, seconds: float) -> tuple[Peer, threading.Thread]:
    """Acknowledges a job when it is done, which takes so long."""
    peer = Peer(name, TCP, manual_ack=True)
    peer.subscribe("$share/crew/jobs/#", 1)

    def work() -> None:
        while (job := peer.messages.get()) is not None:
            time.sleep(seconds)
            peer.client.ack(job.mid, job.qos)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return peer, thread


def stop_work(peer: Peer, thread: threading.Thread) -> None:
    peer.messages.put(None)  # type: ignore[arg-type]
    thread.join()
    peer.disconnect()


def oven() -> None:
    """Is cut off, so that its will is published."""
    peer = Peer("oven-4", TCP, keep_alive=10, setup=lambda client: client.will_set(
        f"{LINE}/oven-4/status", "offline", 1, True))
    peer.publish(f"{LINE}/oven-4/status", "online", 1, True)
    for degrees in range(210, 214):
        peer.publish(f"{LINE}/oven-4/temperature", str(degrees), 1)
        time.sleep(0.8)
    peer.vanish()


def tablet() -> None:
    """Over WebSocket, with QoS 2: a recipe must not be started twice."""
    peer = Peer("tablet", WEBSOCKET, transport="websockets",
                setup=lambda client: client.ws_set_options(path="/mqtt"))
    peer.subscribe(f"{LINE}/batch", 2)
    for number in (1, 2):
        peer.publish(f"{LINE}/batch", json.dumps({"recipe": "rye", "number": number}), 2,
                     ContentType="application/json", PayloadFormatIndicator=1)
        peer.message()
        time.sleep(0.7)
    peer.disconnect()


def gateway() -> None:
    """In TLS, whose secrets get into the capture."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(stage.WORK / "hivemq.pem")
    context.check_hostname = False
    context.keylog_filename = str(stage.WORK / "plant.keys")

    def setup(client: object) -> None:
        client.tls_set_context(context)  # type: ignore[attr-defined]
        client.username_pw_set("gateway", "correct horse")  # type: ignore[attr-defined]

    peer = Peer("gateway", TLS, setup=setup)
    for number in range(3):
        peer.publish("plant/vienna/gateway/uplink", f"frame {number}", 1)
        time.sleep(0.5)
    peer.disconnect()


def historian() -> None:
    """Goes and comes back to its session, where messages wait."""
    kept = {"SessionExpiryInterval": 300}
    first = Peer("historian", TCP, clean=False, connect=kept)
    first.subscribe(f"{LINE}/boiler-1/temperature", 1, SubscriptionIdentifier=7)
    time.sleep(3)
    first.disconnect()
    time.sleep(4)
    again = Peer("historian", TCP, clean=False, connect=kept)
    time.sleep(3)
    again.disconnect(SessionExpiryInterval=0)


def main() -> None:
    (stage.WORK / "plant.keys").unlink(missing_ok=True)
    dumpcap = stage.record("plant", [TCP, WEBSOCKET, TLS])
    broker = stage.hivemq(listeners())
    pub("-i", "engineer", "-q", "1", "-r", "-t", f"{LINE}/recipe", "-m", '{"recipe": "rye"}')
    programs = [
        stage.run("node", stage.HERE / "dashboard.cjs", str(WEBSOCKET), str(SECONDS + 3),
                  env={"PATH": "/usr/bin:/bin", "NODE_PATH": str(stage.WORK / "node_modules")}),
    ]
    time.sleep(1)
    programs += [
        stage.run(stage.WORK / "go" / "peers", "boiler", str(TCP), str(SECONDS)),
        stage.run(stage.WORK / "rust" / "target" / "release" / "meter", str(TCP), str(SECONDS)),
        stage.java("Press", str(TCP), str(SECONDS - 2)),
    ]
    crew = [worker("worker-1", 0.05), worker("worker-2", 1.6)]
    scenes = [threading.Thread(target=scene) for scene in (oven, tablet, gateway, historian)]
    for scene in scenes:
        scene.start()
    for number in range(6):
        pub("-i", "planner", "-q", "1", "-t", "jobs/pack", "-m", f"pallet {number}")
        if number % 3 == 0:
            subprocess.run(["mosquitto_rr", "-V", "5", "-p", str(TCP), "-i", "operator", "-q", "1",
                            "-t", f"{LINE}/boiler-1/setpoint/get", "-m", "now?",
                            "-e", "answers/operator", "-W", "5"], check=True)
        time.sleep(1)
    for scene in scenes:
        scene.join()
    for program in programs:
        program.wait(60)
    for peer, thread in crew:
        stop_work(peer, thread)
    stage.finish(dumpcap)
    broker.terminate()


if __name__ == "__main__":
    try:
        main()
    finally:
        stage.clean_up()
