from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from mimik.data.consent import Consent, add_consent, read_consents
from mimik.data.record import RecordOptions, check_folder_name, record_class
from mimik.errors import DataError, OptionError
from mimik.types import Detection, Frame, Image


class Told:
    """A detector that finds as many faces as the first pixel of a frame says."""

    name = "told"

    def detect(self, image: Image) -> list[Detection]:
        boxes = [(10.0, 10.0, 50.0, 50.0), (60.0, 10.0, 95.0, 45.0), (60.0, 60.0, 70.0, 70.0)]
        chosen = {0: [], 1: boxes[:1], 2: boxes[:2], 3: [boxes[0], boxes[2]]}[int(image[0, 0, 0])]
        return [Detection(box, 0.9) for box in chosen]


def frames(*faces: int) -> Iterator[Frame]:
    for number, count in enumerate(faces):
        image = np.full((100, 100, 3), 100 + number, np.uint8)
        image[0, 0] = count
        yield Frame(image, number, number / 2)


def test_one_face_a_frame_is_kept(tmp_path: Path) -> None:
    found = record_class(frames(1, 0, 2, 3), tmp_path / "happy/P1", Told(), RecordOptions())
    assert [file.name for file in found.files] == ["0001.png", "0002.png"]
    assert (found.frames, found.faceless, found.crowded) == (4, 1, 1)
    with Pillow.open(found.files[1]) as file:
        picture = np.asarray(file)
    assert picture.shape == (40, 40, 3)
    assert (picture == 103).all()


def test_recording_ends_with_enough_and_goes_on_after_the_last(tmp_path: Path) -> None:
    folder = tmp_path / "happy" / "P1"
    options = RecordOptions(pictures=2)
    record_class(frames(1, 1, 1, 1), folder, Told(), options)
    (folder / "0007.png").write_bytes((folder / "0002.png").read_bytes())
    before = {file: file.read_bytes() for file in folder.iterdir()}
    found = record_class(frames(1, 1, 1), folder, Told(), options)
    assert [file.name for file in found.files] == ["0008.png", "0009.png"]
    assert all(file.read_bytes() == data for file, data in before.items())


def test_a_face_that_never_comes_is_not_waited_for(tmp_path: Path) -> None:
    found = record_class(frames(*[0] * 99), tmp_path / "happy/P1", Told(), RecordOptions(pictures=2, tries=5))
    assert (found.files, found.frames, found.faceless) == ((), 10, 10)
    assert not (tmp_path / "happy").exists()


@pytest.mark.parametrize("name", ["", "a/b", "..", "a ", "C:", "x\n"])
def test_names_that_are_no_folders(name: str) -> None:
    with pytest.raises(OptionError, match="can't be the name of a folder"):
        check_folder_name("person", name)


def test_consents_are_kept_in_order(tmp_path: Path) -> None:
    first = Consent("P1", "2026-11-29", "Ann, herself", "a study", "2027-12-31")
    second = Consent("P2", "2026-11-30", "", "", "", "form 7")
    add_consent(tmp_path, first)
    add_consent(tmp_path, second)
    assert read_consents(tmp_path) == [first, second]
    assert (first.holds("2027-12-31"), first.holds("2028-01-01"), second.holds("2099-01-01")) == (
        True,
        False,
        True,
    )
    assert read_consents(tmp_path / "none") == []


def test_dates_of_a_consent(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="a date is written 2027-12-31, not 'next year'"):
        Consent("P1", "2026-11-29", "Ann", "a study", "next year")
    (tmp_path / "consent.csv").write_text("person,given,who,purpose,until\nP1,2026-11-29,Ann,study,soon\n")
    with pytest.raises(DataError, match=r"consent\.csv, line 2: consent: a date"):
        read_consents(tmp_path)
