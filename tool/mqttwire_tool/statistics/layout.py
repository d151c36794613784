# SPDX-License-Identifier: MIT
"""inspect --stats as text: sections of aligned columns, without frames."""

from __future__ import annotations

from typing import Any, TextIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..arguments import NAMES
from ..render import paint_for, quote

WIDTH = 80  # where there is no terminal, or a wider one
BAR = 24  # characters of the longest bar
ROWS = 20  # of rates, at most

Summary = dict[str, Any]


# ---- Words --------------------------------------------------------------------------------------


def number(value: float) -> str:
    """With as many digits as say something."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def some(value: int, what: str) -> str:
    return f"{number(value)} {what}" if value == 1 else f"{number(value)} {what}s"


def size(value: float) -> str:
    """Bytes."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(value) < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{value:,.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.3g} {unit}"


def duration(seconds: float) -> str:
    if seconds >= 120:
        minutes, rest = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
    for factor, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= factor:
            return f"{seconds / factor:.3g} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def bar(part: float, whole: float) -> str:
    return "#" * (round(BAR * part / whole) or 1) if part else ""


def name(text: str | None) -> str:
    """Of a client or topic, as it is if nothing in it can do harm or be mistaken."""
    if text is None:
        return "-"
    plain = text.isprintable() and text == text.strip() and text and '"' not in text
    return text if plain else quote(text, 256)


# ---- Sections -----------------------------------------------------------------------------------


class Layout:
    def __init__(self, out: TextIO) -> None:
        self.out = out
        paint = paint_for(out)
        self.console = Console(
            file=out,
            width=None if out.isatty() else WIDTH,
            color_system="standard" if paint.on else None,
            force_terminal=paint.on,
            no_color=not paint.on,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
        )

    def show(self, *what: Any) -> None:
        """Without blanks at the ends of lines."""
        with self.console.capture() as captured:
            self.console.print(*what)
        self.out.writelines(f"{line.rstrip()}\n" for line in captured.get().splitlines())

    def title(self, text: str) -> None:
        self.show()
        self.show(Text(text, style="bold"))

    def say(self, text: str) -> None:
        self.show(Padding(Text(text), (0, 0, 0, 2)))

    def table(self, heads: str, rows: list[list[str]]) -> None:
        """Heads, apart by two blanks; numbers are those that begin with a dash."""
        made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for head in heads.split("  "):
            numeric = head.startswith("-")
            made.add_column(
                Text(head[1:] if numeric else head),
                justify="right" if numeric else "left",
                no_wrap=numeric,
                overflow="fold",
            )
        for row in rows:
            made.add_row(*map(Text, row))
        self.show(Padding(made, (0, 0, 0, 2), expand=False))

    # ---- One by one -----------------------------------------------------------------------------

    def sums(self, all: Summary) -> None:
        span = "" if all["duration"] is None else f" in {duration(all['duration'])}"
        of = all["payload"] / all["bytes"] if all["bytes"] else 0
        self.show(
            Text(f"{some(all['packets'], 'packet')}, {size(all['bytes'])}{span}", style="bold")
        )
        self.say(
            f"{some(all['clients']['connections'], 'connection')},"
            f" {some(all['clients']['count'], 'client')},"
            f" {some(all['topics']['count'], 'topic')};"
            f" {of:.0%} of the bytes are payload"
        )
        if all["interrupted"]:
            self.say("Reading was interrupted: this is what was read so far.")

    def types(self, all: Summary) -> None:
        self.title("Packets by type")
        none = {"packets": 0, "bytes": 0}
        rows = []
        for made in all["types"]:
            cells = [made["type"] or "(reserved)"]
            for side in ("client", "server"):
                found = made.get(side, none)
                cells += [number(found["packets"]), size(found["bytes"])]
            rows.append(cells)
            other = made.get("unknown", none)
            if other["packets"]:
                cells[0] += f" (and {number(other['packets'])} of unknown senders)"
        self.table("type  -from clients  -bytes  -from servers  -bytes", rows)
        published = sum(made["packets"] for made in all["qos"])
        if published:
            self.title("QoS of PUBLISH")
            self.table(
                "QoS  -packets  -part  -bytes  ",
                [
                    [
                        str(made["qos"]),
                        number(made["packets"]),
                        f"{made['packets'] / published:.1%}",
                        size(made["bytes"]),
                        bar(made["packets"], published),
                    ]
                    for made in all["qos"]
                ],
            )

    def clients(self, all: Summary) -> None:
        found = all["clients"]
        self.title(f"Clients{_of(found)}")
        self.table(
            "client  address  version  -conn.  -sent  -bytes  -got  -bytes",
            [
                [
                    name(made["client_id"]),
                    made["address"] or "-",
                    NAMES[made["version"]].removeprefix("MQTT ") if made["version"] else "?",
                    number(made["connections"]),
                    number(made["sent"]["packets"]),
                    size(made["sent"]["bytes"]),
                    number(made["received"]["packets"]),
                    size(made["received"]["bytes"]),
                ]
                for made in found["first"]
            ],
        )
        if found["not_told_apart"]:
            apart = found["not_told_apart"]
            self.say(
                f"{number(apart['packets'])} packets are of connections after the first"
                f" {number(apart['more_than_connections'])}, which are not told apart."
            )

    def topics(self, all: Summary) -> None:
        found = all["topics"]
        if not found["count"] and not found["unknown"]:
            return
        self.title(f"Topics{_of(found)}")
        seconds = all["duration"]
        rows = [
            [
                name(made["topic"]),
                number(made["packets"]),
                size(made["bytes"]),
                f"{number(made['packets'] / seconds)}/s" if seconds else "-",
                number(made["retained"]),
                number(made["publishers"]),
            ]
            for made in found["first"]
        ]
        self.table("topic  -packets  -bytes  -rate  -retain  -publishers", rows)
        if found["unknown"]:
            self.say(f"{number(found['unknown'])} more have an alias whose topic is not known.")
        if found["not_told_apart"]:
            apart = found["not_told_apart"]
            self.say(
                f"{number(apart['packets'])} packets are to topics after the first"
                f" {number(apart['more_than_topics'])}, which are not told apart."
            )

    def sizes(self, all: Summary) -> None:
        found = {key: made for key, made in all["sizes"].items() if made}
        if not found:
            return
        self.title("Sizes in bytes")
        keys = ("min", "median", "p90", "p99", "max")
        self.table(
            "of  -least  -median  -90 %  -99 %  -largest",
            [[key, *(number(made[at]) for at in keys)] for key, made in found.items()],
        )
        powers = found["packets"]["histogram"]
        most = max(made["count"] for made in powers)
        self.show()
        self.table(
            "-packets of  -count  ",
            [
                [
                    f"{number(made['from'])} to {number(made['to'])}",
                    number(made["count"]),
                    bar(made["count"], most),
                ]
                for made in powers
            ],
        )

    def rates(self, all: Summary) -> None:
        found = all["rates"]
        if not found:
            return
        self.title("Rates")
        self.table(
            "a second  -average  -in the busiest second",
            [
                [
                    key,
                    "-" if found[key]["average"] is None else words(found[key]["average"]),
                    words(found[key]["busiest_second"]),
                ]
                for key, words in (("packets", number), ("bytes", size))
            ],
        )
        step, sides = _fewer(found)
        both = [a + b for a, b in zip(*(side["packets"] for side in sides))]
        self.show()
        self.table(
            "-from  -packets  ",
            [
                [duration(i * step) if i else "0 s", number(count), bar(count, max(both))]
                for i, count in enumerate(both)
            ],
        )

    def latency(self, all: Summary) -> None:
        if all["latency"]:
            self.title("Latency of answers, since the packet that they answer")
            self.table(
                "answer  by  -count  -median  -90 %  -99 %  -longest  -packet",
                [
                    [
                        made["answer"],
                        made["sender"],
                        number(made["count"]),
                        *(duration(made[at]) for at in ("median", "p90", "p99", "max")),
                        str(made["slowest"]),
                    ]
                    for made in all["latency"]
                ],
            )
        if all["unanswered"]:
            self.title("Never answered")
            self.table("type  -packets", [[k, number(v)] for k, v in all["unanswered"].items()])

    def again(self, all: Summary) -> None:
        found = all["sent_again"]
        self.title("Sent again")
        rows = [
            ["PUBLISH with DUP", number(found["dup"])],
            ["packets repeated on their connection", number(found["repeats"])],
        ]
        if found["tcp_segments"] is not None:
            rows.append(["TCP segments with nothing new", number(found["tcp_segments"])])
        self.table("what  -count", rows)

    def aliases(self, all: Summary) -> None:
        found = all["aliases"]
        if not found["packets"] and not found["topics"]:
            return  # no MQTT 5.0
        self.title("Topic aliases")
        unknown = "" if found["limits_known"] else ", where the receiver's limit is known"
        self.table(
            "what  -bytes",
            [
                [
                    f"saved, by {number(found['packets'])} packets without a topic",
                    size(found["saved"]),
                ],
                [
                    f"could be saved with as many as receivers take{unknown}",
                    size(found["could_save"]),
                ],
                ["could be saved with any number", size(found["could_save_without_limit"])],
            ],
        )

    def keep_alive(self, all: Summary) -> None:
        first = [made for made in all["clients"]["first"] if made["keep_alive"] is not None]
        late = all["clients"]["late"]
        shown = late or first
        if not shown:
            return
        self.title("Keep-alive: clients that were silent too long" if late else "Keep-alive")
        self.table(
            "client  -keep-alive  -longest silence  -silences over 1.5 times",
            [
                [
                    name(made["client_id"]),
                    f"{made['keep_alive']} s" if made["keep_alive"] else "off",
                    duration(made["longest_silence"]),
                    number(made["too_long_silences"]),
                ]
                for made in shown
            ],
        )

    def rules(self, all: Summary) -> None:
        self.title("Broken rules")
        if all["rules"]:
            self.table(
                "rule  -packets  -first",
                [
                    [made["rule"], number(made["packets"]), str(made["first"])]
                    for made in all["rules"]
                ],
            )
        else:
            silent = any(note["rule"] for note in all["notes"])
            self.say("none by a packet" if silent else "none")
        if all["notes"]:
            self.title("What else was found")
            self.table(
                "what  -count", [[made["text"], number(made["count"])] for made in all["notes"]]
            )


def _of(found: Summary) -> str:
    shown, count = len(found["first"]), found["count"]
    return f", the first {shown} of {number(count)} by packets" if shown < count else ""


def _fewer(rates: Summary) -> tuple[float, list[dict[str, list[int]]]]:
    """In fewer steps, for text."""
    count = len(rates["client"]["packets"])
    factor = next(f for p in (1, 10, 100) for f in (p, 2 * p, 5 * p) if -(-count // f) <= ROWS)
    return rates["step"] * factor, [
        {
            key: [sum(values[i : i + factor]) for i in range(0, count, factor)]
            for key, values in rates[side].items()
        }
        for side in ("client", "server")
    ]


def print_summary(all: Summary, out: TextIO) -> None:
    made = Layout(out)
    made.sums(all)
    made.types(all)
    made.clients(all)
    made.topics(all)
    made.rates(all)
    made.sizes(all)
    made.latency(all)
    made.again(all)
    made.aliases(all)
    made.keep_alive(all)
    made.rules(all)
