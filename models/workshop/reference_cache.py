"""Path-traced references that are kept between evaluations, found by what the path tracer is given.

CACHE/ab/abcdef….exr and .png. The key is a hash of the scene, the frame and the quality, so it depends
neither on where an evaluation was written nor on anything that the page draws.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .gltf import split_chunks
from .shot import Frame, Shot

#: To be raised with every change of the path tracer that changes its pictures.
TRACER_VERSION = 3
SUFFIXES = (".png", ".exr")


@dataclass(frozen=True)
class Quality:
    """What a reference depends on besides scene and frame."""

    size: tuple[int, int]  # width and height in pixels
    spp: int
    seed: int
    max_depth: int
    clamp: float
    is_denoised: bool


def shot_digest(shot: Shot) -> str:
    """Hash of geometry, materials and sky."""
    parts = [_scene_digest((shot.directory / shot.glb).read_bytes())]
    if shot.environment:
        parts.append(hashlib.sha256((shot.directory / shot.environment).read_bytes()).digest())
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _scene_digest(glb: bytes) -> bytes:
    """Hash of what a GLB says, wherever it says it: the page writes images in the order of their encoding."""
    document, binary = split_chunks(glb)
    views = []
    for view in document.pop("bufferViews", []):
        start = view.pop("byteOffset", 0)
        content = hashlib.sha256(binary[start : start + view["byteLength"]]).hexdigest()
        views.append(view | {"content": content})

    def resolved(value: object) -> object:
        if isinstance(value, list):
            return [resolved(entry) for entry in value]
        if isinstance(value, dict):
            return {k: views[v] if k == "bufferView" else resolved(v) for k, v in value.items()}
        return value

    return hashlib.sha256(json.dumps(resolved(document), sort_keys=True).encode()).digest()


def frame_key(shot_hash: str, frame: Frame, quality: Quality) -> str:
    """Hash of everything that the picture of a frame depends on.

    The exposure is left out, though it scales the limit of indirect samples: it follows the page's probes,
    and a change of those must not make every reference anew for a slightly different limit on fireflies.
    """
    camera = frame.camera
    facts = {
        "tracer": TRACER_VERSION,
        "shot": shot_hash,
        "camera": [_numbers(camera.matrix_world), _numbers(camera.unjittered_projection)],
        "lights": [[str(value) for value in vars(light).values()] for light in frame.lights],
        "nodes": {name: _numbers(matrix) for name, matrix in sorted(frame.nodes.items())},
        "emissive": {name: list(color) for name, color in sorted(frame.emissive.items())},
        "quality": [str(value) for value in vars(quality).values()],
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def take(cache: Path, key: str, folder: Path) -> bool:
    """Puts a kept reference into a frame's folder; False if there is none."""
    if not all(_place(cache, key, suffix).exists() for suffix in SUFFIXES):
        return False
    folder.mkdir(parents=True, exist_ok=True)
    for suffix in SUFFIXES:
        _copy(_place(cache, key, suffix), folder / f"reference{suffix}")
    return True


def keep(cache: Path, key: str, folder: Path) -> None:
    """Keeps the reference of a frame's folder."""
    _place(cache, key, "").parent.mkdir(parents=True, exist_ok=True)
    for suffix in SUFFIXES:
        _copy(folder / f"reference{suffix}", _place(cache, key, suffix))


def _place(cache: Path, key: str, suffix: str) -> Path:
    return cache / key[:2] / f"{key}{suffix}"


def _copy(source: Path, target: Path) -> None:
    # Complete or not at all: several evaluations may share a cache.
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copyfile(source, partial)
    partial.replace(target)


def _numbers(matrix: np.ndarray) -> list[float]:
    # Adding zero turns -0 into 0, which are the same matrix.
    return [float(value) + 0.0 for value in np.asarray(matrix).ravel()]
