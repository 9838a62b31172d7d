"""Citing results: a methods section that says what made them, and BibTeX that can be read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from heard_results import make_span, write
from mimik._version import __version__
from mimik.errors import DataError, SourceNotFoundError
from mimik.models.card import ModelCard
from mimik.models.store import catalogue
from mimik.results.cite import works
from mimik.results.cite.methods import Citation, cite
from mimik.results.cite.works import AUTHORS, RELEASED, TITLE, WORKS, Bibliography, escaped
from mimik.runs.writer import open_writer
from mimik.voice.segment import SegmentOptions
from synthetic_results import INFO, make_face, make_result

SETTINGS: dict[str, Any] = {
    "threshold": None,
    "device": "auto",
    "detection": {"size": None, "score": 0.7, "min_face": 0, "model": None},
    "smoothing": {"strength": 1.0, "forget_s": 2.0},
    "frames": {"start_s": 0.0, "end_s": None, "every": 1, "max_fps": None, "max_size": None},
}
YUNET = {"name": "face_detection_yunet_2023mar.onnx", "sha256": "8f2383e4" + 56 * "0"}
ROOT = Path(__file__).parents[2]


def head(*models: str, settings: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """What a run of some models of the catalogue says made its results."""
    cards = [catalogue()[name] for name in models or ("emotion.base", "gender.base", "age.base")]
    named = {c.task: {"name": c.name, "version": c.version, "sha256": c.sha256} for c in cards}
    return {
        "mimik": __version__,
        "detector": "yunet",
        "tasks": list(named),
        "models": {**named, "detector": YUNET},
        "settings": {**SETTINGS, **(settings or {})},
        "libraries": {"python": "3.11.7", "onnxruntime": "1.22.0"},
        "columns": {task: {"label": "text", "against_neutral": "truth"} for task in named},
        **changes,
    }


def source(name: str, status: str = "done", frames: int = 1, error: str | None = None) -> dict[str, Any]:
    return {"source": name, "status": status, "frames": frames, "error": error, "size": 0, "file": None}


@pytest.fixture
def told(tmp_path: Path) -> Callable[..., Citation]:
    """``told(head(), source("a"))``: how results of such an OUT.run are cited."""

    def read(*lines: dict[str, Any]) -> Citation:
        path = tmp_path / "o.jsonl"
        path.touch()
        path.with_name("o.jsonl.run").write_text("".join(json.dumps(line) + "\n" for line in lines))
        return cite(path)

    return read


def entries(bibtex: str) -> dict[str, dict[str, str]]:
    """BibTeX by key, read by a small parser of its grammar; says what is wrong."""
    found: dict[str, dict[str, str]] = {}
    for entry in re.split(r"\n\n", bibtex.strip()):
        begun = re.match(r"@(\w+)\{([^\s,{}]+),\n", entry)
        assert begun and entry.endswith("\n}"), entry
        assert begun[2] not in found, f"{begun[2]} stands there twice"
        found[begun[2]] = {"kind": begun[1]}
        for line in entry[begun.end() : -2].splitlines():
            field = re.fullmatch(r"  (\w+) = \{(.+)\},", line)
            assert field, line
            found[begun[2]][field[1]] = field[2]
            assert balanced(field[2]) and not re.search(r"(?<!\\)[&%$#~^]", field[2]), line
            assert field[1] == "doi" or not re.search(r"(?<!\\)_", field[2]), line
    return found


def balanced(text: str) -> bool:
    depth = 0
    for mark in re.sub(r"\\[{}]", "", text):
        depth += {"{": 1, "}": -1}.get(mark, 0)
        if depth < 0:
            return False
    return depth == 0


# The methods section


def test_it_says_what_read_the_faces_and_what_that_learned_from(told: Callable[..., Citation]) -> None:
    text = told(head(), source("a.jpg")).methods
    digits = catalogue()["emotion.base"].sha256[:12]
    assert (
        f"mimik {__version__} (The mimik authors, {RELEASED[:4]}) under Python 3.11.7 and ONNX Runtime 1.22.0"
        in text
    )
    assert "detected with YuNet (Wu et al., 2023; face_detection_yunet_2023mar.onnx, SHA-256 8f2383e4" in text
    assert (
        f"by emotion.base, gender.base and age.base (version 5, SHA-256 {digits}..., outputs of one" in text
    )
    assert "FER-2013 (Goodfellow et al., 2013), FER+ (Barsoum et al., 2016), UTKFace (Zhang et al., " in text
    assert "FairFace (Kärkkäinen & Joo, 2021)" in text
    assert text.count("(Zhang et al., 2017)") == 1, "a data set is cited where it is named first"
    assert "uncertain if no class reached a probability of 0.40" in text
    assert "the likeliest of 9 (0-2, 3-9, " in text
    assert "not to be trusted if they were smaller than 24 pixels, lay more than 25 % outside the" in text
    assert "turned away by more than 50 degrees" in text


def test_rules_are_not_said_to_be_learned_or_calibrated(told: Callable[..., Citation]) -> None:
    text = told(head("emotion.open", "gender.fairface"), source("a.jpg")).methods
    assert "by rules that were made with MediaPipe's Face Landmarker (Grishchenko et al., 2020) and" in text
    assert "(Guo et al., 2017); those of emotion.open follow from its rules." in text
    assert "follow from its rules" not in told(head(), source("a.jpg")).methods


def test_another_prior_than_the_cards_is_told(told: Callable[..., Citation]) -> None:
    run = head()
    run["settings"]["prior"] = {"emotion": {"neutral": 0.5, "happy": 0.25}}
    text = told(run, source("a.jpg"))
    assert (
        "Of emotion, classes were taken to be as frequent as neutral 50 % and happy 25 %, by which"
        in text.methods
    )
    assert "(Saerens et al., 2002)" in text.methods and "saerens2002adjusting" in text.bibtex
    assert "as frequent as" not in told(head(), source("a.jpg")).methods


def test_it_states_the_limits(told: Callable[..., Citation]) -> None:
    _, cautions, limits = told(head(), source("a.jpg")).methods.split("\n\n")
    assert "An expression is not a feeling" in cautions and "(Barrett et al., 2019)" in cautions
    assert ";;" not in cautions
    assert "the calibration of probabilities" in cautions and "does not stand for gender identity" in cautions
    figure = catalogue()["emotion.base"].figures[0]
    assert f"accuracy {100 * figure['value']:.1f} % on FER-2013 (public; 95 % CI " in cautions
    assert f"n = {figure['n']:,}) for emotion.base; " in cautions
    for name in ("emotion.base", "gender.base", "age.base"):
        assert all(limit in limits for limit in catalogue()[name].limits)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"threshold": 0.55}, "reached a probability of 0.55"),
        ({"age_groups": 5}, "the 5-year band in which that mean lies"),
        ({"smoothing": {"strength": 0.0}}, "values were not smoothed"),
        (
            {"smoothing": {"strength": 2.0}},
            "time constants of 0.6 s (facial expression), 4 s (apparent gender)",
        ),
        ({"keep_id_s": 3.0}, "out of sight for up to 3 s"),
        ({"device": "cuda"}, "on a GPU (CUDA)"),
        (
            {"detection": {"score": 0.8, "min_face": 40, "size": 320}},
            "score of at least 0.8, in pictures scaled",
        ),
        ({"detection": {"min_face": 40}}, "faces smaller than 40 pixels were left out"),
        ({"frames": {"every": 5}}, "one frame in 5 was taken"),
        ({"frames": {"max_fps": 2.5}}, "at most 2.5 frames a second were taken"),
        ({"frames": {"start_s": 2.0, "end_s": 9.5}}, "the part from second 2 to second 9.5 was read"),
        ({"neutral": 2.0}, "the first 2 s in which the person was seen"),
        ({"neutral": "/home/me/rest.jpg", "neutral_sha256": "ab"}, "at rest, taken from rest.jpg"),
    ],
)
def test_settings_that_a_reading_depends_on(
    told: Callable[..., Citation], settings: dict[str, Any], words: str
) -> None:
    run = head(settings=settings)
    assert words in told(run, source("a.mp4", frames=50)).methods
    assert words not in told(head(), source("a.mp4", frames=50)).methods


def test_pictures_are_not_followed_over_time(told: Callable[..., Citation]) -> None:
    assert "smoothed" not in told(head(), source("a.jpg"), source("b.jpg")).methods
    assert "smoothed" in told(head(), source("a.jpg"), source("b.mp4", frames=20)).methods


def test_action_units_are_named_and_facs_is_cited(told: Callable[..., Citation]) -> None:
    run = head("au.base", "cover.mini", settings={"units": ["AU06", "AU12"]}, tasks=["au"])
    found = told(run, source("a.jpg"))
    assert (
        "(FACS; Ekman & Friesen, 1978), 2 action units were coded as present or absent (AU06, AU12)"
        in found.methods
    )
    assert "CK+ (Lucey et al., 2010)" in found.methods and "cover.mini" in found.methods
    assert "it served only to mark other readings that cannot be trusted" in found.methods
    assert {"ekman1978facial", "lucey2010extended"} <= entries(found.bibtex).keys()
    assert "ekman1978facial" not in entries(told(head(), source("a.jpg")).bibtex)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([source("a.jpg")], "The source was analysed in full (1 frame)."),
        ([source("a.jpg"), source("b.mp4", frames=9)], "Both sources were analysed in full (10 frames)."),
        (
            [
                source("a"),
                source("b", error="cut"),
                source("c", "failed", 0, "bad"),
                source("d", "left out", 0),
            ],
            "Of 3 sources, 1 was analysed in full, 1 in part (cut short or damaged) and 1 could not be read "
            "(2 frames in all). 1 file of other kinds was left out.",
        ),
        (
            [source("a", error="cut"), source("b", "failed", 0, "bad")],
            "Of 2 sources, 1 was analysed in part (cut short or damaged) and 1 could not be read (1 frame in",
        ),
        (
            [source("a", "failed", 0, "bad"), source("a", frames=7)],
            "The source was analysed in full (7 frames).",
        ),
        (
            [{**source("a", "failed", 0, "bad"), "place": "a"}, {**source("./a"), "place": "a"}],
            "The source was analysed in full (1 frame).",
        ),
    ],
)
def test_sources_and_frames_are_counted(
    told: Callable[..., Citation], lines: list[dict[str, Any]], words: str
) -> None:
    assert words in told(head(), *lines).methods


def test_several_heads_say_once_what_they_share(told: Callable[..., Citation]) -> None:
    one, two = head(), head(settings={"smoothing": {"strength": 0.0}})
    found = told(one, two, one)
    assert found.methods.startswith("The results were recorded under 2 settings (A and B);")
    assert "(A) In videos" in found.methods and "(B) In videos" in found.methods
    assert found.methods.count("Faces were analysed with") == 1
    entries(found.bibtex)
    older = told(one, head(mimik="0.1.0"))
    assert "(B) Faces were analysed with mimik 0.1.0 (The mimik authors)" in older.methods
    assert {f"mimik-{__version__}", "mimik-0.1.0"} <= entries(older.bibtex).keys()


def test_a_model_that_is_not_here_any_more_is_cited_by_what_the_run_says(
    told: Callable[..., Citation],
) -> None:
    run = head("emotion.base")
    run["models"]["emotion"]["sha256"] = "ab" * 32
    found = told(run, source("a.jpg"))
    assert (
        "by emotion.base (version 5, SHA-256 abababababab...), whose model card was not at hand"
        in found.methods
    )
    assert "FER-2013" not in found.methods and "goodfellow2013challenges" not in found.bibtex
    assert found.unknown == ("emotion.base 5 (SHA-256 abababababab...)",)


def test_a_data_set_of_ones_own_is_cited_by_its_card(
    told: Callable[..., Citation], monkeypatch: pytest.MonkeyPatch
) -> None:
    base = catalogue()["emotion.base"]
    data = ({"name": "Köln & Bonn_2", "citation": "Müller, 100 % of faces, 2024"}, {"name": "no one's"})
    own: ModelCard = replace(base, name="emotion.own", data=data)
    run = head("emotion.base")
    monkeypatch.setattr("mimik.results.cite.methods.catalogue", lambda: {"emotion.own": own})
    run["models"]["emotion"]["name"] = "emotion.own"
    found = told(run, source("a.jpg"))
    assert "Köln & Bonn_2 (Müller, 100 % of faces, 2024) and no one's." in found.methods
    entry = entries(found.bibtex)["koln-bonn-2"]
    assert entry["title"] == r"{K{\"{o}}ln \& Bonn\_2}"
    assert entry["note"] == r"M{\"{u}}ller, 100 \% of faces, 2024"


def test_a_session_of_the_app_has_no_journal_so_its_rows_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "session-1.csv"
    with open_writer(path, INFO) as writer:
        for number in range(3):
            writer.write(make_result("session", number, make_face()))
    path.with_name("session-1.csv.run").write_text(json.dumps(head()) + "\n")
    assert "The results hold 3 frames from 1 source." in cite(path).methods
    alone = tmp_path / "session-1.run"
    alone.write_text(json.dumps(head()) + "\n")
    assert "The results hold" not in cite(alone).methods


def test_parquet_tells_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "o.parquet"
    with open_writer(path, INFO) as writer:
        writer.write(make_result("a", 0, make_face()))
    assert "The source was analysed in full (1 frame)." in cite(path).methods
    path.with_name("o.parquet.run").unlink()
    assert "The results hold 1 frame from 1 source." in cite(path).methods


# Voices

SILERO = {"name": "silero_vad_16k_sequence.onnx", "sha256": "9ccdacc4" + 56 * "0"}


def heard(*models: str, speech: bool = True, **segmenting: Any) -> dict[str, Any]:
    """What a run that listened says made its results."""
    run = head(*models, "voice.base", settings={"segmenting": {**asdict(SegmentOptions()), **segmenting}})
    run["models"] |= {"speech": SILERO} if speech else {}
    if not models:
        del run["models"]["detector"]
    return {**run, "heard": ["voice"], "detector": "yunet" if models else None}


def test_it_says_how_voices_were_heard(told: Callable[..., Citation]) -> None:
    found = told(heard(longest_s=4.0), {**source("a.wav", frames=0), "spans": 7})
    assert found.methods.startswith("Voices were analysed with mimik")
    assert (
        "by Silero VAD (Silero Team, 2024; silero_vad_16k_sequence.onnx, SHA-256 9ccdacc40000...)"
        in found.methods
    )
    assert (
        "from a probability of 0.5, and cut into utterances at pauses of 0.3 s or more, and where they were"
        in found.methods
    )
    assert "longer than 4 s; speech shorter than 0.25 s was left out." in found.methods
    assert (
        "RAVDESS (Livingstone & Russo, 2018), nEMO (Christop, 2024), EMO-DB (Burkhardt et al., 2005)"
        in found.methods
    )
    assert "The source was analysed in full (7 utterances)." in found.methods
    assert "An emotion that is heard in a voice is not a feeling" in found.methods
    assert not re.search("face|YuNet|tracked|smoothed", found.methods.split("The model cards state")[0])
    assert {"silero2024vad", "livingstone2018ryerson", "banga2019indian"} <= entries(found.bibtex).keys()


def test_faces_and_voices_are_told_of_together(told: Callable[..., Citation]) -> None:
    run = heard("emotion.base", speech=False)
    text = told(run, {**source("a.mp4", frames=50), "spans": 1}).methods
    assert text.startswith("Faces and voices were analysed with mimik")
    assert "Faces were detected with YuNet" in text and "by loudness in the band of speech, and cut" in text
    assert "a time constant of 0.3 s (facial expression)." in text
    assert "(50 frames and 1 utterance)" in text


def test_a_reference_of_the_voice_is_told_of(told: Callable[..., Citation]) -> None:
    run = heard()
    assert "reference of the person's own voice" not in told(run, source("a.wav")).methods
    run["columns"] = {"voice": {"label": "text", "against_reference": "truth"}}
    for named, words in (
        ("/home/me/rest.wav", "taken from rest.wav."),
        (10.0, "the first 10 s of speech; utter"),
    ):
        run["settings"]["voice_reference"] = named
        text = told(run, source("a.wav")).methods
        assert "Readings of vocal expression are relative to a reference of" in text and words in text


def test_what_joins_face_and_voice_is_told_of(told: Callable[..., Citation]) -> None:
    run = heard("emotion.base")
    assert "were joined" not in told(run, {**source("a.mp4", frames=50), "spans": 1}).methods
    run["settings"]["fusion"] = {"name": "fusion.base", "version": "3"}
    text = told(run, {**source("a.mp4", frames=50), "spans": 1}).methods
    assert "by a product of their probabilities with two fixed weights (fusion.base, version 3)" in text


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_utterances_are_counted_where_no_journal_says_more(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"o{suffix}", [make_span("a.wav", n, n, n + 0.5) for n in range(3)])
    path.with_name(f"{path.name}.run").write_text(json.dumps(heard()) + "\n")
    assert "The results hold 3 utterances from 1 source." in cite(path).methods


# What can't be cited


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_without_out_run_it_says_what_is_missing(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"o{suffix}"
    path.touch()
    with pytest.raises(DataError, match=rf"o\{suffix}\.run isn't beside it, .* mimik analyze"):
        cite(path)
    with pytest.raises(SourceNotFoundError, match="no such file"):
        cite(tmp_path / "nope.csv")


@pytest.mark.parametrize("text", ["", "no json\n", "[1]\n", '{"mimik": "1"}\n', '{"source": "a"}\n'])
def test_a_damaged_out_run_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "o.csv"
    path.touch()
    path.with_name("o.csv.run").write_text(text)
    with pytest.raises(DataError, match=r"o\.csv\.run: "):
        cite(path)


def test_results_of_a_later_mimik_are_refused(told: Callable[..., Citation]) -> None:
    with pytest.raises(DataError, match="update mimik"):
        told(head(schema_version=99))


# BibTeX


def test_every_work_of_the_table_is_valid_bibtex_with_a_key_of_its_own() -> None:
    cited = Bibliography()
    for name in WORKS:
        assert cited.cite(name)
    found = entries(cited.bibtex())
    assert len(found) == len(WORKS)
    assert all({"author", "title", "year"} <= entry.keys() for entry in found.values())
    assert r"K{\"{a}}rkk{\"{a}}inen, Kimmo" in found["karkkainen2021fairface"]["author"]


def test_every_data_set_that_a_card_cites_is_in_the_table() -> None:
    assert {data["name"] for card in catalogue().values() for data in card.data} <= WORKS.keys()


def test_a_citation_never_has_the_key_of_another() -> None:
    cited = Bibliography()
    for name in ("FER 2", "fer-2", "FER_2", "表情"):
        cited.cite(name, "someone")
    assert list(entries(cited.bibtex())) == ["fer-2", "fer-2-2", "fer-2-3", "data"]


def test_signs_that_tex_takes_for_its_own_are_written_out() -> None:
    assert escaped("a_b & 5 % {x} ~ \\ #1 $ ^") == (
        r"a\_b \& 5 \% \{x\} \textasciitilde{} \textbackslash{} \#1 \$ \textasciicircum{}"
    )
    assert escaped("Ångström, Žižek, Çelik\n") == r"{\r{A}}ngstr{\"{o}}m, {\v{Z}}i{\v{z}}ek, {\c{C}}elik"


@pytest.mark.skipif(not (ROOT / "CITATION.cff").is_file(), reason="the repository's root isn't in this copy")
def test_the_facts_are_those_of_citation_cff() -> None:
    text = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f'title: "{TITLE}"' in text and f'name: "{AUTHORS}"' in text
    assert f"version: {__version__}\ndate-released: {RELEASED}\n" in text
    assert works.RELEASED == RELEASED
