"""What training minimises: the loss of single frames, and of runs over the network's own output."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import nn

from .augment import Sample, Truth, unmirror
from .features import HISTORY, INPUTS, pad_to_alignment
from .history import MAX_LOG, Warp, add_indirect, rescale, warp_back
from .loss import LossWeights, lighting_loss, shown_colour
from .network import compose
from .resolve import resolve

#: Price of leaving the range between lit and what rays make of it, in units of the log lighting's L1.
CAUTION = 0.05
#: Price of a change from frame to frame that the truth does not make, in the same units.
STEADINESS = 0.5
#: What counts in a run: each frame by itself, and the mean over frames that the page's picture is.
EACH_FRAME, MEAN_OF_FRAMES = 0.4, 2.0
#: Frames of that mean at most, and the validity from which on a pixel's past is part of it.
MOST_FRAMES, LEAST_VALIDITY = 8, 0.5
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
    #: 2^l of the frame's direct light.
    direct: torch.Tensor
    #: Means of both as light, over as many frames as `count` says; warps blur both alike.
    mean: torch.Tensor
    mean_truth: torch.Tensor
    count: torch.Tensor
    #: 1 where there is a truth.
    valid: torch.Tensor
    #: (N,)
    exposure: torch.Tensor
    #: Validity of the warp; 1 before.
    validity: torch.Tensor | None = None

    @staticmethod
    def of(outputs: torch.Tensor, sample: Sample, before: Past | None = None) -> Past:
        """Of a frame, and of what came before it on its own grid."""
        predicted = outputs[:, :3].clamp(max=MAX_LOG)
        truth = sample.low.log_lighting.permute(0, 3, 1, 2)
        valid = sample.low.valid.permute(0, 3, 1, 2)
        means, count = (predicted, truth), torch.ones_like(valid)
        if before:
            known = ((before.validity > LEAST_VALIDITY) & (before.valid > 0.99)).float()
            count = 1 + before.count.clamp(max=MOST_FRAMES - 1) * known
            kept = (1 - 1 / count) * known
            means = (
                _mix_light(predicted, before.mean, kept),
                _mix_light(truth, before.mean_truth, kept),
            )
        return Past(predicted, truth, _direct(sample), *means, count, valid, sample.low.exposure)

    def detach(self) -> Past:
        return replace(self, predicted=self.predicted.detach(), mean=self.mean.detach())

    def moved(self, warp: Warp, sample: Sample) -> Past:
        """On the next frame's grid, for its exposure and with its direct light."""
        exposure, direct = sample.low.exposure, _direct(sample)
        ratio = exposure / self.exposure
        indirect = torch.exp2(self.predicted) - self.direct
        lighting, validity = warp_back(torch.cat((indirect, self.mean), 1), warp)
        # Apart, or the truth would carry gradients of the prediction.
        known, _ = warp_back(torch.cat((self.truth, self.mean_truth, self.count, self.valid), 1), warp)
        predicted, mean = add_indirect(direct, lighting[:, :3], ratio), rescale(lighting[:, 3:], ratio)
        truth, mean_truth = rescale(known[:, :6], ratio).split(3, 1)
        means, rest = (mean, mean_truth), (known[:, 6:7], known[:, 7:])
        return Past(predicted, truth, direct, *means, *rest, exposure, validity)


def _direct(sample: Sample) -> torch.Tensor:
    """2^l of the direct light (N,3,h,w): what is more in the lit input than the probes bring."""
    # Once the inputs hold a history, gradients of its network hang on all of them.
    lit, probe = (sample.inputs.detach()[:, i : i + 3] for i in (0, INPUTS.index("probe_r")))
    return unmirror((torch.exp2(lit) - torch.exp2(probe) + 1).clamp(min=1), sample)


def with_history(sample: Sample, past: Past) -> Sample:
    """The sample with a moved past in its history channels."""
    history = torch.cat((past.predicted * (past.validity > 0), past.validity), 1)
    mirrored = torch.where(sample.mirrored.reshape(-1, 1, 1, 1), history.flip(3), history)
    inputs = torch.cat((sample.inputs[:, : -len(HISTORY)], pad_to_alignment(mirrored)), 1)
    return replace(sample, inputs=inputs.contiguous(memory_format=torch.channels_last))


def _mix_light(a: torch.Tensor, b: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    """Log lighting of a with a share of b's light in its place."""
    light = torch.exp2(a)
    return torch.log2(light + (torch.exp2(b) - light) * share)


def mean_loss(past: Past, sample: Sample, weights: LossWeights = LossWeights()) -> torch.Tensor:
    """Loss of the mean over frames, whose noise is less than a frame's and whose bias is the same."""
    low, log = sample.low, past.mean_truth.permute(0, 2, 3, 1)
    shown = torch.where(low.valid > 0.5, shown_colour(log, low), low.display)
    truth = Truth(log, shown, low.factor, low.emissive, low.valid, low.exposure)
    return lighting_loss(past.mean, truth, weights)[0]


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
            moved = past.moved(warp, sample) if past else None
            sample = with_history(sample, moved) if moved else sample
            outputs = predict(net, sample)
            step_loss, terms = prediction_loss(outputs, sample, weights)
            if moved:
                terms["unsteadiness"] = unsteadiness(outputs, sample, moved)
                step_loss = step_loss + STEADINESS * terms["unsteadiness"]
            past = Past.of(outputs, sample, moved)
            averaged = mean_loss(past, sample, weights)
            terms["mean"] = averaged
            loss = loss + (EACH_FRAME * step_loss + MEAN_OF_FRAMES * averaged) / len(samples)
        loss.backward()
        past = past.detach()
        whole = whole + loss.detach()
    return whole, {name: value.detach() for name, value in terms.items()}
