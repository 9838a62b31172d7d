"""How well voice.base's recipe hears people that it hasn't heard: runs that held a fold of them each.

    mimik train recipes/voice.base.toml --data DATA --fold 0 --run runs/voice0     (and so on, a run a fold)
    python benchmarks/voice_folds.py --data DATA 0=runs/voice0 1=runs/voice1 ...   measure
    python benchmarks/voice_folds.py --data DATA                                   RAVDESS by both runs anew
    python benchmarks/voice_folds.py --data DATA 1=runs/seed1 --tell               print a run's figures
    python benchmarks/voice_folds.py              write card and table again from docs/figures

Each run hears the people of its fold alone, of all four sets; what they say is taken together. voice.base
has four columns, which say what the mean of two networks says: runs of seed 0 with half of them (columns = 2,
batch = 48, epochs = 17) were measured on all sets, and on RAVDESS their mean with runs of seed 1
(docs/figures/fusion.voices.csv, see benchmarks/fusion_fit.py). ``noise`` is
pink, 10 dB below the voice; ``telephone`` is 300 to 3400 Hz; "own" limits answers to the classes of the set.
Against the person's own voice the reference is ten clips of the person, drawn at random (``ten``), all of
them (``all``), or ten in one emotion. Intervals (95 %) draw people again. The card's figures are of these
runs, for the network of the package has learned from all of these people but those that it was calibrated on.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figures import FIGURES, ROOT, fill
from fusion_fit import heard_before
from mimik.data.base import Sample, load_reader
from mimik.evaluate.heard import SoundChange
from mimik.models.card import read_card
from mimik.models.store import PACKAGED
from mimik.tasks.calibration import expected_calibration_error
from mimik.tasks.loaded import LoadedModel, load_model
from mimik.tasks.probabilities import softmax
from mimik.types import Samples
from mimik.voice.recognise import VoiceRecogniser
from mimik.voice.reference import VoiceReference

SETS = {"RAVDESS": "ravdess", "nEMO": "nemo", "EMO-DB": "emodb", "EmoSpeech": "emospeech"}
"""Folder of DATA to its reader."""
CHANGES = {
    "as it is": SoundChange(),
    "noise": SoundChange(noise_db=10),
    "telephone": SoundChange(telephone=True),
}
KINDS = ("neutral", "angry")
"""Emotions that a reference of one emotion has."""
CLIPS, TASK, COLUMNS = 10, "voice", 4
REPORT = FIGURES / "voice.base.folds.json"
COMMAND = "python benchmarks/voice_folds.py --data DATA 0=RUN 1=RUN 3=RUN 4=RUN"
Row = dict[str, Any]


def hear_fold(model: LoadedModel, data: Path, fold: int) -> Iterator[Row]:
    """A row a clip of the fold's people: who, what it is, and what is said of it each way."""
    hearing = VoiceRecogniser({TASK: model})
    for name, reader in SETS.items():
        samples = [s for s in load_reader(reader).read(data / name, f"fold{fold}") if isinstance(s, Sample)]
        sounds = [sample.hear() if sample.hear else np.zeros(0, np.float32) for sample in samples]
        heard = [i for i, sound in enumerate(sounds) if np.any(sound)]
        people = {samples[i].group for i in heard}
        for person in sorted(map(str, people)):
            own = [i for i in heard if samples[i].group == person]
            said = [_said(hearing, samples[i], sounds[i]) for i in own]
            mine = [samples[i] for i in own]
            labels = [str(sample.labels[TASK]) for sample in mine]
            references = _references(labels, [one["as it is"] for one in said])
            heat = hearing.models[TASK].card.temperature
            for sample, ways in zip(mine, said, strict=True):
                yield _row(
                    name,
                    sample,
                    {way: one / heat for way, one in (ways | _against(ways, references)).items()},
                )


def joined(data: Path) -> Iterator[Row]:
    """The same of RAVDESS by two networks, as it is: the mean of what runs of two seeds said."""
    said, names = heard_before()
    assert tuple(names) == read_card(PACKAGED / "voice.base.json").labels
    samples = [s for s in load_reader("ravdess").read(data / "RAVDESS") if isinstance(s, Sample)]
    by_person: defaultdict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        if Path(sample.key).stem in said:
            by_person[str(sample.group)].append(sample)
    for _, mine in sorted(by_person.items()):
        own = [said[Path(sample.key).stem] for sample in mine]
        references = _references([str(sample.labels[TASK]) for sample in mine], own)
        for sample, logits in zip(mine, own, strict=True):
            plain = {"as it is": logits}
            yield _row("RAVDESS", sample, plain | _against(plain, references))


def _said(hearing: VoiceRecogniser, sample: Sample, sound: Samples) -> dict[str, NDArray[np.float32]]:
    """What is said of a clip as it is, in noise and over a telephone."""
    return {way: hearing.logits(change.apply(sound, sample.key))[TASK] for way, change in CHANGES.items()}


def _references(labels: Sequence[str], said: Sequence[NDArray[np.float32]]) -> dict[str, VoiceReference]:
    """Kind of reference to one of a person's clips, as reference_of makes it; no clip is heard twice.

    Of an emotion that they don't show there is none.
    """
    order = np.random.default_rng(0).permutation(len(said)).tolist()
    chosen = {"ten": order[:CLIPS], "all": order}
    for kind in KINDS:
        chosen[kind] = [i for i in order if labels[i] == kind][:CLIPS]
    means = {name: np.mean([said[i] for i in rows], axis=0) for name, rows in chosen.items() if rows}
    return {
        name: VoiceReference({TASK: mean - mean.mean()}, {}, len(chosen[name]), 0.0)
        for name, mean in means.items()
    }


def _against(
    said: dict[str, NDArray[np.float32]], references: dict[str, VoiceReference]
) -> dict[str, NDArray[np.float32]]:
    plain = {TASK: said["as it is"]}
    return {f"against {kind}": one.against(plain)[TASK] for kind, one in references.items()}


def _row(name: str, sample: Sample, ways: dict[str, NDArray[np.float32]]) -> Row:
    known = {"set": name, "person": sample.group, "label": sample.labels[TASK], "said": ways}
    return {**known, **{group: sample.subgroup.get(group, "") for group in ("gender", "intensity")}}


def score(rows: Sequence[Row], way: str, classes: Sequence[str]) -> Row:
    """How good the answers to some clips of one set are."""
    names, labels = np.array(classes), np.array([row["label"] for row in rows])
    logits = np.array([row["said"][way] for row in rows], np.float32)
    own = np.isin(names, np.unique(labels))
    given = names[logits.argmax(axis=1)] == labels
    limited = names[np.where(own, logits, -np.inf).argmax(axis=1)] == labels
    people = np.array([row["person"] for row in rows])
    truth = np.array([list(names).index(label) for label in labels])
    return {
        "n": len(rows),
        "people": len(np.unique(people)),
        "macro_recall": recall(labels, given),
        "macro_recall_own": recall(labels, limited),
        "own_ci95": interval(labels, limited, people),
        "ece": expected_calibration_error(softmax(logits), truth),
    }


def recall(labels: NDArray[np.str_], right: NDArray[np.bool_]) -> float:
    """The mean over classes of the share that is right."""
    return float(np.mean([right[labels == label].mean() for label in np.unique(labels)]))


def interval(labels: NDArray[np.str_], right: NDArray[np.bool_], people: NDArray[np.str_]) -> list[float]:
    rng, names = np.random.default_rng(0), np.unique(people)
    rows = {name: np.flatnonzero(people == name) for name in names}
    drawn = [np.concatenate([rows[n] for n in rng.choice(names, len(names))]) for _ in range(1000)]
    return [float(v) for v in np.percentile([recall(labels[d], right[d]) for d in drawn], (2.5, 97.5))]


def table(rows: Sequence[Row], classes: Sequence[str]) -> Iterator[Row]:
    """A row a set and way; RAVDESS's also by gender and intensity."""
    for name in SETS:
        mine = [row for row in rows if row["set"] == name]
        if not mine:
            continue
        ways = dict.fromkeys(way for row in mine for way in row["said"])
        for way in ways:
            having = [row for row in mine if way in row["said"]]
            yield {"set": name, "way": way, "group": "all", **score(having, way, classes)}
        for group in ("gender", "intensity"):
            for value in sorted({row[group] for row in mine} - {""}):
                some = [row for row in mine if row[group] == value]
                yield {"set": name, "way": "as it is", "group": value, **score(some, "as it is", classes)}


def figures(found: Sequence[Row]) -> Iterator[Row]:
    """Those that the card names."""
    for row in found:
        if row["group"] != "all" or row["way"] not in (*CHANGES, "against ten"):
            continue
        plain = row["way"] == "as it is"
        data = row["set"] if plain else f"{row['set']}, {row['way']}"
        shared = {"data": f"{data}{_of_columns(row)}", "split": "folds by person"}
        shared |= {"command": COMMAND, "n": row["n"]}
        if plain:
            yield {**shared, "metric": "macro_recall", "value": round(row["macro_recall"], 4)}
        own = {"value": round(row["macro_recall_own"], 4), "ci95": [round(v, 4) for v in row["own_ci95"]]}
        yield {**shared, "metric": "macro_recall_own", **own}


def subgroups(found: Sequence[Row]) -> list[Row]:
    """The same by gender and intensity."""
    return [
        {
            "data": f"{row['set']}{_of_columns(row)} folds by person",
            "by": "gender" if row["group"] in ("female", "male") else "intensity",
            "value": row["group"],
            "metric": "macro_recall_own",
            "figure": round(row["macro_recall_own"], 4),
            "ci95": [round(v, 4) for v in row["own_ci95"]],
            "n": row["n"],
        }
        for row in found
        if row["group"] != "all"
    ]


def _of_columns(row: Row) -> str:
    return "" if row["columns"] == COLUMNS else f", {row['columns']} of {COLUMNS} columns"


def markdown(found: Sequence[Row]) -> str:
    """The table of docs/results.md."""
    lines = ["| set | heard | of whom | columns | clips | macro recall | own classes (95 % interval) | ECE |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for row in found:
        low, high = row["own_ci95"]
        own = f"{row['macro_recall_own']:.3f} ({low:.3f} to {high:.3f})"
        heard = (row["set"], row["way"], row["group"], str(row["columns"]), f"{row['n']:,}")
        lines.append(f"| {' | '.join(heard)} | {row['macro_recall']:.3f} | {own} | {row['ece']:.3f} |")
    return "\n".join(lines)


def tell(fold: str, heard: Sequence[Row], classes: Sequence[str]) -> None:
    """Print a fold's figures by themselves: macro recall of each set, as it is."""
    for name in SETS:
        scores = score([row for row in heard if row["set"] == name], "as it is", classes)
        given, own = scores["macro_recall"], scores["macro_recall_own"]
        print(f"fold {fold}  {name:<10}{given:.3f}, of its own classes {own:.3f}", flush=True)


def measure(data: Path, runs: Sequence[str]) -> list[Row]:
    """Hear the people of each run's fold; print each fold's figures, and give those of all."""
    rows: list[Row] = []
    classes: tuple[str, ...] = ()
    for fold, _, run in (one.partition("=") for one in runs):
        model = load_model(TASK, str(Path(run) / "voice.base.json"), "cpu")
        classes = model.card.labels
        heard = list(hear_fold(model, data, int(fold)))
        tell(fold, heard, classes)
        rows += heard
    return [{**row, "columns": COLUMNS // 2} for row in table(rows, classes)]


def best_known(found: Sequence[Row]) -> list[Row]:
    """A row a set, way and group: by all columns where that was measured."""
    rows = {(row["set"], row["way"], row["group"]): row for row in sorted(found, key=lambda r: r["columns"])}
    return [rows[key] for key in dict.fromkeys((r["set"], r["way"], r["group"]) for r in found)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="*", metavar="FOLD=RUN")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--tell", action="store_true", help="print the figures of each fold, write nothing")
    asked = parser.parse_args()
    path = PACKAGED / "voice.base.json"
    found = json.loads(REPORT.read_text(encoding="utf-8"))
    if asked.runs and asked.data:
        measured = measure(asked.data, asked.runs)
        if asked.tell:
            return
        found = measured
    if asked.data:
        ours = table(list(joined(asked.data)), read_card(path).labels)
        found = [row for row in found if row["columns"] < COLUMNS]
        found += [{**row, "columns": COLUMNS} for row in ours]
        REPORT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    found = best_known(found)
    card = replace(read_card(path), figures=tuple(figures(found)), subgroups=tuple(subgroups(found)))
    path.write_text(card.to_json(), encoding="utf-8")
    fill(ROOT / "docs" / "results.md", "voice-folds", markdown(found))


if __name__ == "__main__":
    main()
