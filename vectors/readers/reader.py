import json
import pathlib
import sys
from collections import Counter


def unfold(wire):  # hex, or a list of hex and recipes
    if isinstance(wire, list):
        return b"".join(map(unfold, wire))
    unit, times = (wire, 1) if isinstance(wire, str) else wire["repeat"]
    return bytes.fromhex(unit) * times


def decode(data, version, sender):  # yours stands here; this one counts bytes
    totals["bytes"] += len(data)


totals = Counter()
for path in pathlib.Path(sys.argv[1]).glob("v*/*.json"):
    suite = json.loads(path.read_text(encoding="utf-8"))
    for vector in suite["vectors"]:
        totals[suite["kind"] + " " + vector["result"]] += 1
        for step in vector.get("steps", [vector]):  # sessions have steps
            if "wire" in step:
                decode(unfold(step["wire"]), vector["version"], step.get("sender"))
print(json.dumps(totals))
