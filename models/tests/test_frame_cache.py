"""Frames that are kept beside their shot are those that would be packed now."""

from pathlib import Path

import numpy as np
import pytest
import torch
from synthetic import write_shot

from workshop import dataset
from workshop.frame_cache import CACHE_FILE


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    return write_shot(tmp_path, "gen-1", frames=3)


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The shots that were packed."""
    calls: list[Path] = []
    pack = dataset._pack_shot

    def counted(directory: Path) -> list[dataset.Frame]:
        calls.append(directory)
        return pack(directory)

    monkeypatch.setattr(dataset, "_pack_shot", counted)
    return calls


def load(shot: Path) -> list[dataset.Frame]:
    return dataset.load_frames([shot], progress=False)


def test_frames_are_packed_once(shot: Path, packed: list[Path]) -> None:
    first, again = load(shot), load(shot)
    assert packed == [shot]
    fresh = dataset._pack_shot(shot)
    for frames in (first, again):
        assert [f.number for f in frames] == [f.number for f in fresh] == [0, 1, 2]
        for found, wanted in zip(frames, fresh, strict=True):
            assert torch.equal(found.low, wanted.low)
            assert (found.guide is None) == (wanted.guide is None)
            assert (found.warp is None) == (wanted.warp is None)
    assert torch.equal(again[0].guide.image, fresh[0].guide.image)


def test_a_new_target_is_seen(shot: Path, packed: list[Path]) -> None:
    before = load(shot)[1].low.clone()
    path = shot / "frame-0001" / "target.npy"
    np.save(path, np.load(path) * 2)
    after = load(shot)[1].low
    assert len(packed) == 2
    target = dataset.LOW_LAYOUT["target"]
    assert torch.allclose(after[target].float(), 2 * before[target].float(), rtol=2e-3)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off"])
def test_a_broken_cache_is_made_anew(shot: Path, packed: list[Path], content: bytes) -> None:
    load(shot)
    (shot / CACHE_FILE).write_bytes(content)
    assert len(load(shot)) == 3
    assert len(packed) == 2
