"""The relighting U-Net: low-res frame buffers in, relit log lighting and resolve strengths out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F

from .features import HISTORY, INPUTS, network_inputs, network_outputs

#: Height and width of the input must be multiples of this (one stem stride and three strided levels).
ALIGNMENT = 16

#: Channels at 1/2, 1/4, 1/8 and 1/16 of the low-res frame; multiples of 4 suit the WebGPU kernels.
WIDTHS: dict[str, tuple[int, int, int, int]] = {
    "s": (12, 16, 24, 32),
    "m": (24, 32, 48, 64),
    "l": (40, 56, 80, 96),
}

#: The answer to CELL x CELL pixels lies in one place, as that many channels an output.
CELL = 2

#: Resolve strengths are exponents of two; beyond 2^4 the kernels are already on or off.
EDGE_LIMIT = 4.0

_LIGHTING = 3
#: First channels of the lightings to choose from instead of lit, in the order of the shares.
CANDIDATES = ("mirror_r", "bounce_r")
#: The residual leads out of the lightings' range by no more than that range is wide, and this (log lighting).
LEAST_MARGIN = 0.02
_HEAD_INIT_SCALE = 0.05
#: Shares of the mirror and bounce lighting before training, before the logistic function.
_RAY_SHARE_INIT = 3.0


@dataclass(frozen=True)
class ConvSpec:
    """One convolution of the graph, for counting its cost."""

    inputs: int
    outputs: int
    kernel: int
    #: Output pixels per low-res pixel.
    density: float

    @property
    def macs(self) -> float:
        return self.inputs * self.outputs * self.kernel**2 * self.density


def conv3(inputs: int, outputs: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1)


class RelightNet(nn.Module):
    """Plain 3x3 convolutions + ReLU without normalisation, so that every pair fuses into one kernel.

    Its outputs become lighting in `compose`. With `history` it also takes the history channels.
    """

    def __init__(self, size: str, history: bool = False) -> None:
        super().__init__()
        if size not in WIDTHS:
            raise ValueError(f"network size '{size}' is not one of {', '.join(WIDTHS)}")
        self.size, self.history = size, history
        self.inputs, self.outputs = network_inputs(history), network_outputs(history)
        c0, c1, c2, c3 = WIDTHS[size]
        # A 2x2 stride 2 convolution is space-to-depth followed by a 1x1, without the reshape.
        self.stem = nn.Conv2d(len(self.inputs), c0, 2, stride=2)
        self.enc0 = conv3(c0, c0)
        self.down1, self.enc1 = conv3(c0, c1, 2), conv3(c1, c1)
        self.down2, self.enc2 = conv3(c1, c2, 2), conv3(c2, c2)
        self.down3, self.enc3 = conv3(c2, c3, 2), conv3(c3, c3)
        self.global1, self.global2 = nn.Conv2d(c3, c3, 1), nn.Conv2d(c3, c3, 1)
        self.up2, self.dec2 = nn.Conv2d(c3, c2, 1), conv3(c2, c2)
        self.up1, self.dec1 = nn.Conv2d(c2, c1, 1), conv3(c1, c1)
        self.up0, self.dec0 = nn.Conv2d(c1, c0, 1), conv3(c0, c0)
        self.head = nn.Conv2d(c0, CELL**2 * len(self.outputs), 1)
        self._initialise()

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                nn.init.zeros_(module.bias)
        first = self.outputs.index("mirror_share") * CELL**2
        with torch.no_grad():
            self.head.weight.mul_(_HEAD_INIT_SCALE)
            # Reflections and near light come from rays through the world: mostly right from the start.
            self.head.bias[first : first + 2 * CELL**2] = _RAY_SHARE_INIT

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """INPUTS or the first of them (N,C,h,w), h, w multiples of 16 -> its outputs (N,8 or 9,h,w)."""
        return F.pixel_shuffle(self.cells(inputs), CELL)

    def cells(self, inputs: torch.Tensor) -> torch.Tensor:
        """In cells of 2x2 pixels, (N,32 or 36,h/2,w/2): output c in plane 4c + 2 (y mod 2) + x mod 2."""
        if inputs.shape[1] > len(self.inputs):
            inputs = inputs[:, : len(self.inputs)]
        e0 = F.relu(self.enc0(F.relu(self.stem(inputs))))
        e1 = F.relu(self.enc1(F.relu(self.down1(e0))))
        e2 = F.relu(self.enc2(F.relu(self.down2(e1))))
        e3 = F.relu(self.enc3(F.relu(self.down3(e2))))
        mean = F.adaptive_avg_pool2d(e3, 1)
        d3 = e3 + self.global2(F.relu(self.global1(mean)))
        d2 = F.relu(self.dec2(F.relu(e2 + _up(self.up2(d3)))))
        d1 = F.relu(self.dec1(F.relu(e1 + _up(self.up1(d2)))))
        d0 = F.relu(self.dec0(F.relu(e0 + _up(self.up0(d1)))))
        return self.head(d0)


class ShippedNet(RelightNet):
    """What the page runs: answers in cells, which whoever reads the answer takes apart at no cost."""

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.cells(inputs)


def compose(inputs: torch.Tensor, outputs: torch.Tensor) -> torch.Tensor:
    """Relit log lighting and resolve strengths (N,6,h,w) from the network's input and output.

    The lit input is moved by predicted shares towards each candidate lighting, and a residual scales the
    sum. Candidates carry detail at full low resolution that would not fit through the stride of the stem.
    Where all of them agree there is nothing to add. A network with a memory then moves the result towards its
    history, where that is valid. Light adds up and averages as light, not as its logarithm. The page does the
    same, but for half of the distance from rays.
    """
    shares = (1,) * (outputs.shape[1] - 2 * _LIGHTING)
    residual, edges, *logits = torch.split(outputs, (_LIGHTING, _LIGHTING, *shares), dim=1)
    lit = inputs[:, :_LIGHTING]
    firsts = [INPUTS.index(name) for name in CANDIDATES]
    lightings = torch.stack([lit, *(inputs[:, first : first + _LIGHTING] for first in firsts)])
    light = torch.exp2(lightings)
    total = light[0]
    for logit, candidate in zip(logits, light[1:], strict=False):
        total = total + torch.sigmoid(logit) * (candidate - light[0])
    lighting = torch.log2(total.clamp(min=1)) + residual
    least, most = lightings.amin(0), lightings.amax(0)
    margin = (most - least).amax(1, keepdim=True) + LEAST_MARGIN
    lighting = F.relu(torch.minimum(torch.maximum(lighting, least - margin), most + margin))
    if len(logits) > len(CANDIDATES):
        history, valid = torch.split(inputs[:, -len(HISTORY) :], (_LIGHTING, 1), dim=1)
        now = torch.exp2(lighting)
        lighting = torch.log2(now + torch.sigmoid(logits[-1]) * valid * (torch.exp2(history) - now))
    return torch.cat((lighting, edges.clamp(-EDGE_LIMIT, EDGE_LIMIT)), dim=1)


def _up(x: torch.Tensor) -> torch.Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")


def convolutions(size: str, history: bool = False) -> list[ConvSpec]:
    """Every convolution whose cost grows with the frame (the global branch works on one pixel)."""
    c0, c1, c2, c3 = WIDTHS[size]
    levels = [(c0, 1 / 4), (c1, 1 / 16), (c2, 1 / 64), (c3, 1 / 256)]
    specs = [ConvSpec(len(network_inputs(history)), c0, 2, 1 / 4), ConvSpec(c0, c0, 3, 1 / 4)]
    for (fine, _), (coarse, density) in pairwise(levels):
        specs += [ConvSpec(fine, coarse, 3, density), ConvSpec(coarse, coarse, 3, density)]
    for (fine, density), (coarse, coarse_density) in pairwise(levels):
        specs += [ConvSpec(coarse, fine, 1, coarse_density), ConvSpec(fine, fine, 3, density)]
    specs.append(ConvSpec(c0, 4 * len(network_outputs(history)), 1, 1 / 4))
    return specs


def macs_per_pixel(size: str, history: bool = False) -> int:
    """Multiply-accumulates per low-res pixel."""
    return round(sum(spec.macs for spec in convolutions(size, history)))


def parameter_count(net: nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())
