"""Reader for captured shots: shot.json, the GLB beside it and the sky (written by scripts/capture.ts)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .gltf import Model, load_glb


@dataclass(frozen=True)
class Light:
    """A punctual light with a physical size; positions in world space and metres."""

    kind: str  # "directional" | "point" | "spot"
    #: Linear RGB times intensity: lux at normal incidence for directional lights, candela for the others.
    color: tuple[float, float, float]
    position: tuple[float, float, float] = (0.0, 0.0, 0.0)
    #: Unit vector along which the light travels.
    direction: tuple[float, float, float] = (0.0, -1.0, 0.0)
    radius_m: float = 0.05
    angular_diameter_deg: float = 0.53
    #: Half angle of a spot's cone.
    angle_rad: float = np.pi / 3
    penumbra: float = 0.0


@dataclass(frozen=True)
class Camera:
    """Perspective camera; 4x4 matrices for column vectors, view space looks along -z."""

    matrix_world: np.ndarray
    projection: np.ndarray  # with the frame's sub-pixel jitter
    guide_projection: np.ndarray  # with the guide's own, smaller jitter
    unjittered_projection: np.ndarray


@dataclass(frozen=True)
class Frame:
    """One captured frame."""

    index: int
    time_s: float
    has_guide: bool
    #: Network exposure: about one over the mean lighting.
    exposure: float
    camera: Camera
    lights: tuple[Light, ...]
    #: World matrix of each GLB node that differs from the file.
    nodes: dict[str, np.ndarray]
    #: Emission (linear RGB radiance) of GLB nodes whose material glows differently than in the file.
    emissive: dict[str, tuple[float, float, float]] = field(default_factory=dict)

    @property
    def folder_name(self) -> str:
        return f"frame-{self.index:04d}"


@dataclass(frozen=True)
class Shot:
    """A captured shot; sizes are (width, height) in pixels."""

    directory: Path
    scene: str
    input_size: tuple[int, int]
    output_size: tuple[int, int]
    frames: tuple[Frame, ...]
    glb: str
    environment: str | None

    def load_model(self) -> Model:
        """Geometry and materials of the shot."""
        return load_glb(self.directory / self.glb)

    def load_environment(self) -> np.ndarray | None:
        """Sky radiance (height, width, 3), row 0 up, or None for black."""
        return np.load(self.directory / self.environment) if self.environment else None


def load_shot(directory: Path) -> Shot:
    """Reads DIRECTORY/shot.json."""
    directory = Path(directory)
    entry = json.loads((directory / "shot.json").read_text())
    return Shot(
        directory=directory,
        scene=entry["scene"],
        input_size=tuple(entry["inputSize"]),
        output_size=tuple(entry["outputSize"]),
        frames=tuple(_frame(frame) for frame in entry["frames"]),
        glb=entry.get("glb", "scene.glb"),
        environment=entry.get("environment"),
    )


def column_major(values: list[float]) -> np.ndarray:
    """4x4 matrix from three's 16 numbers."""
    return np.array(values, np.float64).reshape(4, 4).T


def _frame(entry: dict) -> Frame:
    camera = entry["camera"]
    return Frame(
        index=entry["frame"],
        time_s=entry.get("timeS", 0.0),
        has_guide=bool(entry.get("guide", False)),
        exposure=entry.get("exposure", 1.0),
        camera=Camera(
            column_major(camera["matrixWorld"]),
            column_major(camera["projectionMatrix"]),
            column_major(camera.get("guideProjectionMatrix", camera["projectionMatrix"])),
            column_major(camera.get("unjitteredProjectionMatrix", camera["projectionMatrix"])),
        ),
        lights=tuple(_light(light) for light in entry.get("lights", [])),
        nodes={name: column_major(matrix) for name, matrix in entry.get("nodes", {}).items()},
        emissive={name: tuple(color) for name, color in entry.get("emissive", {}).items()},
    )


def _light(entry: dict) -> Light:
    default = Light(entry["type"], tuple(entry["color"]))
    if entry["type"] not in ("directional", "point", "spot"):
        raise ValueError(f"unknown light type {entry['type']!r}")
    return Light(
        kind=entry["type"],
        color=tuple(entry["color"]),
        position=tuple(entry.get("position") or default.position),
        direction=tuple(entry.get("direction") or default.direction),
        radius_m=_or(entry.get("radiusM"), default.radius_m),
        angular_diameter_deg=_or(entry.get("angularDiameterDeg"), default.angular_diameter_deg),
        angle_rad=_or(entry.get("angleRad"), default.angle_rad),
        penumbra=_or(entry.get("penumbra"), default.penumbra),
    )


def _or(value: float | None, default: float) -> float:
    return default if value is None else value
