"""Runs that read whole clips: what comes out, and what can't be read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from filmed import FPS, SPEC, acted, write_clip_model, write_flash
from mimik.cli import main
from mimik.errors import NoFaceError, OptionError
from mimik.pipeline.analyzer import Analyzer
from mimik.results.read import read_spans
from mimik.results.summarise import summarise
from mimik.runs.batch import run_batch
from mimik.runs.job import Job
from mimik.sources.options import SourceOptions
from mimik.tasks.base import load_task
from mimik.tasks.loaded import load_model
from mimik.temporal.clip import take_clip
from voiced import voice, write_wav


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory, examples: Path) -> Path:
    path = tmp_path_factory.mktemp("clips") / "a.flv"
    return write_flash(path, acted(examples, 30, count=FPS), voice(1.0))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that sees and hears."""
    return write_clip_model(tmp_path_factory.mktemp("both") / "both.onnx")


@pytest.fixture(scope="module")
def sees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that only sees."""
    return write_clip_model(tmp_path_factory.mktemp("sees") / "sees.onnx", replace(SPEC, sound=None))


def problem(source: Path, model: Path, tmp_path: Path, **options: object) -> str:
    """Why a run could not read a clip."""
    job = Job(tasks=("filmed",), model={"filmed": model}, **options)  # type: ignore[arg-type]
    report = run_batch(source, tmp_path / "bad.jsonl", job, overwrite=True)
    ((_, why),) = report.failed
    assert report.done == 0 and "\n" not in why
    return why


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_a_clip_is_one_span(clip: Path, both: Path, tmp_path: Path, suffix: str) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    out = tmp_path / f"o{suffix}"
    report = run_batch(clip, out, Job(model={"filmed": both}))
    assert report.clean and (report.spans, report.frames) == (1, 0)
    (span,) = read_spans(out)
    assert (span["source"], span["span"], span["start_s"]) == (str(clip), 0, 0.0)
    assert span["end_s"] == pytest.approx(24 / FPS, abs=0.05), "the time of the last picture"
    assert span["quality"]["speech"] is None and -40 < span["quality"]["level_db"] < -5
    assert span["quality"]["reliable"] is True
    assert sum(span["filmed"]["probabilities"].values()) == pytest.approx(1, abs=1e-3)
    (row,) = summarise(out)
    assert row["source"] == str(clip)


def test_it_says_what_its_network_says_of_the_clip(clip: Path, both: Path, tmp_path: Path) -> None:
    from mimik.data.voices.sounds import film_loader, sound_loader
    from mimik.faces.detect.base import load_detector

    run_batch(clip, tmp_path / "o.jsonl", Job(model={"filmed": both}))
    (span,) = read_spans(tmp_path / "o.jsonl")
    model = load_model("filmed", str(both), "cpu")
    taken = take_clip("a", film_loader(clip), sound_loader(clip), SPEC, load_detector())
    logits = model.logits(*taken.inputs(SPEC, model.card.mean, model.card.std))
    (values,) = model.task.decode(logits, model.card)
    assert span["filmed"]["probabilities"]["happy"] == pytest.approx(float(values[0]), abs=1e-3)


def test_a_film_without_sound_is_seen_by_what_only_sees(
    both: Path, sees: Path, tmp_path: Path, examples: Path
) -> None:
    mute = write_flash(tmp_path / "mute.flv", acted(examples, 30))
    assert "mute.flv: has no sound, and the network reads face and voice together; take one that reads" in (
        problem(mute, both, tmp_path)
    )
    report = run_batch(mute, tmp_path / "o.csv", Job(model={"filmed": sees}))
    assert report.clean
    (span,) = read_spans(tmp_path / "o.csv")
    assert (span["quality"]["level_db"], span["quality"]["reliable"]) == (None, True)
    silent = write_flash(tmp_path / "silent.flv", acted(examples, 30), np.zeros(8000, np.float32))
    assert "silent.flv: nothing sounds in it" in problem(silent, both, tmp_path)


def test_what_cant_be_read_whole_says_why(clip: Path, both: Path, tmp_path: Path, examples: Path) -> None:
    few = write_flash(tmp_path / "few.flv", acted(examples, 30, count=5), voice(0.3))
    assert problem(few, both, tmp_path) == f"{few}: has 5 pictures, and 6 are needed"
    still = problem(examples / "astronaut.jpg", both, tmp_path)
    assert "astronaut.jpg: has 1 picture, and 6 are needed" in still
    grey = [np.full((96, 96, 3), 120, np.uint8)] * 12
    nobody = write_flash(tmp_path / "nobody.flv", grey, voice(0.5))
    assert problem(nobody, both, tmp_path) == f"{nobody}: no face is found in it"
    seldom = write_flash(tmp_path / "seldom.flv", [*acted(examples, 9, count=4), *grey], voice(0.6))
    assert "a face is found in only 2 of 6 pictures" in problem(seldom, both, tmp_path)
    talk = write_wav(tmp_path / "talk.wav", voice(1.0))
    assert "talk.wav: sound alone: it has a voice and no face" in problem(talk, both, tmp_path)
    long = write_flash(tmp_path / "long.flv", acted(examples, 9, count=4) * 110, voice(1.0))
    told = problem(long, both, tmp_path)
    assert "is 18 s long, and a clip is one utterance, 15 s at most: name a part of it with --start" in told
    part = replace(SourceOptions(), start_s=0.0, end_s=0.9)
    assert run_batch(long, tmp_path / "part.jsonl", Job(model={"filmed": both}, frames=part)).clean


def test_where_a_face_isnt_found_it_is_where_it_was(examples: Path) -> None:
    class Blinking:
        """Finds the face in every other picture."""

        name = "blinking"

        def __init__(self) -> None:
            from mimik.faces.detect.base import load_detector

            self.inner, self.asked = load_detector(), 0

        def detect(self, image: object) -> list[object]:
            self.asked += 1
            return list(self.inner.detect(image)) if self.asked % 2 else []  # type: ignore[arg-type]

    images = acted(examples, 0, count=6)
    clip = take_clip("a", lambda count: images, None, replace(SPEC, sound=None), Blinking())  # type: ignore[arg-type]
    assert [clip.squares[i] == clip.squares[i + 1] for i in (0, 2, 4)] == [True] * 3
    assert not clip.several
    with pytest.raises(NoFaceError, match="a: no face is found"):
        nobody = [np.zeros((64, 64, 3), np.uint8)] * 6
        take_clip("a", lambda count: nobody, None, replace(SPEC, sound=None), Blinking())  # type: ignore[arg-type]


def test_several_faces_arent_trusted(sees: Path, tmp_path: Path, examples: Path) -> None:
    film = examples / "two_people.mp4"
    job = Job(model={"filmed": sees}, frames=SourceOptions(end_s=2))
    assert run_batch(film, tmp_path / "o.jsonl", job).clean
    (span,) = read_spans(tmp_path / "o.jsonl")
    assert (span["quality"]["reliable"], span["quality"]["reason"]) == (False, "several faces")


def test_clips_are_read_by_themselves(clip: Path, both: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="filmed: read in whole clips, and by itself: leave emotion, voice"):
        Job(tasks=("emotion", "voice", "filmed"), model={"filmed": both}).parted()
    with pytest.raises(OptionError, match="nothing is drawn of a whole clip; leave render out"):
        run_batch(clip, None, Job(model={"filmed": both}, render=tmp_path / "o.mp4"))
    with pytest.raises(OptionError, match="mic: never ends, and a clip is read whole: record it first"):
        run_batch("mic", None, Job(model={"filmed": both}))
    with pytest.raises(OptionError, match="filmed: read in whole clips, by itself: use mimik analyze"):
        Analyzer(["filmed"], model={"filmed": both})
    with pytest.raises(OptionError, match="no model for 'filmed' is here: name one, --model filmed="):
        run_batch(clip, None, Job(tasks=("filmed",)))


def test_an_archive_and_the_same_run_again(clip: Path, both: Path, tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "clips.zip", "w") as archive:
        archive.write(clip, "a.flv")
        archive.write(clip, "b.flv")
    out, job = tmp_path / "o.jsonl", Job(model={"filmed": both})
    assert run_batch(tmp_path / "clips.zip", out, job, workers=2).spans == 2
    text = out.read_bytes()
    first, second = (span["filmed"] for span in read_spans(out))
    assert first == second
    assert run_batch(tmp_path / "clips.zip", out, job).skipped == 2 and out.read_bytes() == text


def test_the_command_and_what_follows(
    clip: Path, both: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "o.jsonl"
    assert main(["analyze", str(clip), "--model", str(both), "-o", str(out)]) == 0
    assert "0:00.0 to 0:01.0" in capsys.readouterr().out
    assert main(["summary", str(out)]) == 0
    assert "filmed" in capsys.readouterr().out
    assert main(["cite", str(out)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Clips were analysed with mimik" in said and "the largest one was cut out of each" in said
    card = load_model("filmed", str(both), "cpu").card
    told = load_task("filmed").account(card, {})  # type: ignore[attr-defined]
    assert told.endswith("It was told of 6 evenly spaced pictures of each clip, and of its sound.")
    head = json.loads((tmp_path / "o.jsonl.run").read_text().splitlines()[0])
    assert (head["tasks"], head["heard"], head["settings"]["clips"]["detector"]) == (
        ["filmed"],
        ["filmed"],
        "yunet",
    )


def test_the_server_refuses_it(both: Path) -> None:
    from mimik.app.live.offers import Offers

    with pytest.raises(OptionError, match="both reads whole clips, which the server doesn't"):
        Offers("base", own={"filmed": str(both)})
