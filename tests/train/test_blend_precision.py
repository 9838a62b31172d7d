"""CutMix beside mixup, and what a network computes in while it is trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from tiny_recipe import recipe  # noqa: E402

from mimik.train.checkpoint import fresh_state  # noqa: E402
from mimik.train.loop import train  # noqa: E402
from mimik.train.phases.blend import blended, cut, mixed  # noqa: E402
from mimik.train.phases.options import BlendOptions  # noqa: E402
from mimik.train.precision import (  # noqa: E402
    HALVES,
    computing,
    layout_for,
    precision_notes,
    precision_on,
    scaler_for,
)
from mimik.train.recipe.options import PRECISIONS, ObjectiveOptions, OptimOptions, PhaseOptions  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore:.*too few to calibrate")]

CPU = torch.device("cpu")


def numbered(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures of 3 x 12 x 10 whose pixels and whose target are their number."""
    numbers = torch.arange(count, dtype=torch.float32)[:, None]
    return numbers[..., None, None].expand(count, 3, 12, 10).contiguous(), numbers


def test_cutmix_counts_a_target_by_the_pixels_that_are_its() -> None:
    x, numbers = numbered(6)
    shares = []
    for seed in range(40):
        seen, other, share = cut(x, numbers, 1.0, np.random.default_rng(seed))
        foreign = seen != x
        own = torch.arange(6) == other[:, 0].long()
        assert torch.equal(seen, torch.where(foreign, other[..., None, None], x))
        assert foreign[~own].float().mean(dim=(1, 2, 3)).tolist() == pytest.approx(
            [share] * int((~own).sum()), abs=1e-6
        )
        for picture in foreign[~own][:1, 0]:  # One rectangle.
            rows, columns = picture.any(1).sum(), picture.any(0).sum()
            assert int(picture.sum()) == int(rows * columns)
        shares.append(share)
    assert min(shares) < 0.2 < 0.6 < max(shares)
    assert torch.equal(x, numbered(6)[0])  # The batch that came stays as it is.


def test_half_of_the_batches_are_blended_and_both_ways_share_them() -> None:
    x, numbers = numbered(4)
    ways = {"plain": 0, "mixed": 0, "cut": 0}
    rng = np.random.default_rng(0)
    for _ in range(400):
        (seen,), other, share = blended([x], numbers, BlendOptions(mixup=1.0, cutmix=1.0), rng)
        if other is None:
            assert (seen is x, share) == (True, 0)
            ways["plain"] += 1
        else:
            whole = bool((seen == seen.round()).all())
            ways["cut" if whole else "mixed"] += 1
    assert 160 < ways["plain"] < 240
    assert min(ways["cut"], ways["mixed"]) > 60


def test_mixup_alone_draws_as_it_always_has() -> None:
    x, numbers = numbered(4)
    first, again = np.random.default_rng(5), np.random.default_rng(5)
    for _ in range(8):
        seen, other, share = blended([x], numbers, BlendOptions(mixup=0.4), first)
        wanted = mixed([x], numbers, 0.4, again) if again.random() < 0.5 else ([x], None, 0.0)
        assert torch.equal(seen[0], wanted[0][0])
        assert share == wanted[2]
        assert (other is None) == (wanted[1] is None)


def test_a_recipe_learns_with_cutmix(bars: Path, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = []
    brief = recipe(objective=ObjectiveOptions(cutmix=1.0), optim=OptimOptions(epochs=2, batch=8, ema=0.9))
    train(brief, bars, tmp_path / "run", device="cpu", report=rows.append)
    assert 0 < rows[-1]["loss"] < rows[0]["loss"] * 1.2  # type: ignore[operator]


@pytest.mark.parametrize("name", PRECISIONS)
def test_every_precision_goes_on_exactly_where_it_was_stopped(bars: Path, tmp_path: Path, name: str) -> None:
    short = recipe(optim=OptimOptions(epochs=2, batch=16, ema=0.9, clip=5.0, precision=name))
    rows: list[dict[str, object]] = []
    whole = train(short, bars, tmp_path / "whole", device="cpu", report=rows.append)

    class StoppedError(Exception):
        pass

    def stop(row: dict[str, object]) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        train(short, bars, tmp_path / "halves", device="cpu", report=stop)
    resumed = train(short, bars, tmp_path / "halves", device="cpu")
    assert resumed.read_bytes() == whole.read_bytes()
    held = torch.load(tmp_path / "halves" / "checkpoint.pt", weights_only=True)
    assert bool(held["scaler"]) == (name == "fp16")
    assert rows[-1]["loss"] < rows[0]["loss"]  # type: ignore[operator]


def test_a_phase_may_compute_in_a_precision_of_its_own(bars: Path, tmp_path: Path) -> None:
    phases = (
        PhaseOptions("coarse", optim={"epochs": 1}),
        PhaseOptions("fine", optim={"epochs": 1, "precision": "fp32"}),
    )
    both = recipe(optim=OptimOptions(batch=16, ema=0.9), phases=phases)
    assert both.precisions == {"bf16", "fp32"}
    rows: list[dict[str, object]] = []
    train(both, bars, tmp_path / "run", device="cpu", report=rows.append)
    assert len(rows) == 2


def test_the_scale_of_fp16_is_kept(tmp_path: Path) -> None:
    small = recipe(optim=OptimOptions(precision="fp16"))
    state = fresh_state(small, CPU)
    weight = next(iter(state.network.parameters()))
    for gradient in (float("inf"), 1.0):
        before = weight.detach().clone()
        state.scaler.scale(weight.sum())  # Its scale is made with the first loss.
        weight.grad = torch.full_like(weight, gradient)
        state.scaler.step(state.optimiser)
        state.scaler.update()
        assert torch.equal(weight, before) == (gradient == float("inf")), "such a step is left out"
    scale = state.scaler.get_scale()
    assert scale < scaler_for(CPU, "fp16").get_scale()
    state.save(tmp_path / "checkpoint.pt")
    again = fresh_state(small, CPU)
    again.load(tmp_path / "checkpoint.pt")
    assert again.scaler.get_scale() == scale


def test_precisions_are_those_of_the_recipe() -> None:
    assert {*HALVES, "fp32"} == set(PRECISIONS)
    assert not scaler_for(CPU, "bf16").is_enabled()
    assert layout_for(CPU, ["bf16", "fp32"]) == torch.contiguous_format
    assert layout_for(torch.device("cuda"), ["fp32"]) == torch.channels_last


@pytest.mark.parametrize(
    ("told", "dtype"),
    [
        ({"avx2": True, "avx512_f": True}, torch.float32),
        ({"avx2": True, "avx512_bf16": True}, torch.bfloat16),
        ({"neon": True, "bf16": False}, torch.float32),
        ({"neon": True, "bf16": True}, torch.bfloat16),
    ],
)
def test_a_cpu_without_bf16_computes_in_32_bits(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, bool], dtype: torch.dtype
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: told, raising=False)
    with computing(CPU, "bf16"):
        assert torch.nn.Linear(2, 2)(torch.zeros(1, 2)).dtype == dtype
    wide = dtype == torch.float32
    assert layout_for(CPU, ["bf16"]) == (torch.contiguous_format if wide else torch.channels_last)
    assert any("this CPU has no" in note for note in precision_notes(CPU, ["bf16"])) == wide
    assert not precision_notes(CPU, ["fp32"])


@pytest.mark.parametrize(("capability", "precision"), [((7, 5), "fp32"), ((8, 6), "bf16"), ((12, 0), "bf16")])
def test_a_gpu_before_ampere_computes_in_32_bits(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], precision: str
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    gpu = torch.device("cuda")
    assert precision_on(gpu, "bf16") == precision
    assert precision_on(gpu, "fp16") == "fp16"
    assert layout_for(gpu, ["bf16"]) == torch.channels_last
    assert any("this GPU has no" in note for note in precision_notes(gpu, ["bf16"])) == (precision == "fp32")


def test_a_header_says_that_fp16_is_slow_on_a_cpu(
    bars: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from mimik.cli import main

    path = tmp_path / "x.toml"
    path.write_text(
        'name = "gender.x"\ntask = "gender"\nversion = "1"\nlabels = ["female", "male"]\nholdout = 0.2\n'
        '[crop]\nsize = 16\n[[data]]\nreader = "folder"\nsplit = "train"\n'
        "[network]\nstem = [4, 4]\nwidths = [8]\nstrides = [2]\n"
        '[optim]\nepochs = 1\nbatch = 32\nprecision = "fp16"\n'
    )
    assert (
        main(["train", str(path), "--data", str(bars), "--run", str(tmp_path / "run"), "--device", "cpu"])
        == 0
    )
    assert "takes 10 times as long as" in capsys.readouterr().out
