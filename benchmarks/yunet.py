"""YuNet through ONNX Runtime against OpenCV's own FaceDetectorYN, and how tilt shows in its landmarks.

python benchmarks/yunet.py portraits/*.jpg
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from mimik.faces.boxes import size_px
from mimik.faces.detect.base import DetectorOptions
from mimik.faces.detect.yunet import YuNet
from mimik.faces.quality import head_pose
from mimik.models.store import find_file
from mimik.types import Image


def milliseconds(call: Callable[[], object], times: int = 60) -> float:
    """Median CPU time of one call, by this thread."""
    call()
    spent = []
    for _ in range(times):
        start = time.thread_time()
        call()
        spent.append(time.thread_time() - start)
    return statistics.median(spent) * 1000


def engines(photo: Image) -> None:
    """Both on the same picture, from RGB to boxes; also whether the boxes agree."""
    ours = YuNet(DetectorOptions(size=0))
    theirs = cv2.FaceDetectorYN.create(str(find_file("yunet")), "", (320, 240), 0.7, 0.3, 5000)
    print("| picture | OpenCV, ms | ONNX Runtime, ms | boxes differ by, px |\n|---|---|---|---|")
    for size in ((320, 240), (480, 360), (640, 480), (1280, 720)):
        picture = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)
        theirs.setInputSize(size)
        slow = milliseconds(lambda p=picture: theirs.detect(cv2.cvtColor(p, cv2.COLOR_RGB2BGR)))
        fast = milliseconds(lambda p=picture: ours.detect(p))
        _, rows = theirs.detect(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        left, top, width, height = rows[rows[:, 2].argmax(), :4]
        box = ours.detect(picture)[0].box_xyxy
        apart = np.abs(np.subtract(box, (left, top, left + width, top + height))).max()
        print(f"| {size[0]} x {size[1]} | {slow:.1f} | {fast:.1f} | {apart:.2f} |")


def tilt(photos: list[Image]) -> None:
    """Median roll that the landmarks show, less that of the upright picture, for a known turn."""
    angles = (-30, -20, -10, 10, 20, 30)
    print("\n| face in the working picture | " + " | ".join(f"{a} degrees" for a in angles) + " |")
    print("|---" * (len(angles) + 1) + "|")
    for size in (160, 240, 320, 480, 640):
        yunet, sizes = YuNet(DetectorOptions(size=size)), []
        shown: dict[int, list[float]] = {angle: [] for angle in angles}
        for photo in photos:
            height, width = photo.shape[:2]
            for angle in (0, *angles):
                turn = cv2.getRotationMatrix2D((width / 2, height / 2), -angle, 1)
                turned = cv2.warpAffine(photo, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
                found = yunet.detect(np.asarray(turned, np.uint8))
                if not found or found[0].landmarks_xy is None:
                    continue
                roll = head_pose(found[0].landmarks_xy).roll_deg
                if angle == 0:
                    upright = roll
                    sizes.append(size_px(found[0].box_xyxy) * min(1, size / max(height, width)))
                else:
                    shown[angle].append(roll - upright)
        cells = " | ".join(f"{statistics.median(shown[a]):.0f}" for a in angles)
        print(f"| {statistics.median(sizes):.0f} px | {cells} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", nargs="+", type=Path, help="portraits")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    photos = [np.asarray(cv2.cvtColor(cv2.imread(str(p)), cv2.COLOR_BGR2RGB), np.uint8) for p in args.photos]
    engines(photos[0])
    tilt(photos)


if __name__ == "__main__":
    main()
