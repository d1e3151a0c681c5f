"""Ablation by training anew: the same short training of the same network, each time without one thing.

Beside `workshop.ablation`, which withholds from a trained network what it has learned to rely on, this says
what a network would do without. Every variation sees the same batches for the same number of steps. Starting
again with the same --out goes on.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from .ablation import CANDIDATES, CHANNELS, WHOLE, score_without, withhold
from .augment import Augmentation, Sample, prepare
from .checkpoint import CHECKPOINT_FILE, CONFIG_FILE, RunConfig, write_atomically
from .dataset import Batch, Frame, frame_batch, load_frames
from .loss import LossWeights
from .machine import join_machine, keep_freed_memory
from .network import WIDTHS, RelightNet
from .split import DatasetError, find_shots, refuse_held_out
from .train import Trainer

RESULTS_FILE = "results.json"


@dataclass(frozen=True)
class Variation:
    """What is different from the whole."""

    withheld: tuple[str, ...] = ()
    history: bool = True
    has_global_branch: bool = True
    weights: LossWeights = LossWeights()


VARIATIONS: dict[str, Variation] = {
    WHOLE: Variation(),
    **{group: Variation(withheld=(group,)) for group in (*CANDIDATES, *CHANNELS)},
    "memory": Variation(history=False),
    "global branch": Variation(has_global_branch=False),
    "loss: structure": Variation(weights=replace(LossWeights(), ssim=0.0)),
    "loss: gradient": Variation(weights=replace(LossWeights(), gradient=0.0)),
    "loss: display colour": Variation(weights=replace(LossWeights(), display=0.0)),
}


class _WithoutGlobal(RelightNet):
    """The network without the branch that sees the whole frame."""

    def __init__(self, size: str, history: bool) -> None:
        super().__init__(size, history)
        self.global2 = nn.Identity()
        self.global1 = _Nothing()


class _Nothing(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.zeros_like(x)


class _VariedTrainer(Trainer):
    def __init__(self, variation: Variation, config: RunConfig, run: Path, frames: Sequence[Frame]) -> None:
        self._variation, self._weights = variation, variation.weights
        super().__init__(config, run, frames, join_machine())

    @property
    def net(self) -> nn.Module:
        return self._ema.net

    def _create(self) -> RelightNet:
        kind = RelightNet if self._variation.has_global_branch else _WithoutGlobal
        return kind(self._config.size, self._config.history)

    def _prepare(self, batches: list[Batch], rng: np.random.Generator) -> list[Sample]:
        return [without(sample, self._variation.withheld) for sample in super()._prepare(batches, rng)]


def without(sample: Sample, groups: Iterable[str]) -> Sample:
    """The sample with groups of inputs withheld, before and after the resolve."""
    inputs = sample.inputs
    for group in groups:
        inputs = withhold(inputs, torch.ones_like(inputs[:, :1]), group)
    return replace(sample, inputs=inputs)


@torch.no_grad()
def score(net: nn.Module, frames: Sequence[Frame], withheld: Iterable[str]) -> float:
    """Mean PSNR (dB) after the resolve of the frames with a guide, without history."""
    scores = []
    for frame in frames:
        if frame.guide is None:
            continue
        sample = prepare(frame_batch([frame], [(0, 0)], frame.size, guided=1), Augmentation.identity(1))
        scores.append(score_without(net, without(sample, withheld), WHOLE))
    return sum(scores) / len(scores)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m workshop.retrain", description=__doc__)
    parser.add_argument("data", nargs="+", help="shots, or directories of shots, to train on")
    parser.add_argument("--validate", type=Path, required=True, help="directory of shots with guides")
    parser.add_argument(
        "--size", choices=sorted(WIDTHS), default="s", help="of the network (default %(default)s)"
    )
    parser.add_argument("--steps", type=int, default=2000, help="of each training (default %(default)s)")
    parser.add_argument("--only", nargs="+", choices=sorted(VARIATIONS), help="these variations only")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, help="directory of the runs and results.json")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    keep_freed_memory()
    try:
        shots = find_shots([Path(d) for d in options.data])
        refuse_held_out(shots)
        training = load_frames(shots)
        validating = find_shots([options.validate])
        refuse_held_out(validating)
        validation = load_frames(validating)
    except DatasetError as error:
        raise SystemExit(f"retrain: {error}") from error
    for name in options.only or VARIATIONS:
        results = _results(options.out)
        if name not in results:
            value = _train_and_score(name, options, training, validation)
            # Read again: others may be at work on other variations.
            results = _results(options.out) | {name: value}
            write_atomically(options.out / RESULTS_FILE, json.dumps(results, indent=2).encode())
    print(table(_results(options.out)))


def _train_and_score(
    name: str, options: argparse.Namespace, training: Sequence[Frame], validation: Sequence[Frame]
) -> float:
    variation = VARIATIONS[name]
    run = options.out / name.replace(" ", "-").replace(":", "").replace(",", "")
    run.mkdir(parents=True, exist_ok=True)
    config = RunConfig(
        size=options.size, seed=options.seed, batch=8, data=options.data, minutes=None, steps=options.steps,
        commit="", history=variation.history,
    )  # fmt: skip
    if (run / CHECKPOINT_FILE).is_file() and (run / CONFIG_FILE).is_file():
        config.require_same_network(RunConfig.load(run))
    config.save(run)
    trainer = _VariedTrainer(variation, config, run, training)
    trainer.run()
    value = score(trainer.net, validation, variation.withheld)
    print(f"without {name}: {value:.2f} dB", flush=True)
    return value


def _results(out: Path) -> dict[str, float]:
    path = out / RESULTS_FILE
    return json.loads(path.read_text()) if path.is_file() else {}


def table(results: dict[str, float]) -> str:
    """Markdown, the whole first, then what costs most."""
    whole = results.get(WHOLE, float("nan"))
    rows = sorted(results.items(), key=lambda entry: (entry[0] != WHOLE, entry[1]))
    lines = [f"| {name} | {value:.2f} | {whole - value:+.2f} |" for name, value in rows]
    return "\n".join(["| without | PSNR (dB) | lost (dB) |", "| --- | --- | --- |", *lines])


if __name__ == "__main__":
    main()
