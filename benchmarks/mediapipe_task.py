"""Frames a second of MediaPipe's Face Landmarker, beside which `mimik bench` on the same video stands.

    convert/bin/pip install mediapipe
    taskset -c 0 convert/bin/python benchmarks/mediapipe_task.py face_landmarker.task VIDEO [--faces N]
    taskset -c 0 mimik bench VIDEO --tasks emotion,gender,age,au,mesh

In an environment of its own, since MediaPipe brings an OpenCV that mimik's doesn't bear. It decodes with that
OpenCV, finds faces, follows them by their meshes, and gives 478 points, blendshapes and the head's matrix;
`--write VIDEO` makes the video of `mimik bench` with mimik's environment.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cv2

WARM_UP = 10
"""Frames before the clock starts."""


def measured(task: Path, video: Path, faces: int, seconds: float) -> tuple[float, float]:
    """Frames a second, decoding with them, and faces a frame."""
    from mediapipe import Image, ImageFormat
    from mediapipe.tasks import python as tasks
    from mediapipe.tasks.python import vision

    options = vision.FaceLandmarkerOptions(
        base_options=tasks.BaseOptions(model_asset_path=str(task)),
        running_mode=vision.RunningMode.VIDEO,
        num_faces=faces,
        output_face_blendshapes=True,
        output_facial_transformation_matrixes=True,
    )
    frames = found = 0
    start_s = 0.0
    with vision.FaceLandmarker.create_from_options(options) as landmarker:
        number = 0
        while not start_s or time.perf_counter() - start_s < seconds:
            capture = cv2.VideoCapture(str(video))
            while (read := capture.read())[0]:
                if number == WARM_UP:
                    start_s, frames, found = time.perf_counter(), 0, 0
                picture = Image(image_format=ImageFormat.SRGB, data=cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB))
                found += len(landmarker.detect_for_video(picture, number * 33).face_landmarks)
                frames, number = frames + 1, number + 1
            capture.release()
        took_s = time.perf_counter() - start_s
    return frames / took_s, found / frames


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("task", nargs="?", type=Path, help="face_landmarker.task")
    parser.add_argument("video", nargs="?", type=Path)
    parser.add_argument("--faces", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--write", type=Path, metavar="VIDEO", help="write mimik bench's video and stop")
    args = parser.parse_args()
    if args.write:
        from mimik.bench import example_video

        example_video(args.write, args.faces)
        return
    if args.task is None or args.video is None:
        parser.error("name the task file and a video, or --write VIDEO")
    rate, faces = measured(args.task, args.video, args.faces, args.seconds)
    print(f"{rate:.0f} frames/s, {faces:.2f} faces a frame")


if __name__ == "__main__":
    main()
