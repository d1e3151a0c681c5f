"""Training loss: log lighting and tone-mapped colour, with structure and gradient terms."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional as F

from . import color
from .augment import Truth, display

#: Log lighting above this is far beyond white; the cap keeps a diverging step finite.
_MAX_LOG = 20.0
_SSIM_WINDOW = 7
_SSIM_C1, _SSIM_C2 = 0.01**2, 0.03**2


@dataclass(frozen=True)
class LossWeights:
    """Weights of the terms; the prototype's."""

    log: float = 1.0
    display: float = 2.0
    ssim: float = 0.15
    gradient: float = 0.3


def lighting_loss(
    log_lighting: torch.Tensor, truth: Truth, weights: LossWeights = LossWeights()
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Loss of predicted log lighting (N,3,h,w), and its unweighted terms detached."""
    predicted = log_lighting.permute(0, 2, 3, 1).clamp(max=_MAX_LOG)
    valid = truth.valid
    count = valid.sum().clamp(min=1) * 3
    error = (predicted - truth.log_lighting) * valid
    shown = shown_colour(predicted, truth)
    # Where there is no truth the prediction takes its place, so that windows reaching there see no error.
    shown = torch.where(valid > 0.5, shown, truth.display)
    terms = {
        "log": error.abs().sum() / count,
        "display": (shown - truth.display).abs().sum() / count,
        "ssim": dissimilarity(shown, truth.display),
        "gradient": _gradient(error, valid),
    }
    total = sum(getattr(weights, name) * term for name, term in terms.items())
    return total, {name: term.detach() for name, term in terms.items()}


def shown_colour(log_lighting: torch.Tensor, truth: Truth) -> torch.Tensor:
    """Display colour (N,h,w,3) of log lighting (N,h,w,3) on the truth's materials."""
    lighting = color.decode_lighting(log_lighting, truth.exposure.reshape(-1, 1, 1, 1))
    return display(lighting * truth.factor + truth.emissive)


def dissimilarity(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """1 - SSIM of the mean of the channels, over 7x7 box windows inside the image."""
    a, b = a.mean(-1)[:, None], b.mean(-1)[:, None]
    moments = _box(torch.cat((a, a * a, a * b), 1))
    with torch.no_grad():
        constant = _box(torch.cat((b, b * b), 1))
    mean_a, mean_aa, mean_ab = moments.split(1, 1)
    mean_b, mean_bb = constant.split(1, 1)
    variance = mean_aa - mean_a**2 + mean_bb - mean_b**2
    covariance = mean_ab - mean_a * mean_b
    luminance = (2 * mean_a * mean_b + _SSIM_C1) / (mean_a**2 + mean_b**2 + _SSIM_C1)
    structure = (2 * covariance + _SSIM_C2) / (variance.clamp(min=0) + _SSIM_C2)
    return 1 - (luminance * structure).mean()


def _box(x: torch.Tensor) -> torch.Tensor:
    # Every second window each way: neighbours are nearly the same, and this is the costliest term.
    rows = F.avg_pool2d(x, (_SSIM_WINDOW, 1), stride=(2, 1))
    return F.avg_pool2d(rows, (1, _SSIM_WINDOW), stride=(1, 2))


def _gradient(error: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference of the error between neighbours that both have a truth."""
    vertical, horizontal = valid[:, 1:] * valid[:, :-1], valid[:, :, 1:] * valid[:, :, :-1]
    total = ((error[:, 1:] - error[:, :-1]).abs() * vertical).sum()
    total = total + ((error[:, :, 1:] - error[:, :, :-1]).abs() * horizontal).sum()
    return total / (3 * (vertical.sum() + horizontal.sum()).clamp(min=1))
