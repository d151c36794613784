# SPDX-License-Identifier: MIT
"""inspect --stats --plots: a page of plots, to be read on paper, too."""

from __future__ import annotations

import io
import warnings
from itertools import takewhile
from typing import Any
from xml.sax.saxutils import escape

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ..outcome import UsageError
from ..written import written
from .collect import ANSWERED, SIDES, Statistics
from .layout import Summary, duration, name, number, size

KINDS = ("svg", "png")
INCHES = (8.27, 11.69)  # A4
DPI = 150
TOPICS = 12
LONGEST = 34  # characters of a topic
LINES = 8  # curves in a plot

# Okabe and Ito's, which people with colour blindness tell apart.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#000000", "#999999")
DASHES = ("-", "--", "-.", ":")
STYLE = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # which matplotlib brings along
    "font.size": 8,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "mqttwire",  # the same statistics are the same file
}


def kind_of(path: str) -> str:
    kind = path.rpartition(".")[2].lower()
    if kind not in KINDS:
        raise UsageError(f"--plots {path}: say a file that ends in .svg or .png")
    return kind


def plot(statistics: Statistics, all: Summary, title: str, path: str) -> None:
    kind = kind_of(path)
    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of characters that the font has not
        figure = figure_of(statistics, all, title)
        # A date would make each file another one.
        metadata = {"Title": title, "Date": None} if kind == "svg" else {"Title": title}
        made = io.BytesIO()
        figure.savefig(made, format=kind, dpi=DPI, metadata=metadata)
    data = made.getvalue()
    if kind == "svg":
        data = _described(data.decode(), title, words(all)).encode()
    with written(path) as out:
        out.write(data)


def words(all: Summary) -> str:
    """What the plots show, for those who do not see them."""
    parts = [f"{number(all['packets'])} packets, {size(all['bytes'])}"]
    if all["duration"]:
        parts[0] += f" in {duration(all['duration'])}"
    parts += [
        f"{made['type'] or 'reserved'}: {number(sum(made[side]['packets'] for side in SIDES))}"
        for made in all["types"]
    ]
    parts += [
        f"{made['answer']} by the {made['sender']}: median {duration(made['median'])},"
        f" longest {duration(made['max'])}"
        for made in all["latency"]
    ]
    return "; ".join(parts) + "."


def _described(text: str, title: str, description: str) -> str:
    """An SVG with a name and a description for screen readers."""
    start = text.index("<svg ")
    end = text.index(">", start)
    return (
        f'{text[:end]} role="img" aria-labelledby="title description">\n'
        f' <title id="title">{escape(title)}</title>\n'
        f' <desc id="description">{escape(description)}</desc>{text[end + 1 :]}'
    )


# ---- The page -----------------------------------------------------------------------------------


def figure_of(statistics: Statistics, all: Summary, title: str) -> Figure:
    figure = Figure(figsize=INCHES, layout="constrained")
    head = f"{number(all['packets'])} packets, {size(all['bytes'])}"
    if all["duration"]:
        head += f", {duration(all['duration'])}"
    figure.suptitle(f"{title}\n{head}", fontsize=12, parse_math=False)
    grid = figure.add_gridspec(4, 2, height_ratios=[1, 1.05, 1.15, 1.35])
    _rates(figure.add_subplot(grid[0, :]), all)
    _types(figure.add_subplot(grid[1, 0]), all)
    _sizes(figure.add_subplot(grid[1, 1]), all)
    _latency(figure.add_subplot(grid[2, :]), statistics)
    _topics(figure.add_subplot(grid[3, 0]), all)
    _qos(figure.add_subplot(grid[3, 1]), all)
    return figure


def _empty(axes: Any, text: str) -> None:
    axes.set_axis_off()
    axes.text(0, 0.5, text, transform=axes.transAxes)


def _counts(axis: Any) -> None:
    axis.set_major_locator(MaxNLocator(5, integer=True))
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))


def _rates(axes: Any, all: Summary) -> None:
    rates = all["rates"]
    axes.set_title("Packets over time")
    if not rates:
        return _empty(axes, "A stream has no times.")
    step = rates["step"]
    starts = [i * step for i in range(len(rates["client"]["packets"]))]
    below = [0] * len(starts)
    for side, colour, hatch in zip(SIDES, COLOURS, ("", "////")):
        values = rates[side]["packets"]
        axes.bar(
            starts, values, step * 0.9, below, align="edge", color=colour, hatch=hatch,
            edgecolor="white", linewidth=0, label=f"from {side}s",
        )  # fmt: skip
        below = [a + b for a, b in zip(below, values)]
    axes.set_xlabel("seconds since the first packet")
    axes.set_ylabel(f"packets in {duration(step)}")
    axes.grid(axis="x", visible=False)
    _counts(axes.yaxis)
    axes.legend(loc="upper right", ncols=2, bbox_to_anchor=(1, 1.22))


def _bars(axes: Any, names: list[str], parts: list[tuple[str, list[int]]]) -> None:
    """Lying bars, the first one on top."""
    places = range(len(names))
    left = [0] * len(names)
    for (label, values), colour, hatch in zip(parts, COLOURS, ("", "////")):
        axes.barh(
            places, values, 0.7, left, color=colour, hatch=hatch, edgecolor="white", linewidth=0,
            label=label,
        )  # fmt: skip
        left = [a + b for a, b in zip(left, values)]
    for place, value in zip(places, left):
        axes.annotate(
            number(value), (value, place), (3, 0), textcoords="offset points", va="center",
            fontsize=7,
        )  # fmt: skip
    axes.set_yticks(places, labels=names, parse_math=False)
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.margins(x=0.18)
    axes.set_xlabel("packets")
    _counts(axes.xaxis)


def _types(axes: Any, all: Summary) -> None:
    axes.set_title("Packets by type")
    none = {"packets": 0}
    if not all["types"]:
        return _empty(axes, "There is no packet.")
    _bars(
        axes,
        [made["type"] or "(reserved)" for made in all["types"]],
        [
            (f"from {side}s", [made.get(side, none)["packets"] for made in all["types"]])
            for side in SIDES
        ],
    )


def _sizes(axes: Any, all: Summary) -> None:
    axes.set_title("Sizes of packets")
    sizes = all["sizes"]["packets"]
    if not sizes:
        return _empty(axes, "There is no packet.")
    powers = sizes["histogram"]
    places = range(len(powers))
    axes.bar(places, [made["count"] for made in powers], 0.9, color=COLOURS[2])
    every = -(-len(powers) // 7)
    axes.set_xticks(places[::every], labels=[_power(made["from"]) for made in powers[::every]])
    axes.set_xlabel("bytes, from this size to the next one")
    axes.set_ylabel("packets")
    axes.grid(axis="x", visible=False)
    _counts(axes.yaxis)


def _power(value: int) -> str:
    for factor, unit in ((1 << 20, "Mi"), (1 << 10, "Ki")):
        if value >= factor:
            return f"{value // factor} {unit}"
    return str(value)


def _latency(axes: Any, statistics: Statistics) -> None:
    axes.set_title("Latency of answers")
    found = sorted(statistics.latencies.items(), key=lambda item: -item[1].count)[:LINES]
    if not found:
        return _empty(axes, "Nothing here answers anything at a known time.")
    for i, ((answer, sender), latencies) in enumerate(found):
        values, parts = latencies.curve()
        request = ANSWERED.get(answer, "?")
        axes.step(
            [max(value, 1) / 1e9 for value in [values[0], *values]], [0, *parts], where="post",
            color=COLOURS[i % len(COLOURS)], linestyle=DASHES[i % len(DASHES)],
            label=f"{request} > {answer}, {sender} ({number(latencies.count)})",
        )  # fmt: skip
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: duration(value)))
    axes.set_xlabel("time to the answer")
    axes.set_ylabel("part of the answers\nthat took no longer")
    axes.set_ylim(0, 1.03)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    axes.legend(loc="lower right", frameon=True, framealpha=0.9, edgecolor="white")


def short_names(topics: list[str]) -> list[str]:
    """Topics that are cut in their middle where they are long, but differ where the topics do."""
    short = {topic: _shortened(topic) for topic in topics}
    alike = _alike(short, topics)
    while alike:
        group = alike.pop()
        # How they begin says nothing: whole levels of it, if where they differ stays in sight.
        common = sum(1 for _ in takewhile(lambda column: len({*column}) == 1, zip(*group)))
        level = group[0].rfind("/", 0, common) + 1
        start = level if common - level < LONGEST // 3 else common
        start = max(0, min(start, min(map(len, group)) - LONGEST // 3))  # nor is nothing left
        short.update({topic: ".." + _shortened(topic[start:], LONGEST - 2) for topic in group})
        alike += _alike(short, group)
    made: list[str] = []
    for topic in topics:  # topics of two groups may go on alike
        again = sum(one.startswith(short[topic]) for one in made)
        made.append(f"{short[topic]} ({again + 1})" if short[topic] in made else short[topic])
    return made


def _alike(short: dict[str, str], topics: list[str]) -> list[list[str]]:
    """Different topics that are the same when they are short."""
    groups: dict[str, list[str]] = {}
    for topic in dict.fromkeys(topics):
        groups.setdefault(short[topic], []).append(topic)
    return [group for group in groups.values() if len(group) > 1]


def _shortened(name: str, longest: int = LONGEST) -> str:
    half = longest // 2 - 1
    return name if len(name) <= longest else f"{name[:half]}..{name[-half:]}"


def _topics(axes: Any, all: Summary) -> None:
    axes.set_title("Topics with most packets")
    first = all["topics"]["first"][:TOPICS]
    if not first:
        return _empty(axes, "Nothing was published.")
    names = [name(made["topic"]) for made in first]
    _bars(axes, short_names(names), [("packets", [made["packets"] for made in first])])


def _qos(axes: Any, all: Summary) -> None:
    axes.set_title("QoS of PUBLISH")
    if not any(made["packets"] for made in all["qos"]):
        return _empty(axes, "Nothing was published.")
    _bars(
        axes,
        [f"QoS {made['qos']}" for made in all["qos"]],
        [("packets", [made["packets"] for made in all["qos"]])],
    )
