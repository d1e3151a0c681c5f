"""Quick ablation at lighting level: raw, lit (resolve-only), lit with what rays found, and the network's.

Not a published metric: those are measured on the page's pictures by `workshop.metrics`.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import nn

from . import color
from .augment import Augmentation, Sample, Truth, prepare
from .checkpoint import open_network
from .dataset import LOW_LAYOUT, Batch, Frame, each_shot, frame_batch
from .history import Warp
from .objective import Past, predict, ray_lighting, with_history
from .resolve import resolve
from .sequence import follows

Scores = dict[str, float]


def display_psnr(log_lighting: torch.Tensor, truth: Truth) -> float:
    """PSNR of the sRGB display colour over valid pixels; log lighting is (1,3,h,w)."""
    e = truth.exposure.reshape(-1, 1, 1, 1)

    def shown(log: torch.Tensor) -> torch.Tensor:
        return color.display(color.decode_lighting(log, e) * truth.factor + truth.emissive)

    error = (shown(log_lighting.permute(0, 2, 3, 1)) - shown(truth.log_lighting)) ** 2 * truth.valid
    mse = float(error.sum() / (3 * truth.valid.sum().clamp(min=1)))
    return min(100.0, -10 * math.log10(max(mse, 1e-10)))


@torch.no_grad()
def play(net: nn.Module | None, frames: Sequence[Frame], device: torch.device) -> Iterator[Scores]:
    """PSNR of each method's lighting on whole frames in order; a network with a memory goes on where runs do.

    `_full` is after the resolve, with a guide: `traced_full` is what the resolve makes of the path-traced
    lighting, the most that any network can reach through it. `_warm` is that of a network that has a history.
    """
    past, before = None, None
    for frame in frames:
        batch = frame_batch([frame], [(0, 0)], frame.size, guided=1).to(device)
        sample = prepare(batch, Augmentation.identity(1).to(device))
        goes_on = past is not None and follows(frame, before)
        if goes_on:
            warp = Warp.stack([frame.warp]).to(device)
            sample = with_history(sample, past.moved(warp, sample))
        outputs = predict(net, sample) if net is not None else None
        scores = _scores(frame, batch, sample, outputs)
        if outputs is not None:
            past, before = Past.of(outputs, sample), frame
        if goes_on:
            scores |= {f"{name}_warm": scores[name] for name in ("lit", "ai")}
        yield scores


def frame_scores(net: nn.Module | None, frame: Frame, device: torch.device) -> Scores:
    """Scores of a frame without history."""
    return next(play(net, [frame], device))


def _scores(frame: Frame, batch: Batch, sample: Sample, outputs: torch.Tensor | None) -> Scores:
    device = batch.low.device
    height, width = frame.size
    lit = sample.inputs[:, :3, :height, :width]
    hard = batch.low[:, LOW_LAYOUT["hard"]].float().permute(0, 2, 3, 1)
    raw = color.encode_lighting(hard + frame.flat_ambient.to(device), frame.exposure).permute(0, 3, 1, 2)
    neutral = torch.zeros_like(lit)
    rays = ray_lighting(sample.inputs)[..., :height, :width]
    methods = {"raw": (raw, neutral), "lit": (lit, neutral), "rays": (rays, neutral)}
    if outputs is not None:
        methods["ai"] = (outputs[:, :3], outputs[:, 3:])
    scores = {name: display_psnr(log, sample.low) for name, (log, _) in methods.items()}
    if sample.full is not None and sample.taps is not None:
        methods["traced"] = (sample.low.log_lighting.permute(0, 3, 1, 2), neutral)
        for name, (log, edges) in methods.items():
            scores[f"{name}_full"] = display_psnr(resolve(log, edges, sample.taps), sample.full)
    return scores


def mean_scores(scores: Sequence[Scores]) -> Scores:
    """Mean of each score over the frames that have it."""
    values: dict[str, list[float]] = defaultdict(list)
    for entry in scores:
        for name, value in entry.items():
            values[name].append(value)
    return {name: sum(v) / len(v) for name, v in values.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m workshop.baseline", description=__doc__)
    parser.add_argument("data", type=Path, nargs="+", help="shots, or directories of shots")
    parser.add_argument("--network", type=Path, help="exported network or training run to evaluate too")
    parser.add_argument("--json", type=Path, help="also write the numbers here")
    options = parser.parse_args(arguments)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    net = open_network(options.network).to(device) if options.network else None
    shots: dict[str, list[Scores]] = defaultdict(list)
    for name, frames in each_shot(options.data):
        shots[name] += play(net, frames, device)
        print(f"{name:32} {_line(mean_scores(shots[name]))}", flush=True)
    if not shots:
        raise SystemExit("baseline: no frame with a target")
    mean = mean_scores([entry for entries in shots.values() for entry in entries])
    print(f"{'mean over frames':32} {_line(mean)}")
    if options.json:
        report = {"shots": {name: mean_scores(entries) for name, entries in shots.items()}, "mean": mean}
        options.json.write_text(json.dumps(report, indent=2) + "\n")


def _line(scores: Scores) -> str:
    return "  ".join(f"{name} {value:6.2f}" for name, value in scores.items()) + " dB"


if __name__ == "__main__":
    main()
