# SPDX-License-Identifier: MIT
"""Captures written by hand: link layers, TCP, pcap and pcapng, MQTT packets, WebSocket frames."""

import ipaddress
import struct
import zlib

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16

# Numbers of link types, as they stand in files.
NULL, ETHERNET, RAW, LOOP, SLL, IPV4, IPV6, SLL2 = 0, 1, 101, 108, 113, 228, 229, 276


# ---- MQTT ----------------------------------------------------------------------------------------


def varint(value):
    out = bytearray()
    while True:
        value, digit = divmod(value, 128)
        out.append(digit | (0x80 if value else 0))
        if not value:
            return bytes(out)


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(value)) + value


def packet(first, *parts):
    body = b"".join(parts)
    return bytes([first]) + varint(len(body)) + body


def properties(version, *parts):
    body = b"".join(parts)
    return varint(len(body)) + body if version == 5 else b""


def u16(value):
    return struct.pack(">H", value)


def connect(version, client_id="c", *props, keep_alive=60):
    name = text("MQIsdp") if version == 3 else text("MQTT")
    return packet(0x10, name, bytes([version, 2]), u16(keep_alive), properties(version, *props),
                  text(client_id))


def connack(version, *props, code=0):
    return packet(0x20, bytes([0, code]), properties(version, *props))


def publish(version, topic, payload=b"", *props, qos=0, packet_id=None, dup=False):
    return packet(0x30 | qos << 1 | dup << 3, text(topic), u16(packet_id) if qos else b"",
                  properties(version, *props), payload)


def ack(kind, packet_id):
    return packet(kind << 4 | (2 if kind == 6 else 0), u16(packet_id))


def subscribe(version, packet_id, *filters):
    return packet(0x82, u16(packet_id), properties(version), *(text(f) + b"\1" for f in filters))


def suback(version, packet_id, *codes):
    return packet(0x90, u16(packet_id), properties(version), bytes(codes))


PINGREQ, PINGRESP, DISCONNECT = b"\xc0\0", b"\xd0\0", b"\xe0\0"


def alias(number):
    return b"\x23" + u16(number)


ALIASES = b"\x22" + u16(10)  # Topic Alias Maximum


def exchange(version):
    """A conversation with every length of fixed header that is cheap: (sender, packet), ..."""
    use = (lambda n: [alias(n)]) if version == 5 else lambda n: []
    again = "" if version == 5 else "a/b"
    more = "" if version == 5 else "c/d"
    return [
        ("client", connect(version, "split", *([ALIASES] if version == 5 else []))),
        ("server", connack(version, *([ALIASES] if version == 5 else []))),
        ("client", subscribe(version, 1, "a/#", "c/d")),
        ("server", suback(version, 1, 1, 1)),
        ("client", publish(version, "a/b", b"x" * 130, *use(1))),
        ("server", publish(version, "c/d", b"y" * 3, *use(1))),
        ("client", publish(version, again, b"0\x10\xe0\0", *use(1), qos=1, packet_id=7)),
        ("server", ack(4, 7)),
        ("server", publish(version, more, b"", *use(1), qos=2, packet_id=9)),
        ("client", ack(5, 9)),
        ("server", ack(6, 9)),
        ("client", ack(7, 9)),
        ("client", PINGREQ),
        ("server", PINGRESP),
        ("client", DISCONNECT),
    ]


# ---- WebSocket -----------------------------------------------------------------------------------

UPGRADE = (b"GET /mqtt HTTP/1.1\r\nHost: broker\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: v1, mqtt\r\n"
           b"Sec-WebSocket-Version: 13\r\n\r\n")
SWITCH = (b"HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nConnection: Upgrade\r\n"
          b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
          b"Sec-WebSocket-Protocol: mqtt\r\n\r\n")


def frame(payload, opcode=2, fin=True, mask=None, reserved=0):
    head = bytes([(0x80 if fin else 0) | reserved << 4 | opcode])
    flag = 0x80 if mask else 0
    if len(payload) < 126:
        head += bytes([flag | len(payload)])
    elif len(payload) < 65536:
        head += bytes([flag | 126]) + u16(len(payload))
    else:
        head += bytes([flag | 127]) + struct.pack(">Q", len(payload))
    if mask:
        payload = bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
        head += mask
    return head + payload


class Deflated:
    """Makes compressed messages of one sender, as permessage-deflate has them."""

    def __init__(self, sender, anew=False, bits=15):
        self.mask = b"\5\6\7\x08" if sender == "client" else None
        self.anew, self.bits, self.zip = anew, bits, None

    def message(self, payload, pieces=1):
        if self.anew or not self.zip:
            self.zip = zlib.compressobj(wbits=-self.bits)
        body = (self.zip.compress(payload) + self.zip.flush(zlib.Z_SYNC_FLUSH))[:-4]
        step = max(1, -(-len(body) // pieces))
        parts = [body[at:at + step] for at in range(0, len(body), step)]
        return b"".join(
            frame(part, opcode=0 if n else 2, fin=n == len(parts) - 1, mask=self.mask,
                  reserved=0 if n else 4)
            for n, part in enumerate(parts))


# ---- Link layers: what is put before an IP packet ------------------------------------------------


def _ethertype(ip):
    return 0x86DD if ip[0] >> 4 == 6 else 0x0800


def ethernet(ip):
    return bytes(12) + u16(_ethertype(ip)) + ip + bytes(max(0, 46 - len(ip)))  # padded


def vlan(ip):
    return bytes(12) + b"\x81\0\0\7" + u16(_ethertype(ip)) + ip


def qinq(ip):
    return bytes(12) + b"\x88\xa8\0\7\x81\0\0\x08" + u16(_ethertype(ip)) + ip


def pppoe(ip):
    protocol = 0x57 if ip[0] >> 4 == 6 else 0x21
    return (bytes(12) + b"\x88\x64\x11\0\0\1" + u16(len(ip) + 2) + u16(protocol) + ip)


def sll(ip):
    return struct.pack(">HHH8sH", 0, 1, 6, bytes(8), _ethertype(ip)) + ip


def sll2(ip):
    return struct.pack(">HHIHBB8s", _ethertype(ip), 0, 1, 1, 0, 6, bytes(8)) + ip


def null(ip):
    return struct.pack("<I", 30 if ip[0] >> 4 == 6 else 2) + ip


def null_swapped(ip):
    return struct.pack(">I", 10 if ip[0] >> 4 == 6 else 2) + ip


def raw(ip):
    return ip


LINKS = {
    "ethernet": (ETHERNET, ethernet), "vlan": (ETHERNET, vlan), "qinq": (ETHERNET, qinq),
    "pppoe": (ETHERNET, pppoe), "sll": (SLL, sll), "sll2": (SLL2, sll2), "null": (NULL, null),
    "null-swapped": (NULL, null_swapped), "loop": (LOOP, null_swapped), "raw": (RAW, raw),
}


# ---- IP and TCP ----------------------------------------------------------------------------------


def ipv4(source, target, body, options=b"", fragment=0, protocol=6):
    size = 20 + len(options)
    return struct.pack(">BBHHHBBH4s4s", 0x40 | size // 4, 0, size + len(body), 1, fragment, 64,
                       protocol, 0, source.packed, target.packed) + options + body


def ipv6(source, target, body, headers=b"", first=6):
    return struct.pack(">IHBB16s16s", 6 << 28, len(headers) + len(body), first, 64, source.packed,
                       target.packed) + headers + body


def fragments(packet, size, number):
    """The fragments of an IP packet without options; size: of what each holds."""
    out = []
    if packet[0] >> 4 == 4:
        head, body = packet[:20], packet[20:]
    else:
        head, body = packet[:40], packet[40:]
    for at in range(0, len(body), size):
        part, more = body[at:at + size], at + size < len(body)
        if len(head) == 20:
            out.append(head[:2] + struct.pack(">HHH", 20 + len(part), number & 0xFFFF,
                                              at // 8 | (0x2000 if more else 0)) +
                       head[8:] + part)
        else:
            between = struct.pack(">BBHI", head[6], 0, at | more, number)
            out.append(head[:4] + u16(8 + len(part)) + bytes([44]) + head[7:] + between + part)
    return out


def tcp(source, target, seq, ack_number, flags, payload=b"", options=b""):
    return struct.pack(">HHIIBBHHH", source, target, seq % 2**32, ack_number % 2**32,
                       (20 + len(options)) // 4 << 4, flags, 65535, 0, 0) + options + payload


class Capture:
    """Frames in order, as (time in nanoseconds, bytes that were captured, bytes on the wire)."""

    def __init__(self, link="ethernet", time=1_700_000_000_000_000_000, step=1_000_000):
        self.type, self.wrap = LINKS[link]
        self.time, self.step = time, step
        self.frames = []

    def add(self, ip, keep=None):
        data = self.wrap(ip)
        self.frames.append((self.time, data[:keep], len(data)))
        self.time += self.step

    def pcap(self, order="<", nano=False):
        magic = 0xA1B23C4D if nano else 0xA1B2C3D4
        out = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, self.type)]
        for time, data, size in self.frames:
            part = time % 10**9 // (1 if nano else 1000)
            out.append(struct.pack(order + "IIII", time // 10**9, part, len(data), size) + data)
        return b"".join(out)

    def pcapng(self, order="<", resolution=None, secrets=None, secrets_first=False):
        """
        resolution: the option's byte; None leaves it out, which means microseconds.  secrets: a key
        log, which comes before the first frame, or before the interface, too.
        """

        def block(kind, body):
            body += bytes(-len(body) % 4)
            size = struct.pack(order + "I", len(body) + 12)
            return struct.pack(order + "I", kind) + size + body + size

        options = b""
        if resolution is not None:
            options = struct.pack(order + "HHB3xHH", 9, 1, resolution, 0, 0)
        unit = 10**6 if resolution is None else 10**resolution
        if resolution is not None and resolution & 0x80:
            unit = 2 ** (resolution & 0x7F)
        out = [block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)),
               block(1, struct.pack(order + "HHI", self.type, 0, 262144) + options)]
        if secrets is not None:
            body = struct.pack(order + "II", 0x544C534B, len(secrets)) + secrets
            out.insert(1 if secrets_first else 2, block(10, body))
        for time, data, size in self.frames:
            ticks = time * unit // 10**9
            out.append(block(6, struct.pack(order + "IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF,
                                            len(data), size) + data))
        return b"".join(out)


class Connection:
    """A TCP connection whose segments go to a capture; what is sent is acknowledged at once."""

    def __init__(self, capture, port=40000, server_port=1883, client="10.0.0.1", server="10.0.0.2",
                 client_isn=1000, server_isn=5000, acknowledge=True):
        self.capture = capture
        self.address = {"client": ipaddress.ip_address(client),
                        "server": ipaddress.ip_address(server)}
        self.port = {"client": port, "server": server_port}
        self.next = {"client": client_isn, "server": server_isn}
        self.acknowledge = acknowledge

    def other(self, sender):
        return "server" if sender == "client" else "client"

    def segment(self, sender, seq, payload=b"", flags=ACK, keep=None, ack_number=None, **ip):
        """One segment with any sequence number; nothing is remembered."""
        other = self.other(sender)
        if ack_number is None:
            ack_number = self.next[other]
        body = tcp(self.port[sender], self.port[other], seq, ack_number, flags, payload)
        wrap = ipv4 if self.address[sender].version == 4 else ipv6
        self.capture.add(wrap(self.address[sender], self.address[other], body, **ip), keep)

    def open(self):
        self.segment("client", self.next["client"], flags=SYN, ack_number=0)
        self.next["client"] += 1
        self.segment("server", self.next["server"], flags=SYN | ACK)
        self.next["server"] += 1
        self.segment("client", self.next["client"])
        return self

    def send(self, sender, payload, **segment):
        self.segment(sender, self.next[sender], payload, PSH | ACK, **segment)
        self.next[sender] += len(payload)
        if self.acknowledge:
            self.segment(self.other(sender), self.next[self.other(sender)])
        return self

    def lose(self, sender, count):
        """Bytes that were sent and not captured."""
        self.next[sender] += count
        return self

    def talk(self, packets):
        for sender, payload in packets:
            self.send(sender, payload)
        return self

    def close(self, first="client"):
        for sender in (first, self.other(first)):
            self.segment(sender, self.next[sender], flags=FIN | ACK)
            self.next[sender] += 1
        self.segment(first, self.next[first])
        return self

    def reset(self, sender="client"):
        self.segment(sender, self.next[sender], flags=RST | ACK)
        return self


# ---- Reading -------------------------------------------------------------------------------------


def read(module, path, data, **options):
    """All records of a capture, given as bytes or a Capture, and what is known in the end."""
    if isinstance(data, Capture):
        data = data.pcap()
    path.write_bytes(data)
    records, connections = [], {}
    with module.Capture(path, **options) as capture:
        for batch in capture:
            records += batch
            for record in batch:
                if record.connection:
                    connections[record.connection] = capture.connection(record.connection)
        counts = capture.counts()
        for number in connections:
            connections[number] = capture.connection(number)
    return Read(records, connections, counts)


class Read:
    def __init__(self, records, connections, counts):
        self.records = [r for r in records if r.note != "unanswered"]
        self.unanswered = [r for r in records if r.note == "unanswered"]
        self.connections, self.counts = connections, counts

    @property
    def packets(self):
        return [r for r in self.records if r.note is None]

    @property
    def notes(self):
        return [r for r in self.records if r.note is not None]

    def named(self, *names):
        return [r for r in self.records if r.note in names]

    def said(self, connection=None):
        """(sender, bytes) of packets, in order."""
        return [(r.sender, r.data) for r in self.packets if connection in (None, r.connection)]
