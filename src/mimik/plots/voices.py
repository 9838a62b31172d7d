"""Voices over time: utterances as blocks; in long recordings, shares of time. Needs matplotlib."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.colours import OTHER_COLOUR, class_colour, expression_colour
from mimik.errors import printable
from mimik.plots.face import INK
from mimik.readings import FACE_VOICE, UNCERTAIN

MOST_BLOCKS = 120
"""Utterances that can be told apart in one chart; of more, shares of time are drawn."""
MOST_BINS = 150
"""Stretches of time in such a chart, at most."""
BIN_LENGTHS_S = (5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
"""How long they may be."""
NOT_RELIABLE = "not reliable"
"""What is said of an utterance that can't be heard well enough."""
LOW = 8.0
"""Height of its block, in per cent: nothing is known of it but that someone speaks."""
HATCHES = {"calm": "..", "bored": "xx", UNCERTAIN: "///", NOT_RELIABLE: "\\\\\\"}
"""Patterns, for eyes that can't tell all of the colours apart."""
TOP = 113
"""Where the axis ends, in per cent: above it would be no room for the label of a block."""
LETTER_IN, LABEL_PT = 0.058, 7
"""Width of a letter of an utterance's label, and its size."""


@dataclass(slots=True)
class Voice:
    """What one task read of the utterances of one source, in order."""

    source: str
    task: str
    classes: list[str]
    """All that the task may answer."""
    starts_s: list[float] = field(default_factory=list)
    ends_s: list[float] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    """A class, "uncertain" or "not reliable"."""
    shares: list[float] = field(default_factory=list)
    """Probability of the most probable class."""

    @property
    def span_s(self) -> tuple[float, float]:
        """From the beginning of the sound, or what is heard before that, to the end of the last utterance."""
        return min(0.0, *self.starts_s), max(self.ends_s)

    @property
    def spoken_s(self) -> float:
        """How long somebody speaks."""
        return sum(end - start for start, end in zip(self.starts_s, self.ends_s, strict=True))

    def add(self, span: Mapping[str, Any], reading: Mapping[str, Any]) -> None:
        """Take an utterance in."""
        reliable = (span["quality"] or {}).get("reason") is None
        self.starts_s.append(float(span["start_s"]))
        self.ends_s.append(float(span["end_s"]))
        self.answers.append(str(reading["label"]) if reliable else NOT_RELIABLE)
        self.shares.append(max(value or 0.0 for value in reading["probabilities"].values()))

    def there(self) -> list[str]:
        """The answers that were given, classes in their order."""
        return [name for name in (*self.classes, UNCERTAIN, NOT_RELIABLE) if name in self.answers]

    def look(self, answer: str) -> dict[str, Any]:
        """Colour and pattern of an answer."""
        if answer not in self.classes:
            colour = OTHER_COLOUR
        elif self.task in ("voice", FACE_VOICE):
            colour = expression_colour(answer)
        else:
            colour = class_colour(self.classes.index(answer))
        empty = answer == NOT_RELIABLE
        return {
            "facecolor": "none" if empty else colour,
            "edgecolor": colour if empty else "white",
            "hatch": HATCHES.get(answer),
            "linewidth": 0.3,
        }


def voices_in(spans: Iterable[Mapping[str, Any]]) -> list[Voice]:
    """What each task read of the voices of each source, in the order of the utterances."""
    found: dict[tuple[str, str], Voice] = {}
    for span in spans:
        for task, reading in _readings(span):
            key = (str(span["source"]), task)
            found.setdefault(key, Voice(*key, [*reading["probabilities"]])).add(span, reading)
    return list(found.values())


def _readings(span: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The readings of classes."""
    for name, value in span.items():
        if isinstance(value, Mapping) and value.get("probabilities"):
            yield name, value


def draw_voice(axes: Any, voice: Voice, limits_s: tuple[float, float]) -> None:
    """One task's answers over time.

    Args:
        axes: What is drawn on.
        voice: The answers.
        limits_s: Where the axis of time begins and ends.
    """
    axes.set(xlim=limits_s, ylim=(0, TOP), yticks=range(0, 101, 20), xlabel="seconds")
    if len(voice.answers) <= MOST_BLOCKS:
        _draw_blocks(axes, voice)
        axes.set_ylabel("probability, %")
        _title(axes, f"{voice.task}: utterances")
    else:
        length_s = bin_length(limits_s)
        _draw_shares(axes, voice, limits_s, length_s)
        axes.set_ylabel("% of the time")
        _title(axes, f"{voice.task}: what each {length_s:g} s hold")
    axes.grid(axis="y", alpha=0.25)


def _title(axes: Any, text: str) -> None:
    axes.set_title(printable(text), loc="left", fontsize=8, color=INK, parse_math=False)


def _draw_blocks(axes: Any, voice: Voice) -> None:
    """A block an utterance, as high as its answer is probable, named where there is room."""
    from matplotlib.patches import Rectangle

    inch_s = _inches_a_second(axes)
    found = zip(voice.starts_s, voice.ends_s, voice.answers, voice.shares, strict=True)
    for start_s, end_s, answer, share in found:
        height = LOW if answer == NOT_RELIABLE else 100 * share
        axes.add_patch(Rectangle((start_s, 0), end_s - start_s, height, **voice.look(answer)))
        if (end_s - start_s) * inch_s > LETTER_IN * len(answer):
            place = {"ha": "center", "va": "bottom", "fontsize": LABEL_PT, "color": INK, "parse_math": False}
            axes.text((start_s + end_s) / 2, height + 1, printable(answer), clip_on=True, **place)


def _inches_a_second(axes: Any) -> float:
    """How long a second is, about: legends and scales take a third of a figure."""
    first_s, last_s = axes.get_xlim()
    figure = axes.figure
    while figure is not figure.figure:
        figure = figure.figure
    return float(0.65 * figure.get_figwidth() / max(last_s - first_s, 1e-6))


def bin_length(limits_s: tuple[float, float]) -> float:
    """The shortest of BIN_LENGTHS_S of which MOST_BINS are enough."""
    whole_s = limits_s[1] - limits_s[0]
    fit = (length for length in BIN_LENGTHS_S if whole_s / length <= MOST_BINS)
    return float(next(fit, BIN_LENGTHS_S[-1]))


def _draw_shares(axes: Any, voice: Voice, limits_s: tuple[float, float], length_s: float) -> None:
    """A column for each stretch of time, divided among the answers; as high as somebody speaks."""
    edges, shares = shares_of(voice, limits_s, length_s)
    base = np.zeros(len(edges) - 1)
    for answer in voice.there():
        values = 100 * shares[answer]
        axes.bar(edges[:-1], values, length_s, bottom=base, align="edge", **voice.look(answer))
        base += values


def shares_of(
    voice: Voice, limits_s: tuple[float, float], length_s: float
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """The part of each stretch of time that the utterances with each answer take.

    Args:
        voice: The utterances.
        limits_s: Where the first stretch begins, and what the last one reaches.
        length_s: How long a stretch is.

    Returns:
        The edges of the stretches (N + 1), and for each answer N parts, 0 to 1.
    """
    bins = max(1, int(np.ceil((limits_s[1] - limits_s[0]) / length_s)))
    edges: NDArray[np.float64] = limits_s[0] + length_s * np.arange(bins + 1, dtype=np.float64)
    shares: dict[str, NDArray[np.float64]] = {answer: np.zeros(bins) for answer in voice.there()}
    for start_s, end_s, answer in zip(voice.starts_s, voice.ends_s, voice.answers, strict=True):
        inside = np.minimum(edges[1:], end_s) - np.maximum(edges[:-1], start_s)
        shares[answer] += np.maximum(0, inside) / length_s
    return edges, shares


def voice_legend(axes: Any, voice: Voice) -> None:
    """Names of the answers with their colours, on axes that show nothing else."""
    from matplotlib.patches import Patch

    axes.axis("off")
    names = voice.there()
    patches = [Patch(**voice.look(name)) for name in names]
    columns = 2 if len(names) > 5 else 1
    text = [printable(name) for name in names]
    axes.legend(patches, text, loc="center left", fontsize=7, frameon=False, ncols=columns)
