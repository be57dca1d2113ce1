"""Charts as figures for an SVG of any width: places across in per cent, down in pixels, so that words keep their size.

Pure: what is drawn, not how. `templates/components/chart.html` draws all of them, `static/portal.css` gives them their
look. A chart never stands alone: the table beside it says the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

Values = Sequence[int | None]
LABELS = 12
"""Labels that fit below a row of columns on a narrow screen; of more, each second or third is written."""


class Series(NamedTuple):
    """What is drawn in one tone: its name and a value for each place, None where there is none."""

    name: str
    values: Values


class Box(NamedTuple):
    """A bar; `tone` is the place of its series."""

    x: str
    y: float
    width: str
    height: float
    tone: int


class Word(NamedTuple):
    """A text: `role` is label (of a place), value or scale; `anchor` as SVG calls it."""

    x: str
    y: float
    anchor: str
    text: str
    role: str


class Dot(NamedTuple):
    """A point of a line."""

    x: str
    y: float
    tone: int


class Path(NamedTuple):
    """A line; its points lie in a square of 100 by 100 that is stretched over `Chart.field`."""

    points: str
    tone: int


@dataclass(frozen=True, slots=True)
class Chart:
    """What is to be drawn. `field`: how many pixels from the top the place of bars and lines begins, and its height;
    `rules`: hairlines across, by their place from the top."""

    height: float
    field: tuple[float, float]
    legend: tuple[str, ...]
    boxes: tuple[Box, ...] = ()
    words: tuple[Word, ...] = ()
    rules: tuple[float, ...] = ()
    dots: tuple[Dot, ...] = ()
    paths: tuple[Path, ...] = ()


def top_of(most: int) -> int:
    """The end of a scale that holds `most`: the next of 1, 2, 5, 10, 20, 50 …"""
    step = 1
    while True:
        for times in (1, 2, 5):
            if times * step >= most:
                return times * step
        step *= 10


def columns(labels: Sequence[str], series: Sequence[Series], *, height: float = 150) -> Chart:
    """Upright bars beside each other, one group for each label: how much, over time."""
    top, above = top_of(_most(series)), 18.0
    slot = 100 / max(len(labels), 1)
    wide = min(slot * 0.72 / max(len(series), 1), 6.0)
    boxes, words = [], []
    for place in range(len(labels)):
        left = slot * place + (slot - wide * len(series)) / 2
        for tone, one in enumerate(series):
            value = one.values[place]
            if value is None:
                continue
            tall = round(height * value / top, 1)
            x = left + wide * tone
            boxes.append(Box(_cent(x), above + height - tall, _cent(wide * 0.86), tall, tone))
            if value and len(labels) <= LABELS:
                words.append(Word(_cent(x + wide * 0.43), above + height - tall - 4, "middle", str(value), "value"))
    words += _below(labels, slot, above + height + 16)
    return Chart(above + height + 24, (above, height), _names(series), tuple(boxes), tuple(words), (above + height,))


def lines(labels: Sequence[str], series: Sequence[Series], *, height: float = 120) -> Chart:
    """Shares in per cent as lines from place to place; where there is none, the line is broken."""
    above, slot = 10.0, 88 / max(len(labels), 1)
    dots, paths, words = [], [], []
    for tone, one in enumerate(series):
        run: list[str] = []
        for place, value in enumerate(one.values):
            if value is None:
                paths += _path(run, tone)
                run = []
                continue
            x = 12 + slot * (place + 0.5)
            dots.append(Dot(_cent(x), above + round(height * (100 - value) / 100, 1), tone))
            run.append(f"{x:.2f},{100 - value}")
        paths += _path(run, tone)
    rules = tuple(above + height * part / 2 for part in range(3))
    words = [Word("0%", y + 4, "start", f"{100 - 50 * part} %", "scale") for part, y in enumerate(rules)]
    words += _below(labels, slot, above + height + 20, left=12)
    return Chart(
        above + height + 28, (above, height), _names(series), (), tuple(words), rules, tuple(dots), tuple(paths)
    )


def bars(labels: Sequence[str], series: Sequence[Series]) -> Chart:
    """Bars across, below each other, each group under its label: how much of each, whatever long names they have."""
    top, thick, y = top_of(_most(series)), 11.0, 0.0
    boxes, words = [], []
    for place, label in enumerate(labels):
        words.append(Word("0%", y + 14, "start", label, "label"))
        y += 20
        for tone, one in enumerate(series):
            value = one.values[place] or 0
            long = 88 * value / top
            boxes.append(Box("0%", y, _cent(max(long, 0.3)), thick, tone))
            words.append(Word(_cent(max(long, 0.3) + 0.8), y + thick - 1, "start", str(value), "value"))
            y += thick + 3
        y += 8
    return Chart(max(y, 1), (0, y), _names(series), tuple(boxes), tuple(words))


def _most(series: Sequence[Series]) -> int:
    return max((value for one in series for value in one.values if value is not None), default=1) or 1


def _names(series: Sequence[Series]) -> tuple[str, ...]:
    return tuple(one.name for one in series)


def _below(labels: Sequence[str], slot: float, y: float, left: float = 0) -> list[Word]:
    each = -(-len(labels) // LABELS) or 1
    return [
        Word(_cent(left + slot * (place + 0.5)), y, "middle", label, "label")
        for place, label in enumerate(labels)
        if place % each == 0
    ]


def _path(run: Sequence[str], tone: int) -> list[Path]:
    return [Path(" ".join(run), tone)] if len(run) > 1 else []


def _cent(value: float) -> str:
    return f"{value:.2f}%"
