"""Joint-bilateral resolve of low-res log lighting onto the guide's grid, differentiable.

The same arithmetic as the page's resolve shader: 9 low-res taps around the output pixel, weighted by
distance, normal and plane distance, with strengths that the network predicts per low-res pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from .features import view_positions

NORMAL_STRENGTH = 32.0
DEPTH_STRENGTH = 60.0
WIDTH_STRENGTH = 2.0

#: Below this sum the geometry rejects every tap and only distance counts.
MIN_WEIGHT = 1e-5
_TAPS = 9
_CENTRE = 4
_MIN_DEPTH_M = 1e-3
#: Costs are cached as float16; anything this large is a weight of zero.
_MAX_COST = 6e4
#: Squared distance of a tap without a surface: its weight is zero at any width.
_MASKED_DISTANCE2 = 1e9
_TINY = 1e-12


@dataclass(frozen=True)
class Window:
    """A rectangle of output pixels and the low-res rectangle that is at hand for it."""

    out_y: int
    out_x: int
    out_height: int
    out_width: int
    low_y: int
    low_x: int
    low_height: int
    low_width: int

    @staticmethod
    def full(grids: Grids) -> Window:
        return Window(0, 0, *grids.out, 0, 0, *grids.low)


@dataclass
class Taps:
    """What the resolve of a batch needs besides the network's output; nothing here depends on it.

    `index` addresses the flattened low-res window; all are (N,9,P) for P output pixels.
    """

    index: torch.Tensor
    distance2: torch.Tensor
    normal_cost: torch.Tensor
    depth_cost: torch.Tensor
    out_size: tuple[int, int]

    def to(self, device: torch.device) -> Taps:
        moved = (self.index, self.distance2, self.normal_cost, self.depth_cost)
        return Taps(*(t.to(device, non_blocking=True) for t in moved), self.out_size)

    @staticmethod
    def stack(items: Sequence[Taps]) -> Taps:
        fields = ("index", "distance2", "normal_cost", "depth_cost")
        return Taps(*(torch.cat([getattr(t, f) for t in items]) for f in fields), items[0].out_size)


@dataclass(frozen=True)
class Grids:
    """The low-res and the output grid of a frame; sizes are (height, width)."""

    low: tuple[int, int]
    out: tuple[int, int]
    #: Low-res pixels (y, x) by which an output pixel's ray lands off its place, as the jitters differ.
    shift: tuple[float, float] = (0.0, 0.0)

    @staticmethod
    def of(
        low: tuple[int, int], out: tuple[int, int], projection: np.ndarray, guide_projection: np.ndarray
    ) -> Grids:
        x, y = (guide_projection[:2, 2] - projection[:2, 2]) / 2
        return Grids(low, out, (float(-y * low[0]), float(x * low[1])))

    def rows(self, start: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        return axis_taps(start, count, self.out[0], self.low[0], self.shift[0])

    def columns(self, start: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        return axis_taps(start, count, self.out[1], self.low[1], self.shift[1])


def axis_taps(
    start: int, count: int, out_size: int, low_size: int, shift: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Along one axis: tap coordinates (3,count), clamped to the image, and their offset from q."""
    q = (torch.arange(start, start + count, dtype=torch.float32) + 0.5) * low_size / out_size - 0.5 + shift
    centre = torch.floor(q + 0.5).clamp(0, low_size - 1)
    taps = (centre + torch.tensor([[-1.0], [0.0], [1.0]])).clamp(0, low_size - 1)
    return taps.long(), taps - q


def tap_costs(
    low_normal: torch.Tensor,
    low_depth_m: torch.Tensor,
    guide_normal: torch.Tensor,
    guide_depth_m: torch.Tensor,
    projection: np.ndarray,
    guide_projection: np.ndarray,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Normal and plane-distance costs (9,H,W) of a whole image, before the predicted strengths."""
    grids = Grids.of(low_depth_m.shape, guide_depth_m.shape, projection, guide_projection)
    ys, _ = grids.rows(0, grids.out[0])
    xs, _ = grids.columns(0, grids.out[1])
    low_position = view_positions(low_depth_m, projection)
    position = view_positions(guide_depth_m, guide_projection)
    normal = guide_normal[..., :3]
    plane = (normal * position).sum(-1)
    depth = guide_depth_m.clamp(min=_MIN_DEPTH_M)
    normal_cost, depth_cost = [], []
    for y in ys:
        for x in xs:
            tap_normal, tap_position = low_normal[y][:, x, :3], low_position[y][:, x]
            similarity = (tap_normal * normal).sum(-1).clamp(min=0)
            distance = ((normal * tap_position).sum(-1) - plane).abs() / depth
            normal_cost.append(NORMAL_STRENGTH * (1 - similarity))
            depth_cost.append((DEPTH_STRENGTH * distance).clamp(max=_MAX_COST))
    return torch.stack(normal_cost), torch.stack(depth_cost)


def window_taps(
    costs: tuple[torch.Tensor, torch.Tensor],
    low_mask: torch.Tensor,
    grids: Grids,
    window: Window,
) -> Taps:
    """Taps of one window (batch of 1), from the whole image's costs (9,H,W) and mask (h,w).

    Taps outside the low-res window count as masked.
    """
    ys, offset_y = grids.rows(window.out_y, window.out_height)
    xs, offset_x = grids.columns(window.out_x, window.out_width)
    local_y, local_x = ys - window.low_y, xs - window.low_x
    inside_y = (local_y >= 0) & (local_y < window.low_height)
    inside_x = (local_x >= 0) & (local_x < window.low_width)
    local_y, local_x = local_y.clamp(0, window.low_height - 1), local_x.clamp(0, window.low_width - 1)
    grid = (_TAPS, window.out_height * window.out_width)
    inside = (inside_y[:, None, :, None] & inside_x[None, :, None, :]).reshape(1, *grid)
    index = ((local_y * window.low_width)[:, None, :, None] + local_x[None, :, None, :]).reshape(1, *grid)
    rows = slice(window.low_y, window.low_y + window.low_height)
    columns = slice(window.low_x, window.low_x + window.low_width)
    surface = low_mask[rows, columns].reshape(-1) > 0.5
    out_rows = slice(window.out_y, window.out_y + window.out_height)
    out_columns = slice(window.out_x, window.out_x + window.out_width)
    normal_cost, depth_cost = (c[:, out_rows, out_columns].reshape(1, *grid) for c in costs)
    distance2 = (offset_y**2)[:, None, :, None] + (offset_x**2)[None, :, None, :]
    return Taps(
        index=index,
        distance2=torch.where(inside & surface[index], distance2.reshape(1, *grid), _MASKED_DISTANCE2),
        normal_cost=normal_cost,
        depth_cost=depth_cost,
        out_size=(window.out_height, window.out_width),
    )


def resolve(lighting: torch.Tensor, edges: torch.Tensor, taps: Taps) -> torch.Tensor:
    """Log lighting (N,3,h,w) and edge exponents (N,3,h,w: normal, depth, width) -> (N,3,H,W)."""
    count, _, pixels = taps.index.shape
    centre = taps.index[:, _CENTRE]
    normal_strength, depth_strength, width_strength = _gather(torch.exp2(edges), centre).split(1, dim=1)
    spatial = (-WIDTH_STRENGTH * width_strength) * taps.distance2
    rejection = normal_strength * taps.normal_cost + depth_strength * taps.depth_cost
    with torch.no_grad():
        accepted = torch.exp(spatial - rejection).sum(1, keepdim=True) >= MIN_WEIGHT
    weight = torch.exp(spatial - rejection * accepted)
    total = weight.sum(1, keepdim=True)
    tap_lighting = _gather(lighting, taps.index.reshape(count, -1)).reshape(count, 3, _TAPS, pixels)
    blended = (tap_lighting * weight[:, None]).sum(2) / total.clamp(min=_TINY)
    resolved = torch.where(total > _TINY, blended, _gather(lighting, centre))
    return resolved.reshape(count, 3, *taps.out_size)


def _gather(image: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Pixels (N,C,P) of an image (N,C,h,w) at flat positions (N,P)."""
    flat = image.flatten(2)
    return flat.gather(2, index[:, None].expand(-1, flat.shape[1], -1))
