"""A recipe learns from IMDB-WIKI: faces are found in the crops, and people stay on one side."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from imdb_files import Row, face_picture, save_image, table, write_table
from mimik.cli import main
from mimik.data.imdbwiki import NO_FACE, SHARES
from mimik.data.splits import hash_split

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

PEOPLE = 30
RECIPE = """
name = "gender.imdb"
version = "1"
task = "gender"
labels = ["female", "male"]
holdout = 0.25

[crop]
size = 24
scale = 1.05
shift_y = 0.09

[[data]]
reader = "imdbwiki"
split = "train"

[[sources]]
name = "IMDB-WIKI"
terms = "academic research only"
citation = "Rothe, Timofte and Van Gool, Deep Expectation, IJCV 2018"

[network]
family = "mini_xception"
stem = [4, 4]
widths = [8, 8]
strides = [2, 2]

[optim]
epochs = 2
batch = 8
"""


def test_a_recipe_learns_from_it(tmp_path: Path, examples: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = []
    for number in range(2 * PEOPLE):
        person = number // 2
        row = Row(
            f"{person:02d}/nm{person:07d}_rm{number}_1960-6-1_2000.jpg",
            born=date(1960, 6, 1),
            gender=float(number % 4 == 0 or number % 4 == 1),
            name=f"Person {person}",
        )
        rows.append(row)
        save_image(tmp_path / "imdb_crop" / row.full_path, face_picture(examples, number))
    rows += [Row("00/gone.jpg", name="Person 0"), Row("00/none.jpg", face_score=float("-inf"))]
    write_table(tmp_path / "imdb_crop/imdb.mat", table(rows))
    (tmp_path / "gender.imdb.toml").write_text(RECIPE)
    words = ["train", tmp_path / "gender.imdb.toml", "--data", tmp_path, "--run", tmp_path / "run"]
    assert main([*map(str, words), "--device", "cpu"]) == 0
    card = json.loads((tmp_path / "run/gender.imdb.json").read_text())
    told = card["training"]
    assert told["left_out"] == {NO_FACE: 1, "undecodable": 1}
    assert card["data"][0]["terms"] == "academic research only"
    trained, held = (told["pictures"][side]["all"] for side in ("trained", "held"))
    learned = {f"person {n}" for n in range(PEOPLE) if hash_split(f"person {n}", SHARES) == "train"}
    assert trained + held == 2 * len(learned)
    assert held > 0 and held % 2 == 0, "both pictures of a person are on one side"
    assert "left out, undecodable: 1 (imdb/00/gone.jpg)" in capsys.readouterr().out
