# SPDX-License-Identifier: MIT
"""What the library looks like from outside: symbols, stack use, sizes, headers.

symbols.py SOURCES SHARED STATIC [SHARED-KIT STATIC-KIT]: run by Meson.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

STACK_LIMIT = 1024  # bytes in one function, at -O2
SIZES = {  # bytes, on a 64-bit machine
    "struct mqw_packet": 1000,
    "struct mqw_result": 16,
    "struct mqw_properties": 400,
    "struct mqw_options": 24,
    "struct mqw_connection": 264,
    "struct mqw_exchange": 32,
    "struct mqw_seen": 200,
}
HEADERS = (
    "mqttwire/mqttwire.h",
    "mqttwire/tables.h",
    "mqttwire/connection.h",
    "mqttwire/lists.h",
    "mqttwire_fuzz.h",
)
CODEC = {"mqw_decode", "mqw_encode", "mqw_frame", "mqw_explain"}
KIT = {"mqw_mutate", "mqw_crossover", "mqw_generate", "mqw_generate_broken"}
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wcast-qual", "-Werror")


def output(*command: str | Path) -> str:
    done = subprocess.run(
        [str(word) for word in command], check=False, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{' '.join(str(word) for word in command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def defined(*nm: str | Path) -> set[str]:
    """Names of symbols; `nm -P` has the name first."""
    return {
        line.split()[0].split("@")[0]
        for line in output("nm", "-P", *nm).splitlines()
        if " " in line
    }


def check_symbols(shared: Path, static: Path, some: set[str]) -> None:
    exported = defined("-D", "--defined-only", shared)
    others = {name for name in exported if not re.match(r"mqw_[a-z]", name)}
    assert not others, f"exported: {others}"
    assert some <= exported, exported
    others = {n for n in defined("-g", "--defined-only", static) if not re.match(r"mqw_", n)}
    assert not others, f"global in the static library: {others}"
    print(f"{len(exported)} exported symbols")


def check_stack(sources: Path, compiler: str, folder: Path) -> None:
    uses: list[tuple[int, str]] = []
    for source in sorted((sources / "codec").glob("*.c")):
        target = folder / f"{source.stem}.o"
        output(
            compiler, "-std=c11", "-O2", "-fstack-usage", "-I", sources / "include",
            "-c", source, "-o", target,
        )  # fmt: skip
        for line in target.with_suffix(".su").read_text().splitlines():
            place, size, kind = line.split("\t")
            assert kind in ("static", "dynamic,bounded"), line
            uses.append((int(size), place.rsplit(":", 1)[-1]))
    uses.sort(reverse=True)
    print("largest stack frames:", ", ".join(f"{name} {size}" for size, name in uses[:5]))
    assert uses[0][0] <= STACK_LIMIT, uses[0]


def check_headers(sources: Path, folder: Path) -> None:
    include = sources / "include"
    sizes = "".join(
        f'MQW_ASSERT(sizeof({name}) <= {size}, "{name}");\n' for name, size in SIZES.items()
    )
    for compiler, standard, suffix in (
        ("gcc", "c11", "c"),
        ("clang", "c11", "c"),
        ("g++", "c++17", "cpp"),
        ("clang++", "c++17", "cpp"),
    ):
        if not shutil.which(compiler):
            print(f"no {compiler}")
            continue
        checked = "static_assert" if suffix == "cpp" else "_Static_assert"
        for header in HEADERS:
            program = folder / f"alone.{suffix}"
            text = f"#include <{header}>\n#include <{header}>\n"
            if header == "mqttwire/mqttwire.h":
                text += f"#define MQW_ASSERT {checked}\n{sizes}"
            program.write_text(text + "int one(void);\nint one(void) { return 1; }\n")
            folders = ("-I", include, "-I", sources / "fuzz" / "kit")
            output(compiler, f"-std={standard}", *WARNINGS, *folders, "-fsyntax-only", program)


def main() -> None:
    sources, shared, static, *kit = (Path(name) for name in sys.argv[1:])
    check_symbols(shared, static, CODEC)
    if kit:
        check_symbols(kit[0], kit[1], KIT)
    with tempfile.TemporaryDirectory() as name:
        check_headers(sources, Path(name))
        if shutil.which("gcc"):
            check_stack(sources, "gcc", Path(name))


if __name__ == "__main__":
    main()
