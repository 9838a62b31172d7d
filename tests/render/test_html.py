"""Pages that are one HTML file."""

from __future__ import annotations

import base64

import cv2
import numpy as np
import pytest

from mimik.render.html import document, facts, shared_style, table, tile_address


@pytest.mark.parametrize(
    ("shape", "shown"), [((200, 100, 3), (80, 40)), ((40, 20), (40, 20)), ((400, 1), (80, 1))]
)
def test_a_tile_is_a_small_jpeg_within_the_page(shape: tuple[int, ...], shown: tuple[int, int]) -> None:
    image = np.full(shape, 30, np.uint8)
    if len(shape) == 3:
        image[..., 0] = 250
    head, data = tile_address(image).split(",")
    assert head == "data:image/jpeg;base64"
    back = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR_RGB)
    assert back.shape[:2] == shown
    assert (back[..., 0].mean() > 200) == (len(shape) == 3)  # Red stays red.


def test_what_a_data_set_says_is_text_on_the_page() -> None:
    page = document("<b>", "p {}", [facts({"a": "<script>", "b": ""}), table([("<i>",), ("&",)]), ""])
    assert "<title>&lt;b&gt;</title>" in page and "<script>" not in page and "<dt>b</dt>" not in page
    assert "&lt;i&gt;" in page and "<td>&amp;</td>" in page and "data-theme" not in page
    assert '<html lang="en" data-theme="dark">' in document("", "", [], "dark")


def test_pages_share_their_colours() -> None:
    assert "--ground: light-dark(" in shared_style()
