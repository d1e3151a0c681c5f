"""Captured shots in memory, and the batches that training draws from them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from . import color, features, history, material, resolve
from . import shot as shot_files
from .frame_cache import kept
from .history import View, Warp, find_warp
from .resolve import Grids, Taps, Window, tap_costs, window_taps
from .shot import Camera, Shot, column_major, load_shot
from .shot import Frame as CapturedFrame
from .split import DatasetError, find_shots

_HALF_MAX = 6e4
#: Frames are packed anew when one of these changes.
_PACKED_BY = (sys.modules[__name__], color, features, history, material, resolve, shot_files)

#: Channels of a stored low-res frame. Light is kept apart from material so that light can be rescaled.
LOW_LAYOUT: dict[str, slice] = {}
for _name, _width in (
    ("lit", 3), ("mirror", 3), ("bounce", 3),
    ("hard", 3), ("probe", 3), ("emissive", 3), ("target", 3),
    ("factor", 3), ("albedo", 4), ("normal", 4), ("unshadowed", 1), ("visibility", 1),
    ("occlusion", 1), ("mirror_hit", 1), ("depth", 1), ("up", 1), ("mask", 1), ("valid", 1),
):  # fmt: skip
    _start = max((s.stop for s in LOW_LAYOUT.values()), default=0)
    LOW_LAYOUT[_name] = slice(_start, _start + _width)

#: Channels of a stored guide.
GUIDE_LAYOUT: dict[str, slice] = {
    "factor": slice(0, 3), "emissive": slice(3, 6), "target": slice(6, 9), "valid": slice(9, 10),
}  # fmt: skip


def unpack(planes: torch.Tensor, layout: dict[str, slice]) -> dict[str, torch.Tensor]:
    """Stored planes (N,C,h,w) by name, as (N,h,w,c) float32 views whose planes are contiguous."""
    return {name: planes[:, s].float().permute(0, 2, 3, 1) for name, s in layout.items()}


@dataclass
class Guide:
    """Full-resolution side of a frame; the geometry is reduced to what the resolve reads."""

    #: GUIDE_LAYOUT planes (10,H,W).
    image: torch.Tensor
    normal_cost: torch.Tensor
    depth_cost: torch.Tensor
    grids: Grids

    @property
    def size(self) -> tuple[int, int]:
        return self.grids.out


@dataclass
class Frame:
    """One captured frame, float16 in memory."""

    shot: str
    scene: str
    number: int
    exposure: float
    #: Mean lit L over the surfaces (3,), to follow the exposure when light is rescaled.
    mean_lit: torch.Tensor
    flat_ambient: torch.Tensor
    #: LOW_LAYOUT planes (41,h,w).
    low: torch.Tensor
    guide: Guide | None
    #: Output (H,W) in pixels, which motion is measured in.
    output_size: tuple[int, int]
    #: To the frame before, where this one was played on from it and that one has a target, too.
    warp: Warp | None = None

    @property
    def size(self) -> tuple[int, int]:
        return self.low.shape[1], self.low.shape[2]

    def view(self, camera: Camera) -> View:
        """Its geometry, seen by its camera."""
        normal, depth, mask = (self.low[LOW_LAYOUT[name]].float() for name in ("normal", "depth", "mask"))
        return View(normal[:3].permute(1, 2, 0), depth[0] * mask[0], camera)


@dataclass
class Batch:
    """Stored channels of a batch before augmentation; guides and taps belong to its first frames."""

    low: torch.Tensor
    exposure: torch.Tensor
    mean_lit: torch.Tensor
    guide: torch.Tensor | None
    taps: Taps | None

    def to(self, device: torch.device) -> Batch:
        def move(t: torch.Tensor | None) -> torch.Tensor | None:
            return None if t is None else t.to(device, non_blocking=True)

        taps = None if self.taps is None else self.taps.to(device)
        return Batch(
            self.low.to(device), self.exposure.to(device), self.mean_lit.to(device), move(self.guide), taps
        )


def load_frames(shots: Sequence[Path], *, progress: bool = True) -> list[Frame]:
    """Every frame of the shots that has its target."""
    frames: list[Frame] = []
    for directory in tqdm(shots, desc="load", unit="shot", disable=not progress, mininterval=1):
        frames += kept(directory, _PACKED_BY, partial(_pack_shot, directory))
    if not frames:
        raise DatasetError("no frame with a target.npy in " + ", ".join(map(str, shots)))
    return frames


def _pack_shot(directory: Path) -> list[Frame]:
    shot = load_shot(directory)
    entries = {e["frame"]: e for e in json.loads((directory / "shot.json").read_text())["frames"]}
    frames: list[Frame] = []
    last: CapturedFrame | None = None
    for captured in shot.frames:
        folder, entry = directory / captured.folder_name, entries[captured.index]
        if not (folder / "target.npy").is_file():
            continue
        frame = load_frame(shot, folder, captured, entry)
        if entry.get("continues") and last is not None and last.index == captured.index - 1:
            views = frame.view(captured.camera), frames[-1].view(last.camera)
            motion = _read(folder / "motion.npy")[..., :2]
            frame.warp = find_warp(*views, motion, frame.output_size)
        frames.append(frame)
        last = captured
    return frames


def each_shot(data: Sequence[Path]) -> Iterator[tuple[str, list[Frame]]]:
    """Name and frames of each shot, one at a time, so that data sets larger than the memory can be measured.

    Shots that cannot be used are named and skipped.
    """
    for shot in find_shots(data):
        try:
            frames = load_frames([shot], progress=False)
        except DatasetError as error:
            print(f"skipped: {error}")
            continue
        yield shot.name, frames


def load_frame(shot: Shot, directory: Path, captured: CapturedFrame, entry: dict) -> Frame:
    """One frame from disk, reduced to the stored channels."""
    camera = captured.camera
    t = {name: _read(directory / f"{name}.npy") for name in features.IMAGES}
    target = _read(directory / "target.npy")
    factor = features.material_of(t["albedo"], t["normal"], camera.projection)
    lit = t["lit"][..., :3]
    mask = (t["emissive"][..., 3] > 0.5).float()
    parts = {
        "lit": lit,
        "mirror": t["mirror"][..., :3],
        "bounce": t["bounce"][..., :3],
        "hard": t["light"][..., :3] / factor,
        "probe": t["probe"][..., :3],
        "emissive": t["emissive"][..., :3],
        "target": target[..., :3],
        "factor": factor,
        "albedo": t["albedo"],
        "normal": t["normal"],
        "unshadowed": (color.luminance(t["unshadowed"][..., :3]) / color.luminance(factor))[..., None],
        "visibility": t["light"][..., 3:],
        "occlusion": t["ao"][..., :1],
        "mirror_hit": t["mirror"][..., 3:],
        "depth": t["motion"][..., 2:3],
        "up": features.world_up_of(t["normal"], camera)[..., None],
        "mask": mask[..., None],
        "valid": target[..., 3:] * mask[..., None],
    }
    low = torch.cat([parts[name] for name in LOW_LAYOUT], -1)
    return Frame(
        shot=shot.directory.name,
        scene=shot.scene,
        number=captured.index,
        exposure=captured.exposure,
        mean_lit=(lit * mask[..., None]).sum((0, 1)) / mask.sum().clamp(min=1),
        flat_ambient=torch.tensor(entry.get("flatAmbient", (0, 0, 0)), dtype=torch.float32),
        low=_half(low.permute(2, 0, 1)),
        guide=_load_guide(directory, t, camera, _guide_projection(entry, camera))
        if captured.has_guide
        else None,
        output_size=(shot.output_size[1], shot.output_size[0]),
    )


def _guide_projection(entry: dict, camera: Camera) -> np.ndarray:
    """The guide's jitter is a part of an output pixel, so its projection is another one."""
    matrix = entry["camera"].get("guideProjectionMatrix")
    return camera.projection if matrix is None else column_major(matrix)


def _load_guide(
    directory: Path, low: dict[str, torch.Tensor], camera: Camera, projection: np.ndarray
) -> Guide | None:
    if not (directory / "target-full.npy").is_file():
        return None
    t = {n: _read(directory / f"guide-{n}.npy") for n in ("albedo", "normal", "motion", "emissive")}
    target = _read(directory / "target-full.npy")
    factor = features.material_of(t["albedo"], t["normal"], projection)
    valid = target[..., 3:] * (t["emissive"][..., 3:] > 0.5)
    low_depth_m, depth_m = low["motion"][..., 2], t["motion"][..., 2]
    costs = tap_costs(low["normal"], low_depth_m, t["normal"], depth_m, camera.projection, projection)
    grids = Grids.of(low_depth_m.shape, depth_m.shape, camera.projection, projection)
    image = torch.cat((factor, t["emissive"][..., :3], target[..., :3], valid), -1)
    return Guide(_half(image.permute(2, 0, 1)), _half(costs[0]), _half(costs[1]), grids)


def _read(path: Path) -> torch.Tensor:
    if not path.is_file():
        raise DatasetError(f"{path}: missing")
    return torch.from_numpy(np.nan_to_num(np.load(path).astype(np.float32), posinf=_HALF_MAX, neginf=0.0))


def _half(t: torch.Tensor) -> torch.Tensor:
    return t.clamp(-_HALF_MAX, _HALF_MAX).half().contiguous()


def frame_batch(
    frames: Sequence[Frame], corners: Sequence[tuple[int, int]], size: tuple[int, int], guided: int
) -> Batch:
    """Windows of `size` at the given (y, x) corners, with the guides of the first `guided` frames."""
    height, width = size
    placed = list(zip(frames, corners, strict=True))
    guides = [_guide_window(f, f.guide, y, x, size) for f, (y, x) in placed[:guided] if f.guide is not None]
    return Batch(
        low=torch.stack([f.low[:, y : y + height, x : x + width] for f, (y, x) in placed]),
        exposure=torch.tensor([f.exposure for f in frames], dtype=torch.float32),
        mean_lit=torch.stack([f.mean_lit for f in frames]),
        guide=torch.stack([image for image, _ in guides]) if guides else None,
        taps=Taps.stack([taps for _, taps in guides]) if guides else None,
    )


def _guide_window(
    frame: Frame, guide: Guide, y: int, x: int, size: tuple[int, int]
) -> tuple[torch.Tensor, Taps]:
    (out_y, out_h), (out_x, out_w) = (
        guide_range(corner, count, low, out)
        for corner, count, low, out in zip((y, x), size, frame.size, guide.size, strict=True)
    )
    window = Window(out_y, out_x, out_h, out_w, y, x, *size)
    mask = frame.low[LOW_LAYOUT["mask"]][0]
    taps = window_taps((guide.normal_cost, guide.depth_cost), mask, guide.grids, window)
    return guide.image[:, out_y : out_y + out_h, out_x : out_x + out_w], taps


def guide_range(start: int, count: int, low_size: int, out_size: int) -> tuple[int, int]:
    """First output pixel and number of them whose centre lies in a low-res range.

    The number depends on the count alone, so that windows of one batch stack at odd scales too.
    """
    if count == low_size:
        return 0, out_size
    first = -(-start * out_size // low_size)
    whole = out_size % low_size == 0
    return first, count * out_size // low_size - (0 if whole else 1)
