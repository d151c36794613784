import hashlib
import json
import pathlib
import sys
from collections import Counter


def unfold(value, read=bytes.fromhex):  # one string, or a list of strings and recipes
    parts = value if isinstance(value, list) else [value]
    pairs = [part["repeat"] if isinstance(part, dict) else (part, 1) for part in parts]
    return read("").join(read(unit) * times for unit, times in pairs)


def decode(wire, version, sender):  # yours stands here; this one takes everything
    return "accept"


totals, digest = Counter(), hashlib.sha256()
for path in sorted(pathlib.Path(sys.argv[1]).glob("v*/*.json")):
    suite = json.loads(path.read_text(encoding="utf-8"))
    for vector in suite["vectors"] if suite["kind"] == "packets" else []:
        if "wire" not in vector:
            continue  # to be encoded
        wire, packet = unfold(vector["wire"]), vector.get("packet", {})
        result = decode(wire, vector["version"], vector["sender"])
        right = vector["result"] in (result, "choice")  # and what was decoded is `packet`
        totals[vector["result"] + (" right" if right else " wrong")] += 1
        digest.update(wire + unfold(packet.get("topic", ""), str).encode())
        digest.update(unfold(packet.get("payload", "")))
print(json.dumps(totals), digest.hexdigest(), sep="\n")
