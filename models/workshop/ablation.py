"""What a trained network makes of each of its inputs and outputs: its quality when one group is withheld.

The network is not trained anew, so this says what it uses, not what it would do without. A withheld input is
its mean over the frame's surfaces; a withheld lighting to choose from is lit, as if no ray had been sent.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from .augment import Augmentation, Sample, prepare, unmirror
from .baseline import display_psnr
from .checkpoint import open_network
from .dataset import Frame, each_shot, frame_batch
from .features import INPUTS
from .network import compose
from .resolve import resolve

_LIT = ("lit_r", "lit_g", "lit_b")

#: Lightings to choose from, which become lit, and the flags that say where there are any, which become zero.
CANDIDATES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "reflection rays": (("mirror_r", "mirror_g", "mirror_b"), ("mirror_hit",)),
    "near light": (("bounce_r", "bounce_g", "bounce_b"), ()),
}

#: Other inputs, which become their mean.
CHANNELS: dict[str, tuple[str, ...]] = {
    "hard visibility, unshadowed light": ("visibility", "unshadowed"),
    "probe light": ("probe_r", "probe_g", "probe_b"),
    "albedo": ("albedo_r", "albedo_g", "albedo_b"),
    "normal": ("normal_x", "normal_y", "normal_z", "up"),
    "roughness, metalness": ("roughness", "metalness"),
}

#: Outputs, which become zero: no residual, neutral edges of the resolve.
OUTPUTS: dict[str, slice] = {"residual": slice(0, 3), "edges of the resolve": slice(3, 6)}

WHOLE = "nothing"


def withhold(inputs: torch.Tensor, surface: torch.Tensor, group: str) -> torch.Tensor:
    """Input channels (N,C,h,w) without a group; `surface` (N,1,h,w) is 1 where there is a surface."""
    inputs = inputs.clone()
    if group in CANDIDATES:
        lightings, flags = CANDIDATES[group]
        for name, lit in zip(lightings, _LIT, strict=True):
            inputs[:, INPUTS.index(name)] = inputs[:, INPUTS.index(lit)]
        for name in flags:
            inputs[:, INPUTS.index(name)] = 0
    for name in CHANNELS.get(group, ()):
        channel = inputs[:, INPUTS.index(name)].unsqueeze(1)
        mean = (channel * surface).sum((2, 3), keepdim=True) / surface.sum((2, 3), keepdim=True).clamp(min=1)
        channel.copy_(torch.where(surface > 0.5, mean, channel))
    return inputs


@torch.no_grad()
def score_without(net: nn.Module, sample: Sample, group: str) -> float:
    """PSNR (dB) after the resolve of a frame with a guide, with a group withheld; WHOLE withholds nothing."""
    surface = sample.low.valid.permute(0, 3, 1, 2)
    padding = (0, sample.inputs.shape[3] - surface.shape[3], 0, sample.inputs.shape[2] - surface.shape[2])
    surface = nn.functional.pad(surface, padding, mode="replicate")
    sample = replace(sample, inputs=withhold(sample.inputs, surface, group))
    outputs = net(sample.inputs)
    if group in OUTPUTS:
        outputs[:, OUTPUTS[group]] = 0
    relit = unmirror(compose(sample.inputs, outputs), sample)
    return display_psnr(resolve(relit[:, :3], relit[:, 3:], sample.taps), sample.full)


def ablate(net: nn.Module, frames: Sequence[Frame]) -> dict[str, list[float]]:
    """PSNR of every frame that has a guide, by the group that was withheld."""
    scores: dict[str, list[float]] = defaultdict(list)
    for frame in frames:
        if frame.guide is None:
            continue
        sample = prepare(frame_batch([frame], [(0, 0)], frame.size, guided=1), Augmentation.identity(1))
        for group in (WHOLE, *CANDIDATES, *CHANNELS, *OUTPUTS):
            scores[group].append(score_without(net, sample, group))
    return scores


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m workshop.ablation", description=__doc__)
    parser.add_argument("data", type=Path, nargs="+", help="shots with guides, or directories of shots")
    parser.add_argument("--network", type=Path, required=True, help="exported network or training run")
    options = parser.parse_args(arguments)
    net = open_network(options.network)
    scores: dict[str, list[float]] = defaultdict(list)
    for name, frames in each_shot(options.data):
        for group, values in ablate(net, frames).items():
            scores[group] += values
        print(f"{name}: {len(scores[WHOLE])} frames so far", flush=True)
    if not scores:
        raise SystemExit("ablation: no frame with a guide and a target")
    means = {group: sum(values) / len(values) for group, values in scores.items()}
    print("\n| withheld | PSNR (dB) | lost (dB) |\n| --- | --- | --- |")
    for group, value in sorted(means.items(), key=lambda entry: (entry[0] != WHOLE, entry[1])):
        print(f"| {group} | {value:.2f} | {means[WHOLE] - value:.2f} |")


if __name__ == "__main__":
    main()
