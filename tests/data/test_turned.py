"""Faces turned by their label."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from mimik.data.base import Sample, read_samples
from mimik.data.turned import Turned
from mimik.faces.turn import LABELS


@pytest.fixture
def fairface(tmp_path: Path) -> Path:
    """Pictures that are white above the middle of the face's box and black below it."""
    pixels = np.zeros((112, 112, 3), np.uint8)
    pixels[: round(56 - 0.09 / 1.05 * 112)] = 255
    for split, count in (("train", 30), ("val", 4)):
        with (tmp_path / f"fairface_label_{split}.csv").open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["file", "age", "gender", "race", "service_test"])
            for number in range(count):
                rows.writerow([f"{split}/{number}.png", "20-29", "Female", "White", "True"])
                path = tmp_path / split / f"{number}.png"
                path.parent.mkdir(exist_ok=True)
                Pillow.fromarray(pixels).save(path)
    return tmp_path


def top_deg(sample: Sample) -> float:
    """Where the white half of a picture's disc lies, clockwise from its top."""
    image = sample.load()[..., 0].astype(float)
    down, across = np.mgrid[: len(image), : len(image)] - (len(image) - 1) / 2
    inside = np.hypot(down, across) < 0.45 * len(image)
    return float(np.rad2deg(np.arctan2((image * across)[inside].sum(), -(image * down)[inside].sum())))


def test_a_face_is_turned_clockwise_by_its_label(fairface: Path) -> None:
    samples, skipped = read_samples(Turned(), fairface, "train")
    assert len(samples) == 30 and not skipped
    labels = [str(sample.labels["tilt"]) for sample in samples]
    assert set(labels) <= set(LABELS) and len(set(labels)) > 10
    for sample, label in zip(samples, labels, strict=True):
        assert sample.load().shape == (64, 64, 3)
        assert abs((top_deg(sample) - float(label) + 180) % 360 - 180) < 6


def test_alike_each_time(fairface: Path) -> None:
    first, again = (read_samples(Turned(), fairface, "test")[0] for _ in range(2))
    assert [one.split for one in first] == ["test"] * 4
    for one, other in zip(first, again, strict=True):
        assert one.labels == other.labels and np.array_equal(one.load(), other.load())


def test_figures_are_degrees(fairface: Path) -> None:
    reader, (samples, _) = Turned(), read_samples(Turned(), fairface, "train")
    right = 20 * np.eye(len(LABELS), dtype=np.float32)[[LABELS.index(s.labels["tilt"]) for s in samples]]
    card: object = None
    report = reader.further_figures(fairface, "train", samples, right, card)  # type: ignore[arg-type]
    assert report == {"median_deg": 0.0, "p90_deg": 0.0, "beyond_45": 0.0}
    report = reader.further_figures(fairface, "train", samples, np.roll(right, 4, 1), card)  # type: ignore[arg-type]
    assert report == {"median_deg": 60.0, "p90_deg": 60.0, "beyond_45": 1.0}
    assert reader.figure_lines(report) == [
        "degrees off: median 60.0, 90th percentile 60.0; by more than 45 in 100.0 %"
    ]
