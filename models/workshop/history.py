"""The last frame's indirect light where this frame's surfaces were: Python twin of src/pipeline/reproject.ts.

Each pixel follows its motion into the last frame and blends the four pixels around that place which show the
same surface. How much of the blend's weight they hold is the history's validity. Direct light is that of this
frame: shadows and shading by lamps, which moving would blur, are known anew in each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from .shot import Camera

#: A pixel shows another surface farther than this from where it is expected, as a share of the depth.
MAX_GAP = 0.02
#: ... or where the normals agree less than this; half: normal maps and curves move under the grid.
MIN_COSINE = 0.5
#: History with less valid weight than this is none.
MIN_VALIDITY = 0.01
#: Log lighting beyond this is kept out of the loop, where it could only grow.
MAX_LOG = 16.0


@dataclass
class View:
    """Geometry of one low-res frame: view-space normal (h,w,3), linear depth (h,w) in metres, 0 = none."""

    normal: torch.Tensor
    depth_m: torch.Tensor
    camera: Camera


@dataclass
class Warp:
    """Where each pixel was one frame ago."""

    #: (2,h,w) int16: row and column of the upper left of the four pixels; may lie outside.
    corner: torch.Tensor
    #: (4,h,w) float16: bilinear weights in reading order, 0 where a pixel shows something else.
    weights: torch.Tensor

    def window(self, y: int, x: int, size: tuple[int, int]) -> Warp:
        """The part of a window of both frames; what came from outside it is lost."""
        rows, columns = slice(y, y + size[0]), slice(x, x + size[1])
        origin = torch.tensor([y, x], dtype=torch.int16).reshape(2, 1, 1)
        return Warp(self.corner[:, rows, columns] - origin, self.weights[:, rows, columns])

    @staticmethod
    def none(size: tuple[int, int]) -> Warp:
        """No pixel has a past."""
        return Warp(torch.zeros(2, *size, dtype=torch.int16), torch.zeros(4, *size, dtype=torch.float16))

    @staticmethod
    def stack(warps: Sequence[Warp]) -> Warp:
        """A batch: corner (N,2,h,w), weights (N,4,h,w)."""
        return Warp(torch.stack([w.corner for w in warps]), torch.stack([w.weights for w in warps]))

    def to(self, device: torch.device) -> Warp:
        return Warp(self.corner.to(device), self.weights.to(device))


def find_warp(now: View, before: View, motion: torch.Tensor, output_size: tuple[int, int]) -> Warp:
    """Warp of a frame pair; motion (h,w,2) in pixels of the output (H,W) to the last frame, y down."""
    height, width = now.depth_m.shape
    scale = torch.tensor([width / output_size[1], height / output_size[0]], dtype=torch.float32)
    shift = torch.from_numpy(_jitter(now.camera, width, height) - _jitter(before.camera, width, height))
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    source = torch.stack((x, y), -1) + 0.5 + motion * scale + shift.float()
    expected, normal = _expected(now, before.camera, source)
    corner = (source - 0.5).floor()
    part = source - 0.5 - corner
    weights = []
    for dy, dx in ((0, 0), (0, 1), (1, 0), (1, 1)):
        weight = torch.where(torch.tensor(dx > 0), part[..., 0], 1 - part[..., 0])
        weight = weight * torch.where(torch.tensor(dy > 0), part[..., 1], 1 - part[..., 1])
        tap = corner.long() + torch.tensor([dx, dy])
        weights.append(weight * _same_surface(tap, expected, normal, before) * (now.depth_m > 0))
    # Far outside the picture nothing is found, and int16 must hold the place.
    limited = corner.flip(-1).clamp(-8, 32000).to(torch.int16)
    return Warp(limited.permute(2, 0, 1).contiguous(), torch.stack(weights).half())


def _jitter(camera: Camera, width: int, height: int) -> np.ndarray:
    """Where in its pixel a frame samples: (2,) offset from the centre in low-res pixels, y down."""
    shift = camera.projection[:2, 2] - camera.unjittered_projection[:2, 2]
    return shift * np.array([width, -height]) / 2


def _rays(position: torch.Tensor, camera: Camera, size: tuple[int, int]) -> torch.Tensor:
    """View-space directions with z = -1 through (...,2) pixel positions (x, y) of a frame of (h,w)."""
    p = camera.projection
    ndc_x = position[..., 0] / size[1] * 2 - 1
    ndc_y = 1 - position[..., 1] / size[0] * 2
    x, y = (ndc_x + float(p[0, 2])) / float(p[0, 0]), (ndc_y + float(p[1, 2])) / float(p[1, 1])
    return torch.stack((x, y, -torch.ones_like(x)), -1)


def _expected(now: View, before: Camera, source: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Position and normal (h,w,3) in the last frame's view space; only the camera changes depth."""
    to_before = np.linalg.inv(before.matrix_world) @ now.camera.matrix_world
    turn = torch.from_numpy(to_before[:3, :3]).float()
    size = tuple(now.depth_m.shape)
    y, x = torch.meshgrid(torch.arange(size[0]) + 0.5, torch.arange(size[1]) + 0.5, indexing="ij")
    position = _rays(torch.stack((x, y), -1), now.camera, size) * now.depth_m[..., None]
    depth_m = -(position @ turn[2] + float(to_before[2, 3]))
    return _rays(source, before, size) * depth_m[..., None], F.normalize(now.normal, dim=-1) @ turn.T


def _same_surface(
    tap: torch.Tensor, expected: torch.Tensor, normal: torch.Tensor, before: View
) -> torch.Tensor:
    """1 where the last frame's pixels (h,w,2) as (x, y) show the surface of the expected points."""
    height, width = before.depth_m.shape
    inside = (tap >= 0).all(-1) & (tap[..., 0] < width) & (tap[..., 1] < height)
    x, y = tap[..., 0].clamp(0, width - 1), tap[..., 1].clamp(0, height - 1)
    depth_m = before.depth_m[y, x]
    point = _rays(tap + 0.5, before.camera, (height, width)) * depth_m[..., None]
    # Along a slope the distance from the plane tells, along a normal map the depth.
    off_plane = ((point - expected) * normal).sum(-1).abs()
    gap = torch.minimum(off_plane, (depth_m + expected[..., 2]).abs())
    agrees = (F.normalize(before.normal[y, x], dim=-1) * normal).sum(-1) >= MIN_COSINE
    return (inside & agrees & (depth_m > 0) & (gap <= MAX_GAP * -expected[..., 2])).float()


def warp_back(values: torch.Tensor, warp: Warp) -> tuple[torch.Tensor, torch.Tensor]:
    """Values (N,C,h,w) of the last frame on this frame's grid, and their validity (N,1,h,w) in [0,1]."""
    count, channels, height, width = values.shape
    planes = values.flatten(2)
    y, x = warp.corner.long().unbind(1)
    total, validity = torch.zeros_like(planes), torch.zeros_like(planes[:, :1])
    for k in range(4):
        row, column = y + k // 2, x + k % 2
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        place = (row.clamp(0, height - 1) * width + column.clamp(0, width - 1)).reshape(count, 1, -1)
        weight = (warp.weights[:, k].float() * inside).reshape(count, 1, -1)
        total = total + weight * planes.gather(2, place.expand(-1, channels, -1))
        validity = validity + weight
    seen = validity > MIN_VALIDITY
    shape = (count, -1, height, width)
    warped = torch.where(seen, total / validity.clamp(min=MIN_VALIDITY), 0.0)
    return warped.reshape(shape), torch.where(seen, validity, 0.0).reshape(shape)


def add_indirect(direct: torch.Tensor, indirect: torch.Tensor, exposure_ratio: torch.Tensor) -> torch.Tensor:
    """Log lighting (N,3,h,w) of this frame's direct light, as 2^l, and indirect light of another exposure."""
    ratio = exposure_ratio.reshape(-1, 1, 1, 1)
    return torch.log2((direct + indirect * ratio).clamp(min=1)).clamp(max=MAX_LOG)


def rescale(log_lighting: torch.Tensor, exposure_ratio: torch.Tensor) -> torch.Tensor:
    """Log lighting (N,C,h,w) for another exposure; the ratio new over old is (N,)."""
    ratio = exposure_ratio.reshape(-1, 1, 1, 1)
    return torch.log2(1 + (torch.exp2(log_lighting.clamp(max=MAX_LOG)) - 1) * ratio)
