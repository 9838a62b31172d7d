"""A methods section: what made some results, in sentences that a paper can take over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from mimik.models.card import ModelCard
from mimik.models.figures import metric_name, written
from mimik.models.store import catalogue
from mimik.results.cite.frames import how_frames, how_moving, how_seen, what_came
from mimik.results.cite.made_by import Head, Sources, read_made_by
from mimik.results.cite.sound import against_reference, how_fused, how_heard, how_spoken, how_watched
from mimik.results.cite.works import Bibliography
from mimik.results.dataset import Dataset, located
from mimik.tasks.base import CLIP, CROP, SOUND, TASKS, Described, Task, load_task
from mimik.tasks.own import task_of
from mimik.tasks.words import capital, listed

DETECTORS = {"yunet": "YuNet", "haar": "OpenCV's Haar cascade for frontal faces"}
"""Detector to what a paper calls it."""
LIBRARIES = {
    **{"python": "Python", "numpy": "NumPy", "onnxruntime": "ONNX Runtime", "opencv": "OpenCV"},
    **{"av": "PyAV", "pillow": "Pillow"},
}
"""Library to how its name is written."""
_REACH = "These figures, and the calibration of probabilities, hold for {0} like those of the data sets named"
REACH = {
    CROP: f"{_REACH.format('pictures')}; for other people, cameras and lighting they need to be checked on "
    "labelled pictures.",
    SOUND: f"{_REACH.format('recordings')}; for other people, languages, microphones and noise they need to "
    "be checked on labelled recordings.",
    CLIP: f"{_REACH.format('clips')}; for other people, cameras and rooms they need to be checked on "
    "labelled clips.",
}
"""What networks take to how far figures and calibration go."""
LOUDNESS = "loudness in the band of speech"
"""What tells speech where it isn't a network."""
RULES = "rules"
"""Under ``training`` in the card of a model that follows rules, and learned from no labels."""
HASH_DIGITS = 12
"""Of a SHA-256 that are told."""


@dataclass(frozen=True, slots=True)
class Citation:
    """How some results are cited."""

    methods: str
    """The methods section: what was done, what must not be concluded, and what the models' cards add; a
    paragraph a line."""
    bibtex: str
    """Its references."""
    unknown: tuple[str, ...] = ()
    """Models whose card isn't here, so that little can be said of them."""


def cite(path: str | Path | Dataset) -> Citation:
    """How some results are cited.

    Args:
        path: A .jsonl, .csv or .parquet results file with its OUT.run, or the .run file itself; or a dataset
            of parts, by its folder or address.

    Raises:
        SourceNotFoundError, DataError: See read_made_by.
    """
    made_by = read_made_by(located(path))
    works, cards = Bibliography(), catalogue()
    runs = [_Run(head, made_by.sources, cards, works) for head in made_by.heads]
    methods = _joined([dict(run.methods()) for run in runs])
    if made_by.sources:
        methods += f" {what_came(made_by.sources)}"
    if len(runs) > 1:
        methods = f"{_several(len(runs))} {methods}"
    others = [_joined([dict(part(run)) for run in runs]) for part in (_Run.cautions, _Run.limits)]
    unknown = dict.fromkeys(name for run in runs for name in run.unknown)
    return Citation("\n\n".join(filter(None, (methods, *others))), works.bibtex(), tuple(unknown))


def _joined(runs: list[dict[str, str]]) -> str:
    """The sentences of all runs: what holds for all of them once, else each with the run's letter."""
    found = []
    for topic in dict.fromkeys(topic for run in runs for topic in run):
        told = [run.get(topic, "") for run in runs]
        if len(set(told)) == 1:
            found.append(told[0])
        else:
            found += [f"({_letter(number)}) {text}" for number, text in enumerate(told) if text]
    return " ".join(found)


def _letter(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else str(number + 1)


def _several(count: int) -> str:
    letters = [_letter(number) for number in range(count)]
    return (
        f"The results were recorded under {count} settings ({listed(letters)}); statements "
        "without a letter hold for all of them."
    )


class _Run:
    """What one head says, as sentences by topic."""

    def __init__(
        self, head: Head, sources: Sources | None, cards: Mapping[str, ModelCard], works: Bibliography
    ) -> None:
        self._head, self._sources, self._works = head, sources, works
        self._settings: Mapping[str, Any] = head["settings"]
        self._named: set[str] = set()
        models = {task: m for task, m in head["models"].items() if task not in ("detector", "speech", "tilt")}
        tasks = head.get("tasks") or list(models)
        self._tasks = [*tasks, *(task for task in models if task not in tasks)]
        self._helpers = [task for task in models if task not in tasks]
        self._models = models
        self._heard = tuple(head.get("heard") or ())
        self._seen = [task for task in self._tasks if task not in self._heard]
        self._shown = [task for task in self._tasks if task not in self._helpers]
        self._cards = {task: card for task in models if (card := _card(models[task], cards))}
        self._shown_cards = {task: self._cards[task] for task in self._shown if task in self._cards}

    @property
    def unknown(self) -> list[str]:
        """Models whose cards aren't here."""
        return [_identity(model) for task, model in self._models.items() if task not in self._cards]

    def methods(self) -> Iterator[tuple[str, str]]:
        """Topic to what there is to say of it."""
        clips = self._settings.get("clips")
        kinds = ["clips"] if clips else ["faces"] * bool(self._seen) + ["voices"] * bool(self._heard)
        what = capital(" and ".join(kinds))
        yield "software", f"{what} were analysed with mimik {self._software()}."
        if self._seen:
            yield "detector", self._detector()
            yield "quality", how_seen()
        if clips:
            name = str(clips.get("detector"))
            yield "clips", how_watched(f"{DETECTORS.get(name, name)} ({self._works.cite(name)})")
        elif self._heard:
            yield "speech", how_spoken(self._settings.get("segmenting") or {}, self._speech())
            yield "quality of voices", how_heard()
        yield "models", " ".join(map(self._read_by, self._together()))
        if any(card.temperature != 1 for card in self._cards.values()):
            cited = self._works.cite("temperature scaling")
            ruled = [card.name for card in self._shown_cards.values() if RULES in card.training]
            but = f"; those of {listed(ruled)} follow from its rules" if ruled else ""
            yield (
                "calibration",
                f"Probabilities were calibrated on held-out data by temperature scaling ({cited}){but}.",
            )
        for task, shares in (self._settings.get("prior") or {}).items():
            assumed = listed([f"{label} {100 * share:g} %" for label, share in shares.items()])
            how = f"by which answers were adjusted ({self._works.cite('class priors')})"
            yield f"prior of {task}", f"Of {task}, classes were taken to be as frequent as {assumed}, {how}."
        for task in self._shown_cards:
            if text := self._account(task):
                yield f"account of {task}", text
        most = max(self._sources.frames if self._sources else (), default=2)
        if self._seen and most > 1:  # else all are pictures
            yield "moving", how_moving(self._settings, self._subjects())
        yield from how_frames(self._settings, self._sources, self._resting())
        if moved := self._marked("against_reference"):
            named = self._settings.get("voice_reference")
            yield "reference", against_reference(listed(moved), named)
        if fusion := self._settings.get("fusion"):
            yield "fusion", how_fused(fusion)

    def cautions(self) -> Iterator[tuple[str, str]]:
        """Topic to what must not be concluded, and how well the models read."""
        for task in self._shown:
            if text := self._text(getattr(self._task(task), "caution", "")):
                yield f"caution of {task}", text
        cards = [card for card in self._shown_cards.values() if card.figures]
        figures = [f"{self._figure(card.figures[0])} for {card.name}" for card in cards]
        if figures:
            yield "figures", f"The model cards report {'; '.join(figures)}."
        for kind in dict.fromkeys(card.input for card in cards):
            yield f"reach of {kind}", REACH[kind]

    def limits(self) -> Iterator[tuple[str, str]]:
        """Topic to what the models' cards say of where they fail."""
        cards = {card.name: card for card in self._shown_cards.values() if card.limits}
        if cards:
            yield "cards", "The model cards state these limits."
        for name, card in cards.items():
            yield f"limits of {name}", f"{name}: {' '.join(card.limits)}"

    def _software(self) -> str:
        version = self._head["mimik"]
        return f"{version} ({self._works.software(version)})" + self._libraries()

    def _libraries(self) -> str:
        known = {name: v for name, v in (self._head.get("libraries") or {}).items() if v}
        ordered = [*(name for name in LIBRARIES if name in known), *(known.keys() - LIBRARIES)]
        told = [f"{LIBRARIES.get(name, name)} {known[name]}" for name in ordered]
        where = ", on a GPU (CUDA)" if self._settings.get("device") == "cuda" else ""
        return f" under {listed(told)}{where}" if told else where

    def _detector(self) -> str:
        name, detection = self._head["detector"], self._settings.get("detection") or {}
        cited = self._works.cite(name)
        file = self._head["models"].get("detector")
        parts = [cited, f"{file['name']}, {_hash(file)}" if file else ""]
        told = "; ".join(filter(None, parts))
        who = "Faces" if self._heard else "They"
        text = f"{who} were detected with {DETECTORS.get(name, name)}" + (f" ({told})" if told else "")
        if score := detection.get("score"):
            text += f" at a score of at least {score:g}"
        if size := detection.get("size"):
            text += f", in pictures scaled to a longer side of {size} pixels"
        if least := detection.get("min_face"):
            text += f"; faces smaller than {least} pixels were left out"
        return f"{text}."

    def _speech(self) -> str:
        """What told speech."""
        file = self._head["models"].get("speech")
        if file is None:
            return LOUDNESS
        text = f"Silero VAD ({self._works.cite('silero')}; {file['name']}, {_hash(file)})"
        threshold = (self._settings.get("segmenting") or {}).get("threshold")
        return f"{text} from a probability of {threshold:g}" if threshold else text

    def _together(self) -> list[list[str]]:
        """Tasks that one sentence can speak of: read by the same file, and learned from the same data."""

        def key(task: str) -> str:
            model, card = self._models[task], self._cards.get(task)
            data = [data.get("name") for data in card.data] if card else None
            return repr((model.get("sha256"), model.get("version"), data, task in self._helpers))

        known = [task for task in self._tasks if task in self._models]
        order = {key(task): number for number, task in reversed(list(enumerate(known)))}
        ordered = sorted(known, key=lambda task: order[key(task)])
        return [list(group) for _, group in groupby(ordered, key)]

    def _read_by(self, tasks: list[str]) -> str:
        """By which models some tasks were read, and what these learned from."""
        models = [self._models[task] for task in tasks]
        what = capital(listed([self._subject(task) for task in tasks]))
        names = listed([str(model["name"]) for model in models])
        version = models[0].get("version")
        facts = [f"version {version}" if version else "", _hash(models[0])]
        facts += ["outputs of one network"] if len(tasks) > 1 else []
        verb = "were" if len(tasks) > 1 else "was"
        text = f"{what} {verb} estimated by {names} ({', '.join(filter(None, facts))})"
        card = self._cards.get(tasks[0])
        if card is None:
            text += ", whose model card was not at hand, so that its training data are not described here"
        elif card.data:
            how = "by rules that were made with" if RULES in card.training else "trained on"
            text += f", {how} {listed([self._data(data) for data in card.data])}"
        served = "; it served only to mark other readings that cannot be trusted"
        return f"{text}{served if set(tasks) <= set(self._helpers) else ''}."

    def _data(self, data: Mapping[str, Any]) -> str:
        """A data set, cited where it is named first."""
        name = str(data.get("name") or "an unnamed data set")
        if name in self._named:
            return name
        self._named.add(name)
        cited = self._works.cite(name, str(data.get("citation") or ""))
        return f"{name} ({cited})" if cited else name

    def _account(self, task: str) -> str:
        described: object = self._task(task)
        if not isinstance(described, Described):
            return ""
        return self._text(described.account(self._cards[task], self._settings))

    def _text(self, text: str) -> str:
        """A task's text, the works in it cited."""
        return re.sub(r"\[([^\]]+)\]", lambda found: self._works.cite(found[1]), text)

    def _figure(self, figure: Mapping[str, Any]) -> str:
        """A figure of a card: "accuracy 68.9 % on FER-2013 (public; 95 % CI 67.4 to 70.4; n = 3,589)"."""
        metric: str = figure["metric"]
        numbers: list[float] = [figure["value"], *(figure.get("ci95") or [])]
        told = [written(metric, number)[0] for number in numbers]
        unit = written(metric, numbers[0])[1]
        facts = [figure["split"], *([f"95 % CI {' to '.join(told[1:])}"] if told[1:] else [])]
        facts += [f"n = {figure['n']:,}"] if figure.get("n") else []
        data = self._data({"name": figure["data"]})
        return f"{metric_name(metric)} {told[0]}{unit} on {data} ({'; '.join(facts)})"

    def _task(self, name: str) -> Task | None:
        """A task that is known here, or that its model's card describes."""
        if name in TASKS:
            return load_task(name)
        card = self._cards.get(name)
        return task_of(card) if card and card.kind else None

    def _subject(self, name: str) -> str:
        described: object = self._task(name)
        return described.subject if isinstance(described, Described) else name

    def _subjects(self) -> dict[str, float]:
        """What is read to the time constant of its smoothing, in seconds."""
        return {
            self._subject(name): task.tau_s
            for name in self._shown
            if name in self._seen and (task := self._task(name))
        }

    def _resting(self) -> list[str]:
        """What is read against a face at rest, where that was asked for."""
        return self._marked("against_neutral")

    def _marked(self, column: str) -> list[str]:
        """What is read of tasks that have a column."""
        columns = self._head.get("columns") or {}
        return [self._subject(task) for task in self._tasks if column in columns.get(task, ())]


def _card(model: Mapping[str, Any], cards: Mapping[str, ModelCard]) -> ModelCard | None:
    """The card of the very model; another that has its name would tell of other data."""
    card = cards.get(model["name"])
    same = card and (card.sha256, card.version) == (model.get("sha256"), model.get("version"))
    return card if same else None


def _identity(model: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (str(model["name"]), model.get("version") or "", f"({_hash(model)})")))


def _hash(model: Mapping[str, Any]) -> str:
    digits = model.get("sha256")
    return f"SHA-256 {digits[:HASH_DIGITS]}..." if digits else "SHA-256 unknown"
