# SPDX-License-Identifier: MIT
"""The configuration of the broker: mosquitto's keys, each read, accepted or refused by name."""

from __future__ import annotations

import gzip
import re
import subprocess
from pathlib import Path

import pytest
from broker import ROOT, Broker, needs_broker, run
from certificates import make

pytestmark = needs_broker

DOCS = ROOT / "docs" / "broker-options.md"


# ---- The table ----------------------------------------------------------------------------------


def rows() -> dict[str, dict[str, str]]:
    found = {}
    for part in run("--options").stdout.split("### ")[1:]:
        _, empty, first, _, *lines = part.rstrip().splitlines()
        assert not empty and lines, "a section has keys"
        head = [cell.strip() for cell in first.strip("|").split("|")]
        for line in lines:
            cells = [
                cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]
            ]
            assert len(cells) == len(head), line
            for name in cells[0].split(", "):
                assert name not in found, "a key is there twice"
                found[name] = dict(zip(head, cells))
    return {name.strip("`"): row for name, row in found.items()}


def likeness(row: dict[str, str]) -> str:
    return row["beside mosquitto's"]


def test_the_tables_in_docs_are_fresh() -> None:
    assert run("--options").stdout in DOCS.read_text(), "run `mqttwire-broker --options`"


def test_each_row_says_something() -> None:
    for name, row in rows().items():
        assert row["what it does, or why not"].endswith("."), name


def mosquitto_keys() -> set[str]:
    """The headings of mosquitto.conf(5): a line that begins in bold, then what is indented."""
    place = subprocess.run(["man", "-w", "mosquitto.conf"], capture_output=True, text=True)
    if place.returncode:
        pytest.skip("mosquitto.conf(5) is not installed")
    path = Path(place.stdout.split()[0])
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    lines = raw.decode().replace("\\&", "").replace("\\-", "-").splitlines()
    found: set[str] = set()
    for line, after in zip(lines, lines[1:]):
        if line.startswith("\\fB") and after.startswith(".RS"):
            found.update(re.findall(r"\\fB([a-z][a-z0-9_.*]*)\\fR", line))
    return found


def test_all_keys_of_mosquitto_are_there() -> None:
    wanted = mosquitto_keys()
    assert len(wanted) > 100 and {"ciphers_tls1.3", "auth_opt_*", "addresses"} <= wanted
    table = rows()
    assert not wanted - set(table)
    theirs = {name for name, row in table.items() if likeness(row) != "not mosquitto's"}
    # What its page has not, and it reads all the same.
    assert theirs - wanted == {
        *("clientid", "password", "plugin", "plugin_opt_*", "retry_interval", "username")
    }


# ---- Each key -----------------------------------------------------------------------------------

# Values that are read; a key that is not here is refused or has none.
GOOD = """
listener 18883 | port 18883 | bind_address 127.0.0.1 | bind_interface lo | socket_domain ipv4
protocol websockets | max_connections 5 | max_qos 1 | max_topic_alias 0
use_username_as_clientid true | websocket_origin https://example.org | proxy_protocol true
certfile {server} | keyfile {key} | cafile {ca} | capath {folder} | crlfile {crl}
require_certificate true | use_identity_as_username true | use_subject_as_username true
tls_version tlsv1.3 | ciphers HIGH | ciphers_tls1.3 TLS_AES_128_GCM_SHA256 | tls_keyform pem
allow_anonymous 1 | password_file {empty} | scram_file {empty} | acl_file {empty}
allow_zero_length_clientid 0 | auto_id_prefix x | check_retain_source false
per_listener_settings false | global_max_connections 0 | max_connection_rate 5
connect_timeout 3600 | max_packet_size 268435460 | message_size_limit 0 | max_inflight_messages 0
max_inflight_bytes 0 | max_queued_messages 0 | max_queued_bytes 18446744073709551615
memory_limit 0 | max_subscriptions 1 | max_topic_levels 0 | max_retained_messages 0
max_sessions 0 | max_message_rate 4294967295 | max_keepalive 10 | persistent_client_expiration 2m
retain_available false | queue_qos0_messages true | upgrade_outgoing_qos true
allow_duplicate_messages true | set_tcp_nodelay true | retry_interval 20 | persistence true
persistence_location {folder} | persistence_file x.db | synchronous full | autosave_interval 1800
autosave_on_changes true | log_dest file {folder}/log | log_type all | connection_messages false
log_timestamp false | log_timestamp_format %H:%M | log_facility 7 | log_format json
sys_interval 0 | http_listener [::1]:8080 | http_user_file {empty} | trace someone
include_dir {folder} | pid_file {folder}/pid | user nobody | websockets_log_level 7
websockets_headers_size 2048 | auth_plugin_deny_special_chars true
"""


def good_values() -> dict[str, str]:
    pairs = re.split(r"\s*[|\n]\s*", GOOD.strip())
    return dict(pair.split(" ", 1) for pair in pairs)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = make(tmp_path_factory.mktemp("certificates"))
    (folder / "index").touch()
    (folder / "openssl.cnf").write_text(
        f"[ca]\ndefault_ca=a\n[a]\ndatabase={folder}/index\ndefault_md=sha256\n"
    )
    subprocess.run(
        [
            *("openssl", "ca", "-gencrl", "-config", "openssl.cnf", "-crldays", "2"),
            *("-cert", "ca.crt", "-keyfile", "ca.key", "-out", "ca.crl"),
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    (folder / "empty").touch()
    names = {"server": "server.crt", "key": "server.key", "ca": "ca.crt", "crl": "ca.crl"}
    found = {key: folder / name for key, name in names.items()}
    return {**found, "folder": folder, "empty": folder / "empty"}


def test_config(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    (folder / "c").write_text(text)
    return run("-c", folder / "c", "--test-config")


test_config.__test__ = False  # type: ignore[attr-defined]

TLS = "certfile {server}\nkeyfile {key}\n"
NEEDS = {  # what has to stand there, too
    "keyfile": "certfile {server}\n",
    **dict.fromkeys(("cafile", "capath", "ciphers", "ciphers_tls1.3"), TLS),
    "certfile": "keyfile {key}\n",
    "require_certificate": TLS + "cafile {ca}\n",
    "crlfile": TLS + "cafile {ca}\nrequire_certificate true\n",
    "use_identity_as_username": TLS + "cafile {ca}\nrequire_certificate true\n",
    "use_subject_as_username": TLS + "cafile {ca}\nrequire_certificate true\n",
}


def test_each_key_is_read_or_refused(tmp_path: Path, files: dict[str, Path]) -> None:
    values = good_values()
    for name, row in rows().items():
        before = "listener 18884\n" + NEEDS.get(name, "")
        if name in ("port", "bind_address"):
            before = ""
        key = name.replace("*", "x")
        if name in values:
            text = f"{before}{key} {values[name]}\n".format(**files)
            done = test_config(tmp_path, text)
            assert done.returncode == 0 and done.stdout == f"{tmp_path}/c: good\n", (text, done)
            # It has a value.
            done = test_config(tmp_path, f"{before}{key}\n".format(**files))
            assert done.returncode == 1, name
            assert f" {key}: wants " in done.stderr or likeness(row).startswith("refused"), done
        if likeness(row).startswith("refused"):
            done = test_config(tmp_path, f"# one\n\n{key} 12345\n")
            reason = row["what it does, or why not"]
            assert done.returncode == 1
            assert f"c, line 3: {name}: {reason}\n" in done.stderr, done
        else:
            assert name in values, name


BAD = {
    "foo 1": "there is no key 'foo'",
    "Listener 1": "there is no key 'Listener'",
    "auth_op_x 1": "there is no key 'auth_op_x'",
    "listener 65536": "wants a port from 1 to 65535, not '65536'",
    "listener -1": "wants a port",
    "listener 0": "the path of a unix socket",
    "listener 18883 127.0.0.1 x": "and nothing else",
    "port 0": "wants a port",
    "port 1883x": "wants a port",
    "socket_domain ipv5": "wants ipv4 or ipv6, not 'ipv5'",
    "protocol http_api": "wants mqtt or websockets, not 'http_api'",
    "max_connections 0": "or -1, not '0'",
    "websockets_log_level x": "wants a number",
    "websockets_headers_size 2k": "wants a number",
    "max_connections -2": "or -1, not '-2'",
    "max_qos 3": "wants a number from 0 to 2, not '3'",
    "max_topic_alias 65536": "from 0 to 65535",
    "websocket_origin example.org": "wants an origin",
    "tls_version tlsv1.1": "wants tlsv1.2 or tlsv1.3, not 'tlsv1.1'.  tlsv1.1 is refused: RFC 8996",
    "allow_anonymous yes": "wants true or false, not 'yes'",
    "allow_anonymous True": "wants true or false",
    "max_packet_size 268435461": "from 20 to 268435460, or 0",
    "max_packet_size 19": "from 20 to 268435460, or 0, not '19'",
    "max_packet_size +5": "not '+5'",
    "max_packet_size  ": "wants BYTES",
    "max_queued_bytes 18446744073709551616": "wants a number",
    "max_inflight_messages 65536": "from 0 to 65535",
    "max_keepalive 9": "from 10 to 65535",
    "connect_timeout 0": "from 1 to 3600",
    "persistent_client_expiration 5": "wants a number and one of",
    "persistent_client_expiration 5s": "wants a number and one of",
    "persistent_client_expiration h": "wants a number and one of",
    "persistent_client_expiration 137y": "at most 136 years",
    "allow_duplicate_messages maybe": "wants true or false, not 'maybe'",
    "set_tcp_nodelay maybe": "wants true or false, not 'maybe'",
    "retry_interval x": "wants a number",
    "autosave_interval -3x": "wants a number",
    "autosave_on_changes x": "wants true or false",
    "auth_plugin_deny_special_chars x": "wants true or false",
    "synchronous off": "wants normal or full, not 'off'",
    "log_dest topic": "file FILE, not 'topic'.  topic and dlt are refused: logs that go through",
    "log_dest dlt": "nobody here has DLT",
    "log_dest filex y": "not 'filex y'",
    "log_dest stderr" + "\nlog_dest stdout" * 8: "line 10: log_dest: there are 8 of them at most",
    "log_dest file": "not 'file'",
    "log_type chatter": "there is no type 'chatter'",
    "log_facility 8": "wants a number from 0 to 7, not '8'",
    "log_format xml": "wants text or json, not 'xml'",
    "http_listener 8080x": "wants a port",
    "http_listener 127.0.0.1:0": "not port 0",
    "include_dir /nonexistent": "/nonexistent: No such file or directory",
    "password_file /dev/null\npassword_file b": "line 3: password_file: is there twice",
    "per_listener_settings true": "Only false",
    "check_retain_source true": "Only false",
    "message_size_limit 5": "Only 0",
    "a\0b": "NUL",
}


@pytest.mark.parametrize("line", BAD)
def test_bad_values(tmp_path: Path, line: str) -> None:
    done = test_config(tmp_path, f"listener 18884\n{line}\n")
    assert done.returncode == 1
    assert BAD[line] in done.stderr, done.stderr
    assert re.match(rf"mqttwire-broker: {tmp_path}/c, line \d+: ", done.stderr), done.stderr


def test_what_does_not_fit_together(tmp_path: Path, files: dict[str, Path]) -> None:
    cases = {
        "#\nlistener 1\nkeyfile {key}\n": "c, line 2: listener 1: TLS wants a certfile",
        "listener 1\nrequire_certificate true\n": "TLS wants a certfile",
        "require_certificate true\n": "c, line 1: listener 1883: TLS wants a certfile",
        "require_certificate true\nport 1\n": "c, line 1: listener 1: TLS wants a certfile",
        "listener 1\ncertfile {server}\nuse_identity_as_username true\n": "certificate true alone",
        "listener 1\ncertfile {server}\ncrlfile {crl}\n": "c, line 1: listener 1: a crlfile is",
        "listener 1\n\ncertfile nowhere\n": "c, line 3: certfile: nowhere: No such file",
        "listener 1\n" + TLS + "require_certificate true\n": "needs to know who signs them",
        "listener 1\n" + TLS + "ciphers nonsense\n": "nonsense: no cipher match",
        "listener 1\ncertfile {server}\nkeyfile {ca}\n": "c, line 1: listener 1: {ca}: ",
        "max_connections 5\nlistener 1\n": "c, line 1: max_connections: stands before",
        **{
            f"#\n{key} nowhere\n": f"c, line 2: {key}: nowhere: No such file"
            for key in ("password_file", "acl_file", "scram_file", "http_user_file")
        },
        "log_dest file /nonexistent/log\n": "c, line 1: log_dest: /nonexistent/log: No such file",
        "pid_file /nonexistent/pid\n": "c, line 1: pid_file: /nonexistent/pid: No such file",
        "persistence_location /nonexistent\npersistence true\n": (
            "c, line 1: persistence_location: /nonexistent/mqttwire-broker.db: No such file"
        ),
        "listener 1\nlistener 1\n": "c, line 2: listener 1: another one has this address",
        "port 1\nlistener 1 ::1\n": "c, line 1: listener 1: another one has this address",
        "listener 0 {folder}/s\nlistener 0 {folder}/s\n": "/s: another one has this address",
        "http_listener 1883\nlistener 1883\n": "line 1: http_listener: a listener has this address",
    }
    for text, problem in cases.items():
        done = test_config(tmp_path, text.format(**files))
        assert done.returncode == 1 and problem.format(**files) in done.stderr, (text, done)


def test_what_fits_together(tmp_path: Path) -> None:
    """Ports that several have, and a folder that is not needed."""
    for text in (
        "listener 1 127.0.0.1\nlistener 1 ::1\nlistener 2\nhttp_listener 127.0.0.2:1",
        "listener 1\nsocket_domain ipv4\nlistener 1\nsocket_domain ipv6\nhttp_listener [::1]:3",
        "http_listener 192.0.2.1:1883",
        "listener 1\nbind_interface lo\nlistener 1\nbind_interface eth0",
        "listener 0 a\nlistener 0 b\npersistence_location /nonexistent",
    ):
        assert test_config(tmp_path, text).returncode == 0, text


@pytest.mark.parametrize("host", ["", "127.0.0.2:", "[::1]:", "localhost:", "0.0.0.0:", "[::]:"])
def test_http_on_other_interfaces(tmp_path: Path, host: str) -> None:
    """Logins are in the clear there."""
    done = test_config(tmp_path, f"http_listener {host}8080\n")
    assert done.returncode == 0
    assert ("password in the clear" in done.stderr) == (host in ("0.0.0.0:", "[::]:"))


def test_mosquittos_own_file(tmp_path: Path) -> None:
    path = Path("/etc/mosquitto/mosquitto.conf")
    if not path.exists():
        pytest.skip("mosquitto is not installed")
    text = re.sub(r"/(run|var/lib|var/log)/mosquitto", str(tmp_path), path.read_text())
    assert test_config(tmp_path, text).returncode == 0


def test_lines(tmp_path: Path) -> None:
    """Blanks, comments, ends of DOS; a last line without its end."""
    text = "#x\r\n\r\n   \n # y\n  listener \t 18884  127.0.0.1 \r\nallow_anonymous   true  \r\n"
    text += "user nobody"
    assert test_config(tmp_path, text).returncode == 0


def test_no_file(tmp_path: Path) -> None:
    done = run("-c", tmp_path / "none")
    assert done.returncode == 1 and "none: No such file or directory" in done.stderr
    done = run("-c", tmp_path)
    assert done.returncode == 1 and "Is a directory" in done.stderr
    assert run("--test-config").stdout == "defaults: good\n"


# ---- include_dir --------------------------------------------------------------------------------


def test_include_order(tmp_path: Path) -> None:
    """mosquitto's: 00.conf 01.conf A.conf a.conf B.conf b.conf; the first that is wrong is told."""
    folder = tmp_path / "d"
    folder.mkdir()
    names = ["00", "01", "A", "a", "B", "b"]
    for name in names:
        (folder / f"{name}.conf").write_text("nonsense 1\n")
    (folder / "0.txt").write_text("other nonsense\n")
    for name in names:
        done = test_config(tmp_path, f"include_dir {folder}\n")
        assert f"{folder}/{name}.conf, line 1: there is no key" in done.stderr
        (folder / f"{name}.conf").write_text("")
    assert test_config(tmp_path, f"include_dir {folder}\n").returncode == 0
    (folder / "c.conf").write_text(f"include_dir {folder}\n")
    done = test_config(tmp_path, f"include_dir {folder}\n")
    assert done.returncode == 1 and "c.conf, line 1: include_dir: an included file" in done.stderr


def test_included_listeners(tmp_path: Path) -> None:
    """A listener goes on behind include_dir; an included file begins without one."""
    folder = tmp_path / "d"
    folder.mkdir()
    text = f"listener 18884\ninclude_dir {folder}\nmax_qos 1\nkeyfile {folder}\n"
    (folder / "a.conf").write_text("listener 18885\nmax_qos 0\n")
    done = test_config(tmp_path, text)
    assert f"{tmp_path}/c, line 1: listener 18884: TLS wants a certfile" in done.stderr
    (folder / "a.conf").write_text("max_qos 0\n")
    done = test_config(tmp_path, text)
    assert f"{folder}/a.conf, line 1: max_qos: stands before" in done.stderr


# ---- The command line ---------------------------------------------------------------------------


def test_command_line() -> None:
    for wrong in (["-x"], ["x"], ["-p"], ["-p", "0"], ["-p", "65536"], ["-d"], ["--daemon"], ["-"]):
        done = run(*wrong)
        assert done.returncode == 1 and done.stderr.startswith(f"mqttwire-broker: {wrong[0]}: ")
    for words in (["-p1884"], ["-p", "1884"], ["--port=1884"], ["--port", "1884"]):
        done = run(*words, *("--test-config", "--config-file=/dev/null", "--trace="))
        assert done.returncode == 0, done
    for wrong in (["-p0"], ["--port="], ["--port=x"], ["--verbose=1"], ["-vv"], ["--por=1"]):
        done = run(*wrong)
        assert done.returncode == 1 and done.stderr.startswith(f"mqttwire-broker: {wrong[0]}: ")
    assert "setsid" in run("-d").stderr
    assert "ten" in run(*["-p", "1"] * 11).stderr
    assert re.fullmatch(r"mqttwire-broker \d+\.\d+\.\d+\n", run("--version").stdout)
    assert run("-h").stdout == run("--help").stdout


def test_help_and_manual() -> None:
    text = run("--help").stdout
    assert max(map(len, text.splitlines())) <= 79
    manual = run("--manual").stdout
    shown = subprocess.run(
        ["man", "-l", "-"], input=manual, capture_output=True, text=True, env={"MANWIDTH": "80"}
    )
    assert not shown.stderr
    for name in ("--test-config", "--trace", "SIGHUP", "0x8B"):
        assert name in text and name.replace("-", "\\-") in manual
    for name in rows():
        assert f"\\fB{name}\\fR" in manual.replace("\\-", "-")


def test_verbose_wins(tmp_path: Path) -> None:
    with Broker(tmp_path, "log_type none\nallow_anonymous true", "-v") as broker:
        broker.wait_for("listening at")
