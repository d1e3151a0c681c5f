"""What training minimises: the loss of single frames, and of runs over the network's own output."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import nn

from .augment import Sample, unmirror
from .features import HISTORY, INPUTS, pad_to_alignment
from .history import MAX_LOG, Warp, rescale, warp_back
from .loss import LossWeights, lighting_loss
from .network import compose
from .resolve import resolve

#: Price of leaving the range between lit and what rays make of it, in units of the log lighting's L1.
CAUTION = 0.05
#: Price of a change from frame to frame that the truth does not make, in the same units.
STEADINESS = 1.0
#: Gradients reach back over this many frames.
SEGMENT = 4

Terms = dict[str, torch.Tensor]


def predict(net: nn.Module, sample: Sample) -> torch.Tensor:
    """Relit log lighting and resolve strengths (N,6,h,w) as the truth is stored."""
    return unmirror(compose(sample.inputs, net(sample.inputs)), sample)


def sample_loss(
    net: nn.Module, sample: Sample, weights: LossWeights = LossWeights()
) -> tuple[torch.Tensor, Terms]:
    """Loss at the low resolution for every frame, and after the resolve for those with a guide."""
    return prediction_loss(predict(net, sample), sample, weights)


def prediction_loss(
    outputs: torch.Tensor, sample: Sample, weights: LossWeights = LossWeights()
) -> tuple[torch.Tensor, Terms]:
    """Loss of one frame's prediction (N,6,h,w)."""
    loss, terms = lighting_loss(outputs[:, :3], sample.low, weights)
    loss = loss + CAUTION * _departure(outputs[:, :3], sample)
    if sample.full is not None and sample.taps is not None:
        guided = outputs[: sample.taps.index.shape[0]]
        resolved = resolve(guided[:, :3], guided[:, 3:], sample.taps)
        full, full_terms = lighting_loss(resolved, sample.full, weights)
        loss = loss + full
        terms |= {f"full_{name}": value for name, value in full_terms.items()}
    return loss, terms


def _departure(lighting: torch.Tensor, sample: Sample) -> torch.Tensor:
    """Mean distance of the lighting (N,3,h,w) from the range between lit and what rays make of it."""
    lit, rays = (unmirror(x, sample) for x in (sample.inputs[:, :3], ray_lighting(sample.inputs)))
    below = torch.relu(torch.minimum(lit, rays) - lighting)
    above = torch.relu(lighting - torch.maximum(lit, rays))
    return (below + above).mean()


def ray_lighting(inputs: torch.Tensor) -> torch.Tensor:
    """Log lighting (N,3,h,w) with what rays change of the lit input, taken at its word: no network."""
    lit, mirror, bounce = (
        torch.exp2(inputs[:, i : i + 3]) for i in (0, INPUTS.index("mirror_r"), INPUTS.index("bounce_r"))
    )
    return torch.log2((mirror + bounce - lit).clamp(min=1))


@dataclass
class Past:
    """What a frame leaves to the next, on its own grid or moved to the next one's; (N,C,h,w)."""

    predicted: torch.Tensor
    truth: torch.Tensor
    #: 1 where there is a truth.
    valid: torch.Tensor
    #: (N,)
    exposure: torch.Tensor
    #: Validity of the warp; 1 before.
    validity: torch.Tensor | None = None

    @staticmethod
    def of(outputs: torch.Tensor, sample: Sample) -> Past:
        truth = sample.low.log_lighting.permute(0, 3, 1, 2)
        valid = sample.low.valid.permute(0, 3, 1, 2)
        return Past(outputs[:, :3].clamp(max=MAX_LOG), truth, valid, sample.low.exposure)

    def detach(self) -> Past:
        return replace(self, predicted=self.predicted.detach())

    def moved(self, warp: Warp, exposure: torch.Tensor) -> Past:
        """On the next frame's grid and for its exposure."""
        values = torch.cat((self.predicted, self.truth, self.valid), 1)
        warped, validity = warp_back(values, warp)
        lighting = rescale(warped[:, :6], exposure / self.exposure)
        return Past(lighting[:, :3], lighting[:, 3:], warped[:, 6:], exposure, validity)


def with_history(sample: Sample, past: Past) -> Sample:
    """The sample with a moved past in its history channels."""
    history = torch.cat((past.predicted * (past.validity > 0), past.validity), 1)
    mirrored = torch.where(sample.mirrored.reshape(-1, 1, 1, 1), history.flip(3), history)
    inputs = torch.cat((sample.inputs[:, : -len(HISTORY)], pad_to_alignment(mirrored)), 1)
    return replace(sample, inputs=inputs.contiguous(memory_format=torch.channels_last))


def unsteadiness(outputs: torch.Tensor, sample: Sample, past: Past) -> torch.Tensor:
    """L1 of the change from the moved past that the truth does not make, where both are known."""
    now = Past.of(outputs, sample)
    change = (now.predicted - past.predicted) - (now.truth - past.truth)
    known = now.valid * (past.valid > 0.99) * past.validity
    return (change.abs() * known).sum() / (3 * known.sum()).clamp(min=1)


def backward_through(
    net: nn.Module, samples: list[Sample], warps: list[Warp], weights: LossWeights = LossWeights()
) -> tuple[torch.Tensor, Terms]:
    """Plays the frames over the network's own output and adds up the gradients; mean loss and last terms."""
    past, whole, terms = None, 0.0, {}
    for first in range(0, len(samples), SEGMENT):
        loss = torch.zeros((), device=samples[0].inputs.device)
        for sample, warp in list(zip(samples, warps, strict=True))[first : first + SEGMENT]:
            moved = past.moved(warp, sample.low.exposure) if past else None
            sample = with_history(sample, moved) if moved else sample
            outputs = predict(net, sample)
            step_loss, terms = prediction_loss(outputs, sample, weights)
            if moved:
                terms["unsteadiness"] = unsteadiness(outputs, sample, moved)
                step_loss = step_loss + STEADINESS * terms["unsteadiness"]
            loss = loss + step_loss / len(samples)
            past = Past.of(outputs, sample)
        loss.backward()
        past = past.detach()
        whole = whole + loss.detach()
    return whole, {name: value.detach() for name, value in terms.items()}
