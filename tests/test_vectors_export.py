# SPDX-License-Identifier: MIT
"""mqttwire vectors export: each form says what the vectors say."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import vector_samples as samples
from command import mqttwire
from mqttwire_tool.vectors.flat import text as flat_text
from mqttwire_tool.vectors.forms import unfold
from vector_samples import IDS, vectors


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return samples.write(tmp_path_factory.mktemp("vectors"))


def export(folder: Path, tmp_path: Path, form: str, *arguments: str) -> Path:
    path = tmp_path / f"made.{form}"
    done = vectors(folder, "export", "--format", form, "--output", path, *arguments)
    assert (done.code, done.text) == (0, ""), done.err
    return path


def test_flat(folder: Path, tmp_path: Path) -> None:
    head, *rows = export(folder, tmp_path, "flat").read_text().splitlines()
    assert head == "#id\tkind\tversion\tsender\tresult\trule\toffset\tfield\thex"
    cells = {row.split("\t")[0]: row.split("\t")[1:] for row in rows}
    assert cells.keys() == IDS
    assert cells["v5-some-0002"] == [
        *["packets", "5", "client", "reject", "topic_wildcard", "4", "topic", "30050003612f23"]
    ]
    assert cells["v5-some-0005"][-1] == "308480800100016100(61*2097152)00"
    assert cells["v5-some-0006"][-4:] == ["qos_3", "-", "qos", "-"]
    assert cells["v5-names-0001"][-1] == "612f23 61"
    assert cells["v5-names-0003"][2] == "name"
    assert cells["v4-steps-0001"][-1] == ">100d00044d51545404020000000163 <20020000"


def test_flat_packets() -> None:
    assert flat_text(samples.RICH).splitlines() == [
        *["dup=false", "packet_id=10", "payload=", "properties.correlation_data=00ff"],
        "properties.reason_string=(a*300)",
        *["properties.user_properties[0].name=k", "properties.user_properties[0].value=v"],
        *["properties.user_properties[1].name=(n*3)", "properties.user_properties[1].value="],
        *["qos=1", "retain=false", 'topic=\\xc3\\xa4"\\x5c\\x28?', "type=PUBLISH", "version=5"],
    ]
    assert "payload=(61*2097152)00\n" in flat_text(samples.LARGE)


def test_corpus(folder: Path, tmp_path: Path) -> None:
    path = export(folder, tmp_path, "corpus")
    files = {file.name: file.read_bytes() for file in path.iterdir()}
    without = {v["id"] for v in samples.TOPICS} | {"v5-some-0005", "v5-some-0006"}
    assert files.keys() == IDS - without
    assert files["v5-some-0002"] == bytes.fromhex("30050003612f23")
    assert files["v4-steps-0001"] == b"".join(unfold(step["wire"]) for step in samples.HELLO)
    again = vectors(folder, "export", "--format", "corpus", "--output", path, "--id", "*-0001")
    assert (again.code, again.text) == (2, "")  # old files would be among the new ones
    assert "is not empty" in again.err
    some = ["--max-size", "3000000", "--id", "*-0005"]
    path = export(folder, tmp_path / "again", "corpus", *some)
    assert (path / "v5-some-0005").stat().st_size == 2097162


PROGRAM_IN_C = r"""
#include "made.c"
#include <stdio.h>

static void segments(uint32_t count, const struct mqttwire_segment *each)
{
    for (uint32_t i = 0; i < count; i++) {
        printf(each[i].times > 1 ? "(" : "");
        for (uint32_t j = 0; j < each[i].size; j++)
            printf("%02x", each[i].bytes[j]);
        if (each[i].times > 1)
            printf("*%u)", (unsigned)each[i].times);
    }
}

static void text(const char *name, struct mqttwire_text text)
{
    if (!text.present)
        return;
    printf("%s ", name);
    segments(text.segment_count, text.segments);
    printf("\n");
}

int main(void)
{
    for (uint32_t i = 0; i < MQTTWIRE_VECTOR_COUNT; i++) {
        const struct mqttwire_vector *v = &mqttwire_vectors[i];
        printf("%s [%s] [%s] %d %d %d %c %d %d\n", v->id, v->comment ? v->comment : "", v->ids,
               v->kind, v->version, v->result, v->level, v->sender, v->canonical);
        for (uint32_t j = 0; j < v->step_count; j++) {
            printf("wire %d %u ", v->steps[j].sender, (unsigned)v->steps[j].at);
            segments(v->steps[j].segment_count, v->steps[j].segments);
            printf("\n");
        }
        for (uint32_t j = 0; j < v->packet_count; j++)
            printf("packet\n%s", v->packets[j]);
        printf("chunks %d", v->each_chunk);
        for (uint32_t j = 0; j < v->chunk_count; j++)
            printf(" %u", (unsigned)v->chunks[j]);
        printf("\ncheck %d\n", v->check);
        text("name", v->topic_name);
        text("filter", v->topic_filter);
        text("group", v->group);
        text("rest", v->filter);
        if (v->rule) {
            printf("error %s %d %ld %s", v->rule, v->error_class, (long)v->offset, v->field);
            for (uint32_t j = 0; j < v->reason_code_count; j++)
                printf(" %d", v->reason_codes[j]);
            printf("\n");
        }
    }
    return 0;
}
"""
KINDS = ["packets", "streams", "topics", "sessions"]
CHECKS = [None, "name", "filter", "match", "share"]


def in_c(vector: samples.Vector) -> str:
    """What the program says of a vector."""
    [kind] = [kind for kind, each in samples.SUITES.values() if vector in each]
    result = ["accept", "reject", "more", "choice"].index(vector["result"])
    senders = [None, "client", "server"]
    level = {"MUST": "M", "MAY": "A"}[vector["level"]]
    names = " ".join([*vector["ids"], *([vector["section"]] if "section" in vector else [])])
    lines = [
        f"{vector['id']} [{vector.get('comment', '')}] [{names}] {KINDS.index(kind)} "
        f"{vector['version'] or 0} {result} {level} {senders.index(vector.get('sender'))} "
        f"{int(vector.get('canonical', False))}"
    ]
    seconds = 0.0
    for step in vector.get("steps", [vector] if "wire" in vector else []):
        wire = step["wire"]
        digits = (
            wire.replace(" ", "") if isinstance(wire, str) else "308480800100016100(61*2097152)00"
        )
        seconds = step.get("at", seconds)  # without: at once
        lines.append(f"wire {senders.index(step['sender'])} {int(seconds * 1000)} {digits}")
    for packet in vector.get("packets", [vector["packet"]] if "packet" in vector else []):
        lines += ["packet", flat_text(packet).rstrip("\n")]
    chunks = vector.get("chunks", [])
    lines.append(" ".join(map(str, ["chunks", 1] if chunks == "each" else ["chunks", 0, *chunks])))
    lines.append(f"check {CHECKS.index(vector.get('check'))}")
    for name, key in (
        *(("name", "topic_name"), ("filter", "topic_filter")),
        *(("group", "group"), ("rest", "filter")),
    ):
        if key in vector:
            value = vector[key]
            digits = value.encode().hex() if isinstance(value, str) else ""
            if isinstance(value, dict):
                digits = value["hex"]
            elif isinstance(value, list):
                digits = "(612f*199)61"
            lines.append(f"{name} {digits}")
    for error in [each["error"] for each in [vector, *vector.get("steps", [])] if "error" in each]:
        codes = "".join(f" {code}" for code in error["reason_codes"])
        lines.append(f"error {error['rule']} 1 {error.get('offset', -1)} {error['field']}{codes}")
    return "\n".join(lines)


@pytest.mark.parametrize("flags", [["cc", "-std=c99", "-pedantic"], ["c++", "-xc++"]])
def test_c(folder: Path, tmp_path: Path, flags: list[str]) -> None:
    path = export(folder, tmp_path, "c")
    assert re.findall(r"#include.*", path.read_text()) == ["#include <stdint.h>"]
    (tmp_path / "program.c").write_text(PROGRAM_IN_C)
    compiler, *options = flags
    warnings = ["-Wall", "-Wextra", "-Werror", "-Wno-format-zero-length", "-Wno-format-security"]
    subprocess.run(
        [compiler, *warnings, *options, "program.c", "-o", "program"], cwd=tmp_path, check=True
    )
    done = subprocess.run([tmp_path / "program"], capture_output=True, check=True)
    assert done.stdout.decode() == "".join(
        in_c(vector) + "\n" for vector in sorted(samples.ALL, key=order_of)
    )


def test_c_types_alone(folder: Path, tmp_path: Path) -> None:
    export(folder, tmp_path, "c")
    (tmp_path / "program.c").write_text(
        """
        #define MQTTWIRE_VECTOR_TYPES
        #include "made.c"
        const struct mqttwire_vector *mqttwire_vectors; /* no array has this name */
        """
    )
    subprocess.run(["cc", "-Werror", "-fsyntax-only", "program.c"], cwd=tmp_path, check=True)


def order_of(vector: samples.Vector) -> tuple[str, str]:
    """As files are read: by version and by suite."""
    version, suite, _ = vector["id"].split("-")
    return version, suite


def test_c_with_a_long_text(tmp_path: Path) -> None:
    """Longer than C promises that a string literal may be."""
    packet = {**samples.SMALL, "topic": "?" * 70_000}
    file = tmp_path / "some.json"
    file.write_text(samples.suite("some", "packets", [{**samples.PACKETS[0], "packet": packet}]))
    path = export(file, tmp_path, "c")
    check = ["cc", "-Wall", "-Wextra", "-pedantic", "-Werror", "-Wno-unused", "-fsyntax-only"]
    subprocess.run([*check, "-xc", path], check=True)


LUA = """
local vectors = dofile(arg[1]).vectors
local by_id = {}
for _, vector in ipairs(vectors) do by_id[vector.id] = vector end
local v = by_id["v5-some-0005"]
print(#vectors, v.wire[2]["repeat"][1], v.wire[2]["repeat"][2], #v.wire[1], v.packet.type)
print(by_id["v5-some-0002"].error.rule, by_id["v5-names-0003"].topic_name:byte())
print(by_id["v4-steps-0002"].steps[3].error.rule, by_id["v5-some-0007"].packet.topic:byte(1, -1))
"""


@pytest.mark.skipif(
    not any(map(shutil.which, ("lua", "lua5.4", "lua5.3", "lua5.1", "luajit"))), reason="no Lua"
)
def test_lua(folder: Path, tmp_path: Path) -> None:
    path = export(folder, tmp_path, "lua")
    (tmp_path / "program.lua").write_text(LUA)
    for name in filter(shutil.which, ("lua", "lua5.4", "lua5.3", "lua5.1", "luajit")):
        done = subprocess.run(
            [name, tmp_path / "program.lua", path], capture_output=True, text=True, check=True
        )
        assert done.stdout.split() == [
            *["16", "a", "2097152", "9", "PUBLISH", "topic_wildcard", "255", "ack_unknown"],
            *["195", "164", "34", "92", "40", "63"],
        ]


def test_lua_text(folder: Path, tmp_path: Path) -> None:
    """Where there is no Lua: strings have what every Lua reads."""
    text = export(folder, tmp_path, "lua").read_text(encoding="ascii")
    assert '["wire"] = "0\\005\\000\\003a/#"' in text
    assert '{["repeat"] = {"a", 2097152}}' in text


def checksum(data: bytes) -> int:
    """0 where the checksum is in it and right."""
    data += b"\0" * (len(data) % 2)
    total = sum(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total


def test_pcap_checksums(folder: Path, tmp_path: Path) -> None:
    data = export(folder, tmp_path, "pcap").read_bytes()
    assert data[:4].hex() == "d4c3b2a1"
    at, frames, clients = 24, 0, set()
    while at < len(data):
        size = int.from_bytes(data[at + 8 : at + 12], "little")
        ip = data[at + 16 + 14 : at + 16 + size]
        at += 16 + size
        assert int.from_bytes(ip[2:4], "big") == len(ip)
        assert checksum(ip[:20]) == 0
        tcp = ip[20:]
        assert checksum(ip[12:20] + b"\0\6" + len(tcp).to_bytes(2, "big") + tcp) == 0
        frames += 1
        if tcp[2:4] == (1883).to_bytes(2, "big"):
            clients.add(ip[12:16] + tcp[:2])
    assert at == len(data)
    assert len(clients) == len(IDS) - len(samples.TOPICS) - 2


def test_pcap_is_read(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")
    path = export(folder, tmp_path, "pcap", "--id", "v5-some-000[12]", "--id", "v4-steps-0002")
    rows = mqttwire("inspect", "--json", path).json
    kinds = [(row["connection"], row["sender"], row["packet"]["type"]) for row in rows]
    hello = [("client", "CONNECT"), ("server", "CONNACK")]
    assert kinds == [
        *((1, *each) for each in [*hello, ("client", "PUBACK")]),
        *((2, *each) for each in [*hello, ("client", "PUBLISH")]),
        *((3, *each) for each in [*hello, ("client", "PUBLISH")]),
    ]
    assert rows[5]["packet"] == samples.SMALL
    assert rows[8]["error"]["rule"] == "topic_wildcard"
    if shutil.which("tshark"):
        show = "-r PCAP -o tcp.check_checksum:TRUE -Y mqtt -T fields -e tcp.stream -e mqtt.msgtype"
        command = ["tshark", *(str(path) if w == "PCAP" else w for w in show.split())]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert [line.split()[0] for line in told.splitlines()] == list("000111222")


@pytest.mark.parametrize("form", ["c", "lua", "flat", "pcap"])
def test_to_standard_output(folder: Path, tmp_path: Path, form: str) -> None:
    done = vectors(folder, "export", "--format", form, "--output", "-")
    assert (done.code, done.out) == (0, export(folder, tmp_path, form).read_bytes())
    assert "vectors written to standard output" in done.err
    assert not Path("-").exists()


def test_a_folder_is_not_printed(folder: Path) -> None:
    assert vectors(folder, "export", "--format", "corpus", "--output", "-").code == 2
