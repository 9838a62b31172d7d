"""Other programs read a dataset at once: the rows of one file, and sources by their names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mimik.errors import DataError
from mimik.results.cite.methods import cite
from mimik.results.dataframe import to_dataframe
from mimik.results.dataset import key_of
from mimik.results.frames import read_frames
from mimik.results.read import holds_spans_alone, read_results, read_rows, read_spans
from mimik.results.summarise import summarise
from mimik.runs.batch import read_all
from mimik.runs.dataset import DatasetResults
from mimik.runs.results import Results
from synthetic_results import INFO, Analyser, Make, random_results

parquet = pytest.importorskip("pyarrow.parquet", reason="needs pyarrow (pip install 'mimik[table]')")
SOURCES = sorted(
    [
        "s3://bucket/clips/a b+c.mp4",
        "it's=50%.mp4",
        "Ünïcode 日本 😀.mp4",
        "a%20b.mp4",
        'x{y}[z]^#?*|<>".mp4',
        "C:\\clips\\d.mp4",
        "a\tb.mp4",
        "talk.mp4@90-300.5",
        "%zz&;$.mp4",
        "~0123~x.",
        "null",
    ]
)
COLUMNS = ["source", "frame", "id", "emotion_label", "emotion_happy"]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    with DatasetResults(folder / "out", INFO, SOURCES) as results:
        read_all(SOURCES, Make(Analyser(frames=9)), results)
    with Results(folder / "o.parquet", INFO) as whole:
        for source in SOURCES:
            whole.begin(source)
            for result in random_results(source, 9):
                whole.write(result)
            whole.finish(source)
    return folder / "out"


@pytest.fixture(scope="module")
def wanted(out: Path) -> list[tuple[Any, ...]]:
    """Rows of the file, sorted."""
    table = parquet.read_table(out.with_name("o.parquet"), columns=COLUMNS)
    return in_order(zip(*(table[name].to_pylist() for name in COLUMNS), strict=True))


def in_order(rows: Any) -> list[tuple[Any, ...]]:
    plain = [tuple(None if value != value else value for value in row) for row in rows]
    return sorted(plain, key=lambda row: [(value is None, value) for value in row])


def test_pandas(out: Path, wanted: list[tuple[Any, ...]]) -> None:
    pandas = pytest.importorskip("pandas", reason="needs pandas (pip install 'mimik[table]')")
    table = pandas.read_parquet(out / "rows")
    rows = table[COLUMNS].astype({"source": str, "id": object})
    rows["id"] = [None if value != value else int(value) for value in rows["id"]]
    rows["emotion_label"] = [value if isinstance(value, str) else None for value in rows["emotion_label"]]
    assert in_order(rows.itertuples(index=False, name=None)) == wanted


def test_pyarrow(out: Path, wanted: list[tuple[Any, ...]]) -> None:
    dataset = pytest.importorskip("pyarrow.dataset")
    table = dataset.dataset(out / "rows", partitioning="hive").to_table(columns=COLUMNS)
    assert in_order(zip(*(table[name].to_pylist() for name in COLUMNS), strict=True)) == wanted


def test_polars(out: Path, wanted: list[tuple[Any, ...]]) -> None:
    polars = pytest.importorskip("polars", reason="needs polars (pip install 'mimik[dev]')")
    table = polars.scan_parquet(out / "rows", hive_partitioning=True).select(COLUMNS).collect()
    assert in_order(table.rows()) == wanted


def test_duckdb(out: Path, wanted: list[tuple[Any, ...]]) -> None:
    duckdb = pytest.importorskip("duckdb", reason="needs duckdb (pip install 'mimik[dev]')")
    parts = f"read_parquet('{out}/rows/*/*.parquet', hive_partitioning = true)"
    assert in_order(duckdb.sql(f"select {', '.join(COLUMNS)} from {parts}").fetchall()) == wanted


def test_sparks_rule() -> None:
    # ExternalCatalogUtils.unescapePathName: each %XX is one character, so what isn't ASCII stands as it is.
    for source in SOURCES:
        key, name = key_of(source), ""
        while key:
            code = key[1:3] if key[0] == "%" else ""
            name, key = (name + chr(int(code, 16)), key[3:]) if code else (name + key[0], key[1:])
        assert name == source


def test_mimik_itself(out: Path) -> None:
    whole = out.with_name("o.parquet")
    assert list(read_rows(out)) == list(read_rows(whole))
    assert list(read_frames(f"{out}/")) == list(read_frames(whole))
    assert not list(read_spans(out)) and not holds_spans_alone(out)
    assert summarise(out) == summarise(whole)
    assert cite(out).methods == cite(whole).methods
    pytest.importorskip("pandas")
    assert to_dataframe(out).equals(to_dataframe(whole))


def test_what_is_no_dataset(out: Path) -> None:
    with pytest.raises(DataError, match=r"no results in parts lie there, as it has no run/head\.json"):
        list(read_rows(out / "rows"))
    with pytest.raises(DataError, match=r"only \.jsonl results hold whole frames"):
        list(read_results(out))
    with pytest.raises(DataError, match=r"^https://host/out/: results are read from this machine and"):
        list(read_rows("https://host/out/"))
