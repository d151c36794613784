# SPDX-License-Identifier: MIT
"""The options of the programs: all of mosquitto's are there or told as gaps."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from programs import FOLDER, NAMES, ROOT, WAIT, needs_programs, run

pytestmark = needs_programs

ALL = (*NAMES, "bench")
DOCS = ROOT / "docs" / "client-options.md"


# ---- The table ----------------------------------------------------------------------------------


def rows() -> dict[str, dict[str, str]]:
    """Of the table, by each spelling of an option."""
    lines = run("pub", "--options").text.splitlines()
    head = [cell.strip() for cell in lines[0].strip("|").split("|")]
    found = {}
    for line in lines[2:]:
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for spelling in re.findall(r"`([^`]+)`", cells[0]):
            assert spelling not in found, "an option is there twice"
            found[spelling] = dict(zip(head, cells))
    return found


def test_all_programs_print_the_same_table() -> None:
    assert len({run(name, "--options").out for name in ALL}) == 1


def test_the_table_in_docs_is_fresh() -> None:
    table = run("pub", "--options").text
    assert table in DOCS.read_text(encoding="utf-8"), "run `mqttwire-pub --options`"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.skipif(shutil.which("mosquitto_pub") is None, reason="mosquitto_pub is missing")
def test_options_of_mosquitto(name: str) -> None:
    """Each option of its --help is there, or is a gap with its reason."""
    told = subprocess.run([f"mosquitto_{name}", "--help"], capture_output=True, timeout=WAIT)
    text = told.stdout.decode()
    wanted = set(re.findall(r"(?<![\w-])(--?[A-Za-z][\w-]*)", text.partition("Usage:")[2]))
    wanted -= {"--tls-engine-kpass-sha1]]"}
    assert len(wanted) > 40
    table = rows()
    for option in sorted(wanted):
        if option in ("-mode", "-file"):
            continue
        assert option in table, option
        row = table[option]
        assert row[name] in ("yes", "gap"), option
        assert name in row["mosquitto has it"].split(), option
        assert row["what it does"], option


LONG = """--bind --disable-clean-session --debug --file --help --host --id --id-prefix --keepalive
 --url --stdin-line --message --null-message --port --pw --qos --retain --stdin-file --topic
 --unsubscribe --filter-out --username --verbose --protocol-version --property"""


def test_long_names() -> None:
    """Of the manual pages, which have more than --help."""
    table = rows()
    assert {name for name in LONG.split() if name not in table} == {"--bind"}  # in no page


@pytest.mark.parametrize("name", ALL)
def test_gaps_are_told(name: str) -> None:
    for option, row in rows().items():
        if row[name] == "gap":
            done = run(name, option, "x")
            assert done.code == 1
            assert row["what it does"] in done.err


# ---- Help and manual ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_help(name: str) -> None:
    done = run(name, "--help")
    assert (done.code, done.err) == (0, "")
    # What takes a line of its own cannot be broken: examples, and names of options.
    assert all(len(line) < 80 for line in done.text.partition("Examples:")[0].splitlines())
    for option, row in rows().items():
        assert (re.search(rf"^ .*{re.escape(option)}\b", done.text, re.M) is not None) >= (
            row[name] != ""
        ), option


def test_help_goes_before_all_else() -> None:
    assert run("pub", "--wrong", "--help").code == 0
    assert run("pub", "-m", "--help").code == 1, "it is a message"
    assert run("pub", "--version").text.startswith("mqttwire-pub 0.")


@pytest.mark.parametrize("name", ALL)
@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is missing")
def test_manual(name: str) -> None:
    page = run(name, "--manual").out
    assert page.isascii()
    assert (FOLDER / f"mqttwire-{name}.1").read_bytes() == page
    groff = ["groff", "-ww", "-man", "-Tascii", "-P-cbou", "-rLL=100n"]
    done = subprocess.run(groff, input=page, capture_output=True, timeout=WAIT)
    assert done.stderr == b""
    shown = done.stdout.decode()
    for option, row in rows().items():
        if row[name]:
            assert re.search(rf"(^|\s){re.escape(option)}([\s,]|$)", shown, re.M), option


# ---- Completion ---------------------------------------------------------------------------------

# What is typed, and what it may become.
CASES = [
    (["--will-"], ["--will-payload", "--will-qos", "--will-retain", "--will-topic"]),
    (["--tls-version", ""], ["tlsv1.2", "tlsv1.3"]),
    (["--qos", "2"], ["2"]),
    (["--cafile", "pyproj"], ["pyproject.toml"]),
    (["--capath", "sam"], ["samples"]),
]


def completed(shell: str, script: str, *words: str) -> list[str]:
    command = [shell, *{"bash": ["--norc"], "fish": ["--no-config"]}[shell], "-c", script, *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WAIT)
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize(("typed", "offered"), CASES)
def test_bash(tmp_path: Path, typed: list[str], offered: list[str]) -> None:
    (tmp_path / "script").write_bytes(run("sub", "--completion", "bash").out)
    script = """
        compopt() { :; }
        source "$0"
        COMP_WORDS=(mqttwire-sub "$@"); COMP_CWORD=$#
        _mqttwire-sub
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    assert sorted(completed("bash", script, str(tmp_path / "script"), *typed)) == offered


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is missing")
@pytest.mark.parametrize(("typed", "offered"), CASES)
def test_fish(tmp_path: Path, typed: list[str], offered: list[str]) -> None:
    (tmp_path / "script").write_bytes(run("sub", "--completion", "fish").out)
    line = " ".join(["mqttwire-sub", *typed])
    script = "source $argv[1]; complete -C $argv[2]"
    lines = completed("fish", script, str(tmp_path / "script"), line)
    assert sorted({one.partition("\t")[0].rstrip("/") for one in lines}) == offered


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is missing")
@pytest.mark.parametrize("name", ALL)
def test_zsh(name: str) -> None:
    """It is read without complaints, and registered."""
    script = f"""
        autoload -U compinit; compinit -u -D
        eval "$({FOLDER}/mqttwire-{name} --completion zsh)"
        echo $_comps[mqttwire-{name}]
    """
    done = subprocess.run(["zsh", "-f", "-c", script], capture_output=True, timeout=WAIT)
    assert (done.stderr, done.stdout) == (b"", f"_mqttwire-{name}\n".encode())


@pytest.mark.parametrize("name", ALL)
def test_completion_of_an_unknown_shell(name: str) -> None:
    assert run(name, "--completion", "tcsh").code == 1


# ---- What is refused ----------------------------------------------------------------------------

PUB = ("-t", "a", "-m", "b", "-p", "1", "-h", "127.0.0.1")
REFUSED = [
    ("pub", ("-V", "31"), "MQTT 3.1 is not spoken"),
    ("pub", ("-V", "mqttv31"), "MQTT 3.1 is not spoken"),
    ("pub", ("-V", "4"), "-V takes 311 or 5"),
    ("pub", ("-q", "3"), "-q takes a number from 0 to 2"),
    ("pub", ("-q", "1x"), "-q takes a number"),
    ("pub", ("-q",), "-q takes 0|1|2"),
    ("pub", ("--port", "65536"), "from 0 to 65535"),
    ("pub", ("-k", "-1"), "-k takes"),
    ("pub", ("-n",), "one of -m, -f, -l, -n and -s alone"),
    ("pub", ("-c",), "found again by its client identifier"),
    ("pub", ("-V", "5", "-x", "-1"), "found again by its client identifier"),
    ("pub", ("-x", "4294967296"), "-x takes"),
    ("pub", ("--store", "x"), "--store is of a session that goes on, -c"),
    ("pub", ("--store", "x", "-V", "5", "-x", "5", "-i", "a"), "--store is of a session"),
    ("pub", ("--wrong",), "there is no option '--wrong'"),
    ("pub", ("-C", "1"), "there is no option '-C'"),
    ("pub", ("word",), "there is no option 'word'"),
    ("pub", ("--quiet=1",), "--quiet takes nothing"),
    ("pub", ("-t", "a/#"), "is no topic to publish to"),
    ("pub", ("-t", ""), "is no topic to publish to"),
    ("sub", ("-t", "a#"), "is no topic filter"),
    ("sub", ("-t", "a", "-T", "#/a"), "is no topic filter"),
    ("sub", (), "it takes a topic"),
    ("sub", ("-t", "a", "-R", "--retained-only"), "leave nothing over"),
    ("sub", ("-t", "a", "-F", "%"), "nothing follows %"),
    ("sub", ("-t", "a", "-F", "%5"), "nothing follows %"),
    ("sub", ("-t", "a", "-F", "%Z"), "there is no %Z"),
    ("sub", ("-t", "a", "-F", "\\q"), "there is no \\q"),
    ("sub", ("-t", "a", "--random-filter", "0"), "from 0.1 to 100"),
    ("sub", ("-L", "mqtt://host"), "there is no topic"),
    ("sub", ("-L", "foo://host/a"), "-L"),
    ("sub", ("-L", "mqtt://host?a/b"), "there is no topic"),
    ("sub", ("-L", "mqtt://host/"), "there is no topic"),
    ("sub", ("-L", "mqtt:/host/a"), "-L mqtt:/host/a: "),
    ("sub", ("-L", "unix:///a/b"), "use --unix"),
    ("sub", ("-L", "ws://host/a#b", "-t", "a"), "fragment"),
    ("sub", ("--tls-use-os-certs", "-L", "mqtt://host/a", "--unix", "x"), "--unix and TLS"),
    ("rr", ("-t", "a", "-m", "b", "-V", "311"), "a topic of the response"),
    ("rr", ("-m", "b"), "it takes a topic"),
    ("pub", ("-D", "publish"), "-D takes COMMAND NAME VALUE"),
    ("pub", ("-D", "pub", "topic-alias", "1"), "there is no command"),
    ("pub", ("-D", "publish", "topic_alias", "1"), "there is no property"),
    ("pub", ("-D", "publish", "receive-maximum", "1"), "is no property of publish"),
    ("pub", ("-D", "publish", "topic-alias", "0"), "from 1 to 65535"),
    ("pub", ("-D", "publish", "payload-format-indicator", "2"), "from 0 to 1"),
    ("pub", ("-D", "publish", "user-property", "a"), "a name and a value"),
    ("pub", 2 * ("-D", "publish", "content-type", "a"), "already"),
    ("pub", ("-D", "publish", "content-type", "a", "-V", "311"), "MQTT 5.0 alone"),
    ("pub", ("--will-payload", "x"), "there is no --will-topic"),
    ("pub", ("--cert", "x"), "--cert and --key go together"),
    ("pub", ("--psk", "aa"), "--psk and --psk-identity go together"),
    ("pub", ("--keyform", "engine"), "--keyform takes pem alone"),
    ("pub", ("--keyform", "pem", "--cafile", "x"), "--keyform is of a --key"),
    ("pub", ("--unix", "x", "--cafile", "x"), "--unix and TLS do not go together"),
    ("pub", ("--unix", "x", "--tls-use-os-certs"), "--unix and TLS do not go together"),
    ("pub", ("--unix", "x", "--psk", "aa", "--psk-identity", "b"), "--unix and TLS do not go"),
    ("sub", ("--unix", "x", "-L", "mqtts://localhost/a"), "--unix and TLS do not go together"),
    ("pub", ("--insecure",), "--insecure is about TLS"),
    ("pub", ("--cert", "x", "--key", "x"), "--cert is about TLS"),
    ("pub", ("--tls-version", "tlsv1.3"), "--tls-version is about TLS"),
    ("pub", ("--tls-keylog", "x"), "--tls-keylog is about TLS"),
    ("pub", ("--tls-alpn", "mqtt"), "--tls-alpn is about TLS"),
    ("pub", ("--ciphers", "x"), "--ciphers is about TLS"),
    ("pub", ("--unix", "x", "--insecure"), "--insecure is about TLS"),
    ("pub", ("--tls-version", "tlsv1.1"), "--tls-version takes"),
    ("pub", ("-P", "secret"), "no password without a user name"),
    ("pub", ("-o", "/nonexistent/file"), "/nonexistent/file: "),
]


@pytest.mark.parametrize(("name", "arguments", "problem"), REFUSED)
def test_refused(name: str, arguments: tuple[str, ...], problem: str) -> None:
    done = run(name, *(PUB if name == "pub" else ()), *arguments)
    assert (done.code, done.out) == (1, b"")
    assert problem in done.err
    assert f"Use 'mqttwire-{name} --help'" in done.err


@pytest.mark.parametrize("name", ["", ":memory:"])
def test_stores_that_are_no_files(name: str) -> None:
    done = run("pub", *PUB, "-c", "-i", "me", "--store", name)
    assert done.code == 1
    assert "is no name of a file" in done.err
    assert not Path(f"{name}-lock").exists()


def test_a_password_with_nul(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"se\0cret\n")
    done = run("pub", *PUB, "-u", "me", "--password-file", tmp_path / "file")
    assert done.code == 1
    assert "there is a NUL" in done.err


def test_files_that_are_not_there(tmp_path: Path) -> None:
    done = run("pub", "-t", "a", "-f", tmp_path / "none")
    assert done.code == 1
    assert "No such file" in done.err
    assert run("pub", "-t", "a", "-s").code == 1, "standard input is empty"


# ---- The file of options ------------------------------------------------------------------------


def test_file_of_options(tmp_path: Path) -> None:
    """Its options go before those of the command line; -D has its words by blanks."""
    file = tmp_path / "mqttwire-pub"
    file.write_text("# a comment\n\n-q 2\n-D publish user-property name a value\n-m a  b\n-V 31\n")
    done = run("pub", "-t", "a", XDG_CONFIG_HOME=str(tmp_path))
    assert "MQTT 3.1" in done.err
    assert str(file) in done.err
    assert "MQTT 3.1" not in run("pub", "-t", "a", "--no-config", XDG_CONFIG_HOME=str(tmp_path)).err
    assert "MQTT 3.1" in run("pub", "-t", "a", "-o", file).err
    folder = tmp_path / ".config"
    folder.mkdir()
    file.rename(folder / "mqttwire-pub")
    assert "MQTT 3.1" in run("pub", "-t", "a", HOME=str(tmp_path), XDG_CONFIG_HOME="").err


def test_blanks_in_a_file_of_options(tmp_path: Path) -> None:
    """Around a value they mean nothing, and tabs are blanks."""
    file = tmp_path / "file"
    file.write_text(" \t# a comment\n\t\n  -q\t 1 \t\r\n-D\tpublish  content-type\ta \n -V   31\t")
    assert "MQTT 3.1 is not spoken" in run("pub", "-t", "a", "-o", file).err


@pytest.mark.parametrize("line", ["-o other", "--no-config", "--help", "--completion bash"])
def test_what_is_not_for_a_file_of_options(tmp_path: Path, line: str) -> None:
    (tmp_path / "file").write_text(f"{line}\n")
    done = run("pub", *PUB, "-o", tmp_path / "file")
    assert (done.code, done.out) == (1, b"")
    assert f"{line.split()[0]} is for the command line" in done.err
