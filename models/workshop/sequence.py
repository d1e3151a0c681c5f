"""Runs of consecutive frames, and batches of them that are played in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .dataset import Batch, Frame, frame_batch
from .history import Warp

#: Share of the steps after which the network finds no history, as after a cut.
RESET_SHARE = 0.12


@dataclass
class Played:
    """Batches of the same windows, one frame after another."""

    batches: list[Batch]
    #: Warp of each batch to the one before it; the first is never used.
    warps: list[Warp]


def follows(frame: Frame, before: Frame | None) -> bool:
    """Whether a frame has a warp, and to this one."""
    if frame.warp is None or before is None:
        return False
    return (frame.shot, frame.number) == (before.shot, before.number + 1)


def chains(frames: Sequence[Frame]) -> list[list[Frame]]:
    """The runs of at least two consecutive frames."""
    runs: list[list[Frame]] = []
    for frame in frames:
        if runs and follows(frame, runs[-1][-1]):
            runs[-1].append(frame)
        else:
            runs.append([frame])
    return [run for run in runs if len(run) > 1]


def played(
    runs: Sequence[Sequence[Frame]],
    corners: Sequence[tuple[int, int]],
    size: tuple[int, int],
    rng: np.random.Generator,
) -> Played:
    """Windows of `size` at the (y, x) corners of runs of one length, with resets at random."""
    batches, warps = [], []
    for frames in zip(*runs, strict=True):
        batches.append(frame_batch(frames, corners, size, _guided(frames)))
        found = [_warp(f, corner, size, rng) for f, corner in zip(frames, corners, strict=True)]
        warps.append(Warp.stack(found))
    return Played(batches, warps)


def _warp(frame: Frame, corner: tuple[int, int], size: tuple[int, int], rng: np.random.Generator) -> Warp:
    reset = rng.random() < RESET_SHARE
    return Warp.none(size) if frame.warp is None or reset else frame.warp.window(*corner, size)


def _guided(frames: Sequence[Frame]) -> int:
    """How many of the first frames have guides that stack."""
    sizes = [f.guide.size if f.guide else None for f in frames]
    alike = [size is not None and size == sizes[0] for size in sizes]
    return alike.index(False) if False in alike else len(alike)
