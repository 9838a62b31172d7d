"""Training on sound: draws, sets judged by their own classes, export, and scores of the model."""

from __future__ import annotations

import dataclasses
import json
import logging
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from tiny_voices import draw_voices, voice_recipe, write_wav  # noqa: E402

from mimik.cli import main  # noqa: E402
from mimik.data.base import Sample  # noqa: E402
from mimik.errors import OptionError, RecipeError  # noqa: E402
from mimik.evaluate.heard import SoundChange  # noqa: E402
from mimik.evaluate.robustness import sound_robustness  # noqa: E402
from mimik.evaluate.score import evaluate_model  # noqa: E402
from mimik.models.card import read_card  # noqa: E402
from mimik.models.inputs import CropSpec, SoundSpec  # noqa: E402
from mimik.models.session import Session  # noqa: E402
from mimik.train.inputs.batches import plain_batches, training_batches  # noqa: E402
from mimik.train.inputs.clips import load_clips  # noqa: E402
from mimik.train.inputs.hear import _placed_whole  # noqa: E402
from mimik.train.inputs.parts import load_parts  # noqa: E402
from mimik.train.loop import train  # noqa: E402
from mimik.train.objectives.classes import NOT_ASKED, ClassObjective  # noqa: E402
from mimik.train.recipe.changes import AugmentOptions, HearOptions  # noqa: E402
from mimik.train.recipe.options import DataOptions, HeadOptions, ObjectiveOptions, OptimOptions  # noqa: E402
from mimik.train.recipe.read import read_recipe  # noqa: E402
from mimik.voice.inputs import normalised, sound_input  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]
logging.getLogger("torch.onnx").setLevel(logging.ERROR)
PLAIN = HearOptions(0.6, noise=0, telephone=0, room=0, tilt=0, speed=0, warp=0, masks=0)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One set of all three classes, another that knows two of them."""
    root = tmp_path_factory.mktemp("voices")
    draw_voices(root / "one", ("angry", "sad", "calm"))
    draw_voices(root / "two", ("angry", "sad"))
    return root


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    train(voice_recipe(), data, folder, device="cpu")
    return folder


def test_learns_exports_and_is_scored(data: Path, run: Path) -> None:
    rows = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert rows[-1]["loss"] < rows[0]["loss"]
    card = read_card(run / "voice.tiny.json")
    assert card.sound == voice_recipe().sound
    assert card.labels == ("angry", "sad", "calm")
    assert {figure["metric"] for figure in card.figures} == {"accuracy", "macro_recall"}
    report = evaluate_model(run / "voice.tiny.onnx", data / "one", "csv", "all")
    assert report["n"] == 24
    assert report["input"] == "sound"
    assert report["macro_recall"] >= 0.8
    low, high = report["macro_recall_ci95"]
    assert low <= report["macro_recall"] <= high
    assert "macro_recall_own" not in report
    assert report["overlap"]["exact"] + report["overlap"]["held"] == 24
    assert report["overlap"]["near"] == 0
    assert set(report["subgroups"]) == {"gender"}


def test_a_set_without_a_class_has_figures_of_its_own_classes(data: Path, run: Path) -> None:
    report = evaluate_model(run / "voice.tiny.onnx", data / "two", "csv", "all")
    assert report["macro_recall_own"] >= report["macro_recall"]
    assert report["accuracy_own"] >= report["accuracy"]
    few = evaluate_model(run / "voice.tiny.onnx", data / "two", "csv", "all", limit=1)
    assert few["n"] == 1
    assert "accuracy_own" in few


def test_any_length_is_heard(run: Path) -> None:
    session, spec = Session(run / "voice.tiny.onnx", "cpu"), voice_recipe().sound
    assert session.inputs == ("utterance",)
    assert session.input_shape == ("utterances", 2, "frames", 24)
    for seconds in (0.01, 0.5, 3.7):
        samples = np.random.default_rng(1).normal(0, 0.1, round(16_000 * seconds)).astype(np.float32)
        batch = normalised(sound_input(samples, spec), 0.5, 0.25)[None]
        assert session.run(batch)[0].shape == (1, 3)


def test_resuming_changes_nothing(data: Path, tmp_path: Path) -> None:
    short = voice_recipe(optim=OptimOptions(epochs=3, batch=8, ema=0.8))
    whole = train(short, data, tmp_path / "whole", device="cpu")

    class StoppedError(Exception):
        pass

    def stop(row: dict[str, object]) -> None:
        if row["epoch"] == 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        train(short, data, tmp_path / "halves", device="cpu", report=stop)
    assert train(short, data, tmp_path / "halves", device="cpu").read_bytes() == whole.read_bytes()


def test_sets_and_classes_have_their_shares_of_the_draws(data: Path) -> None:
    split = load_parts(voice_recipe(), data, voice_recipe().sound)
    trained = split.trained
    assert trained.weights.sum() == pytest.approx(1)
    assert trained.weights[trained.sets == 0].sum() == pytest.approx(0.5)
    labels = np.array([sample.labels["voice"] for sample in trained.samples])
    for label in ("angry", "sad", "calm"):
        own = trained.weights[(trained.sets == 0) & (labels == label)]
        assert own.sum() == pytest.approx(1 / 6)
    people = [{sample.group for sample in side.samples} for side in (trained, split.held)]
    assert not people[0] & people[1]


def test_what_is_heard_whole_is_what_is_used(data: Path) -> None:
    recipe = voice_recipe()
    clips = load_clips(recipe.data, data, recipe.sound)
    ((first,), *_) = plain_batches(clips, recipe.sound, 0.5, 0.25)
    used = normalised(sound_input(clips.samples[0].hear(), recipe.sound), 0.5, 0.25)
    assert np.array_equal(first[0], used)


def test_without_changes_a_batch_is_cut_or_repeated(data: Path) -> None:
    recipe = voice_recipe(hear=PLAIN)
    clips = load_clips(recipe.data, data, recipe.sound)
    whole = [batch for (batch,) in plain_batches(clips, recipe.sound, 0.5, 0.25)]
    rows, (batch,) = next(training_batches(clips, recipe.course[0].epochs, 0, 0.5, 0.25))
    assert batch.shape == (8, 2, 30, 24)
    for row, values in zip(rows, batch, strict=True):
        own = np.tile(whole[row][0], (1, 3, 1))
        starts = range(own.shape[1] - 30)
        assert min(np.abs(own[:, s : s + 30] - values).max() for s in starts) < 1e-4


def test_whole_utterances_fill_batches_of_like_length(data: Path) -> None:
    recipe = voice_recipe(hear=dataclasses.replace(PLAIN, whole=True))
    clips = load_clips(recipe.data, data, recipe.sound)
    assert clips.lengths.tolist() == [
        batch.shape[2]
        for (batch,) in plain_batches(clips, dataclasses.replace(recipe.sound, shortest_s=0.1), 0, 1)
    ]
    how = recipe.course[0].epochs
    batches = [(rows, batch) for rows, (batch,) in training_batches(clips, how, 0, 0.5, 0.25)]
    spread = [np.ptp(clips.lengths[rows]) for rows, _ in batches]
    assert max(spread) < np.ptp(clips.lengths)
    assert len({batch.shape[2] for _, batch in batches}) > 1
    for rows, batch in batches:
        assert batch.shape[2] == max(25, int(np.median(clips.lengths[rows])))


def test_a_whole_utterance_is_heard_from_end_to_end() -> None:
    hear = dataclasses.replace(PLAIN, whole=True, speed=0.1)
    levels = np.zeros((2, 40, 24), np.float32)
    levels[:, 0], levels[:, -1] = 1, 2
    quick = _placed_whole(levels, 38, hear, np.random.default_rng(0))
    assert quick[0, 0].min() > 0.4 and quick[0, -1].min() > 0.4, "played faster, it fits"
    slow = _placed_whole(levels, 100, dataclasses.replace(hear, speed=0), np.random.default_rng(0))
    assert slow[0].max() > 0.9, "beside what is shorter is silence"
    assert (slow[1] == 0.5).sum() > 50 * 24


def test_batches_are_the_same_for_a_seed_and_differ_by_epoch(data: Path) -> None:
    recipe = voice_recipe()
    clips, how = load_clips(recipe.data, data, recipe.sound), recipe.course[0].epochs
    first, again, other = (next(training_batches(clips, how, e, 0.5, 0.25))[1][0] for e in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_what_holds_no_sound_is_left_out_and_named(tmp_path: Path) -> None:
    draw_voices(tmp_path / "one", ("angry",), people=1)
    write_wav(tmp_path / "one" / "silent.wav", np.zeros(8000, np.float32))
    (tmp_path / "one" / "broken.wav").write_bytes(b"RIFF")
    with (tmp_path / "one" / "voices.csv").open("a") as table:
        table.write("silent.wav,angry,a,\nbroken.wav,angry,a,\n")
    clips = load_clips((DataOptions("csv", "all", "one/voices.csv"),), tmp_path, SoundSpec())
    assert len(clips) == 2
    assert {(item.key, item.reason) for item in clips.left_out} == {
        ("silent.wav", "silent"),
        ("broken.wav", "undecodable"),
    }


def objective(**options: object) -> ClassObjective:
    head = HeadOptions("voice.x", "voice", ("angry", "sad", "calm"))
    return ClassObjective(head, ObjectiveOptions(**options), 0.0)  # type: ignore[arg-type]


def labelled(label: str, *own: str) -> Sample:
    return Sample("k", lambda: None, "all", labels={"voice": label}, classes={"voice": own})  # type: ignore[arg-type, return-value]


def test_a_set_teaches_only_its_own_classes() -> None:
    own = objective(own_classes=1.0, label_smoothing=0.1)
    targets = own.targets([labelled("sad", "angry", "sad"), labelled("calm")])
    assert targets[0].tolist() == pytest.approx([0.05, 0.95, NOT_ASKED])
    assert targets[1].tolist() == pytest.approx([1 / 30, 1 / 30, 0.9 + 1 / 30])
    logits = torch.tensor([[0.0, 0.0, 9.0]], requires_grad=True)
    loss = own.loss(logits, targets[:1])
    loss.backward()
    assert float(loss) == pytest.approx(np.log(2), abs=1e-6)
    assert float(logits.grad[0, 2]) == 0
    assert own.score(np.array([[0.0, 1.0, 9.0]]), [labelled("sad", "angry", "sad")]) == 1


def test_a_share_of_the_loss_may_be_over_all_classes() -> None:
    samples, logits = [labelled("sad", "angry", "sad")], torch.tensor([[0.0, 2.0, 1.0]])
    losses = []
    for share in (1.0, 0.75, 1e-9):
        some = objective(own_classes=share)
        losses.append(float(some.loss(logits, some.targets(samples))))
    assert losses[2] == pytest.approx(float(torch.nn.functional.cross_entropy(logits, torch.tensor([1]))))
    assert losses[1] == pytest.approx(0.75 * losses[0] + 0.25 * losses[2])


def test_all_classes_are_asked_otherwise() -> None:
    samples = [labelled("sad", "angry", "sad")]
    logits = torch.tensor([[0.0, 2.0, 1.0]])
    plain = objective(label_smoothing=0.1)
    all_own = objective(own_classes=1.0, label_smoothing=0.1)
    wanted = plain.loss(logits, plain.targets(samples))
    assert float(all_own.loss(logits, all_own.targets([labelled("sad")]))) == pytest.approx(float(wanted))


def test_noise_and_telephone_are_options_of_the_command(
    data: Path, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, table = tmp_path / "out.json", tmp_path / "out.csv"
    words = ["evaluate", str(run), str(data / "two"), "--reader", "csv", "--split", "all"]
    more = ["--noise-db", "-10", "--telephone", "--json", str(out), "--predictions", str(table)]
    assert main([*words, *more]) == 0
    said = capsys.readouterr().out
    assert "heard with pink noise at -10 dB and telephone band" in said
    assert "clips      16" in said
    report = json.loads(out.read_text())
    assert report["changed"] == ["pink noise at -10 dB", "telephone band"]
    assert table.read_text().startswith("key,truth,predicted,confidence,group,gender,logit_angry")
    assert main([*words, "--detect"]) != 0
    assert "voice.tiny hears voices, in which no faces are found" in capsys.readouterr().err
    assert main(["evaluate", "emotion.mini", str(data / "two"), "--telephone"]) != 0
    assert "leave --noise-db and --telephone out" in capsys.readouterr().err


def test_changes_of_sound_are_checked_and_the_same_for_a_key() -> None:
    with pytest.raises(OptionError, match="-30 to 100 dB, not 300"):
        SoundChange(noise_db=300)
    samples = np.random.default_rng(0).normal(0, 0.1, 4000).astype(np.float32)
    noisy = SoundChange(noise_db=10)
    assert np.array_equal(noisy.apply(samples, "a"), noisy.apply(samples, "a"))
    assert not np.array_equal(noisy.apply(samples, "a"), noisy.apply(samples, "b"))


def test_robustness_is_a_curve(data: Path, run: Path) -> None:
    report = sound_robustness(run / "voice.tiny.onnx", data / "one", "csv", "all")
    assert report["n"] == 24
    assert [row[0] for row in report["noise_db"]] == [30, 20, 15, 10, 5, 0]
    assert all(0 <= row[1] <= 1 for row in report["noise_db"])
    assert 0 <= report["telephone"] <= 1
    assert report["as_it_is"] >= 0.8


def test_two_voice_models_are_compared(
    data: Path, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    train(voice_recipe(optim=OptimOptions(epochs=1, batch=8), seed=1), data, other, device="cpu")
    words = [str(run), str(other), str(data / "one"), "--reader", "csv", "--split", "all"]
    assert main(["compare", *words]) == 0
    said = capsys.readouterr().out
    assert "24 clips of 4 people" in said
    assert "ms a second" in said


def test_a_task_of_ones_own_is_heard(tmp_path: Path) -> None:
    draw_voices(tmp_path / "one", ("angry", "calm"), column="stress")
    table = tmp_path / "one" / "voices.csv"
    table.write_text(table.read_text().replace(",angry,", ",high,").replace(",calm,", ",low,"))
    recipe = voice_recipe(
        name="stress.tiny",
        task="stress",
        kind="classes",
        labels=("low", "high"),
        data=(DataOptions("csv", "all", "one/voices.csv"),),
        optim=OptimOptions(epochs=6, batch=4, ema=0.8),
    )
    path = train(recipe, tmp_path, tmp_path / "run", device="cpu")
    report = evaluate_model(path, table, "csv", "all")
    assert report["labels"] == ["low", "high"]
    assert report["n"] == 16


def test_the_page_lists_the_worst_clips(run: Path) -> None:
    page = (run / "report.html").read_text()
    assert "<h2>Clips</h2>" in page
    assert "data:image/jpeg" not in page
    assert "This page holds pictures" not in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"crop": CropSpec(size=24)}, r"needs \[crop\], for pictures, or \[sound\]"),
        ({"sound": None}, r"needs \[crop\], for pictures, or \[sound\]"),
        ({"augment": AugmentOptions(flip=False)}, r"\[augment\] has no meaning with \[sound\]"),
        ({"int8": True}, "are for pictures"),
        ({"network": {"family": "voice", "bands": 40}}, "says bands 40, but"),
        ({"data": (DataOptions("csv", "all", share=0.7),) * 2}, "shares of more than 1"),
    ],
)
def test_bad_recipes_say_why(changes: dict[str, object], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        voice_recipe(**changes)


def test_options_are_checked() -> None:
    for options in (
        {"noise": 2.0},
        {"speed": 0.9},
        {"length_s": 0.0},
        {"noise_from_db": 50.0},
        {"masks": -1},
    ):
        with pytest.raises(RecipeError, match="hear: "):
            HearOptions(**options)  # type: ignore[arg-type]


def test_a_recipe_file_with_sound(tmp_path: Path) -> None:
    path = tmp_path / "voice.toml"
    path.write_text(
        'name = "voice.x"\nversion = "1"\ntask = "voice"\nlabels = ["angry", "sad"]\n[sound]\nbands = 32\n'
        '[[data]]\nreader = "ravdess"\nsplit = "all"\nfolds = 5\n[hear]\nnoise = 0.3\n'
    )
    recipe = read_recipe(path)
    assert recipe.sound == SoundSpec(bands=32)
    assert recipe.network == {"family": "voice", "bands": 32}
    assert recipe.hear == dataclasses.replace(HearOptions(), noise=0.3)
