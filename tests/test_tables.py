"""Tables: what is built in, and what installed packages add."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mimik.errors import MimikWarning, OptionError, UnknownNameError
from mimik.tables import Table, load_entry

GROUP = "mimik.test_tables"


def install(folder: Path, package: str, entries: str) -> None:
    """What pip leaves of a package: its metadata."""
    info = folder / f"{package}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{entries}\n")


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Table:
    monkeypatch.syspath_prepend(str(tmp_path))
    return Table(GROUP, {"two": "json:dumps", "one": "json:loads"})


def test_built_in_names_come_first(table: Table, tmp_path: Path) -> None:
    install(tmp_path, "apt", "another = math:sqrt")
    assert list(table) == ["two", "one", "another"]
    assert table["another"] == "math:sqrt"
    assert len(table) == 3
    assert table.ordered(["another", "none", "one", "two", "one"]) == ("two", "one", "another")
    assert load_entry(table, "another", "number")(9) == 3


def test_what_is_built_in_needs_no_look_at_the_packages(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.metadata.entry_points", None)
    assert "one" in table
    assert table.ordered(["one", "two"]) == ("two", "one")
    assert load_entry(table, "one", "number")("3") == 3


def test_an_import_that_fails_is_named_and_the_rest_works(table: Table, tmp_path: Path) -> None:
    install(tmp_path, "torn", "absent = no_such_module:X\nmisnamed = math:no_such_name\nsound = math:sqrt")
    with pytest.warns(MimikWarning, match="in mimik.test_tables of the package torn") as caught:
        assert list(table) == ["two", "one", "sound"]
    assert ["No module named 'no_such_module'" in str(w.message) for w in caught] == [True, False]
    assert list(table) == ["two", "one", "sound"]
    with pytest.raises(OptionError, match="has no attribute 'no_such_name'; install what it lacks, or"):
        load_entry(table, "misnamed", "number")
    with pytest.raises(UnknownNameError, match="there is one, sound, two; did you mean 'sound'"):
        load_entry(table, "sount", "number")


def test_a_package_that_ends_the_process_is_left_out(table: Table, tmp_path: Path) -> None:
    (tmp_path / "ends_all.py").write_text("import sys\nsys.exit('no licence')\n")
    install(tmp_path, "torn", "absent = ends_all:X")
    with pytest.warns(MimikWarning, match="can't be imported: SystemExit: no licence; install"):
        assert list(table) == ["two", "one"]


def test_what_is_no_class_is_left_out(table: Table, tmp_path: Path) -> None:
    install(tmp_path, "torn", "number = math:pi")
    with pytest.warns(MimikWarning, match="'number' .* of the package torn is no class: 3.14"):
        assert list(table) == ["two", "one"]


def test_a_taken_name_is_left_out(table: Table, tmp_path: Path) -> None:
    install(tmp_path, "late", "one = math:sqrt")
    with pytest.warns(MimikWarning, match=r"'one' .* of the package late is left out: there is another of"):
        assert list(table) == ["two", "one"]
    assert table["one"] == "json:loads"


@pytest.mark.parametrize("words", [["evaluate", "--help"], ["convert", "--help"]])
def test_the_command_line_names_what_is_left_out(tmp_path: Path, words: list[str]) -> None:
    install(tmp_path, "torn", "")
    entries = "[mimik.readers]\nbroken = no_such_module:X\n[mimik.forms]\nbroken = no_such_module:X\n"
    (tmp_path / "torn-1.dist-info" / "entry_points.txt").write_text(entries)
    code = f"import sys; sys.path.append({str(tmp_path)!r}); from mimik.cli.main import main; main({words})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "usage: mimik" in run.stdout
    assert "broken" not in run.stdout
    assert run.stderr.startswith("mimik: left out: the entry point 'broken' in mimik.")
    assert run.stderr.count("\n") == 1


def test_a_name_that_is_cut_short_is_known_before_one_with_like_letters() -> None:
    error = UnknownNameError("reader", "fer", ["csv", "fer2013", "ferplus", "folder"])
    assert str(error).endswith("there is csv, fer2013, ferplus, folder; did you mean 'fer2013'?")
