"""Faces as a list of boxes [left, top, width, height]."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mimik.results.interop.base import (
    FrameDict,
    box_xywh,
    check_suffix,
    face_dict,
    frame_dict,
    in_form,
    not_in_form,
    read_json,
    write_lists,
)


class Boxes:
    """JSON: a list of faces ``{"box": [...]}`` a picture."""

    suffixes = (".json",)

    def write(self, frames: Iterable[FrameDict], path: Path) -> None:
        """See Form.write."""
        check_suffix(path, self.suffixes, "boxes")
        write_lists(
            in_form(frames, "boxes", lambda f: [{"box": box_xywh(face)} for face in f["faces"]]), path
        )

    def read(self, path: Path) -> Iterator[dict[str, Any]]:
        """See Form.read."""
        try:
            faces = [face_dict(face["box"], None) for face in read_json(path)]
        except (KeyError, TypeError, ValueError) as error:
            raise not_in_form(path, "", "picture 0", "boxes", error) from error
        yield frame_dict(path.stem, 0, faces, None)
