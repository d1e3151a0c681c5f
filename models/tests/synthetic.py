"""A tiny captured data set with an analytic scene: a floor and a wall under one light."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
#: Perspective of 60 degrees vertically, aspect 1.5, with a sub-pixel jitter; column-major.
PROJECTION = [1.1547, 0, 0, 0, 0, 1.7321, 0, 0, 0.018, -0.024, -1.0, -1, 0, 0, -0.1, 0]


#: The guide's projection: the same camera with a smaller jitter.
GUIDE_PROJECTION = [*PROJECTION[:8], 0.009, -0.012, *PROJECTION[10:]]


def rays(height: int, width: int, projection: list[float] = PROJECTION) -> np.ndarray:
    """View directions with z = -1, (h,w,3)."""
    ndc_x = (np.arange(width) + 0.5) / width * 2 - 1
    ndc_y = 1 - (np.arange(height) + 0.5) / height * 2
    x = (ndc_x + projection[8]) / projection[0]
    y = (ndc_y + projection[9]) / projection[5]
    return np.stack(np.broadcast_arrays(x[None, :], y[:, None], -1.0), -1).astype(np.float32)


def surfaces(height: int, width: int, projection: list[float] = PROJECTION) -> dict[str, np.ndarray]:
    """Floor at y = -1 in front of a wall at z = -5; sky above y = 2 of the wall. G-buffer images (h,w,4)."""
    direction = rays(height, width, projection)
    floor_depth = np.where(direction[..., 1] < -1e-3, -1 / np.minimum(direction[..., 1], -1e-3), np.inf)
    on_floor = floor_depth < 5
    depth = np.where(on_floor, floor_depth, 5.0)
    position = direction * depth[..., None]
    surface = position[..., 1] < 2
    normal = np.where(on_floor[..., None], [0, 1, 0], [0, 0, 1])
    checker = (np.floor(position[..., 0] * 2) + np.floor(position[..., 2] * 2 + position[..., 1] * 2)) % 2
    albedo = np.where(checker[..., None] > 0, [0.7, 0.5, 0.3], [0.2, 0.3, 0.5])
    shade = surface[..., None]
    return {
        "albedo": _image(albedo * shade, np.where(surface, 0.1, 0)),
        "normal": _image(normal * shade, np.where(surface, 0.6, 0)),
        "motion": _image(np.stack((depth * 0, depth * 0, depth * surface), -1), np.where(surface, 0.4, 0)),
        "emissive": _image(np.where(shade, 0.0, [0.3, 0.5, 0.9]), surface.astype(float)),
        "position": _image(position, surface.astype(float)),
    }


def lighting(position: np.ndarray, rng_level: float) -> np.ndarray:
    """A smooth target lighting (h,w,4)."""
    glow = 0.3 + 0.5 * np.exp(-((position[..., 0] - 0.5) ** 2))
    return _image(glow[..., None] * np.array([1.0, 0.8, 0.6]) * rng_level, position[..., 3])


def write_shot(
    data: Path, name: str, *, scene: str | None = None, frames: int = 2, size: tuple[int, int] = (48, 32)
) -> Path:
    """Writes DATA/NAME in the format of the capture, guides and targets included for even frames."""
    width, height = size
    shot = data / name
    entries = []
    for number in range(frames):
        directory = shot / f"frame-{number:04d}"
        directory.mkdir(parents=True)
        level = 0.6 + 0.3 * number
        low = surfaces(height, width)
        full = surfaces(height * 2, width * 2, GUIDE_PROJECTION)
        for image_name, image in _frame_images(low, level).items():
            np.save(directory / f"{image_name}.npy", image.astype(np.float16))
        guide = number % 2 == 0
        if guide:
            for image_name in ("albedo", "normal", "motion", "emissive"):
                np.save(directory / f"guide-{image_name}.npy", full[image_name].astype(np.float16))
            np.save(directory / "target-full.npy", lighting(full["position"], level).astype(np.float16))
        entries.append(_frame_entry(number, guide, 1.6 / level) | {"continues": number > 0})
    meta = {
        "scene": scene or name, "inputSize": [width, height], "outputSize": [width * 2, height * 2],
        "quality": "performance", "environment": None, "glb": "scene.glb", "frames": entries,
    }  # fmt: skip
    (shot / "shot.json").write_text(json.dumps(meta))
    return shot


def _frame_images(low: dict[str, np.ndarray], level: float) -> dict[str, np.ndarray]:
    surface = low["position"][..., 3]
    hard = (low["position"][..., 0] > 0) * surface
    radiance = low["albedo"][..., :3] * 0.5 * level
    return {
        "light": _image(radiance * hard[..., None], hard),
        "unshadowed": _image(radiance * surface[..., None], surface),
        "probe": _image(np.full_like(radiance, 0.25 * level) * surface[..., None], surface * 0.01 * level),
        "ao": _image(np.repeat(surface[..., None], 3, -1), np.ones_like(surface)),
        "lit": _image(radiance * hard[..., None] + 0.25 * level * surface[..., None], surface),
        "mirror": _image(radiance * 1.5 * hard[..., None], hard),
        "bounce": _image(radiance * 1.2 + 0.2 * level * surface[..., None], surface),
        "target": lighting(low["position"], level),
        **{name: low[name] for name in ("albedo", "normal", "motion", "emissive")},
    }


def _frame_entry(number: int, guide: bool, exposure: float) -> dict:
    return {
        "frame": number, "timeS": number / 60, "guide": guide, "exposure": exposure,
        "flatAmbient": [0.2, 0.2, 0.2],
        "camera": {
            "matrixWorld": IDENTITY, "projectionMatrix": PROJECTION,
            "guideProjectionMatrix": GUIDE_PROJECTION, "unjitteredProjectionMatrix": PROJECTION,
        },
        "lights": [], "nodes": {},
    }  # fmt: skip


def _image(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    return np.concatenate((rgb, np.asarray(alpha)[..., None]), -1).astype(np.float32)
