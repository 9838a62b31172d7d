"""What au.base and emotion.posed say of people whom they have not seen: fold by fold, and folds within them.

    python benchmarks/unit_folds.py --data DATA

writes runs/unit_folds.npz, which benchmarks/action_units.py and neutral.py read (and make if it is missing).
It needs CK+, CK+48 and the shipped face.base.onnx, nothing else: the blocks of that file learned nothing from
CK+, and what recipes/face.base.toml fits to CK+ on top of them (a regression, and a block of its own) is
fitted here anew, as the recipe says, for each fold without its people, and for each pair of folds without
both. The latter give thresholds, temperatures and whatever else is chosen for a fold on people of the other
folds, by answers that have seen neither. Pictures are changed and mixed once for all fits, and mixed within
their fold. Takes about seven minutes on one core that is free. Needs torch and onnx.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor

from ckplus_faces import FOLDS, Pictures, face_batches, read, shrunk
from mimik.data.splits import fold_of
from mimik.models.inputs import MEAN, STD
from mimik.models.session import Session
from mimik.models.store import PACKAGED
from mimik.storage.whole import whole_file
from mimik.train.checkpoint import State, average_weights
from mimik.train.inputs import pictures as kept
from mimik.train.inputs.augment import augmented
from mimik.train.inputs.batches import plain_batches
from mimik.train.networks.resnet import Branch
from mimik.train.objectives.joint import JointObjective, joint_objective
from mimik.train.phases.regression import regress
from mimik.train.phases.schedules import schedule
from mimik.train.recipe.read import read_recipe
from mimik.train.recipe.recipe import Recipe

ROOT = Path(__file__).parent.parent
FILE, RECIPE = PACKAGED / "face.base.onnx", ROOT / "recipes" / "face.base.toml"
KEPT = Path("runs/unit_folds.npz")
SEEN_BY = ("network.branch.block.body.0", "network.classes", "network.tapped")
"""The layers that are fitted: what they see is what the rest of the file says of a face."""
CHUNK = 64


class Trunk:
    """All of the shipped file that knows nothing of CK+."""

    def __init__(self) -> None:
        model = onnx.load(str(FILE))
        layers = [node for node in model.graph.node if node.op_type in ("Conv", "Gemm")]
        names = [next(n.input[0] for n in layers if n.input[1].startswith(name)) for name in SEEN_BY]
        del model.graph.output[:]
        model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
        self._session = Session(model.SerializeToString(), "cpu")

    @property
    def maps_shape(self) -> tuple[int, int]:
        """Channels of the maps, and their side."""
        maps, _ = self.see(np.zeros((1, 3, 80, 80), np.float32))
        return maps.shape[1], maps.shape[2]

    def see(self, batch: NDArray[np.float32]) -> tuple[Tensor, Tensor]:
        """The maps that the branch reads (N, C, S, S), and the regression's features (N, F)."""
        maps, last, tapped = self._session.run(batch)
        return torch.from_numpy(maps), torch.from_numpy(np.concatenate([last, tapped], axis=1))

    def see_all(self, batches: Iterable[NDArray[np.float32]]) -> tuple[Tensor, Tensor]:
        """The same of many batches."""
        parts = [self.see(batch) for batch in batches]
        return torch.cat([maps for maps, _ in parts]), torch.cat([features for _, features in parts])


@dataclass
class Fit:
    """The heads that are fitted to CK+ without the people of some folds."""

    without: frozenset[int]
    rows: NDArray[np.intp]
    """The pictures that it is fitted to."""
    state: State
    """Of the branch."""
    weights: Tensor
    biases: Tensor

    @torch.no_grad()
    def say(self, maps: Tensor, features: Tensor) -> NDArray[np.float32]:
        """Logits (N, K): the regression's, and where the branch speaks, the mean of both."""
        logits = features @ self.weights.T + self.biases
        own = torch.cat([self.state.averaged(part) for part in maps.split(CHUNK)])
        logits[:, -own.shape[1] :] = (logits[:, -own.shape[1] :] + own) / 2
        return logits.numpy()


class Training:
    """The pictures that the heads are fitted to, and how."""

    def __init__(self, recipe: Recipe, data: Path, trunk: Trunk) -> None:
        self.recipe, self.trunk = recipe, trunk
        self.pictures = kept.load_pictures(recipe.data, data, recipe.crop)
        self.objective: JointObjective = joint_objective(recipe)
        self.targets = self.objective.targets(self.pictures.samples)
        self.folds = np.array([fold_of(sample.group, FOLDS) for sample in self.pictures.samples])
        self.outputs = sum(head.output_count for head in recipe.probes)

    def fits(self) -> list[Fit]:
        """A fit without each fold and without each pair of folds."""
        views = [features for _, features in map(self.trunk.see_all, self._views())]
        print(f"{len(self.pictures)} pictures, {len(views)} views", flush=True)
        held = [frozenset(some) for count in (1, 2) for some in combinations(range(FOLDS), count)]
        found = [self._regression(without, views) for without in held]
        for epoch in range(self.recipe.optim.epochs):
            maps, wanted = self._mixed_epoch(epoch)
            losses = [self._branch_epoch(fit, epoch, maps, wanted) for fit in found]
            print(f"epoch {epoch + 1}, loss {np.mean(losses):.4f}", flush=True)
        return found

    def _views(self) -> Iterator[Iterable[NDArray[np.float32]]]:
        """As mimik.train.phases.regression sees them: as they are, mirrored, and changed at random."""
        spec = self.recipe.crop
        yield (b for (b,) in plain_batches(self.pictures, spec, MEAN, STD))
        yield (np.ascontiguousarray(b[..., ::-1]) for (b,) in plain_batches(self.pictures, spec, MEAN, STD))
        for view in range(self.recipe.probe.views):
            yield self._changed(np.random.default_rng((self.recipe.seed, view)))

    def _changed(self, rng: np.random.Generator) -> Iterator[NDArray[np.float32]]:
        rows = np.arange(len(self.pictures))
        for part in np.split(rows, range(CHUNK, len(rows), CHUNK)):
            spec, changes = self.recipe.crop, self.recipe.augment
            yield augmented(self.pictures, part, spec, changes, rng, MEAN, STD)

    def _regression(self, without: frozenset[int], views: Sequence[Tensor]) -> Fit:
        rows = np.flatnonzero(~np.isin(self.folds, list(without)))
        x, wanted = torch.cat([view[rows] for view in views]), self.targets[rows].repeat(len(views), 1)
        last = torch.arange(self.objective.outputs - self.outputs, self.objective.outputs)
        width = int(self.recipe.network["widths"][-1])
        weights, biases, left = regress(x, wanted, last, width, self.objective, self.recipe.probe.penalty)
        print(f"without {sorted(without)}: regression, loss {left:.4f}", flush=True)
        return Fit(without, rows, self._branch(), weights, biases)

    def _branch(self) -> State:
        """The block of its own, at its start; see mimik.train.checkpoint.fresh_state."""
        torch.manual_seed(self.recipe.seed)
        options, optim = self.recipe.network, self.recipe.optim
        width, inputs, side = options["branch"], *self.trunk.maps_shape
        branch = Branch(inputs, width, side, options["dropout"], options["branch_outputs"])
        groups = [
            {"params": [p for p in branch.parameters() if p.ndim > 1]},
            {"params": [p for p in branch.parameters() if p.ndim <= 1], "weight_decay": 0.0},
        ]
        optimiser = torch.optim.AdamW(groups, lr=optim.learning_rate, weight_decay=optim.weight_decay)
        return State(branch, copy.deepcopy(branch).eval().requires_grad_(False), (), optimiser)

    def _mixed_epoch(self, epoch: int) -> tuple[Tensor, Tensor]:
        """All pictures changed at random, half of the batches mixed within their fold: maps and targets."""
        rng = np.random.default_rng((self.recipe.seed, epoch))
        faces = np.concatenate(list(self._changed(rng)))
        wanted = self.targets.clone()
        for fold in range(FOLDS):
            own = rng.permutation(np.flatnonzero(self.folds == fold))
            for rows in np.split(own, range(CHUNK, len(own), CHUNK)):
                if rng.random() < 0.5:
                    share = rng.beta(self.recipe.objective.mixup, self.recipe.objective.mixup)
                    others = rng.permutation(rows)
                    faces[rows] = (1 - share) * faces[rows] + share * faces[others]
                    # The losses of both heads are linear in their targets.
                    wanted[rows] = self.targets[rows].lerp(self.targets[others], float(share))
        parts = np.split(faces, range(CHUNK, len(faces), CHUNK))
        return self.trunk.see_all(parts)[0], wanted

    def _branch_epoch(self, fit: Fit, epoch: int, maps: Tensor, wanted: Tensor) -> float:
        """One pass of a branch over its pictures; see mimik.train.phases.epochs.run_epoch."""
        optim, state, losses = self.recipe.optim, fit.state, []
        torch.manual_seed(1000 * epoch + hash(tuple(sorted(fit.without))) % 1000)
        order = np.random.default_rng((self.recipe.seed, epoch, 2)).permutation(fit.rows)
        total = optim.epochs * (len(order) // optim.batch)
        state.network.train()
        for start in range(0, len(order) - optim.batch + 1, optim.batch):
            rows = order[start : start + optim.batch]
            for group in state.optimiser.param_groups:
                group["lr"] = optim.learning_rate * schedule(state.step / total, optim.warmup)
            own = state.network(maps[rows])
            logits = own.new_zeros(len(own), self.objective.outputs)
            logits[:, -own.shape[1] :] = own
            loss = self.objective.loss(logits, wanted[rows])
            state.optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            state.optimiser.step()
            state.step += 1
            average_weights(state, optim.ema)
            losses.append(float(loss.detach()))
        return float(np.mean(losses))


@dataclass
class Answers:
    """What is said of the pictures of one kind, (N, K) logits, by those who have not seen the person."""

    outer: NDArray[np.float32]
    """By the fit without the picture's fold, (N, K)."""
    inner: NDArray[np.float32]
    """By the fit without fold k and the picture's own, (FOLDS, N, K); NaN in the picture's own fold."""


def answers(fits: Sequence[Fit], trunk: Trunk, pictures: Pictures, recipe: Recipe) -> Answers:
    """What the fits say of pictures whose people they have not seen."""
    seen, folds = trunk.see_all(face_batches(pictures, recipe.crop)), pictures.folds
    said = {fit.without: fit.say(*seen) for fit in fits}
    outer = np.full_like(said[frozenset([0])], np.nan)
    inner = np.full((FOLDS, *outer.shape), np.nan, np.float32)
    for fold in range(FOLDS):
        own = folds == fold
        outer[own] = said[frozenset([fold])][own]
        for other in set(range(FOLDS)) - {fold}:
            inner[other, own] = said[frozenset([fold, other])][own]
    return Answers(outer, inner)


def weights_digest() -> str:
    """SHA-256 of the file's weights, but for those of emotion.wild, which is made of its other answers."""
    found = hashlib.sha256()
    for values in sorted(onnx.load(str(FILE)).graph.initializer, key=lambda values: values.name):
        if not values.name.startswith("wild_"):
            found.update(values.SerializeToString())
    return found.hexdigest()


def make(data: Path) -> None:
    """Fit, ask and write runs/unit_folds.npz."""
    recipe, trunk = read_recipe(RECIPE), Trunk()
    fits = Training(recipe, data, trunk).fits()
    peaks, crops = read(data / "CK+", detect=True), read(data / "CK+48", detect=False)
    arrays: dict[str, NDArray[np.generic]] = {"network": np.array(weights_digest())}
    for name, pictures in (("peaks", peaks), ("small", shrunk(peaks)), ("crops", crops)):
        said = answers(fits, trunk, pictures, recipe)
        arrays |= {f"{name} keys": np.array([sample.key for sample in pictures.samples])}
        arrays |= {f"{name} outer": said.outer, f"{name} inner": said.inner}
    KEPT.parent.mkdir(exist_ok=True)
    with whole_file(KEPT) as part, part.open("wb") as stream:
        np.savez_compressed(stream, **arrays)


def unit_folds(name: str, pictures: Pictures, data: Path) -> Answers:
    """The answers for "peaks", "small" (peaks as 48 px crops) or "crops"; made first if they are missing."""
    if not KEPT.exists():
        make(data)
    with np.load(KEPT) as held:
        if str(held["network"]) != weights_digest():
            raise SystemExit(f"{KEPT}: made with another face.base.onnx; delete it, and it is made again")
        if held[f"{name} keys"].tolist() != [sample.key for sample in pictures.samples]:
            raise SystemExit(f"{KEPT}: made of other pictures; delete it, and it is made again")
        return Answers(held[f"{name} outer"], held[f"{name} inner"])


def main() -> None:
    """Make the answers anew."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    make(parser.parse_args().data)


if __name__ == "__main__":
    main()
