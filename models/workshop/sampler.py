"""Draws training batches: random windows first, whole frames towards the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from .dataset import Batch, Frame, frame_batch
from .network import ALIGNMENT
from .split import DatasetError

#: Low-res window (height, width), smaller where a frame is.
CROP = (64, 96)


class BatchSampler:
    """Random batches, a function of (seed, rank, step) alone, so that resuming needs no saved state.

    About a quarter of a batch comes from frames with a guide, for the loss after the resolve.
    """

    def __init__(self, frames: Sequence[Frame], batch: int, seed: int, rank: int = 0) -> None:
        self._by_size: dict[tuple[int, int], list[Frame]] = defaultdict(list)
        self._guided: dict[tuple[int, ...], list[Frame]] = defaultdict(list)
        for frame in frames:
            self._by_size[frame.size].append(frame)
            if frame.guide is not None:
                self._guided[(*frame.size, *frame.guide.size)].append(frame)
        self._frames = list(frames)
        self._batch, self._seed, self._rank = batch, seed, rank
        smallest = [min(f.size[axis] for f in frames) for axis in (0, 1)]
        self.crop = tuple(min(c, s // ALIGNMENT * ALIGNMENT) for c, s in zip(CROP, smallest, strict=True))
        if min(self.crop) < ALIGNMENT:
            raise DatasetError(f"frames of {smallest[1]}x{smallest[0]} are smaller than {ALIGNMENT} pixels")

    def generator(self, step: int) -> np.random.Generator:
        return np.random.default_rng((self._seed, self._rank, step))

    def windows(self, rng: np.random.Generator) -> Batch:
        """A batch of random windows."""
        guided = self._draw_guided(rng, max(1, self._batch // 4), None)
        frames = guided + _choose(rng, self._frames, self._batch - len(guided))
        height, width = self.crop
        corners = [
            (int(rng.integers(f.size[0] - height + 1)), int(rng.integers(f.size[1] - width + 1)))
            for f in frames
        ]
        return frame_batch(frames, corners, (height, width), len(guided))

    def whole_frames(self, rng: np.random.Generator) -> Batch:
        """A batch of about as many pixels as `windows`, of whole frames of one size."""
        sizes = list(self._by_size)
        share = np.array([len(self._by_size[s]) for s in sizes], float)
        size = sizes[rng.choice(len(sizes), p=share / share.sum())]
        pixels = self.crop[0] * self.crop[1] * self._batch
        count = max(1, min(self._batch, round(pixels / (size[0] * size[1]))))
        guided = self._draw_guided(rng, max(1, count // 4), size)
        frames = guided + _choose(rng, self._by_size[size], count - len(guided))
        return frame_batch(frames, [(0, 0)] * len(frames), size, len(guided))

    def _draw_guided(self, rng: np.random.Generator, count: int, size: tuple[int, int] | None) -> list[Frame]:
        """Frames whose guides stack: one low-res and one guide size for all of them."""
        shapes = [s for s in self._guided if size is None or s[:2] == size]
        if not shapes:
            return []
        share = np.array([len(self._guided[s]) for s in shapes], float)
        shape = shapes[rng.choice(len(shapes), p=share / share.sum())]
        return _choose(rng, self._guided[shape], count)


def _choose(rng: np.random.Generator, frames: Sequence[Frame], count: int) -> list[Frame]:
    return [frames[i] for i in rng.integers(len(frames), size=count)]
