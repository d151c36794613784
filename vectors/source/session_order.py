# SPDX-License-Identifier: MIT
"""Who may speak when: CONNECT, CONNACK, DISCONNECT, PINGRESP, session present, keep alive."""

from __future__ import annotations

from collections.abc import Iterator

from .cases import Case
from .catalogue import BEFORE_CONNACK, BEFORE_CONNECT
from .session_packets import Packets, broken, c, kept, method, prop, s

V3, V5 = 4, 5


def first(version: int) -> Iterator[Case]:
    """3.1.0-1: the first packet of a client is CONNECT; 3.1.0-2: and no other one is."""
    p = Packets(version)
    yield kept("connect comes first", version, c(p.connect()), s(p.connack()), ids="3.1.0-1")
    packets = {
        "publish": p.publish(),
        "publish qos 1": p.publish(packet_id=1),
        "subscribe": p.subscribe(1),
        "unsubscribe": p.unsubscribe(1),
        "pingreq": p.pingreq(),
        "disconnect": p.disconnect(),
    }
    if version == 5:
        packets["auth"] = p.auth(method())
    for name, packet in {
        "puback": p.puback(1),
        "pubrec": p.pubrec(1),
        "pubrel": p.pubrel(1),
        "pubcomp": p.pubcomp(1),
    }.items():
        yield broken(
            f"{name} comes first", version, c(packet), rule="first_packet", ids="3.1.0-1",
            comment=BEFORE_CONNECT,
        )
    for name, packet in packets.items():
        key = f"{name} comes first"
        yield broken(key, version, c(packet), rule="first_packet", ids="3.1.0-1")
    yield kept("one connect", version, p.hello(), c(p.publish()), ids="3.1.0-2")
    rule = "second_connect"
    yield broken("connect twice", version, p.hello(), c(p.connect()), rule=rule, ids="3.1.0-2")
    later = [p.hello(), c(p.pingreq()), s(p.pingresp()), c(p.connect(client_id="d"))]
    yield broken("connect of another later", version, *later, rule=rule, ids="3.1.0-2")
    yield broken(
        "connect twice before connack", version, c(p.connect(), p.connect()), rule=rule,
        ids="3.1.0-2",
    )


def connack(version: int) -> Iterator[Case]:
    """3.2.0-1, and 5.0's 3.2.0-2: CONNACK comes first of the server's packets, and once."""
    p = Packets(version)
    yield kept(
        "packets after connack", version,
        c(p.connect(), p.subscribe(1), p.pingreq()),
        s(p.connack(), p.suback(1), p.publish(), p.pingresp()), ids="3.2.0-1",
        comment="the client need not wait for CONNACK (3.1.4)",
    )
    early = {
        "publish": [c(p.connect()), s(p.publish())],
        "suback": [c(p.connect(), p.subscribe(1)), s(p.suback(1))],
        "unsuback": [c(p.connect(), p.unsubscribe(1)), s(p.unsuback(1))],
        "puback": [c(p.connect(), p.publish(packet_id=1)), s(p.puback(1))],
        "pubrec": [c(p.connect(), p.publish(packet_id=1, qos=2)), s(p.pubrec(1))],
        "pingresp": [c(p.connect(), p.pingreq()), s(p.pingresp())],
    }
    for name, steps in early.items():
        key = f"{name} before connack"
        yield broken(
            key, version, *steps, rule="before_connack", ids="3.2.0-1", comment=BEFORE_CONNACK
        )
    twice = [p.hello(), s(p.connack())]
    rule = "second_connack"
    if version == 5:
        yield kept("one connack", version, p.hello(), s(p.publish()), ids="3.2.0-2")
        yield broken("connack twice", version, *twice, rule=rule, ids="3.2.0-2")
        late = [p.hello(), s(p.publish()), s(p.connack(code=0x80))]
        yield broken("connack refuses later", version, *late, rule=rule, ids="3.2.0-2")
        yield kept(
            "auth before connack", version, c(p.connect(method())), s(p.auth(method())),
            ids="3.2.0-1 4.12.0-2",
        )
        auth = [c(p.connect(method())), s(p.auth(method())), s(p.publish())]
        key = "publish after auth before connack"
        yield broken(key, version, *auth, rule="before_connack", ids="3.2.0-1")
    else:
        yield broken(
            "connack twice", version, *twice, rule=rule, section="3.2", result="choice",
            level="MAY", comment="CONNACK answers CONNECT, of which there is one; no statement "
            "of 3.1.1 forbids a second answer",
        )


def refusal(version: int) -> Iterator[Case]:
    """What follows a CONNACK that refuses: the server closes, and ignores what comes."""
    p = Packets(version)
    code = 0x87 if version == 5 else 5
    ids = "3.2.2-7 4.13.2-1" if version == 5 else "3.2.2-5"
    refused = [c(p.connect()), s(p.connack(code=code))]
    checks = "3.1.4" if version == 4 else None  # 5.0 has a statement: 3.1.4-2
    yield kept("connack refuses", version, *refused, ids=ids, section=checks)
    ignored = "3.1.4-6" if version == 5 else "3.1.4-5"
    yield kept(
        "packets of the client after a refusal", version, *refused, c(p.publish(), p.pingreq()),
        ids=ignored, comment="they may have been on their way; the server ignores them",
    )
    yield kept(
        "packets of the client before a refusal", version,
        c(p.connect(), p.subscribe(1), p.publish(packet_id=2)), s(p.connack(code=code)),
        ids=ignored, comment="the server answers none of them",
    )
    rule = "after_refusal"
    steps = [c(p.connect()), s(p.connack(code=code), p.publish())]
    yield broken("publish after a refusal", version, *steps, rule=rule, ids=ids, section=checks)
    for name, before, after in [
        ("suback", p.subscribe(1), p.suback(1)),
        ("puback", p.publish(packet_id=1), p.puback(1)),
        ("pingresp", p.pingreq(), p.pingresp()),
    ]:
        steps = [c(p.connect(), before), s(p.connack(code=code), after)]
        key = f"{name} after a refusal"
        comment = "it answers what the server had to ignore"
        processed = f"{ids} {ignored}"
        yield broken(key, version, *steps, rule=rule, ids=processed, comment=comment)
    lowest = 0x80 if version == 5 else 1
    steps = [c(p.connect()), s(p.connack(code=lowest), p.publish())]
    yield broken("publish after the lowest refusal", version, *steps, rule=rule, ids=ids)
    if version == 5:
        steps = [c(p.connect(method())), s(p.connack(code=0x8C), p.auth(method()))]
        key = "auth after a refusal"
        yield broken(key, version, *steps, rule=rule, ids="3.2.2-7 3.2.0-1 4.13.2-1")
        yield kept(
            "auth of the client after a refusal", version, c(p.connect(method())),
            s(p.auth(method())), s(p.connack(code=0x87)), c(p.auth(method())), ids="3.1.4-6",
        )


def disconnect(version: int) -> Iterator[Case]:
    """3.14.4-1, 3.14.4-2: nothing follows DISCONNECT from its sender; 5.0's 3.14.0-1."""
    p = Packets(version)
    ids = "3.14.4-1 3.14.4-2"
    rule = "after_disconnect"
    yield kept("client disconnects", version, p.hello(), c(p.publish(), p.disconnect()), ids=ids)
    yield kept(
        "packets of the server after the client's disconnect", version, p.hello(),
        c(p.disconnect()), s(p.publish(), p.publish(packet_id=1)), ids=ids,
        comment="they may have been on their way",
    )
    yield kept(
        "client disconnects before connack", version, c(p.connect(), p.disconnect()), ids=ids
    )
    for name, packet in [
        ("publish", p.publish()),
        ("pingreq", p.pingreq()),
        ("subscribe", p.subscribe(1)),
        ("a second disconnect", p.disconnect()),
        ("connect", p.connect()),
    ]:
        steps = [p.hello(), c(p.disconnect(), packet)]
        yield broken(f"{name} after disconnect", version, *steps, rule=rule, ids=ids)
    if version == 5:
        yield from server_disconnect()


def server_disconnect() -> Iterator[Case]:
    p = Packets(V5)
    ids = "3.14.4-1 3.14.4-2"
    rule = "after_disconnect"
    down = p.disconnect(code=0x8B)
    yield kept("server disconnects", V5, p.hello(), s(p.publish(), down), ids=ids + " 3.14.0-1")
    yield kept(
        "packets of the client after the server's disconnect", V5, p.hello(), s(down),
        c(p.publish(), p.publish(packet_id=1), p.disconnect()), ids=ids,
        comment="they may have been on their way",
    )
    for name, packet in [
        ("publish", p.publish()),
        ("a second disconnect", p.disconnect(code=0x98)),
        ("pingresp", p.pingresp()),
    ]:
        steps = [p.hello(), c(p.pingreq()), s(down, packet)]
        yield broken(f"{name} after the server's disconnect", V5, *steps, rule=rule, ids=ids)
    rule = "early_disconnect"
    steps = [c(p.connect()), s(down)]
    yield broken("server disconnects before connack", V5, *steps, rule=rule, ids="3.14.0-1")
    steps = [c(p.connect(method())), s(p.auth(method()), p.disconnect(code=0x82))]
    key = "server disconnects within authentication"
    yield broken(key, V5, *steps, rule=rule, ids="3.14.0-1")
    steps = [c(p.connect()), s(p.connack(code=0x80), p.disconnect(code=0x80))]
    yield broken("server disconnects after a refusal", V5, *steps, rule=rule, ids="3.14.0-1")


def session_present(version: int) -> Iterator[Case]:
    p = Packets(version)
    ids = "3.2.2-2" if version == 5 else "3.2.2-1"
    yield kept("clean start and no session", version, p.hello(), ids=ids)
    steps = [c(p.connect(clean=False)), s(p.connack(present=True))]
    yield kept("a session goes on", version, *steps, ids=ids)
    steps = [c(p.connect(clean=False)), s(p.connack())]
    yield kept("there is no session to go on", version, *steps, ids=ids)
    steps = [c(p.connect()), s(p.connack(present=True, here="session_present"))]
    rule, field = "session_present_clean", "session_present"
    key = "session present after a clean start"
    yield broken(key, version, *steps, rule=rule, field=field, ids=ids)


def pings(version: int) -> Iterator[Case]:
    p = Packets(version)
    yield kept(
        "pings", version, p.hello(), c(p.pingreq(), p.pingreq()), s(p.pingresp(), p.pingresp()),
        ids="3.12.4-1",
    )
    comment = "PINGRESP answers PINGREQ; no statement forbids one that nobody asked for"
    steps = {
        "pingresp unasked": [p.hello(), s(p.pingresp())],
        "pingresp twice": [p.hello(), c(p.pingreq()), s(p.pingresp(), p.pingresp())],
    }
    for key, talk in steps.items():
        yield broken(
            key, version, *talk, rule="pingresp_unasked", section="3.13", result="choice",
            level="MAY", comment=comment,
        )


def keep_alive(version: int) -> Iterator[Case]:
    """Steps have their time here.  The server closes after one and a half times the keep alive."""
    p = Packets(version)
    ids = "3.1.2-22" if version == 5 else "3.1.2-24"
    rule = "keep_alive_exceeded"
    begin = [c(p.connect(keep_alive=10), at=0), s(p.connack(), at=0)]
    yield kept(
        "pings within the keep alive", version, *begin, c(p.pingreq(), at=10), s(p.pingresp()),
        c(p.pingreq(), at=20), ids=ids,
    )
    yield kept("one and a half keep alive", version, *begin, c(p.pingreq(), at=15), ids=ids)
    yield broken(
        "more than one and a half keep alive", version, *begin, c(p.pingreq(), at=15.001),
        rule=rule, ids=ids, comment="the connection should have been closed by then",
    )
    yield broken(
        "more than one and a half keep alive later", version, *begin, c(p.publish(), at=14),
        s(p.publish(), at=28), c(p.publish(), at=30), rule=rule, ids=ids,
        comment="only packets of the client count",
    )
    begin = [c(p.connect(keep_alive=0), at=0), s(p.connack(), at=0)]
    yield kept("no keep alive", version, *begin, c(p.pingreq(), at=200000), ids=ids)
    if version == 5:
        asked = prop("server_keep_alive", 10)
        for key, own in [("shorter", 100), ("longer", 1), ("some", 0)]:
            talk = [c(p.connect(keep_alive=own), at=0), s(p.connack(asked), at=0)]
            name = f"server asks for a keep alive, {key}"
            yield kept(name + ", kept", V5, *talk, c(p.pingreq(), at=15), ids="3.1.2-21 3.1.2-22")
            late = c(p.pingreq(), at=15.001)
            ids = "3.1.2-21 3.1.2-22"
            yield broken(name + ", exceeded", V5, *talk, late, rule=rule, ids=ids)
        talk = [c(p.connect(keep_alive=1), at=0)]
        talk += [s(p.connack(prop("server_keep_alive", 0)), at=0), c(p.pingreq(), at=200000)]
        yield kept("server wants no keep alive", V5, *talk, ids="3.1.2-21")


def build(version: int) -> Iterator[Case]:
    yield from first(version)
    yield from connack(version)
    yield from refusal(version)
    yield from disconnect(version)
    yield from session_present(version)
    yield from pings(version)
    yield from keep_alive(version)
