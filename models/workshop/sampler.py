"""Draws training batches: random windows first, whole frames towards the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from .dataset import Batch, Frame, frame_batch
from .network import ALIGNMENT
from .sequence import Played, chains, played
from .split import DatasetError

#: Low-res window (height, width), smaller where a frame is.
CROP = (64, 96)
#: Frames that a run is played for; large whole frames get fewer, but enough for the history to settle.
UNROLL, LEAST_UNROLL = 8, 4


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
        self._runs: dict[tuple[int, int], list[list[Frame]]] = defaultdict(list)
        for run in chains(frames):
            self._runs[run[0].size].append(run)
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
        size = _pick(rng, list(self._by_size), [len(frames) for frames in self._by_size.values()])
        pixels = self.crop[0] * self.crop[1] * self._batch
        count = max(1, min(self._batch, round(pixels / (size[0] * size[1]))))
        guided = self._draw_guided(rng, max(1, count // 4), size)
        frames = guided + _choose(rng, self._by_size[size], count - len(guided))
        return frame_batch(frames, [(0, 0)] * len(frames), size, len(guided))

    def sequences(self, rng: np.random.Generator, whole: bool) -> Played:
        """Runs of one size, about twice the pixels of `windows`; a part of each frame or the whole."""
        runs = self._runs[_pick(rng, list(self._runs), [len(r) for r in self._runs.values()])]
        full = runs[0][0].size
        size = full if whole else self.crop
        share = self._batch * self.crop[0] * self.crop[1] / (size[0] * size[1])
        count = max(1, round(share / 4))
        chosen = [runs[i] for i in rng.integers(len(runs), size=count)]
        steps = min(UNROLL, max(LEAST_UNROLL, round(2 * share / count)), *(len(run) for run in chosen))
        starts = [int(rng.integers(len(run) - steps + 1)) for run in chosen]
        corners = [
            tuple(int(rng.integers(f - s + 1)) for f, s in zip(full, size, strict=True)) for _ in chosen
        ]
        parts = [run[start : start + steps] for run, start in zip(chosen, starts, strict=True)]
        return played(parts, corners, size, rng)

    @property
    def has_sequences(self) -> bool:
        return bool(self._runs)

    def _draw_guided(self, rng: np.random.Generator, count: int, size: tuple[int, int] | None) -> list[Frame]:
        """Frames whose guides stack: one low-res and one guide size for all of them."""
        shapes = [s for s in self._guided if size is None or s[:2] == size]
        if not shapes:
            return []
        shape = _pick(rng, shapes, [len(self._guided[s]) for s in shapes])
        return _choose(rng, self._guided[shape], count)


def _pick(rng: np.random.Generator, sizes: list[tuple], counts: list[int]) -> tuple:
    """A size, as likely as it is common."""
    share = np.array(counts, float)
    return sizes[rng.choice(len(sizes), p=share / share.sum())]


def _choose(rng: np.random.Generator, frames: Sequence[Frame], count: int) -> list[Frame]:
    return [frames[i] for i in rng.integers(len(frames), size=count)]
