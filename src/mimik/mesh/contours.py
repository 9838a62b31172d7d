"""Lines through the points of a mesh, by their numbers: what is drawn of a face."""

from __future__ import annotations

OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152),
    *(148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
EYE_LEFT = (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)
EYE_RIGHT = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
LIPS_OUTSIDE = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
LIPS_INSIDE = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
CLOSED = (OVAL, EYE_LEFT, EYE_RIGHT, LIPS_OUTSIDE, LIPS_INSIDE)
"""Lines that end where they begin."""
BROW_LEFT, BROW_RIGHT = (336, 296, 334, 293, 300), (107, 66, 105, 63, 70)
NOSE, NOSTRILS = (168, 6, 197, 195, 5, 4), (98, 97, 2, 326, 327)
OPEN = (BROW_LEFT, BROW_RIGHT, NOSE, NOSTRILS)
"""Lines that don't."""
IRISES = {"left": (473, (474, 475, 476, 477)), "right": (468, (469, 470, 471, 472))}
"""The person's own side to the middle of the iris, and points of its edge."""
NOSE_TIP = 4
"""Where the axis of the head is drawn from."""
