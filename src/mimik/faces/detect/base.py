"""What every detector offers, and the table of detectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, cast, runtime_checkable

from mimik.errors import OptionError, UnknownNameError
from mimik.faces.detect.around import Place
from mimik.models.device import check_threads
from mimik.models.shared import Shared
from mimik.tables import Table, load_entry
from mimik.types import Detection, Image

DETECTORS = Table(
    "mimik.detectors",
    {
        "yunet": "mimik.faces.detect.yunet:YuNet",
        "haar": "mimik.faces.detect.haar:Haar",
    },
)
"""Detector name to "module:class"."""
DEFAULT_DETECTOR = "yunet"
"""What "auto" is."""


@dataclass(frozen=True, slots=True)
class DetectorOptions:
    """How faces are looked for."""

    size: int | None = None
    """Longer side, in pixels, of the picture that is searched; None is the detector's default, 0 the
    picture's own size."""
    score: float = 0.7
    """Detections below this confidence are dropped, 0 to 1."""
    min_face: int = 0
    """Faces smaller than this are left out of results, in pixels of the frame (box width and height's
    mean). A stream does so, not the detector: a picture that hides faces must hide them, too."""
    model: Path | None = None
    """Another detector file of the same kind."""
    threads: int = 1
    """CPU threads of each call of its network; an Analyzer puts its own here. The faces are the same."""

    def __post_init__(self) -> None:
        check_threads(self.threads)
        if self.size is not None and self.size != 0 and not 64 <= self.size <= 8192:
            raise OptionError(
                f"detector size (--detect-size) must be 0 or 64 to 8192 pixels, not {self.size}"
            )
        if not 0 < self.score < 1:
            raise OptionError(f"detector score must lie between 0 and 1, not {self.score}")
        if self.min_face < 0:
            raise OptionError(
                f"smallest face (min_face, --min-face) must be 0 or more pixels, not {self.min_face}"
            )


class Detector(Protocol):
    """Finds the faces of a picture."""

    name: str
    """As in results."""

    def detect(self, image: Image) -> list[Detection]:
        """All faces of an RGB picture, the largest first; the boxes frame a face as YuNet's do."""
        ...


@runtime_checkable
class Sizable(Protocol):
    """A detector that can look for faces in pictures of every working size once it is loaded."""

    def at_size(self, size: int | None) -> Detector:
        """The same with another working size; both share what was loaded.

        Args:
            size: As DetectorOptions has it.
        """
        ...


@runtime_checkable
class Following(Protocol):
    """A detector that can look for faces near where they were, for far less than a search of the picture."""

    def around(self, image: Image, places: Sequence[Place]) -> list[Detection | None]:
        """The face at each place, or None; as mimik.faces.detect.around.find_around has it.

        Args:
            image: RGB uint8 (H, W, 3).
            places: Where faces are expected.
        """
        ...

    def pays(self, shape: Sequence[int], count: int) -> bool:
        """Whether that is less work than a search.

        Args:
            shape: Height and width of the picture first.
            count: How many places there are.
        """
        ...


def load_detector(name: str = "auto", options: DetectorOptions | None = None) -> Detector:
    """The detector of that name; "auto" is YuNet, which ships with mimik.

    Raises:
        UnknownNameError: There is no such detector.
        ModelError: Its file is missing or wrong.
    """
    if name == "auto":
        name = DEFAULT_DETECTOR
    elif name not in DETECTORS:
        raise UnknownNameError("detector", name, ["auto", *DETECTORS])
    return cast(Detector, load_entry(DETECTORS, name, "detector")(options or DetectorOptions()))


def share_detector(name: str, options: DetectorOptions, shared: Shared) -> Detector:
    """A detector of which as much is loaded once as can be, however many options are asked for.

    Raises:
        UnknownNameError, ModelError: As load_detector.
    """
    named = DEFAULT_DETECTOR if name == "auto" else name
    # Small faces are left out by the stream: one detector serves every smallest size.
    plain = replace(options, min_face=0, size=None)
    loaded = shared.once((named, plain), lambda: load_detector(named, plain))
    if isinstance(loaded, Sizable):
        return loaded.at_size(options.size)
    if options.size is None:
        return loaded
    sized = replace(plain, size=options.size)
    return shared.lately((named, sized), lambda: load_detector(named, sized))
