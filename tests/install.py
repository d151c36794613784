# SPDX-License-Identifier: MIT
"""Installs the library into a folder, and builds and runs a program against it as others would.

install.py BUILD: run by Meson.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = """
#include <mqttwire/mqttwire.h>
#include <stdio.h>

int main(void)
{
    static const uint8_t bytes[] = {0x32, 0x08, 0x00, 0x03, 'a', '/', 'b', 0x00, 0x0A, 0x00};
    struct mqw_options options = mqw_options();
    struct mqw_packet packet;
    options.version = MQW_VERSION_5;
    if (mqw_decode(bytes, sizeof bytes, &options, &packet).code != MQW_OK)
        return 1;
    printf("%s %.*s %u\\n", mqw_type_name(packet.type), (int)packet.publish.topic.len,
           (const char *)packet.publish.topic.ptr, (unsigned)packet.publish.packet_id);
    return 0;
}
"""

FUZZ_PROGRAM = """
#include <mqttwire_fuzz.h>
#include <stdio.h>

int main(void)
{
    uint8_t data[4096];
    size_t size = mqw_generate_broken(data, sizeof data, 5, MQW_CLIENT, MQW_RULE_QOS_3, 1);
    struct mqw_options options = mqw_broken_options(5, MQW_CLIENT, MQW_RULE_QOS_3);
    struct mqw_packet packet;
    printf("%s\\n", mqw_rule_of(mqw_decode(data, size, &options, &packet).code)->name);
    return mqw_mutate(data, size, sizeof data, 1) == 0;
}
"""


CLIENT_PROGRAM = """
#include <mqttwire_client.h>
#include <stdio.h>

static void disconnected(struct mqw_client *client, void *arg, const struct mqw_client_end *end)
{
    (void)client;
    printf("%s: %s\\n", (const char *)arg, mqw_client_status_text(end->status));
}

int main(void)
{
    static char name[] = "client";
    static struct mqw_client_options options;
    struct mqw_client *client;
    options.url = "unix:///nonexistent";
    options.no_reconnect = true;
    options.disconnected = disconnected;
    client = mqw_client_new(&options, NULL, name);
    mqw_client_connect(client);
    mqw_client_run(client, -1);
    mqw_client_free(client);
    return 0;
}
"""


def output(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def build_and_run(root: Path, module: str, text: str, wanted: str, *, static: bool = True) -> None:
    [description] = root.rglob(f"{module}.pc")
    [library] = root.rglob("libmqttwire.so")
    environment = {
        **os.environ,
        "PKG_CONFIG_PATH": str(description.parent),
        "PKG_CONFIG_SYSROOT_DIR": str(root),
        "LD_LIBRARY_PATH": str(library.parent),
    }
    flags = output(["pkg-config", "--cflags", "--libs", module], environment).split()
    links = [flags]
    if static:
        links.append([re.sub("^-l(mqttwire.*)", r"-l:lib\1.a", flag) for flag in flags])
    for compiler, suffix, empty in (("cc", "c", "{0}"), ("c++", "cpp", "mqw_options()")):
        source = root / f"program.{suffix}"
        source.write_text(text.replace("= mqw_options()", f"= {empty}"))
        for link in links:
            program = root / "program"
            output(
                [compiler, "-Wall", "-Werror", str(source), "-o", str(program), *link], environment
            )
            printed = output([str(program)], environment)
            assert printed == wanted, printed


def check_client(root: Path) -> None:
    """Shared alone, with its public names alone."""
    [library] = root.rglob("libmqttwire-client.so")
    names = output(["nm", "-D", "-P", "--defined-only", str(library)], dict(os.environ))
    others = [line for line in names.splitlines() if not line.startswith("mqw_client_")]
    assert names and not others, others
    assert not list(root.rglob("libmqttwire-client.a"))
    wanted = "client: the connection failed\n"
    build_and_run(root, "mqttwire-client", CLIENT_PROGRAM, wanted, static=False)


def install(root: str) -> None:
    command = ["meson", "install", "-C", sys.argv[1], "--no-rebuild", "--destdir", root]
    output(command, dict(os.environ))


def check_broker(root: Path) -> None:
    """What the unit, the example and the program say of the configuration is where it is."""
    [example] = root.rglob("broker.conf.example")
    configuration = example.with_suffix("")
    place = f"/{configuration.relative_to(root)}"
    assert not configuration.exists()
    configuration.write_text("# mine\n")
    install(str(root))
    assert configuration.read_text() == "# mine\n"

    [unit] = root.rglob("mqttwire-broker.service")
    [program] = [path for path in root.rglob("mqttwire-broker") if path.is_file()]
    [library] = root.rglob("libmqttwire.so")
    environment = {**os.environ, "LD_LIBRARY_PATH": str(library.parent)}
    start = f"/{program.relative_to(root)} -c {place}"
    assert f"ExecStart={start}\n" in unit.read_text(), unit.read_text()
    assert f"to {place}," in example.read_text(), example.read_text()
    files = re.findall("^#.*file (.*)", example.read_text(), re.M)
    assert files and {str(Path(file).parent) for file in files} == {str(Path(place).parent)}
    assert f"-c {place} --test" in output([str(program), "--help"], environment)
    here = example.read_text().replace("/var/lib/mqttwire", str(root))  # the unit makes it
    configuration.write_text(here)
    output([str(program), "-c", str(configuration), "--test-config"], environment)
    for folder in ("State", "Logs", "Runtime"):
        assert f"\n{folder}Directory=mqttwire\n" in unit.read_text()


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        install(name)
        build_and_run(Path(name), "mqttwire", PROGRAM, "PUBLISH a/b 10\n")
        if list(Path(name).rglob("mqttwire-fuzz.pc")):
            build_and_run(Path(name), "mqttwire-fuzz", FUZZ_PROGRAM, "qos_3\n")
        if list(Path(name).rglob("mqttwire-client.pc")):
            check_client(Path(name))
        if list(Path(name).rglob("mqttwire-broker.service")):
            check_broker(Path(name))


if __name__ == "__main__":
    main()
