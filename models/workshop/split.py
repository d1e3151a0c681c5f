"""Which shots are trained on, which validate, and which no training may see."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

#: Scenes that published figures are measured on; no training step may see them.
HELD_OUT_PREFIX = "held-"
HELD_OUT_SCENES = frozenset({"workcell"})


class DatasetError(ValueError):
    """A data directory that cannot be used, with the shot and the reason."""


def is_held_out(scene: str) -> bool:
    return scene.startswith(HELD_OUT_PREFIX) or scene in HELD_OUT_SCENES


def find_shots(directories: Iterable[Path]) -> list[Path]:
    """Shot directories (those with a shot.json) directly under, or being, the given directories."""
    shots: list[Path] = []
    for directory in directories:
        own = [directory] if (directory / "shot.json").is_file() else []
        found = own or sorted(p.parent for p in directory.glob("*/shot.json"))
        if not found:
            raise DatasetError(f"{directory}: no shot.json here or one level below")
        shots += found
    return shots


def scene_of(shot: Path) -> str:
    return json.loads((shot / "shot.json").read_text())["scene"]


def refuse_held_out(shots: Sequence[Path]) -> None:
    """Raises when any shot belongs to a held-out scene, naming them."""
    scenes = {s: scene_of(s) for s in shots}
    refused = [f"{s} (scene '{n}')" for s, n in scenes.items() if is_held_out(n) or is_held_out(s.name)]
    if refused:
        raise DatasetError(
            "held-out scenes must not be trained on; remove these from the data: " + ", ".join(refused)
        )


def validation_scenes(scenes: Iterable[str], seed: int, share: float = 0.05) -> set[str]:
    """A seeded share of the scenes by the hash of their names: stable when shots are added."""
    names = sorted(set(scenes))

    def draw(name: str) -> float:
        digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64

    chosen = {n for n in names if draw(n) < share}
    if not chosen and len(names) > 1:
        chosen = {min(names, key=draw)}
    return chosen
