"""YuNet on real faces: where, how large, how many, and what bad files get."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from mimik.errors import ModelError
from mimik.faces.boxes import centre_xy, size_px
from mimik.faces.detect.base import DetectorOptions, load_detector
from mimik.faces.detect.yunet import YuNet, _working_size
from mimik.models.store import find_file
from mimik.types import Detection, Image

FILES = Path(__file__).parents[3] / "examples"


def read(name: str) -> Image:
    return np.asarray(cv2.cvtColor(cv2.imread(str(FILES / name)), cv2.COLOR_BGR2RGB), np.uint8)


@pytest.fixture(scope="module")
def astronaut() -> Image:
    return read("astronaut.jpg")


@pytest.fixture(scope="module")
def yunet() -> YuNet:
    return YuNet(DetectorOptions())


def face_of(astronaut: Image, px: int) -> Image:
    """The astronaut's face with its surroundings, the face px pixels large."""
    middle = astronaut[0:260, 90:350]
    side = round(260 * px / 101)
    method = cv2.INTER_AREA if side < 260 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(middle, (side, side), interpolation=method), np.uint8)


def on_grey(face: Image, width: int, height: int, left: int, top: int) -> Image:
    picture = np.full((height, width, 3), 120, np.uint8)
    a, b = max(0, left), max(0, top)
    part = face[b - top : height - top, a - left : width - left]
    picture[b : b + part.shape[0], a : a + part.shape[1]] = part
    return picture


def test_finds_the_astronaut_with_landmarks_in_order(yunet: YuNet, astronaut: Image) -> None:
    (face,) = yunet.detect(astronaut)
    assert centre_xy(face.box_xyxy) == pytest.approx((223, 119), abs=6)
    assert size_px(face.box_xyxy) == pytest.approx(101, abs=8)
    assert face.score > 0.9
    assert face.landmarks_xy is not None
    right_eye, left_eye, nose, right_mouth, left_mouth = face.landmarks_xy
    assert right_eye[0] < nose[0] < left_eye[0] and right_mouth[0] < left_mouth[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < min(right_mouth[1], left_mouth[1])


def test_agrees_with_opencvs_own_decoding(astronaut: Image) -> None:
    picture = astronaut[:475]  # Not a multiple of 32, so that both pad.
    reference = cv2.FaceDetectorYN.create(str(find_file("yunet")), "", (512, 475), 0.7, 0.3, 5000)
    _, (row,) = reference.detect(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    (face,) = YuNet(DetectorOptions(size=0)).detect(picture)
    left, top, width, height = row[:4]
    assert face.box_xyxy == pytest.approx((left, top, left + width, top + height), abs=0.1)
    assert np.ravel(face.landmarks_xy) == pytest.approx(row[4:14], abs=0.1)
    assert face.score == pytest.approx(row[14], abs=0.001)


def test_several_faces_come_largest_first(yunet: YuNet) -> None:
    sizes = [size_px(face.box_xyxy) for face in yunet.detect(read("group.jpg"))]
    assert len(sizes) == 3
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize("shape", [(480, 640), (1, 1), (1, 500), (3000, 40)])
def test_no_face_is_an_empty_list(yunet: YuNet, shape: tuple[int, int], value: int) -> None:
    assert yunet.detect(np.full((*shape, 3), value, np.uint8)) == []


@pytest.mark.parametrize("px", [20, 30, 60, 150, 400])
def test_faces_of_all_sizes(astronaut: Image, px: int) -> None:
    picture = on_grey(face_of(astronaut, px), 640, 480, 300 - px, 230 - round(1.2 * px))
    (face,) = YuNet(DetectorOptions(size=0)).detect(picture)
    assert size_px(face.box_xyxy) == pytest.approx(px, rel=0.2)


def test_a_face_that_fills_a_large_picture(yunet: YuNet, astronaut: Image) -> None:
    tight = astronaut[60:180, 165:285]
    huge = np.asarray(cv2.resize(tight, (2400, 2400), interpolation=cv2.INTER_CUBIC), np.uint8)
    (face,) = yunet.detect(huge)
    assert size_px(face.box_xyxy) > 1400


@pytest.mark.parametrize("side", [32, 48, 112])
def test_a_small_crop_is_enlarged(yunet: YuNet, astronaut: Image, side: int) -> None:
    tight = astronaut[60:180, 165:285]
    small = np.asarray(cv2.resize(tight, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    (face,) = yunet.detect(small)
    assert 0.6 * side < size_px(face.box_xyxy) < 1.2 * side


@pytest.mark.parametrize("angle", [-20, -10, 10, 20])
def test_turned_faces(yunet: YuNet, astronaut: Image, angle: int) -> None:
    matrix = cv2.getRotationMatrix2D((223, 119), angle, 1)
    turned = cv2.warpAffine(astronaut, matrix, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    (face,) = yunet.detect(np.asarray(turned, np.uint8))
    assert centre_xy(face.box_xyxy) == pytest.approx((223, 119), abs=15)


@pytest.mark.parametrize(("left", "top"), [(-150, 0), (-150, 200), (400, 100), (100, -70), (100, 230)])
def test_faces_at_the_border(yunet: YuNet, astronaut: Image, left: int, top: int) -> None:
    picture = on_grey(face_of(astronaut, 150), 640, 480, left, top)
    truth = (left + 198, top + 177)
    assert any(np.hypot(*np.subtract(centre_xy(f.box_xyxy), truth)) < 40 for f in yunet.detect(picture))


def test_unsure_faces_can_be_refused(astronaut: Image) -> None:
    assert YuNet(DetectorOptions(score=0.99)).detect(astronaut) == []


def test_boxes_scale_with_the_working_size(astronaut: Image) -> None:
    boxes = [YuNet(DetectorOptions(size=s)).detect(astronaut)[0].box_xyxy for s in (0, 320, 400)]
    assert boxes[1] == pytest.approx(boxes[0], abs=8)
    assert boxes[2] == pytest.approx(boxes[0], abs=8)


@pytest.mark.parametrize(
    ("longer", "option", "size"),
    [
        (640, None, 480),
        (1920, None, 960),
        (8000, None, 1280),
        (400, None, 400),
        (48, None, 256),
        (48, 0, 256),
        (48, 100, 256),
        (4000, 0, 4000),
        (300, 640, 300),
        (640, 320, 320),
        (640, 100, 100),
    ],
)
def test_working_size(longer: int, option: int | None, size: int) -> None:
    assert _working_size(longer, option) == size


def test_the_picture_is_left_as_it_was(yunet: YuNet, astronaut: Image) -> None:
    before = astronaut.copy()
    before.setflags(write=False)
    strided = np.ascontiguousarray(astronaut[:, ::-1])[:, ::-1]
    assert len(yunet.detect(before)) == len(yunet.detect(strided)) == 1
    assert np.array_equal(before, astronaut)


def test_instances_work_side_by_side_in_threads(astronaut: Image) -> None:
    def find(_: int) -> list[Detection]:
        return load_detector("yunet").detect(astronaut)

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(find, range(8)))
    assert all(result == results[0] for result in results)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"absent\.onnx: the detector's file can't be read"):
        YuNet(DetectorOptions(model=tmp_path / "absent.onnx"))


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x3a\xff\xff\xff\xff\x0f", bytes(1000)])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.onnx").write_bytes(content)
    with pytest.raises(ModelError, match=r"bad\.onnx"):
        YuNet(DetectorOptions(model=tmp_path / "bad.onnx"))


def test_another_network_is_refused(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Relu", ["x"], ["y"])],
        "other",
        [value("x", 1, [1, 3, 32, 32])],
        [value("y", 1, [1, 3, 32, 32])],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 11)], ir_version=6)
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(ModelError, match=r"other\.onnx: not a YuNet: it has no output 'cls_8'"):
        YuNet(DetectorOptions(model=tmp_path / "other.onnx"))
