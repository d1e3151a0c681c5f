"""Light of one punctual light on one surface, three r187's MeshStandardMaterial written out in NumPy.

Nothing is sampled here, which is why both the page and the path tracer are measured against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from .material import DIELECTRIC_F0, fresnel_weight
from .shot import Light

#: getRoughness.js: even a mirror keeps this much.
MIN_ROUGHNESS = 0.045
ENERGY_TABLE_SIZE = 16


@dataclass(frozen=True)
class Finish:
    """Metallic-roughness material without textures; linear albedo."""

    albedo: tuple[float, float, float]
    metalness: float
    roughness: float


@dataclass(frozen=True)
class Case:
    """One surface under one light; the scene of this name in src/scenes/calibration.ts shows the same."""

    scene: str
    #: "plane" = y = 0 looking up, "sphere" = around the origin.
    shape: str
    radius_m: float
    finish: Finish
    light: Light
    eye: tuple[float, float, float]

    def normals(self, points: np.ndarray) -> np.ndarray:
        """Unit normals (..., 3) at points of the surface."""
        if self.shape == "sphere":
            return points / np.linalg.norm(points, axis=-1, keepdims=True)
        return np.broadcast_to(np.array([0.0, 1.0, 0.0]), points.shape)


PLANE, BRONZE = Finish((0.5, 0.5, 0.5), 0.0, 1.0), Finish((0.9, 0.6, 0.3), 1.0, 0.5)
#: Linear colour of every light; intensities below in lux or candela.
TINT = np.array([1.0, 0.8, 0.6])


def _light(kind: str, position: tuple[float, float, float]) -> Light:
    intensity = {"directional": 3.0, "point": 12.0, "spot": 16.0}[kind]
    direction = -np.array(position) / np.linalg.norm(position)
    return Light(
        kind,
        tuple((TINT * intensity).tolist()),
        position,
        tuple(direction.tolist()),
        radius_m=0.001,
        angular_diameter_deg=0.01,
        angle_rad=np.radians(35),
        penumbra=0.5,
    )


#: Kept in step with src/scenes/calibration.ts by tests/gpu/calibration.test.ts.
CASES = tuple(
    Case(f"calibration-{shape}-{kind}", shape, radius_m, finish, _light(kind, light), eye)
    for shape, radius_m, finish, light, eye in (
        ("plane", 0.0, PLANE, (-0.8, 2.2, 0.6), (0.4, 1.5, 2.1)),
        ("sphere", 0.5, BRONZE, (-0.9, 1.1, 1.4), (0.0, 0.3, 1.7)),
    )
    for kind in ("directional", "point", "spot")
)


def direct_radiance(
    case: Case, points: np.ndarray, roughness: np.ndarray | float | None = None
) -> np.ndarray:
    """Radiance (..., 3) that points (..., 3) of the surface send to the eye, without shadow.

    `roughness` replaces the material's, point by point.
    """
    normal, view = case.normals(points), _unit(np.array(case.eye) - points)
    light, irradiance = incident(case.light, points)
    n_dot_l = np.clip(_dot(normal, light), 0, 1)[..., None]
    rough = case.finish.roughness if roughness is None else roughness
    return brdf(case.finish, rough, normal, view, light) * irradiance * n_dot_l


def incident(light: Light, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors towards the light and irradiance at normal incidence, both (..., 3)."""
    axis, color = _unit(np.array(light.direction)), np.array(light.color)
    if light.kind == "directional":
        return np.broadcast_to(-axis, points.shape), np.broadcast_to(color, points.shape)
    to_light = np.array(light.position) - points
    irradiance = color / _dot(to_light, to_light)[..., None]
    direction = _unit(to_light)
    if light.kind == "spot":
        outer, inner = np.cos(light.angle_rad), np.cos(light.angle_rad * (1 - light.penumbra))
        t = np.clip((_dot(direction, -axis) - outer) / (inner - outer), 0, 1)
        irradiance = irradiance * (t * t * (3 - 2 * t))[..., None]
    return direction, irradiance


def brdf(
    finish: Finish, roughness: np.ndarray | float, normal: np.ndarray, view: np.ndarray, light: np.ndarray
) -> np.ndarray:
    """PhysicalLightingModel.direct() without the cosine: (..., 3) from unit vectors (..., 3)."""
    half = _unit(view + light)
    v_dot_h, n_dot_h = _dot(view, half), _dot(normal, half)
    n_dot_l, n_dot_v = np.clip(_dot(normal, light), 0, 1), np.clip(_dot(normal, view), 0, 1)
    grazing = fresnel_weight(v_dot_h)[..., None]
    roughness = np.clip(roughness, MIN_ROUGHNESS, 1) * np.ones_like(n_dot_v)
    alpha2 = roughness**4
    distribution = alpha2 / (np.pi * (n_dot_h**2 * (alpha2 - 1) + 1) ** 2)
    reach_v, reach_l = (np.sqrt(alpha2 + (1 - alpha2) * value**2) for value in (n_dot_v, n_dot_l))
    visibility = 0.5 / np.maximum(n_dot_l * reach_v + n_dot_v * reach_l, 1e-6)
    albedo, metalness = np.array(finish.albedo), finish.metalness
    f0 = DIELECTRIC_F0 * (1 - metalness) + albedo * metalness
    compensation = 1 + f0 * (1 / energy(roughness, n_dot_v) - 1)[..., None]
    specular = (f0 + (1 - f0) * grazing) * compensation * (visibility * distribution)[..., None]
    transmitted = 1 - (DIELECTRIC_F0 + (1 - DIELECTRIC_F0) * grazing)
    return albedo * (1 - metalness) / np.pi * transmitted + specular


@cache
def energy_table() -> np.ndarray:
    """White-furnace reflectance of the GGX lobe, [N·V, roughness]: the sum of three's DFGLUT."""
    count = 64
    centers = (np.arange(ENERGY_TABLE_SIZE) + 0.5) / ENERGY_TABLE_SIZE
    n_dot_v, roughness = centers[:, None, None, None], centers[None, :, None, None]
    u, v = np.meshgrid((np.arange(count) + 0.5) / count, (np.arange(count) + 0.5) / count)
    a2 = roughness**4
    n_dot_h = np.sqrt((1 - u) / (1 + (a2 - 1) * u))
    sin_h = np.sqrt(1 - n_dot_h**2)
    v_dot_h = np.sqrt(1 - n_dot_v**2) * sin_h * np.cos(2 * np.pi * v) + n_dot_v * n_dot_h
    n_dot_l = np.maximum(2 * v_dot_h * n_dot_h - n_dot_v, 0)
    reach_v, reach_l = np.sqrt(a2 + (1 - a2) * n_dot_v**2), np.sqrt(a2 + (1 - a2) * n_dot_l**2)
    visibility = 0.5 / np.maximum(n_dot_l * reach_v + n_dot_v * reach_l, 1e-9)
    return (4 * visibility * n_dot_l * np.maximum(v_dot_h, 0) / n_dot_h).mean(axis=(2, 3)).astype(np.float32)


def energy(roughness: np.ndarray, n_dot_v: np.ndarray) -> np.ndarray:
    """energy_table between its texel centres, bilinear as a GPU samples it."""
    last = ENERGY_TABLE_SIZE - 1
    x, y = (np.clip(np.asarray(value) * ENERGY_TABLE_SIZE - 0.5, 0, last) for value in (roughness, n_dot_v))
    column, row = np.minimum(x.astype(int), last - 1), np.minimum(y.astype(int), last - 1)
    fx, fy, table = x - column, y - row, energy_table().astype(np.float64)
    top = table[row, column] * (1 - fx) + table[row, column + 1] * fx
    bottom = table[row + 1, column] * (1 - fx) + table[row + 1, column + 1] * fx
    return top * (1 - fy) + bottom * fy


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a * b).sum(axis=-1)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector, axis=-1, keepdims=True)
