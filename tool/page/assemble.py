# SPDX-License-Identifier: MIT
"""Puts the page together: one file, which loads nothing and runs nothing but its own script.

assemble.py OUTPUT page.html page.css codec.wasm MODULE.mjs ...

Modules come one behind the other, each after what it imports, in one scope: their imports are left
out, so a name means the same in all of them.
"""

from __future__ import annotations

import base64
import hashlib
import re
import sys
import zlib
from collections import Counter
from pathlib import Path

IMPORT = re.compile(r"^import \{[^}]*\} from '\./[a-z]+\.mjs'\n", re.MULTILINE)
TOP_NAME = re.compile(r"^(?:async )?(?:const|let|class|function) (\w+)", re.MULTILINE)


def joined(modules: list[Path]) -> str:
    parts = []
    for path in modules:
        text = IMPORT.sub("", path.read_text(encoding="utf-8"))
        text = text.replace("// SPDX-License-Identifier: MIT\n", "", 1)
        parts.append(re.sub(r"^export ", "", text, flags=re.MULTILINE))
    script = "// SPDX-License-Identifier: MIT\n" + "".join(parts)
    names = Counter(TOP_NAME.findall(script))
    if twice := [name for name, times in names.items() if times > 1]:
        sys.exit(f"assemble: in more than one module: {', '.join(twice)}")
    if re.search(r"^import |</script|<!--", script, re.MULTILINE):
        sys.exit("assemble: this script cannot stand in a page")
    return f"\n{script}"


def digest(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def main(output: str, page: str, style: str, codec: str, *modules: str) -> None:
    script = joined([Path(name) for name in modules])
    css = "\n" + Path(style).read_text(encoding="utf-8")
    packed = zlib.compress(Path(codec).read_bytes(), 9)
    parts = {
        "policy": f"default-src 'none'; script-src {digest(script)} 'wasm-unsafe-eval'; "
        f"style-src {digest(css)}; base-uri 'none'; form-action 'none'",
        "style": css,
        "script": script,
        "codec": base64.b64encode(packed).decode(),
    }
    text = Path(page).read_text(encoding="utf-8")
    for name, part in parts.items():
        before, after = text.split("{{" + name + "}}")
        text = before + part + after
    Path(output).write_text(text, encoding="utf-8")


main(*sys.argv[1:])
