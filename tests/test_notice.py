"""What the package says of whose works are in it: for scanners, and against the models' cards."""

from __future__ import annotations

import importlib.util
import json
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
from hatchling.builders.wheel import WheelBuilder
from packaging.licenses import canonicalize_license_expression
from packaging.metadata import Metadata

from mimik.models.store import PACKAGED, REMOTE, catalogue

ROOT = Path(__file__).parent.parent
REMEDY = "run 'python scripts/make_notice.py' and commit what it writes"
CARDS = catalogue().values()
NOTICE = (ROOT / "NOTICE").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_notice", ROOT / "scripts" / "make_notice.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_notice_and_terms_are_those_of_the_cards(script: ModuleType) -> None:
    assert script.NOTICE.read_text(encoding="utf-8") == script.notice(), REMEDY
    assert script.WEIGHTS.read_text(encoding="utf-8") == script.weights(), REMEDY


def test_every_network_has_its_terms(script: ModuleType) -> None:
    sections = {part.partition("\n")[0]: part for part in script.weights().split("\n\n")}
    assert {path.name for path in PACKAGED.glob("*.onnx")} <= sections.keys()
    for card in CARDS:
        section = " ".join(sections[card.file].split())
        assert card.name in section and card.licence in section
        assert f"in products: {'yes' if card.commercial_use else 'no'}" in section
        for data in card.data:
            assert f"{data['name']} ({data['terms']}): {data['citation']}" in section
    for name in REMOTE:
        assert f"MIT: LICENSE.{name}" in sections[REMOTE[name].file]
        assert f"(c) 2020{'-present Silero Team' if name == 'silero' else ' Shiqi Yu'}" in NOTICE


def test_products_find_the_attribution_in_notice() -> None:
    words = " ".join((ROOT / "NOTICE").read_text(encoding="utf-8").split())
    for card in CARDS:
        assert (card.name in words) == card.commercial_use
    for data in (data for card in CARDS if card.commercial_use for data in card.data):
        assert data["citation"] in words and data["terms"] in words
    for link in ("https://creativecommons.org/licenses/by/4.0/", "https://github.com/joojs/fairface"):
        assert link in words


def test_what_the_page_is_made_of_is_named() -> None:
    text = (ROOT / "src" / "mimik" / "app" / "LICENSE.page").read_text(encoding="utf-8")
    wanted = json.loads((ROOT / "page" / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert all(f"\n{name} " in text for name in wanted) and "Permission is hereby granted" in text


def test_the_wheel_says_under_which_terms_it_is(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (head,) = [name for name in names if name.endswith(".dist-info/METADATA")]
        told = Metadata.from_email(archive.read(head), validate=False)
    assert told.license_expression == "Apache-2.0 AND MIT AND LicenseRef-mimik-weights"
    assert canonicalize_license_expression(told.license_expression) == told.license_expression
    assert told.license_files is not None
    assert {Path(name).name for name in told.license_files} == {
        *(
            "LICENSE",
            "NOTICE",
            "LICENSE.page",
            "LICENSE.weights",
            "LICENSE.yunet",
            "LICENSE.silero",
            "LICENSE.mediapipe",
        )
    }
    folder = head.removesuffix("METADATA") + "licenses/"
    assert {folder + name for name in told.license_files} <= names
    files = [path.relative_to(PACKAGED).as_posix() for path in PACKAGED.rglob("*") if path.is_file()]
    assert {f"mimik/models/files/{name}" for name in files} <= names
