"""Pictures that lie on their side or stand on their head are read as they are meant, and that is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mimik.errors import MimikWarning
from mimik.pipeline.analyzer import Analyzer
from mimik.sources.decode import decode_image


@pytest.mark.parametrize(("turns", "how", "roll_deg"), [(1, "on its side", 90), (2, "upside down", 180)])
def test_a_turned_picture_is_read_as_it_is_meant(
    examples: Path, turns: int, how: str, roll_deg: float
) -> None:
    upright = decode_image(examples / "group.jpg")
    analyzer = Analyzer(("gender",), models="mini")
    wanted = analyzer.image(upright, colour="rgb").faces
    turned = np.ascontiguousarray(np.rot90(upright, -turns))
    with pytest.warns(MimikWarning, match=f"the picture is {how}: turned by {roll_deg} degrees clockwise"):
        faces = analyzer.image(turned, colour="rgb").faces
    assert len(faces) == len(wanted) == 3
    rolls = sorted(one.quality.pose.roll_deg for one in wanted if one.quality.pose)
    for face in faces:
        assert face.quality.reliable and face.quality.pose and face.gender and face.gender.label == "male"
        own = (face.quality.pose.roll_deg - roll_deg + 180) % 360 - 180
        assert min(abs(own - roll) for roll in rolls) < 6
