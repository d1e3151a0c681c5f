"""Exact augmentation, and the tensors that a training step works on.

Light transport is linear in the lights and treats colour channels alike, so that scaling or permuting
the channels of all light (and the albedo with them) yields a frame that the renderers would have drawn.
A few frames become white furnaces: whatever the geometry, white things in a white world look as if they were
not there. No generated scene is as white as that, and a network that never saw one adds light to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from . import color, features
from .dataset import GUIDE_LAYOUT, LOW_LAYOUT, Batch, unpack
from .resolve import Taps

_GAIN_STOPS = 0.35
_EXPOSURE_STOPS = 0.25
_FURNACE_SHARE = 0.03
#: Base colour of the furnace's surfaces, whose material factor is then one.
_FURNACE_ALBEDO = 0.96


@dataclass
class Augmentation:
    """Per frame: colour gain (N,3), channel order (N,3), exposure factor, mirrored, furnace (N,)."""

    gain: torch.Tensor
    order: torch.Tensor
    exposure: torch.Tensor
    mirrored: torch.Tensor
    furnace: torch.Tensor

    @staticmethod
    def identity(count: int) -> Augmentation:
        return Augmentation(
            torch.ones(count, 3),
            torch.arange(3).repeat(count, 1),
            torch.ones(count),
            torch.zeros(count, dtype=torch.bool),
            torch.zeros(count, dtype=torch.bool),
        )

    @staticmethod
    def draw(count: int, rng: np.random.Generator) -> Augmentation:
        orders = np.stack([rng.permutation(3) if rng.random() < 0.5 else np.arange(3) for _ in range(count)])
        level = rng.normal(0, 2 * _GAIN_STOPS, (count, 1))
        return Augmentation(
            torch.from_numpy(np.exp2(level + rng.normal(0, _GAIN_STOPS, (count, 3))).astype(np.float32)),
            torch.from_numpy(orders),
            torch.from_numpy(np.exp2(rng.normal(0, _EXPOSURE_STOPS, count)).astype(np.float32)),
            torch.from_numpy(rng.random(count) < 0.5),
            torch.from_numpy(rng.random(count) < _FURNACE_SHARE),
        )

    def to(self, device: torch.device) -> Augmentation:
        moved = (self.gain, self.order, self.exposure, self.mirrored, self.furnace)
        return Augmentation(*(t.to(device, non_blocking=True) for t in moved))

    def colours(self, rgb: torch.Tensor) -> torch.Tensor:
        """Channel order on (n,...,3) of the first n frames, without the gain."""
        order = self.order[: rgb.shape[0]]
        index = order.reshape(order.shape[0], *[1] * (rgb.dim() - 2), 3).expand_as(rgb)
        return rgb.gather(-1, index)

    def light(self, rgb: torch.Tensor) -> torch.Tensor:
        """Channel order and gain on light (n,...,3) of the first n frames."""
        gain = self.gain[: rgb.shape[0]]
        return self.colours(rgb) * gain.reshape(gain.shape[0], *[1] * (rgb.dim() - 2), 3)


@dataclass
class Truth:
    """What a prediction is compared with; (N,h,w,C)."""

    log_lighting: torch.Tensor
    display: torch.Tensor
    factor: torch.Tensor
    emissive: torch.Tensor
    valid: torch.Tensor
    exposure: torch.Tensor


@dataclass
class Sample:
    """A batch ready for the network."""

    #: Padded to the alignment; mirrored where `mirrored`.
    inputs: torch.Tensor
    mirrored: torch.Tensor
    low: Truth
    full: Truth | None
    taps: Taps | None


def prepare(batch: Batch, augmentation: Augmentation) -> Sample:
    """Applies the augmentation and packs the channels, on the batch's device."""
    image = unpack(batch.low, LOW_LAYOUT)
    furnace = augmentation.furnace
    exposure = torch.where(furnace, augmentation.exposure, _exposure(batch, augmentation))
    factor = augmentation.colours(image["factor"])
    albedo = torch.cat((augmentation.colours(image["albedo"][..., :3]), image["albedo"][..., 3:]), -1)
    lights = features.Lights(
        lit=augmentation.light(image["lit"]),
        mirror=augmentation.light(image["mirror"]),
        bounce=augmentation.light(image["bounce"]),
        probe=augmentation.light(image["probe"]),
        unshadowed=_unshadowed(image, factor, augmentation),
    )
    surface = features.Surface(
        visibility=image["visibility"][..., 0],
        mirror_hit=image["mirror_hit"][..., 0],
        albedo=albedo,
        normal=image["normal"],
        up=image["up"][..., 0],
        mask=image["mask"][..., 0],
    )
    if furnace.any():
        _light_furnaces(lights, surface, image["occlusion"], furnace)
    inputs = features.pack_channels(lights, surface, exposure)
    inputs = mirror_inputs(inputs, augmentation.mirrored)
    low = _truth(
        _where(furnace, 1.0, augmentation.light(image["target"])),
        _where(furnace, 1.0, factor), _where(furnace, 0.0, augmentation.light(image["emissive"])),
        image["valid"], exposure,
    )  # fmt: skip
    full = None
    if batch.guide is not None:
        guide = unpack(batch.guide, GUIDE_LAYOUT)
        guided = guide["factor"].shape[0]
        full = _truth(
            _where(furnace[:guided], 1.0, augmentation.light(guide["target"])),
            _where(furnace[:guided], 1.0, augmentation.colours(guide["factor"])),
            _where(furnace[:guided], 0.0, augmentation.light(guide["emissive"])),
            guide["valid"],
            exposure[:guided],
        )
    taps = batch.taps
    if taps is not None:
        taps.normal_cost, taps.depth_cost = taps.normal_cost.float(), taps.depth_cost.float()
    padded = features.pad_to_alignment(inputs).contiguous(memory_format=torch.channels_last)
    return Sample(padded, augmentation.mirrored, low, full, taps)


def _light_furnaces(
    lights: features.Lights, surface: features.Surface, occlusion: torch.Tensor, furnace: torch.Tensor
) -> None:
    """Puts the chosen frames into a white world of radiance one; occlusion darkens it wrongly."""
    for name in ("lit", "mirror", "bounce"):
        setattr(lights, name, _where(furnace, occlusion, getattr(lights, name)))
    lights.probe = _where(furnace, 1.0, lights.probe)
    lights.unshadowed = _where(furnace, 0.0, lights.unshadowed)
    surface.visibility = _where(furnace, 1.0, surface.visibility)
    surface.mirror_hit = _where(furnace, 0.0, surface.mirror_hit)
    white = torch.tensor([_FURNACE_ALBEDO] * 3 + [0.0], device=surface.albedo.device)
    surface.albedo = _where(furnace, white, surface.albedo)


def _where(chosen: torch.Tensor, new: torch.Tensor | float, old: torch.Tensor) -> torch.Tensor:
    """`new` in the chosen frames (N,), `old` (N,...) in the others."""
    return torch.where(chosen.reshape(-1, *[1] * (old.dim() - 1)), new, old)


def mirror_inputs(inputs: torch.Tensor, mirrored: torch.Tensor) -> torch.Tensor:
    """Horizontal flip of the chosen frames; the view normal's x changes sign with it."""
    sign = torch.ones(inputs.shape[1], device=inputs.device)
    sign[features.INPUTS.index("normal_x")] = -1
    flipped = inputs.flip(3) * sign.reshape(1, -1, 1, 1)
    return torch.where(mirrored.reshape(-1, 1, 1, 1), flipped, inputs)


def unmirror(outputs: torch.Tensor, sample: Sample) -> torch.Tensor:
    """Network output without padding, mirrored frames turned back, so that the truth stays as stored.

    A mirrored frame was padded after the flip, so the padding is cut off first.
    """
    height, width = sample.low.valid.shape[1:3]
    outputs = outputs[..., :height, :width].contiguous()
    return torch.where(sample.mirrored.reshape(-1, 1, 1, 1), outputs.flip(3), outputs)


def display(radiance: torch.Tensor) -> torch.Tensor:
    """Tone-mapped and roughly perceptual, with a finite slope at black."""
    return (color.aces_filmic(radiance).clamp(0, 1) + 1e-4).sqrt()


def _exposure(batch: Batch, augmentation: Augmentation) -> torch.Tensor:
    before = color.luminance(batch.mean_lit).clamp(min=1e-6)
    after = color.luminance(augmentation.light(batch.mean_lit)).clamp(min=1e-6)
    return batch.exposure * augmentation.exposure * before / after


def _unshadowed(
    image: dict[str, torch.Tensor], factor: torch.Tensor, augmentation: Augmentation
) -> torch.Tensor:
    """Unshadowed luminance after the augmentation.

    Only its luminance is captured; where the light arrives its colour is known from the hard-lit
    image, and in shadow the frame's mean direct light stands in for it.
    """
    before = image["hard"]
    after = augmentation.light(before)
    mean_before, mean_after = before.mean((1, 2)), after.mean((1, 2))
    frame_ratio = (color.luminance(mean_after) + 1e-6) / (color.luminance(mean_before) + 1e-6)
    lit_before = color.luminance(before * image["factor"]) / color.luminance(image["factor"])
    lit_after = color.luminance(after * factor) / color.luminance(factor)
    pixel_ratio = (lit_after + 1e-6) / (lit_before + 1e-6)
    known = (image["visibility"][..., 0] > 0.05) & (lit_before > 1e-4)
    ratio = torch.where(known, pixel_ratio, frame_ratio.reshape(-1, 1, 1))
    return image["unshadowed"][..., 0] * ratio


def _truth(
    lighting: torch.Tensor,
    factor: torch.Tensor,
    emissive: torch.Tensor,
    valid: torch.Tensor,
    exposure: torch.Tensor,
) -> Truth:
    e = exposure.reshape(-1, 1, 1, 1)
    lighting = lighting.clamp(min=0)
    return Truth(
        log_lighting=color.encode_lighting(lighting, e),
        display=display(lighting * factor + emissive),
        factor=factor,
        emissive=emissive,
        valid=valid,
        exposure=exposure,
    )
