"""Small scenes for the path tracer's tests."""

from __future__ import annotations

import numpy as np

from workshop.gltf import Material, Model, Node, Primitive
from workshop.shot import Camera, Frame, Light

UVS = np.array([[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]], float)


def quad(center, edge_u, edge_v, material: int = 0) -> Primitive:
    """Parallelogram whose front looks along edge_u x edge_v; edges are half sides."""
    center, u, v = (np.array(value, float) for value in (center, edge_u, edge_v))
    a, b, c, d = center - u - v, center + u - v, center + u + v, center - u + v
    normal = np.cross(u, v) / np.linalg.norm(np.cross(u, v))
    return Primitive(np.array([[a, b, c], [a, c, d]]), np.tile(normal, (2, 3, 1)), UVS.copy(), material)


def floor(size_m: float = 1.0, material: int = 0) -> Primitive:
    """Horizontal square at y = 0 that looks up."""
    return quad((0, 0, 0), (0, 0, size_m), (size_m, 0, 0), material)


def room(half_m: float = 1.0, material: int = 0) -> list[Primitive]:
    """Closed cube around the origin that looks inwards."""
    x, y, z = np.eye(3) * half_m
    walls = [(x, z, y), (-x, y, z), (y, x, z), (-y, z, x), (z, y, x), (-z, x, y)]
    return [quad(center, u, v, material) for center, u, v in walls]


def sphere(radius_m: float, material: int = 0, rings: int = 32) -> Primitive:
    """Smooth sphere around the origin."""
    theta, phi = np.linspace(0, np.pi, rings + 1)[:, None], np.linspace(0, 2 * np.pi, 2 * rings + 1)[None]
    ones = np.ones_like(phi)
    points = np.stack([np.sin(theta) * np.cos(phi), np.cos(theta) * ones, np.sin(theta) * np.sin(phi)], -1)
    a, b, c, d = points[:-1, :-1], points[:-1, 1:], points[1:, 1:], points[1:, :-1]
    triangles = np.concatenate(
        [np.stack(corners, -2).reshape(-1, 3, 3) for corners in ((a, b, c), (a, c, d))]
    )
    return Primitive(triangles * radius_m, triangles, np.zeros((len(triangles), 3, 2)), material)


def model(primitives: list[Primitive], *materials: Material, images: tuple[np.ndarray, ...] = ()) -> Model:
    """All primitives in one node."""
    return Model((Node("mesh-0", np.eye(4), tuple(primitives)),), materials, images)


def look_down(height_m: float, *lights: Light, angle_deg: float = 2.0, exposure: float = 1.0) -> Frame:
    """Square camera above the origin that looks down through a narrow angle."""
    world = np.eye(4)
    world[:3, :3] = [[1, 0, 0], [0, 0, 1], [0, -1, 0]]
    world[:3, 3] = [0, height_m, 0]
    scale = 1 / np.tan(np.radians(angle_deg) / 2)
    projection = np.array([[scale, 0, 0, 0], [0, scale, 0, 0], [0, 0, -1, -0.2], [0, 0, -1, 0]])
    return Frame(0, 0.0, False, exposure, Camera(world, projection, projection, projection), lights, {})


def look_at(eye, target, *lights: Light, angle_deg: float = 2.0) -> Frame:
    """Square camera that looks through a narrow angle; not for straight down."""
    eye, target = np.array(eye, float), np.array(target, float)
    back = (eye - target) / np.linalg.norm(eye - target)
    right = np.cross([0.0, 1.0, 0.0], back)
    right /= np.linalg.norm(right)
    frame = look_down(0.0, *lights, angle_deg=angle_deg)
    frame.camera.matrix_world[:3] = np.stack([right, np.cross(back, right), back, eye], axis=1)
    return frame
